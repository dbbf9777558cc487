// SPDX-License-Identifier: GPL-2.0-only
/* Moving bytes between user memory and kernel buffers. */

#include <linux/compat.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "limits.h"
#include "transfer.h"

/* Between two pieces of this size a killed task stops and others get the CPU. */
#define PIECE	SZ_1M

#ifdef CONFIG_COMPAT
static int vec_copy_compat(struct iovec *vec, const void __user *uptr, u32 nr)
{
	const struct compat_iovec __user *uvec = uptr;
	struct compat_iovec one;
	u32 i;

	for (i = 0; i < nr; i++) {
		if (copy_from_user(&one, uvec + i, sizeof(one)))
			return -EFAULT;
		vec[i].iov_base = compat_ptr(one.iov_base);
		vec[i].iov_len = one.iov_len;
	}
	return 0;
}
#endif

static int vec_copy(struct iovec *vec, const void __user *uptr, u32 nr)
{
#ifdef CONFIG_COMPAT
	if (in_compat_syscall())
		return vec_copy_compat(vec, uptr, nr);
#endif
	return copy_from_user(vec, uptr, nr * sizeof(*vec)) ? -EFAULT : 0;
}

/* S2.4: lengths must not overflow. S2.5: addresses must be the user's own. */
static int vec_check(struct qmsg_iov *iov)
{
	u32 i;

	iov->len = 0;
	for (i = 0; i < iov->nr; i++) {
		size_t len = iov->vec[i].iov_len;

		if (len > QMSG_LEN_MAX - iov->len)
			return -EOVERFLOW;
		if (len && !access_ok(iov->vec[i].iov_base, len))
			return -EFAULT;
		iov->len += len;
	}
	return 0;
}

static int vec_alloc(struct qmsg_iov *iov, u64 nr)
{
	iov->vec = iov->fast;
	if (nr > QMSG_IOV_MAX)
		return -EINVAL;
	iov->nr = nr;
	if (nr <= QMSG_IOV_FAST)
		return 0;
	iov->vec = kvmalloc_array(nr, sizeof(*iov->vec), GFP_KERNEL_ACCOUNT);
	return iov->vec ? 0 : -ENOMEM;
}

/* On success the caller frees @iov with qmsg_iov_free(). */
int qmsg_iov_import(struct qmsg_iov *iov, u64 ptr, u64 len, bool is_vec)
{
	int err;

	if (!is_vec) {
		if (len > QMSG_LEN_MAX)
			return -EOVERFLOW;
		iov->vec = iov->fast;
		iov->nr = 1;
		iov->fast[0].iov_base = u64_to_user_ptr(ptr);
		iov->fast[0].iov_len = len;
		return vec_check(iov);
	}
	err = vec_alloc(iov, len);
	if (err)
		return err;
	err = vec_copy(iov->vec, u64_to_user_ptr(ptr), iov->nr);
	if (!err)
		err = vec_check(iov);
	if (err)
		qmsg_iov_free(iov);
	return err;
}

void qmsg_iov_free(struct qmsg_iov *iov)
{
	if (iov->vec != iov->fast)
		kvfree(iov->vec);
	iov->vec = iov->fast;
	iov->nr = 0;
}

static struct qmsg_buffer *buffer_alloc(struct qmsg_user *user, size_t len)
{
	struct qmsg_buffer *buf;

	if (qmsg_charge(user, QMSG_QUOTA_BYTES, struct_size(buf, data, len)))
		return ERR_PTR(-EAGAIN);
	buf = kvmalloc(struct_size(buf, data, len), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!buf) {
		qmsg_uncharge(user, QMSG_QUOTA_BYTES, struct_size(buf, data, len));
		return ERR_PTR(-ENOMEM);
	}
	refcount_set(&buf->ref, 1);
	buf->user = qmsg_user_ref(user);
	buf->offset = 0;
	buf->len = len;
	qmsg_count(QMSG_OBJ_BUFFER, 1);
	return buf;
}

void qmsg_buffer_put(struct qmsg_buffer *buf)
{
	if (!buf || !refcount_dec_and_test(&buf->ref))
		return;
	qmsg_uncharge(buf->user, QMSG_QUOTA_BYTES, struct_size(buf, data, buf->len));
	qmsg_user_put(buf->user);
	qmsg_count(QMSG_OBJ_BUFFER, -1);
	kvfree(buf);
}

void qmsg_buffers_put(struct list_head *buffers)
{
	struct qmsg_buffer *buf, *next;

	list_for_each_entry_safe(buf, next, buffers, node)
		qmsg_buffer_put(buf);
}

/* @user pays from now on, beyond the quota if need be: who has asked for it. */
void qmsg_buffer_charge_to(struct qmsg_buffer *buf, struct qmsg_user *user)
{
	long size = struct_size(buf, data, buf->len);

	qmsg_charge_anyway(user, QMSG_QUOTA_BYTES, size);
	qmsg_uncharge(buf->user, QMSG_QUOTA_BYTES, size);
	qmsg_user_put(buf->user);
	buf->user = qmsg_user_ref(user);
}

static int copy_in(u8 *to, size_t len, struct iov_iter *from)
{
	while (len) {
		size_t n = min_t(size_t, len, PIECE);

		if (copy_from_iter(to, n, from) != n)
			return -EFAULT;
		to += n;
		len -= n;
		if (len && fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

/*
 * The first @len bytes of @iov in a new buffer, charged to @user.
 * NULL for no bytes: the common empty message costs nothing.
 */
struct qmsg_buffer *qmsg_buffer_from_user(struct qmsg_user *user, const struct qmsg_iov *iov,
					  size_t len)
{
	struct qmsg_buffer *buf;
	struct iov_iter from;
	int err;

	if (!len)
		return NULL;
	buf = buffer_alloc(user, len);
	if (IS_ERR(buf))
		return buf;
	iov_iter_init(&from, ITER_SOURCE, iov->vec, iov->nr, iov->len);
	err = copy_in(buf->data, len, &from);
	if (!err)
		return buf;
	qmsg_buffer_put(buf);
	return ERR_PTR(err);
}

static int copy_out(const u8 *from, size_t len, struct iov_iter *to)
{
	while (len) {
		size_t n = min_t(size_t, len, PIECE);

		if (copy_to_iter(from, n, to) != n)
			return -EFAULT;
		from += n;
		len -= n;
		if (len && fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

/* Bytes @from … @from + @len of @buf to the same number of bytes of @iov from @at on. */
int qmsg_buffer_to_user(const struct qmsg_buffer *buf, size_t from, const struct qmsg_iov *iov,
			size_t at, size_t len)
{
	struct iov_iter to;

	if (!len)
		return 0;
	iov_iter_init(&to, ITER_DEST, iov->vec, iov->nr, iov->len);
	iov_iter_advance(&to, at);
	return copy_out(buf->data + from, len, &to);
}

int qmsg_bytes_to_user(const void *bytes, size_t len, const struct qmsg_iov *iov)
{
	struct iov_iter to;

	if (len > iov->len)
		return -EFAULT;
	iov_iter_init(&to, ITER_DEST, iov->vec, iov->nr, iov->len);
	return copy_out(bytes, len, &to);
}
