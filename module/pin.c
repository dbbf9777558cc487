// SPDX-License-Identifier: GPL-2.0-only
/* Pinning the caller's own pages, and paying for that. */

#include <linux/capability.h>
#include <linux/mm.h>
#include <linux/resource.h>
#include <linux/sched/signal.h>
#include <linux/sched/user.h>
#include <linux/slab.h>

#include "compat.h"
#include "limits.h"
#include "pin.h"

/* So many pages are asked for at a time. */
#define PIN_BATCH	32

static u32 pages_of(const void __user *base, size_t len)
{
	return (offset_in_page(base) + len + PAGE_SIZE - 1) >> PAGE_SHIFT;
}

/* Pages of the first @len bytes of @iov; one that two pieces share counts twice. */
static u32 count_pages(const struct qmsg_iov *iov, size_t len)
{
	u32 i, n = 0;

	for (i = 0; len; i++) {
		size_t here = min(len, iov->vec[i].iov_len);

		n += here ? pages_of(iov->vec[i].iov_base, here) : 0;
		len -= here;
	}
	return n;
}

/* As others do that pin for a user: what he has pinned, by whatever, and one limit for it. */
static int charge_locked_memory(struct user_struct *payer, u32 pages)
{
	unsigned long most = rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;

	if (atomic_long_add_return(pages, &payer->locked_vm) <= most)
		return 0;
	if (has_capability_noaudit(current, CAP_IPC_LOCK))
		return 0;
	atomic_long_sub(pages, &payer->locked_vm);
	return -EAGAIN;
}

static int charge_pins(struct qmsg_user *user, struct user_struct *payer, u32 pages)
{
	int err = qmsg_charge(user, QMSG_QUOTA_BYTES, (long)pages << PAGE_SHIFT);

	if (err)
		return err;
	err = charge_locked_memory(payer, pages);
	if (err)
		qmsg_uncharge(user, QMSG_QUOTA_BYTES, (long)pages << PAGE_SHIFT);
	return err;
}

static void uncharge_pins(struct qmsg_user *user, struct user_struct *payer, u32 pages)
{
	atomic_long_sub(pages, &payer->locked_vm);
	qmsg_uncharge(user, QMSG_QUOTA_BYTES, (long)pages << PAGE_SHIFT);
}

static int make_room(struct qmsg_span *span, u32 runs)
{
	span->nr = 0;
	span->run = span->fast;
	span->room = QMSG_RUNS_FAST;
	if (runs <= QMSG_RUNS_FAST)
		return 0;
	span->run = kvmalloc_array(runs, sizeof(*span->run), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	span->room = runs;
	return span->run ? 0 : -ENOMEM;
}

/* Hardened usercopy wants a copy to stay within what was allocated as one. */
static bool may_be_one(struct page *a, struct page *b)
{
	return page_folio(a) == page_folio(b) ||
	       (!folio_test_large(page_folio(a)) && !folio_test_large(page_folio(b)));
}

static bool follows(const struct qmsg_run *run, struct page *page, u32 offset)
{
	return !offset && (run->offset + run->len) % PAGE_SIZE == 0 &&
	       may_be_one(run->page, page) &&
	       page_to_pfn(page) == page_to_pfn(run->page) +
				    (run->offset + run->len) / PAGE_SIZE;
}

/* @len bytes from @offset of @page on. */
static void add_page(struct qmsg_span *span, struct page *page, u32 offset, size_t len)
{
	struct qmsg_run *last = span->nr ? &span->run[span->nr - 1] : NULL;

	if (last && follows(last, page, offset))
		last->len += len;
	else
		span->run[span->nr++] = (struct qmsg_run) {
			.page = page, .offset = offset, .len = len,
		};
}

/*
 * A file system is asked before a page of a file is written to, so that it can write it back:
 * not behind its back, long after. 6.1 pins such pages all the same.
 */
static bool may_keep(struct page *page, unsigned int flags)
{
	return !(flags & FOLL_WRITE) || folio_test_swapbacked(page_folio(page)) ||
	       folio_test_hugetlb(page_folio(page));
}

/* One piece of memory. What was pinned before an error is in the span. */
static int pin_piece(struct qmsg_span *span, unsigned long base, size_t len, unsigned int flags)
{
	struct page *page[PIN_BATCH] __qmsg_uninitialized;
	bool ok = true;
	int i, n;

	while (len) {
		n = pin_user_pages_fast(base & PAGE_MASK,
					min_t(u32, PIN_BATCH, pages_of((void __user *)base, len)),
					flags, page);
		if (n <= 0)
			return n ?: -EFAULT;
		for (i = 0; i < n; i++) {
			size_t here = min(len, PAGE_SIZE - offset_in_page(base));

			ok &= may_keep(page[i], flags);
			add_page(span, page[i], offset_in_page(base), here);
			base += here;
			len -= here;
		}
		if (!ok)
			return -EOPNOTSUPP;
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	return 0;
}

static int pin_pieces(struct qmsg_span *span, const struct qmsg_iov *iov, size_t len,
		      unsigned int flags)
{
	int err = 0;
	u32 i;

	for (i = 0; len && !err; i++) {
		size_t here = min(len, iov->vec[i].iov_len);

		err = pin_piece(span, (unsigned long)iov->vec[i].iov_base, here, flags);
		len -= here;
	}
	return err;
}

static void let_go(struct qmsg_span *span, bool dirty)
{
	u32 i;

	for (i = 0; i < span->nr; i++) {
		const struct qmsg_run *run = &span->run[i];

		unpin_user_page_range_dirty_lock(run->page,
						 (run->offset + run->len + PAGE_SIZE - 1) >>
						 PAGE_SHIFT, dirty);
	}
	if (span->run != span->fast)
		kvfree(span->run);
}

static int pin_span(struct qmsg_span *span, const struct qmsg_iov *iov, size_t len, u32 pages,
		    bool write)
{
	int err = make_room(span, pages);

	if (err)
		return err;
	err = pin_pieces(span, iov, len, FOLL_LONGTERM | (write ? FOLL_WRITE : 0));
	if (err)
		let_go(span, false);
	return err;
}

/*
 * The first @len bytes of @iov, to read or to @write. A server may take its time, so the
 * pins are long ones. @payer: whose locked memory it is, taken over if it is NULL. Nothing is
 * left of an error, and none says anything about the memory but that it is no good for this.
 */
__qmsg_long int qmsg_pin(struct qmsg_span *span, struct qmsg_user *user, struct user_struct **payer,
			 const struct qmsg_iov *iov, size_t len, bool write)
{
	struct user_struct *me = current_user();
	u32 pages = count_pages(iov, len);
	int err;

	/* Where memory is that the kernel has no address for. */
	if (IS_ENABLED(CONFIG_HIGHMEM))
		return -EOPNOTSUPP;
	err = charge_pins(user, me, pages);
	if (err)
		return err;
	err = pin_span(span, iov, len, pages, write);
	if (err) {
		uncharge_pins(user, me, pages);
		return err;
	}
	span->pages = pages;
	span->user = user;
	span->len = len;
	if (!*payer)
		*payer = get_uid(me);
	return 0;
}

__qmsg_long void qmsg_unpin(struct qmsg_span *span, struct user_struct *payer, bool dirty)
{
	if (!span->len)
		return;
	let_go(span, dirty);
	uncharge_pins(span->user, payer, span->pages);
	WRITE_ONCE(span->len, 0);
}

void qmsg_pin_payer_put(struct user_struct **payer)
{
	free_uid(*payer);
	*payer = NULL;
}
