/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The death of a context's owner.
 *
 * DOC: As a rule it shows as the flush of the descriptor. But the owner may share its
 * descriptor table with another process (clone with CLONE_FILES), and then nothing is
 * flushed when it dies. So each context also listens where pidfds do.
 */
#ifndef QMSG_OWNER_H
#define QMSG_OWNER_H

#include <linux/wait.h>
#include <linux/workqueue.h>

#include "qmsg.h"

struct qmsg_owner_watch {
	struct wait_queue_entry wait;
	struct work_struct work;
};

void qmsg_owner_watch(struct qmsg_ctx *ctx);
void qmsg_owner_unwatch(struct qmsg_ctx *ctx);

#endif /* QMSG_OWNER_H */
