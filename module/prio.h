/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Priorities: one scale for requests and pulses, 1 … 99 as SCHED_FIFO has them, 0 for
 * tasks that are not real-time, 100 for SCHED_DEADLINE.
 *
 * DOC: What is given to a thread is real-time policy and priority, through the scheduler's
 * own call and with SCHED_RESET_ON_FORK, so that its children do not come by it. What the
 * thread had before is kept and put back. Whoever sets the thread's scheduling meanwhile
 * has the last word, unless what he set is something that only our loan allowed him.
 */
#ifndef QMSG_PRIO_H
#define QMSG_PRIO_H

#include <linux/sched.h>
#include <linux/sched/prio.h>

#define QMSG_BOOST_MAX	(MAX_RT_PRIO - 1)

/* The effective priority, with what the task has inherited. Racy by nature. */
static inline u16 qmsg_task_prio(const struct task_struct *task)
{
	int prio = READ_ONCE(task->prio);

	return prio >= MAX_RT_PRIO ? 0 : MAX_RT_PRIO - 1 - prio;
}

/*
 * What the task can hand on: without what it has from a PI mutex, because nobody tells a
 * module when that ends.
 */
static inline u8 qmsg_task_boost(const struct task_struct *task)
{
	/* Not 0 with SCHED_FIFO and SCHED_RR. */
	u8 prio = READ_ONCE(task->rt_priority);

	if (prio)
		return prio;
	return unlikely(READ_ONCE(task->policy) == SCHED_DEADLINE) ? QMSG_BOOST_MAX : 0;
}

struct qmsg_sched {
	int policy;
	u8 prio;
	bool reset_on_fork;
};

/* Changed by qmsg_prio_apply() only, one call at a time. */
struct qmsg_prio {
	bool applied;			/* @set is in force; also read by anybody */
	struct qmsg_sched own, set;
	u64 own_slack;			/* timer slack, ns; 0: the kernel kept it */
};

void qmsg_prio_apply(struct qmsg_prio *p, struct task_struct *task, u8 serve, u8 queue);
u8 qmsg_prio_own(const struct qmsg_prio *p, const struct task_struct *task);

#endif /* QMSG_PRIO_H */
