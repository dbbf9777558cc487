// SPDX-License-Identifier: GPL-2.0-only
/* Timers: expiring, the pulse that comes of it, and starting again. */

#include <linux/capability.h>
#include <linux/err.h>
#include <linux/math64.h>
#include <linux/sched/rt.h>
#include <linux/sched/signal.h>
#include <linux/sched/types.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "channel.h"
#include "connect.h"
#include "ctx.h"
#include "ioctl.h"
#include "limits.h"
#include "timer.h"
#include "wait.h"

/*
 * Floors of intervals, so that nobody keeps the machine busy with expiring. A pulse is only
 * followed by another once it has been received; other events follow each other unasked.
 */
#define PULSE_INTERVAL_MIN	(20 * NSEC_PER_USEC)
#define EVENT_INTERVAL_MIN	NSEC_PER_MSEC

static struct kthread_worker *worker_rt, *worker_other;

int qmsg_timers_init(void)
{
	worker_other = kthread_create_worker(0, "qmsg-timer");
	if (IS_ERR(worker_other))
		return PTR_ERR(worker_other);
	worker_rt = kthread_create_worker(0, "qmsg-timer-rt");
	if (IS_ERR(worker_rt)) {
		kthread_destroy_worker(worker_other);
		return PTR_ERR(worker_rt);
	}
	sched_set_fifo(worker_rt->task);
	return 0;
}

void qmsg_timers_exit(void)
{
	kthread_destroy_worker(worker_rt);
	kthread_destroy_worker(worker_other);
}

/* Whoever may use real-time priorities himself. */
static struct kthread_worker *worker_for_current(void)
{
	if (rt_task(current) || task_rlimit(current, RLIMIT_RTPRIO) ||
	    ns_capable_noaudit(&init_user_ns, CAP_SYS_NICE))
		return worker_rt;
	return worker_other;
}

static void timer_free(struct kref *ref)
{
	struct qmsg_timer *t = container_of(ref, struct qmsg_timer, ref);

	qmsg_action_release(&t->action);
	qmsg_target_release(&t->owner);
	qmsg_uncharge(t->user, QMSG_QUOTA_TIMERS, 1);
	qmsg_user_put(t->user);
	kfree(t);
	qmsg_count(QMSG_OBJ_TIMER, -1);
}

static void timer_put(struct qmsg_timer *t)
{
	kref_put(&t->ref, timer_free);
}

static bool is_pulse(const struct qmsg_timer *t)
{
	return t->action.conn;
}

static struct qmsg_channel *channel_of(const struct qmsg_timer *t)
{
	return t->action.conn->sconn->channel;
}

/* After an expiry has been taken notice of. */
static void arm_next(struct qmsg_timer *t)
{
	u64 passed = 0;

	spin_lock(&t->lock);
	if (t->running && t->interval) {
		passed = hrtimer_forward_now(&t->hrtimer, t->interval);
		hrtimer_start_expires(&t->hrtimer, HRTIMER_MODE_ABS_HARD);
	}
	t->overrun = passed ? min_t(u64, passed - 1, U32_MAX) : 0;
	spin_unlock(&t->lock);
}

static void post_pulse_locked(struct qmsg_timer *t)
{
	struct qmsg_channel *ch = channel_of(t);

	if (ch->dead || t->action.conn->detached)
		return;
	t->held = true;
	kref_get(&t->ref);
	qmsg_pulse_post_locked(ch, &t->pulse);
}

static void expired(struct qmsg_timer *t)
{
	spin_lock(&t->lock);
	t->running = t->running && t->interval;
	spin_unlock(&t->lock);
}

static void expire_pulse(struct qmsg_timer *t)
{
	struct qmsg_channel *ch = channel_of(t);

	spin_lock(ch->lock);
	if (t->held)
		t->due = true;
	else
		post_pulse_locked(t);
	/* It has not run out before its pulse is there. */
	expired(t);
	qmsg_channel_unlock(ch);
}

/* The pulse has been received or thrown away; its reference is dropped here. */
void qmsg_timer_pulse_released(struct qmsg_channel *ch, struct qmsg_pulse_node *p)
{
	struct qmsg_timer *t = container_of(p, struct qmsg_timer, pulse);

	spin_lock(ch->lock);
	t->held = false;
	if (t->due)
		post_pulse_locked(t);
	else if (!t->stale && !ch->dead)
		arm_next(t);
	t->due = false;
	t->stale = false;
	qmsg_channel_unlock(ch);
	timer_put(t);
}

/* One that cannot be delivered is one that nobody heard. */
static void expire_event(struct qmsg_timer *t)
{
	qmsg_act(&t->action, &t->owner, t->user, false);
	expired(t);
	arm_next(t);
}

static void timer_work(struct kthread_work *work)
{
	struct qmsg_timer *t = container_of(work, struct qmsg_timer, work);

	if (is_pulse(t))
		expire_pulse(t);
	else
		expire_event(t);
}

/* In hard interrupt context, on PREEMPT_RT too: nothing but raw locks. */
static enum hrtimer_restart timer_interrupt(struct hrtimer *hrtimer)
{
	struct qmsg_timer *t = container_of(hrtimer, struct qmsg_timer, hrtimer);

	WRITE_ONCE(t->expiries, t->expiries + 1);
	kthread_queue_work(t->worker, &t->work);
	return HRTIMER_NORESTART;
}

static void take_back_pulse(struct qmsg_timer *t)
{
	struct qmsg_channel *ch = channel_of(t);
	bool withdrawn;

	spin_lock(ch->lock);
	t->due = false;
	withdrawn = qmsg_pulse_withdraw_locked(ch, &t->pulse);
	if (withdrawn)
		t->held = false;
	t->stale = t->held;
	qmsg_channel_unlock(ch);
	if (withdrawn)
		timer_put(t);
}

/* Nothing of what it was set to happens any more. Once it does not run nobody starts it. */
static void stop(struct qmsg_timer *t)
{
	lockdep_assert_held(&t->mutex);
	spin_lock(&t->lock);
	t->running = false;
	spin_unlock(&t->lock);
	hrtimer_cancel(&t->hrtimer);
	kthread_cancel_work_sync(&t->work);
	if (is_pulse(t))
		take_back_pulse(t);
}

static u64 interval_of(const struct qmsg_timer *t, const struct qmsg_timer_settime *args)
{
	if (!args->value || !args->interval)
		return 0;
	return max_t(u64, args->interval, is_pulse(t) ? PULSE_INTERVAL_MIN : EVENT_INTERVAL_MIN);
}

/*
 * When it is to expire, on our clock; 0: not at all. What was before the beginning of time, or
 * is after its end, is at these.
 */
static u64 value_of(const struct qmsg_timer *t, const struct qmsg_timer_settime *args)
{
	if (!args->value || !(args->flags & QMSG_TIMER_ABSTIME))
		return args->value;
	return clamp_t(u64, qmsg_time_of_caller(t->clock, args->value), 1, KTIME_MAX);
}

/* POSIX: the clock being set moves absolute times only. hrtimer_init() sees to that. */
static void start(struct qmsg_timer *t, const struct qmsg_timer_settime *args)
{
	enum hrtimer_mode mode = args->flags & QMSG_TIMER_ABSTIME ? HRTIMER_MODE_ABS_HARD :
								    HRTIMER_MODE_REL_HARD;

	spin_lock(&t->lock);
	t->interval = interval_of(t, args);
	t->overrun = 0;
	t->running = args->value;
	if (t->running) {
		hrtimer_init(&t->hrtimer, t->clock, mode);
		t->hrtimer.function = timer_interrupt;
		hrtimer_start(&t->hrtimer, ns_to_ktime(value_of(t, args)), mode);
	}
	spin_unlock(&t->lock);
}

static u64 left_locked(struct qmsg_timer *t)
{
	s64 left;
	u64 late;

	if (!t->running)
		return 0;
	left = ktime_to_ns(ktime_sub(hrtimer_get_expires(&t->hrtimer),
				     hrtimer_cb_get_time(&t->hrtimer)));
	if (left > 0)
		return left;
	/* Its interrupt is on the way; 0 would say that it does not run. */
	if (!t->interval)
		return 1;
	div64_u64_rem(-left, t->interval, &late);
	return t->interval - late;
}

static struct qmsg_timer *timer_find(struct qmsg_ctx *ctx, int id)
{
	struct qmsg_timer *t;

	if (id < 0)
		return NULL;
	xa_lock(&ctx->timers);
	t = xa_load(&ctx->timers, id);
	if (t)
		kref_get(&t->ref);
	xa_unlock(&ctx->timers);
	return t;
}

/* Out of the table; not the place of one that is being made. */
static struct qmsg_timer *timer_take(struct qmsg_ctx *ctx, int id)
{
	struct qmsg_timer *t;

	if (id < 0)
		return NULL;
	xa_lock(&ctx->timers);
	t = xa_load(&ctx->timers, id);
	if (t)
		__xa_erase(&ctx->timers, id);
	xa_unlock(&ctx->timers);
	return t;
}

static void timer_end(struct qmsg_timer *t)
{
	mutex_lock(&t->mutex);
	t->dead = true;
	stop(t);
	mutex_unlock(&t->mutex);
	timer_put(t);
}

static bool ctx_may_unblock(struct qmsg_ctx *ctx)
{
	const struct qmsg_timer *t;
	unsigned long id;
	bool found = false;

	xa_lock(&ctx->timers);
	xa_for_each(&ctx->timers, id, t) {
		found = qmsg_event_kind(&t->action.ev) != QMSG_EVENT_PULSE;
		if (found)
			break;
	}
	xa_unlock(&ctx->timers);
	return found;
}

/* Has @proc a timer that does more than send a pulse? It may end some thread's wait. */
bool qmsg_timers_may_unblock(struct qmsg_proc *proc)
{
	struct qmsg_ctx *ctx = NULL;

	while ((ctx = qmsg_proc_next_ctx(proc, ctx))) {
		if (ctx_may_unblock(ctx)) {
			qmsg_ctx_put(ctx);
			return true;
		}
	}
	return false;
}

void qmsg_timer_end_all(struct qmsg_ctx *ctx)
{
	struct qmsg_timer *t;
	unsigned long id;

	xa_for_each(&ctx->timers, id, t) {
		t = timer_take(ctx, id);
		if (t)
			timer_end(t);
		cond_resched();
	}
}

static int take_event(struct qmsg_timer *t, struct qmsg_ctx *ctx, const struct qmsg_event *ev)
{
	int err;

	err = qmsg_action_own(&t->action, ctx, ev, QMSG_KINDS_ALL);
	if (err || !t->action.conn)
		return err;
	qmsg_pulse_init(&t->pulse, QMSG_PULSE_TIMER);
	t->pulse.code = ev->code;
	t->pulse.value = ev->value;
	t->pulse.scoid = t->action.conn->sconn->scoid;
	t->pulse.q.prio = t->action.rank.prio;
	t->pulse.q.boost = t->action.rank.boost;
	return 0;
}

static struct qmsg_timer *timer_alloc(struct qmsg_ctx *ctx, clockid_t clock)
{
	struct qmsg_timer *t;

	if (qmsg_charge(ctx->user, QMSG_QUOTA_TIMERS, 1))
		return ERR_PTR(-EAGAIN);
	t = kzalloc(sizeof(*t), GFP_KERNEL_ACCOUNT);
	if (!t) {
		qmsg_uncharge(ctx->user, QMSG_QUOTA_TIMERS, 1);
		return ERR_PTR(-ENOMEM);
	}
	kref_init(&t->ref);
	t->user = qmsg_user_ref(ctx->user);
	qmsg_target_self(&t->owner, ctx);
	t->clock = clock;
	t->worker = worker_for_current();
	mutex_init(&t->mutex);
	spin_lock_init(&t->lock);
	hrtimer_init(&t->hrtimer, clock, HRTIMER_MODE_ABS_HARD);
	kthread_init_work(&t->work, timer_work);
	qmsg_count(QMSG_OBJ_TIMER, 1);
	return t;
}

/* The number is reserved and told first: once the timer can be found nothing can fail. */
static int timer_publish(struct qmsg_ctx *ctx, struct qmsg_timer *t, s32 __user *out_timer)
{
	u32 id;
	int err;

	err = xa_alloc(&ctx->timers, &id, NULL, XA_LIMIT(0, QMSG_ID_MAX), GFP_KERNEL_ACCOUNT);
	if (err)
		return err == -EBUSY ? -EAGAIN : err;
	if (put_user(id, out_timer)) {
		xa_erase(&ctx->timers, id);
		return -EFAULT;
	}
	mutex_lock(&ctx->lock);
	if (ctx->dead) {
		xa_erase(&ctx->timers, id);
		err = -EBADF;
	} else {
		xa_store(&ctx->timers, id, t, GFP_KERNEL_ACCOUNT);
	}
	mutex_unlock(&ctx->lock);
	return err;
}

long qmsg_ioctl_timer_create(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	struct qmsg_timer_create __user *uargs = uarg;
	const struct qmsg_timer_create *args = ucmd;
	struct qmsg_timer *t;
	int err;

	if (args->clockid != CLOCK_REALTIME && args->clockid != CLOCK_MONOTONIC &&
	    args->clockid != CLOCK_BOOTTIME)
		return -EINVAL;
	t = timer_alloc(ctx, args->clockid);
	if (IS_ERR(t))
		return PTR_ERR(t);
	err = take_event(t, ctx, &args->event);
	if (!err)
		err = timer_publish(ctx, t, &uargs->out_timer);
	if (err)
		timer_put(t);
	return err;
}

static int settime(struct qmsg_timer *t, const struct qmsg_timer_settime *args)
{
	int err = 0;

	mutex_lock(&t->mutex);
	if (t->dead) {
		err = -EINVAL;
	} else {
		stop(t);
		start(t, args);
	}
	mutex_unlock(&t->mutex);
	return err;
}

/* The old setting is told first: where that fails nothing has changed. */
long qmsg_ioctl_timer_settime(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	struct qmsg_timer_settime __user *uargs = uarg;
	const struct qmsg_timer_settime *args = ucmd;
	u64 value, interval;
	struct qmsg_timer *t;
	int err;

	if (args->__reserved || args->value > KTIME_MAX || args->interval > KTIME_MAX)
		return -EINVAL;
	t = timer_find(ctx, args->timer);
	if (!t)
		return -EINVAL;
	spin_lock(&t->lock);
	value = left_locked(t);
	interval = t->interval;
	spin_unlock(&t->lock);
	if (put_user(value, &uargs->out_value) || put_user(interval, &uargs->out_interval))
		err = -EFAULT;
	else
		err = settime(t, args);
	timer_put(t);
	return err;
}

long qmsg_ioctl_timer_gettime(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	struct qmsg_timer_gettime *args = ucmd;
	struct qmsg_timer *t = timer_find(ctx, args->timer);

	if (!t)
		return -EINVAL;
	spin_lock(&t->lock);
	args->out_overrun = t->overrun;
	args->out_value = left_locked(t);
	args->out_interval = t->interval;
	spin_unlock(&t->lock);
	timer_put(t);
	return copy_to_user(uarg, args, min_t(size_t, args->size, sizeof(*args))) ? -EFAULT : 0;
}

long qmsg_ioctl_timer_delete(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	const struct qmsg_timer_delete *args = ucmd;
	struct qmsg_timer *t;

	if (args->__reserved)
		return -EINVAL;
	t = timer_take(ctx, args->timer);
	if (!t)
		return -EINVAL;
	timer_end(t);
	return 0;
}

void qmsg_timers_show(struct seq_file *m, struct qmsg_ctx *ctx)
{
	struct qmsg_timer *t;
	unsigned long id;

	xa_for_each(&ctx->timers, id, t) {
		t = timer_find(ctx, id);
		if (!t)
			continue;
		seq_printf(m, "timer:\tid=%lu clock=%d running=%d interval=%llu expiries=%llu\n", id,
			   t->clock, READ_ONCE(t->running), READ_ONCE(t->interval),
			   READ_ONCE(t->expiries));
		timer_put(t);
	}
}
