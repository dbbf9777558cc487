/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Receive ids.
 *
 * DOC: A receive id is a slot of the server's table and the slot's generation in one
 * number: with 2^k slots its low k bits are the slot. Ids are given out by counting up
 * from a random start and passing over the slots that are taken, so no id comes back
 * before all others of its width have been, whatever the slots do (D4). When the table
 * doubles, ids keep their values and their slots stay distinct: low k+1 bits are
 * distinct where low k bits were.
 *
 * An id resolves to the request it was given to or to nothing: this is promise P1.
 */
#ifndef QMSG_RCVID_H
#define QMSG_RCVID_H

#include <linux/atomic.h>
#include <linux/rbtree.h>
#include <linux/spinlock.h>

#include "qmsg.h"

struct qmsg_rcvids {
	spinlock_t lock;
	struct qmsg_request **slot;	/* under @lock */
	u32 nslots;			/* under @lock, only grows; a power of two */
	atomic_t reserved;		/* at most half of @nslots */
	u64 next;			/* under @lock; the next id to try */
	unsigned int bits;		/* set before the first channel */
	struct rb_root kept;		/* under @lock; see known.h */
	u32 nkept;			/* under @lock */
};

#define QMSG_RCVID_BITS_MIN	8
#define QMSG_RCVID_BITS_MAX	63

void qmsg_rcvids_init(struct qmsg_rcvids *t, unsigned int bits);
void qmsg_rcvids_free(struct qmsg_rcvids *t);
int qmsg_rcvid_reserve_more(struct qmsg_rcvids *t);
void qmsg_rcvid_give(struct qmsg_rcvids *t, struct qmsg_request *req);
u64 qmsg_rcvid_end(struct qmsg_rcvids *t, struct qmsg_request *req);
void qmsg_rcvid_drop(struct qmsg_rcvids *t, struct qmsg_request *req);
u64 qmsg_rcvid_serial(struct qmsg_rcvids *t, u64 id);
struct qmsg_request *qmsg_rcvid_find(struct qmsg_rcvids *t, s64 rcvid);

static inline void qmsg_rcvid_unreserve(struct qmsg_rcvids *t)
{
	atomic_dec(&t->reserved);
}

/*
 * Makes sure that a slot is there when the request is received: the sender pays for the
 * memory and has the error, the receive cannot fail.
 */
static inline int qmsg_rcvid_reserve(struct qmsg_rcvids *t)
{
	if (likely(atomic_inc_return(&t->reserved) <= READ_ONCE(t->nslots) / 2))
		return 0;
	return qmsg_rcvid_reserve_more(t);
}

#endif /* QMSG_RCVID_H */
