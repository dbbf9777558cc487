// SPDX-License-Identifier: GPL-2.0-only
/* Clients in the kernel: a message from kernel and user memory, and the wait for its answer. */

#include <linux/export.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "channel.h"
#include "compat.h"
#include "connect.h"
#include "connfile.h"
#include "ctx.h"
#include "kclient.h"
#include "limits.h"
#include "park.h"
#include "request.h"

/* A call whose task has stepped aside: all that is needed to go on. */
struct aside {
	struct qmsg_kcall call;
	struct iov_iter reply_data;
	const void *vec;		/* of @reply_data, if it has its own */
	u8 reply[QMSG_KREPLY_ASIDE];
};

static void aside_free(struct aside *aside)
{
	if (!aside)
		return;
	kfree(aside->vec);
	kfree(aside);
}

/* NULL: this one must be waited for. */
static struct aside *aside_make(const struct qmsg_kcall *call)
{
	struct aside *aside;

	if (!call->may_step_aside || call->reply_len > sizeof(aside->reply))
		return NULL;
	if (call->reply_data && !user_backed_iter(call->reply_data))
		return NULL;
	aside = kzalloc(sizeof(*aside), GFP_KERNEL_ACCOUNT);
	if (!aside)
		return NULL;
	aside->call = *call;
	aside->call.head = NULL;
	aside->call.data = NULL;
	aside->call.reply = aside->reply;
	if (!call->reply_data)
		return aside;
	aside->vec = dup_iter(&aside->reply_data, call->reply_data, GFP_KERNEL_ACCOUNT);
	aside->call.reply_data = &aside->reply_data;
	if (aside->vec || iter_is_ubuf(call->reply_data))
		return aside;
	aside_free(aside);
	return NULL;
}

/* With a reference besides the one that qmsg_conn_close() drops. */
static struct qmsg_conn *connect(struct qmsg_ctx *ctx, struct qmsg_channel *ch)
{
	struct qmsg_conn *conn;

	mutex_lock(&ctx->lock);
	conn = qmsg_conn_new(ctx, ch, QMSG_COF_NOSHARE, 0);
	if (!IS_ERR(conn)) {
		kref_get(&conn->ref);
		conn->file_scoid = conn->sconn->scoid;
	}
	mutex_unlock(&ctx->lock);
	return conn;
}

static void end(struct qmsg_ctx *ctx)
{
	qmsg_ctx_end(ctx, QMSG_END_CLOSE);
	qmsg_ctx_put(ctx);
}

/*
 * The file's connection is nobody else's. Who may open the file is the file system's to say.
 * @file: may be NULL until the first call that can step aside.
 */
int qmsg_kclient_open(struct qmsg_kclient *kc, struct qmsg_channel *ch, struct file *file)
{
	struct qmsg_conn *conn;

	if (!qmsg_channel_may_be_used(ch))
		return -EACCES;
	kc->ctx = qmsg_ctx_make(file);
	if (!kc->ctx)
		return -ENOMEM;
	conn = connect(kc->ctx, ch);
	if (!IS_ERR(conn)) {
		kc->conn = conn;
		kc->file = qmsg_connfile_alloc(ch, 0, conn->sconn->scoid);
		if (kc->file)
			return 0;
		qmsg_conn_close(conn);
		qmsg_conn_put(conn);
	}
	end(kc->ctx);
	return PTR_ERR_OR_ZERO(conn) ?: -ENOMEM;
}
EXPORT_SYMBOL_NS_GPL(qmsg_kclient_open, QMSG);

/* What threads of the current process have parked and cannot come back to. */
static void end_parked(struct qmsg_kclient *kc)
{
	if (current->flags & PF_EXITING)
		qmsg_parked_end_mine(kc->ctx);
	else
		qmsg_parked_abandon_mine(kc->ctx);
}

/*
 * For ->flush: a descriptor of @file is closed. With the process' last one, what was sent
 * through it ends, and what is parked: nobody would end it later.
 */
void qmsg_kclient_flush(struct qmsg_kclient *kc, struct file *file)
{
	qmsg_connfile_flush(file, NULL);
	if (unlikely(!list_empty_careful(&kc->ctx->parked)) && qmsg_file_is_closing(file))
		end_parked(kc);
}
EXPORT_SYMBOL_NS_GPL(qmsg_kclient_flush, QMSG);

bool qmsg_is_last_close(struct file *file)
{
	return qmsg_file_is_closing(file);
}
EXPORT_SYMBOL_NS_GPL(qmsg_is_last_close, QMSG);

int qmsg_kclient_scoid(const struct qmsg_kclient *kc)
{
	return kc->conn->sconn->scoid;
}
EXPORT_SYMBOL_NS_GPL(qmsg_kclient_scoid, QMSG);

bool qmsg_kclient_is_to(const struct qmsg_kclient *kc, const struct qmsg_channel *ch)
{
	return kc->conn->sconn->channel == ch;
}
EXPORT_SYMBOL_NS_GPL(qmsg_kclient_is_to, QMSG);

/* Files with @fops have a kernel client each, and are connections to who has /dev/qmsg. */
void qmsg_kclient_files(const struct file_operations *fops)
{
	qmsg_connfile_also(fops);
}
EXPORT_SYMBOL_NS_GPL(qmsg_kclient_files, QMSG);

/* Nobody calls any more. */
void qmsg_kclient_close(struct qmsg_kclient *kc)
{
	qmsg_conn_close(kc->conn);
	qmsg_conn_put(kc->conn);
	qmsg_connfile_put(kc->file);
	end(kc->ctx);
}
EXPORT_SYMBOL_NS_GPL(qmsg_kclient_close, QMSG);

/* A message has one piece in the kernel's memory; what it has of the caller's is copied. */
static int fill_message(struct qmsg_request *req, const struct qmsg_kcall *call)
{
	size_t n = call->data ? iov_iter_count(call->data) : 0;
	size_t len = call->head_len + n;
	struct qmsg_buffer *buf;

	if (len > QMSG_LEN_MAX || len < n)
		return -EOVERFLOW;
	req->srclen = len;
	buf = qmsg_buffer_blank(&req->kept_message, req->user, len);
	if (IS_ERR(buf))
		return PTR_ERR(buf);
	req->message = buf;
	memcpy(buf->data, call->head, call->head_len);
	if (n && copy_from_iter(buf->data + call->head_len, n, call->data) != n)
		return -EFAULT;
	return 0;
}

static int fill(struct qmsg_request *req, const struct qmsg_kcall *call)
{
	size_t n = call->reply_data ? iov_iter_count(call->reply_data) : 0;

	if (n > QMSG_LEN_MAX - call->reply_len)
		return -EOVERFLOW;
	req->policy.restarts = true;
	req->dstlen = call->reply_len + n;
	return fill_message(req, call);
}

/* The request, posted, with the client's reference. */
static struct qmsg_request *post(struct qmsg_kclient *kc, const struct qmsg_kcall *call)
{
	const struct qmsg_msg_send args = {
		.send_deadline = QMSG_NO_DEADLINE,
		.reply_deadline = QMSG_NO_DEADLINE,
	};
	struct qmsg_request *req;
	int err;

	kref_get(&kc->conn->ref);
	req = qmsg_request_new(kc->ctx, kc->conn, &args);
	if (IS_ERR(req))
		return req;
	err = fill(req, call);
	if (!err)
		err = qmsg_request_post(req);
	if (!err)
		return req;
	qmsg_request_put(req);
	return ERR_PTR(err);
}

/* The part of @buf that is for the caller's memory: @from of it on, at @at there. */
static int to_iter(struct qmsg_kcall *call, const struct qmsg_buffer *buf, size_t from, size_t at)
{
	size_t n = buf->len - from;
	struct iov_iter there;

	if (at == call->got_data) {
		if (copy_to_iter(buf->data + from, n, call->reply_data) != n)
			return -EFAULT;
		call->got_data += n;
		return 0;
	}
	/* Not in order: beside what the next one begins at. */
	if (!user_backed_iter(call->reply_data) || at < call->got_data)
		return -EIO;
	there = *call->reply_data;
	iov_iter_advance(&there, at - call->got_data);
	return copy_to_iter(buf->data + from, n, &there) == n ? 0 : -EFAULT;
}

static int take_piece(struct qmsg_kcall *call, const struct qmsg_buffer *buf)
{
	size_t n = 0;

	if (buf->offset < call->reply_len) {
		n = min_t(size_t, buf->len, call->reply_len - buf->offset);
		memcpy(call->reply + buf->offset, buf->data, n);
		call->got = max_t(size_t, call->got, buf->offset + n);
	}
	if (n == buf->len || !call->reply_data)
		return 0;
	return to_iter(call, buf, n, buf->offset + n - call->reply_len);
}

static int take_reply(const struct qmsg_request *req, struct qmsg_kcall *call)
{
	const struct qmsg_buffer *buf;
	int err;

	list_for_each_entry(buf, &req->reply, node) {
		if (fatal_signal_pending(current))
			return -EINTR;
		err = take_piece(call, buf);
		if (err)
			return err;
	}
	return 0;
}

/* A server that is not there any more is an I/O error to who knows nothing of servers. */
static long own_error(int err)
{
	switch (err) {
	case -ESRCH:
	case -EBADF:
	case -ENXIO:
		return -EIO;
	/* A quota; to try again at once, as this would say, is of no use. */
	case -EAGAIN:
		return -ENOMEM;
	}
	return err;
}

/* Only those that a program can know: beyond are the kernel's own, which it acts upon. */
static long servers_error(s32 error)
{
	return error > 0 && error <= EHWPOISON ? -error : -EIO;
}

/*
 * What a server gives as status is any number. The caller is told of no more bytes than it has
 * asked for, and, where they are not a user's, of none that were not written.
 */
static long result_of(const struct qmsg_kcall *call, s64 status)
{
	size_t max = call->max;

	if (status < 0)
		return -EIO;
	if (call->reply_data && !user_backed_iter(call->reply_data))
		max = min(max, call->got_data);
	return min_t(u64, status, max);
}

static long take_answer(const struct qmsg_request *req, struct qmsg_kcall *call)
{
	int err;

	/* One that is killed does not come to see its answer. */
	if (req->error || req->state == QMSG_ORPHAN)
		return own_error(req->error ?: -EINTR);
	if (req->answer.restart) {
		set_thread_flag(TIF_SIGPENDING);
		return -ERESTARTNOINTR;
	}
	if (req->answer.error)
		return servers_error(req->answer.error);
	err = take_reply(req, call);
	if (err)
		return err;
	return result_of(call, req->answer.status);
}

/* Workers of io_uring and the like: there is no user mode to come back from. */
static bool is_worker(void)
{
	return current->flags & (PF_KTHREAD | PF_IO_WORKER);
}

/*
 * Something wants this task in user mode, and it cannot go: it does when it has its answer.
 * Signals with handlers are held back already, so only a fatal one ends this. Not counted as
 * load, nor taken for hung.
 */
static void wait_on(struct qmsg_request *req)
{
	while (!qmsg_state_over(smp_load_acquire(&req->state))) {
		if (fatal_signal_pending(current) || is_worker() ||
		    qmsg_pending() == QMSG_PENDING_FATAL) {
			qmsg_wait_kill(req);
			qmsg_wait_grace(req);
			return;
		}
		set_current_state(TASK_IDLE | TASK_WAKEKILL | TASK_FREEZABLE);
		if (!qmsg_state_over(READ_ONCE(req->state)) && !fatal_signal_pending(current))
			schedule();
		__set_current_state(TASK_RUNNING);
	}
}

static long finish(struct qmsg_request *req, struct qmsg_kcall *call, struct aside *aside);

static long resume(struct restart_block *unused)
{
	struct qmsg_request *req = qmsg_unpark();
	struct aside *aside;
	struct file *file;
	long ret;

	if (!req)
		return -EBADF;
	aside = (__force struct aside *)req->parked.uarg;
	file = req->conn->ctx->file;
	ret = finish(req, &aside->call, aside);
	fput(file);
	return ret;
}

static void drop_aside(void __user *uarg)
{
	aside_free((__force struct aside *)uarg);
}

/* 0: it has to wait on, and @aside stays the caller's. */
static long step_aside(struct qmsg_request *req, const struct qmsg_kcall *call,
		       struct aside *aside)
{
	struct qmsg_ctx *ctx = req->conn->ctx;
	struct aside *made;
	long ret;

	if (is_worker() || !ctx->file)
		return 0;
	made = aside ? NULL : aside_make(call);
	if (!aside && !made)
		return 0;
	ret = qmsg_park_with(ctx, req, (__force void __user *)(aside ?: made), resume,
			     drop_aside);
	if (!ret)
		aside_free(made);
	return ret;
}

/* Consumes the client's reference and @aside, unless the task steps aside with them. */
static long finish(struct qmsg_request *req, struct qmsg_kcall *call, struct aside *aside)
{
	long ret;

	cond_resched();
	if (!qmsg_wait(req)) {
		ret = step_aside(req, call, aside);
		if (ret)
			return ret;
		wait_on(req);
	}
	qmsg_wait_leave(req);
	qmsg_release_signals(&req->hold);
	ret = take_answer(req, call);
	if (call->done)
		ret = call->done(call, ret);
	qmsg_request_put(req);
	aside_free(aside);
	return ret;
}

/*
 * The status of the answer, or an error: the server's own, or -EIO if there is no server. What
 * @call->done makes of it, if there is one.
 */
long qmsg_kclient_call(struct qmsg_kclient *kc, struct qmsg_kcall *call)
{
	struct qmsg_request *req;

	if (unlikely(!list_empty_careful(&kc->ctx->parked)))
		qmsg_parked_abandon(kc->ctx);
	call->got = 0;
	call->got_data = 0;
	req = post(kc, call);
	if (IS_ERR(req))
		return own_error(PTR_ERR(req));
	return finish(req, call, NULL);
}
EXPORT_SYMBOL_NS_GPL(qmsg_kclient_call, QMSG);
