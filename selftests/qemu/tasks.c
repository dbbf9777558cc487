// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes.  Nothing but init and one test program runs in the guest, so
 * whatever else is there belongs to the test, however it has hidden: in
 * another group, session, cgroup or namespace.
 */
#include <ctype.h>
#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "guest.h"

#define KTHREADD 2

/* Kernel threads are kthreadd and its children. */
static bool is_user_task(const char *pid)
{
	char path[64], stat[512], *p;
	int ppid;

	if (atoi(pid) == getpid() || atoi(pid) == KTHREADD)
		return false;
	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	if (!read_file(path, stat, sizeof(stat)))
		return false;
	p = strrchr(stat, ')');
	if (!p || sscanf(p + 1, " %*c %d", &ppid) != 1)
		return false;
	return ppid != KTHREADD;
}

/* Its name is in @stat up to what is returned, the state two bytes behind that; or NULL. */
static char *read_stat(const char *pid, const char *tid, char *stat, size_t size)
{
	char path[96], *p;

	snprintf(path, sizeof(path), "/proc/%s/task/%s/stat", pid, tid);
	if (!read_file(path, stat, size))
		return NULL;
	p = strrchr(stat, ')');
	return p && strlen(p) > 2 ? p : NULL;
}

static void show_thread(const char *pid, const char *tid)
{
	char path[96], stat[512], stack[4096], *line;
	char *p = read_stat(pid, tid, stat, sizeof(stat));

	if (!p)
		return;
	tap_note("process %s thread %.*s state %c", pid, (int)(p + 1 - stat), stat, p[2]);
	snprintf(path, sizeof(path), "/proc/%s/task/%s/stack", pid, tid);
	if (!read_file(path, stack, sizeof(stack)))
		return;
	for (line = strtok(stack, "\n"); line; line = strtok(NULL, "\n"))
		tap_note("    %s", line);
}

static void for_each_thread(const char *pid, void (*fn)(const char *pid, const char *tid))
{
	char path[64];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%s/task", pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]))
			fn(pid, entry->d_name);
	if (dir)
		closedir(dir);
}

static void show_task(const char *pid)
{
	for_each_thread(pid, show_thread);
}

static int for_each_task(void (*fn)(const char *pid))
{
	struct dirent *entry;
	int n = 0;
	DIR *dir = opendir("/proc");

	while (dir && (entry = readdir(dir))) {
		if (!isdigit((unsigned char)entry->d_name[0]) ||
		    !is_user_task(entry->d_name))
			continue;
		n++;
		if (fn)
			fn(entry->d_name);
	}
	if (dir)
		closedir(dir);
	return n;
}

int tasks_show(void)
{
	return for_each_task(show_task);
}

static struct task_states counted;

static void count_thread(const char *pid, const char *tid)
{
	char stat[512], *p = read_stat(pid, tid, stat, sizeof(stat));

	if (!p)
		return;
	counted.all++;
	counted.running += p[2] == 'R';
	counted.uninterruptible += p[2] == 'D';
	counted.zombies += p[2] == 'Z';
}

static void count_task(const char *pid)
{
	for_each_thread(pid, count_thread);
}

struct task_states tasks_states(void)
{
	counted = (struct task_states){ 0 };
	for_each_task(count_task);
	return counted;
}

bool tasks_none(void)
{
	/* Orphans become children of init, which has to bury them. */
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	return for_each_task(NULL) == 0;
}

void tasks_kill(void)
{
	if (tasks_none())
		return;
	kill(-1, SIGCONT);
	kill(-1, SIGKILL);
	if (wait_until(tasks_none, 10))
		return;
	tap_note("these survive SIGKILL:");
	tasks_show();
}

/* Timers and read-copy-update. */
static bool keeps_time(const char *name)
{
	static const char *const names[] = { "ktimers/", "rcu_preempt", "rcuc/", "rcub/" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strncmp(name, names[i], strlen(names[i])))
			return true;
	return false;
}

void tasks_let_time_go_on(void)
{
	const struct sched_param first = { .sched_priority = 90 };
	char path[64], name[64];
	struct dirent *entry;
	DIR *dir;

	/* Others do that in interrupts. */
	if (access("/sys/kernel/realtime", F_OK))
		return;
	dir = opendir("/proc");
	while (dir && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/%.16s/comm", entry->d_name);
		if (!isdigit((unsigned char)entry->d_name[0]) ||
		    !read_file(path, name, sizeof(name)) || !keeps_time(name))
			continue;
		if (sched_setscheduler(atoi(entry->d_name), SCHED_FIFO, &first))
			fprintf(stderr, "init: cannot raise %s: %m\n", name);
	}
	if (dir)
		closedir(dir);
}

bool tasks_check(const char *who)
{
	bool ok = wait_until(tasks_none, 2);

	if (!ok) {
		tap_note("left behind:");
		tasks_show();
		tasks_kill();
	}
	return tap_result(ok, "%s: no process is left", who);
}
