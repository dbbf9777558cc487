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

static u32 slots_max(const struct qmsg_rcvids *t)
{
	return min_t(u64, SLOTS_MAX, 1ULL << (t->bits - 1));
}

/* Of a table that has none: every id leads here, and to nothing. */
static struct qmsg_request *no_slots[1];

void qmsg_rcvids_set_bits(struct qmsg_rcvids *t, unsigned int bits)
{
	t->bits = bits;
	t->mask = GENMASK_ULL(bits - 1, 0);
}

void qmsg_rcvids_init(struct qmsg_rcvids *t, unsigned int bits)
{
	spin_lock_init(&t->lock);
	t->slot = no_slots;
	t->next = get_random_u64();
	qmsg_rcvids_set_bits(t, bits);
	t->kept = RB_ROOT;
}

void qmsg_rcvids_free(struct qmsg_rcvids *t)
{
	if (t->nslots)
		kvfree(t->slot);
}

static struct qmsg_request **slot_of(const struct qmsg_rcvids *t, u64 id)
{
	return &t->slot[id & t->slot_mask];
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
	t->slot_mask = nslots - 1;
	for (i = 0; i < nold; i++)
		if (old[i])
			*slot_of(t, old[i]->rcvid) = old[i];
	return nold ? old : NULL;
}

static bool is_full_locked(const struct qmsg_rcvids *t)
{
	return t->reserved >= t->nslots / 2;
}

/* How many there are to be; 0: somebody else has made them. */
static u32 slots_wanted(struct qmsg_rcvids *t)
{
	u32 nslots = 0;

	spin_lock(&t->lock);
	if (is_full_locked(t))
		nslots = t->nslots * 2 ?: min_t(u32, SLOTS_FIRST, slots_max(t));
	spin_unlock(&t->lock);
	return nslots;
}

/* All slots were reserved. */
int qmsg_rcvids_grow(struct qmsg_rcvids *t)
{
	u32 nslots = slots_wanted(t);
	struct qmsg_request **bigger;
	void *old;

	if (!nslots)
		return 0;
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
	if (unlikely(is_full_locked(t)))
		return false;
	t->reserved++;
	return true;
}

/*
 * Nobody has @id, and nobody is to be found by it. A request that has had it for so long that its
 * turn has come again has it with that serial.
 */
static bool is_free_locked(struct qmsg_rcvids *t, u64 id, u64 serial)
{
	struct qmsg_request *req = *slot_of(t, id);

	if (unlikely(req && req->rcvid == id))
		req->rcvid_serial = serial;
	return id && !req && !qmsg_kept_has_locked(t, id);
}

/* At most half of the slots are taken and a quarter of the ids kept, so the search ends. */
void qmsg_rcvid_give_locked(struct qmsg_rcvids *t, struct qmsg_request *req)
{
	u64 serial, id;

	do {
		serial = t->next++;
		id = serial & t->mask;
	} while (unlikely(!is_free_locked(t, id, serial)));
	req->rcvid_serial = serial;
	req->rcvid = id;
	*slot_of(t, id) = req;
}

/* The last number @id was cut from: what was cut to it before is not the same. */
u64 qmsg_rcvid_serial(struct qmsg_rcvids *t, u64 id)
{
	u64 last;

	spin_lock(&t->lock);
	last = t->next - 1;
	spin_unlock(&t->lock);
	return last - ((last - id) & t->mask);
}

/* @req keeps its reservation. */
void qmsg_rcvid_drop_locked(struct qmsg_rcvids *t, struct qmsg_request *req)
{
	if (!req->rcvid)
		return;
	*slot_of(t, req->rcvid) = NULL;
	/* Read without the lock by the receiver that has it in hand. */
	WRITE_ONCE(req->rcvid, 0);
}

/* @req needs no id any more. */
void qmsg_rcvid_end_locked(struct qmsg_rcvids *t, struct qmsg_request *req)
{
	t->reserved--;
	qmsg_rcvid_drop_locked(t, req);
}

/* The request @rcvid was given to, or NULL if it is over. None has 0, or one that is negative. */
struct qmsg_request *qmsg_rcvid_look_locked(const struct qmsg_rcvids *t, s64 rcvid)
{
	struct qmsg_request *req = *slot_of(t, rcvid);

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
