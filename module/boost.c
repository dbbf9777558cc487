// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who gets how much: what a request or pulse is worth to its receiver, and telling the
 * scheduler what has been decided under a channel's lock.
 */

#include <linux/capability.h>
#include <linux/sched/signal.h>

#include "channel.h"
#include "connect.h"
#include "ctx.h"
#include "proc.h"
#include "request.h"
#include "server.h"

/* If the client is a thread that receives, it may have its priority from another. */
void qmsg_request_borrow(struct qmsg_request *req)
{
	struct qmsg_server *s = qmsg_server_get_of(req->conn->ctx->proc, req->task);

	if (!s)
		return;
	req->lender = s;
	spin_lock(&s->lock);
	list_add(&req->lent_node, &s->lent);
	spin_unlock(&s->lock);
	/* Pairs with settle(). */
	smp_mb();
}

/* At the end of @req. */
void qmsg_request_pay_back(struct qmsg_request *req)
{
	struct qmsg_server *s = req->lender;

	spin_lock(&s->lock);
	list_del(&req->lent_node);
	req->lent_pass = 0;
	spin_unlock(&s->lock);
	req->lender = NULL;
	qmsg_server_put(s);
}

/*
 * Like qmsg_request_boost(), of what may outlive the loan: an unblock pulse is served until the
 * next receive.
 */
u8 qmsg_request_own_boost(struct qmsg_request *req)
{
	u8 boost = qmsg_request_boost(req);

	return boost && req->lender ? qmsg_prio_own(&req->lender->prio, req->task) : boost;
}

/*
 * S4.11, for a pulse that the current task sends: what it could have by itself. What it has
 * from another is not passed on: nothing would tell when to take it back. Programs number
 * their pulses whether they think of real time or not, so those of an ordinary thread make
 * nobody real-time, whatever its rights.
 */
static u8 pulse_boost(struct qmsg_ctx *ctx, u16 prio)
{
	u8 own = qmsg_task_boost(current), most = min_t(u16, prio, QMSG_BOOST_MAX);
	struct qmsg_server *s = own ? qmsg_server_find(ctx) : NULL;

	if (s)
		own = qmsg_prio_own(&s->prio, current);
	if (!own)
		return 0;
	if (most <= own || most <= rlimit(RLIMIT_RTPRIO) ||
	    ns_capable_noaudit(&init_user_ns, CAP_SYS_NICE))
		return most;
	return max_t(u8, own, rlimit(RLIMIT_RTPRIO));
}

/* What a pulse over @conn is worth that the current task, of @ctx, sends or has in mind. */
struct qmsg_rank qmsg_pulse_rank(struct qmsg_ctx *ctx, const struct qmsg_conn *conn, u16 prio)
{
	struct qmsg_rank rank = { .prio = prio };

	if (!(conn->sconn->channel->flags & QMSG_CHF_FIXED_PRIORITY))
		rank.boost = pulse_boost(ctx, prio);
	return rank;
}

static void settle(struct qmsg_server *s)
{
	rt_mutex_lock(&s->settling);
	while (!qmsg_server_is_settled(s)) {
		u16 want;

		WRITE_ONCE(s->settled, -1);
		smp_mb();
		want = READ_ONCE(s->want);
		qmsg_prio_apply(&s->prio, s->task, want >> 8, want & 0xff);
		WRITE_ONCE(s->settled, want);
		smp_mb();
	}
	rt_mutex_unlock(&s->settling);
}

/* The client has got or lost something (S6.9): a receiver's priority only falls (S6.8). */
static void reprice_locked(struct qmsg_request *req)
{
	struct qmsg_rank rank = qmsg_request_rank(req);
	struct qmsg_server *s;

	hlist_for_each_entry(s, &req->servers, serving_node)
		qmsg_server_cap_locked(s, rank.boost);
	if (req->node.queued)
		qmsg_queue_rerank(&req->channel->queue, &req->node, rank);
}

static u64 begin_pass(struct qmsg_server *s)
{
	u64 pass;

	spin_lock(&s->lock);
	pass = ++s->lent_pass;
	spin_unlock(&s->lock);
	return pass;
}

/* One that neither this pass nor a later one has seen, with a reference. */
static struct qmsg_request *next_lent(struct qmsg_server *s, u64 pass)
{
	struct qmsg_request *req, *found = NULL;

	spin_lock(&s->lock);
	list_for_each_entry(req, &s->lent, lent_node) {
		if (req->lent_pass >= pass || !refcount_inc_not_zero(&req->ref))
			continue;
		req->lent_pass = pass;
		found = req;
		break;
	}
	spin_unlock(&s->lock);
	return found;
}

/* Settled ones whose own requests are yet to be looked at. A list, not recursion. */
static void chain(struct qmsg_server **first, struct qmsg_server *s)
{
	if (list_empty_careful(&s->lent) || atomic_xchg(&s->chained, 1))
		return;
	qmsg_server_get(s);
	s->next = *first;
	*first = s;
}

#define BATCH	8

/* Some of @ch's that are not settled, with references; the current one's to @self. */
static int pick(struct qmsg_channel *ch, struct qmsg_server **batch, struct qmsg_server **self)
{
	struct qmsg_server *s;
	int n = 0;

	spin_lock(ch->lock);
	list_for_each_entry(s, &ch->servers, node) {
		if (qmsg_server_is_settled(s) || s == *self)
			continue;
		qmsg_server_get(s);
		if (s->task == current)
			*self = s;
		else
			batch[n++] = s;
		if (n == BATCH)
			break;
	}
	spin_unlock(ch->lock);
	return n;
}

static void settle_members(struct qmsg_channel *ch, struct qmsg_server **first,
			   struct qmsg_server **self)
{
	struct qmsg_server *batch[BATCH];
	int i, n;

	do {
		n = pick(ch, batch, self);
		for (i = 0; i < n; i++) {
			settle(batch[i]);
			chain(first, batch[i]);
			qmsg_server_put(batch[i]);
		}
	} while (n == BATCH);
}

static void reprice_lent(struct qmsg_server *s, struct qmsg_server **first,
			 struct qmsg_server **self)
{
	struct qmsg_request *req;
	u64 pass = begin_pass(s);
	struct qmsg_wakes wakes;

	while ((req = next_lent(s, pass))) {
		spin_lock(req->channel->lock);
		reprice_locked(req);
		qmsg_channel_release(req->channel, &wakes);
		if (wakes.unsettled) {
			settle_members(req->channel, first, self);
			qmsg_channel_put(req->channel);
		}
		qmsg_request_put(req);
	}
}

static void reprice_chain(struct qmsg_server *first, struct qmsg_server **self)
{
	struct qmsg_server *s;

	while ((s = first)) {
		first = s->next;
		/* From here on a change of its priority puts it into a chain again. */
		atomic_xchg(&s->chained, 0);
		reprice_lent(s, &first, self);
		qmsg_server_put(s);
	}
}

/*
 * Settles the threads of @ch, and whoever works for them. The current one's record, if it
 * is among them, is returned with its reference: it comes last, lest the thread lose its
 * priority before it has woken whom it has to.
 */
struct qmsg_server *qmsg_servers_settle(struct qmsg_channel *ch)
{
	struct qmsg_server *first = NULL, *self = NULL;

	settle_members(ch, &first, &self);
	reprice_chain(first, &self);
	return self;
}

/* Likewise one of them. It may be that the current thread works for it: then that comes last. */
void qmsg_server_settle_now(struct qmsg_server *s)
{
	struct qmsg_server *first, *self;

	qmsg_server_get(s);
	do {
		first = NULL;
		self = NULL;
		settle(s);
		chain(&first, s);
		reprice_chain(first, &self);
		qmsg_server_put(s);
		s = self;
	} while (s);
}
