// SPDX-License-Identifier: GPL-2.0-only
/* The send queue: priority order, first in first out inside a priority. */

#include <linux/ktime.h>

#include "queue.h"

void qmsg_queue_init(struct qmsg_queue *q)
{
	int kind;

	for (kind = 0; kind < QMSG_NR_KINDS; kind++)
		q->tree[kind] = RB_ROOT_CACHED;
}

static bool before(const struct qmsg_qnode *a, const struct qmsg_qnode *b)
{
	if (a->prio != b->prio)
		return a->prio > b->prio;
	return a->seq < b->seq;
}

static bool rb_before(struct rb_node *a, const struct rb_node *b)
{
	return before(rb_entry(a, struct qmsg_qnode, rb), rb_entry(b, struct qmsg_qnode, rb));
}

static void add_boost(struct qmsg_queue *q, u8 boost)
{
	if (!q->boosted[boost]++)
		__set_bit(boost, q->boosts);
	q->boost = max(q->boost, boost);
	q->boost_moved = true;
}

static void del_boost(struct qmsg_queue *q, u8 boost)
{
	if (--q->boosted[boost])
		return;
	q->boost_moved = true;
	__clear_bit(boost, q->boosts);
	q->boost = bitmap_empty(q->boosts, QMSG_BOOST_MAX + 1) ? 0 :
		   find_last_bit(q->boosts, QMSG_BOOST_MAX + 1);
}

void qmsg_queue_add(struct qmsg_queue *q, struct qmsg_qnode *n)
{
	rb_add_cached(&n->rb, &q->tree[n->kind], rb_before);
	n->queued = true;
	q->count[n->kind]++;
	if (n->boost)
		add_boost(q, n->boost);
}

void qmsg_queue_del(struct qmsg_queue *q, struct qmsg_qnode *n)
{
	rb_erase_cached(&n->rb, &q->tree[n->kind]);
	n->queued = false;
	q->count[n->kind]--;
	if (n->boost)
		del_boost(q, n->boost);
}

struct qmsg_qnode *qmsg_queue_first_of(struct qmsg_queue *q, enum qmsg_kind kind)
{
	return rb_entry_safe(rb_first_cached(&q->tree[kind]), struct qmsg_qnode, rb);
}

struct qmsg_qnode *qmsg_queue_first(struct qmsg_queue *q, bool pulses_only)
{
	struct qmsg_qnode *pulse = qmsg_queue_first_of(q, QMSG_KIND_PULSE);
	struct qmsg_qnode *request;

	if (pulses_only)
		return pulse;
	request = qmsg_queue_first_of(q, QMSG_KIND_REQUEST);
	if (!pulse || !request)
		return pulse ?: request;
	return before(pulse, request) ? pulse : request;
}

static struct qmsg_qnode *last_of_at(struct qmsg_queue *q, enum qmsg_kind kind, u16 prio)
{
	struct rb_node *rb = q->tree[kind].rb_root.rb_node;
	struct qmsg_qnode *last = NULL;

	while (rb) {
		struct qmsg_qnode *n = rb_entry(rb, struct qmsg_qnode, rb);

		if (n->prio == prio)
			last = n;
		rb = n->prio >= prio ? rb->rb_right : rb->rb_left;
	}
	return last;
}

/* The entry that something new of priority @prio would come right behind. */
struct qmsg_qnode *qmsg_queue_last_at(struct qmsg_queue *q, u16 prio)
{
	struct qmsg_qnode *pulse = last_of_at(q, QMSG_KIND_PULSE, prio);
	struct qmsg_qnode *request = last_of_at(q, QMSG_KIND_REQUEST, prio);

	if (!pulse || !request)
		return pulse ?: request;
	return before(pulse, request) ? request : pulse;
}

/* @n, which is queued, has another rank now. */
void qmsg_queue_rerank(struct qmsg_queue *q, struct qmsg_qnode *n, struct qmsg_rank to)
{
	if (to.prio == n->prio && to.boost == n->boost)
		return;
	qmsg_queue_del(q, n);
	n->prio = to.prio;
	n->boost = to.boost;
	qmsg_queue_add(q, n);
}

static noinline void refresh_all(struct qmsg_queue *q,
				 struct qmsg_rank (*rank_now)(struct qmsg_qnode *n))
{
	struct rb_node *rb, *next;

	for (rb = rb_first_cached(&q->tree[QMSG_KIND_REQUEST]); rb; rb = next) {
		struct qmsg_qnode *n = rb_entry(rb, struct qmsg_qnode, rb);

		next = rb_next(rb);
		qmsg_queue_rerank(q, n, rank_now(n));
	}
}

/* In a long queue that takes at most a hundredth of the time: the longer a walk, the rarer. */
static noinline void look_through(struct qmsg_queue *q,
				  struct qmsg_rank (*rank_now)(struct qmsg_qnode *n))
{
	u64 start;

	if (!qmsg_queue_is_long(q)) {
		refresh_all(q, rank_now);
		return;
	}
	start = ktime_get_ns();
	if (start < q->refresh_at)
		return;
	refresh_all(q, rank_now);
	q->refresh_at = start + 100 * (ktime_get_ns() - start);
}

/*
 * Queue places follow later changes of the clients' priorities (S6.1, T10). A module
 * is not told of such a change, so it is looked for when somebody receives. A single request has
 * nobody to change places with.
 */
__qmsg_hot void qmsg_queue_refresh(struct qmsg_queue *q,
				   struct qmsg_rank (*rank_now)(struct qmsg_qnode *n))
{
	if (q->count[QMSG_KIND_REQUEST] >= 2 || q->count[QMSG_KIND_PULSE])
		look_through(q, rank_now);
}
