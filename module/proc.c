// SPDX-License-Identifier: GPL-2.0-only
/* Processes: the numbering of channels, and finding one by (pid, chid). */

#include <linux/hashtable.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "channel.h"
#include "ctx.h"
#include "intr.h"
#include "limits.h"
#include "proc.h"

DEFINE_MUTEX(qmsg_proc_lock);
static DEFINE_HASHTABLE(procs, 6);

static struct qmsg_proc *proc_find_locked(struct pid *tgid)
{
	struct qmsg_proc *proc;

	lockdep_assert_held(&qmsg_proc_lock);
	hash_for_each_possible(procs, proc, node, (unsigned long)tgid)
		if (proc->tgid == tgid)
			return proc;
	return NULL;
}

static struct qmsg_proc *proc_alloc(struct pid *tgid)
{
	struct qmsg_proc *proc = kzalloc(sizeof(*proc), GFP_KERNEL_ACCOUNT);

	if (!proc)
		return NULL;
	proc->tgid = get_pid(tgid);
	INIT_LIST_HEAD(&proc->ctxs);
	spin_lock_init(&proc->intr_lock);
	INIT_LIST_HEAD(&proc->intrs);
	xa_init_flags(&proc->channels, XA_FLAGS_ALLOC1);
	spin_lock_init(&proc->servers_lock);
	qmsg_count(QMSG_OBJ_PROCESS, 1);
	return proc;
}

static void proc_free(struct qmsg_proc *proc)
{
	if (!proc)
		return;
	qmsg_intr_free_all(proc);
	put_pid(proc->tgid);
	qmsg_servers_free(proc);
	xa_destroy(&proc->channels);
	kfree(proc);
	qmsg_count(QMSG_OBJ_PROCESS, -1);
}

/* Makes @ctx a context of the current process. */
int qmsg_proc_join(struct qmsg_ctx *ctx)
{
	struct qmsg_proc *fresh = proc_alloc(task_tgid(current));
	struct qmsg_proc *proc;

	if (!fresh)
		return -ENOMEM;
	mutex_lock(&qmsg_proc_lock);
	proc = proc_find_locked(task_tgid(current));
	if (!proc) {
		swap(proc, fresh);
		hash_add(procs, &proc->node, (unsigned long)proc->tgid);
	}
	proc->refs++;
	ctx->proc = proc;
	if (ctx->of_kernel)
		list_add_tail(&ctx->proc_node, &proc->ctxs);
	else
		list_add(&ctx->proc_node, &proc->ctxs);
	mutex_unlock(&qmsg_proc_lock);
	proc_free(fresh);
	return 0;
}

/* When the first of the process' contexts ended by its exit: one grace for all of them. */
u64 qmsg_proc_exiting_since(struct qmsg_proc *proc)
{
	atomic64_cmpxchg(&proc->exiting_since, 0, ktime_get_ns());
	return atomic64_read(&proc->exiting_since);
}

void qmsg_proc_leave(struct qmsg_ctx *ctx)
{
	mutex_lock(&qmsg_proc_lock);
	list_del_init(&ctx->proc_node);
	mutex_unlock(&qmsg_proc_lock);
}

void qmsg_proc_put(struct qmsg_proc *proc)
{
	mutex_lock(&qmsg_proc_lock);
	if (--proc->refs) {
		mutex_unlock(&qmsg_proc_lock);
		return;
	}
	hash_del(&proc->node);
	mutex_unlock(&qmsg_proc_lock);
	proc_free(proc);
}

/*
 * Makes @ch one that can be found; its number is reserved. Of those that want to hear of
 * deaths a process has one each (S2.36).
 */
int qmsg_proc_publish_channel(struct qmsg_channel *ch)
{
	struct qmsg_proc *proc = ch->ctx->proc;
	bool threads = ch->flags & QMSG_CHF_THREAD_DEATH;
	bool coids = ch->flags & QMSG_CHF_COID_DISCONNECT;
	int err = 0;

	xa_lock(&proc->channels);
	if ((coids && proc->coid_deaths) || (threads && proc->thread_deaths)) {
		err = -EBUSY;
	} else {
		if (coids)
			proc->coid_deaths = ch;
		if (threads)
			proc->thread_deaths = ch;
		__xa_store(&proc->channels, ch->chid, ch, 0);
	}
	xa_unlock(&proc->channels);
	return err;
}

/* Its number is free again. True for the one who made it so: the table's reference is his. */
bool qmsg_proc_unpublish_channel(struct qmsg_channel *ch)
{
	struct qmsg_proc *proc = ch->ctx->proc;
	bool taken;

	xa_lock(&proc->channels);
	taken = xa_load(&proc->channels, ch->chid) == ch;
	if (taken) {
		__xa_erase(&proc->channels, ch->chid);
		if (proc->coid_deaths == ch)
			proc->coid_deaths = NULL;
		if (proc->thread_deaths == ch)
			proc->thread_deaths = NULL;
	}
	xa_unlock(&proc->channels);
	return taken;
}

/* With a reference, or NULL. May be called under another channel's lock. */
struct qmsg_channel *qmsg_proc_coid_deaths(struct qmsg_proc *proc)
{
	struct qmsg_channel *ch;

	xa_lock(&proc->channels);
	ch = proc->coid_deaths;
	if (ch)
		qmsg_channel_get(ch);
	xa_unlock(&proc->channels);
	return ch;
}

static struct qmsg_channel *find_channel_locked(struct pid *tgid, int chid)
{
	struct qmsg_proc *proc = proc_find_locked(tgid);
	struct qmsg_channel *ch = NULL;

	if (!proc || chid <= 0)
		return NULL;
	xa_lock(&proc->channels);
	ch = xa_load(&proc->channels, chid);
	if (ch)
		qmsg_channel_get(ch);
	xa_unlock(&proc->channels);
	return ch;
}

/*
 * The channel @chid of process @pid (in the caller's pid namespace; 0: the caller), with a
 * reference, or -ESRCH.
 */
struct qmsg_channel *qmsg_proc_find_channel(pid_t pid, int chid)
{
	struct pid *tgid = pid ? find_get_pid(pid) : get_pid(task_tgid(current));
	struct qmsg_channel *ch;

	if (!tgid)
		return ERR_PTR(-ESRCH);
	mutex_lock(&qmsg_proc_lock);
	ch = find_channel_locked(tgid, chid);
	mutex_unlock(&qmsg_proc_lock);
	put_pid(tgid);
	return ch ?: ERR_PTR(-ESRCH);
}

/*
 * The context of @proc after @prev, with a reference; @prev's is dropped. If @prev has ended
 * meanwhile the walk begins again.
 */
struct qmsg_ctx *qmsg_proc_next_ctx(struct qmsg_proc *proc, struct qmsg_ctx *prev)
{
	struct qmsg_ctx *next = NULL;
	struct list_head *at = &proc->ctxs;

	mutex_lock(&qmsg_proc_lock);
	if (prev && !list_empty(&prev->proc_node))
		at = &prev->proc_node;
	at = at->next;
	if (at != &proc->ctxs)
		next = qmsg_ctx_get(list_entry(at, struct qmsg_ctx, proc_node));
	mutex_unlock(&qmsg_proc_lock);
	if (prev)
		qmsg_ctx_put(prev);
	return next;
}

/*
 * The first thing @fn finds in a context of process @tgid that has not ended. Those of clients in
 * the kernel, of which there is one for each open file, have nothing to be found, and come last.
 */
void *qmsg_proc_search(struct pid *tgid, void *(*fn)(struct qmsg_ctx *ctx, void *arg), void *arg)
{
	struct qmsg_proc *proc;
	struct qmsg_ctx *ctx;
	void *found = NULL;

	mutex_lock(&qmsg_proc_lock);
	proc = proc_find_locked(tgid);
	if (proc) {
		list_for_each_entry(ctx, &proc->ctxs, proc_node) {
			if (ctx->of_kernel)
				break;
			found = fn(ctx, arg);
			if (found)
				break;
		}
	}
	mutex_unlock(&qmsg_proc_lock);
	return found;
}

static unsigned int count_ctxs_locked(void)
{
	const struct qmsg_proc *proc;
	const struct list_head *at;
	unsigned int n = 0;
	int bucket;

	hash_for_each(procs, bucket, proc, node)
		list_for_each(at, &proc->ctxs)
			n++;
	return n;
}

static void get_ctxs_locked(struct qmsg_ctx **to)
{
	struct qmsg_proc *proc;
	struct qmsg_ctx *ctx;
	int bucket;

	hash_for_each(procs, bucket, proc, node)
		list_for_each_entry(ctx, &proc->ctxs, proc_node)
			*to++ = qmsg_ctx_get(ctx);
}

/* All contexts that have not ended, *@n of them, each with a reference; to be freed. */
struct qmsg_ctx **qmsg_proc_all_ctxs(unsigned int *n)
{
	struct qmsg_ctx **ctxs;

	mutex_lock(&qmsg_proc_lock);
	*n = count_ctxs_locked();
	/* One more: of nothing there would be no array. */
	ctxs = kvmalloc_array(*n + 1, sizeof(*ctxs), GFP_KERNEL_ACCOUNT);
	if (ctxs)
		get_ctxs_locked(ctxs);
	mutex_unlock(&qmsg_proc_lock);
	return ctxs ?: ERR_PTR(-ENOMEM);
}
