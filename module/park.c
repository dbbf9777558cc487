// SPDX-License-Identifier: GPL-2.0-only
/* Clients that have stepped aside for a stop, a freeze, a tracer or task work. */

#include <linux/list.h>
#include <linux/module.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/task_work.h>

#include "channel.h"
#include "ctx.h"
#include "limits.h"
#include "park.h"
#include "proc.h"
#include "request.h"
#include "wait.h"

static void set_sleeper(struct qmsg_request *req, struct task_struct *task)
{
	spin_lock(&req->channel->lock);
	req->sleeper = task;
	qmsg_channel_unlock(req->channel);
}

static struct qmsg_frame this_frame(unsigned long arg)
{
	struct pt_regs *regs = current_pt_regs();

	return (struct qmsg_frame) {
		.ip = instruction_pointer(regs),
		.sp = user_stack_pointer(regs),
		.arg = arg,
		.exec_id = current->self_exec_id,
	};
}

static bool same_frame(const struct qmsg_frame *a, const struct qmsg_frame *b)
{
	return a->ip == b->ip && a->sp == b->sp && a->arg == b->arg && a->exec_id == b->exec_id;
}

/* A call from a handler, or one that a debugger makes, leaves what is below it alone. */
static bool is_nested(const struct qmsg_frame *now, const struct qmsg_frame *parked)
{
	return now->exec_id == parked->exec_id && now->sp < parked->sp;
}

/*
 * The caller returns -ERESTARTNOINTR next, and the client's reference is the list's. False
 * if the context has ended, so that the call could not find its request again.
 */
bool qmsg_park(struct qmsg_ctx *ctx, struct qmsg_request *req, unsigned long arg)
{
	bool closed;

	set_sleeper(req, NULL);
	req->parked_frame = this_frame(arg);
	spin_lock(&ctx->parked_lock);
	closed = ctx->parked_closed;
	if (!closed) {
		list_add(&req->parked_node, &ctx->parked);
		qmsg_count(QMSG_OBJ_PARKED, 1);
	}
	spin_unlock(&ctx->parked_lock);
	return !closed;
}

/* The latest that the current task has parked, unless @now is a call on top of it. */
static struct qmsg_request *take_parked(struct qmsg_ctx *ctx, const struct qmsg_frame *now)
{
	struct qmsg_request *req;

	spin_lock(&ctx->parked_lock);
	list_for_each_entry(req, &ctx->parked, parked_node) {
		if (req->task != current)
			continue;
		if (is_nested(now, &req->parked_frame))
			break;
		list_del_init(&req->parked_node);
		spin_unlock(&ctx->parked_lock);
		qmsg_count(QMSG_OBJ_PARKED, -1);
		return req;
	}
	spin_unlock(&ctx->parked_lock);
	return NULL;
}

/*
 * The client gives up waiting and does not say why: for the server it is gone. The current
 * task stands in for it. Consumes the client's reference.
 */
void qmsg_abandon(struct qmsg_request *req)
{
	qmsg_wait_kill(req);
	req->grace_end = 0;
	qmsg_wait_grace(req);
	qmsg_wait_leave(req);
	qmsg_request_put(req);
}

/* What the current task has parked in this very call, or NULL. */
struct qmsg_request *qmsg_unpark(struct qmsg_ctx *ctx, unsigned long arg)
{
	struct qmsg_frame now = this_frame(arg);
	struct qmsg_request *req;

	while ((req = take_parked(ctx, &now))) {
		if (same_frame(&now, &req->parked_frame))
			break;
		qmsg_release_signals(&req->hold);
		qmsg_abandon(req);
	}
	if (!req)
		return NULL;
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

static struct qmsg_request *next_parked(struct list_head *parked)
{
	struct qmsg_request *req;

	req = list_first_entry_or_null(parked, struct qmsg_request, parked_node);
	if (!req)
		return NULL;
	list_del_init(&req->parked_node);
	qmsg_count(QMSG_OBJ_PARKED, -1);
	return req;
}

/* All are killed at the same time, so waiting for one after the other takes one grace. */
static void wait_for_answers(struct qmsg_ctx *ctx, struct list_head *parked)
{
	u64 since = qmsg_proc_exiting_since(ctx->proc);
	struct qmsg_request *req;

	list_for_each_entry(req, parked, parked_node) {
		set_sleeper(req, current);
		qmsg_wait_kill_since(req, since);
	}
	while ((req = next_parked(parked))) {
		qmsg_wait_grace(req);
		qmsg_wait_leave(req);
		qmsg_request_put(req);
	}
}

/*
 * The context ends while clients are parked. Those of an exiting owner are being killed,
 * and the current task sits out the grace for them. It does not in exec, which others wait
 * for; and after a close a stopped thread can never come back to its request.
 */
void qmsg_parked_end_all(struct qmsg_ctx *ctx, enum qmsg_end why)
{
	struct qmsg_request *req;
	LIST_HEAD(parked);

	spin_lock(&ctx->parked_lock);
	ctx->parked_closed = true;
	list_splice_init(&ctx->parked, &parked);
	spin_unlock(&ctx->parked_lock);
	if (why == QMSG_END_EXIT)
		wait_for_answers(ctx, &parked);
	while ((req = next_parked(&parked))) {
		release_signals_of(req);
		qmsg_abandon(req);
	}
}
