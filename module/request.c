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

/* An orphan: its client is not there to be charged. */
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
	req->coid = -1;
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
	return !cmpxchg(spare, NULL, req);
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

/* One with a place for its last request: its number does not change, as a descriptor's may. */
static bool has_place(int coid)
{
	return coid >> const_ilog2(QMSG_SIDE_CHANNEL) == 1;
}

/* The place of such a connection; it shares it with others. */
static struct qmsg_request **spare_of(struct qmsg_ctx *ctx, u32 coid)
{
	return &ctx->spare[coid % QMSG_SPARE_REQUESTS];
}

/* @conn has been detached. Whoever finds its place empty here, sees that. */
void qmsg_requests_forget(struct qmsg_conn *conn)
{
	struct qmsg_request *req = NULL;

	if (has_place(conn->coid))
		req = xchg(spare_of(conn->ctx, conn->coid), NULL);
	if (req)
		requests_cache_free(req);
}

/* With its connection, at the place of that: the next one has nothing to look for. */
static bool keep_for_same(struct qmsg_request *req)
{
	struct qmsg_conn *conn = req->conn;
	struct qmsg_request **spare, *gone = NULL;
	bool kept;

	if (unlikely(!has_place(req->coid)))
		return false;
	spare = spare_of(conn->ctx, req->coid);
	/* It is anybody's as soon as it is there, but nothing is freed meanwhile. */
	rcu_read_lock_sched();
	kept = put_spare(spare, req);
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
	req->coid = -1;
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

/* What most have not had. Together: each costs one instruction. */
static bool has_more(const struct qmsg_request *req)
{
	return ((uintptr_t)req->lender | (uintptr_t)req->eventfd) ||
	       !list_empty(&req->reply) || qmsg_iov_in_pieces(&req->reply_iov);
}

static noinline void let_more_go(struct qmsg_request *req)
{
	qmsg_buffers_keep(&req->kept_reply, &req->reply);
	qmsg_request_repay(req);
	qmsg_iov_free(&req->reply_iov);
	if (req->eventfd)
		eventfd_ctx_put(req->eventfd);
	req->eventfd = NULL;
}

/* Of one that is not short. */
static noinline __qmsg_long void let_message_go(struct qmsg_request *req)
{
	qmsg_window_close(&req->window);
	if (req->message)
		qmsg_buffer_keep(&req->kept_message, req->message);
	req->message = NULL;
}

/* The last reference is gone: it is nobody's any more, and no reader has its message. */
static __qmsg_hot void request_free(struct qmsg_request *req)
{
	if (req->message || req->window.used)
		let_message_go(req);
	if (unlikely(has_more(req)))
		let_more_go(req);
	if (likely(req->charged))
		qmsg_uncharge(req->user, QMSG_QUOTA_REQUESTS, 1);
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
	qmsg_iov_init(&req->reply_iov);
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
						  s32 coid, struct qmsg_request *req)
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
	req->coid = coid;
	err = choose_payer(req, ctx);
	if (!err)
		return req;
	requests_cache_free(req);
	return ERR_PTR(err);
}

/* One over what @coid means. @req: NULL, or one whose connection it is not. */
static noinline struct qmsg_request *request_elsewhere(struct qmsg_ctx *ctx, int coid,
						       struct qmsg_request *req)
{
	struct qmsg_conn *conn;

	if (req)
		forget_conn(req);
	conn = qmsg_conn_find(ctx, coid);
	if (!IS_ERR(conn))
		return request_over(ctx, conn, coid, req);
	if (req)
		requests_cache_free(req);
	return ERR_CAST(conn);
}

static int request_begin(struct qmsg_request *req)
{
	if (unlikely(qmsg_charge(req->user, QMSG_QUOTA_REQUESTS, 1)))
		return -EAGAIN;
	refcount_set(&req->ref, 1);
	qmsg_clear_words(&req->fresh, sizeof(req->fresh));
	req->charged = true;
	req->hold.active = false;
	qmsg_count(QMSG_OBJ_REQUEST, 1);
	return 0;
}

/* It has those of its last use, or none. */
static noinline void change_identity(struct qmsg_request *req)
{
	forget_identity(req);
	req->task = get_task_struct(current);
	req->tid = get_pid(task_pid(current));
	req->tgid = get_pid(task_tgid(current));
}

/* D21: who sends, now. */
static __qmsg_hot void take_identity(struct qmsg_request *req, const struct qmsg_ctx *ctx)
{
	const struct cred *cred = current_cred();
	kuid_t uid = cred->euid;
	kgid_t gid = cred->egid;

	if (unlikely(req->task != current || req->tid != task_pid(current)))
		change_identity(req);
	req->uid = uid;
	req->gid = gid;
	req->compat = unlikely(READ_ONCE(ctx->had_compat)) && in_compat_syscall();
	req->node.prio = qmsg_task_prio(current);
}

/* The message, or, where the rest of it is shown through the window, its beginning. */
static int take_message(struct qmsg_request *req, const struct qmsg_iov *send)
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
	size_t len;

	qmsg_buffer_prepare(&req->kept_reply, req->dstlen);
	if (qmsg_is_short(req->dstlen))
		return;
	len = min_t(size_t, req->reply_iov.len, READ_ONCE(req->conn->long_reply));
	if (len && qmsg_window_wanted(len))
		qmsg_window_pin_reply(&req->window, req->user, &req->reply_iov, len);
}

/*
 * For qmsg_request_prepare_reply(), of one that had room for more than a short one: grows at
 * once, and shrinks by halves.
 */
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

static noinline __qmsg_long int take_long(struct qmsg_request *req, u64 ptr, u64 len, bool is_vec)
{
	struct qmsg_iov send __qmsg_uninitialized;
	int err;

	qmsg_iov_init(&send);
	err = qmsg_iov_import(&send, ptr, len, is_vec) ?: take_message(req, &send);
	qmsg_iov_free(&send);
	return err;
}

static noinline __qmsg_near int take_few(struct qmsg_request *req, u64 ptr, size_t len)
{
	return qmsg_words_from_user(req->bytes, u64_to_user_ptr(ptr), len) ? 0 : -EFAULT;
}

/* S2.18: the sender's buffers are looked at, and its message copied, by the sender. */
static __qmsg_hot int take_buffers(struct qmsg_request *req, const struct qmsg_msg_send *args)
{
	u64 len = args->send_len;
	int err;

	err = qmsg_iov_import(&req->reply_iov, args->reply_ptr, args->reply_len,
			      args->flags & QMSG_REPLY_IOV);
	if (unlikely(err))
		return err;
	req->dstlen = req->reply_iov.len;
	req->srclen = len;
	if (args->flags & QMSG_SEND_IOV || !qmsg_is_short(len))
		err = take_long(req, args->send_ptr, len, args->flags & QMSG_SEND_IOV);
	else if (len)
		err = take_few(req, args->send_ptr, len);
	if (unlikely(err))
		return err;
	qmsg_request_prepare_reply(req);
	return 0;
}

/*
 * Bytes @from … @from + @len of the message of a request that the caller has in hand, or has a
 * reference to, to the first @len bytes of @iov. -ESRCH: the client has gone meanwhile.
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

/*
 * The end of one that was not posted, because of @err or, S1.15, because the channel has gone,
 * whatever else is wrong.
 */
noinline struct qmsg_request *qmsg_request_refused(struct qmsg_request *req, int err)
{
	if (qmsg_conn_is_dead(req->conn))
		err = -EBADF;
	qmsg_request_put(req);
	return ERR_PTR(err);
}

/* The current task's, not posted. */
static __qmsg_hot struct qmsg_request *request_fill(struct qmsg_ctx *ctx, struct qmsg_request *req,
						    const struct qmsg_msg_send *args)
{
	int err = request_begin(req);

	if (unlikely(err)) {
		err = qmsg_conn_is_dead(req->conn) ? -EBADF : err;
		requests_cache_free(req);
		return ERR_PTR(err);
	}
	take_identity(req, ctx);
	req->policy.send_deadline = qmsg_deadline_of_caller(args->send_deadline);
	req->policy.reply_deadline = qmsg_deadline_of_caller(args->reply_deadline);
	req->policy.signals = true;
	req->policy.restarts = false;
	req->policy.restartable = false;
	err = take_buffers(req, args);
	return likely(!err) ? req : qmsg_request_refused(req, err);
}

/*
 * The current task's request over the connection that @args says, not posted: mostly what the
 * last one over the same connection has left.
 */
__qmsg_hot struct qmsg_request *qmsg_request_new(struct qmsg_ctx *ctx,
						 const struct qmsg_msg_send *args)
{
	s32 coid = args->coid;
	struct qmsg_request *req = NULL;

	if (likely(has_place(coid)))
		req = xchg(spare_of(ctx, coid), NULL);
	if (likely(req && req->coid == coid && !READ_ONCE(req->conn->detached)))
		return request_fill(ctx, req, args);
	req = request_elsewhere(ctx, coid, req);
	return IS_ERR(req) ? req : request_fill(ctx, req, args);
}

/* Likewise over @conn. Consumes the reference to that. */
noinline struct qmsg_request *qmsg_request_new_over(struct qmsg_ctx *ctx, struct qmsg_conn *conn,
						    const struct qmsg_msg_send *args)
{
	struct qmsg_request *req = request_over(ctx, conn, args->coid, NULL);

	return IS_ERR(req) ? req : request_fill(ctx, req, args);
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

/* T5: the attempt to enter a state whose deadline is past fails. */
static noinline int in_time(const struct qmsg_request *req, bool waited)
{
	return qmsg_deadline_passed(waited ? req->policy.reply_deadline :
					     req->policy.send_deadline) ? -ETIMEDOUT : 0;
}

static int may_post_locked(const struct qmsg_channel *ch, const struct qmsg_request *req,
			   bool waited)
{
	if (unlikely(ch->dead | req->conn->detached))
		return -EBADF;
	if (!waited && qmsg_ctx_terminating(ch->ctx))
		return -ENXIO;
	return qmsg_has_deadline(&req->policy) ? in_time(req, waited) : 0;
}

/* To a receiver. From now on it has its id. */
static void hand_over_locked(struct qmsg_channel *ch, struct qmsg_request *req, enum qmsg_hand hand)
{
	WRITE_ONCE(req->hand, hand);
	qmsg_rcvid_give_locked(&ch->ctx->rcvids, req);
}

/* To @r, which waits for it. */
static __qmsg_hot void give_locked(struct qmsg_channel *ch, struct qmsg_receiver *r,
				   struct qmsg_request *req)
{
	hand_over_locked(ch, req, qmsg_deadline_passed(req->policy.send_deadline) ?
			 QMSG_HAND_AT_ONCE : QMSG_HAND_TAKEN);
	qmsg_channel_give_locked(ch, r, &req->node);
}

static noinline void queue_locked(struct qmsg_channel *ch, struct qmsg_request *req)
{
	WRITE_ONCE(req->hand, QMSG_HAND_NONE);
	qmsg_queue_add(&ch->queue, &req->node);
	qmsg_channel_tell_locked(ch, EPOLLIN | EPOLLRDNORM);
}

/* Out of the queue into the hands of the caller. */
void qmsg_request_take_locked(struct qmsg_request *req)
{
	struct qmsg_channel *ch = req->channel;

	qmsg_queue_del(&ch->queue, &req->node);
	req->node.boost = qmsg_request_boost(req);
	hand_over_locked(ch, req, QMSG_HAND_TAKEN);
}

static __qmsg_hot int try_post_locked(struct qmsg_channel *ch, struct qmsg_request *req)
{
	struct qmsg_receiver *r = qmsg_channel_receiver_locked(ch);
	struct qmsg_sconn *sconn = req->conn->sconn;
	int err = may_post_locked(ch, req, r);

	if (unlikely(err))
		return err;
	if (!qmsg_rcvid_reserve_locked(&ch->ctx->rcvids))
		return -ENOSPC;
	req->state = QMSG_SEND;
	req->since = jiffies;
	qmsg_stats_posted_locked(ch, req);
	req->sleeper = likely(!req->over) ? current : NULL;
	hlist_add_head(&req->sconn_node, &sconn->requests);
	sconn->links++;
	qmsg_queue_number(&ch->queue, &req->node);
	req->node.boost = qmsg_request_boost(req);
	if (likely(r))
		give_locked(ch, r, req);
	else
		queue_locked(ch, req);
	if (unlikely(ch->flags & QMSG_CHF_DEADLOCK))
		req->order = qmsg_cycle_order();
	trace_qmsg_send(req);
	return 0;
}

static __qmsg_hot int try_post(struct qmsg_request *req)
{
	struct qmsg_channel *ch = req->channel;
	int err;

	spin_lock(ch->lock);
	err = try_post_locked(ch, req);
	qmsg_channel_unlock(ch);
	return err;
}

static noinline int grow_and_post(struct qmsg_request *req)
{
	int err;

	do {
		(void)qmsg_point(GROW);
		err = qmsg_rcvids_grow(&req->channel->ctx->rcvids) ?: try_post(req);
	} while (err == -ENOSPC);
	return err;
}

/* The current task becomes SEND-blocked (T1, T2), or has an error and nothing happened. */
__qmsg_hot int qmsg_request_post(struct qmsg_request *req)
{
	int err = try_post(req);

	return unlikely(err == -ENOSPC) ? grow_and_post(req) : err;
}

/*
 * What the client of @req is worth to who receives it now; under the channel's lock. The lender is
 * noted before his priority is read: whoever takes it from him looks at his loans after that.
 */
__qmsg_hot u8 qmsg_request_boost(struct qmsg_request *req)
{
	if (!qmsg_task_boost(req->task) || req->channel->flags & QMSG_CHF_FIXED_PRIORITY)
		return 0;
	if (!req->lender && unlikely(READ_ONCE(req->conn->ctx->proc->nservers)))
		qmsg_request_borrow(req);
	return qmsg_task_boost(req->task);
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

/*
 * Back from a receiver that could not take it, to the next one or into the queue, at its own place.
 * The send deadline counts again.
 */
void qmsg_request_put_back_locked(struct qmsg_request *req)
{
	struct qmsg_channel *ch = req->channel;
	struct qmsg_receiver *r = qmsg_channel_receiver_locked(ch);

	qmsg_servers_dismiss_locked(req);
	qmsg_rcvid_drop_locked(&ch->ctx->rcvids, req);
	req->node.boost = qmsg_request_boost(req);
	if (r) {
		give_locked(ch, r, req);
		return;
	}
	queue_locked(ch, req);
	if (req->sleeper)
		qmsg_channel_wake_locked(ch, req->sleeper);
}

/* What its place is to be now. */
struct qmsg_rank qmsg_request_rank_of(struct qmsg_qnode *n)
{
	struct qmsg_request *req = container_of(n, struct qmsg_request, node);

	if (is_on_its_way_to_sleep(req->task))
		return (struct qmsg_rank) { .prio = n->prio, .boost = n->boost };
	return qmsg_request_rank(req);
}
