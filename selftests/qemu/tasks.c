// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes.  Nothing but init and one test program runs in the guest, so
 * whatever else is there belongs to the test, however it has hidden: in
 * another group, session, cgroup or namespace.
 */
#include <ctype.h>
#include <dirent.h>
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

static void show_thread(const char *pid, const char *tid)
{
	char path[96], stat[512], stack[4096], *p, *line;

	snprintf(path, sizeof(path), "/proc/%s/task/%s/stat", pid, tid);
	if (!read_file(path, stat, sizeof(stat)))
		return;
	p = strrchr(stat, ')');
	if (!p)
		return;
	tap_note("process %s thread %.*s state %c", pid, (int)(p + 1 - stat), stat, p[2]);
	snprintf(path, sizeof(path), "/proc/%s/task/%s/stack", pid, tid);
	if (!read_file(path, stack, sizeof(stack)))
		return;
	for (line = strtok(stack, "\n"); line; line = strtok(NULL, "\n"))
		tap_note("    %s", line);
}

static void show_task(const char *pid)
{
	char path[64];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%s/task", pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]))
			show_thread(pid, entry->d_name);
	if (dir)
		closedir(dir);
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
