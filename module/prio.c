// SPDX-License-Identifier: GPL-2.0-only
/* Giving a thread a priority, and giving it back its own. */

#include <linux/capability.h>
#include <linux/sched/rt.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <uapi/linux/sched/types.h>

#include "compat.h"
#include "prio.h"
#include "trace.h"

static bool is_rt(int policy)
{
	return policy == SCHED_FIFO || policy == SCHED_RR;
}

static struct qmsg_sched sched_of(const struct task_struct *task)
{
	int policy = READ_ONCE(task->policy);

	return (struct qmsg_sched) {
		.policy = policy,
		.prio = is_rt(policy) ? READ_ONCE(task->rt_priority) : 0,
		.reset_on_fork = data_race((bool)task->sched_reset_on_fork),
	};
}

static bool same(const struct qmsg_sched *a, const struct qmsg_sched *b)
{
	return a->policy == b->policy && a->prio == b->prio &&
	       a->reset_on_fork == b->reset_on_fork;
}

/* The thread's own priority, without what it was given; for whoever is asked what it may. */
u8 qmsg_prio_own(const struct qmsg_prio *p, const struct task_struct *task)
{
	u8 own;

	/* Pairs with begin(): what was given is not taken for the thread's own. */
	do {
		if (smp_load_acquire(&p->applied))
			return READ_ONCE(p->own.prio);
		own = qmsg_task_boost(task);
		smp_rmb();
	} while (READ_ONCE(p->applied));
	return own;
}

/* Nice value and slice are not ours: as they are at the moment. */
static int set_sched(struct task_struct *task, const struct qmsg_sched *to)
{
	const struct sched_attr attr = {
		.size = sizeof(attr),
		.sched_policy = to->policy,
		.sched_priority = to->prio,
		.sched_nice = task_nice(task),
		.sched_runtime = is_rt(to->policy) ? 0 : qmsg_custom_slice(task),
		.sched_flags = to->reset_on_fork ? SCHED_FLAG_RESET_ON_FORK : 0,
	};

	return sched_setattr_nocheck(task, &attr);
}

/* Since 6.12 the kernel takes a real-time task's timer slack away, and puts back a default. */
static void restore_slack(const struct qmsg_prio *p, struct task_struct *task)
{
	if (!p->own_slack || is_rt(p->own.policy))
		return;
	task_lock(task);
	task->timer_slack_ns = p->own_slack;
	task_unlock(task);
}

static void begin(struct qmsg_prio *p, const struct task_struct *task,
		  const struct qmsg_sched *now)
{
	p->own = *now;
	p->own_slack = task->timer_slack_ns;
	smp_store_release(&p->applied, true);
}

/* May a thread with @own priority give itself @prio? */
static bool may_have(struct task_struct *task, u8 own, u8 prio)
{
	return prio <= own || prio <= task_rlimit(task, RLIMIT_RTPRIO) ||
	       has_capability_noaudit(task, CAP_SYS_NICE);
}

/*
 * The scheduling is not what we have set. A thread may always lower its priority, so one
 * that was given 50 could make 30 of it, and keep that. It cannot take the reset flag off,
 * nor go above.
 */
static bool stands(const struct qmsg_prio *p, struct task_struct *task,
		   const struct qmsg_sched *now)
{
	return !is_rt(now->policy) || !now->reset_on_fork || now->prio > p->set.prio ||
	       may_have(task, p->own.prio, now->prio);
}

static struct qmsg_sched wanted(const struct qmsg_sched *own, u8 serve, u8 queue)
{
	u8 prio = max(serve ?: own->prio, queue);

	if (prio == own->prio)
		return *own;
	return (struct qmsg_sched) {
		.policy = own->policy == SCHED_RR ? SCHED_RR : SCHED_FIFO,
		.prio = prio,
		.reset_on_fork = true,
	};
}

/*
 * @serve: priority of what the thread works on, 0: nothing that changes its own. @queue:
 * what waits for it, and may only raise it. Sleeps; not twice at a time for one thread.
 */
void qmsg_prio_apply(struct qmsg_prio *p, struct task_struct *task, u8 serve, u8 queue)
{
	struct qmsg_sched to, now = sched_of(task);

	if (p->applied && !same(&now, &p->set) && stands(p, task, &now))
		WRITE_ONCE(p->applied, false);
	if (!p->applied && !serve && !queue)
		return;
	if (now.policy == SCHED_DEADLINE)
		return;
	if (!p->applied)
		begin(p, task, &now);
	to = wanted(&p->own, serve, queue);
	if (!same(&to, &now)) {
		trace_qmsg_priority(task, now.prio, to.prio, serve, queue);
		set_sched(task, &to);
	}
	p->set = to;
	if (same(&to, &p->own)) {
		restore_slack(p, task);
		smp_store_release(&p->applied, false);
	}
}
