/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A client's memory, open to the server while the client waits.
 *
 * DOC: Long messages and replies are copied once: the client pins the pages of its own
 * buffers before it sends, the server copies from or to them. So whoever faults, faults on
 * its own memory here as well (D17): the client when it pins, the server when it copies.
 *
 * The window is *closed* before the client returns, for whatever reason: from then on nobody
 * sees or changes its memory. So that the client need not wait for a server that sleeps on a
 * fault of its own, bytes move in pieces under @lock, without faults; a piece that would
 * fault goes through the kernel (P3).
 *
 * Pins count against RLIMIT_MEMLOCK of the client's user, and as bytes that are held for him.
 * Where one is used up, or the memory is of a kind that cannot be pinned, there is no
 * window, and bytes are copied twice.
 */
#ifndef QMSG_WINDOW_H
#define QMSG_WINDOW_H

#include <linux/mutex.h>

#include "iov.h"

#define QMSG_RUNS_FAST		2

struct page;
struct user_struct;

/* Pages that follow each other in memory. */
struct qmsg_run {
	struct page *page;
	u32 offset;		/* in the first */
	size_t len;
};

struct qmsg_span {
	struct qmsg_run *run;
	u32 nr;
	u32 room;
	u32 pages;		/* charged, and as bytes to @user */
	struct qmsg_user *user;	/* lives as long as the request */
	size_t len;
	struct qmsg_run fast[QMSG_RUNS_FAST];
};

struct qmsg_window {
	/* Set before the request is posted; taken down by who closes it. */
	bool used;
	struct user_struct *payer;	/* of the pins, with a reference */

	struct mutex lock;
	/* Under @lock. */
	bool open;
	struct qmsg_span message, reply;
	size_t written;			/* where the farthest byte of @reply was written, 0: none */
};

void qmsg_window_init(struct qmsg_window *w);
extern unsigned int qmsg_window_min;

/* Up to so many bytes a request has room for in itself; up to the other it uses it. */
#define QMSG_SHORT	128
extern unsigned int qmsg_short_max;

/* Copied by words, and of no use to be shown. */
static inline bool qmsg_is_short(u64 len)
{
	return len <= READ_ONCE(qmsg_short_max);
}

static inline bool qmsg_window_wanted(size_t len)
{
	unsigned int min = READ_ONCE(qmsg_window_min);

	return len >= min && min;
}

int qmsg_window_pin_message(struct qmsg_window *w, struct qmsg_user *user,
			    const struct qmsg_iov *iov);
int qmsg_window_pin_reply(struct qmsg_window *w, struct qmsg_user *user,
			  const struct qmsg_iov *iov, size_t len);
size_t qmsg_window_take_down(struct qmsg_window *w);
int qmsg_window_read(struct qmsg_window *w, size_t from, const struct qmsg_iov *iov, size_t at,
		     size_t len);
int qmsg_window_write(struct qmsg_window *w, size_t to, const struct qmsg_iov *iov, size_t len);

/* Before the client goes on. Returns how much of the reply was written through it. */
static inline size_t qmsg_window_close(struct qmsg_window *w)
{
	return unlikely(w->used) ? qmsg_window_take_down(w) : 0;
}

#endif /* QMSG_WINDOW_H */
