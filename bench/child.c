// SPDX-License-Identifier: GPL-2.0-only
/* Child processes: servers and the like. None outlives its parent. */
#include "bench.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t fork_child(void)
{
	pid_t parent = getpid(), pid = fork();

	if (pid)
		return pid < 0 ? -errno : pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	return 0;
}

void end_child(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void child_main(int ready, int (*prepare)(void *arg), void (*run)(void *arg), void *arg)
{
	int error = prepare(arg);

	if (write(ready, &error, sizeof(error)) != sizeof(error) || error)
		_exit(1);
	close(ready);
	run(arg);
	_exit(1);
}

int child_start(pid_t *pid, int (*prepare)(void *arg), void (*run)(void *arg), void *arg)
{
	int ready[2], error = -EIO;

	if (pipe(ready))
		return -errno;
	*pid = fork_child();
	if (*pid == 0) {
		close(ready[0]);
		child_main(ready[1], prepare, run, arg);
	}
	close(ready[1]);
	if (*pid < 0)
		error = *pid;
	else if (read(ready[0], &error, sizeof(error)) != sizeof(error))
		error = -EIO;
	close(ready[0]);
	return error;
}

void wait_for_ever(void *arg)
{
	(void)arg;
	for (;;)
		pause();
}
