// SPDX-License-Identifier: GPL-2.0-only
/* QMSG_EVENT_UNBLOCK: ends what a thread is blocked in here (S5.19). */

#include <linux/sched/task.h>

#include "channel.h"
#include "ctx.h"
#include "event.h"
#include "inject.h"
#include "proc.h"
#include "request.h"
#include "search.h"
#include "unblock.h"

struct of_task {
	struct task_struct *task;
	struct qmsg_request *req;
};

static bool is_of_task(struct qmsg_request *req, void *arg)
{
	struct of_task *of = arg;

	if (req->task != of->task)
		return false;
	of->req = qmsg_request_get(req);
	return true;
}

/* What @task is SEND- or REPLY-blocked in, with a reference; NULL if it is not. */
static struct qmsg_request *request_of(struct qmsg_proc *proc, struct task_struct *task)
{
	struct of_task of = { .task = task };

	qmsg_search_requests(proc, is_of_task, &of, UINT_MAX);
	return of.req;
}

struct of_tasks {
	struct task_struct **tasks;
	int n;
	u32 blocked;
};

static bool note_blocked(struct qmsg_request *req, void *arg)
{
	struct of_tasks *of = arg;
	int i;

	for (i = 0; i < of->n; i++)
		if (req->task == of->tasks[i] && qmsg_state_received(req->state))
			of->blocked |= 1U << i;
	return false;
}

/* A bit for each of @tasks, at most 32, that is. */
u32 qmsg_reply_blocked(struct qmsg_proc *proc, struct task_struct **tasks, int n)
{
	struct of_tasks of = { .tasks = tasks, .n = n };

	qmsg_search_requests(proc, note_blocked, &of, UINT_MAX);
	return of.blocked;
}

static bool unblock_request(struct qmsg_proc *proc, struct task_struct *task)
{
	struct qmsg_request *req = request_of(proc, task);

	if (!req)
		return false;
	(void)qmsg_point(UNBLOCK);
	spin_lock(req->channel->lock);
	qmsg_state_event_locked(req, QMSG_EV_UNBLOCK, NULL);
	qmsg_channel_unlock(req->channel);
	qmsg_request_put(req);
	return true;
}

static struct qmsg_receiver *receiver_in_locked(struct hlist_head *receivers,
						struct task_struct *task)
{
	struct qmsg_receiver *r;

	hlist_for_each_entry(r, receivers, node)
		if (r->server->task == task)
			return r;
	return NULL;
}

static void unblock_receiver(struct qmsg_channel *ch, struct task_struct *task)
{
	struct qmsg_receiver *r;

	spin_lock(ch->lock);
	r = receiver_in_locked(&ch->receivers, task) ?:
	    receiver_in_locked(&ch->pulse_receivers, task);
	if (r)
		qmsg_receiver_give_locked(ch, r, ERR_PTR(-ETIMEDOUT));
	qmsg_channel_unlock(ch);
}

/* A thread that waits to receive belongs to the channel that it does that on. */
static void unblock_receive(struct qmsg_proc *proc, struct task_struct *task)
{
	struct qmsg_server *server = qmsg_server_get_of(proc, task);
	struct qmsg_channel *ch;

	if (!server)
		return;
	ch = qmsg_server_channel(server);
	if (ch) {
		unblock_receiver(ch, task);
		qmsg_channel_put(ch);
	}
	qmsg_server_put(server);
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
