// SPDX-License-Identifier: GPL-2.0-only
/* A context: open, who may use it, how it ends. */

#include <linux/cred.h>
#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "channel.h"
#include "connect.h"
#include "ctx.h"
#include "fdinfo.h"
#include "intr.h"
#include "ioctl.h"
#include "limits.h"
#include "owner.h"
#include "park.h"
#include "proc.h"
#include "registered.h"
#include "request.h"
#include "threaddeath.h"
#include "timer.h"

static struct qmsg_ctx *ctx_alloc(void)
{
	struct qmsg_ctx *ctx = kzalloc(sizeof(*ctx), GFP_KERNEL_ACCOUNT);

	if (!ctx)
		return NULL;
	kref_init(&ctx->ref);
	mutex_init(&ctx->lock);
	xa_init_flags(&ctx->sides, XA_FLAGS_ALLOC1);
	INIT_LIST_HEAD(&ctx->registered);
	xa_init_flags(&ctx->timers, XA_FLAGS_ALLOC);
	spin_lock_init(&ctx->sconns_lock);
	INIT_LIST_HEAD(&ctx->sconns);
	spin_lock_init(&ctx->fd_conns_lock);
	hash_init(ctx->fd_conns);
	qmsg_rcvids_init(&ctx->rcvids, QMSG_RCVID_BITS_MAX);
	INIT_LIST_HEAD(&ctx->parked);
	return ctx;
}

/* A context of the current process that lasts as long as @file, or is ended before. */
struct qmsg_ctx *qmsg_ctx_make(struct file *file, bool of_kernel)
{
	struct qmsg_ctx *ctx = ctx_alloc();

	if (!ctx)
		return NULL;
	ctx->user = qmsg_user_get(current_uid());
	if (!ctx->user)
		goto err_ctx;
	ctx->of_kernel = of_kernel;
	/* Its clients do not come by an ioctl(). */
	ctx->had_compat = of_kernel;
	if (qmsg_proc_join(ctx))
		goto err_user;
	ctx->task = get_task_struct(current);
	ctx->signal = current->signal;
	ctx->exec_id = current->self_exec_id;
	ctx->file = file;
	qmsg_count(QMSG_OBJ_CONTEXT, 1);
	return ctx;

err_user:
	qmsg_user_put(ctx->user);
err_ctx:
	kfree(ctx);
	return NULL;
}

static int ctx_open(struct inode *inode, struct file *file)
{
	struct qmsg_ctx *ctx = qmsg_ctx_make(file, false);

	if (!ctx)
		return -ENOMEM;
	qmsg_owner_watch(ctx);
	file->private_data = ctx;
	return nonseekable_open(inode, file);
}

static void ctx_free(struct kref *ref)
{
	struct qmsg_ctx *ctx = container_of(ref, struct qmsg_ctx, ref);

	qmsg_requests_free_spare(ctx);
	qmsg_rcvids_free(&ctx->rcvids);
	xa_destroy(&ctx->timers);
	xa_destroy(&ctx->sides);
	qmsg_proc_put(ctx->proc);
	put_task_struct(ctx->task);
	qmsg_user_put(ctx->user);
	kfree_rcu(ctx, rcu);
	qmsg_count(QMSG_OBJ_CONTEXT, -1);
}

struct qmsg_ctx *qmsg_ctx_get(struct qmsg_ctx *ctx)
{
	kref_get(&ctx->ref);
	return ctx;
}

void qmsg_ctx_put(struct qmsg_ctx *ctx)
{
	kref_put(&ctx->ref, ctx_free);
}

/*
 * Ends everything the context owns. Channels first, as on QNX (S1.33): nobody is to
 * wait for a server that is waiting here for another one's answer.
 */
void qmsg_ctx_end(struct qmsg_ctx *ctx, enum qmsg_end why)
{
	bool dead;

	mutex_lock(&ctx->lock);
	dead = ctx->dead;
	WRITE_ONCE(ctx->dead, true);
	mutex_unlock(&ctx->lock);
	if (dead)
		return;
	qmsg_proc_leave(ctx);
	qmsg_timer_end_all(ctx);
	qmsg_registered_end(&ctx->registered);
	qmsg_intr_wake_all(ctx->proc);
	qmsg_channel_end_all(ctx);
	qmsg_parked_end_all(ctx, why);
	qmsg_conn_close_all(ctx);
}

int qmsg_ctx_end_of_exec(struct qmsg_ctx *ctx)
{
	qmsg_ctx_end(ctx, QMSG_END_EXEC);
	return -EBADF;
}

/* From the beginning of the owner's exit or exec until its channels are gone. */
bool qmsg_ctx_terminating(const struct qmsg_ctx *ctx)
{
	const struct signal_struct *sig = ctx->task->signal;

	return READ_ONCE(ctx->dead) || READ_ONCE(sig->flags) & SIGNAL_GROUP_EXIT ||
	       READ_ONCE(sig->group_exec_task) || !atomic_read(&sig->live);
}

static int is_file(const void *file, struct file *other, unsigned int fd)
{
	return other == file;
}

/* A thread that exits alone may still have had a descriptor table of its own. */
static bool process_exits(void)
{
	return READ_ONCE(current->signal->flags) & SIGNAL_GROUP_EXIT ||
	       !atomic_read(&current->signal->live);
}

/*
 * For ->flush: has the current process no other descriptor of @file? While a task exits
 * its table is gone already; while it execs, a descriptor that lives on is no use to it.
 * A process that has more than one table is judged by the one that closes.
 */
bool qmsg_file_is_closing(struct file *file)
{
	if (!current->files)
		return process_exits();
	return current->in_execve || !iterate_fd(current->files, 0, is_file, file);
}

static enum qmsg_end why_closing(void)
{
	if (!current->files)
		return QMSG_END_EXIT;
	return current->in_execve ? QMSG_END_EXEC : QMSG_END_CLOSE;
}

static int ctx_flush(struct file *file, fl_owner_t id)
{
	struct qmsg_ctx *ctx = file->private_data;

	if (task_tgid(current) == ctx->proc->tgid && qmsg_file_is_closing(file))
		qmsg_ctx_end(ctx, why_closing());
	return 0;
}

static int ctx_release(struct inode *inode, struct file *file)
{
	struct qmsg_ctx *ctx = file->private_data;

	qmsg_owner_unwatch(ctx);
	qmsg_ctx_end(ctx, QMSG_END_CLOSE);
	qmsg_ctx_put(ctx);
	return 0;
}

#ifdef CONFIG_COMPAT
/* The only way that calls of 32-bit programs take. */
static long ctx_compat_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct qmsg_ctx *ctx = file->private_data;

	WRITE_ONCE(ctx->had_compat, true);
	return compat_ptr_ioctl(file, cmd, arg);
}
#endif

const struct file_operations qmsg_ctx_fops = {
	.owner		= THIS_MODULE,
	.open		= ctx_open,
	.flush		= ctx_flush,
	.release	= ctx_release,
	.unlocked_ioctl	= qmsg_ioctl,
#ifdef CONFIG_COMPAT
	.compat_ioctl	= ctx_compat_ioctl,
#endif
	.show_fdinfo	= qmsg_show_fdinfo,
};

long qmsg_ioctl_query(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	struct qmsg_query *q = ucmd;

	q->out_features = QMSG_FEATURE_UNBLOCK | QMSG_FEATURE_DISCONNECT |
			  QMSG_FEATURE_REPLY_RECEIVE | QMSG_FEATURE_FD_CONNECTION |
			  QMSG_FEATURE_NAME | QMSG_FEATURE_CHANNEL_FD | QMSG_FEATURE_PRIORITY |
			  QMSG_FEATURE_TIMER | QMSG_FEATURE_EVENT | QMSG_FEATURE_CONDITIONAL_REPLY |
			  QMSG_FEATURE_DEADLOCK;
	if (qmsg_thread_deaths_possible())
		q->out_features |= QMSG_FEATURE_DEATH_PULSE;
	q->out_rcvid_bits = ctx->rcvids.bits;
	q->out_kill_grace_ms = qmsg_kill_grace_default();
	q->out_kill_grace_max_ms = qmsg_kill_grace_max();
	q->out_pulse_limit = QMSG_PULSE_LIMIT_DEFAULT;
	return copy_to_user(uarg, q, min_t(size_t, q->size, sizeof(*q))) ? -EFAULT : 0;
}

long qmsg_ioctl_setup(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	const struct qmsg_setup *args = ucmd;
	unsigned int bits = args->rcvid_bits ?: QMSG_RCVID_BITS_MAX;
	long ret = 0;

	if (args->__reserved || bits < QMSG_RCVID_BITS_MIN || bits > QMSG_RCVID_BITS_MAX)
		return -EINVAL;
	mutex_lock(&ctx->lock);
	if (ctx->had_channel)
		ret = -EBUSY;
	else
		qmsg_rcvids_set_bits(&ctx->rcvids, bits);
	mutex_unlock(&ctx->lock);
	return ret;
}
