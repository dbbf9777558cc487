/* SPDX-License-Identifier: MIT */
/*
 * Descriptor calls that leave errno alone and, unlike glibc's open() and close(),
 * are not cancellation points: the library's calls must not become ones by accident.
 */
#ifndef QMSG_FD_H
#define QMSG_FD_H

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline int qmsg_fd_open(const char *path, int flags)
{
	int saved = errno;
	int fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags);

	if (fd < 0)
		fd = -errno;
	errno = saved;
	return fd;
}

static inline int qmsg_fd_close(int fd)
{
	int saved = errno;
	int ret = (int)syscall(SYS_close, fd);

	if (ret < 0)
		ret = -errno;
	errno = saved;
	return ret;
}

#endif /* QMSG_FD_H */
