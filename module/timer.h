/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Timers.
 *
 * DOC: A timer is the kernel's (D14): an hrtimer whose interrupt only queues work to a kernel
 * thread, which posts the pulse or delivers the event. Those who may use real-time priorities
 * have a real-time thread, all others an ordinary one, so that nobody gets real-time work
 * done who could not do it himself.
 *
 * The pulse is embedded and cannot fail (D12). There is one: while it is unreceived the timer
 * is not started again, and what it missed is counted when the pulse is received (S4.19). So
 * a timer that nobody listens to costs nothing. A timer whose event is something else is
 * started again as soon as that is delivered.
 */
#ifndef QMSG_TIMER_H
#define QMSG_TIMER_H

#include <linux/hrtimer.h>
#include <linux/kref.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>

#include "event.h"
#include "pulse.h"

struct qmsg_timer {
	struct kref ref;

	/* Set at creation. */
	struct qmsg_user *user;		/* who is charged, with a reference */
	struct qmsg_action action;
	struct qmsg_target owner;	/* and its thread that made it */
	clockid_t clock;
	struct kthread_worker *worker;

	struct mutex mutex;		/* one at a time sets or ends it */
	bool dead;			/* under @mutex */

	struct hrtimer hrtimer;
	struct kthread_work work;

	/* Under @lock, which is below the channel's. */
	spinlock_t lock;
	bool running;			/* set, and not expired for the last time */
	u64 interval;			/* ns; 0: expires once */
	u32 overrun;

	/* Under the lock of the connection's channel. */
	struct qmsg_pulse_node pulse;
	bool held;			/* the channel has @pulse, or somebody is about to release it */
	bool stale;			/* … but from before the timer was set */
	bool due;			/* it has expired meanwhile */

	u64 expiries;			/* for fdinfo: times the interrupt came */
};

int qmsg_timers_init(void);
void qmsg_timers_exit(void);
void qmsg_timer_end_all(struct qmsg_ctx *ctx);
void qmsg_timer_pulse_released(struct qmsg_channel *ch, struct qmsg_pulse_node *p);
void qmsg_timers_show(struct seq_file *m, struct qmsg_ctx *ctx);
bool qmsg_timers_may_unblock(struct qmsg_proc *proc);

#endif /* QMSG_TIMER_H */
