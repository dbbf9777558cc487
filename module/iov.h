/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A user's buffer in pieces, and copying between it and the kernel.
 *
 * DOC: Each side only ever touches its own memory, in its own context, holding no lock, so
 * whoever's buffer is bad has the error, and nobody sleeps on another's page fault (D17).
 */
#ifndef QMSG_IOV_H
#define QMSG_IOV_H

#include <linux/uaccess.h>
#include <linux/uio.h>

#include "qmsg.h"

#define QMSG_IOV_FAST	4

/* Checked and held by the kernel. */
struct qmsg_iov {
	struct iovec *vec;	/* @fast, or of its own if there are more */
	u32 nr;
	size_t len;
	struct iovec fast[QMSG_IOV_FAST];
};

/* A place in one; begins as zero. */
struct qmsg_iov_at {
	u32 i;
	size_t in;		/* of @vec[@i] */
};

int qmsg_iov_import_vec(struct qmsg_iov *iov, u64 ptr, u64 nr);
void qmsg_iov_release(struct qmsg_iov *iov);
size_t qmsg_iov_skip(const struct qmsg_iov *iov, struct qmsg_iov_at *at, size_t n);
void __user *qmsg_iov_piece(const struct qmsg_iov *iov, struct qmsg_iov_at *at, size_t *n);

int qmsg_bytes_from_user(void *bytes, size_t len, const struct qmsg_iov *iov);
int qmsg_bytes_to_user(const void *bytes, size_t len, const struct qmsg_iov *iov, size_t at);

/* In one piece, of which address and length are not known yet. */
static inline void qmsg_iov_init(struct qmsg_iov *iov)
{
	iov->vec = iov->fast;
	iov->nr = 1;
}

static inline bool qmsg_iov_in_pieces(const struct qmsg_iov *iov)
{
	return unlikely(iov->nr != 1);
}

/*
 * S2.4: lengths must not overflow. S2.5: addresses must be the user's own. @iov is one that has
 * been initialized, or freed. On success the caller frees it with qmsg_iov_free().
 */
static __always_inline int qmsg_iov_import(struct qmsg_iov *iov, u64 ptr, u64 len, bool is_vec)
{
	if (unlikely(is_vec))
		return qmsg_iov_import_vec(iov, ptr, len);
	if (unlikely(len > QMSG_LEN_MAX))
		return -EOVERFLOW;
	if (len && unlikely(!access_ok(u64_to_user_ptr(ptr), len)))
		return -EFAULT;
	iov->len = len;
	iov->fast[0].iov_base = u64_to_user_ptr(ptr);
	iov->fast[0].iov_len = len;
	return 0;
}

/* What there is to free is rare. As it was initialized after that. */
static inline void qmsg_iov_free(struct qmsg_iov *iov)
{
	if (qmsg_iov_in_pieces(iov))
		qmsg_iov_release(iov);
}

#endif /* QMSG_IOV_H */
