// SPDX-License-Identifier: GPL-2.0-only
/* A client's memory, open to the server while the client waits: moving bytes through it. */

#include <linux/fault-inject-usercopy.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "pin.h"
#include "window.h"

/* Most that is moved without letting go of the lock. */
#define MOVE_PIECE	SZ_64K

/* Where something is in a span; begins as zero, and at @skip bytes from there. */
struct span_at {
	u32 i;
	size_t in;
	size_t skip;
};

/* One copy: bytes of a span and bytes of the caller's memory. */
struct move {
	struct qmsg_window *w;
	const struct qmsg_span *span;
	bool write;			/* to the span */
	struct span_at s;
	size_t pos;			/* that is @s, from the beginning */
	const struct qmsg_iov *iov;
	struct qmsg_iov_at u;
};

unsigned int qmsg_window_min = 4096;
unsigned int qmsg_short_max = QMSG_SHORT;

/* With 0 nothing is copied once, so nothing is too long for that to be copied by words. */
static int set_window_min(const char *val, const struct kernel_param *param)
{
	int err = param_set_uint(val, param);

	if (!err)
		WRITE_ONCE(qmsg_short_max, min_t(u32, QMSG_SHORT, qmsg_window_min - 1));
	return err;
}

static const struct kernel_param_ops window_min_ops = {
	.set = set_window_min,
	.get = param_get_uint,
};

module_param_cb(window_min, &window_min_ops, &qmsg_window_min, 0644);
__MODULE_PARM_TYPE(window_min, "uint");
MODULE_PARM_DESC(window_min,
	"Messages and replies of as many bytes are copied once, from or to pinned pages; 0: none (4096)");

void qmsg_window_init(struct qmsg_window *w)
{
	mutex_init(&w->lock);
	w->used = false;
	w->open = false;
}

static void open_window(struct qmsg_window *w)
{
	w->used = true;
	w->written = 0;
	/* Seen by others when the request is posted, under the channel's lock. */
	w->open = true;
}

int qmsg_window_pin_message(struct qmsg_window *w, struct qmsg_user *user,
			    const struct qmsg_iov *iov)
{
	int err = qmsg_pin(&w->message, user, &w->payer, iov, iov->len, false);

	if (!err)
		open_window(w);
	return err;
}

int qmsg_window_pin_reply(struct qmsg_window *w, struct qmsg_user *user,
			  const struct qmsg_iov *iov, size_t len)
{
	int err = qmsg_pin(&w->reply, user, &w->payer, iov, len, true);

	if (!err)
		open_window(w);
	return err;
}

/* Whoever is copying has at most one piece to go. */
size_t qmsg_window_take_down(struct qmsg_window *w)
{
	size_t written;

	mutex_lock(&w->lock);
	w->open = false;
	written = w->written;
	mutex_unlock(&w->lock);
	qmsg_unpin(&w->message, w->payer, false);
	qmsg_unpin(&w->reply, w->payer, written);
	qmsg_pin_payer_put(&w->payer);
	w->used = false;
	return written;
}

/* The address of what @at is in, and at most *@n bytes from there in one run. */
static void *span_piece(const struct qmsg_span *span, const struct span_at *at, size_t *n)
{
	const struct qmsg_run *run = &span->run[at->i];

	*n = min(*n, run->len - at->in);
	return page_address(run->page) + run->offset + at->in;
}

static void span_skip(const struct qmsg_span *span, struct span_at *at, size_t n)
{
	/* The next run is looked at when there is something to do in it. */
	if (likely(n < span->run[at->i].len - at->in)) {
		at->in += n;
		return;
	}
	while (n) {
		size_t here = min(n, span->run[at->i].len - at->in);

		at->in += here;
		n -= here;
		if (at->in == span->run[at->i].len) {
			at->i++;
			at->in = 0;
		}
	}
}

static void moved_locked(struct move *m, size_t n)
{
	if (!n)
		return;
	span_skip(m->span, &m->s, n);
	m->pos += n;
	if (m->write)
		m->w->written = max(m->w->written, m->pos);
}

/* What the span is, is known only while the window is open. */
static bool begin_locked(struct move *m)
{
	if (!m->w->open)
		return false;
	if (m->s.skip) {
		span_skip(m->span, &m->s, m->s.skip);
		m->s.skip = 0;
	}
	return true;
}

/*
 * At most @len bytes, without faults. Returns how many; fewer where it would fault. What is
 * @user's was checked when it was taken over, and the other side is whole pages of somebody's:
 * so a run costs no more than its bytes.
 */
static size_t move_now_locked(struct move *m, void __user *user, size_t len)
{
	size_t done = 0, left = should_fail_usercopy();

	pagefault_disable();
	while (done < len && !left) {
		size_t n = len - done;
		void *kernel = span_piece(m->span, &m->s, &n);

		left = m->write ? raw_copy_from_user(kernel, user + done, n) :
				  raw_copy_to_user(user + done, kernel, n);
		moved_locked(m, n - left);
		done += n - left;
	}
	pagefault_enable();
	return done;
}

/* What is at most a page, between the span and @bytes. */
static void move_bytes_locked(struct move *m, u8 *bytes, size_t len)
{
	while (len) {
		size_t n = len;
		void *kernel = span_piece(m->span, &m->s, &n);

		if (m->write)
			memcpy(kernel, bytes, n);
		else
			memcpy(bytes, kernel, n);
		moved_locked(m, n);
		bytes += n;
		len -= n;
	}
}

static int move_bytes(struct move *m, u8 *bytes, size_t len)
{
	int err = -ESRCH;

	mutex_lock(&m->w->lock);
	if (begin_locked(m)) {
		move_bytes_locked(m, bytes, len);
		err = 0;
	}
	mutex_unlock(&m->w->lock);
	return err;
}

/* The long way, for what the caller has to fault in. Returns how many, or an error. */
static ssize_t move_slowly(struct move *m, void __user *user, size_t len)
{
	u8 *bounce = (u8 *)__get_free_page(GFP_KERNEL_ACCOUNT);
	int err;

	if (!bounce)
		return -ENOMEM;
	len = min_t(size_t, len, PAGE_SIZE);
	if (m->write) {
		err = copy_from_user(bounce, user, len) ? -EFAULT : 0;
		err = err ?: move_bytes(m, bounce, len);
	} else {
		err = move_bytes(m, bounce, len);
		if (!err && copy_to_user(user, bounce, len))
			err = -EFAULT;
	}
	free_page((unsigned long)bounce);
	return err ?: len;
}

/* Returns how many, 0 if that needs a fault, or -ESRCH: the window is closed. */
static ssize_t move_piece(struct move *m, void __user *user, size_t len)
{
	ssize_t done = -ESRCH;

	mutex_lock(&m->w->lock);
	if (begin_locked(m))
		done = move_now_locked(m, user, len);
	mutex_unlock(&m->w->lock);
	return done;
}

static __qmsg_long int move(struct move *m, size_t len)
{
	while (len) {
		size_t n = min_t(size_t, len, MOVE_PIECE);
		void __user *user = qmsg_iov_piece(m->iov, &m->u, &n);
		ssize_t done = move_piece(m, user, n);

		if (!done)
			done = move_slowly(m, user, n);
		if (done < 0)
			return done;
		m->u.in += done;
		len -= done;
		if (len && fatal_signal_pending(current))
			return -EINTR;
	}
	return 0;
}

/*
 * Bytes @from … @from + @len of the message to @iov from @at on. -ESRCH: the client has gone.
 */
int qmsg_window_read(struct qmsg_window *w, size_t from, const struct qmsg_iov *iov, size_t at,
		     size_t len)
{
	struct move m = {
		.w = w, .span = &w->message, .s.skip = from, .pos = from, .iov = iov,
	};

	if (!len)
		return 0;
	qmsg_iov_skip(iov, &m.u, at);
	return move(&m, len);
}

/* The first @len bytes of @iov to the reply buffer from @to on; it has room. */
int qmsg_window_write(struct qmsg_window *w, size_t to, const struct qmsg_iov *iov, size_t len)
{
	struct move m = {
		.w = w, .span = &w->reply, .write = true, .s.skip = to, .pos = to, .iov = iov,
	};

	return len ? move(&m, len) : 0;
}
