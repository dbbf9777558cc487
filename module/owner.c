// SPDX-License-Identifier: GPL-2.0-only
/* The death of a context's owner, where no descriptor is closed. */

#include <linux/pid.h>
#include <linux/sched/signal.h>

#include "ctx.h"
#include "owner.h"
#include "proc.h"

static void owner_died_work(struct work_struct *work)
{
	struct qmsg_ctx *ctx = container_of(work, struct qmsg_ctx, owner.work);

	qmsg_ctx_end(ctx, QMSG_END_EXIT);
}

/* A thread's exit wakes the same queue; only the last one's counts. */
static int owner_woke(struct wait_queue_entry *wait, unsigned int mode, int sync, void *key)
{
	struct qmsg_ctx *ctx = container_of(wait, struct qmsg_ctx, owner.wait);

	if (!atomic_read(&ctx->task->signal->live))
		schedule_work(&ctx->owner.work);
	return 0;
}

/* While the file is open; the descriptors' references keep the context. */
void qmsg_owner_watch(struct qmsg_ctx *ctx)
{
	INIT_WORK(&ctx->owner.work, owner_died_work);
	init_waitqueue_func_entry(&ctx->owner.wait, owner_woke);
	add_wait_queue(&ctx->proc->tgid->wait_pidfd, &ctx->owner.wait);
}

void qmsg_owner_unwatch(struct qmsg_ctx *ctx)
{
	remove_wait_queue(&ctx->proc->tgid->wait_pidfd, &ctx->owner.wait);
	cancel_work_sync(&ctx->owner.work);
}
