/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A picture of what there is, for one who looks.
 *
 * DOC: It is taken at once, into memory of the one who asked, because what is looked at is
 * under spinlocks and its order changes all the time. All that belongs to one channel
 * is of one moment. What the picture had no room for is counted, and it is taken again.
 */
#ifndef QMSG_SEEN_H
#define QMSG_SEEN_H

#include "viewer.h"

struct sk_buff;

struct qmsg_seen {
	const struct qmsg_seen_kind *kind;
	struct qmsg_viewer viewer;
	void *items;
	size_t n, room;		/* of items */
	size_t missed;		/* had no room */
	size_t shown;		/* have been told already */
	int err;		/* why something is missing in it */
};

/* One kind of thing that can be seen. */
struct qmsg_seen_kind {
	size_t size;		/* of an item */
	/* Each for one context, without a lock; NULL: not looked for there. */
	void (*of_ctx)(struct qmsg_seen *seen, struct qmsg_ctx *ctx);
	/* What belongs to no context. */
	void (*global)(struct qmsg_seen *seen);
	int (*put)(struct sk_buff *skb, const void *item);
};

extern const struct qmsg_seen_kind qmsg_seen_channels, qmsg_seen_connections,
	qmsg_seen_requests, qmsg_seen_receivers, qmsg_seen_names, qmsg_seen_limits,
	qmsg_seen_stats;

int qmsg_seen_take(struct qmsg_seen *seen);
void *qmsg_seen_add(struct qmsg_seen *seen);

static inline const void *qmsg_seen_item(const struct qmsg_seen *seen, size_t i)
{
	return seen->items + i * seen->kind->size;
}

#endif /* QMSG_SEEN_H */
