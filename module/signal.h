/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is a signal, and what only looks like one.
 *
 * DOC: signal_pending() is also true for job control stops, ptrace traps, the freezer,
 * task work and signals that will be discarded. None of these is an unblock event (P6),
 * so each wait asks here what it has been woken for.
 *
 * A client that has to stay although a signal with a handler is pending *holds* such
 * signals back: they are blocked in its mask until it is answered, so that it can sleep,
 * and the handler runs before MsgSend returns (S5.26). Signals that kill or stop are not
 * blocked.
 */
#ifndef QMSG_SIGNAL_H
#define QMSG_SIGNAL_H

#include <linux/signal_types.h>
#include <linux/types.h>
#include <linux/wait.h>

enum qmsg_pending {
	QMSG_PENDING_NOTHING,	/* nothing is pending at all */
	QMSG_PENDING_OTHER,	/* something the way out to user mode takes care of */
	QMSG_PENDING_HANDLED,	/* a signal with a handler */
	QMSG_PENDING_FATAL,	/* the task is being killed */
};

enum qmsg_pending qmsg_pending(void);
enum qmsg_pending qmsg_pending_now(void);
int qmsg_disturbed(void);

struct qmsg_hold {
	sigset_t saved;
	bool active;
};

void qmsg_hold_signals(struct qmsg_hold *hold);
void qmsg_hold_restarting(struct qmsg_hold *hold);
void qmsg_hold_news(struct qmsg_hold *hold);
bool qmsg_only_restarting(void);
bool qmsg_urgent(void);
wait_queue_head_t *qmsg_signal_arrivals(void);
void qmsg_let_signals_go(struct qmsg_hold *hold);

static inline void qmsg_release_signals(struct qmsg_hold *hold)
{
	if (unlikely(hold->active))
		qmsg_let_signals_go(hold);
}

#endif /* QMSG_SIGNAL_H */
