/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Giving the CPU away without going to sleep.
 *
 * DOC: Threads of one CPU that wait for each other take turns: what one of them waits for, the
 * other does as soon as it has the CPU. Neither need leave the run queue for that. Who waits
 * lets the others by and looks again when it is its turn. Once in a wait: if it still has
 * nothing then, it sleeps, and so do the next waits here.
 *
 * A real-time thread goes to the end of the queue of its priority, where a wake-up would put it
 * as well. To the scheduler of ordinary threads it is giving up a slice, which beside a busy
 * thread costs milliseconds. That is seen in how long the thread has been kept waiting, and the
 * more often it is, the longer everybody sleeps here before it is tried once more: at worst a
 * slice in 65535 waits.
 *
 * Not where another CPU could take a thread off this queue.
 */
#ifndef QMSG_TURN_H
#define QMSG_TURN_H

#include <linux/cpumask.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/deadline.h>
#include <linux/sched/rt.h>
#include <linux/time64.h>

/* Waits that are slept out at once after a turn for nothing; doubled by each further one. */
#define QMSG_TURN_PAUSE_MIN	31
#define QMSG_TURN_PAUSE_MAX	65535

/* Longer than others of a pair take for what they do; shorter than a slice. */
#define QMSG_TURN_LONG		(NSEC_PER_MSEC / 2)

/* What has been learnt; read and written without a lock, for it only says what to try. */
struct qmsg_turn {
	u16 left;		/* waits to sleep out at once */
	u16 pause;		/* as many after the next turn for nothing */
};

static inline bool qmsg_turn_stays_here(void)
{
	return num_online_cpus() == 1 || current->nr_cpus_allowed == 1;
}

/* A deadline task would give up the rest of its period. */
static inline bool qmsg_turn_may(struct qmsg_turn *t)
{
	u16 left;

	if (!qmsg_turn_stays_here() || dl_task(current))
		return false;
	left = READ_ONCE(t->left);
	if (likely(!left))
		return true;
	WRITE_ONCE(t->left, left - 1);
	return false;
}

/* Returns how long others kept this thread from running, ns; 0 if that is not counted. */
static inline u64 qmsg_turn_give(void)
{
#ifdef CONFIG_SCHED_INFO
	u64 before = current->sched_info.run_delay;

	yield();
	return current->sched_info.run_delay - before;
#else
	yield();
	return 0;
#endif
}

/* It took @delay, and what the caller waits for has @come. */
static inline void qmsg_turn_learn(struct qmsg_turn *t, u64 delay, bool come)
{
	u16 pause = max_t(u16, READ_ONCE(t->pause), QMSG_TURN_PAUSE_MIN);

	if (likely(come && (delay < QMSG_TURN_LONG || rt_task(current)))) {
		if (unlikely(pause > QMSG_TURN_PAUSE_MIN))
			WRITE_ONCE(t->pause, pause - pause / 64 - 1);
		return;
	}
	WRITE_ONCE(t->left, pause);
	WRITE_ONCE(t->pause, min(2 * pause, QMSG_TURN_PAUSE_MAX));
}

#endif /* QMSG_TURN_H */
