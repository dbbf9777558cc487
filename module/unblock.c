// SPDX-License-Identifier: GPL-2.0-only
/* QMSG_EVENT_UNBLOCK: ends what a thread is blocked in here (S5.19). */

#include <linux/sched/task.h>

#include "channel.h"
#include "connect.h"
#include "ctx.h"
#include "event.h"
#include "proc.h"
#include "request.h"
#include "unblock.h"

static struct qmsg_request *request_in(struct qmsg_sconn *sconn, struct task_struct *task)
{
	struct qmsg_request *req, *found = NULL;

	spin_lock(&sconn->channel->lock);
	list_for_each_entry(req, &sconn->requests, sconn_node) {
		if (req->task == task && req->state != QMSG_ORPHAN) {
			found = qmsg_request_get(req);
			break;
		}
	}
	qmsg_channel_unlock(sconn->channel);
	return found;
}

static struct qmsg_request *request_of_ctx(struct qmsg_ctx *ctx, struct task_struct *task)
{
	struct qmsg_request *req = NULL;
	struct qmsg_sconn *sconn = NULL;

	while (!req && (sconn = qmsg_sconn_next_of_client(ctx, sconn)))
		req = request_in(sconn, task);
	if (req)
		qmsg_sconn_put(sconn);
	return req;
}

static void *nth_ctx(struct qmsg_ctx *ctx, void *n)
{
	return (*(unsigned int *)n)-- ? NULL : qmsg_ctx_get(ctx);
}

/* What @task is SEND- or REPLY-blocked in, with a reference; NULL if it is not. */
static struct qmsg_request *request_of(struct qmsg_proc *proc, struct task_struct *task)
{
	struct qmsg_request *req = NULL;
	unsigned int i, n;

	for (i = 0; !req; i++) {
		struct qmsg_ctx *ctx;

		n = i;
		ctx = qmsg_proc_search(proc->tgid, nth_ctx, &n);
		if (!ctx)
			break;
		req = request_of_ctx(ctx, task);
		qmsg_ctx_put(ctx);
	}
	return req;
}

bool qmsg_reply_blocked(struct qmsg_proc *proc, struct task_struct *task)
{
	struct qmsg_request *req = request_of(proc, task);
	bool blocked;

	if (!req)
		return false;
	blocked = qmsg_state_received(READ_ONCE(req->state));
	qmsg_request_put(req);
	return blocked;
}

static bool unblock_request(struct qmsg_proc *proc, struct task_struct *task)
{
	struct qmsg_request *req = request_of(proc, task);

	if (!req)
		return false;
	spin_lock(&req->channel->lock);
	qmsg_state_event_locked(req, QMSG_EV_UNBLOCK, NULL);
	qmsg_channel_unlock(req->channel);
	qmsg_request_put(req);
	return true;
}

static struct qmsg_receiver *receiver_in_locked(struct list_head *receivers,
						struct task_struct *task)
{
	struct qmsg_receiver *r;

	list_for_each_entry(r, receivers, node)
		if (r->task == task)
			return r;
	return NULL;
}

static bool unblock_receiver(struct qmsg_channel *ch, struct task_struct *task)
{
	struct qmsg_receiver *r;

	spin_lock(&ch->lock);
	r = receiver_in_locked(&ch->receivers, task) ?:
	    receiver_in_locked(&ch->pulse_receivers, task);
	if (r) {
		WRITE_ONCE(r->unblocked, true);
		qmsg_channel_wake_locked(ch, task);
	}
	qmsg_channel_unlock(ch);
	return r;
}

static void unblock_receive(struct qmsg_proc *proc, struct task_struct *task)
{
	struct qmsg_channel *ch;
	unsigned long chid;
	bool done = false;

	xa_for_each(&proc->channels, chid, ch) {
		xa_lock(&proc->channels);
		ch = xa_load(&proc->channels, chid);
		if (ch)
			qmsg_channel_get(ch);
		xa_unlock(&proc->channels);
		if (!ch)
			continue;
		done = unblock_receiver(ch, task);
		qmsg_channel_put(ch);
		if (done)
			break;
	}
}

/* A thread that is not blocked is left alone, and that is no error. */
int qmsg_unblock_thread(const struct qmsg_target *to, bool check)
{
	struct task_struct *task = qmsg_target_thread(to);

	if (!task)
		return -ESRCH;
	if (!check && !unblock_request(to->ctx->proc, task))
		unblock_receive(to->ctx->proc, task);
	put_task_struct(task);
	return 0;
}
