/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bytes of messages and replies in the kernel.
 *
 * DOC: A message is copied into the kernel by its sender and out of it by the server, a reply
 * the other way. Long ones are not, see window.h.
 *
 * A buffer is charged to a user while it has bytes in it. Short ones that the client has made
 * are *kept* for it when they are done with, so that a call that is made again and again
 * allocates nothing. It makes one for a reply as well, before it is sent: what is kept for
 * it is never a server's memory. Nothing here knows of messages, channels or states.
 */
#ifndef QMSG_BUFFER_H
#define QMSG_BUFFER_H

#include <linux/list.h>
#include <linux/refcount.h>

#include "iov.h"

/* Longer replies get a buffer when they are given. */
#define QMSG_PREPARED_MAX	1024

struct qmsg_buffer {
	refcount_t ref;
	bool own;			/* made by the client, to be kept; set at creation */
	struct qmsg_user *user;		/* who is charged; lives as long as whoever has the buffer */
	struct list_head node;		/* the owner's; under the channel's lock */
	u64 offset;			/* the owner's: where it goes */
	size_t len;
	size_t room;			/* set at creation */
	u8 data[] __aligned(sizeof(u64));
};

struct qmsg_buffer *qmsg_buffer_fill(struct qmsg_buffer **kept, struct qmsg_user *user,
				     const struct qmsg_iov *iov, size_t len, bool own);
struct qmsg_buffer *qmsg_buffer_blank(struct qmsg_buffer **kept, struct qmsg_user *user,
				      size_t len);
void qmsg_buffer_make_room(struct qmsg_buffer **kept, size_t len);
void qmsg_buffer_put(struct qmsg_buffer *buf);
void qmsg_buffers_put(struct list_head *buffers);
void qmsg_buffer_keep(struct qmsg_buffer **kept, struct qmsg_buffer *buf);
void qmsg_buffers_keep(struct qmsg_buffer **kept, struct list_head *buffers);
void qmsg_buffer_drop_kept(struct qmsg_buffer **kept);
void qmsg_buffer_charge_to(struct qmsg_buffer *buf, struct qmsg_user *user);
int qmsg_buffer_to_user(const struct qmsg_buffer *buf, size_t from, const struct qmsg_iov *iov,
			size_t at, size_t len);

/*
 * The first @len bytes of @iov in a buffer, charged to @user. NULL for no bytes: the common
 * empty message costs nothing.
 */
static inline struct qmsg_buffer *qmsg_buffer_from_user(struct qmsg_buffer **kept,
							struct qmsg_user *user,
							const struct qmsg_iov *iov, size_t len,
							bool own)
{
	return len ? qmsg_buffer_fill(kept, user, iov, len, own) : NULL;
}

/* The caller, a client, expects up to @len bytes. */
static inline void qmsg_buffer_prepare(struct qmsg_buffer **kept, size_t len)
{
	struct qmsg_buffer *buf = *kept;

	len = min_t(size_t, len, QMSG_PREPARED_MAX);
	if (len && unlikely(!buf || buf->room < len))
		qmsg_buffer_make_room(kept, len);
}

#endif /* QMSG_BUFFER_H */
