// SPDX-License-Identifier: GPL-2.0-only
/* Messages of clients in the kernel: how they become requests, and what comes of these. */

#include <linux/sched/signal.h>
#include <linux/uio.h>

#include "channel.h"
#include "compat.h"
#include "connect.h"
#include "kmessage.h"
#include "request.h"

/* A message has one piece in the kernel's memory; what it has of the caller's is copied. */
static int fill_message(struct qmsg_request *req, const struct qmsg_kcall *call)
{
	size_t n = call->data ? iov_iter_count(call->data) : 0;
	size_t len = call->head_len + n;
	struct qmsg_buffer *buf;

	if (len > QMSG_LEN_MAX || len < n)
		return -EOVERFLOW;
	req->srclen = len;
	buf = qmsg_buffer_blank(&req->kept_message, req->user, len);
	if (IS_ERR(buf))
		return PTR_ERR(buf);
	req->message = buf;
	memcpy(buf->data, call->head, call->head_len);
	if (n && copy_from_iter(buf->data + call->head_len, n, call->data) != n)
		return -EFAULT;
	return 0;
}

/*
 * Where all of the answer is for one piece of the caller's memory, it can come there in one copy,
 * through a window: what was written so is not to be taken from buffers.
 */
static int fill_place(struct qmsg_request *req, const struct qmsg_kcall *call)
{
	const struct iov_iter *to = call->reply_data;

	if (!to || call->reply_len || !iter_is_ubuf(to))
		return 0;
	return qmsg_iov_import(&req->reply_iov, (uintptr_t)to->ubuf + to->iov_offset,
			       iov_iter_count(to), false);
}

static int fill(struct qmsg_request *req, const struct qmsg_kcall *call)
{
	size_t n = call->reply_data ? iov_iter_count(call->reply_data) : 0;
	int err;

	if (n > QMSG_LEN_MAX - call->reply_len)
		return -EOVERFLOW;
	req->dstlen = call->reply_len + n;
	err = fill_place(req, call);
	if (!err)
		err = fill_message(req, call);
	if (!err)
		qmsg_request_prepare_reply(req);
	return err;
}

/* The request, not posted, with the client's reference. */
struct qmsg_request *qmsg_kmessage_new(struct qmsg_kclient *kc, const struct qmsg_kcall *call)
{
	const struct qmsg_msg_send args = {
		.send_deadline = QMSG_NO_DEADLINE,
		.reply_deadline = QMSG_NO_DEADLINE,
	};
	struct qmsg_request *req;
	int err;

	kref_get(&kc->conn->ref);
	req = qmsg_request_new_over(kc->ctx, kc->conn, &args);
	if (IS_ERR(req))
		return req;
	req->policy.restarts = true;
	req->policy.restartable = true;
	err = fill(req, call);
	if (!err)
		return req;
	return qmsg_request_refused(req, err);
}

/* For the caller's memory: @at there. */
static int to_iter(struct qmsg_kcall *call, const void *bytes, size_t n, size_t at)
{
	struct iov_iter there;
	size_t end = at + n;

	if (at == call->got_data) {
		if (copy_to_iter(bytes, n, call->reply_data) != n)
			return -EFAULT;
		call->got_data += n;
		return 0;
	}
	/* Further on, or once more what has been written: the later one counts. */
	if (!user_backed_iter(call->reply_data))
		return -EIO;
	there = *call->reply_data;
	if (at > call->got_data)
		iov_iter_advance(&there, at - call->got_data);
	else
		iov_iter_revert(&there, call->got_data - at);
	if (copy_to_iter(bytes, n, &there) != n)
		return -EFAULT;
	if (at < call->got_data && end > call->got_data) {
		iov_iter_advance(call->reply_data, end - call->got_data);
		call->got_data = end;
	}
	return 0;
}

/* Of the reply: the @len bytes at @offset. */
static int take_piece(struct qmsg_kcall *call, const void *bytes, size_t len, size_t offset)
{
	size_t n = 0;

	if (offset < call->reply_len) {
		n = min_t(size_t, len, call->reply_len - offset);
		memcpy(call->reply + offset, bytes, n);
		call->got = max_t(size_t, call->got, offset + n);
	}
	if (n == len || !call->reply_data)
		return 0;
	return to_iter(call, bytes + n, len - n, offset + n - call->reply_len);
}

static int take_reply(const struct qmsg_request *req, struct qmsg_kcall *call)
{
	const struct qmsg_buffer *buf;
	int err;

	list_for_each_entry(buf, &req->reply, node) {
		if (fatal_signal_pending(current))
			return -EINTR;
		err = take_piece(call, buf->data, buf->len, buf->offset);
		if (err)
			return err;
	}
	return take_piece(call, req->reply_bytes, req->short_reply, 0);
}

/* A server that is not there any more is an I/O error to who knows nothing of servers. */
long qmsg_kmessage_error(int err)
{
	switch (err) {
	case -ESRCH:
	case -EBADF:
	case -ENXIO:
		return -EIO;
	/* A quota; to try again at once, as this would say, is of no use. */
	case -EAGAIN:
		return -ENOMEM;
	}
	return err;
}

/* Only those that a program can know: beyond are the kernel's own, which it acts upon. */
static long servers_error(s32 error)
{
	return error > 0 && error <= EHWPOISON ? -error : -EIO;
}

/*
 * What a server gives as status is any number. The caller is told of no more bytes than it has
 * asked for, and, where they are not a user's, of none that were not written.
 */
static long result_of(const struct qmsg_kcall *call, s64 status)
{
	size_t max = call->max;

	if (status < 0)
		return -EIO;
	if (call->reply_data && !user_backed_iter(call->reply_data))
		max = min(max, call->got_data);
	return min_t(u64, status, max);
}

/* The kernel looks for restarts only where a signal seems pending; workers have no signals. */
static long restart(int how)
{
	if (qmsg_is_worker())
		return -EINTR;
	set_thread_flag(TIF_SIGPENDING);
	return how;
}

/*
 * The client has left, or been let go, for a handler, and nothing was done: where that has
 * SA_RESTART the call begins anew.
 */
static bool is_interrupted(const struct qmsg_request *req)
{
	if (!req->policy.restartable)
		return false;
	if (req->error)
		return req->error == -EINTR && !req->delivered;
	return req->answer.error == EINTR && req->reasons & QMSG_UNBLOCK_SIGNAL;
}

/* What the answer of a request that is over is to the caller. */
long qmsg_kmessage_take(const struct qmsg_request *req, struct qmsg_kcall *call)
{
	int err;

	if (!call->unwaited && is_interrupted(req))
		return restart(-ERESTARTSYS);
	if (req->error)
		return qmsg_kmessage_error(req->error);
	if (req->answer.restart)
		return call->unwaited ? -EINTR : restart(-ERESTARTNOINTR);
	if (req->answer.error)
		return servers_error(req->answer.error);
	err = take_reply(req, call);
	return err ?: result_of(call, req->answer.status);
}
