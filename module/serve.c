// SPDX-License-Identifier: GPL-2.0-only
/* Threads that receive: their channel, what they serve, the priority that follows from it. */

#include "channel.h"
#include "ctx.h"
#include "ioctl.h"
#include "rcvid.h"
#include "request.h"
#include "server.h"

static u16 want_of(u8 serve, u8 queue)
{
	return serve << 8 | queue;
}

static u8 serve_of(u16 want)
{
	return want >> 8;
}

static u8 queue_of(u16 want)
{
	return want & 0xff;
}

static noinline void want_anew_locked(struct qmsg_server *s, u16 want)
{
	WRITE_ONCE(s->want, want);
	/* Pairs with qmsg_server_settle(). */
	smp_mb();
	qmsg_channel_unsettled_locked(s->channel);
}

/* Nobody lends it anything, nor wants to. */
static bool is_by_itself(const struct qmsg_server *s)
{
	return likely(!(READ_ONCE(s->settled) | s->want)) && likely(!s->serving);
}

/* Hot: for threads that nobody lends anything else it is a comparison. */
static __qmsg_hot void want_locked(struct qmsg_server *s, u8 serve, u8 queue)
{
	u16 want = want_of(serve, queue);

	if (unlikely(READ_ONCE(s->settled) != want || s->want != want))
		want_anew_locked(s, want);
}

static __qmsg_hot void unlink_served(struct qmsg_server *s)
{
	if (likely(!s->serving))
		return;
	hlist_del(&s->serving_node);
	s->serving = NULL;
}

/* The current thread receives on @ch, or takes up a request of it. */
void qmsg_server_join_locked(struct qmsg_server *s, struct qmsg_channel *ch)
{
	lockdep_assert_held(ch->lock);
	ch->last = s;
	if (s->channel == ch)
		return;
	spin_lock(&s->lock);
	WRITE_ONCE(s->channel, ch);
	spin_unlock(&s->lock);
	list_add(&s->node, &ch->servers);
	WRITE_ONCE(s->want, want_of(0, ch->boost));
	smp_mb();
}

/* The caller settles it. */
void qmsg_server_part_locked(struct qmsg_server *s)
{
	unlink_served(s);
	list_del_init(&s->node);
	if (s->channel->last == s)
		s->channel->last = NULL;
	spin_lock(&s->lock);
	WRITE_ONCE(s->channel, NULL);
	spin_unlock(&s->lock);
	WRITE_ONCE(s->want, 0);
	smp_mb();
}

/* The channel as it is now, with a reference: its end takes it away. */
struct qmsg_channel *qmsg_server_channel(struct qmsg_server *s)
{
	struct qmsg_channel *ch;

	spin_lock(&s->lock);
	ch = s->channel;
	if (ch)
		qmsg_channel_get(ch);
	spin_unlock(&s->lock);
	return ch;
}

/* S6.12. The caller settles @s, when it is known what it does next. */
void qmsg_server_leave(struct qmsg_server *s)
{
	struct qmsg_channel *ch = qmsg_server_channel(s);

	if (!ch)
		return;
	spin_lock(ch->lock);
	if (s->channel == ch)
		qmsg_server_part_locked(s);
	qmsg_channel_unlock(ch);
	qmsg_channel_put(ch);
}

/* Its client has it from another, and may lose it. */
static bool is_lent(const struct qmsg_qnode *n)
{
	const struct qmsg_server *lender;

	if (n->kind != QMSG_KIND_REQUEST)
		return false;
	lender = container_of(n, struct qmsg_request, node)->lender;
	return lender && READ_ONCE(lender->prio.applied);
}

/* What is worth as much as the thread is by itself changes nothing. */
static u8 worth_to(const struct qmsg_server *s, const struct qmsg_qnode *n)
{
	if (n->boost == qmsg_task_boost(s->task) && !READ_ONCE(s->prio.applied) && !is_lent(n))
		return 0;
	return n->boost;
}

static noinline void take_worth_locked(struct qmsg_server *s, struct qmsg_qnode *n, u8 boost)
{
	unlink_served(s);
	if (boost && n->kind == QMSG_KIND_REQUEST) {
		s->serving = container_of(n, struct qmsg_request, node);
		hlist_add_head(&s->serving_node, &s->serving->servers);
	}
	want_locked(s, boost, queue_of(s->want));
}

/* S6.2, S6.3: @n has been given to @s. False: that makes no difference to it. */
__qmsg_hot bool qmsg_server_take_locked(struct qmsg_server *s, struct qmsg_qnode *n)
{
	u8 boost = n->boost ? worth_to(s, n) : 0;

	if (likely(!boost) && is_by_itself(s))
		return false;
	take_worth_locked(s, n, boost);
	return true;
}

/* @s has nothing to do. */
__qmsg_hot void qmsg_server_rest_locked(struct qmsg_server *s)
{
	if (is_by_itself(s))
		return;
	unlink_served(s);
	want_locked(s, 0, queue_of(s->want));
}

/* What @s serves is not worth more than @serve any more. */
void qmsg_server_cap_locked(struct qmsg_server *s, u8 serve)
{
	want_locked(s, min(serve, serve_of(s->want)), queue_of(s->want));
}

/* @req is over, or nobody's: whoever serves it need not run with its priority. */
void qmsg_servers_dismiss_locked(struct qmsg_request *req)
{
	while (!hlist_empty(&req->servers))
		qmsg_server_rest_locked(hlist_entry(req->servers.first, struct qmsg_server,
						    serving_node));
}

/* S6.5, S4.12, and the opposite (not S6.6): what waits at the front has changed. */
void qmsg_servers_boost_locked(struct qmsg_channel *ch)
{
	struct qmsg_server *s;

	lockdep_assert_held(ch->lock);
	ch->boost = ch->queue.boost;
	list_for_each_entry(s, &ch->servers, node)
		want_locked(s, serve_of(s->want), ch->boost);
}

/* S6.7: as if it had just received it. An orphan's client does not wait for anything. */
static int take_up(struct qmsg_server *s, struct qmsg_request *req)
{
	struct qmsg_channel *ch = req->channel;
	int err = -ESRCH;

	if (!qmsg_state_received(READ_ONCE(req->state)))
		return err;
	if (READ_ONCE(s->channel) != ch)
		qmsg_server_leave(s);
	spin_lock(ch->lock);
	if (qmsg_state_received(req->state) && !ch->dead) {
		qmsg_server_join_locked(s, ch);
		req->node.boost = req->state == QMSG_ORPHAN ? 0 : qmsg_request_boost(req);
		qmsg_server_take_locked(s, &req->node);
		err = 0;
	}
	qmsg_channel_unlock(ch);
	qmsg_server_settle(s);
	return err;
}

static void put_down(struct qmsg_server *s)
{
	struct qmsg_channel *ch = qmsg_server_channel(s);

	if (!ch)
		return;
	spin_lock(ch->lock);
	if (s->channel == ch)
		qmsg_server_rest_locked(s);
	qmsg_channel_unlock(ch);
	qmsg_channel_put(ch);
}

static long take_up_id(struct qmsg_ctx *ctx, s64 rcvid)
{
	struct qmsg_request *req = qmsg_rcvid_find(&ctx->rcvids, rcvid);
	struct qmsg_server *s;
	long err;

	if (!req)
		return -ESRCH;
	s = qmsg_server_current(ctx);
	err = IS_ERR(s) ? PTR_ERR(s) : take_up(s, req);
	qmsg_request_put(req);
	return err;
}

long qmsg_ioctl_msg_current(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	const struct qmsg_msg_current *args = ucmd;
	struct qmsg_server *s;

	if (args->rcvid)
		return take_up_id(ctx, args->rcvid);
	s = qmsg_server_find(ctx);
	if (s)
		put_down(s);
	return 0;
}
