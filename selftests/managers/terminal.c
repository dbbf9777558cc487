// SPDX-License-Identifier: GPL-2.0-only
/*
 * terminal PROGRAM ARGUMENT...: runs it on a terminal of its own. What comes on stdin is typed
 * there, and what it shows goes to stdout. Ends as the program does.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static void be_program(const char *name, char **argv)
{
	int end;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Which a shell has ignored by what it runs in the background. */
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	setsid();
	end = open(name, O_RDWR);
	if (end < 0 || ioctl(end, TIOCSCTTY, 0))
		_exit(126);
	dup2(end, 0);
	dup2(end, 1);
	dup2(end, 2);
	execvp(argv[0], argv);
	perror(argv[0]);
	_exit(127);
}

/* What is there now; 0: nothing will come any more. */
static int pass_on(int from, int to)
{
	char buf[4096];
	ssize_t n = read(from, buf, sizeof(buf));

	return n > 0 && write(to, buf, n) == n;
}

static void connect_both(int terminal)
{
	struct pollfd pfd[2] = { { .fd = 0, .events = POLLIN }, { .fd = terminal, .events = POLLIN } };

	for (;;) {
		if (poll(pfd, 2, -1) < 0)
			return;
		if (pfd[0].revents && !pass_on(0, terminal))
			pfd[0].fd = -1;
		/* An error when the program has closed it. */
		if (pfd[1].revents && !pass_on(terminal, 1))
			return;
	}
}

int main(int argc, char **argv)
{
	int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), status;
	pid_t pid;

	if (argc < 2 || terminal < 0 || grantpt(terminal) || unlockpt(terminal)) {
		perror("terminal");
		return EXIT_FAILURE;
	}
	pid = fork();
	if (pid == 0)
		be_program(ptsname(terminal), argv + 1);
	connect_both(terminal);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return EXIT_FAILURE;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
