// SPDX-License-Identifier: GPL-2.0-only
/* What is a signal: classification of what is pending, and holding handlers back. */

#include <linux/sched/signal.h>

#include "signal.h"

/* A task's own does not change under it. */
static struct sighand_struct *sighand(void)
{
	return rcu_dereference_protected(current->sighand, true);
}

static __sighandler_t handler_of(int sig)
{
	return sighand()->action[sig - 1].sa.sa_handler;
}

static bool is_handled(int sig)
{
	__sighandler_t handler = handler_of(sig);

	return handler != SIG_DFL && handler != SIG_IGN;
}

/* Its handler wants the calls that it interrupts to go on. */
static bool is_restarting(int sig)
{
	return is_handled(sig) && sighand()->action[sig - 1].sa.sa_flags & SA_RESTART;
}

/* Default action: terminate, with or without a core dump. */
static bool is_fatal(int sig)
{
	if (sig == SIGKILL)
		return true;
	if (handler_of(sig) != SIG_DFL)
		return false;
	if (sig_kernel_ignore(sig) || sig_kernel_stop(sig))
		return false;
	/* A tracer, or being init, may yet take it away. */
	return !current->ptrace && !(current->signal->flags & SIGNAL_UNKILLABLE);
}

static void pending_locked(sigset_t *set)
{
	sigorsets(set, &current->pending.signal, &current->signal->shared_pending.signal);
	sigandnsets(set, set, &current->blocked);
}

static enum qmsg_pending classify_locked(void)
{
	enum qmsg_pending found = QMSG_PENDING_OTHER;
	sigset_t set;
	int sig;

	pending_locked(&set);
	for (sig = 1; sig <= _NSIG; sig++) {
		if (!sigismember(&set, sig))
			continue;
		if (is_fatal(sig))
			return QMSG_PENDING_FATAL;
		if (is_handled(sig))
			found = QMSG_PENDING_HANDLED;
	}
	return found;
}

/*
 * What the current task has been disturbed by. Who sends a signal has the lock from before it
 * wakes anybody until the signal is there.
 */
enum qmsg_pending qmsg_pending_now(void)
{
	enum qmsg_pending found = QMSG_PENDING_NOTHING;

	spin_lock_irq(&sighand()->siglock);
	if (signal_pending(current)) {
		found = classify_locked();
		/* The flag outlives its cause: a stop that SIGCONT took back, say. */
		recalc_sigpending();
		if (!signal_pending(current))
			found = QMSG_PENDING_NOTHING;
	}
	spin_unlock_irq(&sighand()->siglock);
	return found;
}

/* For who is woken by the signal as well. */
enum qmsg_pending qmsg_pending(void)
{
	return signal_pending(current) ? qmsg_pending_now() : QMSG_PENDING_NOTHING;
}

/*
 * What ends a wait that can be begun again: nothing has happened in it, so where no handler
 * runs the call is simply repeated.
 */
int qmsg_disturbed(void)
{
	switch (qmsg_pending()) {
	case QMSG_PENDING_NOTHING:
		return 0;
	case QMSG_PENDING_OTHER:
		return -ERESTARTNOHAND;
	default:
		return -EINTR;
	}
}

/* Woken by each signal that comes to the current process: signalfd listens there. */
wait_queue_head_t *qmsg_signal_arrivals(void)
{
	return &sighand()->signalfd_wqh;
}

static bool any_pending(bool (*which)(int sig))
{
	bool found = false;
	sigset_t set;
	int sig;

	spin_lock_irq(&sighand()->siglock);
	pending_locked(&set);
	for (sig = 1; sig <= _NSIG; sig++)
		found |= sigismember(&set, sig) && which(sig);
	spin_unlock_irq(&sighand()->siglock);
	return found;
}

static bool is_interrupting(int sig)
{
	return is_handled(sig) && !is_restarting(sig);
}

/* Of the pending signals with handlers: has each of them SA_RESTART? */
bool qmsg_only_restarting(void)
{
	return !any_pending(is_interrupting);
}

/* Its handler is to run soon. Those that are ignored by default tell news, and have time. */
static bool is_urgent(int sig)
{
	return is_handled(sig) && !sig_kernel_ignore(sig);
}

bool qmsg_urgent(void)
{
	return any_pending(is_urgent);
}

static bool is_news(int sig)
{
	return is_restarting(sig) && !is_urgent(sig);
}

static void hold(struct qmsg_hold *hold, bool (*which)(int sig))
{
	sigset_t held;
	int sig;

	sigemptyset(&held);
	spin_lock_irq(&sighand()->siglock);
	for (sig = 1; sig <= _NSIG; sig++)
		if (which(sig))
			sigaddset(&held, sig);
	spin_unlock_irq(&sighand()->siglock);
	sigprocmask(SIG_BLOCK, &held, hold->active ? NULL : &hold->saved);
	hold->active = true;
}

/* Repeatable: signals that have got a handler meanwhile are added. */
void qmsg_hold_signals(struct qmsg_hold *h)
{
	hold(h, is_handled);
}

/* Only those that can wait: one that ends calls still does. */
void qmsg_hold_restarting(struct qmsg_hold *h)
{
	hold(h, is_restarting);
}

/* Only those that have time: one that is urgent still asks. */
void qmsg_hold_news(struct qmsg_hold *h)
{
	hold(h, is_news);
}

void qmsg_let_signals_go(struct qmsg_hold *hold)
{
	sigprocmask(SIG_SETMASK, &hold->saved, NULL);
	hold->active = false;
}
