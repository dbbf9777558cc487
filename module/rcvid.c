// SPDX-License-Identifier: GPL-2.0-only
/* Receive ids: slot and generation in one number that only counts up. */

#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "known.h"
#include "rcvid.h"
#include "request.h"

#define SLOTS_FIRST	64
#define SLOTS_MAX	(1u << 21)

static u64 id_mask(const struct qmsg_rcvids *t)
{
	return GENMASK_ULL(t->bits - 1, 0);
}

static u32 slots_max(const struct qmsg_rcvids *t)
{
	return min_t(u64, SLOTS_MAX, 1ULL << (t->bits - 1));
}

void qmsg_rcvids_init(struct qmsg_rcvids *t, unsigned int bits)
{
	spin_lock_init(&t->lock);
	t->bits = bits;
	t->next = get_random_u64();
	t->kept = RB_ROOT;
}

void qmsg_rcvids_free(struct qmsg_rcvids *t)
{
	kvfree(t->slot);
}

static struct qmsg_request **slot_of(const struct qmsg_rcvids *t, u64 id)
{
	return &t->slot[id & (t->nslots - 1)];
}

/* Swaps in @bigger, unless somebody else was faster; returns what is to be freed. */
static void *grow_locked(struct qmsg_rcvids *t, struct qmsg_request **bigger, u32 nslots)
{
	struct qmsg_request **old = t->slot;
	u32 i, nold = t->nslots;

	if (nslots <= nold)
		return bigger;
	t->slot = bigger;
	t->nslots = nslots;
	for (i = 0; i < nold; i++)
		if (old[i])
			*slot_of(t, old[i]->rcvid) = old[i];
	return old;
}

/* @from slots were too few. To twice as many, or the first, if nobody else has done that. */
int qmsg_rcvids_grow(struct qmsg_rcvids *t, u32 from)
{
	u32 nslots = from * 2 ?: min_t(u32, SLOTS_FIRST, slots_max(t));
	struct qmsg_request **bigger;
	void *old;

	if (nslots > slots_max(t))
		return -EAGAIN;
	bigger = kvcalloc(nslots, sizeof(*bigger), GFP_KERNEL_ACCOUNT);
	if (!bigger)
		return -ENOMEM;
	spin_lock(&t->lock);
	old = grow_locked(t, bigger, nslots);
	spin_unlock(&t->lock);
	kvfree(old);
	return 0;
}

/*
 * Makes sure that a slot is there when the request is received: the sender pays for the
 * memory and has the error, the receive cannot fail. False: the table has to grow first.
 */
bool qmsg_rcvid_reserve_locked(struct qmsg_rcvids *t)
{
	if (unlikely(t->reserved >= t->nslots / 2))
		return false;
	t->reserved++;
	return true;
}

/* At most half of the slots are taken and a quarter of the ids kept, so the search ends. */
void qmsg_rcvid_give_locked(struct qmsg_rcvids *t, struct qmsg_request *req)
{
	u64 id;

	do {
		id = t->next++ & id_mask(t);
	} while (unlikely(id == 0 || *slot_of(t, id) || qmsg_kept_has_locked(t, id)));
	req->rcvid = id;
	*slot_of(t, id) = req;
}

/* The last number @id was cut from: what was cut to it before is not the same. */
static u64 serial_locked(const struct qmsg_rcvids *t, u64 id)
{
	u64 last = t->next - 1;

	return last - ((last - id) & id_mask(t));
}

u64 qmsg_rcvid_serial(struct qmsg_rcvids *t, u64 id)
{
	u64 serial;

	spin_lock(&t->lock);
	serial = serial_locked(t, id);
	spin_unlock(&t->lock);
	return serial;
}

/* @req keeps its reservation. Returns the serial of the id it has; if none, 0. */
u64 qmsg_rcvid_drop_locked(struct qmsg_rcvids *t, struct qmsg_request *req)
{
	u64 serial;

	if (!req->rcvid)
		return 0;
	serial = serial_locked(t, req->rcvid);
	*slot_of(t, req->rcvid) = NULL;
	/* Read without the lock by the receiver that has it in hand. */
	WRITE_ONCE(req->rcvid, 0);
	return serial;
}

/* @req needs no id any more. Returns as above. */
u64 qmsg_rcvid_end_locked(struct qmsg_rcvids *t, struct qmsg_request *req)
{
	t->reserved--;
	return qmsg_rcvid_drop_locked(t, req);
}

/* The request @rcvid was given to, or NULL if it is over. */
struct qmsg_request *qmsg_rcvid_look_locked(const struct qmsg_rcvids *t, s64 rcvid)
{
	struct qmsg_request *req;

	if (rcvid <= 0 || !t->nslots)
		return NULL;
	req = *slot_of(t, rcvid);
	return req && req->rcvid == rcvid ? req : NULL;
}

/* Likewise, with a reference. */
struct qmsg_request *qmsg_rcvid_find(struct qmsg_rcvids *t, s64 rcvid)
{
	struct qmsg_request *req;

	spin_lock(&t->lock);
	req = qmsg_rcvid_look_locked(t, rcvid);
	if (req)
		qmsg_request_get(req);
	spin_unlock(&t->lock);
	return req;
}
