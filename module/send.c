// SPDX-License-Identifier: GPL-2.0-only
/* MsgSend: post a request, wait, take the answer. */

#include <linux/fault-inject-usercopy.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "connect.h"
#include "ctx.h"
#include "cycle.h"
#include "ioctl.h"
#include "park.h"
#include "request.h"

/* All of the out_* members. */
static __qmsg_hot int put_outcome(struct qmsg_msg_send __user *uargs, s64 status, s32 error,
				  u64 reply_len)
{
	if (should_fail_usercopy() || !user_access_begin(uargs, sizeof(*uargs)))
		return -EFAULT;
	unsafe_put_user(status, &uargs->out_status, fault);
	unsafe_put_user(error, &uargs->out_error, fault);
	unsafe_put_user(0, &uargs->out_flags, fault);
	unsafe_put_user(reply_len, &uargs->out_reply_len, fault);
	user_access_end();
	return 0;
fault:
	user_access_end();
	return -EFAULT;
}

/*
 * A mark in out_flags while the call is on its way to be executed again: a server has had
 * the message, and the next execution is to know. It has to be in the caller's memory: a
 * handler may run first, and may never return to the call, so nothing here could tell when
 * to forget it. No value that is there by chance: that would withhold the bit. Nor
 * may it have the bit: where the next execution cannot begin, the caller gets to see it.
 */
#define DELIVERED_BEFORE	0x71a6e57c

static_assert(!(DELIVERED_BEFORE & QMSG_SENT_UNDELIVERED));

/* S5.30. The error counts, also where this cannot be told. */
static int put_error(struct qmsg_msg_send __user *uargs, bool delivered, int err)
{
	int untold __always_unused;

	untold = put_user(delivered ? 0 : QMSG_SENT_UNDELIVERED, &uargs->out_flags);
	return err;
}

/*
 * MsgError(ERESTART): the call is executed again from the start, after the handlers that
 * are pending (T13, T23). The kernel looks for restarts only where a signal seems pending.
 */
static noinline int restart(struct qmsg_msg_send __user *uargs)
{
	if (put_user(DELIVERED_BEFORE, &uargs->out_flags))
		return -EFAULT;
	set_thread_flag(TIF_SIGPENDING);
	return -ERESTARTNOINTR;
}

static noinline int copy_buffers(const struct qmsg_request *req)
{
	const struct qmsg_buffer *buf;
	int err;

	list_for_each_entry(buf, &req->reply, node) {
		if (fatal_signal_pending(current))
			return -EINTR;
		err = qmsg_buffer_to_user(buf, 0, &req->reply_iov, buf->offset, buf->len);
		if (err)
			return err;
	}
	return 0;
}

static int copy_reply(const struct qmsg_request *req)
{
	int err = list_empty(&req->reply) ? 0 : copy_buffers(req);

	if (unlikely(err) || !req->short_reply)
		return err;
	return qmsg_bytes_to_user(req->reply_bytes, req->short_reply, &req->reply_iov, 0);
}

static int take_answer(const struct qmsg_request *req, struct qmsg_msg_send __user *uargs)
{
	int err;

	if (req->error)
		return req->error;
	if (req->answer.restart)
		return restart(uargs);
	err = copy_reply(req);
	/* Where its members are, is cheaper found out again than kept while the task sleeps. */
	OPTIMIZER_HIDE_VAR(uargs);
	return err ?: put_outcome(uargs, req->answer.status, req->answer.error, req->reply_len);
}

/*
 * The descriptor was closed under this call, and it has to step aside: it could not come
 * back, so it gives up here.
 */
static noinline int give_up(struct qmsg_request *req, struct qmsg_msg_send __user *uargs)
{
	bool delivered;

	qmsg_release_signals(&req->hold);
	qmsg_request_get(req);
	qmsg_abandon(req);
	delivered = req->delivered;
	qmsg_request_put(req);
	return put_error(uargs, delivered, -EBADF);
}

static long resume(struct restart_block *unused);

/* Consumes the client's reference, unless it steps aside with it. */
static __qmsg_hot long finish(struct qmsg_ctx *ctx, struct qmsg_request *req,
			      struct qmsg_msg_send __user *uargs)
{
	long err;

	/* Whom the message has woken may want this CPU. Asleep, this task would have to be
	 * woken again; so it is better let by before.
	 */
	cond_resched();
	if (!qmsg_wait(req))
		return qmsg_park(ctx, req, uargs, resume) ?: give_up(req, uargs);
	qmsg_wait_leave(req);
	/* Before the answer: this looks anew at what is pending, and restart() needs it so. */
	qmsg_release_signals(&req->hold);
	err = take_answer(req, uargs);
	if (err && !req->delivered)
		put_error(uargs, false, err);
	qmsg_request_put_last(req);
	return err;
}

/* The task goes on after it had to step aside. The file takes the place of a descriptor. */
static noinline long resume(struct restart_block *unused)
{
	struct qmsg_request *req = qmsg_unpark(resume);
	struct qmsg_ctx *ctx;
	struct file *file;
	long err;

	if (!req)
		return -EBADF;
	ctx = qmsg_ctx_get(req->conn->ctx);
	file = ctx->file;
	err = finish(ctx, req, req->parked.uarg);
	qmsg_ctx_put(ctx);
	/* The module may go with it. */
	fput(file);
	return err;
}

/* The request, posted, with the client's reference. */
static __qmsg_hot struct qmsg_request *post(struct qmsg_ctx *ctx, const struct qmsg_msg_send *args,
					    struct qmsg_msg_send __user *uargs, bool delivered)
{
	struct qmsg_request *req;
	int err;

	if (args->__reserved)
		return ERR_PTR(-EINVAL);
	req = qmsg_request_new(ctx, args);
	if (IS_ERR(req))
		return req;
	req->delivered = delivered;
	/* Where the outcome cannot be told, nothing is sent. */
	err = put_outcome(uargs, 0, 0, 0);
	if (!err)
		err = qmsg_request_post(req);
	if (!err) {
		qmsg_cycle_check(ctx, req);
		return req;
	}
	return qmsg_request_refused(req, err);
}

__qmsg_hot long qmsg_ioctl_msg_send(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	const struct qmsg_msg_send *args = ucmd;
	bool delivered = args->out_flags == DELIVERED_BEFORE;
	struct qmsg_request *req = post(ctx, args, uarg, delivered);

	return IS_ERR(req) ? put_error(uarg, delivered, PTR_ERR(req)) : finish(ctx, req, uarg);
}
