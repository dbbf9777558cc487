/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Waiting awake.
 *
 * DOC: Where the other side runs on another CPU, its answer is often there before this thread
 * could have gone to sleep and been woken. So before a thread sleeps it looks for a while,
 * as long as this CPU has nothing else to run: a peer that waits for this very CPU ends
 * it, and so does a signal. No client does it while others are queued, and of a channel's
 * receivers only the one that the next message goes to.
 *
 * How long is learnt (@hint): what came just after giving up makes it longer, what did not
 * come at all makes it shorter, down to nothing.
 */
#ifndef QMSG_SPIN_H
#define QMSG_SPIN_H

#include <linux/cpumask.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/stat.h>
#include <linux/timekeeping.h>

/* Module parameter, us; 0: never. */
extern unsigned int qmsg_spin_us;

/* One wait: first awake, then asleep. */
struct qmsg_spin {
	u32 *hint;		/* ns; read and written without a lock */
	u64 start;		/* ns; 0: this one is not looked at */
};

void qmsg_spin_learn(struct qmsg_spin *s);

static inline bool qmsg_spin_may(void)
{
	return READ_ONCE(qmsg_spin_us) && num_online_cpus() > 1 && single_task_running() &&
	       !need_resched();
}

/* True while it is worth looking once more. Not beyond @deadline. */
static inline bool qmsg_spin_on(const struct qmsg_spin *s, u64 deadline)
{
	u64 now;

	cpu_relax();
	if (!single_task_running() || need_resched() || signal_pending(current))
		return false;
	now = ktime_get_ns();
	return now - s->start < READ_ONCE(*s->hint) && now < deadline;
}

/* After the wait, if it was slept out. */
static inline void qmsg_spin_end(struct qmsg_spin *s)
{
	if (s->start)
		qmsg_spin_learn(s);
}

/* False: sleep at once. */
static inline bool qmsg_spin_begin(struct qmsg_spin *s, u32 *hint)
{
	s->hint = hint;
	s->start = 0;
	if (!qmsg_spin_may())
		return false;
	s->start = ktime_get_ns();
	return READ_ONCE(*hint);
}

#endif /* QMSG_SPIN_H */
