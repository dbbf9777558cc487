// SPDX-License-Identifier: GPL-2.0-only
/* Calls of clients in the kernel: the wait for an answer, and stepping aside from it. */

#include <linux/export.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "connect.h"
#include "ctx.h"
#include "kmessage.h"
#include "park.h"
#include "request.h"
#include "threaddeath.h"

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

/* The request, posted, with the client's reference. */
static struct qmsg_request *post(struct qmsg_kclient *kc, struct qmsg_kcall *call)
{
	struct qmsg_request *req;
	int err;

	if (unlikely(!list_empty_careful(&kc->ctx->parked)))
		qmsg_parked_abandon(kc->ctx);
	call->got = 0;
	call->got_data = 0;
	req = qmsg_kmessage_new(kc, call);
	if (IS_ERR(req))
		return req;
	err = qmsg_request_post(req);
	if (!err)
		return req;
	qmsg_request_put(req);
	return ERR_PTR(err);
}

/* The task cannot step aside. Where it is a worker, it is cancelled that way. */
static void wait_on(struct qmsg_request *req)
{
	if (!qmsg_is_worker()) {
		qmsg_wait_here(req);
		return;
	}
	qmsg_wait_kill(req);
	qmsg_wait_grace(req);
}

static long finish(struct qmsg_request *req, struct qmsg_kcall *call, struct aside *aside);

/*
 * What is executed anew is not the call, but this: so there is no restart any more, and handlers
 * that want one wait for the answer.
 */
static long resume(struct restart_block *unused)
{
	struct qmsg_request *req = qmsg_unpark(resume);
	struct aside *aside;
	struct file *file;
	long ret;

	if (!req)
		return -EBADF;
	aside = (__force struct aside *)req->parked.uarg;
	file = req->conn->ctx->file;
	req->policy.restartable = false;
	ret = finish(req, &aside->call, aside);
	fput(file);
	return ret == -ERESTARTNOINTR ? -EINTR : ret;
}

static void drop_aside(void __user *uarg)
{
	aside_free((__force struct aside *)uarg);
}

/* Where deaths of threads cannot be seen, those of who has stepped aside could not. */
static bool may_step_aside(const struct qmsg_ctx *ctx)
{
	return !qmsg_is_worker() && ctx->file && qmsg_thread_deaths_possible();
}

/*
 * 0: it has to wait on, and @aside stays the caller's. So it has where another thread has closed
 * the descriptor: before it was parked this may not have been seen, and it could not come back.
 */
static long step_aside(struct qmsg_request *req, const struct qmsg_kcall *call,
		       struct aside *aside)
{
	struct qmsg_ctx *ctx = req->conn->ctx;
	struct file *file = ctx->file;
	struct aside *made;
	long ret;

	if (!may_step_aside(ctx))
		return 0;
	made = aside ? NULL : aside_make(call);
	if (!aside && !made)
		return 0;
	ret = qmsg_park_with(ctx, req, (__force void __user *)(aside ?: made), resume,
			     drop_aside);
	if (ret && qmsg_file_is_closing(file) && qmsg_park_undo(req))
		ret = 0;
	if (!ret)
		aside_free(made);
	return ret;
}

/* What is left of @iter is to be what no byte beyond the first @n has gone to or come from. */
static void give_back(struct iov_iter *iter, size_t was, long n)
{
	size_t moved = iter ? was - iov_iter_count(iter) : 0;
	size_t good = max(n, 0L);

	if (moved > good)
		iov_iter_revert(iter, moved - good);
}

/* The request is over. */
static long take(struct qmsg_request *req, struct qmsg_kcall *call)
{
	size_t was = call->reply_data ? iov_iter_count(call->reply_data) : 0;
	long ret;

	qmsg_wait_leave(req);
	qmsg_release_signals(&req->hold);
	ret = qmsg_kmessage_take(req, call);
	give_back(call->reply_data, was, ret);
	return call->done ? call->done(call, ret) : ret;
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
	ret = take(req, call);
	qmsg_request_put(req);
	aside_free(aside);
	return ret;
}

/*
 * The status of the answer, or an error: the server's own, or -EIO if there is no server. What
 * @call->done makes of it, if there is one. Threads of the kernel and
 * tasks that exit, which no signal reaches, wait for nobody.
 */
long qmsg_kclient_call(struct qmsg_kclient *kc, struct qmsg_kcall *call)
{
	size_t was = call->data ? iov_iter_count(call->data) : 0;
	struct qmsg_request *req;
	long ret;

	if (current->flags & (PF_KTHREAD | PF_EXITING))
		return -EIO;
	/* What the server leaves out is nothing of the kernel's. */
	if (call->reply)
		memset(call->reply, 0, call->reply_len);
	req = post(kc, call);
	ret = IS_ERR(req) ? qmsg_kmessage_error(PTR_ERR(req)) : finish(req, call, NULL);
	give_back(call->data, was, ret);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(qmsg_kclient_call, QMSG);

/*
 * A call that may not hold up its task: the answer is waited for as long as one who is killed
 * waits, whatever comes meanwhile. What it says does not matter.
 */
void qmsg_kclient_say(struct qmsg_kclient *kc, struct qmsg_kcall *call)
{
	struct qmsg_request *req = post(kc, call);

	if (IS_ERR(req))
		return;
	cond_resched();
	qmsg_wait_bounded(req);
	qmsg_wait_leave(req);
	qmsg_request_put(req);
}
EXPORT_SYMBOL_NS_GPL(qmsg_kclient_say, QMSG);
