/* SPDX-License-Identifier: MIT */
/*
 * The one way into the kernel, and what the files of the library share.
 */
#ifndef QMSG_INTERNAL_H
#define QMSG_INTERNAL_H

#include <errno.h>
#include <stdint.h>
#include <sys/ioctl.h>

#include "qmsg.h"

#define QMSG_API __attribute__((visibility("default")))

static inline uint64_t qmsg_ptr(const void *p)
{
	return (uintptr_t)p;
}

/*
 * Nothing is repeated after EINTR here: for a send that would hide an unblock from
 * the program, and every other caller can do it himself.
 */
static inline int qmsg_ioctl(int q, unsigned long request, void *args)
{
	int saved = errno;
	int ret = ioctl(q, request, args);

	if (ret < 0)
		ret = -errno;
	errno = saved;
	return ret;
}

#endif /* QMSG_INTERNAL_H */
