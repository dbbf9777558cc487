/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Receive ids.
 *
 * DOC: A receive id is a slot of the server's table and the slot's generation in one
 * number: with 2^k slots its low k bits are the slot. Ids are given out by counting up
 * from a random start and passing over the slots that are taken. What is counted is the id's
 * serial, the id is as much of it as the width allows: so no id comes back before all others of
 * its width have been, whatever the slots do (D4). When the table doubles, ids keep their values
 * and their slots stay distinct: low k+1 bits are distinct where low k bits were.
 *
 * An id resolves to the request it was given to or to nothing: this is promise P1.
 *
 * The table's lock is that of all channels of its context too. Whatever happens to a message
 * there, happens to its id as well: two locks would always be taken together, and those who
 * receive on one channel would meet those of another all the same.
 */
#ifndef QMSG_RCVID_H
#define QMSG_RCVID_H

#include <linux/atomic.h>
#include <linux/rbtree.h>
#include <linux/spinlock.h>

#include "qmsg.h"

struct qmsg_rcvids {
	spinlock_t lock;		/* also of the context's channels */
	/* Set before the first channel. */
	unsigned int bits;
	u64 mask;			/* of as many bits */

	/* Under @lock. */
	struct qmsg_request **slot;
	u32 nslots;			/* only grows; 0 or a power of two */
	u32 slot_mask;			/* of an id: its slot */
	u32 reserved;			/* at most half of @nslots */
	u64 next;			/* the serial of the next id to try */
	struct rb_root kept;		/* see known.h */
	u32 nkept;
};

#define QMSG_RCVID_BITS_MIN	8
#define QMSG_RCVID_BITS_MAX	63

void qmsg_rcvids_init(struct qmsg_rcvids *t, unsigned int bits);
void qmsg_rcvids_set_bits(struct qmsg_rcvids *t, unsigned int bits);
void qmsg_rcvids_free(struct qmsg_rcvids *t);
int qmsg_rcvids_grow(struct qmsg_rcvids *t);
bool qmsg_rcvid_reserve_locked(struct qmsg_rcvids *t);
void qmsg_rcvid_give_locked(struct qmsg_rcvids *t, struct qmsg_request *req);
void qmsg_rcvid_end_locked(struct qmsg_rcvids *t, struct qmsg_request *req);
void qmsg_rcvid_drop_locked(struct qmsg_rcvids *t, struct qmsg_request *req);
u64 qmsg_rcvid_serial(struct qmsg_rcvids *t, u64 id);
struct qmsg_request *qmsg_rcvid_look_locked(const struct qmsg_rcvids *t, s64 rcvid);
struct qmsg_request *qmsg_rcvid_find(struct qmsg_rcvids *t, s64 rcvid);

#endif /* QMSG_RCVID_H */
