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

/* Takes one out of the table: a dead thread's, or any. The caller drops it. */
static struct qmsg_server *take_out(struct qmsg_proc *proc, int bucket, bool dead)
{
	struct qmsg_server *s, *found = NULL;

	spin_lock(&proc->servers_lock);
	hlist_for_each_entry(s, &proc->servers[bucket], proc_node) {
		if (dead && !READ_ONCE(s->task->exit_state))
			continue;
		hlist_del_rcu(&s->proc_node);
		WRITE_ONCE(proc->nservers, proc->nservers - 1);
		found = s;
		break;
	}
	spin_unlock(&proc->servers_lock);
	return found;
}

static void drop_all(struct qmsg_proc *proc, bool dead)
{
	struct qmsg_server *s;
	int i;

	for (i = 0; i < ARRAY_SIZE(proc->servers); i++) {
		while ((s = take_out(proc, i, dead))) {
			qmsg_server_leave(s);
			qmsg_server_settle(s);
			qmsg_server_put(s);
		}
	}
}

/* Dead ones are looked for when there are twice as many records as there last were threads. */
static bool publish(struct qmsg_server *s)
{
	struct qmsg_proc *proc = s->proc;
	bool too_many;

	spin_lock(&proc->servers_lock);
	hlist_add_head_rcu(&s->proc_node, qmsg_servers_of(proc, s->task));
	WRITE_ONCE(proc->nservers, proc->nservers + 1);
	too_many = proc->nservers > proc->servers_drop_at;
	spin_unlock(&proc->servers_lock);
	return too_many;
}

static struct qmsg_server *server_new(struct qmsg_ctx *ctx)
{
	struct qmsg_proc *proc = ctx->proc;
	struct qmsg_server *s = server_alloc(ctx);

	if (IS_ERR(s) || !publish(s))
		return s;
	drop_all(proc, true);
	spin_lock(&proc->servers_lock);
	proc->servers_drop_at = 2 * proc->nservers + 16;
	spin_unlock(&proc->servers_lock);
	return s;
}

/* That of another thread of @proc, with a reference. */
struct qmsg_server *qmsg_server_get_of(struct qmsg_proc *proc, struct task_struct *task)
{
	struct qmsg_server *s;

	rcu_read_lock();
	s = qmsg_server_look(proc, task);
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
	drop_all(proc, false);
}
