/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Giving the CPU away without going to sleep.
 *
 * DOC: Real-time threads of one priority on one CPU take turns: what one of them waits for,
 * the other does as soon as it has the CPU. Neither need leave the run queue for that. It goes
 * to the end of the queue of its priority, where a wake-up would put it as well, and looks
 * again when it is its turn. Once in a wait: if it still has nothing then, it sleeps, and so do
 * the next waits here.
 *
 * Not for ordinary threads: their scheduler takes it as giving up a slice, and one busy thread
 * beside them would get it. Not where another CPU could take a thread off this queue.
 */
#ifndef QMSG_TURN_H
#define QMSG_TURN_H

#include <linux/cpumask.h>
#include <linux/sched.h>
#include <linux/sched/rt.h>

/* After one that was for nothing. */
#define QMSG_TURN_PAUSE	31

/* Among those of SCHED_FIFO and SCHED_RR; deadline tasks, and who is lent to by one, are above. */
static inline bool qmsg_turn_is_realtime(void)
{
	return (unsigned int)current->prio < MAX_RT_PRIO;
}

static inline bool qmsg_turn_stays_here(void)
{
	return num_online_cpus() == 1 || current->nr_cpus_allowed == 1;
}

/* @pause is read and written without a lock: it only says what is worth trying. */
static inline bool qmsg_turn_may(u32 *pause)
{
	u32 left;

	if (!qmsg_turn_is_realtime() || !qmsg_turn_stays_here())
		return false;
	left = READ_ONCE(*pause);
	if (likely(!left))
		return true;
	WRITE_ONCE(*pause, left - 1);
	return false;
}

/* What the caller waits for has come, or has not. */
static inline void qmsg_turn_learn(u32 *pause, bool come)
{
	if (unlikely(!come))
		WRITE_ONCE(*pause, QMSG_TURN_PAUSE);
}

#endif /* QMSG_TURN_H */
