// SPDX-License-Identifier: GPL-2.0-only
/* Clients that have stepped aside for a stop, a freeze, a tracer or task work. */

#include <linux/file.h>
#include <linux/fs.h>
#include <linux/hashtable.h>
#include <linux/list.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/task_work.h>
#include <linux/thread_info.h>

#include "channel.h"
#include "connect.h"
#include "ctx.h"
#include "limits.h"
#include "park.h"
#include "proc.h"
#include "request.h"
#include "wait.h"

/* One lock for all: to be parked is rare. */
static DEFINE_SPINLOCK(parked_lock);
static DEFINE_HASHTABLE(parked_tasks, 6);

static void set_sleeper(struct qmsg_request *req, struct task_struct *task)
{
	spin_lock(&req->channel->lock);
	req->sleeper = task;
	qmsg_channel_unlock(req->channel);
}

static unsigned long user_sp(void)
{
	return user_stack_pointer(current_pt_regs());
}

/*
 * -ERESTART_RESTARTBLOCK, and the client's reference is the list's until @resume calls
 * qmsg_unpark(). Or 0: the context has ended, and the call may not leave its request.
 */
int qmsg_park_with(struct qmsg_ctx *ctx, struct qmsg_request *req, void __user *uarg,
		   long (*resume)(struct restart_block *), void (*drop)(void __user *uarg))
{
	struct qmsg_parked *p = &req->parked;

	set_sleeper(req, NULL);
	spin_lock(&parked_lock);
	if (ctx->parked_closed) {
		spin_unlock(&parked_lock);
		return 0;
	}
	p->sp = user_sp();
	p->was = current->restart_block;
	p->uarg = uarg;
	p->drop = drop;
	list_add(&p->node, &ctx->parked);
	hash_add(parked_tasks, &p->hash, (unsigned long)current);
	get_file(ctx->file);
	qmsg_count(QMSG_OBJ_PARKED, 1);
	spin_unlock(&parked_lock);
	return set_restart_fn(&current->restart_block, resume);
}

int qmsg_park(struct qmsg_ctx *ctx, struct qmsg_request *req, void __user *uarg,
	      long (*resume)(struct restart_block *))
{
	return qmsg_park_with(ctx, req, uarg, resume, NULL);
}

static void drop_call(struct qmsg_request *req)
{
	if (req->parked.drop)
		req->parked.drop(req->parked.uarg);
	req->parked.drop = NULL;
}

static void unlist_locked(struct qmsg_request *req)
{
	list_del_init(&req->parked.node);
	hash_del(&req->parked.hash);
	qmsg_count(QMSG_OBJ_PARKED, -1);
}

/*
 * The latest that the current task has parked in @ctx, or anywhere, and not above @sp: a
 * call from a handler, or one that a debugger makes, leaves what is below it alone.
 */
static struct qmsg_request *take_parked(const struct qmsg_ctx *ctx, unsigned long sp)
{
	struct qmsg_request *req;

	spin_lock(&parked_lock);
	hash_for_each_possible(parked_tasks, req, parked.hash, (unsigned long)current) {
		if (req->task != current || (ctx && req->conn->ctx != ctx) || sp < req->parked.sp)
			continue;
		unlist_locked(req);
		spin_unlock(&parked_lock);
		return req;
	}
	spin_unlock(&parked_lock);
	return NULL;
}

/* The parking is over, for the task's part. The file may go with it, when this call ends. */
static void put_back(struct qmsg_request *req)
{
	current->restart_block = req->parked.was;
	fput(req->conn->ctx->file);
}

/*
 * What the restart of the current task is about; NULL if that has ended meanwhile. The
 * reference to the context's file is now the caller's.
 */
struct qmsg_request *qmsg_unpark(void)
{
	struct qmsg_request *req = take_parked(NULL, user_sp());

	if (!req)
		return NULL;
	current->restart_block = req->parked.was;
	req->parked.drop = NULL;
	set_sleeper(req, current);
	/* One that has asked keeps its handlers back until it is answered. */
	if (!(READ_ONCE(req->reasons) & QMSG_UNBLOCK_SIGNAL))
		qmsg_release_signals(&req->hold);
	return req;
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
	drop_call(req);
	qmsg_request_put(req);
}

/* A new call of the current task: it does not come back to what it has parked. */
void qmsg_parked_abandon(struct qmsg_ctx *ctx)
{
	struct qmsg_request *req;

	while ((req = take_parked(ctx, user_sp()))) {
		qmsg_release_signals(&req->hold);
		put_back(req);
		qmsg_abandon(req);
	}
}

static void put_back_fn(struct callback_head *work)
{
	struct qmsg_request *req = container_of(work, struct qmsg_request, put_back_work);

	qmsg_release_signals(&req->hold);
	put_back(req);
	qmsg_request_put(req);
}

/* A task whose parked request is ended by another gets back its mask and restart block. */
static void put_back_in_task(struct qmsg_request *req)
{
	qmsg_request_get(req);
	init_task_work(&req->put_back_work, put_back_fn);
	if (!task_work_add(req->task, &req->put_back_work, TWA_RESUME))
		return;
	/* It is exiting. */
	fput(req->conn->ctx->file);
	qmsg_request_put(req);
}

/* For the end of a context: takes the next one off @parked. */
static struct qmsg_request *next_parked(struct list_head *parked)
{
	struct qmsg_request *req;

	req = list_first_entry_or_null(parked, struct qmsg_request, parked.node);
	if (req)
		list_del_init(&req->parked.node);
	return req;
}

/* All are killed at the same time, so waiting for one after the other takes one grace. */
static void wait_for_answers(struct qmsg_ctx *ctx, struct list_head *parked)
{
	u64 since = qmsg_proc_exiting_since(ctx->proc);
	struct qmsg_request *req;

	list_for_each_entry(req, parked, parked.node) {
		set_sleeper(req, current);
		qmsg_wait_kill_since(req, since);
	}
	while ((req = next_parked(parked))) {
		qmsg_wait_grace(req);
		qmsg_wait_leave(req);
		drop_call(req);
		qmsg_request_put(req);
	}
}

/* Nobody parks any more, and what is parked is the caller's. */
static void close_parked(struct qmsg_ctx *ctx, struct list_head *parked)
{
	struct qmsg_request *req;

	spin_lock(&parked_lock);
	ctx->parked_closed = true;
	list_splice_init(&ctx->parked, parked);
	list_for_each_entry(req, parked, parked.node) {
		hash_del(&req->parked.hash);
		qmsg_count(QMSG_OBJ_PARKED, -1);
	}
	spin_unlock(&parked_lock);
}

static struct qmsg_request *take_parked_of(struct qmsg_ctx *ctx, struct pid *tgid)
{
	struct qmsg_request *req;

	spin_lock(&parked_lock);
	list_for_each_entry(req, &ctx->parked, parked.node) {
		if (req->tgid != tgid)
			continue;
		unlist_locked(req);
		spin_unlock(&parked_lock);
		return req;
	}
	spin_unlock(&parked_lock);
	return NULL;
}

/* The current process has closed what it could come back to; others may go on using @ctx. */
void qmsg_parked_abandon_mine(struct qmsg_ctx *ctx)
{
	struct qmsg_request *req;

	while ((req = take_parked_of(ctx, task_tgid(current)))) {
		put_back_in_task(req);
		qmsg_abandon(req);
	}
}

/* The current process exits, and others may go on using @ctx. */
void qmsg_parked_end_mine(struct qmsg_ctx *ctx)
{
	struct qmsg_request *req;
	LIST_HEAD(parked);

	while ((req = take_parked_of(ctx, task_tgid(current)))) {
		list_add_tail(&req->parked.node, &parked);
		put_back_in_task(req);
	}
	if (!list_empty(&parked))
		wait_for_answers(ctx, &parked);
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

	close_parked(ctx, &parked);
	list_for_each_entry(req, &parked, parked.node)
		put_back_in_task(req);
	if (why == QMSG_END_EXIT)
		wait_for_answers(ctx, &parked);
	while ((req = next_parked(&parked)))
		qmsg_abandon(req);
}
