// SPDX-License-Identifier: MIT
/*
 * What a process asks of the process manager for itself.
 */
#include <fcntl.h>
#include <limits.h>
#include <secpol/secpol.h>
#include <stdlib.h>
#include <sys/procmgr.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

static int to_devnull(void)
{
	int fd = open("/dev/null", O_RDWR);
	int i;

	if (fd < 0)
		return -1;
	for (i = STDIN_FILENO; i <= STDERR_FILENO; i++)
		if (fd != i)
			dup2(fd, i);
	if (fd > STDERR_FILENO)
		close(fd);
	return 0;
}

/* All but the library's own, whose end would be that of every channel. */
static void close_others(void)
{
	int q = qmsg_qnx_has_context() ? qmsg_qnx_context() : -1;

	if (q <= STDERR_FILENO) {
		close_range(STDERR_FILENO + 1, UINT_MAX, 0);
		return;
	}
	if (q > STDERR_FILENO + 1)
		close_range(STDERR_FILENO + 1, (unsigned)q - 1, 0);
	close_range((unsigned)q + 1, UINT_MAX, 0);
}

static int settle(unsigned flags)
{
	/* Fails for the leader of a process group, which a process that stayed may be. */
	setsid();
	if (!(flags & PROCMGR_DAEMON_KEEPUMASK))
		umask(0);
	if (!(flags & PROCMGR_DAEMON_NOCHDIR) && chdir("/"))
		return -1;
	if (!(flags & PROCMGR_DAEMON_NODEVNULL) && to_devnull())
		return -1;
	if (!(flags & PROCMGR_DAEMON_NOCLOSE))
		close_others();
	return 0;
}

/* A directory for each thread, and two links for itself. */
static bool has_threads(void)
{
	struct stat st;

	return !stat("/proc/self/task", &st) && st.st_nlink > 3;
}

/*
 * On QNX the process goes on as the same process and only its parent believes it has
 * ended. Here it takes a fork, which a process that has channels, connections or threads
 * would not survive: such a one stays where it is and does the rest.
 */
QMSG_API int procmgr_daemon(int status, unsigned flags)
{
	pid_t pid;

	if (!qmsg_qnx_has_context() && !has_threads()) {
		pid = fork();
		if (pid < 0)
			return -1;
		if (pid)
			_exit(status);
	}
	return settle(flags);
}

/* Linux's capabilities are what they are; nobody gives them up by this. */
QMSG_API int procmgr_ability(pid_t pid, unsigned ability, ...)
{
	(void)pid;
	(void)ability;
	return EOK;
}

QMSG_API int secpol_transition_type(secpol_file_t *handle, const char *type, uint32_t flags)
{
	(void)handle;
	(void)type;
	(void)flags;
	return 0;
}
