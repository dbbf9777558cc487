// SPDX-License-Identifier: GPL-2.0-only
/* QMSG_EVENT_INTR, and waiting for it. */

#include <linux/err.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "ctx.h"
#include "event.h"
#include "intr.h"
#include "ioctl.h"
#include "limits.h"
#include "proc.h"
#include "signal.h"
#include "wait.h"

struct qmsg_intr {
	struct list_head node;		/* the process'; this and all below under its intr_lock */
	struct pid *tid;		/* with a reference */
	bool pending;			/* also read without the lock by the waiter */
	struct task_struct *waiter;	/* itself, while it waits */
};

static struct qmsg_intr *intr_find_locked(struct qmsg_proc *proc, struct pid *tid)
{
	struct qmsg_intr *i;

	list_for_each_entry(i, &proc->intrs, node)
		if (i->tid == tid)
			return i;
	return NULL;
}

static void free_list(struct list_head *list)
{
	struct qmsg_intr *i, *next;

	list_for_each_entry_safe(i, next, list, node) {
		put_pid(i->tid);
		kfree(i);
		qmsg_count(QMSG_OBJ_INTR, -1);
	}
}

static void take_dead_locked(struct qmsg_proc *proc, struct list_head *dead)
{
	struct qmsg_intr *i, *next;

	rcu_read_lock();
	list_for_each_entry_safe(i, next, &proc->intrs, node)
		if (!pid_task(i->tid, PIDTYPE_PID))
			list_move(&i->node, dead);
	rcu_read_unlock();
}

/*
 * Makes sure that thread @tid has a record. There are not more of them than threads, and some
 * of dead ones until the next is made.
 */
static int intr_make(struct qmsg_proc *proc, struct pid *tid)
{
	struct qmsg_intr *fresh = kzalloc(sizeof(*fresh), GFP_KERNEL_ACCOUNT);
	LIST_HEAD(unused);

	if (!fresh)
		return -ENOMEM;
	fresh->tid = get_pid(tid);
	qmsg_count(QMSG_OBJ_INTR, 1);
	spin_lock(&proc->intr_lock);
	list_add(&fresh->node, intr_find_locked(proc, tid) ? &unused : &proc->intrs);
	take_dead_locked(proc, &unused);
	spin_unlock(&proc->intr_lock);
	free_list(&unused);
	return 0;
}

void qmsg_intr_free_all(struct qmsg_proc *proc)
{
	free_list(&proc->intrs);
}

/* A context ends: who waits through it looks anew. */
void qmsg_intr_wake_all(struct qmsg_proc *proc)
{
	struct qmsg_intr *i;

	spin_lock(&proc->intr_lock);
	list_for_each_entry(i, &proc->intrs, node)
		if (i->waiter)
			wake_up_process(i->waiter);
	spin_unlock(&proc->intr_lock);
}

static bool set_pending(struct qmsg_proc *proc, struct pid *tid)
{
	struct qmsg_intr *i;

	spin_lock(&proc->intr_lock);
	i = intr_find_locked(proc, tid);
	if (i) {
		WRITE_ONCE(i->pending, true);
		if (i->waiter)
			wake_up_process(i->waiter);
	}
	spin_unlock(&proc->intr_lock);
	return i;
}

int qmsg_intr_thread(const struct qmsg_target *to, bool check)
{
	struct qmsg_proc *proc = to->ctx->proc;
	struct task_struct *task = qmsg_target_thread(to);
	int err;

	if (!task)
		return -ESRCH;
	put_task_struct(task);
	if (check || set_pending(proc, to->tid))
		return 0;
	err = intr_make(proc, to->tid);
	if (!err)
		set_pending(proc, to->tid);
	return err;
}

static int intr_sleep(struct qmsg_ctx *ctx, const struct qmsg_intr *i, u64 deadline)
{
	int err = 0;

	while (!err && !READ_ONCE(i->pending)) {
		if (READ_ONCE(ctx->dead))
			return -EBADF;
		if (signal_pending(current)) {
			err = qmsg_disturbed();
			continue;
		}
		if (qmsg_deadline_passed(deadline))
			return -ETIMEDOUT;
		set_current_state(TASK_INTERRUPTIBLE | TASK_FREEZABLE);
		if (!READ_ONCE(i->pending) && !READ_ONCE(ctx->dead) && !signal_pending(current))
			qmsg_sleep_until(deadline);
		__set_current_state(TASK_RUNNING);
	}
	return err;
}

/* The calling thread's record, which stays as long as it lives. */
static struct qmsg_intr *wait_begin(struct qmsg_proc *proc)
{
	struct qmsg_intr *i;
	int err;

	err = intr_make(proc, task_pid(current));
	if (err)
		return ERR_PTR(err);
	spin_lock(&proc->intr_lock);
	i = intr_find_locked(proc, task_pid(current));
	i->waiter = current;
	spin_unlock(&proc->intr_lock);
	return i;
}

static int wait_end(struct qmsg_proc *proc, struct qmsg_intr *i, int err)
{
	spin_lock(&proc->intr_lock);
	i->waiter = NULL;
	/* Whatever else has happened. */
	if (i->pending)
		err = 0;
	i->pending = false;
	spin_unlock(&proc->intr_lock);
	return err;
}

long qmsg_ioctl_intr_wait(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	const struct qmsg_intr_wait *args = ucmd;
	u64 deadline = qmsg_deadline_of_caller(args->deadline);
	struct qmsg_intr *i = wait_begin(ctx->proc);

	if (IS_ERR(i))
		return PTR_ERR(i);
	return wait_end(ctx->proc, i, intr_sleep(ctx, i, deadline));
}
