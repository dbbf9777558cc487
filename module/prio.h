/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Priorities: one scale for requests and pulses, 1 … 99 as SCHED_FIFO has them, 0 for
 * tasks that are not real-time, 100 for SCHED_DEADLINE.
 */
#ifndef QMSG_PRIO_H
#define QMSG_PRIO_H

#include <linux/sched.h>
#include <linux/sched/prio.h>

/* The effective priority, with what the task has inherited. Racy by nature. */
static inline u16 qmsg_task_prio(const struct task_struct *task)
{
	int prio = READ_ONCE(task->prio);

	return prio >= MAX_RT_PRIO ? 0 : MAX_RT_PRIO - 1 - prio;
}

#endif /* QMSG_PRIO_H */
