// SPDX-License-Identifier: GPL-2.0-only
/* A user's buffer in pieces: taking it over, and copying between it and the kernel. */

#include <linux/compat.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "iov.h"
#include "words.h"

/* Between two pieces of this size a killed task stops and others get the CPU. */
#define PIECE	SZ_1M

/* Up to here it is cheaper to move words than to call for a copy. */
#define WORDS	256

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

int qmsg_iov_import_vec(struct qmsg_iov *iov, u64 ptr, u64 nr)
{
	int err = vec_alloc(iov, nr);

	if (err)
		return err;
	err = vec_copy(iov->vec, u64_to_user_ptr(ptr), iov->nr);
	if (!err)
		err = vec_check(iov);
	if (err)
		qmsg_iov_free(iov);
	return err;
}

void qmsg_iov_release(struct qmsg_iov *iov)
{
	if (iov->vec != iov->fast)
		kvfree(iov->vec);
	qmsg_iov_init(iov);
}

/* @at moves on by @n bytes, or to the end. Returns by how many. */
size_t qmsg_iov_skip(const struct qmsg_iov *iov, struct qmsg_iov_at *at, size_t n)
{
	size_t left = n;

	while (left && at->i < iov->nr) {
		size_t here = min(left, iov->vec[at->i].iov_len - at->in);

		at->in += here;
		left -= here;
		if (at->in == iov->vec[at->i].iov_len) {
			at->i++;
			at->in = 0;
		}
	}
	return n - left;
}

/* Where @at is, and at most *@n bytes from there in one piece. Not at the end. */
void __user *qmsg_iov_piece(const struct qmsg_iov *iov, struct qmsg_iov_at *at, size_t *n)
{
	while (at->in == iov->vec[at->i].iov_len) {
		at->i++;
		at->in = 0;
	}
	*n = min(*n, iov->vec[at->i].iov_len - at->in);
	return iov->vec[at->i].iov_base + at->in;
}

/* All of it is in the first piece, and short. */
static __qmsg_hot bool is_short(const struct qmsg_iov *iov, size_t at, size_t len)
{
	return len <= WORDS && iov->nr && at + len <= iov->vec[0].iov_len;
}

static int bytes_in(u8 *to, size_t len, struct iov_iter *from)
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

static noinline int long_from_user(void *bytes, size_t len, const struct qmsg_iov *iov)
{
	struct iov_iter from;

	iov_iter_init(&from, ITER_SOURCE, iov->vec, iov->nr, iov->len);
	return bytes_in(bytes, len, &from);
}

/* The first @len bytes of @iov, which has as many. */
__qmsg_near int qmsg_bytes_from_user(void *bytes, size_t len, const struct qmsg_iov *iov)
{
	if (likely(is_short(iov, 0, len)))
		return qmsg_words_from_user(bytes, iov->vec[0].iov_base, len) ? 0 : -EFAULT;
	return long_from_user(bytes, len, iov);
}

static int bytes_out(const u8 *from, size_t len, struct iov_iter *to)
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

static noinline int long_to_user(const void *bytes, size_t len, const struct qmsg_iov *iov,
				 size_t at)
{
	struct iov_iter to;

	if (len > iov->len - at)
		return -EFAULT;
	iov_iter_init(&to, ITER_DEST, iov->vec, iov->nr, iov->len);
	iov_iter_advance(&to, at);
	return bytes_out(bytes, len, &to);
}

/* To bytes @at … @at + @len of @iov, which is an error if there are not so many. */
__qmsg_near int qmsg_bytes_to_user(const void *bytes, size_t len, const struct qmsg_iov *iov,
				   size_t at)
{
	if (likely(is_short(iov, at, len)))
		return qmsg_words_to_user(iov->vec[0].iov_base + at, bytes, len) ? 0 : -EFAULT;
	return long_to_user(bytes, len, iov, at);
}
