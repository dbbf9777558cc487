/* SPDX-License-Identifier: MIT */
#include_next <sys/uio.h>

#ifndef QMSG_QNX_SYS_UIO_H
#define QMSG_QNX_SYS_UIO_H

typedef struct iovec iov_t;

#define SETIOV(iov, addr, len) \
	((iov)->iov_base = (void *)(addr), (iov)->iov_len = (len))
#define GETIOVBASE(iov)		((iov)->iov_base)
#define GETIOVLEN(iov)		((iov)->iov_len)

#endif
