// SPDX-License-Identifier: GPL-2.0-only
/* MsgReply, MsgError, and the fused reply-and-receive. */

#include <linux/uaccess.h>

#include "channel.h"
#include "compat.h"
#include "ctx.h"
#include "inject.h"
#include "ioctl.h"
#include "rcvid.h"
#include "receive.h"
#include "request.h"
#include "trace.h"
#include "words.h"

#define CONDITIONS	(QMSG_REPLY_IF_NOT_ASKED | QMSG_REPLY_IF_ASKED)

/* They exclude each other. */
static bool bad_condition(u32 flags)
{
	return (flags & CONDITIONS) == CONDITIONS;
}

/* D10. A request that is over, or whose client has gone, has its own error. */
static bool condition_holds_locked(const struct qmsg_request *req, u32 flags)
{
	if (likely(!(flags & CONDITIONS)) || !qmsg_state_waits(req->state))
		return true;
	return !(flags & (req->reasons ? QMSG_REPLY_IF_NOT_ASKED : QMSG_REPLY_IF_ASKED));
}

/*
 * The one place where an answer meets its request. @answer.data is consumed if it does. If the
 * caller has no reference @req is nobody's after that; of an orphan he has to have one.
 */
static __qmsg_hot int answer_locked(struct qmsg_request *req, const struct qmsg_answer *answer,
				    u32 flags)
{
	if (!condition_holds_locked(req, flags))
		return -ECANCELED;
	if (unlikely(!qmsg_state_waits(req->state)))
		return qmsg_state_event_locked(req, QMSG_EV_ANSWER, answer);
	if (answer->reason && !req->reasons)
		return -EINVAL;
	return qmsg_state_answer_locked(req, answer);
}

static noinline __qmsg_long int answer_request(struct qmsg_request *req,
					       const struct qmsg_answer *answer, u32 flags)
{
	int err;

	(void)qmsg_point(ANSWER);
	spin_lock(req->channel->lock);
	err = answer_locked(req, answer, flags);
	qmsg_channel_unlock(req->channel);
	return err;
}

/* No client waits for it. */
static noinline int answer_nobody(struct qmsg_request *req, const struct qmsg_answer *answer,
				  u32 flags) __releases(req->channel->lock)
{
	int err;

	qmsg_request_get(req);
	err = answer_locked(req, answer, flags);
	qmsg_channel_unlock(req->channel);
	qmsg_request_put(req);
	return err;
}

static noinline int answer_late(const struct qmsg_ctx *ctx, s64 rcvid)
{
	trace_qmsg_answer_late(ctx, rcvid);
	return -ESRCH;
}

/*
 * With no more bytes than a request has room for: found and answered in one breath. @held: NULL,
 * or where the channel goes whose lock is not released, so that it can go on with a receive.
 */
static __qmsg_hot int answer_id(struct qmsg_ctx *ctx, s64 rcvid, const struct qmsg_answer *answer,
				u32 flags, struct qmsg_channel **held)
{
	struct qmsg_request *req;
	struct qmsg_channel *ch;
	int err;

	(void)qmsg_point(ANSWER);
	spin_lock(&ctx->rcvids.lock);
	req = qmsg_rcvid_look_locked(&ctx->rcvids, rcvid);
	if (unlikely(!req)) {
		spin_unlock(&ctx->rcvids.lock);
		return answer_late(ctx, rcvid);
	}
	if (unlikely(!qmsg_state_waits(req->state))) {
		/* What somebody has the address of, the compiler keeps in memory. */
		const struct qmsg_answer copy = *answer;

		return answer_nobody(req, &copy, flags);
	}
	ch = req->channel;
	err = answer_locked(req, answer, flags);
	/* A long queue takes a while to look through: not before he is woken. */
	if (held && likely(!err) && likely(!qmsg_queue_is_long(&ch->queue))) {
		*held = ch;
		__release(ch->lock);
		return 0;
	}
	qmsg_channel_unlock(ch);
	return err;
}

/* One that there is no window for is copied by the client. */
static int reply_by_buffer(struct qmsg_ctx *ctx, struct qmsg_request *req,
			   struct qmsg_answer *answer, const struct qmsg_iov *iov, u32 flags)
{
	int err;

	answer->data = qmsg_buffer_from_user(&req->kept_reply, ctx->user, iov, answer->len,
					     false);
	if (IS_ERR(answer->data))
		return PTR_ERR(answer->data);
	err = answer_request(req, answer, flags);
	if (err && answer->data)
		qmsg_buffer_put(answer->data);
	return err;
}

/* Whether an answer under these conditions would be taken now. */
static int peek(struct qmsg_request *req, u32 flags)
{
	bool holds;

	if (!(flags & CONDITIONS))
		return 0;
	spin_lock(req->channel->lock);
	holds = condition_holds_locked(req, flags);
	qmsg_channel_unlock(req->channel);
	return holds ? 0 : -ECANCELED;
}

/*
 * Into the client's memory, and then the answer. Of two threads that answer the same request
 * only one does it in this way, so what the client finds there is one reply, not two.
 */
static int reply_by_window(struct qmsg_request *req, const struct qmsg_answer *answer,
			   const struct qmsg_iov *iov, u32 flags)
{
	int err = peek(req, flags);

	if (!err)
		err = qmsg_window_write(&req->window, 0, iov, answer->len);
	/* A client that has gone meanwhile may have left an orphan to be ended. */
	return err && err != -ESRCH ? err : answer_request(req, answer, flags);
}

static int reply_with(struct qmsg_ctx *ctx, struct qmsg_request *req, struct qmsg_answer *answer,
		      const struct qmsg_iov *iov, u32 flags)
{
	int err;

	if (!qmsg_reply_fits_window(req, answer->len) || atomic_cmpxchg(&req->replying, 0, 1))
		return reply_by_buffer(ctx, req, answer, iov, flags);
	err = reply_by_window(req, answer, iov, flags);
	if (err)
		atomic_set(&req->replying, 0);
	return err;
}

static int reply_to(struct qmsg_ctx *ctx, struct qmsg_request *req, s64 status, u64 buf_ptr,
		    u64 buf_len, u32 flags)
{
	struct qmsg_answer answer = { .status = status };
	struct qmsg_iov iov __qmsg_uninitialized;
	int err;

	/* Nobody is there to take the bytes; the answer only ends it (D7). */
	if (READ_ONCE(req->state) == QMSG_ORPHAN)
		return answer_request(req, &answer, flags);
	qmsg_iov_init(&iov);
	err = qmsg_iov_import(&iov, buf_ptr, buf_len, flags & QMSG_REPLY_DATA_IOV);
	if (err)
		return err;
	/* S2.12: what the client has no room for is dropped. */
	answer.len = min(iov.len, req->dstlen);
	err = reply_with(ctx, req, &answer, &iov, flags);
	qmsg_iov_free(&iov);
	return err;
}

/* Who answers too late is told so, and so is who traces it. */
static struct qmsg_request *find_answered(struct qmsg_ctx *ctx, u64 rcvid)
{
	struct qmsg_request *req = qmsg_rcvid_find(&ctx->rcvids, rcvid);

	if (!req)
		answer_late(ctx, rcvid);
	return req;
}

/* No struct: a caller who seldom comes here would have to have one in memory for it. */
static noinline __qmsg_long int reply_long(struct qmsg_ctx *ctx, s64 rcvid, s64 status, u64 buf_ptr,
					   u64 buf_len, u32 flags)
{
	struct qmsg_request *req = find_answered(ctx, rcvid);
	int err;

	if (!req)
		return -ESRCH;
	err = reply_to(ctx, req, status, buf_ptr, buf_len, flags);
	qmsg_request_put(req);
	return err;
}

/* Bytes that cannot be read are not looked at here: it may be that nobody wants them. */
static __qmsg_hot bool take_short(u64 *bytes, const struct qmsg_msg_reply *args)
{
	if (!args->buf_len)
		return true;
	return qmsg_is_short(args->buf_len) && !(args->flags & QMSG_REPLY_DATA_IOV) &&
	       qmsg_words_from_user(bytes, u64_to_user_ptr(args->buf_ptr), args->buf_len);
}

static __qmsg_hot int reply(struct qmsg_ctx *ctx, const struct qmsg_msg_reply *args,
			    struct qmsg_channel **held)
{
	u64 bytes[QMSG_SHORT / sizeof(u64)] __qmsg_uninitialized;
	const struct qmsg_answer answer = {
		.status = args->status,
		.len = args->buf_len,
		.bytes = bytes,
	};

	if (likely(take_short(bytes, args)))
		return answer_id(ctx, args->rcvid, &answer, args->flags, held);
	return reply_long(ctx, args->rcvid, args->status, args->buf_ptr, args->buf_len,
			  args->flags);
}

long qmsg_ioctl_msg_reply(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	const struct qmsg_msg_reply *args = ucmd;

	return bad_condition(args->flags) ? -EINVAL : reply(ctx, args, NULL);
}

long qmsg_ioctl_msg_error(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	const struct qmsg_msg_error *args = ucmd;
	const struct qmsg_answer answer = {
		.error = args->error,
		.reason = args->error == QMSG_ERROR_REASON,
		.restart = args->error == ERESTART,
	};

	if (args->__reserved || bad_condition(args->flags))
		return -EINVAL;
	return answer_id(ctx, args->rcvid, &answer, args->flags, NULL);
}

/* Both at once, or neither. */
static bool put_answered(struct qmsg_msg_reply_receive __user *uargs, s64 rcvid, u32 error)
{
	if (should_fail_usercopy() || !user_access_begin(uargs, sizeof(*uargs)))
		return false;
	unsafe_put_user(error, &uargs->out_reply_error, fault);
	unsafe_put_user(rcvid, &uargs->rcvid, fault);
	user_access_end();
	return true;
fault:
	user_access_end();
	return false;
}

/*
 * The answer is given once, however often the call is repeated: @rcvid is zeroed, with no
 * error beside it, before it is given. Where that cannot be written nothing is answered, and
 * an answer that could not be given is put back. @held: as above.
 */
static __qmsg_hot int reply_once(struct qmsg_ctx *ctx, const struct qmsg_msg_reply_receive *args,
				 struct qmsg_msg_reply_receive __user *uargs,
				 struct qmsg_channel **held)
{
	const struct qmsg_msg_reply how = {
		.flags = args->reply_flags,
		.rcvid = args->rcvid,
		.status = args->status,
		.buf_ptr = args->reply_ptr,
		.buf_len = args->reply_len,
	};
	int err;

	if (!put_answered(uargs, 0, 0))
		return -EFAULT;
	if (!args->rcvid)
		return 0;
	err = reply(ctx, &how, held);
	if (likely(!err))
		return 0;
	OPTIMIZER_HIDE_VAR(uargs);
	if (!put_answered(uargs, err == -ESRCH ? 0 : args->rcvid, err == -ESRCH ? ESRCH : 0))
		return -EFAULT;
	return err == -ESRCH ? 0 : err;
}

__qmsg_hot long qmsg_ioctl_msg_reply_receive(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	struct qmsg_msg_reply_receive __user *uargs = uarg;
	const struct qmsg_msg_reply_receive *args = ucmd;
	struct qmsg_receive rx __qmsg_uninitialized;
	struct qmsg_channel *held = NULL;
	int err;

	if (args->flags & ~(QMSG_RECEIVE_IOV | QMSG_RECEIVE_PULSE) ||
	    bad_condition(args->reply_flags))
		return -EINVAL;
	QMSG_RECEIVE_BEGIN(&rx, args, uargs);
	err = reply_once(ctx, args, uargs, &held) ?: qmsg_receive(ctx, &rx, held);
	qmsg_receive_end(&rx);
	return err;
}
