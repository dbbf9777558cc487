// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state machine of a request: every state, every event, one table.
 *
 * Behind a cell stand the rows T… of the QNX semantics that it implements. STAY with no
 * effect means that the event comes too late, or cannot come.
 */

#include <linux/build_bug.h>
#include <linux/errno.h>

#include "channel.h"
#include "compat.h"
#include "connect.h"
#include "ctx.h"
#include "known.h"
#include "limits.h"
#include "notice.h"
#include "rcvid.h"
#include "request.h"
#include "stats.h"
#include "trace.h"
#include "words.h"

enum effect {
	REFUSE	= 0x01,	/* tell the caller -ESRCH */
	RESULT	= 0x02,	/* the kernel's @error is the client's result */
	ANSWER	= 0x04,	/* the server's answer is the client's result */
	REASON	= 0x08,	/* keep why the client wants to leave */
	PULSE	= 0x10,	/* post the unblock pulse */
	END	= 0x20,	/* off every list; id and pulse withdrawn; the link goes */
	WAKE	= 0x40,	/* wake the client */
	REARM	= 0x80,	/* wake the client if it now waits for another deadline */
	ORPHAN	= 0x100, /* the client goes, the request stays */
	RECEIVE	= 0x200, /* a server has it */
};

struct transition {
	enum qmsg_state next;
	unsigned int effects;
	int error;
};

#define STAY(state, fx)		{ QMSG_##state, (fx), 0 }
#define GO(state, fx)		{ QMSG_##state, (fx), 0 }
#define LEAVE(err)		{ QMSG_DONE, RESULT | END | WAKE, -(err) }
#define ANSWERED		{ QMSG_DONE, ANSWER | END | WAKE, 0 }
#define REFUSED(state)		{ QMSG_##state, REFUSE, 0 }

static const struct transition table[QMSG_NR_STATES][QMSG_NR_EVENTS] = {
	[QMSG_SEND] = {
		[QMSG_EV_RECEIVE]	= GO(REPLY, RECEIVE | REARM),	/* T1 T6 */
		[QMSG_EV_RECEIVE_HOLD]	= GO(HELD, RECEIVE | REARM),	/* T1 T6 */
		[QMSG_EV_ANSWER]	= REFUSED(SEND),
		[QMSG_EV_SIGNAL]	= LEAVE(EINTR),			/* T8 */
		[QMSG_EV_SEND_TIMEOUT]	= LEAVE(ETIMEDOUT),		/* T5 T8 */
		[QMSG_EV_REPLY_TIMEOUT]	= LEAVE(ETIMEDOUT),		/* T5 T7; T9: only when received */
		[QMSG_EV_UNBLOCK]	= LEAVE(ETIMEDOUT),		/* T8 */
		[QMSG_EV_DETACH]	= LEAVE(EBADF),			/* T8 */
		[QMSG_EV_KILL]		= LEAVE(EINTR),			/* T8 */
		[QMSG_EV_GRACE_OVER]	= STAY(SEND, 0),
		[QMSG_EV_GONE]		= LEAVE(ESRCH),			/* T11 */
		[QMSG_EV_DEADLOCK]	= LEAVE(EDEADLK),
	},
	[QMSG_REPLY] = {
		[QMSG_EV_RECEIVE]	= STAY(REPLY, 0),
		[QMSG_EV_RECEIVE_HOLD]	= STAY(REPLY, 0),
		[QMSG_EV_ANSWER]	= ANSWERED,			/* T12 T13 */
		[QMSG_EV_SIGNAL]	= LEAVE(EINTR),			/* T14 T18 */
		[QMSG_EV_SEND_TIMEOUT]	= STAY(REPLY, 0),
		[QMSG_EV_REPLY_TIMEOUT]	= LEAVE(ETIMEDOUT),		/* T14 T18 */
		[QMSG_EV_UNBLOCK]	= LEAVE(ETIMEDOUT),		/* T14 T18 */
		[QMSG_EV_DETACH]	= LEAVE(EBADF),			/* T14 T18 */
		[QMSG_EV_KILL]		= LEAVE(EINTR),			/* T14 T18 */
		[QMSG_EV_GRACE_OVER]	= STAY(REPLY, 0),
		[QMSG_EV_GONE]		= LEAVE(ESRCH),			/* T25 */
		[QMSG_EV_DEADLOCK]	= STAY(REPLY, 0),
	},
	[QMSG_HELD] = {
		[QMSG_EV_RECEIVE]	= STAY(HELD, 0),
		[QMSG_EV_RECEIVE_HOLD]	= STAY(HELD, 0),
		[QMSG_EV_ANSWER]	= ANSWERED,			/* T12 T13 */
		[QMSG_EV_SIGNAL]	= GO(ASKED, REASON | PULSE),	/* T15 T16 */
		[QMSG_EV_SEND_TIMEOUT]	= STAY(HELD, 0),
		[QMSG_EV_REPLY_TIMEOUT]	= GO(ASKED, REASON | PULSE),	/* T15 */
		[QMSG_EV_UNBLOCK]	= GO(ASKED, REASON | PULSE),	/* T15, S5.19 */
		[QMSG_EV_DETACH]	= GO(ASKED, REASON | PULSE),	/* T15 */
		[QMSG_EV_KILL]		= GO(DYING, REASON | PULSE),	/* T16 */
		[QMSG_EV_GRACE_OVER]	= STAY(HELD, 0),
		[QMSG_EV_GONE]		= LEAVE(ESRCH),			/* T25 */
		[QMSG_EV_DEADLOCK]	= STAY(HELD, 0),
	},
	[QMSG_ASKED] = {
		[QMSG_EV_RECEIVE]	= STAY(ASKED, 0),
		[QMSG_EV_RECEIVE_HOLD]	= STAY(ASKED, 0),
		[QMSG_EV_ANSWER]	= ANSWERED,			/* T21 T22 T23 T24 */
		[QMSG_EV_SIGNAL]	= STAY(ASKED, REASON),		/* T20 */
		[QMSG_EV_SEND_TIMEOUT]	= STAY(ASKED, 0),
		[QMSG_EV_REPLY_TIMEOUT]	= STAY(ASKED, REASON),		/* T20 */
		[QMSG_EV_UNBLOCK]	= STAY(ASKED, REASON),		/* T20 */
		[QMSG_EV_DETACH]	= STAY(ASKED, REASON),		/* T20 T30 */
		[QMSG_EV_KILL]		= GO(DYING, REASON),		/* T20 */
		[QMSG_EV_GRACE_OVER]	= STAY(ASKED, 0),
		[QMSG_EV_GONE]		= LEAVE(ESRCH),			/* T25 */
		[QMSG_EV_DEADLOCK]	= STAY(ASKED, 0),
	},
	[QMSG_DYING] = {
		[QMSG_EV_RECEIVE]	= STAY(DYING, 0),
		[QMSG_EV_RECEIVE_HOLD]	= STAY(DYING, 0),
		[QMSG_EV_ANSWER]	= ANSWERED,			/* T21 T22 */
		[QMSG_EV_SIGNAL]	= STAY(DYING, REASON),		/* T20 */
		[QMSG_EV_SEND_TIMEOUT]	= STAY(DYING, 0),
		[QMSG_EV_REPLY_TIMEOUT]	= STAY(DYING, REASON),		/* T20 */
		[QMSG_EV_UNBLOCK]	= STAY(DYING, REASON),		/* T20 */
		[QMSG_EV_DETACH]	= STAY(DYING, REASON),		/* T20 T30 */
		[QMSG_EV_KILL]		= STAY(DYING, 0),
		[QMSG_EV_GRACE_OVER]	= GO(ORPHAN, ORPHAN),		/* T29, bounded */
		[QMSG_EV_GONE]		= LEAVE(ESRCH),			/* T25 */
		[QMSG_EV_DEADLOCK]	= STAY(DYING, 0),
	},
	[QMSG_ORPHAN] = {
		[QMSG_EV_RECEIVE]	= STAY(ORPHAN, 0),
		[QMSG_EV_RECEIVE_HOLD]	= STAY(ORPHAN, 0),
		[QMSG_EV_ANSWER]	= { QMSG_DONE, END | REFUSE, 0 },
		[QMSG_EV_SIGNAL]	= STAY(ORPHAN, 0),
		[QMSG_EV_SEND_TIMEOUT]	= STAY(ORPHAN, 0),
		[QMSG_EV_REPLY_TIMEOUT]	= STAY(ORPHAN, 0),
		[QMSG_EV_UNBLOCK]	= STAY(ORPHAN, 0),
		[QMSG_EV_DETACH]	= STAY(ORPHAN, 0),
		[QMSG_EV_KILL]		= STAY(ORPHAN, 0),
		[QMSG_EV_GRACE_OVER]	= STAY(ORPHAN, 0),
		[QMSG_EV_GONE]		= { QMSG_DONE, END, 0 },
		[QMSG_EV_DEADLOCK]	= STAY(ORPHAN, 0),
	},
	[QMSG_DONE] = {
		[QMSG_EV_RECEIVE ... QMSG_EV_RECEIVE_HOLD] = STAY(DONE, 0),
		[QMSG_EV_ANSWER]	= REFUSED(DONE),
		[QMSG_EV_SIGNAL ... QMSG_EV_DEADLOCK] = STAY(DONE, 0),
	},
};

/* What an unblock event is to the server (D9), and to MsgError(rcvid, -1). */
static const struct {
	u32 reason;
	s32 error;
} reasons[QMSG_NR_EVENTS] = {
	[QMSG_EV_SIGNAL]	= { QMSG_UNBLOCK_SIGNAL, EINTR },
	[QMSG_EV_REPLY_TIMEOUT]	= { QMSG_UNBLOCK_TIMEOUT, ETIMEDOUT },
	[QMSG_EV_UNBLOCK]	= { QMSG_UNBLOCK_TIMEOUT, ETIMEDOUT },
	[QMSG_EV_DETACH]	= { QMSG_UNBLOCK_DETACH, EBADF },
	[QMSG_EV_KILL]		= { QMSG_UNBLOCK_KILL, EINTR },
};

const char *qmsg_state_name(enum qmsg_state state)
{
	static const char * const names[QMSG_NR_STATES] = {
		[QMSG_SEND]	= "SEND",
		[QMSG_REPLY]	= "REPLY",
		[QMSG_HELD]	= "REPLY",
		[QMSG_ASKED]	= "REPLY+R",
		[QMSG_DYING]	= "REPLY+K",
		[QMSG_ORPHAN]	= "ORPHAN",
		[QMSG_DONE]	= "DONE",
	};

	return names[state];
}

/* The row that counts. A server that is terminating holds nobody back any more (T18, T26). */
static enum qmsg_state row_of(const struct qmsg_request *req, enum qmsg_state_event ev)
{
	switch (req->state) {
	case QMSG_HELD:
	case QMSG_ASKED:
	case QMSG_DYING:
		if (unlikely(reasons[ev].reason) && qmsg_ctx_terminating(req->channel->ctx))
			return QMSG_REPLY;
		fallthrough;
	default:
		return req->state;
	}
}

static void keep_reason_locked(struct qmsg_request *req, enum qmsg_state_event ev)
{
	if (!req->reasons)
		req->reason_error = reasons[ev].error;
	req->reasons |= reasons[ev].reason;
}

/* D10: the client asks to unblock, or leaves without an answer; only the first time. */
static void tell_eventfd_locked(struct qmsg_request *req)
{
	if (req->eventfd && !req->reasons)
		qmsg_eventfd_signal(req->eventfd);
}

/* S5.8: with the priority the client has now. The entry is embedded, this cannot fail. */
static void post_pulse_locked(struct qmsg_request *req)
{
	struct qmsg_pulse_node *pulse = &req->unblock;

	pulse->code = QMSG_PULSE_CODE_UNBLOCK;
	pulse->value = req->rcvid;
	pulse->scoid = req->conn->sconn->scoid;
	pulse->q.prio = qmsg_request_prio(req);
	pulse->q.boost = qmsg_request_own_boost(req);
	qmsg_request_get(req);
	qmsg_pulse_post_locked(req->channel, pulse);
}

/* It was never received. If it is in somebody's hands he sees that when he is done, and puts it. */
static void take_back_locked(struct qmsg_request *req)
{
	if (req->node.queued)
		qmsg_queue_del(&req->channel->queue, &req->node);
	else
		qmsg_request_get(req);
}

/* What the client has left to the server's side. The caller has one of its own, so it stays. */
static void end_orphan_locked(struct qmsg_request *req)
{
	req->channel->orphans--;
	refcount_dec(&req->ref);
}

/* The server's side lets go. */
static __qmsg_hot void end_locked(struct qmsg_request *req, enum qmsg_state row)
{
	struct qmsg_channel *ch = req->channel;
	struct qmsg_sconn *sconn = req->conn->sconn;

	if (qmsg_pulse_withdraw_locked(ch, &req->unblock))
		refcount_dec(&req->ref);
	qmsg_servers_dismiss_locked(req);
	qmsg_rcvid_end_locked(&ch->ctx->rcvids, req);
	if (row == QMSG_SEND)
		take_back_locked(req);
	if (row == QMSG_ORPHAN)
		end_orphan_locked(req);
	if (qmsg_state_received(row)) {
		ch->received--;
		qmsg_past_add_locked(sconn, req);
	}
	__hlist_del(&req->sconn_node);
	qmsg_sconn_unlink_locked(sconn);
}

static noinline void take_data_locked(struct qmsg_request *req, struct qmsg_buffer *data)
{
	qmsg_buffer_charge_to(data, req->user);
	list_add_tail(&data->node, &req->reply);
}

/* S2.12: what the client has no room for is dropped. */
static __qmsg_hot void take_answer_locked(struct qmsg_request *req,
					  const struct qmsg_answer *answer)
{
	size_t len = min(answer->len, req->dstlen);

	req->answer.status = answer->status;
	req->answer.error = answer->reason ? req->reason_error : answer->error;
	req->answer.restart = answer->restart;
	req->reply_len = len;
	if (answer->data) {
		take_data_locked(req, answer->data);
	} else if (answer->bytes) {
		req->short_reply = len;
		qmsg_copy_words(req->reply_bytes, answer->bytes, len);
	}
	qmsg_stats_answered_locked(req->channel, req);
}

/* The client of an orphan: neither it nor its pulse is worth anything now. */
static noinline void nobody_waits_locked(struct qmsg_request *req)
{
	struct qmsg_qnode *pulse = &req->unblock.q;

	qmsg_servers_dismiss_locked(req);
	if (pulse->queued)
		qmsg_queue_rerank(&req->channel->queue, pulse,
				  (struct qmsg_rank) { .prio = pulse->prio });
	pulse->boost = 0;
}

static __qmsg_hot void receive_locked(struct qmsg_request *req)
{
	struct qmsg_channel *ch = req->channel;

	ch->received++;
	req->delivered = true;
	req->receiver = task_pid_nr(current);
	req->since = jiffies;
	qmsg_stats_received_locked(ch, req);
}

static noinline void orphan_locked(struct qmsg_request *req)
{
	/* For the server's side. */
	qmsg_request_get(req);
	req->channel->orphans++;
	/* Its result, whatever becomes of the request: not all who leave so are killed. */
	req->error = -EINTR;
	req->reply_len = 0;
	qmsg_notice_orphan_locked(req);
	nobody_waits_locked(req);
	/* What the server leaves lying is not the client's any more. */
	qmsg_request_uncharge(req);
}

/* Who sleeps until the state changes, or until a deadline that no longer counts; or NULL. */
static struct task_struct *to_wake_locked(const struct qmsg_request *req, unsigned int effects)
{
	if (!(effects & WAKE) &&
	    likely(!(effects & REARM && req->policy.send_deadline != req->policy.reply_deadline)))
		return NULL;
	return req->sleeper;
}

/* Nobody sleeps. If it is because work does the rest: that begins with the lock. */
static noinline void begin_work_locked(const struct qmsg_request *req)
{
	if (req->over)
		schedule_work(req->over);
}

/* The client leaves without an answer, or asks to. */
static noinline void leave_locked(struct qmsg_request *req, enum qmsg_state_event ev,
				  struct transition t)
{
	if (t.effects & (REASON | RESULT))
		tell_eventfd_locked(req);
	if (t.effects & REASON)
		keep_reason_locked(req, ev);
	if (t.effects & RESULT) {
		req->error = t.error;
		req->reply_len = 0;
	}
	if (t.effects & PULSE)
		post_pulse_locked(req);
	if (t.effects & PULSE)
		qmsg_notice_unblock_locked(req);
}

static noinline void trace_step(const struct qmsg_request *req, enum qmsg_state_event ev,
				enum qmsg_state next, int error, size_t len)
{
	trace_qmsg_state(req, ev, next, error, len);
}

/* With what the client will have as its error, if this is the end. */
static __qmsg_hot void trace_locked(const struct qmsg_request *req, enum qmsg_state_event ev,
				    struct transition t, const struct qmsg_answer *answer)
{
	if (t.effects & ANSWER)
		trace_step(req, ev, t.next, answer->reason ? req->reason_error : answer->error,
			   min(answer->len, req->dstlen));
	else
		trace_step(req, ev, t.next, t.effects & RESULT ? -t.error : 0, 0);
}

/*
 * Everything that ever happens to a posted request goes through here. @row of the table: what the
 * callers know of it when they are compiled, is looked up then. @answer is for QMSG_EV_ANSWER.
 * Returns 0, or -ESRCH if an answer has come too late.
 */
static __qmsg_hot int step_locked(struct qmsg_request *req, enum qmsg_state row,
				  enum qmsg_state_event ev, const struct qmsg_answer *answer)
{
	const struct transition t = table[row][ev];
	struct qmsg_channel *ch = req->channel;
	struct task_struct *sleeper;

	lockdep_assert_held(ch->lock);

	if (trace_qmsg_state_enabled())
		trace_locked(req, ev, t, answer);
	if (unlikely(t.effects & (RESULT | REASON | PULSE)))
		leave_locked(req, ev, t);
	if (t.effects & ANSWER)
		take_answer_locked(req, answer);
	if (t.effects & END)
		end_locked(req, row);
	if (t.effects & RECEIVE)
		receive_locked(req);
	if (unlikely(t.effects & ORPHAN))
		orphan_locked(req);
	sleeper = to_wake_locked(req, t.effects);
	if (unlikely(!sleeper) && t.effects & WAKE)
		begin_work_locked(req);
	/*
	 * The client reads @state without the lock, and once that is DONE the rest as well, and
	 * goes: @req may be gone after this, but not its task, the lock being a read side of RCU's.
	 * Who is woken before this may sleep on.
	 */
	smp_store_release(&req->state, t.next);
	if (sleeper)
		qmsg_channel_wake_locked(ch, sleeper);
	return t.effects & REFUSE ? -ESRCH : 0;
}

/* Anything may happen to @req. Where it may be over afterwards, the caller has a reference. */
noinline int qmsg_state_event_locked(struct qmsg_request *req, enum qmsg_state_event ev,
				     const struct qmsg_answer *answer)
{
	return step_locked(req, row_of(req, ev), ev, answer);
}

/* The current thread has received @req, which is in SEND. */
__qmsg_hot void qmsg_state_receive_locked(struct qmsg_request *req)
{
	if (req->channel->flags & QMSG_CHF_UNBLOCK)
		step_locked(req, QMSG_SEND, QMSG_EV_RECEIVE_HOLD, NULL);
	else
		step_locked(req, QMSG_SEND, QMSG_EV_RECEIVE, NULL);
}

#define ANSWERED_IN(state)						\
	(table[QMSG_##state][QMSG_EV_ANSWER].next ==			\
	 table[QMSG_REPLY][QMSG_EV_ANSWER].next &&			\
	 table[QMSG_##state][QMSG_EV_ANSWER].effects ==			\
	 table[QMSG_REPLY][QMSG_EV_ANSWER].effects)

/* @req is answered, whose client waits: an answer does the same from each of these states. */
__qmsg_hot int qmsg_state_answer_locked(struct qmsg_request *req,
					const struct qmsg_answer *answer)
{
	BUILD_BUG_ON(!ANSWERED_IN(HELD) || !ANSWERED_IN(ASKED) || !ANSWERED_IN(DYING));
	return step_locked(req, QMSG_REPLY, QMSG_EV_ANSWER, answer);
}
