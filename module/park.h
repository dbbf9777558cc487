/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stepping aside.
 *
 * DOC: Job control, the cgroup freezer and tracers can only stop a task on its way out to
 * user mode. A client that is wanted there *parks* its request, returns -ERESTARTNOINTR,
 * is stopped, and when it goes on the kernel executes its ioctl again, which finds the
 * parked request and waits on. The server notices nothing. Signals with handlers are held
 * back on that way.
 *
 * The kernel promises the repetition, but a tracer, a seccomp filter or a sibling that
 * gives the descriptor's number away can prevent it. So a request is only given back to
 * the very call that parked it: same task, program, instruction, stack and argument. A
 * task that comes with another call from the same or an outer frame has lost its own:
 * what it had parked is abandoned, as if it were killed with no grace left.
 */
#ifndef QMSG_PARK_H
#define QMSG_PARK_H

#include <linux/types.h>

#include "qmsg.h"

/* What tells one call of a task from another. */
struct qmsg_frame {
	unsigned long ip, sp, arg;
	u64 exec_id;
};

/* Why a context ends. */
enum qmsg_end {
	QMSG_END_EXIT,		/* its owner exits */
	QMSG_END_EXEC,		/* … or becomes another program */
	QMSG_END_CLOSE,		/* … or has closed it */
};

bool qmsg_park(struct qmsg_ctx *ctx, struct qmsg_request *req, unsigned long arg);
struct qmsg_request *qmsg_unpark(struct qmsg_ctx *ctx, unsigned long arg);
void qmsg_abandon(struct qmsg_request *req);
void qmsg_parked_end_all(struct qmsg_ctx *ctx, enum qmsg_end why);

#endif /* QMSG_PARK_H */
