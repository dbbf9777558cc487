// SPDX-License-Identifier: GPL-2.0-only
/* Clients that have stepped aside for a stop, a freeze, a tracer or task work. */

#include <linux/list.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/task_work.h>

#include "channel.h"
#include "ctx.h"
#include "limits.h"
#include "park.h"
#include "request.h"
#include "wait.h"

static void set_sleeper(struct qmsg_request *req, struct task_struct *task)
{
	spin_lock(&req->channel->lock);
	req->sleeper = task;
	qmsg_channel_unlock(req->channel);
}

/* The caller returns -ERESTARTNOINTR next; the client's reference stays with the list. */
void qmsg_park(struct qmsg_ctx *ctx, struct qmsg_request *req, u64 arg)
{
	set_sleeper(req, NULL);
	req->parked_arg = arg;
	spin_lock(&ctx->parked_lock);
	list_add(&req->parked_node, &ctx->parked);
	spin_unlock(&ctx->parked_lock);
	qmsg_count(QMSG_OBJ_PARKED, 1);
}

static struct qmsg_request *take_parked(struct qmsg_ctx *ctx, u64 arg)
{
	struct qmsg_request *req;

	spin_lock(&ctx->parked_lock);
	list_for_each_entry(req, &ctx->parked, parked_node) {
		if (req->task == current && req->parked_arg == arg) {
			list_del_init(&req->parked_node);
			spin_unlock(&ctx->parked_lock);
			return req;
		}
	}
	spin_unlock(&ctx->parked_lock);
	return NULL;
}

/* What the current task has parked in this very call, or NULL. */
struct qmsg_request *qmsg_unpark(struct qmsg_ctx *ctx, u64 arg)
{
	struct qmsg_request *req = take_parked(ctx, arg);

	if (!req)
		return NULL;
	qmsg_count(QMSG_OBJ_PARKED, -1);
	set_sleeper(req, current);
	/* One that has asked keeps its handlers back until it is answered. */
	if (!(READ_ONCE(req->reasons) & QMSG_UNBLOCK_SIGNAL))
		qmsg_release_signals(&req->hold);
	return req;
}

static void release_fn(struct callback_head *work)
{
	struct qmsg_request *req = container_of(work, struct qmsg_request, release_work);

	qmsg_release_signals(&req->hold);
	qmsg_request_put(req);
	module_put(THIS_MODULE);
}

/* A task whose parked request is ended under it gets its signal mask back. */
static void release_signals_of(struct qmsg_request *req)
{
	if (!req->hold.active)
		return;
	__module_get(THIS_MODULE);
	qmsg_request_get(req);
	init_task_work(&req->release_work, release_fn);
	if (!task_work_add(req->task, &req->release_work, TWA_RESUME))
		return;
	/* It is exiting. */
	qmsg_request_put(req);
	module_put(THIS_MODULE);
}

/*
 * The context ends while clients are parked. Those of an exiting owner are being killed
 * and have their grace, which the current task sits out for them. Otherwise the
 * descriptor was closed under a stopped thread: it can never come back to its request.
 */
void qmsg_parked_end_all(struct qmsg_ctx *ctx, bool task_is_gone)
{
	struct qmsg_request *req, *next;
	LIST_HEAD(parked);

	spin_lock(&ctx->parked_lock);
	list_splice_init(&ctx->parked, &parked);
	spin_unlock(&ctx->parked_lock);
	list_for_each_entry(req, &parked, parked_node) {
		set_sleeper(req, current);
		qmsg_wait_kill(req);
		if (!task_is_gone) {
			req->grace_end = 0;
			release_signals_of(req);
		}
	}
	list_for_each_entry_safe(req, next, &parked, parked_node) {
		qmsg_wait_grace(req);
		qmsg_wait_leave(req);
		qmsg_count(QMSG_OBJ_PARKED, -1);
		qmsg_request_put(req);
	}
}
