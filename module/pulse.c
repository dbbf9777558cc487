// SPDX-License-Identifier: GPL-2.0-only
/* Pulses: posting, taking, putting back, and the ones that users send. */

#include <linux/poll.h>
#include <linux/slab.h>

#include "channel.h"
#include "connect.h"
#include "ctx.h"
#include "event.h"
#include "ioctl.h"
#include "limits.h"
#include "notice.h"
#include "prio.h"
#include "pulse.h"
#include "request.h"
#include "stats.h"
#include "threaddeath.h"
#include "timer.h"
#include "trace.h"

void qmsg_pulse_init(struct qmsg_pulse_node *p, enum qmsg_pulse_origin origin)
{
	p->q.kind = QMSG_KIND_PULSE;
	p->origin = origin;
}

/* One more receive will find a pulse. */
static void tell_locked(struct qmsg_channel *ch)
{
	qmsg_channel_tell_locked(ch, EPOLLIN | EPOLLPRI);
}

static void post_locked(struct qmsg_channel *ch, struct qmsg_pulse_node *p)
{
	if (qmsg_channel_offer_locked(ch, &p->q)) {
		p->count--;
		p->taken++;
	} else {
		qmsg_queue_add(&ch->queue, &p->q);
		tell_locked(ch);
	}
}

/* The channel now holds what @p's origin says: the pool's entry or a reference. */
void qmsg_pulse_post_locked(struct qmsg_channel *ch, struct qmsg_pulse_node *p)
{
	lockdep_assert_held(ch->lock);
	trace_qmsg_pulse_post(ch, p);
	p->count = 1;
	p->withdrawn = false;
	qmsg_queue_number(&ch->queue, &p->q);
	post_locked(ch, p);
}

/* Nobody is to see @p any more. True if its reference is now the caller's to drop. */
bool qmsg_pulse_withdraw_locked(struct qmsg_channel *ch, struct qmsg_pulse_node *p)
{
	lockdep_assert_held(ch->lock);
	if (!p->count && !p->taken)
		return false;
	p->withdrawn = true;
	if (p->q.queued)
		qmsg_queue_del(&ch->queue, &p->q);
	p->count = 0;
	return !p->taken;
}

/* For a receiver that found @p in the queue. */
void qmsg_pulse_take_locked(struct qmsg_channel *ch, struct qmsg_pulse_node *p)
{
	p->taken++;
	if (--p->count == 0)
		qmsg_queue_del(&ch->queue, &p->q);
}

/* The receiver has copied it. False if it was withdrawn meanwhile and must not be seen. */
bool qmsg_pulse_commit_locked(struct qmsg_channel *ch, struct qmsg_pulse_node *p, bool *release)
{
	lockdep_assert_held(ch->lock);
	p->taken--;
	*release = !p->count && !p->taken;
	if (p->withdrawn)
		return false;
	trace_qmsg_pulse_receive(ch, p);
	qmsg_stats_pulse_locked(ch);
	return true;
}

/* The receiver could not take it: back to its place. True if it is to be released. */
bool qmsg_pulse_put_back_locked(struct qmsg_channel *ch, struct qmsg_pulse_node *p)
{
	lockdep_assert_held(ch->lock);
	p->taken--;
	if (p->withdrawn || ch->dead)
		return !p->count && !p->taken;
	p->count++;
	if (!p->q.queued)
		post_locked(ch, p);
	else
		tell_locked(ch);
	return false;
}

static void user_pulse_free(struct qmsg_pulse_node *p)
{
	qmsg_uncharge(p->user, QMSG_QUOTA_PULSES, 1);
	qmsg_user_put(p->user);
	qmsg_count(QMSG_OBJ_PULSE, -1);
	kfree(p);
}

/* The last of @p has been received or thrown away. Not under the lock. */
void qmsg_pulse_release(struct qmsg_channel *ch, struct qmsg_pulse_node *p)
{
	switch (p->origin) {
	case QMSG_PULSE_USER:
		spin_lock(ch->lock);
		ch->pool_used--;
		ch->overflow_noticed = false;
		if (ch->pulse_limit - ch->pool_used > ch->pool_rearm)
			ch->pool_told = false;
		qmsg_channel_unlock(ch);
		user_pulse_free(p);
		break;
	case QMSG_PULSE_UNBLOCK:
		qmsg_request_put(container_of(p, struct qmsg_request, unblock));
		break;
	case QMSG_PULSE_DISCONNECT:
		qmsg_sconn_put(container_of(p, struct qmsg_sconn, disconnect));
		break;
	case QMSG_PULSE_TIMER:
		qmsg_timer_pulse_released(ch, p);
		break;
	case QMSG_PULSE_THREADDEATH:
		qmsg_thread_watch_next(ch);
		break;
	case QMSG_PULSE_COIDDEATH:
		qmsg_conn_put(container_of(p, struct qmsg_conn, death));
		break;
	}
}

static struct qmsg_pulse_node *user_pulse_alloc(struct qmsg_user *payer)
{
	struct qmsg_pulse_node *p;

	if (qmsg_charge(payer, QMSG_QUOTA_PULSES, 1))
		return ERR_PTR(-EAGAIN);
	p = kzalloc(sizeof(*p), GFP_KERNEL_ACCOUNT);
	if (!p) {
		qmsg_uncharge(payer, QMSG_QUOTA_PULSES, 1);
		return ERR_PTR(-ENOMEM);
	}
	qmsg_pulse_init(p, QMSG_PULSE_USER);
	p->user = qmsg_user_ref(payer);
	qmsg_count(QMSG_OBJ_PULSE, 1);
	return p;
}

/* S4.5: one more of what was queued last at this priority. */
static bool compress_locked(struct qmsg_channel *ch, const struct qmsg_pulse_node *p)
{
	struct qmsg_qnode *n = qmsg_queue_last_at(&ch->queue, p->q.prio);
	struct qmsg_pulse_node *last;

	if (!n || n->kind != QMSG_KIND_PULSE)
		return false;
	last = container_of(n, struct qmsg_pulse_node, q);
	if (last->origin != QMSG_PULSE_USER || last->code != p->code || last->value != p->value ||
	    last->scoid != p->scoid || last->q.boost != p->q.boost || last->count + last->taken == U32_MAX)
		return false;
	last->count++;
	trace_qmsg_pulse_post(ch, p);
	tell_locked(ch);
	return true;
}

/* 1 if @p has been counted with another and is not needed. */
static int user_pulse_post(struct qmsg_channel *ch, struct qmsg_conn *conn,
			   struct qmsg_pulse_node *p)
{
	int ret = 0;

	spin_lock(ch->lock);
	if (ch->dead || conn->detached)
		ret = -EBADF;
	else if (qmsg_ctx_terminating(ch->ctx) && !qmsg_channel_waited_locked(ch))
		ret = -ENXIO;
	else if (compress_locked(ch, p))
		ret = 1;
	else if (ch->pool_used >= ch->pulse_limit) {
		ret = -EAGAIN;
		qmsg_notice_overflow_locked(ch, conn);
	} else {
		ch->pool_used++;
		qmsg_pulse_post_locked(ch, p);
	}
	qmsg_channel_unlock(ch);
	return ret;
}

static int send_pulse(struct qmsg_user *payer, struct qmsg_conn *conn, struct qmsg_rank rank,
		      s8 code, u64 value, bool *full)
{
	struct qmsg_pulse_node *p = user_pulse_alloc(payer);
	int ret;

	if (IS_ERR(p))
		return PTR_ERR(p);
	p->code = code;
	p->value = value;
	p->scoid = conn->sconn->scoid;
	p->q.prio = rank.prio;
	p->q.boost = rank.boost;
	ret = user_pulse_post(conn->sconn->channel, conn, p);
	if (ret)
		user_pulse_free(p);
	*full = ret == -EAGAIN;
	return min(ret, 0);
}

/* What is to be delivered now that the pool was found full; its connection has a reference. */
static struct qmsg_action take_pool_event(struct qmsg_channel *ch)
{
	struct qmsg_action a = { };

	spin_lock(ch->lock);
	if (!ch->pool_told) {
		a = ch->pool_event;
		ch->pool_told = true;
		if (a.conn)
			kref_get(&a.conn->ref);
	}
	qmsg_channel_unlock(ch);
	return a;
}

/*
 * S4.20: the owner is told once. If its own channel for that is full too, nobody is told of
 * it, and the next pulse tries again: pools are not to set off one another in a row.
 */
static void tell_owner(struct qmsg_channel *ch)
{
	const struct qmsg_target owner = { .ctx = ch->ctx };
	struct qmsg_action a = take_pool_event(ch);
	bool full;
	int err;

	if (a.conn)
		err = send_pulse(ch->ctx->user, a.conn, a.rank, a.ev.code, a.ev.value, &full);
	else
		err = qmsg_act(&a, &owner, ch->ctx->user, false);
	qmsg_action_release(&a);
	if (!err)
		return;
	spin_lock(ch->lock);
	ch->pool_told = false;
	qmsg_channel_unlock(ch);
}

/* A pulse of @payer's over @conn, whosever that is. */
int qmsg_pulse_send(struct qmsg_user *payer, struct qmsg_conn *conn, struct qmsg_rank rank, s8 code,
		    u64 value)
{
	bool full = false;
	int err;

	err = send_pulse(payer, conn, rank, code, value, &full);
	if (full)
		tell_owner(conn->sconn->channel);
	return err;
}

long qmsg_ioctl_pulse_send(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	const struct qmsg_pulse_send *args = ucmd;
	struct qmsg_conn *conn;
	u16 prio;
	int err;

	if (args->__reserved || args->code < 0 || args->code > S8_MAX)
		return -EINVAL;
	if (args->priority != QMSG_PRIORITY_SELF && (args->priority < 1 || args->priority > 255))
		return -EINVAL;
	conn = qmsg_conn_find(ctx, args->coid);
	if (IS_ERR(conn))
		return PTR_ERR(conn);
	prio = args->priority == QMSG_PRIORITY_SELF ? qmsg_task_prio(current) : args->priority;
	err = qmsg_pulse_send(ctx->user, conn, qmsg_pulse_rank(ctx, conn, prio), args->code,
			      args->value);
	qmsg_conn_put(conn);
	return err;
}
