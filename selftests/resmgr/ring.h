/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A ring of liburing, and reads through it from a manager that holds them.
 */
#ifndef RESMGR_RING_H
#define RESMGR_RING_H

#include "holding.h"

#include <liburing.h>

/* Not in this kernel, or not for us. */
static inline bool ring_is_missing(int err)
{
	return err == -ENOSYS || err == -EPERM;
}

/* The result of the next that is done, and in @data which it is. */
static inline int ring_done(struct io_uring *ring, uint64_t *data)
{
	struct __kernel_timespec limit = { .tv_sec = wait_limit_ms() / 1000 };
	struct io_uring_cqe *cqe;
	int ret = io_uring_wait_cqe_timeout(ring, &cqe, &limit);

	if (ret)
		return ret;
	ret = cqe->res;
	*data = cqe->user_data;
	io_uring_cqe_seen(ring, cqe);
	return ret;
}

static inline void queue_read(struct io_uring *ring, int fd, char *to, size_t n, uint64_t data)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	io_uring_prep_read(sqe, fd, to, n, -1);
	io_uring_sqe_set_data64(sqe, data);
}

/* Of @what: its manager is asked, if it waits for one. */
static inline void queue_cancel(struct io_uring *ring, uint64_t what, uint64_t data)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	io_uring_prep_cancel64(sqe, what, 0);
	io_uring_sqe_set_data64(sqe, data);
}

#endif
