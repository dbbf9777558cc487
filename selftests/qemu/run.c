// SPDX-License-Identifier: GPL-2.0-only
/*
 * One program: start it, pass on what it prints, end it when its time is up.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "guest.h"

#define MAX_ARGS 16

struct listener {
	int fd;
	size_t used;
	char line[4096];
};

/* ARGS= of make: words for every program. */
static char **arguments(const char *path)
{
	static char *argv[MAX_ARGS + 2], args[512];
	const char *env = getenv("QMSG_ARGS");
	char *word;
	int n = 0;

	argv[n++] = (char *)path;
	snprintf(args, sizeof(args), "%s", env ? env : "");
	for (word = strtok(args, " "); word && n <= MAX_ARGS; word = strtok(NULL, " "))
		argv[n++] = word;
	argv[n] = NULL;
	return argv;
}

pid_t program_start(const char *path, int out, int err)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	setsid();
	if (chdir("/tmp") || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		_exit(126);
	close(0);
	open("/dev/null", O_RDONLY);
	execv(path, arguments(path));
	fprintf(stderr, "%s: %s\n", path, strerror(errno));
	_exit(127);
}

static void flush_line(struct listener *l)
{
	if (!l->used)
		return;
	l->line[l->used] = 0;
	tap_sub_line(l->line);
	l->used = 0;
}

/* Pass on what is there; false at the end of the file. */
static bool listen_to(struct listener *l)
{
	char buf[1024];
	ssize_t n, i;

	while ((n = read(l->fd, buf, sizeof(buf))) > 0) {
		for (i = 0; i < n; i++) {
			if (buf[i] == '\n') {
				l->line[l->used] = 0;
				tap_sub_line(l->line);
				l->used = 0;
				continue;
			}
			if (l->used == sizeof(l->line) - 1)
				flush_line(l);
			l->line[l->used++] = buf[i];
		}
	}
	return n != 0;
}

/*
 * Listen until the program has ended.  The end of the file alone would not
 * do: a process that it left behind may keep the pipe open.
 */
static bool wait_for(pid_t pid, struct listener *l, int timeout_s, int *status)
{
	long long deadline = now_ms() + timeout_s * 1000LL;
	struct pollfd pfd = { .fd = l->fd, .events = POLLIN };

	while (now_ms() < deadline) {
		poll(&pfd, 1, 50);
		if (!listen_to(l)) {
			pfd.fd = -1;
			usleep(1000);
		}
		if (waitpid(pid, status, WNOHANG) == pid) {
			listen_to(l);
			flush_line(l);
			return true;
		}
	}
	flush_line(l);
	return false;
}

static bool ended_well(const char *name, bool ended, int status, int timeout_s)
{
	if (!ended) {
		tap_note("%s was still running after %d s:", name, timeout_s);
		tasks_show();
		tasks_kill();
		return false;
	}
	if (WIFSIGNALED(status)) {
		tap_note("%s was killed by signal %d (%s)", name,
			 WTERMSIG(status), strsignal(WTERMSIG(status)));
		return false;
	}
	return true;
}

/* Runs path with its output as a subtest; raw, if not -1, gets its stdout. */
static bool run(const char *path, const char *name, int raw, int *status)
{
	int timeout_s = env_long("QMSG_TIMEOUT", 240) * slow;
	struct listener l = { 0 };
	long long begin = now_ms();
	bool ended;
	int fds[2];
	pid_t pid;

	tap_subtest(name);
	if (pipe2(fds, O_CLOEXEC) < 0)
		return false;
	pid = program_start(path, raw < 0 ? fds[1] : raw, fds[1]);
	close(fds[1]);
	l.fd = fds[0];
	fcntl(l.fd, F_SETFL, O_NONBLOCK);
	ended = pid > 0 && wait_for(pid, &l, timeout_s, status);
	tap_note("took %lld ms", now_ms() - begin);
	ended = ended_well(name, ended, *status, timeout_s);
	close(l.fd);
	return ended;
}

void run_test(const char *path, const char *name)
{
	int status = 0;
	bool ok = run(path, name, -1, &status);

	if (ok)
		ok = tap_sub_complete(WEXITSTATUS(status));
	tap_result(ok, "%s: ran to its end", name);
}

void run_shown(const char *path, const char *name, const char *device)
{
	int raw = open_serial(device);
	int status = 0;
	bool ok = run(path, name, raw, &status);

	if (ok && status)
		tap_note("exit status %d", WEXITSTATUS(status));
	tap_result(ok && !status, "%s: exit status", name);
	close(raw);
}
