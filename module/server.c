// SPDX-License-Identifier: GPL-2.0-only
/* Threads that receive: their records. */

#include <linux/mm.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "ctx.h"
#include "limits.h"
#include "proc.h"
#include "server.h"

void qmsg_server_get(struct qmsg_server *s)
{
	kref_get(&s->ref);
}

static void server_free(struct kref *ref)
{
	struct qmsg_server *s = container_of(ref, struct qmsg_server, ref);

	put_task_struct(s->task);
	qmsg_uncharge(s->user, QMSG_QUOTA_RECEIVERS, 1);
	qmsg_user_put(s->user);
	kfree_rcu(s, rcu);
	qmsg_count(QMSG_OBJ_RECEIVER, -1);
}

void qmsg_server_put(struct qmsg_server *s)
{
	kref_put(&s->ref, server_free);
}

/*
 * By task, not by thread id: that changes with an exec, and a task must never have two
 * records that both think they know its own priority. No two tasks begin in one KiB.
 */
static unsigned long index_of(struct task_struct *task)
{
	return __pa(task) >> 10;
}

static struct qmsg_server *server_alloc(struct qmsg_ctx *ctx)
{
	struct qmsg_server *s;

	if (qmsg_charge(ctx->user, QMSG_QUOTA_RECEIVERS, 1))
		return ERR_PTR(-EAGAIN);
	s = kzalloc(sizeof(*s), GFP_KERNEL_ACCOUNT);
	if (!s) {
		qmsg_uncharge(ctx->user, QMSG_QUOTA_RECEIVERS, 1);
		return ERR_PTR(-ENOMEM);
	}
	kref_init(&s->ref);
	s->task = get_task_struct(current);
	s->proc = ctx->proc;
	s->user = qmsg_user_ref(ctx->user);
	INIT_LIST_HEAD(&s->node);
	spin_lock_init(&s->lock);
	INIT_LIST_HEAD(&s->lent);
	rt_mutex_init(&s->settling);
	qmsg_count(QMSG_OBJ_RECEIVER, 1);
	return s;
}

/* For whoever has taken it out of the table. */
static void server_drop(struct qmsg_server *s)
{
	atomic_dec(&s->proc->nservers);
	qmsg_server_leave(s);
	qmsg_server_settle(s);
	qmsg_server_put(s);
}

static void drop_dead(struct qmsg_proc *proc)
{
	struct qmsg_server *s;
	unsigned long index;

	xa_for_each(&proc->servers, index, s) {
		xa_lock(&proc->servers);
		s = xa_load(&proc->servers, index);
		if (s && READ_ONCE(s->task->exit_state))
			__xa_erase(&proc->servers, index);
		else
			s = NULL;
		xa_unlock(&proc->servers);
		if (s)
			server_drop(s);
	}
}

/* Dead ones are looked for when there are twice as many records as there last were threads. */
static void account_new(struct qmsg_proc *proc)
{
	if (atomic_inc_return(&proc->nservers) <= READ_ONCE(proc->servers_drop_at))
		return;
	drop_dead(proc);
	WRITE_ONCE(proc->servers_drop_at, 2 * atomic_read(&proc->nservers) + 16);
}

static struct qmsg_server *server_new(struct qmsg_ctx *ctx)
{
	struct qmsg_proc *proc = ctx->proc;
	struct qmsg_server *s = server_alloc(ctx);

	if (IS_ERR(s))
		return s;
	if (xa_insert(&proc->servers, index_of(current), s, GFP_KERNEL_ACCOUNT)) {
		qmsg_server_put(s);
		return ERR_PTR(-ENOMEM);
	}
	account_new(proc);
	return s;
}

/* The current thread's record, if it has one. It lasts as long as thread and context. */
struct qmsg_server *qmsg_server_find(struct qmsg_ctx *ctx)
{
	return xa_load(&ctx->proc->servers, index_of(current));
}

/* That of another thread of @proc, with a reference. */
struct qmsg_server *qmsg_server_get_of(struct qmsg_proc *proc, struct task_struct *task)
{
	struct qmsg_server *s;

	rcu_read_lock();
	s = xa_load(&proc->servers, index_of(task));
	if (s && !kref_get_unless_zero(&s->ref))
		s = NULL;
	rcu_read_unlock();
	return s;
}

struct qmsg_server *qmsg_server_current(struct qmsg_ctx *ctx)
{
	return qmsg_server_find(ctx) ?: server_new(ctx);
}

/* The process has no channels left, so no record has one. */
void qmsg_servers_free(struct qmsg_proc *proc)
{
	struct qmsg_server *s;
	unsigned long index;

	xa_for_each(&proc->servers, index, s) {
		xa_erase(&proc->servers, index);
		server_drop(s);
	}
	xa_destroy(&proc->servers);
}
