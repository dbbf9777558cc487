/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stepping aside.
 *
 * DOC: Job control, the cgroup freezer and tracers can only stop a task on its way out to
 * user mode. A client that is wanted there *parks* its request, returns -ERESTARTNOINTR,
 * is stopped, and when it goes on the kernel executes its ioctl again, which finds the
 * parked request (same task, same argument) and waits on. The server notices nothing.
 * On that way signals with handlers are held back, so no program code runs in between.
 */
#ifndef QMSG_PARK_H
#define QMSG_PARK_H

#include "qmsg.h"

void qmsg_park(struct qmsg_ctx *ctx, struct qmsg_request *req, u64 arg);
struct qmsg_request *qmsg_unpark(struct qmsg_ctx *ctx, u64 arg);
void qmsg_parked_end_all(struct qmsg_ctx *ctx, bool task_is_gone);

#endif /* QMSG_PARK_H */
