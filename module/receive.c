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

/* What look_locked() says besides an error. */
#define IN_HAND		0
#define LISTED		1	/* somebody else writes @given from now on */

static bool pulses_only(const struct qmsg_receive *rx)
{
	return rx->flags & QMSG_RECEIVE_PULSE;
}

/* Takes the first entry that is wanted; it is in the caller's hands. */
static __qmsg_hot struct qmsg_qnode *take_first_locked(struct qmsg_channel *ch,
						       struct qmsg_server *me, bool pulses_only)
{
	struct qmsg_qnode *n = NULL;

	if (!qmsg_queue_is_empty(&ch->queue)) {
		qmsg_queue_refresh(&ch->queue, qmsg_request_rank_of);
		n = qmsg_queue_first(&ch->queue, pulses_only);
	}
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

static void receiver_add_locked(struct qmsg_channel *ch, struct qmsg_receiver *r,
				bool pulses_only)
{
	if (unlikely(pulses_only))
		hlist_add_head(&r->node, &ch->pulse_receivers);
	else
		hlist_add_head(&r->node, &ch->receivers);
	ch->nreceivers++;
	r->since = jiffies;
	trace_qmsg_receive_block(ch);
}

/* The one that the next message goes to. */
static noinline void look_awake_for_work(struct qmsg_channel *ch, struct qmsg_receiver *r,
					 struct qmsg_spin *spin, u64 deadline)
{
	while (!READ_ONCE(r->given) && READ_ONCE(ch->receivers.first) == &r->node &&
	       qmsg_spin_on(spin, deadline))
		;
	/* What came in time teaches nothing. */
	if (READ_ONCE(r->given))
		spin->start = 0;
}

/* Pairs with the release by who gives. */
static struct qmsg_qnode *given_to(const struct qmsg_receiver *r)
{
	return smp_load_acquire(&r->given);
}

/* Lets others of this priority by, the next client among them. */
static struct qmsg_qnode *receiver_gives_turn(struct qmsg_channel *ch,
					      const struct qmsg_receiver *r)
{
	struct qmsg_qnode *n;

	yield();
	n = given_to(r);
	qmsg_turn_learn(&ch->turn_receive, n);
	return n;
}

/* What ends the wait besides that something is given. 0: nothing. */
static int receiver_disturbed(u64 deadline)
{
	int err = signal_pending(current) ? qmsg_disturbed() : 0;

	return err ?: qmsg_deadline_passed(deadline) ? -ETIMEDOUT : 0;
}

/* False: it has not slept, as a signal is pending. */
static bool receiver_nap(const struct qmsg_receiver *r, u64 deadline)
{
	bool called;

	set_current_state(TASK_INTERRUPTIBLE | TASK_FREEZABLE);
	called = signal_pending(current);
	if (likely(!called) && !READ_ONCE(r->given))
		qmsg_sleep_until(deadline);
	__set_current_state(TASK_RUNNING);
	return !called;
}

static __qmsg_hot int receiver_sleep(struct qmsg_channel *ch, struct qmsg_receiver *r, u64 deadline)
{
	struct qmsg_spin spin __qmsg_uninitialized;
	int err = 0;

	if (qmsg_spin_begin(&spin, &ch->spin_receive))
		look_awake_for_work(ch, r, &spin, deadline);
	while (!READ_ONCE(r->given)) {
		if (likely(receiver_nap(r, deadline)) && !qmsg_is_deadline(deadline))
			continue;
		err = receiver_disturbed(deadline);
		if (unlikely(err))
			break;
	}
	qmsg_spin_end(&spin);
	return err;
}

/* On the list, unless something has been given: that came first, whatever else has happened. */
static noinline void receiver_done(struct qmsg_channel *ch, struct qmsg_receiver *r, int err)
{
	spin_lock(ch->lock);
	if (!r->given) {
		__hlist_del(&r->node);
		ch->nreceivers--;
		r->given = ERR_PTR(err);
	}
	qmsg_channel_unlock(ch);
}

/* The first entry that is wanted is in hand, or @r is on the list of those who wait for one. */
static __qmsg_hot int look_locked(struct qmsg_channel *ch, const struct qmsg_receive *rx,
				  struct qmsg_receiver *r)
{
	if (unlikely(ch->dead))
		return -ESRCH;
	qmsg_server_join_locked(r->server, ch);
	r->given = take_first_locked(ch, r->server, pulses_only(rx));
	if (r->given)
		return IN_HAND;
	if (qmsg_deadline_passed(rx->deadline))
		return -ETIMEDOUT;
	receiver_add_locked(ch, r, pulses_only(rx));
	return LISTED;
}

static noinline int look_anew(struct qmsg_channel *ch, const struct qmsg_receive *rx,
			      struct qmsg_receiver *r)
{
	int found;

	spin_lock(ch->lock);
	found = look_locked(ch, rx, r);
	qmsg_channel_unlock(ch);
	return found;
}

static __qmsg_hot struct qmsg_qnode *wait_for_given(struct qmsg_channel *ch,
						    struct qmsg_receiver *r, u64 deadline)
{
	int err = receiver_sleep(ch, r, deadline);

	if (unlikely(err))
		receiver_done(ch, r, err);
	return given_to(r);
}

/* RECEIVE-blocked until an entry is in hand. */
static __qmsg_hot int wait_entry(struct qmsg_channel *ch, struct qmsg_receiver *r, u64 deadline)
{
	struct qmsg_qnode *n;
	int err;

	/*
	 * Whom this thread has answered may want this CPU. Asleep, it would have to be woken
	 * again; so he is better let by before.
	 */
	cond_resched();
	n = qmsg_turn_may(&ch->turn_receive) ? receiver_gives_turn(ch, r) : given_to(r);
	if (!n)
		n = wait_for_given(ch, r, deadline);
	err = unlikely(IS_ERR(n)) ? PTR_ERR(n) : IN_HAND;
	trace_qmsg_receive_end(ch, -err);
	return err;
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
static noinline void check_deadlines(struct qmsg_request *req)
{
	struct qmsg_channel *ch = req->channel;

	spin_lock(ch->lock);
	if (req->hand != QMSG_HAND_AT_ONCE && qmsg_deadline_passed(req->policy.send_deadline))
		qmsg_state_event_locked(req, QMSG_EV_SEND_TIMEOUT, NULL);
	if (qmsg_deadline_passed(req->policy.reply_deadline))
		qmsg_state_event_locked(req, QMSG_EV_REPLY_TIMEOUT, NULL);
	qmsg_channel_unlock(ch);
}

/*
 * A hint: its client may leave at any time, until the request is committed. One that has left
 * has left it to this thread: pairs with the release in step_locked().
 */
static bool is_there(struct qmsg_request *req)
{
	if (qmsg_has_deadline(&req->policy))
		check_deadlines(req);
	return smp_load_acquire(&req->state) == QMSG_SEND;
}

static noinline int put_info(const struct qmsg_receive *rx, const struct qmsg_request *req,
			     size_t len)
{
	struct qmsg_msg_info info __qmsg_uninitialized;

	qmsg_info_fill(req, &info);
	info.msglen = len;
	return qmsg_info_put(&info, rx->info_ptr, rx->info_len);
}

static __qmsg_hot int copy_request(const struct qmsg_receive *rx, struct qmsg_request *req,
				   size_t len)
{
	/* 0 if the client has just left: then it is of no interest either. */
	s64 rcvid = READ_ONCE(req->rcvid);
	int err = len ? qmsg_message_to_user(req, req->message, 0, &rx->iov, len) : 0;

	if (!err && rx->info_ptr)
		err = put_info(rx, req, len);
	return err ?: put_received(rx, rcvid, len) ?: qmsg_point(COMMIT);
}

/* Its client has left meanwhile. -ESRCH: that was seen while the message was copied. */
static noinline int left_meanwhile(struct qmsg_request *req, int err)
{
	qmsg_request_put(req);
	return err && err != -ESRCH ? err : NEXT;
}

/*
 * The request becomes REPLY-blocked only here, when the server has it whole: until then
 * its client could leave, and after a bad buffer it keeps its place (D13, S2.21).
 */
static __qmsg_hot int commit_request(struct qmsg_request *req, size_t len, int err)
{
	struct qmsg_channel *ch = req->channel;

	spin_lock(ch->lock);
	if (unlikely(req->state != QMSG_SEND)) {
		qmsg_channel_unlock(ch);
		return left_meanwhile(req, err);
	}
	if (likely(!err)) {
		req->msglen = len;
		qmsg_state_receive_locked(req);
	} else {
		qmsg_request_put_back_locked(req);
	}
	qmsg_channel_unlock(ch);
	return err;
}

static __qmsg_hot int deliver_request(const struct qmsg_receive *rx, struct qmsg_request *req)
{
	size_t len = min(req->srclen, rx->iov.len);

	(void)qmsg_point(COPY);
	if (unlikely(!is_there(req)))
		return left_meanwhile(req, 0);
	return commit_request(req, len, copy_request(rx, req, len));
}

static int copy_pulse(const struct qmsg_receive *rx, const struct qmsg_pulse_node *p)
{
	const struct qmsg_pulse pulse = {
		.code = p->code,
		.value = p->value,
		.scoid = p->scoid,
	};
	static const struct qmsg_msg_info no_info;
	int err = qmsg_bytes_to_user(&pulse, sizeof(pulse), &rx->iov, 0);

	if (!err && rx->info_ptr)
		err = qmsg_info_put(&no_info, rx->info_ptr, rx->info_len);
	return err ?: put_received(rx, 0, 0) ?: qmsg_point(PULSE);
}

static noinline int deliver_pulse(const struct qmsg_receive *rx, struct qmsg_channel *ch,
				  struct qmsg_server *me, struct qmsg_pulse_node *p)
{
	int ret = copy_pulse(rx, p);
	bool release;

	spin_lock(ch->lock);
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

static __qmsg_hot int deliver(struct qmsg_channel *ch, const struct qmsg_receive *rx,
			      const struct qmsg_receiver *r)
{
	struct qmsg_qnode *n = r->given;

	if (unlikely(n->kind == QMSG_KIND_PULSE))
		return deliver_pulse(rx, ch, r->server,
				     container_of(n, struct qmsg_pulse_node, q));
	return deliver_request(rx, container_of(n, struct qmsg_request, node));
}

/* @r has looked once, and @found that; the caller has a reference to @ch. */
static __qmsg_hot int receive_into(struct qmsg_channel *ch, const struct qmsg_receive *rx,
				   struct qmsg_receiver *r, int found)
{
	int ret;

	for (;;) {
		if (likely(found == LISTED))
			found = wait_entry(ch, r, rx->deadline);
		if (unlikely(found))
			return found;
		ret = deliver(ch, rx, r);
		if (likely(ret != NEXT))
			return ret;
		found = look_anew(ch, rx, r);
	}
}

/* Another than that of its last receive. S6.12: who tries it does not belong to that any more. */
static struct qmsg_channel *find_other(struct qmsg_ctx *ctx, struct qmsg_server **me, int chid)
{
	struct qmsg_channel *ch = qmsg_channel_find(ctx, chid);

	*me = qmsg_server_find(ctx);
	if (*me && READ_ONCE((*me)->channel) != ch)
		qmsg_server_leave(*me);
	if (!ch) {
		if (*me)
			qmsg_server_settle(*me);
		return ERR_PTR(-ESRCH);
	}
	if (!*me)
		*me = qmsg_server_current(ctx);
	if (!IS_ERR(*me))
		return ch;
	qmsg_channel_put(ch);
	return ERR_CAST(*me);
}

/* As above, and the end of it: the reference to @ch is taken. @found may be an error. */
static __qmsg_hot int receive_found(struct qmsg_channel *ch, const struct qmsg_receive *rx,
				    struct qmsg_receiver *r, int found)
{
	if (found >= 0)
		found = receive_into(ch, rx, r, found);
	qmsg_server_settle(r->server);
	qmsg_channel_put(ch);
	return found;
}

/* Not where it was before, or with a bad buffer. */
static noinline int receive_elsewhere(struct qmsg_ctx *ctx, const struct qmsg_receive *rx,
				      struct qmsg_receiver *r)
{
	struct qmsg_channel *ch = find_other(ctx, &r->server, rx->chid);
	int err = rx->bad_buffer;

	if (IS_ERR(ch))
		return PTR_ERR(ch);
	if (!err)
		err = look_anew(ch, rx, r);
	return receive_found(ch, rx, r, err);
}

/* What the current thread last received on, if that is @chid of @ctx and has not ended. */
static struct qmsg_channel *same_channel_locked(struct qmsg_ctx *ctx, int chid,
						struct qmsg_server **me)
{
	struct qmsg_channel *ch;

	*me = qmsg_server_look(ctx->proc, current);
	if (unlikely(!*me))
		return NULL;
	/* It may be another context's, and about to be freed. */
	ch = READ_ONCE((*me)->channel);
	return likely(ch && ch->ctx == ctx && ch->chid == chid && !ch->dead) ? ch : NULL;
}

/*
 * Whether @ch is @chid, and the current thread the last that looked for work there. Not if it
 * has ended.
 */
static bool is_same_locked(const struct qmsg_channel *ch, int chid)
{
	return ch->chid == chid && ch->last && ch->last->task == current;
}

/* Most threads receive where they did before. */
static __qmsg_hot int receive_again_locked(struct qmsg_channel *ch, const struct qmsg_receive *rx,
					   struct qmsg_receiver *r) __releases(ch->lock)
{
	int found;

	qmsg_channel_get(ch);
	found = look_locked(ch, rx, r);
	qmsg_channel_unlock(ch);
	return receive_found(ch, rx, r, found);
}

/* Looks at where a message is to go. */
__qmsg_hot void qmsg_receive_begin(struct qmsg_receive *rx, u64 buf_ptr, u64 buf_len)
{
	qmsg_iov_init(&rx->iov);
	rx->bad_buffer = rx->info_ptr && rx->info_len > PAGE_SIZE ? -EINVAL :
			 qmsg_iov_import(&rx->iov, buf_ptr, buf_len,
					 rx->flags & QMSG_RECEIVE_IOV);
}

/*
 * @held: NULL, or a channel of @ctx whose lock the caller has, because somebody there has been
 * answered in the same call. He is woken when this thread is on the list of those who wait.
 */
__qmsg_hot int qmsg_receive(struct qmsg_ctx *ctx, const struct qmsg_receive *rx,
			    struct qmsg_channel *held)
{
	struct qmsg_receiver r __qmsg_uninitialized;
	struct qmsg_channel *ch;

	if (held)
		__acquire(&ctx->rcvids.lock);
	else
		spin_lock(&ctx->rcvids.lock);
	if (held && likely(!rx->bad_buffer && is_same_locked(held, rx->chid))) {
		r.server = held->last;
		return receive_again_locked(held, rx, &r);
	}
	ch = same_channel_locked(ctx, rx->chid, &r.server);
	if (likely(ch && !rx->bad_buffer && (!held || held == ch)))
		return receive_again_locked(ch, rx, &r);
	if (held)
		qmsg_channel_unlock(held);
	else
		spin_unlock(&ctx->rcvids.lock);
	return receive_elsewhere(ctx, rx, &r);
}

long qmsg_ioctl_msg_receive(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	struct qmsg_msg_receive __user *uargs = uarg;
	const struct qmsg_msg_receive *args = ucmd;
	struct qmsg_receive rx __qmsg_uninitialized;
	int err;

	QMSG_RECEIVE_BEGIN(&rx, args, uargs);
	err = qmsg_receive(ctx, &rx, NULL);
	qmsg_receive_end(&rx);
	return err;
}
