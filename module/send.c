// SPDX-License-Identifier: GPL-2.0-only
/* MsgSend: post a request, wait, take the answer. */

#include <linux/file.h>
#include <linux/fs.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "connect.h"
#include "ctx.h"
#include "ioctl.h"
#include "park.h"
#include "request.h"

/* The out_* members in one piece. */
struct outcome {
	s64 status;
	s32 error;
	u32 reserved;
	u64 reply_len;
};

static_assert(offsetofend(struct qmsg_msg_send, out_reply_len) -
	      offsetof(struct qmsg_msg_send, out_status) == sizeof(struct outcome));

static int put_outcome(struct qmsg_msg_send __user *uargs, const struct outcome *out)
{
	return copy_to_user(&uargs->out_status, out, sizeof(*out)) ? -EFAULT : 0;
}

/*
 * MsgError(ERESTART): the call is executed again from the start, after the handlers that
 * are pending (T13, T23). The kernel looks for restarts only where a signal seems pending.
 */
static int restart(void)
{
	set_thread_flag(TIF_SIGPENDING);
	return -ERESTARTNOINTR;
}

static int copy_reply(const struct qmsg_request *req)
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

static int take_answer(const struct qmsg_request *req, struct qmsg_msg_send __user *uargs)
{
	struct outcome out = {
		.status = req->answer.status,
		.error = req->answer.error,
		.reply_len = req->reply_len,
	};
	int err;

	/* One that is killed does not come to see its answer. */
	if (req->error || req->state == QMSG_ORPHAN)
		return req->error ?: -EINTR;
	if (req->answer.restart)
		return restart();
	err = copy_reply(req);
	return err ?: put_outcome(uargs, &out);
}

/*
 * The descriptor was closed under this call, and it has to step aside: it could not come
 * back, so it gives up here.
 */
static int give_up(struct qmsg_request *req)
{
	qmsg_release_signals(&req->hold);
	qmsg_abandon(req);
	return -EBADF;
}

static long resume(struct restart_block *unused);

/* Consumes the client's reference, unless it steps aside with it. */
static long finish(struct qmsg_ctx *ctx, struct qmsg_request *req,
		   struct qmsg_msg_send __user *uargs)
{
	long err;

	if (!qmsg_wait(req))
		return qmsg_park(ctx, req, uargs, resume) ?: give_up(req);
	qmsg_wait_leave(req);
	/* Before the answer: this looks anew at what is pending, and restart() needs it so. */
	qmsg_release_signals(&req->hold);
	err = take_answer(req, uargs);
	qmsg_request_put(req);
	return err;
}

/* The task goes on after it had to step aside. The file takes the place of a descriptor. */
static long resume(struct restart_block *unused)
{
	struct qmsg_request *req = qmsg_unpark();
	struct qmsg_ctx *ctx;
	long err;

	if (!req)
		return -EBADF;
	ctx = qmsg_ctx_get(req->conn->ctx);
	err = finish(ctx, req, req->parked.uarg);
	fput(ctx->file);
	qmsg_ctx_put(ctx);
	return err;
}

long qmsg_ioctl_msg_send(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	static const struct outcome nothing;
	const struct qmsg_msg_send *args = ucmd;
	struct qmsg_request *req;
	struct qmsg_conn *conn;
	int err;

	if (args->__reserved)
		return -EINVAL;
	conn = qmsg_conn_find(ctx, args->coid);
	if (IS_ERR(conn))
		return PTR_ERR(conn);
	req = qmsg_conn_is_dead(conn) ? ERR_PTR(-EBADF) : qmsg_request_new(ctx, conn, args);
	qmsg_conn_put(conn);
	if (IS_ERR(req))
		return PTR_ERR(req);
	/* Where the outcome cannot be told, nothing is sent. */
	err = put_outcome(uarg, &nothing);
	if (!err)
		err = qmsg_request_post(req);
	if (!err)
		return finish(ctx, req, uarg);
	qmsg_request_put(req);
	return err;
}
