// SPDX-License-Identifier: GPL-2.0-only
/* MsgRead, MsgWrite: more of a message, parts of a reply. */

#include <linux/uaccess.h>

#include "channel.h"
#include "compat.h"
#include "ctx.h"
#include "ioctl.h"
#include "limits.h"
#include "rcvid.h"
#include "request.h"

static bool client_is_there(const struct qmsg_request *req)
{
	return qmsg_state_received(req->state) && req->state != QMSG_ORPHAN;
}

/* How much of @len bytes at @offset lies in something of @total bytes (S2.10, S2.11). */
static size_t overlap(u64 offset, size_t len, size_t total)
{
	return offset < total ? min_t(u64, len, total - offset) : 0;
}

/* The request, with a reference, and its message with another, or -ESRCH. */
static struct qmsg_request *find_with_message(struct qmsg_ctx *ctx, s64 rcvid,
					      struct qmsg_buffer **message)
{
	struct qmsg_request *req = qmsg_rcvid_find(&ctx->rcvids, rcvid);
	bool there;

	*message = NULL;
	if (!req)
		return ERR_PTR(-ESRCH);
	spin_lock(req->channel->lock);
	there = client_is_there(req);
	if (there && req->message) {
		refcount_inc(&req->message->ref);
		*message = req->message;
	}
	qmsg_channel_unlock(req->channel);
	if (there)
		return req;
	qmsg_request_put(req);
	return ERR_PTR(-ESRCH);
}

static int put_copied(struct qmsg_msg_copy __user *uargs, u64 n)
{
	return put_user(n, &uargs->out_copied) ? -EFAULT : 0;
}

static int read_message(const struct qmsg_msg_copy *args, struct qmsg_request *req,
			const struct qmsg_buffer *message, struct qmsg_msg_copy __user *uargs)
{
	struct qmsg_iov iov __qmsg_uninitialized;
	size_t n;
	int err;

	qmsg_iov_init(&iov);
	err = qmsg_iov_import(&iov, args->buf_ptr, args->buf_len, args->flags & QMSG_COPY_IOV);
	if (err)
		return err;
	n = overlap(args->offset, iov.len, req->srclen);
	err = qmsg_message_to_user(req, message, args->offset, &iov, n);
	qmsg_iov_free(&iov);
	return err ?: put_copied(uargs, n);
}

long qmsg_ioctl_msg_read(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	const struct qmsg_msg_copy *args = ucmd;
	struct qmsg_buffer *message;
	struct qmsg_request *req;
	int err;

	req = find_with_message(ctx, args->rcvid, &message);
	if (IS_ERR(req))
		return PTR_ERR(req);
	err = read_message(args, req, message, uarg);
	qmsg_buffer_put(message);
	qmsg_request_put(req);
	return err;
}

/* What @new covers need not be kept: rewriting one place costs its size once. */
static void move_covered_locked(struct qmsg_request *req, const struct qmsg_buffer *new,
				struct list_head *covered)
{
	struct qmsg_buffer *old, *next;

	list_for_each_entry_safe(old, next, &req->reply, node) {
		if (old->offset >= new->offset &&
		    old->offset + old->len <= new->offset + new->len) {
			list_move(&old->node, covered);
			req->nreply--;
		}
	}
}

/* From here on the client pays: it has asked for an answer of this size. */
static int add_reply_locked(struct qmsg_request *req, struct qmsg_buffer *data,
			    struct list_head *covered)
{
	if (!client_is_there(req))
		return -ESRCH;
	move_covered_locked(req, data, covered);
	if (req->nreply >= QMSG_REPLY_PIECES_MAX)
		return -EAGAIN;
	req->nreply++;
	qmsg_buffer_charge_to(data, req->user);
	list_add_tail(&data->node, &req->reply);
	return 0;
}

static int add_reply(struct qmsg_request *req, struct qmsg_buffer *data)
{
	LIST_HEAD(covered);
	int err;

	spin_lock(req->channel->lock);
	err = add_reply_locked(req, data, &covered);
	qmsg_channel_unlock(req->channel);
	qmsg_buffers_put(&covered);
	return err;
}

/* For the client to copy when it is answered. */
static int write_to_buffer(struct qmsg_ctx *ctx, struct qmsg_request *req, u64 offset,
			   const struct qmsg_iov *iov, size_t len)
{
	struct qmsg_buffer *data;
	int err;

	data = qmsg_buffer_from_user(&req->kept_reply, ctx->user, iov, len, false);
	if (IS_ERR_OR_NULL(data))
		return PTR_ERR_OR_ZERO(data);
	data->offset = offset;
	err = add_reply(req, data);
	if (err)
		qmsg_buffer_put(data);
	return err;
}

static int write_bytes(struct qmsg_ctx *ctx, struct qmsg_request *req, u64 offset,
		       const struct qmsg_iov *iov, size_t len)
{
	if (qmsg_reply_fits_window(req, offset + len))
		return qmsg_window_write(&req->window, offset, iov, len);
	return write_to_buffer(ctx, req, offset, iov, len);
}

static int write_reply(struct qmsg_ctx *ctx, struct qmsg_request *req,
		       const struct qmsg_msg_copy *args, struct qmsg_msg_copy __user *uargs)
{
	struct qmsg_iov iov __qmsg_uninitialized;
	size_t len;
	int err;

	qmsg_iov_init(&iov);
	err = qmsg_iov_import(&iov, args->buf_ptr, args->buf_len, args->flags & QMSG_COPY_IOV);
	if (err)
		return err;
	len = overlap(args->offset, iov.len, req->dstlen);
	/* Told before it is done: then it can be left undone. */
	err = put_copied(uargs, len);
	if (!err)
		err = write_bytes(ctx, req, args->offset, &iov, len);
	qmsg_iov_free(&iov);
	return err;
}

long qmsg_ioctl_msg_write(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	const struct qmsg_msg_copy *args = ucmd;
	struct qmsg_buffer *message;
	struct qmsg_request *req;
	int err;

	req = find_with_message(ctx, args->rcvid, &message);
	if (IS_ERR(req))
		return PTR_ERR(req);
	qmsg_buffer_put(message);
	err = write_reply(ctx, req, args, uarg);
	qmsg_request_put(req);
	return err;
}
