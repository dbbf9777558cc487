// SPDX-License-Identifier: GPL-2.0-only
/* MsgReceive, MsgReceivePulse: wait for an entry, copy it out, commit. */

#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "channel.h"
#include "compat.h"
#include "ctx.h"
#include "info.h"
#include "inject.h"
#include "ioctl.h"
#include "rcvid.h"
#include "receive.h"
#include "request.h"
#include "signal.h"
#include "spin.h"
#include "trace.h"
#include "turn.h"
#include "wait.h"
#include "words.h"

/* What deliver_*() say besides an error. */
#define DELIVERED	0
#define NEXT		1	/* this entry is gone, take the next one */

static bool pulses_only(const struct qmsg_receive *rx)
{
	return rx->flags & QMSG_RECEIVE_PULSE;
}

/* Takes the first entry that is wanted; it is in the caller's hands, with a reference. */
static struct qmsg_qnode *take_first_locked(struct qmsg_channel *ch, struct qmsg_server *me,
					    bool pulses_only)
{
	struct qmsg_qnode *n;

	qmsg_queue_refresh(&ch->queue, qmsg_request_rank_of);
	n = qmsg_queue_first(&ch->queue, pulses_only);
	if (!n) {
		qmsg_server_rest_locked(me);
		return NULL;
	}
	if (n->kind == QMSG_KIND_PULSE) {
		qmsg_pulse_take_locked(ch, container_of(n, struct qmsg_pulse_node, q));
	} else {
		qmsg_request_take_locked(container_of(n, struct qmsg_request, node));
	}
	qmsg_server_take_locked(me, n);
	return n;
}

static void receiver_add_locked(struct qmsg_channel *ch, struct qmsg_receiver *r)
{
	hlist_add_head(&r->node, r->pulses_only ? &ch->pulse_receivers : &ch->receivers);
	ch->nreceivers++;
	r->since = jiffies;
	trace_qmsg_receive_block(ch);
}

static void receiver_del_locked(struct qmsg_channel *ch, struct qmsg_receiver *r)
{
	if (hlist_unhashed(&r->node))
		return;
	hlist_del_init(&r->node);
	ch->nreceivers--;
}

/* The one that the next message goes to. */
static void look_awake_for_work(struct qmsg_channel *ch, struct qmsg_receiver *r,
				struct qmsg_spin *spin, u64 deadline)
{
	while (!READ_ONCE(r->given) && !READ_ONCE(ch->dead) && !READ_ONCE(r->unblocked) &&
	       READ_ONCE(ch->receivers.first) == &r->node && qmsg_spin_on(spin, deadline))
		;
	/* What came in time teaches nothing. */
	if (READ_ONCE(r->given))
		spin->start = 0;
}

/* Lets others of this priority by, the next client among them. */
static void receiver_gives_turn(struct qmsg_channel *ch, struct qmsg_receiver *r)
{
	if (!qmsg_turn_may(&ch->turn_receive))
		return;
	yield();
	qmsg_turn_learn(&ch->turn_receive, READ_ONCE(r->given));
}

static int receiver_sleep(struct qmsg_channel *ch, struct qmsg_receiver *r, u64 deadline)
{
	struct qmsg_spin spin __qmsg_uninitialized;
	int err = 0;

	receiver_gives_turn(ch, r);
	if (qmsg_spin_begin(&spin, &ch->spin_receive))
		look_awake_for_work(ch, r, &spin, deadline);
	while (!err && !smp_load_acquire(&r->given) && !READ_ONCE(ch->dead)) {
		if (signal_pending(current)) {
			err = qmsg_disturbed();
			continue;
		}
		if (READ_ONCE(r->unblocked) || qmsg_deadline_passed(deadline))
			return -ETIMEDOUT;
		set_current_state(TASK_INTERRUPTIBLE | TASK_FREEZABLE);
		if (!READ_ONCE(r->given) && !READ_ONCE(ch->dead) && !READ_ONCE(r->unblocked) &&
		    !signal_pending(current))
			qmsg_sleep_until(deadline);
		__set_current_state(TASK_RUNNING);
	}
	qmsg_spin_end(&spin);
	return err;
}

/* Not in the list any more: has it been given something, or is this the end? */
static int receiver_done(struct qmsg_channel *ch, struct qmsg_receiver *r, int err)
{
	spin_lock(&ch->lock);
	receiver_del_locked(ch, r);
	if (r->given)
		err = 0;	/* whatever else has happened, this came first */
	else if (ch->dead)
		err = -ESRCH;
	qmsg_channel_unlock(ch);
	return err;
}

/* RECEIVE-blocked until an entry is in hand. */
static int wait_entry(struct qmsg_channel *ch, const struct qmsg_receive *rx,
		      struct qmsg_server *me, struct qmsg_qnode **entry)
{
	struct qmsg_receiver r = {
		.task = current, .server = me, .pulses_only = pulses_only(rx),
	};
	int err = -ESRCH;

	spin_lock(&ch->lock);
	if (!ch->dead) {
		qmsg_server_join_locked(me, ch);
		r.given = take_first_locked(ch, me, r.pulses_only);
		err = r.given || !qmsg_deadline_passed(rx->deadline) ? 0 : -ETIMEDOUT;
	}
	if (err || r.given) {
		qmsg_channel_unlock(ch);
		*entry = r.given;
		return err;
	}
	receiver_add_locked(ch, &r);
	qmsg_channel_unlock(ch);

	err = receiver_sleep(ch, &r, rx->deadline);
	/* Who gives takes it off the list. */
	if (!smp_load_acquire(&r.given))
		err = receiver_done(ch, &r, err);
	trace_qmsg_receive_end(ch, r.given ? 0 : -err);
	*entry = r.given;
	return r.given ? 0 : err;
}

static int put_received(const struct qmsg_receive *rx, s64 rcvid, size_t msglen)
{
	if (should_fail_usercopy() || !user_access_begin(rx->out, sizeof(*rx->out)))
		return -EFAULT;
	unsafe_put_user(rcvid, &rx->out->rcvid, fault);
	if (likely(rx->wants_msglen))
		unsafe_put_user(msglen, &rx->out->msglen, fault);
	user_access_end();
	return 0;
fault:
	user_access_end();
	return -EFAULT;
}

/* T7: one whose deadline is past does not become REPLY-blocked. */
static void check_deadlines(struct qmsg_request *req)
{
	struct qmsg_channel *ch = req->channel;

	spin_lock(&ch->lock);
	if (req->hand != QMSG_HAND_AT_ONCE && qmsg_deadline_passed(req->policy.send_deadline))
		qmsg_state_event_locked(req, QMSG_EV_SEND_TIMEOUT, NULL);
	if (qmsg_deadline_passed(req->policy.reply_deadline))
		qmsg_state_event_locked(req, QMSG_EV_REPLY_TIMEOUT, NULL);
	qmsg_channel_unlock(ch);
}

/* A hint: its client may leave at any time, until the request is committed. */
static bool is_there(struct qmsg_request *req)
{
	if (qmsg_has_deadline(&req->policy))
		check_deadlines(req);
	return READ_ONCE(req->state) == QMSG_SEND;
}

static int put_info(const struct qmsg_receive *rx, const struct qmsg_request *req, size_t len)
{
	struct qmsg_msg_info info __qmsg_uninitialized;

	qmsg_info_fill(req, &info);
	info.msglen = len;
	return qmsg_info_put(&info, rx->info_ptr, rx->info_len);
}

static int copy_request(const struct qmsg_receive *rx, struct qmsg_request *req,
			const struct qmsg_iov *iov, size_t len)
{
	/* 0 if the client has just left: then it is of no interest either. */
	s64 rcvid = READ_ONCE(req->rcvid);
	int err = qmsg_message_to_user(req, req->message, 0, iov, len);

	if (!err && rx->info_ptr)
		err = put_info(rx, req, len);
	return err ?: put_received(rx, rcvid, len) ?: qmsg_point(COMMIT);
}

/*
 * The request becomes REPLY-blocked only here, when the server has it whole: until then
 * its client could leave, and after a bad buffer it keeps its place (D13, S2.21).
 */
static int commit_request(struct qmsg_request *req, size_t len, int err)
{
	struct qmsg_channel *ch = req->channel;

	spin_lock(&ch->lock);
	if (req->state != QMSG_SEND) {
		/* -ESRCH: that was seen while the message was copied. */
		err = err && err != -ESRCH ? err : NEXT;
	} else if (err) {
		qmsg_servers_dismiss_locked(req);
		qmsg_rcvid_drop(&ch->ctx->rcvids, req);
		qmsg_request_queue_locked(req);
	} else {
		req->msglen = len;
		qmsg_state_event_locked(req, ch->flags & QMSG_CHF_UNBLOCK ?
					QMSG_EV_RECEIVE_HOLD : QMSG_EV_RECEIVE, NULL);
	}
	qmsg_channel_unlock(ch);
	return err;
}

static int deliver_request(const struct qmsg_receive *rx, struct qmsg_request *req,
			   const struct qmsg_iov *iov)
{
	size_t len = min(req->srclen, iov->len);
	int ret = NEXT;

	(void)qmsg_point(COPY);
	if (likely(is_there(req)))
		ret = commit_request(req, len, copy_request(rx, req, iov, len));
	qmsg_request_put(req);
	return ret;
}

static int copy_pulse(const struct qmsg_receive *rx, const struct qmsg_pulse_node *p,
		      const struct qmsg_iov *iov)
{
	const struct qmsg_pulse pulse = {
		.code = p->code,
		.value = p->value,
		.scoid = p->scoid,
	};
	static const struct qmsg_msg_info no_info;
	int err = qmsg_bytes_to_user(&pulse, sizeof(pulse), iov, 0);

	if (!err && rx->info_ptr)
		err = qmsg_info_put(&no_info, rx->info_ptr, rx->info_len);
	return err ?: put_received(rx, 0, 0) ?: qmsg_point(PULSE);
}

static int deliver_pulse(const struct qmsg_receive *rx, struct qmsg_channel *ch,
			 struct qmsg_server *me, struct qmsg_pulse_node *p,
			 const struct qmsg_iov *iov)
{
	int ret = copy_pulse(rx, p, iov);
	bool release;

	spin_lock(&ch->lock);
	if (ret) {
		if (!ch->dead)
			qmsg_server_rest_locked(me);
		release = qmsg_pulse_put_back_locked(ch, p);
	} else if (!qmsg_pulse_commit_locked(ch, p, &release)) {
		ret = NEXT;
	}
	qmsg_channel_unlock(ch);
	if (release)
		qmsg_pulse_release(ch, p);
	return ret;
}

static int receive_into(struct qmsg_channel *ch, const struct qmsg_receive *rx,
			struct qmsg_server *me, const struct qmsg_iov *iov)
{
	struct qmsg_qnode *n;
	int ret;

	do {
		ret = wait_entry(ch, rx, me, &n);
		if (ret)
			return ret;
		if (n->kind == QMSG_KIND_PULSE)
			ret = deliver_pulse(rx, ch, me,
					    container_of(n, struct qmsg_pulse_node, q), iov);
		else
			ret = deliver_request(rx, container_of(n, struct qmsg_request, node), iov);
	} while (ret == NEXT);
	return ret;
}

static int receive_on(struct qmsg_channel *ch, struct qmsg_server *me,
		      const struct qmsg_receive *rx)
{
	struct qmsg_iov iov __qmsg_uninitialized;
	int err;

	if (unlikely(READ_ONCE(me->channel) != ch))
		qmsg_server_leave(me);
	err = qmsg_iov_import(&iov, rx->buf_ptr, rx->buf_len, rx->flags & QMSG_RECEIVE_IOV);
	if (!err) {
		err = receive_into(ch, rx, me, &iov);
		qmsg_iov_free(&iov);
	}
	qmsg_server_settle(me);
	return err;
}

/* Not that of its last receive. S6.12: whoever tries another does not belong to that any more. */
static struct qmsg_channel *find_other(struct qmsg_ctx *ctx, struct qmsg_server **me, int chid)
{
	struct qmsg_channel *ch = qmsg_channel_find(ctx, chid);

	if (!ch && *me) {
		qmsg_server_leave(*me);
		qmsg_server_settle(*me);
	}
	if (!ch)
		return ERR_PTR(-ESRCH);
	if (!*me)
		*me = qmsg_server_current(ctx);
	if (!IS_ERR(*me))
		return ch;
	qmsg_channel_put(ch);
	return ERR_CAST(*me);
}

/* What @s last received on, if that is @chid of @ctx: while it has not ended nothing else is. */
static struct qmsg_channel *look_at_channel(struct qmsg_server *s, struct qmsg_ctx *ctx, int chid)
{
	struct qmsg_channel *ch = READ_ONCE(s->channel);

	if (ch && ch->chid == chid && ch->ctx == ctx && !READ_ONCE(ch->dead) &&
	    kref_get_unless_zero(&ch->ref))
		return ch;
	return NULL;
}

/* The channel, with a reference: most threads receive where they did before. */
static struct qmsg_channel *find_channel(struct qmsg_ctx *ctx, struct qmsg_server **me, int chid)
{
	struct qmsg_channel *ch = NULL;

	rcu_read_lock();
	*me = qmsg_server_look(ctx->proc, current);
	if (likely(*me))
		ch = look_at_channel(*me, ctx, chid);
	rcu_read_unlock();
	return ch ?: find_other(ctx, me, chid);
}

int qmsg_receive(struct qmsg_ctx *ctx, const struct qmsg_receive *rx)
{
	struct qmsg_channel *ch;
	struct qmsg_server *me;
	int err;

	if (rx->info_ptr && rx->info_len > PAGE_SIZE)
		return -EINVAL;
	ch = find_channel(ctx, &me, rx->chid);
	if (IS_ERR(ch))
		return PTR_ERR(ch);
	err = receive_on(ch, me, rx);
	qmsg_channel_put(ch);
	return err;
}

long qmsg_ioctl_msg_receive(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	struct qmsg_msg_receive __user *uargs = uarg;
	const struct qmsg_msg_receive *args = ucmd;
	const struct qmsg_receive rx = QMSG_RECEIVE_OF(args, uargs);

	return qmsg_receive(ctx, &rx);
}
