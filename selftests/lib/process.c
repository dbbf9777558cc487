// SPDX-License-Identifier: GPL-2.0-only
/* Children that cannot outlive the test, and what /proc says about a task. */
#include "qmsg_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

pid_t this_tid(void)
{
	return syscall(SYS_gettid);
}

int send_signal(pid_t pid, pid_t tid, int sig)
{
	return syscall(SYS_tgkill, pid, tid, sig) ? -errno : 0;
}

int set_fifo_priority(pid_t tid, int priority)
{
	struct sched_param param = { .sched_priority = priority };
	int policy = priority ? SCHED_FIFO : SCHED_OTHER;

	return sched_setscheduler(tid, policy, &param) ? -errno : 0;
}

/* The parent may have ended before this was asked for: nobody would tell the child then. */
void die_with_parent(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* 0: the parent is in another pid namespace and cannot be compared. */
	if (getppid() && getppid() != parent)
		_exit(0);
}

pid_t fork_child(int (*fn)(void *), void *arg)
{
	pid_t child, parent = getpid();

	fflush(stdout);
	fflush(stderr);
	child = fork();
	if (child < 0)
		return -errno;
	if (child)
		return child;
	die_with_parent(parent);
	_exit(fn(arg));
}

int reap(pid_t pid, int *status)
{
	struct backoff b = backoff_start();
	pid_t got;

	do {
		got = waitpid(pid, status, WNOHANG);
		if (got == pid)
			return 0;
		if (got < 0 && errno != EINTR)
			return -errno;
	} while (backoff_pause(&b));
	fprintf(stderr, "# process %d did not end, task state %c\n", pid, task_state(pid, pid));
	return -ETIMEDOUT;
}

bool is_reapable(pid_t pid)
{
	siginfo_t info = { 0 };

	if (waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT))
		return false;
	return info.si_pid == pid;
}

static int read_task_file(pid_t pid, pid_t tid, const char *name, char *buf, size_t size)
{
	char path[64];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", pid, tid, name);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	n = fread(buf, 1, size - 1, f);
	fclose(f);
	buf[n] = 0;
	return n ? 0 : -ESRCH;
}

char task_state(pid_t pid, pid_t tid)
{
	char buf[512], *end;

	if (read_task_file(pid, tid, "stat", buf, sizeof(buf)))
		return 0;
	end = strrchr(buf, ')');
	return end ? end[2] : 0;
}

int wait_for_task_state(pid_t pid, pid_t tid, char state)
{
	if (wait_until(task_state(pid, tid) == state))
		return 0;
	fprintf(stderr, "# task %d: waited for state %c, last seen %c\n", tid, state,
		task_state(pid, tid) ?: '-');
	return -ETIMEDOUT;
}

int task_signal_bit(pid_t pid, pid_t tid, const char *set, int sig)
{
	char buf[4096], label[16], *line;
	int err = read_task_file(pid, tid, "status", buf, sizeof(buf));

	if (err)
		return err;
	snprintf(label, sizeof(label), "\n%s:", set);
	line = strstr(buf, label);
	if (!line)
		return -ENOENT;
	return strtoull(line + strlen(label), NULL, 16) >> (sig - 1) & 1;
}
