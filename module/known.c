// SPDX-License-Identifier: GPL-2.0-only
/* Receive ids that a server can still name a client with. */

#include <linux/pid.h>
#include <linux/slab.h>

#include "channel.h"
#include "connect.h"
#include "ctx.h"
#include "event.h"
#include "known.h"
#include "limits.h"
#include "rcvid.h"
#include "request.h"

/*
 * @req, which has been received over @sconn, ends. Nobody asks it any more who its client is. Who
 * is pushed out goes with it, as nothing is freed here.
 */
void qmsg_past_add_locked(struct qmsg_sconn *sconn, struct qmsg_request *req)
{
	struct qmsg_past *past = &sconn->past[sconn->npast++ % QMSG_PAST];

	lockdep_assert_held(req->channel->lock);
	past->serial = req->rcvid_serial;
	/* Most clients are one thread. */
	if (past->tid != req->tid)
		swap(past->tid, req->tid);
}

static struct qmsg_kept *kept_find_locked(struct qmsg_rcvids *t, u64 id)
{
	struct rb_node *rb = t->kept.rb_node;

	while (rb) {
		struct qmsg_kept *k = rb_entry(rb, struct qmsg_kept, rb);

		if (id == k->rcvid)
			return k;
		rb = id < k->rcvid ? rb->rb_left : rb->rb_right;
	}
	return NULL;
}

bool qmsg_kept_has_locked(struct qmsg_rcvids *t, u64 id)
{
	return unlikely(t->nkept) && kept_find_locked(t, id);
}

static bool kept_before(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct qmsg_kept, rb)->rcvid < rb_entry(b, struct qmsg_kept, rb)->rcvid;
}

static void kept_insert_locked(struct qmsg_rcvids *t, struct qmsg_kept *k)
{
	rb_add(&k->rb, &t->kept, kept_before);
	list_add_tail(&k->node, &k->sconn->kept);
	k->sconn->nkept++;
	t->nkept++;
}

static void kept_remove_locked(struct qmsg_rcvids *t, struct qmsg_kept *k)
{
	rb_erase(&k->rb, &t->kept);
	list_del(&k->node);
	k->sconn->nkept--;
	t->nkept--;
}

static struct qmsg_kept *kept_alloc(struct qmsg_user *user, u64 rcvid, struct qmsg_sconn *sconn,
				    struct pid *tid)
{
	struct qmsg_kept *k;

	if (qmsg_charge(user, QMSG_QUOTA_EVENTS, 1))
		return ERR_PTR(-EAGAIN);
	k = kzalloc(sizeof(*k), GFP_KERNEL_ACCOUNT);
	if (!k) {
		qmsg_uncharge(user, QMSG_QUOTA_EVENTS, 1);
		return ERR_PTR(-ENOMEM);
	}
	k->rcvid = rcvid;
	k->sconn = sconn;
	k->tid = get_pid(tid);
	k->user = qmsg_user_ref(user);
	qmsg_count(QMSG_OBJ_KEPT, 1);
	return k;
}

static void kept_free(struct qmsg_kept *k)
{
	if (!k)
		return;
	put_pid(k->tid);
	qmsg_uncharge(k->user, QMSG_QUOTA_EVENTS, 1);
	qmsg_user_put(k->user);
	kfree(k);
	qmsg_count(QMSG_OBJ_KEPT, -1);
}

/* The oldest of @sconn's, if it or the table has as many as may be. */
static struct qmsg_kept *evict_locked(struct qmsg_rcvids *t, struct qmsg_sconn *sconn)
{
	struct qmsg_kept *k;

	/* A quarter of the ids: at most half of the others are taken, so some are left to give. */
	if (sconn->nkept < QMSG_KEPT_MAX && t->nkept < 1ULL << (t->bits - 2))
		return NULL;
	k = list_first_entry_or_null(&sconn->kept, struct qmsg_kept, node);
	if (!k)
		return ERR_PTR(-EAGAIN);
	kept_remove_locked(t, k);
	return k;
}

static bool refresh(struct qmsg_rcvids *t, u64 rcvid)
{
	struct qmsg_kept *k;

	spin_lock(&t->lock);
	k = kept_find_locked(t, rcvid);
	if (k)
		list_move_tail(&k->node, &k->sconn->kept);
	spin_unlock(&t->lock);
	return k;
}

/* @rcvid, which was found to mean @to, is known as long as its server connection lives. */
int qmsg_known_keep(struct qmsg_ctx *ctx, s64 rcvid, const struct qmsg_target *to)
{
	struct qmsg_rcvids *t = &ctx->rcvids;
	struct qmsg_kept *k, *gone;

	if (!to->sconn || refresh(t, rcvid))
		return 0;
	k = kept_alloc(ctx->user, rcvid, to->sconn, to->tid);
	if (IS_ERR(k))
		return PTR_ERR(k);
	spin_lock(&t->lock);
	gone = kept_find_locked(t, rcvid) ? k : evict_locked(t, to->sconn);
	if (gone != k && !IS_ERR(gone))
		kept_insert_locked(t, k);
	spin_unlock(&t->lock);
	if (IS_ERR(gone)) {
		kept_free(k);
		return PTR_ERR(gone);
	}
	kept_free(gone);
	return 0;
}

/* Nobody refers to @sconn any more. */
void qmsg_known_forget(struct qmsg_sconn *sconn)
{
	struct qmsg_rcvids *t = &sconn->channel->ctx->rcvids;
	struct qmsg_kept *k, *next;
	LIST_HEAD(kept);
	int i;

	for (i = 0; i < QMSG_PAST; i++)
		put_pid(sconn->past[i].tid);
	spin_lock(&t->lock);
	list_for_each_entry(k, &sconn->kept, node)
		rb_erase(&k->rb, &t->kept);
	t->nkept -= sconn->nkept;
	list_splice_init(&sconn->kept, &kept);
	spin_unlock(&t->lock);
	list_for_each_entry_safe(k, next, &kept, node)
		kept_free(k);
}

/* Of a request that waits for its answer; the connection it was sent over decides. */
static bool find_request(struct qmsg_ctx *ctx, s64 rcvid, struct qmsg_target *to)
{
	struct qmsg_request *req = qmsg_rcvid_find(&ctx->rcvids, rcvid);
	bool found;

	if (!req)
		return false;
	spin_lock(req->channel->lock);
	found = qmsg_state_received(req->state);
	if (found) {
		to->sconn = req->conn->sconn;
		qmsg_sconn_get(to->sconn);
		to->tid = get_pid(req->tid);
		to->flags = req->conn->flags;
	}
	qmsg_channel_unlock(req->channel);
	qmsg_request_put(req);
	return found;
}

static bool find_kept(struct qmsg_ctx *ctx, s64 rcvid, struct qmsg_target *to)
{
	struct qmsg_rcvids *t = &ctx->rcvids;
	struct qmsg_kept *k;

	spin_lock(&t->lock);
	k = kept_find_locked(t, rcvid);
	/* One that is being freed is about to take its entries out of the table. */
	if (k && kref_get_unless_zero(&k->sconn->ref)) {
		to->sconn = k->sconn;
		to->tid = get_pid(k->tid);
	} else {
		k = NULL;
	}
	spin_unlock(&t->lock);
	return k;
}

static bool in_past(struct qmsg_sconn *sconn, u64 serial, struct qmsg_target *to)
{
	int i;

	spin_lock(sconn->channel->lock);
	for (i = 0; i < QMSG_PAST && !to->tid; i++)
		if (sconn->past[i].tid && sconn->past[i].serial == serial)
			to->tid = get_pid(sconn->past[i].tid);
	qmsg_channel_unlock(sconn->channel);
	return to->tid;
}

/* One after the other: rare, as an id that was used once is kept. */
static bool find_past(struct qmsg_ctx *ctx, s64 rcvid, struct qmsg_target *to)
{
	u64 serial = qmsg_rcvid_serial(&ctx->rcvids, rcvid);
	struct qmsg_sconn *sconn;
	unsigned long index = 0;

	while ((sconn = qmsg_sconn_next_of_server(ctx, &index))) {
		if (in_past(sconn, serial, to)) {
			to->sconn = sconn;
			return true;
		}
		qmsg_sconn_put(sconn);
		cond_resched();
	}
	return false;
}

/*
 * S8.4: is the client there? What one of its connections permits is permitted where it is
 * not known any more which one was used.
 */
static int look_at_client(struct qmsg_target *to, bool outstanding)
{
	struct qmsg_sconn *sconn = to->sconn;
	bool there;

	spin_lock(sconn->channel->lock);
	there = sconn->live && !sconn->zombie;
	if (!outstanding)
		to->flags = sconn->raw_conns ? 0 : sconn->event_conns ? QMSG_COF_REG_EVENTS :
									QMSG_COF_NOEVENT;
	qmsg_channel_unlock(sconn->channel);
	if (!there || READ_ONCE(to->ctx->dead))
		return -ESRCH;
	return qmsg_ctx_terminating(to->ctx) ? -EBUSY : 0;
}

/* Whom @rcvid means to the server @ctx: 0 itself. To be released unless an error is returned. */
int qmsg_known_find(struct qmsg_ctx *ctx, s64 rcvid, struct qmsg_target *to)
{
	bool outstanding;
	int err;

	if (!rcvid) {
		qmsg_target_self(to, ctx);
		return 0;
	}
	*to = (struct qmsg_target) { };
	if (rcvid < 0 || rcvid >> ctx->rcvids.bits)
		return -ESRCH;
	outstanding = find_request(ctx, rcvid, to);
	if (!outstanding && !find_kept(ctx, rcvid, to) && !find_past(ctx, rcvid, to))
		return -ESRCH;
	to->ctx = qmsg_ctx_get(to->sconn->client);
	err = look_at_client(to, outstanding);
	if (err)
		qmsg_target_release(to);
	return err;
}
