// SPDX-License-Identifier: GPL-2.0-only
/* Bytes of messages and replies in the kernel. */

#include <linux/mm.h>
#include <linux/slab.h>

#include "buffer.h"
#include "limits.h"

/* Room of the smallest, and the largest size that is kept. */
#define ROOM_MIN	256
#define KEPT_MAX	PAGE_SIZE

static long charge_of(size_t len)
{
	return sizeof(struct qmsg_buffer) + len;
}

static struct qmsg_buffer *buffer_alloc(size_t len, bool own)
{
	size_t room = max_t(size_t, len, ROOM_MIN);
	struct qmsg_buffer *buf;

	buf = kvmalloc(struct_size(buf, data, room), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!buf)
		return NULL;
	buf->room = room;
	buf->own = own;
	return buf;
}

/* Where there is no memory, whoever needs it later has the error. */
void qmsg_buffer_make_room(struct qmsg_buffer **kept, size_t len)
{
	kvfree(*kept);
	*kept = buffer_alloc(len, true);
}

/* The kept one, if it is there and large enough: whoever takes it out has it to himself. */
static struct qmsg_buffer *take_kept(struct qmsg_buffer **kept, size_t len)
{
	struct qmsg_buffer *buf = READ_ONCE(*kept) ? xchg(kept, NULL) : NULL;

	if (!buf || likely(buf->room >= len))
		return buf;
	kvfree(buf);
	return NULL;
}

static struct qmsg_buffer *buffer_take(struct qmsg_buffer **kept, struct qmsg_user *user,
				       size_t len, bool own)
{
	struct qmsg_buffer *buf;

	if (qmsg_charge(user, QMSG_QUOTA_BYTES, charge_of(len)))
		return ERR_PTR(-EAGAIN);
	buf = take_kept(kept, len) ?: buffer_alloc(len, own);
	if (!buf) {
		qmsg_uncharge(user, QMSG_QUOTA_BYTES, charge_of(len));
		return ERR_PTR(-ENOMEM);
	}
	refcount_set(&buf->ref, 1);
	buf->user = user;
	buf->offset = 0;
	buf->len = len;
	qmsg_count(QMSG_OBJ_BUFFER, 1);
	return buf;
}

/* One of @len bytes for a client in the kernel to fill. */
struct qmsg_buffer *qmsg_buffer_blank(struct qmsg_buffer **kept, struct qmsg_user *user,
				      size_t len)
{
	return buffer_take(kept, user, len, true);
}

static void buffer_uncharge(struct qmsg_buffer *buf)
{
	qmsg_uncharge(buf->user, QMSG_QUOTA_BYTES, charge_of(buf->len));
	qmsg_count(QMSG_OBJ_BUFFER, -1);
}

void qmsg_buffer_put(struct qmsg_buffer *buf)
{
	if (!buf || !refcount_dec_and_test(&buf->ref))
		return;
	buffer_uncharge(buf);
	kvfree(buf);
}

void qmsg_buffers_put(struct list_head *buffers)
{
	struct qmsg_buffer *buf, *next;

	list_for_each_entry_safe(buf, next, buffers, node)
		qmsg_buffer_put(buf);
}

/* Like qmsg_buffer_put(), by the last to have it. */
void qmsg_buffer_keep(struct qmsg_buffer **kept, struct qmsg_buffer *buf)
{
	buffer_uncharge(buf);
	if (!buf->own || struct_size(buf, data, buf->room) > KEPT_MAX || cmpxchg(kept, NULL, buf))
		kvfree(buf);
}

void qmsg_buffers_keep(struct qmsg_buffer **kept, struct list_head *buffers)
{
	struct qmsg_buffer *buf, *next;

	list_for_each_entry_safe(buf, next, buffers, node)
		qmsg_buffer_keep(kept, buf);
	INIT_LIST_HEAD(buffers);
}

void qmsg_buffer_drop_kept(struct qmsg_buffer **kept)
{
	kvfree(*kept);
	*kept = NULL;
}

/* @user pays from now on, beyond the quota if need be: who has asked for it. */
void qmsg_buffer_charge_to(struct qmsg_buffer *buf, struct qmsg_user *user)
{
	if (buf->user == user)
		return;
	qmsg_charge_anyway(user, QMSG_QUOTA_BYTES, charge_of(buf->len));
	qmsg_uncharge(buf->user, QMSG_QUOTA_BYTES, charge_of(buf->len));
	buf->user = user;
}

/* @own: the caller is the one that it is kept for. */
__qmsg_long struct qmsg_buffer *qmsg_buffer_fill(struct qmsg_buffer **kept, struct qmsg_user *user,
						 const struct qmsg_iov *iov, size_t len, bool own)
{
	struct qmsg_buffer *buf;
	int err;

	buf = buffer_take(kept, user, len, own);
	if (IS_ERR(buf))
		return buf;
	err = qmsg_bytes_from_user(buf->data, len, iov);
	if (!err)
		return buf;
	qmsg_buffer_put(buf);
	return ERR_PTR(err);
}

/* Bytes @from … @from + @len of @buf to the same number of bytes of @iov from @at on. */
int qmsg_buffer_to_user(const struct qmsg_buffer *buf, size_t from, const struct qmsg_iov *iov,
			size_t at, size_t len)
{
	return len ? qmsg_bytes_to_user(buf->data + from, len, iov, at) : 0;
}
