// SPDX-License-Identifier: GPL-2.0-only
/* The sleeping client: what it waits for, and what may disturb it. */

#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/sched/rt.h>
#include <linux/sched/signal.h>
#include <linux/time_namespace.h>

#include "channel.h"
#include "compat.h"
#include "inject.h"
#include "limits.h"
#include "request.h"
#include "spin.h"
#include "turn.h"
#include "wait.h"

/* How far the caller's clock is ahead of ours where its time namespace has shifted it, ns. */
static s64 ahead_of_us(clockid_t clock)
{
	const struct timens_offsets *by;

	if (!IS_ENABLED(CONFIG_TIME_NS))
		return 0;
	by = &current->nsproxy->time_ns->offsets;
	switch (clock) {
	case CLOCK_MONOTONIC:
		return timespec64_to_ns(&by->monotonic);
	case CLOCK_BOOTTIME:
		return timespec64_to_ns(&by->boottime);
	}
	return 0;
}

/* Our time when the caller's @clock shows @t; 0 if that was before there was any. */
u64 qmsg_time_of_caller(clockid_t clock, u64 t)
{
	s64 ahead;

	if (t >= KTIME_MAX)
		return t;
	ahead = ahead_of_us(clock);
	return ahead > 0 && t < ahead ? 0 : t - ahead;
}

/* One that no clock will ever show is none. */
noinline u64 qmsg_deadline_here(u64 deadline)
{
	u64 here = qmsg_time_of_caller(CLOCK_MONOTONIC, deadline);

	return here < KTIME_MAX ? here : QMSG_NO_DEADLINE;
}

/* A deadline is exact for real-time tasks. */
void qmsg_sleep_to(u64 deadline)
{
	u64 slack = rt_task(current) ? 0 : current->timer_slack_ns;
	ktime_t t = ns_to_ktime(deadline);

	schedule_hrtimeout_range_clock(&t, slack, HRTIMER_MODE_ABS, CLOCK_MONOTONIC);
}

static noinline void event(struct qmsg_request *req, enum qmsg_state_event ev)
{
	(void)qmsg_point(EVENT);
	spin_lock(req->channel->lock);
	qmsg_state_event_locked(req, ev, NULL);
	qmsg_channel_unlock(req->channel);
}

/* The one deadline that @state waits for (S7: evaluated per state), and what it means. */
static noinline u64 deadline_of(const struct qmsg_request *req, enum qmsg_state state,
				enum qmsg_state_event *ev)
{
	if (state == QMSG_SEND && READ_ONCE(req->hand) != QMSG_HAND_AT_ONCE) {
		*ev = QMSG_EV_SEND_TIMEOUT;
		return req->policy.send_deadline;
	}
	*ev = QMSG_EV_REPLY_TIMEOUT;
	/* S5.31: it asks once, then waits without limit; it asks also after another reason. */
	if (state == QMSG_ASKED && READ_ONCE(req->reasons) & QMSG_UNBLOCK_TIMEOUT)
		return QMSG_NO_DEADLINE;
	return req->policy.reply_deadline;
}

static u64 grace_end(const struct qmsg_request *req, u64 since)
{
	u32 ms = req->channel->kill_grace_ms ?: qmsg_kill_grace_default();

	return ms == QMSG_GRACE_UNLIMITED ? QMSG_NO_DEADLINE : since + (u64)ms * NSEC_PER_MSEC;
}

/*
 * The client is being killed, and the kill began at @since (ns): so does the grace. DYING
 * is slept out by qmsg_wait_grace().
 */
void qmsg_wait_kill_since(struct qmsg_request *req, u64 since)
{
	req->grace_end = grace_end(req, since);
	event(req, QMSG_EV_KILL);
}

void qmsg_wait_kill(struct qmsg_request *req)
{
	qmsg_wait_kill_since(req, ktime_get_ns());
}

/* A channel keeps only so many orphans; one too many is over at once. */
static void grace_over(struct qmsg_request *req)
{
	struct qmsg_channel *ch = req->channel;

	(void)qmsg_point(GRACE);
	spin_lock(ch->lock);
	qmsg_state_event_locked(req, ch->orphans < QMSG_ORPHANS_MAX ?
				QMSG_EV_GRACE_OVER : QMSG_EV_GONE, NULL);
	qmsg_channel_unlock(ch);
}

/*
 * Until the request is over, or its grace is. The fatal signal stays pending, so the
 * sleep does not look at signals; TASK_IDLE keeps it out of the load average and of hung
 * task detection, FREEZABLE out of the way of suspend (D6).
 */
void qmsg_wait_grace(struct qmsg_request *req)
{
	while (!qmsg_state_over(smp_load_acquire(&req->state))) {
		if (qmsg_deadline_passed(req->grace_end)) {
			grace_over(req);
			continue;
		}
		set_current_state(TASK_IDLE | TASK_FREEZABLE);
		if (!qmsg_state_over(READ_ONCE(req->state)))
			qmsg_sleep_until(req->grace_end);
		__set_current_state(TASK_RUNNING);
	}
}

/*
 * Whether the client can leave for a handler with SA_RESTART, and then send again: not where the
 * server would see that as two messages. One that is asked says itself that nothing was done.
 */
static bool may_restart(const struct qmsg_request *req)
{
	return req->policy.restartable && req->channel->flags & QMSG_CHF_UNBLOCK;
}

static void take_restarting(struct qmsg_request *req)
{
	if (may_restart(req) && !qmsg_urgent()) {
		qmsg_hold_news(&req->hold);
		return;
	}
	if (may_restart(req))
		event(req, QMSG_EV_SIGNAL);
	qmsg_hold_restarting(&req->hold);
}

static void take_signal(struct qmsg_request *req)
{
	if (req->policy.restarts && qmsg_only_restarting()) {
		take_restarting(req);
		return;
	}
	if (req->policy.signals)
		event(req, QMSG_EV_SIGNAL);
	/* If that did not let it go: the handler runs after the answer (S5.26). */
	if (!qmsg_state_over(READ_ONCE(req->state)))
		qmsg_hold_signals(&req->hold);
}

/*
 * Something that is no signal wants this task on its way out to user mode: a stop, a
 * freeze, a tracer, task work. The handlers are held back on that way; if that takes the
 * disturbance itself away there is nothing to leave for.
 */
static bool must_step_aside(struct qmsg_request *req)
{
	bool held = req->hold.active;

	qmsg_hold_signals(&req->hold);
	if (signal_pending(current))
		return true;
	if (!held)
		qmsg_release_signals(&req->hold);
	return false;
}

/* False if the task has to step aside and come back to this request. */
static noinline bool may_go_on(struct qmsg_request *req)
{
	switch (qmsg_pending()) {
	case QMSG_PENDING_NOTHING:
		return true;
	case QMSG_PENDING_HANDLED:
		take_signal(req);
		return true;
	case QMSG_PENDING_FATAL:
		qmsg_wait_kill(req);
		qmsg_wait_grace(req);
		return true;
	case QMSG_PENDING_OTHER:
		break;
	}
	return !must_step_aside(req);
}

/* Is there any other client that this one's server could work for? */
static bool others_wait(const struct qmsg_request *req)
{
	u32 mine = READ_ONCE(req->hand) == QMSG_HAND_NONE && READ_ONCE(req->state) == QMSG_SEND;

	return READ_ONCE(req->channel->queue.count[QMSG_KIND_REQUEST]) > mine;
}

static noinline void look_awake(struct qmsg_request *req, struct qmsg_spin *spin)
{
	u64 deadline = min(req->policy.send_deadline, req->policy.reply_deadline);

	while (!qmsg_state_over(READ_ONCE(req->state)) && !others_wait(req) &&
	       qmsg_spin_on(spin, deadline))
		;
	/* What came in time teaches nothing. */
	if (qmsg_state_over(READ_ONCE(req->state)))
		spin->start = 0;
}

/* Pairs with the release in step_locked(): what was written before is seen. */
static bool is_over(const struct qmsg_request *req)
{
	return qmsg_state_over(smp_load_acquire(&req->state));
}

/* Lets others of this priority by, the server among them. True: that was all there was to do. */
static bool client_gives_turn(struct qmsg_request *req)
{
	bool over;

	yield();
	over = is_over(req);
	qmsg_turn_learn(&req->channel->turn_send, over);
	return over;
}

/*
 * What the sleeper has looked at is still so: its state, and of a message that has gone back to
 * the queue the deadline.
 */
static bool is_still(const struct qmsg_request *req, enum qmsg_state state, u64 deadline)
{
	enum qmsg_state_event ev;

	return READ_ONCE(req->state) == state && deadline_of(req, state, &ev) == deadline;
}

static noinline bool sleep_until_deadline(struct qmsg_request *req, enum qmsg_state state)
{
	enum qmsg_state_event ev;
	u64 deadline = deadline_of(req, state, &ev);

	if (signal_pending(current))
		return false;
	if (qmsg_deadline_passed(deadline)) {
		event(req, ev);
		return true;
	}
	(void)qmsg_point(SLEEP);
	set_current_state(TASK_INTERRUPTIBLE | TASK_FREEZABLE);
	if (is_still(req, state, deadline) && !signal_pending(current))
		qmsg_sleep_until(deadline);
	__set_current_state(TASK_RUNNING);
	return true;
}

/* Until @req is not in @state any more, or for no reason. False: a signal is pending. */
static __qmsg_hot bool sleep_in(struct qmsg_request *req, enum qmsg_state state)
{
	bool called;

	if (qmsg_has_deadline(&req->policy))
		return sleep_until_deadline(req, state);
	(void)qmsg_point(SLEEP);
	/* Pairs with the wake-up after the change of state in step_locked(). */
	set_current_state(TASK_INTERRUPTIBLE | TASK_FREEZABLE);
	called = signal_pending(current);
	if (likely(!called) && READ_ONCE(req->state) == state)
		schedule();
	__set_current_state(TASK_RUNNING);
	return !called;
}

/* First awake, then asleep. False: as below. */
static __qmsg_hot bool wait_for_over(struct qmsg_request *req)
{
	struct qmsg_spin spin __qmsg_uninitialized;
	enum qmsg_state state;

	if (qmsg_spin_begin(&spin, &req->channel->spin_send))
		look_awake(req, &spin);
	while (!qmsg_state_over(state = smp_load_acquire(&req->state)))
		if (unlikely(!sleep_in(req, state) && !may_go_on(req)))
			return false;
	qmsg_spin_end(&spin);
	return true;
}

/* Until @req is over. False: the task has to step aside and call again. */
__qmsg_hot bool qmsg_wait(struct qmsg_request *req)
{
	bool over = qmsg_turn_may(&req->channel->turn_send) ? client_gives_turn(req) :
							       is_over(req);

	if (!over && !wait_for_over(req))
		return false;
	(void)qmsg_point(RESULT);
	return true;
}

/*
 * Whether anything has come that the client leaves for, or asks to. Of that nobody tells but who
 * wakes it through its queue, which is before the signal is there.
 */
static bool is_called(void)
{
	enum qmsg_pending pending = qmsg_pending_now();

	return pending == QMSG_PENDING_HANDLED || pending == QMSG_PENDING_FATAL;
}

/*
 * Every signal that comes wakes it, also one that its state would sleep through. Whoever looks at
 * the state first sees what has come before. Of one that another thread has left to it nobody
 * tells, so it looks now and then.
 */
static void sleep_here(struct qmsg_request *req)
{
	wait_queue_head_t *signals = qmsg_signal_arrivals();
	DEFINE_WAIT(wait);

	prepare_to_wait(signals, &wait, TASK_IDLE | TASK_WAKEKILL | TASK_FREEZABLE);
	if (!qmsg_state_over(READ_ONCE(req->state)) && !is_called())
		schedule_timeout(HZ);
	finish_wait(signals, &wait);
}

/* They were held back on the way out only. One that has asked keeps its handlers back. */
static void hear_again(struct qmsg_request *req)
{
	if (!(READ_ONCE(req->reasons) & QMSG_UNBLOCK_SIGNAL))
		qmsg_release_signals(&req->hold);
}

/*
 * Like qmsg_wait(), for a task that has to step aside and cannot: what wants it has to wait, and
 * stays pending. Only signals that are more than that count. Neither load nor taken for hung.
 */
void qmsg_wait_here(struct qmsg_request *req)
{
	hear_again(req);
	while (!qmsg_state_over(smp_load_acquire(&req->state))) {
		if (!is_called())
			sleep_here(req);
		else if (!may_go_on(req))
			hear_again(req);
	}
}

/*
 * At most for the grace, whatever comes, and the grace is then over: for who is not to be held
 * up, and is no more interested in the answer than one who is killed. A grace without an end is
 * not for him.
 */
void qmsg_wait_bounded(struct qmsg_request *req)
{
	u64 since = ktime_get_ns(), end = grace_end(req, since);

	if (end == QMSG_NO_DEADLINE)
		end = since + NSEC_PER_SEC;

	while (!qmsg_state_over(smp_load_acquire(&req->state)) && !qmsg_deadline_passed(end)) {
		set_current_state(TASK_IDLE | TASK_FREEZABLE);
		if (!qmsg_state_over(READ_ONCE(req->state)))
			qmsg_sleep_until(end);
		__set_current_state(TASK_RUNNING);
	}
	if (qmsg_state_over(READ_ONCE(req->state)))
		return;
	req->grace_end = end;
	event(req, QMSG_EV_KILL);
	qmsg_wait_grace(req);
}

/* An orphan's bytes are nobody's: not to be read, not to be kept (D7). */
static noinline void leave_orphan(struct qmsg_request *req)
{
	struct qmsg_buffer *message = NULL;
	LIST_HEAD(reply);

	spin_lock(req->channel->lock);
	req->sleeper = NULL;
	if (req->state == QMSG_ORPHAN) {
		swap(message, req->message);
		list_splice_init(&req->reply, &reply);
	}
	qmsg_channel_unlock(req->channel);
	qmsg_buffer_put(message);
	qmsg_buffers_put(&reply);
}

/* One with room for a long reply, or with a window. */
static noinline __qmsg_long void leave_long(struct qmsg_request *req)
{
	size_t written = qmsg_window_close(&req->window);

	if (READ_ONCE(req->state) == QMSG_DONE)
		qmsg_request_remember_reply(req, written);
}

/*
 * The client has its result or gives up waiting: nobody is to wake it any more, or to see or
 * change its memory. One that is over wakes nobody.
 */
__qmsg_hot void qmsg_wait_leave(struct qmsg_request *req)
{
	if (req->window.used || !qmsg_is_short(req->dstlen))
		leave_long(req);
	(void)qmsg_point(LEAVE);
	if (unlikely(READ_ONCE(req->state) != QMSG_DONE))
		leave_orphan(req);
}
