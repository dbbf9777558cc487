// SPDX-License-Identifier: GPL-2.0-only
/* Requests: making, posting, finding and freeing them. */

#include <linux/compat.h>
#include <linux/cred.h>
#include <linux/eventfd.h>
#include <linux/log2.h>
#include <linux/pid.h>
#include <linux/sched/task.h>
#include <linux/poll.h>
#include <linux/slab.h>

#include "channel.h"
#include "compat.h"
#include "connect.h"
#include "ctx.h"
#include "cycle.h"
#include "inject.h"
#include "limits.h"
#include "prio.h"
#include "rcvid.h"
#include "request.h"
#include "stats.h"
#include "trace.h"
#include "words.h"

/* Bytes of a message that are copied also where the rest is shown. */
#define QMSG_SNAPSHOT	256

static struct kmem_cache *requests;

int qmsg_requests_init(void)
{
	requests = KMEM_CACHE_USERCOPY(qmsg_request, SLAB_ACCOUNT, usercopy);
	return requests ? 0 : -ENOMEM;
}

void qmsg_requests_exit(void)
{
	kmem_cache_destroy(requests);
}

void qmsg_request_uncharge(struct qmsg_request *req)
{
	if (req->charged)
		qmsg_uncharge(req->user, QMSG_QUOTA_REQUESTS, 1);
	req->charged = false;
}

/* Whom it was last for. The next one over the same connection often is the same thread. */
static void forget_identity(struct qmsg_request *req)
{
	if (!req->task)
		return;
	put_pid(req->tid);
	put_pid(req->tgid);
	put_task_struct(req->task);
	req->task = NULL;
}

static void forget_conn(struct qmsg_request *req)
{
	struct qmsg_conn *conn = req->conn;

	req->conn = NULL;
	if (conn)
		qmsg_conn_put(conn);
}

static void forget_payer(struct qmsg_request *req)
{
	if (!req->payer)
		return;
	qmsg_user_put(req->payer);
	req->payer = NULL;
}

static noinline void requests_cache_free(struct qmsg_request *req)
{
	forget_conn(req);
	forget_identity(req);
	forget_payer(req);
	qmsg_buffer_drop_kept(&req->kept_message);
	qmsg_buffer_drop_kept(&req->kept_reply);
	kmem_cache_free(requests, req);
}

static bool put_spare(struct qmsg_request **spare, struct qmsg_request *req)
{
	return !READ_ONCE(*spare) && !cmpxchg(spare, NULL, req);
}

static struct qmsg_request *take_spare(struct qmsg_request **spare)
{
	return READ_ONCE(*spare) ? xchg(spare, NULL) : NULL;
}

static struct qmsg_request *take_any_spare(struct qmsg_ctx *ctx)
{
	struct qmsg_request *req = NULL;
	int i;

	for (i = 0; i < QMSG_SPARE_REQUESTS && !req; i++)
		req = take_spare(&ctx->spare[i]);
	if (req)
		forget_conn(req);
	return req;
}

/* The place of a connection whose number does not change; NULL: that is a descriptor. */
static struct qmsg_request **spare_of(struct qmsg_ctx *ctx, int coid)
{
	if (unlikely(coid < 0 || !(coid & QMSG_SIDE_CHANNEL)))
		return NULL;
	return &ctx->spare[coid % QMSG_SPARE_REQUESTS];
}

/* @conn has been detached. Whoever finds its place empty here, sees that. */
void qmsg_requests_forget(struct qmsg_conn *conn)
{
	struct qmsg_request **spare = spare_of(conn->ctx, conn->coid);
	struct qmsg_request *req = spare ? xchg(spare, NULL) : NULL;

	if (req)
		requests_cache_free(req);
}

/* With its connection, at the place of that: the next one has nothing to look for. */
static bool keep_for_same(struct qmsg_request *req)
{
	struct qmsg_conn *conn = req->conn;
	struct qmsg_request **spare = spare_of(conn->ctx, conn->coid), *gone = NULL;
	bool kept;

	/* It is anybody's as soon as it is there, but nothing is freed meanwhile. */
	rcu_read_lock_sched();
	kept = spare && put_spare(spare, req);
	/* Pairs with qmsg_requests_forget(). */
	if (kept && unlikely(READ_ONCE(conn->detached)))
		gone = take_spare(spare);
	rcu_read_unlock_sched();
	if (unlikely(gone))
		requests_cache_free(gone);
	return kept;
}

/* For any connection of the context. */
static noinline void keep_for_any(struct qmsg_request *req)
{
	struct qmsg_conn *conn = req->conn;
	bool kept = false;
	int i;

	req->conn = NULL;
	for (i = 0; i < QMSG_SPARE_REQUESTS && !kept; i++)
		kept = put_spare(&conn->ctx->spare[i], req);
	if (!kept)
		requests_cache_free(req);
	qmsg_conn_put(conn);
}

/* Nobody has a request of @ctx any more. */
void qmsg_requests_free_spare(struct qmsg_ctx *ctx)
{
	struct qmsg_request *req;

	while ((req = take_any_spare(ctx)))
		requests_cache_free(req);
}

/* What only some have had. */
static __qmsg_hot void let_rest_go(struct qmsg_request *req)
{
	qmsg_window_close(&req->window);
	qmsg_request_repay(req);
	qmsg_iov_free(&req->reply_iov);
	if (unlikely(req->eventfd)) {
		eventfd_ctx_put(req->eventfd);
		req->eventfd = NULL;
	}
}

/* The last reference is gone: it is nobody's any more, and no reader has its message. */
static __qmsg_hot void request_free(struct qmsg_request *req)
{
	if (!list_empty(&req->reply))
		qmsg_buffers_keep(&req->kept_reply, &req->reply);
	if (req->message) {
		qmsg_buffer_keep(&req->kept_message, req->message);
		req->message = NULL;
	}
	let_rest_go(req);
	qmsg_request_uncharge(req);
	qmsg_count(QMSG_OBJ_REQUEST, -1);
	if (unlikely(!keep_for_same(req)))
		keep_for_any(req);
}

void qmsg_request_free(struct qmsg_request *req)
{
	request_free(req);
}

/* The client is through with it, and mostly the last to have it. */
__qmsg_hot void qmsg_request_put_last(struct qmsg_request *req)
{
	if (likely(refcount_dec_and_test(&req->ref)))
		request_free(req);
}

static noinline struct qmsg_request *requests_cache_alloc(void)
{
	struct qmsg_request *req = kmem_cache_zalloc(requests, GFP_KERNEL_ACCOUNT);

	if (!req)
		return ERR_PTR(-ENOMEM);
	qmsg_pulse_init(&req->unblock, QMSG_PULSE_UNBLOCK);
	qmsg_window_init(&req->window);
	INIT_LIST_HEAD(&req->reply);
	req->reply_iov.vec = req->reply_iov.fast;
	return req;
}

/*
 * D21: who sends pays. Over a file's connection that is anybody who has come by the descriptor, and
 * not who opened it.
 */
static int choose_payer(struct qmsg_request *req, const struct qmsg_ctx *ctx)
{
	kuid_t uid = current_uid();

	req->user = ctx->user;
	if (!ctx->of_kernel || uid_eq(uid, ctx->user->uid))
		return 0;
	/* It has the one of its last use, or none. */
	if (!req->payer || !uid_eq(uid, req->payer->uid)) {
		forget_payer(req);
		req->payer = qmsg_user_get(uid);
	}
	req->user = req->payer;
	return req->payer ? 0 : -ENOMEM;
}

/*
 * @req, if it is not NULL, has no connection now. With the caller's reference to @conn, if there
 * is no error.
 */
static noinline struct qmsg_request *request_over(struct qmsg_ctx *ctx, struct qmsg_conn *conn,
						  struct qmsg_request *req)
{
	int err;

	if (!req)
		req = take_any_spare(ctx) ?: requests_cache_alloc();
	if (IS_ERR(req)) {
		qmsg_conn_put(conn);
		return req;
	}
	req->conn = conn;
	req->channel = conn->sconn->channel;
	err = choose_payer(req, ctx);
	if (!err)
		return req;
	requests_cache_free(req);
	return ERR_PTR(err);
}

/* What the last one over the same connection has left; else one over what @coid means. */
static __qmsg_hot struct qmsg_request *request_to(struct qmsg_ctx *ctx, int coid)
{
	struct qmsg_request **spare = spare_of(ctx, coid);
	struct qmsg_request *req = spare ? take_spare(spare) : NULL;
	struct qmsg_conn *conn;

	if (likely(req && req->conn && req->conn->coid == coid &&
		   !READ_ONCE(req->conn->detached)))
		return req;
	if (req)
		forget_conn(req);
	conn = qmsg_conn_find(ctx, coid);
	if (!IS_ERR(conn))
		return request_over(ctx, conn, req);
	if (req)
		requests_cache_free(req);
	return ERR_CAST(conn);
}

/* S1.15: not over a connection whose channel has gone. Posting looks again, under the lock. */
static int request_begin(struct qmsg_request *req)
{
	if (unlikely(qmsg_conn_is_dead(req->conn)))
		return -EBADF;
	if (unlikely(qmsg_charge(req->user, QMSG_QUOTA_REQUESTS, 1)))
		return -EAGAIN;
	refcount_set(&req->ref, 1);
	qmsg_clear_words(&req->fresh, sizeof(req->fresh));
	req->charged = true;
	req->node.seq = 0;
	req->hold.active = false;
	qmsg_count(QMSG_OBJ_REQUEST, 1);
	return 0;
}

/* D21: who sends, now. */
static __qmsg_hot void take_identity(struct qmsg_request *req, s32 coid)
{
	/* It has those of its last use, or none. */
	if (unlikely(req->task != current || req->tid != task_pid(current))) {
		forget_identity(req);
		req->task = get_task_struct(current);
		req->tid = get_pid(task_pid(current));
		req->tgid = get_pid(task_tgid(current));
	}
	req->uid = current_euid();
	req->gid = current_egid();
	req->compat = in_compat_syscall();
	req->coid = coid;
	req->node.prio = qmsg_task_prio(current);
}

/* The message, or, where the rest of it is shown through the window, its beginning. */
static __qmsg_hot int take_message(struct qmsg_request *req, const struct qmsg_iov *send)
{
	struct qmsg_buffer *message;
	size_t len = send->len;

	req->srclen = len;
	if (qmsg_is_short(len))
		return len ? qmsg_bytes_from_user(req->bytes, len, send) : 0;
	/* D18: what a server looks at first does not change under it. */
	if (unlikely(qmsg_window_wanted(len)) &&
	    !qmsg_window_pin_message(&req->window, req->user, send))
		len = min_t(size_t, len, QMSG_SNAPSHOT);
	message = qmsg_buffer_from_user(&req->kept_message, req->user, send, len, true);
	if (IS_ERR(message))
		return PTR_ERR(message);
	req->message = message;
	return 0;
}

/*
 * Where replies over this connection have been long, there is a window for this one. What it
 * is too small for, or where there is none, is copied twice, with the client's own errors.
 */
void qmsg_request_prepare_reply(struct qmsg_request *req)
{
	size_t len = min_t(size_t, req->reply_iov.len, READ_ONCE(req->conn->long_reply));

	qmsg_buffer_prepare(&req->kept_reply, req->dstlen);
	if (len && qmsg_window_wanted(len))
		qmsg_window_pin_reply(&req->window, req->user, &req->reply_iov, len);
}

/* For qmsg_request_prepare_reply(): grows at once, and shrinks by halves. */
void qmsg_request_remember_reply(struct qmsg_request *req, size_t written)
{
	size_t len = max(written, req->reply_len), was = READ_ONCE(req->conn->long_reply);
	bool is_long = qmsg_window_wanted(len);

	if (likely(!is_long && !was))
		return;
	/* What had no room for an answer, or several places for it, says nothing of the others. */
	if (!req->reply_iov.len)
		return;
	len = is_long ? max(was / 2, roundup_pow_of_two(len)) : was / 2;
	WRITE_ONCE(req->conn->long_reply, qmsg_window_wanted(len) ? len : 0);
}

/* S2.18: the sender's buffers are looked at, and its message copied, by the sender. */
static __qmsg_hot int take_buffers(struct qmsg_request *req, const struct qmsg_msg_send *args)
{
	struct qmsg_iov send __qmsg_uninitialized;
	int err;

	err = qmsg_iov_import(&send, args->send_ptr, args->send_len,
			      args->flags & QMSG_SEND_IOV);
	if (err)
		return err;
	err = qmsg_iov_import(&req->reply_iov, args->reply_ptr, args->reply_len,
			      args->flags & QMSG_REPLY_IOV);
	if (!err) {
		req->dstlen = req->reply_iov.len;
		err = take_message(req, &send);
		if (!err)
			qmsg_request_prepare_reply(req);
	}
	qmsg_iov_free(&send);
	return err;
}

/*
 * Bytes @from … @from + @len of the message of a request that the caller has a reference to, to
 * the first @len bytes of @iov. -ESRCH: the client has gone meanwhile.
 */
__qmsg_near int qmsg_message_to_user(struct qmsg_request *req, const struct qmsg_buffer *message,
				     size_t from, const struct qmsg_iov *iov, size_t len)
{
	const u8 *bytes = message ? message->data : req->bytes;
	size_t kept = message ? message->len : min_t(size_t, req->srclen, QMSG_SHORT);
	size_t n = 0;
	int err;

	if (from < kept) {
		n = min(len, kept - from);
		err = qmsg_bytes_to_user(bytes + from, n, iov, 0);
		if (err)
			return err;
	}
	return n < len ? qmsg_window_read(&req->window, from + n, iov, n, len - n) : 0;
}

/* The current task's, not posted. */
static __qmsg_hot struct qmsg_request *request_fill(struct qmsg_request *req,
						    const struct qmsg_msg_send *args)
{
	int err = request_begin(req);

	if (err) {
		requests_cache_free(req);
		return ERR_PTR(err);
	}
	take_identity(req, args->coid);
	req->policy.send_deadline = qmsg_deadline_of_caller(args->send_deadline);
	req->policy.reply_deadline = qmsg_deadline_of_caller(args->reply_deadline);
	req->policy.signals = true;
	req->policy.restarts = false;
	req->policy.restartable = false;
	err = take_buffers(req, args);
	if (!err)
		return req;
	qmsg_request_put(req);
	return ERR_PTR(err);
}

/* The current task's request over the connection that @args says, not posted. */
__qmsg_hot struct qmsg_request *qmsg_request_new(struct qmsg_ctx *ctx,
						 const struct qmsg_msg_send *args)
{
	struct qmsg_request *req = request_to(ctx, args->coid);

	return IS_ERR(req) ? req : request_fill(req, args);
}

/* Likewise over @conn. Consumes the reference to that. */
noinline struct qmsg_request *qmsg_request_new_over(struct qmsg_ctx *ctx, struct qmsg_conn *conn,
						    const struct qmsg_msg_send *args)
{
	struct qmsg_request *req = request_over(ctx, conn, NULL);

	return IS_ERR(req) ? req : request_fill(req, args);
}

/*
 * Whether bytes of a reply up to @end can go to the client's memory at once. Not where some
 * wait to be copied: they would come later, over those that were written after them.
 */
bool qmsg_reply_fits_window(const struct qmsg_request *req, size_t end)
{
	enum qmsg_state state = READ_ONCE(req->state);

	return end <= READ_ONCE(req->window.reply.len) && qmsg_window_wanted(end) &&
	       !READ_ONCE(req->nreply) && qmsg_state_received(state) && state != QMSG_ORPHAN;
}

static int may_post_locked(const struct qmsg_request *req)
{
	const struct qmsg_channel *ch = req->channel;
	bool waited = qmsg_channel_waited_locked(ch);

	if (ch->dead || req->conn->detached)
		return -EBADF;
	if (!waited && qmsg_ctx_terminating(ch->ctx))
		return -ENXIO;
	/* T5: the attempt to enter a state whose deadline is past fails. */
	if (qmsg_deadline_passed(waited ? req->policy.reply_deadline : req->policy.send_deadline))
		return -ETIMEDOUT;
	return 0;
}

/* To a receiver, who then has a reference. It has its id from now on. */
static void hand_over_locked(struct qmsg_request *req, enum qmsg_hand hand)
{
	WRITE_ONCE(req->hand, hand);
	qmsg_rcvid_give_locked(&req->channel->ctx->rcvids, req);
	qmsg_request_get(req);
}

/*
 * To a waiting receiver, who then has a reference, or into the queue. For one that comes
 * back from a receiver the send deadline counts again.
 */
static __qmsg_hot void queue_locked(struct qmsg_request *req)
{
	bool back = req->hand != QMSG_HAND_NONE;

	req->node.boost = qmsg_request_boost(req);
	if (likely(qmsg_channel_waited_locked(req->channel))) {
		hand_over_locked(req, qmsg_deadline_passed(req->policy.send_deadline) ?
				 QMSG_HAND_AT_ONCE : QMSG_HAND_TAKEN);
		qmsg_channel_offer_locked(req->channel, &req->node);
		return;
	}
	WRITE_ONCE(req->hand, QMSG_HAND_NONE);
	qmsg_queue_add(&req->channel->queue, &req->node);
	qmsg_channel_tell_locked(req->channel, EPOLLIN | EPOLLRDNORM);
	if (back && req->sleeper)
		qmsg_channel_wake_locked(req->channel, req->sleeper);
}

void qmsg_request_queue_locked(struct qmsg_request *req)
{
	queue_locked(req);
}

/* Out of the queue into the hands of the caller, who then has a reference. */
void qmsg_request_take_locked(struct qmsg_request *req)
{
	qmsg_queue_del(&req->channel->queue, &req->node);
	req->node.boost = qmsg_request_boost(req);
	hand_over_locked(req, QMSG_HAND_TAKEN);
}

static __qmsg_hot int try_post_locked(struct qmsg_request *req)
{
	struct qmsg_sconn *sconn = req->conn->sconn;
	int err = may_post_locked(req);

	if (err)
		return err;
	if (!qmsg_rcvid_reserve_locked(&req->channel->ctx->rcvids))
		return -ENOSPC;
	/* One for the server's side. Nobody has seen it yet. */
	refcount_set(&req->ref, 2);
	req->state = QMSG_SEND;
	req->since = jiffies;
	qmsg_stats_posted_locked(req);
	req->sleeper = req->over ? NULL : current;
	hlist_add_head(&req->sconn_node, &sconn->requests);
	sconn->links++;
	queue_locked(req);
	if (unlikely(req->channel->flags & QMSG_CHF_DEADLOCK))
		req->order = qmsg_cycle_order();
	trace_qmsg_send(req);
	return 0;
}

/* The current task becomes SEND-blocked (T1, T2), or has an error and nothing happened. */
__qmsg_hot int qmsg_request_post(struct qmsg_request *req)
{
	struct qmsg_channel *ch = req->channel;
	struct qmsg_rcvids *ids = &ch->ctx->rcvids;
	u32 nslots;
	int err;

	for (;;) {
		spin_lock(ch->lock);
		err = try_post_locked(req);
		nslots = ids->nslots;
		qmsg_channel_unlock(ch);
		if (likely(err != -ENOSPC))
			return err;
		(void)qmsg_point(GROW);
		err = qmsg_rcvids_grow(ids, nslots);
		if (err)
			return err;
	}
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

/*
 * Before it sleeps a client may have locks of the module's, and be lent priority by who waits for
 * them. That is nothing of its message's, and over at once.
 */
static bool is_on_its_way_to_sleep(const struct task_struct *task)
{
	unsigned int state = READ_ONCE(task->__state);

	return state == TASK_RUNNING || state == TASK_UNINTERRUPTIBLE ||
	       state == TASK_RTLOCK_WAIT;
}

/* What its place is to be now. */
struct qmsg_rank qmsg_request_rank_of(struct qmsg_qnode *n)
{
	struct qmsg_request *req = container_of(n, struct qmsg_request, node);

	if (is_on_its_way_to_sleep(req->task))
		return (struct qmsg_rank) { .prio = n->prio, .boost = n->boost };
	return qmsg_request_rank(req);
}
