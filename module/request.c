// SPDX-License-Identifier: GPL-2.0-only
/* Requests: making, posting, finding and freeing them. */

#include <linux/compat.h>
#include <linux/cred.h>
#include <linux/eventfd.h>
#include <linux/pid.h>
#include <linux/sched/task.h>
#include <linux/poll.h>
#include <linux/slab.h>

#include "channel.h"
#include "connect.h"
#include "ctx.h"
#include "limits.h"
#include "prio.h"
#include "rcvid.h"
#include "request.h"

/* Users copy into one member only: the iovec of the reply. */
static struct kmem_cache *requests;

int __init qmsg_requests_init(void)
{
	requests = KMEM_CACHE_USERCOPY(qmsg_request, SLAB_ACCOUNT, reply_iov);
	return requests ? 0 : -ENOMEM;
}

void qmsg_requests_exit(void)
{
	kmem_cache_destroy(requests);
}

struct qmsg_request *qmsg_request_get(struct qmsg_request *req)
{
	refcount_inc(&req->ref);
	return req;
}

void qmsg_request_uncharge(struct qmsg_request *req)
{
	if (req->charged)
		qmsg_uncharge(req->user, QMSG_QUOTA_REQUESTS, 1);
	req->charged = false;
}

static void request_free(struct qmsg_request *req)
{
	qmsg_request_repay(req);
	qmsg_buffers_put(&req->reply);
	qmsg_buffer_put(req->message);
	qmsg_iov_free(&req->reply_iov);
	if (req->eventfd)
		eventfd_ctx_put(req->eventfd);
	qmsg_request_uncharge(req);
	put_pid(req->forgotten);
	put_pid(req->tid);
	put_pid(req->tgid);
	put_task_struct(req->task);
	qmsg_conn_put(req->conn);
	qmsg_user_put(req->user);
	kmem_cache_free(requests, req);
	qmsg_count(QMSG_OBJ_REQUEST, -1);
}

void qmsg_request_put(struct qmsg_request *req)
{
	if (refcount_dec_and_test(&req->ref))
		request_free(req);
}

static struct qmsg_request *request_alloc(struct qmsg_ctx *ctx, struct qmsg_conn *conn)
{
	struct qmsg_request *req;

	if (qmsg_charge(ctx->user, QMSG_QUOTA_REQUESTS, 1))
		return ERR_PTR(-EAGAIN);
	req = kmem_cache_zalloc(requests, GFP_KERNEL_ACCOUNT);
	if (!req) {
		qmsg_uncharge(ctx->user, QMSG_QUOTA_REQUESTS, 1);
		return ERR_PTR(-ENOMEM);
	}
	refcount_set(&req->ref, 1);
	req->charged = true;
	req->user = qmsg_user_ref(ctx->user);
	kref_get(&conn->ref);
	req->conn = conn;
	req->channel = conn->sconn->channel;
	req->node.kind = QMSG_KIND_REQUEST;
	qmsg_pulse_init(&req->unblock, QMSG_PULSE_UNBLOCK);
	INIT_LIST_HEAD(&req->reply);
	req->reply_iov.vec = req->reply_iov.fast;
	qmsg_count(QMSG_OBJ_REQUEST, 1);
	return req;
}

/* D21: who sends, now. */
static void take_identity(struct qmsg_request *req, s32 coid)
{
	req->task = get_task_struct(current);
	req->tid = get_pid(task_pid(current));
	req->tgid = get_pid(task_tgid(current));
	req->uid = current_euid();
	req->gid = current_egid();
	req->compat = in_compat_syscall();
	req->coid = coid;
	req->node.prio = qmsg_task_prio(current);
}

/* S2.18: the sender's buffers are looked at, and its message copied, by the sender. */
static int take_buffers(struct qmsg_request *req, struct qmsg_ctx *ctx,
			const struct qmsg_msg_send *args)
{
	struct qmsg_buffer *message;
	struct qmsg_iov send;
	int err;

	err = qmsg_iov_import(&send, args->send_ptr, args->send_len,
			      args->flags & QMSG_SEND_IOV);
	if (err)
		return err;
	err = qmsg_iov_import(&req->reply_iov, args->reply_ptr, args->reply_len,
			      args->flags & QMSG_REPLY_IOV);
	if (!err) {
		message = qmsg_buffer_from_user(ctx->user, &send, send.len);
		if (IS_ERR(message))
			err = PTR_ERR(message);
		else
			req->message = message;
	}
	req->srclen = send.len;
	req->dstlen = req->reply_iov.len;
	qmsg_iov_free(&send);
	return err;
}

/* The current task's request over @conn, not posted. */
struct qmsg_request *qmsg_request_new(struct qmsg_ctx *ctx, struct qmsg_conn *conn,
				      const struct qmsg_msg_send *args)
{
	struct qmsg_request *req = request_alloc(ctx, conn);
	int err;

	if (IS_ERR(req))
		return req;
	take_identity(req, args->coid);
	req->policy.send_deadline = qmsg_deadline_of_caller(args->send_deadline);
	req->policy.reply_deadline = qmsg_deadline_of_caller(args->reply_deadline);
	req->policy.signals = true;
	err = take_buffers(req, ctx, args);
	if (!err)
		return req;
	qmsg_request_put(req);
	return ERR_PTR(err);
}

static int may_post_locked(const struct qmsg_request *req)
{
	const struct qmsg_channel *ch = req->channel;
	bool waited = qmsg_channel_waited_locked(ch);

	if (ch->dead || req->conn->detached)
		return -EBADF;
	if (qmsg_ctx_terminating(ch->ctx) && !waited)
		return -ENXIO;
	/* T5: the attempt to enter a state whose deadline is past fails. */
	if (qmsg_deadline_passed(waited ? req->policy.reply_deadline : req->policy.send_deadline))
		return -ETIMEDOUT;
	return 0;
}

/*
 * To a waiting receiver, who then has a reference, or into the queue. For one that comes
 * back from a receiver the send deadline counts again.
 */
void qmsg_request_queue_locked(struct qmsg_request *req)
{
	bool back = req->hand != QMSG_HAND_NONE;

	req->node.boost = qmsg_request_boost(req);
	if (qmsg_channel_offer_locked(req->channel, &req->node)) {
		WRITE_ONCE(req->hand, qmsg_deadline_passed(req->policy.send_deadline) ?
			   QMSG_HAND_AT_ONCE : QMSG_HAND_TAKEN);
		qmsg_request_get(req);
		return;
	}
	WRITE_ONCE(req->hand, QMSG_HAND_NONE);
	qmsg_queue_add(&req->channel->queue, &req->node);
	qmsg_channel_tell_locked(req->channel, EPOLLIN | EPOLLRDNORM);
	if (back && req->sleeper)
		qmsg_channel_wake_locked(req->channel, req->sleeper);
}

/* Out of the queue into the hands of the caller, who then has a reference. */
void qmsg_request_take_locked(struct qmsg_request *req)
{
	qmsg_queue_del(&req->channel->queue, &req->node);
	req->node.boost = qmsg_request_boost(req);
	WRITE_ONCE(req->hand, QMSG_HAND_TAKEN);
	qmsg_request_get(req);
}

/* The current task becomes SEND-blocked (T1, T2), or has an error and nothing happened. */
int qmsg_request_post(struct qmsg_request *req)
{
	struct qmsg_channel *ch = req->channel;
	struct qmsg_sconn *sconn = req->conn->sconn;
	int err;

	err = qmsg_rcvid_reserve(&ch->ctx->rcvids);
	if (err)
		return err;
	spin_lock(&ch->lock);
	err = may_post_locked(req);
	if (!err) {
		qmsg_request_get(req);
		req->state = QMSG_SEND;
		req->sleeper = current;
		list_add_tail(&req->sconn_node, &sconn->requests);
		sconn->links++;
		qmsg_request_queue_locked(req);
	}
	qmsg_channel_unlock(ch);
	if (err)
		qmsg_rcvid_unreserve(&ch->ctx->rcvids);
	return err;
}

u16 qmsg_request_prio(const struct qmsg_request *req)
{
	return qmsg_task_prio(req->task);
}

struct qmsg_rank qmsg_request_rank(struct qmsg_request *req)
{
	return (struct qmsg_rank) {
		.prio = qmsg_request_prio(req),
		.boost = qmsg_request_boost(req),
	};
}

struct qmsg_rank qmsg_request_rank_of(struct qmsg_qnode *n)
{
	return qmsg_request_rank(container_of(n, struct qmsg_request, node));
}
