// SPDX-License-Identifier: GPL-2.0-only
/* Pulses: posting, taking, putting back, and the ones that users send. */

#include <linux/poll.h>
#include <linux/slab.h>

#include "channel.h"
#include "connect.h"
#include "ctx.h"
#include "ioctl.h"
#include "limits.h"
#include "prio.h"
#include "pulse.h"
#include "request.h"
#include "timer.h"

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

static void hand_over_locked(struct qmsg_channel *ch, struct qmsg_pulse_node *p)
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
	lockdep_assert_held(&ch->lock);
	p->count = 1;
	p->withdrawn = false;
	p->q.seq = 0;
	hand_over_locked(ch, p);
}

/* Nobody is to see @p any more. True if its reference is now the caller's to drop. */
bool qmsg_pulse_withdraw_locked(struct qmsg_channel *ch, struct qmsg_pulse_node *p)
{
	lockdep_assert_held(&ch->lock);
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
	lockdep_assert_held(&ch->lock);
	p->taken--;
	*release = !p->count && !p->taken;
	return !p->withdrawn;
}

/* The receiver could not take it: back to its place. True if it is to be released. */
bool qmsg_pulse_put_back_locked(struct qmsg_channel *ch, struct qmsg_pulse_node *p)
{
	lockdep_assert_held(&ch->lock);
	p->taken--;
	if (p->withdrawn || ch->dead)
		return !p->count && !p->taken;
	p->count++;
	if (!p->q.queued)
		hand_over_locked(ch, p);
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
		spin_lock(&ch->lock);
		ch->pool_used--;
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
	}
}

static struct qmsg_pulse_node *user_pulse_alloc(struct qmsg_ctx *ctx, struct qmsg_conn *conn,
						const struct qmsg_pulse_send *args)
{
	struct qmsg_pulse_node *p;

	if (qmsg_charge(ctx->user, QMSG_QUOTA_PULSES, 1))
		return ERR_PTR(-EAGAIN);
	p = kzalloc(sizeof(*p), GFP_KERNEL_ACCOUNT);
	if (!p) {
		qmsg_uncharge(ctx->user, QMSG_QUOTA_PULSES, 1);
		return ERR_PTR(-ENOMEM);
	}
	qmsg_pulse_init(p, QMSG_PULSE_USER);
	p->user = qmsg_user_ref(ctx->user);
	p->code = args->code;
	p->value = args->value;
	p->scoid = conn->sconn->scoid;
	p->q.prio = args->priority == QMSG_PRIORITY_SELF ? qmsg_task_prio(current) : args->priority;
	if (!(conn->sconn->channel->flags & QMSG_CHF_FIXED_PRIORITY))
		p->q.boost = qmsg_pulse_boost(ctx, p->q.prio);
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
	tell_locked(ch);
	return true;
}

/* 1 if @p has been counted with another and is not needed. */
static int user_pulse_post(struct qmsg_channel *ch, struct qmsg_conn *conn,
			   struct qmsg_pulse_node *p)
{
	int ret = 0;

	spin_lock(&ch->lock);
	if (ch->dead || conn->detached)
		ret = -EBADF;
	else if (qmsg_ctx_terminating(ch->ctx) && !qmsg_channel_waited_locked(ch))
		ret = -ENXIO;
	else if (compress_locked(ch, p))
		ret = 1;
	else if (ch->pool_used >= ch->pulse_limit)
		ret = -EAGAIN;
	else {
		ch->pool_used++;
		qmsg_pulse_post_locked(ch, p);
	}
	qmsg_channel_unlock(ch);
	return ret;
}

long qmsg_ioctl_pulse_send(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	const struct qmsg_pulse_send *args = ucmd;
	struct qmsg_pulse_node *p;
	struct qmsg_conn *conn;
	long ret;

	if (args->__reserved || args->code < 0 || args->code > S8_MAX)
		return -EINVAL;
	if (args->priority != QMSG_PRIORITY_SELF && (args->priority < 1 || args->priority > 255))
		return -EINVAL;
	conn = qmsg_conn_find(ctx, args->coid);
	if (IS_ERR(conn))
		return PTR_ERR(conn);
	p = user_pulse_alloc(ctx, conn, args);
	if (IS_ERR(p)) {
		ret = PTR_ERR(p);
	} else {
		ret = user_pulse_post(conn->sconn->channel, conn, p);
		if (ret)
			user_pulse_free(p);
	}
	qmsg_conn_put(conn);
	return min(ret, 0L);
}
