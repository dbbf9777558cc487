/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Moving bytes.
 *
 * DOC: A message is copied into the kernel by its sender and out of it by the server,
 * a reply the other way, so each side only ever touches its own memory, in its own
 * context, holding no lock. Whoever's buffer is bad has the error, and nobody sleeps
 * on another's page fault (D17). What a server has been shown does not change. Nothing
 * here knows of messages, channels or states.
 */
#ifndef QMSG_TRANSFER_H
#define QMSG_TRANSFER_H

#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/uio.h>

#include "qmsg.h"

#define QMSG_IOV_FAST	4

/* A user's buffer in pieces, checked and held by the kernel. */
struct qmsg_iov {
	struct iovec *vec;
	u32 nr;
	size_t len;
	struct iovec fast[QMSG_IOV_FAST];
};

int qmsg_iov_import(struct qmsg_iov *iov, u64 ptr, u64 len, bool is_vec);
void qmsg_iov_free(struct qmsg_iov *iov);

/* Message bytes in the kernel; charged to the user until freed. */
struct qmsg_buffer {
	refcount_t ref;
	struct qmsg_user *user;		/* who is charged, with a reference */
	struct list_head node;		/* the owner's; under the channel's lock */
	u64 offset;			/* the owner's: where it goes */
	size_t len;
	u8 data[];
};

struct qmsg_buffer *qmsg_buffer_from_user(struct qmsg_user *user, const struct qmsg_iov *iov,
					  size_t len);
void qmsg_buffer_put(struct qmsg_buffer *buf);
void qmsg_buffers_put(struct list_head *buffers);
void qmsg_buffer_charge_to(struct qmsg_buffer *buf, struct qmsg_user *user);
int qmsg_buffer_to_user(const struct qmsg_buffer *buf, size_t from, const struct qmsg_iov *iov,
			size_t at, size_t len);
int qmsg_bytes_to_user(const void *bytes, size_t len, const struct qmsg_iov *iov);

#endif /* QMSG_TRANSFER_H */
