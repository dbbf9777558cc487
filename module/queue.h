/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The send queue of a channel.
 *
 * DOC: Requests and pulses wait in one order: higher priority first, first in first out
 * inside one (S4.3). They are kept in two trees with one running number, so that
 * MsgReceivePulse finds the first pulse without walking over requests. An entry keeps
 * its number when it is taken and put back, and so its place.
 */
#ifndef QMSG_QUEUE_H
#define QMSG_QUEUE_H

#include <linux/bitmap.h>
#include <linux/rbtree.h>

#include "prio.h"
#include "qmsg.h"

/* DISCONNECT pulses go before everything else (S4.4). */
#define QMSG_PRIO_FRONT	256

enum qmsg_kind { QMSG_KIND_REQUEST, QMSG_KIND_PULSE, QMSG_NR_KINDS };

/* All under the channel's lock once posted. */
struct qmsg_qnode {
	struct rb_node rb;
	u64 seq;
	u16 prio;
	u8 boost;	/* what it is worth to its receiver: 0 … 99, at most @prio */
	u8 kind;	/* set at creation */
	bool queued;
};

struct qmsg_queue {
	struct rb_root_cached tree[QMSG_NR_KINDS];
	u32 count[QMSG_NR_KINDS];
	u64 seq;
	u64 refresh_at;		/* ns: next walk over a long queue */

	/* The highest boost in it, and how often each is there. */
	u8 boost;
	bool boost_moved;	/* since the channel's lock was taken */
	DECLARE_BITMAP(boosts, QMSG_BOOST_MAX + 1);
	u32 boosted[QMSG_BOOST_MAX + 1];
};

/* Up to so many requests are looked at on every receive. */
#define QMSG_QUEUE_SHORT	64

static inline bool qmsg_queue_is_empty(const struct qmsg_queue *q)
{
	return !(q->count[QMSG_KIND_REQUEST] | q->count[QMSG_KIND_PULSE]);
}

static inline bool qmsg_queue_is_long(const struct qmsg_queue *q)
{
	return q->count[QMSG_KIND_REQUEST] > QMSG_QUEUE_SHORT;
}

struct qmsg_rank {
	u16 prio;
	u8 boost;
};

/* What is posted has its place behind everything of its priority, and keeps it. */
static inline void qmsg_queue_number(struct qmsg_queue *q, struct qmsg_qnode *n)
{
	n->seq = ++q->seq;
}

void qmsg_queue_init(struct qmsg_queue *q);
void qmsg_queue_add(struct qmsg_queue *q, struct qmsg_qnode *n);
void qmsg_queue_del(struct qmsg_queue *q, struct qmsg_qnode *n);
struct qmsg_qnode *qmsg_queue_first(struct qmsg_queue *q, bool pulses_only);
struct qmsg_qnode *qmsg_queue_first_of(struct qmsg_queue *q, enum qmsg_kind kind);
struct qmsg_qnode *qmsg_queue_last_at(struct qmsg_queue *q, u16 prio);
void qmsg_queue_rerank(struct qmsg_queue *q, struct qmsg_qnode *n, struct qmsg_rank to);
void qmsg_queue_refresh(struct qmsg_queue *q, struct qmsg_rank (*rank_now)(struct qmsg_qnode *n));

#endif /* QMSG_QUEUE_H */
