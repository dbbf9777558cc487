// SPDX-License-Identifier: MIT
/*
 * Timers. One small table, because a timer's id is an int to QNX whatever is behind it:
 *
 *   * the kernel module's timer, for the events only QNX has: a pulse goes from the
 *     interrupt to the channel without a thread in between;
 *   * a timer of the C library, for what Linux knows: SIGEV_SIGNAL, SIGEV_THREAD, SIGEV_NONE
 *     and SIGEV_THREAD_ID behave as any Linux program expects.
 *
 * The table takes no lock, so that all calls may be made in signal handlers (S2.7).
 */
#include <limits.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

/* Both here are compiled with an int for a timer_t; the C library has a pointer. */
int qmsg_libc_timer_create(clockid_t id, struct sigevent *event, void **timer)
	__asm__("timer_create");
int qmsg_libc_timer_settime(void *timer, int flags, const struct itimerspec *set,
			    struct itimerspec *old) __asm__("timer_settime");
int qmsg_libc_timer_gettime(void *timer, struct itimerspec *value) __asm__("timer_gettime");
int qmsg_libc_timer_getoverrun(void *timer) __asm__("timer_getoverrun");
int qmsg_libc_timer_delete(void *timer) __asm__("timer_delete");

#define TIMERS		4096
#define QNX_ABSTIME	(_NTO_TIMER_ABSTIME | TIMER_ABSTIME)

enum { FREE, CHANGING, OURS, LIBC };

struct timer {
	atomic_int state;
	int kernel;
	void *libc;
	clockid_t clockid;
	bool absolute;
	struct _itimer itime;
	struct sigevent event;
};

static struct timer timers[TIMERS];
static atomic_int used;		/* none above this has ever been */

/* Ids begin with 1: programs take 0 for none. */
static struct timer *lookup(timer_t id)
{
	struct timer *t;

	if (id < 1 || id > TIMERS)
		return NULL;
	t = &timers[id - 1];
	return atomic_load(&t->state) >= OURS ? t : NULL;
}

static void note_used(int n)
{
	int was = atomic_load(&used);

	while (was < n && !atomic_compare_exchange_weak(&used, &was, n))
		;
}

static struct timer *claim(void)
{
	int i;

	for (i = 0; i < TIMERS; i++) {
		int expected = FREE;

		if (atomic_compare_exchange_strong(&timers[i].state, &expected, CHANGING)) {
			note_used(i + 1);
			return &timers[i];
		}
	}
	return NULL;
}

static timer_t id_of(const struct timer *t)
{
	return (timer_t)(t - timers) + 1;
}

static bool for_libc(const struct sigevent *event)
{
	switch (event->sigev_notify) {
	case SIGEV_SIGNAL:
	case SIGEV_THREAD:
	case SIGEV_NONE:
	case SIGEV_THREAD_ID:
		return true;
	default:
		return false;
	}
}

static int create_libc(struct timer *t)
{
	int saved = errno;
	int ret = qmsg_libc_timer_create(t->clockid, &t->event, &t->libc);

	if (ret < 0)
		ret = -errno;
	errno = saved;
	return ret;
}

static int create_ours(struct timer *t)
{
	struct qmsg_timer_create args = { .size = sizeof(args), .clockid = t->clockid };
	int ret = qmsg_qnx_event(&args.event, &t->event);

	if (ret)
		return ret == -EACCES ? -EINVAL : ret;
	ret = qmsg_qnx_ioctl(QMSG_IOC_TIMER_CREATE, &args);
	t->kernel = args.out_timer;
	return ret;
}

/* Without an event: SIGALRM, and the id as its value, as POSIX has it. */
static struct sigevent event_or_alarm(const struct sigevent *event, const struct timer *t)
{
	struct sigevent alarm;

	if (event)
		return *event;
	memset(&alarm, 0, sizeof(alarm));
	alarm.sigev_notify = SIGEV_SIGNAL;
	alarm.sigev_signo = SIGALRM;
	alarm.sigev_value.sival_int = id_of(t);
	return alarm;
}

QMSG_API int TimerCreate_r(clockid_t id, const struct sigevent *event)
{
	struct timer *t = claim();
	bool libc;
	int ret;

	if (!t)
		return -EAGAIN;
	t->clockid = id;
	t->event = event_or_alarm(event, t);
	t->absolute = false;
	t->itime = (struct _itimer){ 0, 0 };
	libc = for_libc(&t->event);
	ret = libc ? create_libc(t) : create_ours(t);
	atomic_store(&t->state, ret < 0 ? FREE : libc ? LIBC : OURS);
	return ret < 0 ? ret : id_of(t);
}

QMSG_API int TimerCreate(clockid_t id, const struct sigevent *event)
{
	return (int)qmsg_qnx_number(TimerCreate_r(id, event));
}

static int delete_ours(const struct timer *t)
{
	struct qmsg_timer_delete args = { .size = sizeof(args), .timer = t->kernel };

	return qmsg_qnx_ioctl(QMSG_IOC_TIMER_DELETE, &args);
}

static int delete_libc(const struct timer *t)
{
	int saved = errno;
	int ret = qmsg_libc_timer_delete(t->libc);

	if (ret < 0)
		ret = -errno;
	errno = saved;
	return ret;
}

/* Of two threads that delete one timer, one does. */
QMSG_API int TimerDestroy_r(timer_t id)
{
	struct timer *t = lookup(id);
	int state;
	int ret;

	if (!t)
		return EINVAL;
	state = atomic_exchange(&t->state, CHANGING);
	if (state < OURS) {
		atomic_store(&t->state, state);
		return EINVAL;
	}
	ret = state == OURS ? delete_ours(t) : delete_libc(t);
	atomic_store(&t->state, FREE);
	return -ret;
}

QMSG_API int TimerDestroy(timer_t id)
{
	return qmsg_qnx_success(TimerDestroy_r(id));
}

static int set_ours(const struct timer *t, bool absolute, const struct _itimer *set,
		    struct _itimer *old)
{
	struct qmsg_timer_settime args = {
		.size = sizeof(args),
		.flags = absolute ? QMSG_TIMER_ABSTIME : 0,
		.timer = t->kernel,
		.value = set->nsec,
		.interval = set->nsec ? set->interval_nsec : 0,
	};
	int ret = qmsg_qnx_ioctl(QMSG_IOC_TIMER_SETTIME, &args);

	*old = (struct _itimer){ args.out_value, args.out_interval };
	return ret;
}

static struct itimerspec to_spec(const struct _itimer *it)
{
	struct itimerspec spec = {
		.it_value = qmsg_qnx_timespec(it->nsec),
		.it_interval = qmsg_qnx_timespec(it->interval_nsec),
	};

	return spec;
}

static struct _itimer from_spec(const struct itimerspec *spec)
{
	struct _itimer it = {
		qmsg_qnx_nsec(&spec->it_value), qmsg_qnx_nsec(&spec->it_interval)
	};

	return it;
}

static int set_libc(const struct timer *t, bool absolute, const struct _itimer *set,
		    struct _itimer *old)
{
	struct itimerspec spec = to_spec(set);
	struct itimerspec was;
	int saved = errno;
	int ret = qmsg_libc_timer_settime(t->libc, absolute ? TIMER_ABSTIME : 0, &spec, &was);

	if (ret < 0)
		ret = -errno;
	else
		*old = from_spec(&was);
	errno = saved;
	return ret;
}

QMSG_API int TimerSettime_r(timer_t id, int flags, const struct _itimer *set,
			    struct _itimer *old)
{
	bool absolute = (unsigned)flags & QNX_ABSTIME;
	struct timer *t = lookup(id);
	struct _itimer was = { 0, 0 };
	int ret;

	if (!t || (unsigned)flags & ~(QNX_ABSTIME | TIMER_TOLERANCE))
		return EINVAL;
	if ((unsigned)flags & TIMER_TOLERANCE)
		return 0;
	if (!set)
		return EFAULT;
	if (atomic_load(&t->state) == OURS)
		ret = set_ours(t, absolute, set, &was);
	else
		ret = set_libc(t, absolute, set, &was);
	if (ret < 0)
		return -ret;
	t->absolute = absolute;
	t->itime = *set;
	if (old)
		*old = was;
	return 0;
}

QMSG_API int TimerSettime(timer_t id, int flags, const struct _itimer *set, struct _itimer *old)
{
	return qmsg_qnx_success(TimerSettime_r(id, flags, set, old));
}

static int get_ours(const struct timer *t, struct _itimer *left, uint32_t *overruns)
{
	struct qmsg_timer_gettime args = { .size = sizeof(args), .timer = t->kernel };
	int ret = qmsg_qnx_ioctl(QMSG_IOC_TIMER_GETTIME, &args);

	*left = (struct _itimer){ args.out_value, args.out_interval };
	*overruns = args.out_overrun;
	return ret;
}

static int get_libc(const struct timer *t, struct _itimer *left, uint32_t *overruns)
{
	struct itimerspec spec;
	int saved = errno;
	int ret = qmsg_libc_timer_gettime(t->libc, &spec);
	int n = ret ? 0 : qmsg_libc_timer_getoverrun(t->libc);

	if (ret < 0)
		ret = -errno;
	else
		*left = from_spec(&spec);
	*overruns = n > 0 ? (uint32_t)n : 0;
	errno = saved;
	return ret;
}

static int get(const struct timer *t, struct _itimer *left, uint32_t *overruns)
{
	if (!t)
		return -EINVAL;
	if (atomic_load(&t->state) == OURS)
		return get_ours(t, left, overruns);
	return get_libc(t, left, overruns);
}

static struct timer *this_or_next(timer_t *id)
{
	struct timer *t = NULL;

	if (*id < 1)
		*id = 1;
	for (; *id <= TIMERS && !t; ++*id)
		t = lookup(*id);
	if (t)
		--*id;
	return t;
}

QMSG_API int TimerInfo_r(pid_t pid, timer_t id, int flags, struct _timer_info *info)
{
	struct timer *t = flags & _NTO_TIMER_SEARCH ? this_or_next(&id) : lookup(id);
	struct _itimer left;
	uint32_t overruns;
	int ret;

	if (pid && pid != getpid())
		return -EPERM;
	ret = get(t, &left, &overruns);
	if (ret)
		return ret;
	if (!info)
		return -EFAULT;
	memset(info, 0, sizeof(*info));
	info->itime = t->itime;
	info->otime = left;
	info->flags = (left.nsec ? _NTO_TI_ACTIVE : 0) | (t->absolute ? _NTO_TI_ABSOLUTE : 0);
	info->notify = t->event.sigev_notify;
	info->clockid = t->clockid;
	info->overruns = overruns;
	info->event = t->event;
	return id;
}

QMSG_API int TimerInfo(pid_t pid, timer_t id, int flags, struct _timer_info *info)
{
	return (int)qmsg_qnx_number(TimerInfo_r(pid, id, flags, info));
}

/* The POSIX forms, which <time.h> redirects here. */

QMSG_API int timer_create(clockid_t id, struct sigevent *restrict event,
			  timer_t *restrict timer)
{
	int ret = TimerCreate_r(id, event);

	if (ret < 0)
		return qmsg_qnx_success(-ret);
	*timer = ret;
	return 0;
}

QMSG_API int timer_delete(timer_t id)
{
	return TimerDestroy(id);
}

static int to_itimer(const struct itimerspec *spec, struct _itimer *it)
{
	int ret = qmsg_qnx_to_nsec(&spec->it_value, &it->nsec);

	return ret ? ret : qmsg_qnx_to_nsec(&spec->it_interval, &it->interval_nsec);
}

QMSG_API int timer_settime(timer_t id, int flags, const struct itimerspec *restrict value,
			   struct itimerspec *restrict old)
{
	struct _itimer set, was = { 0, 0 };
	int error;

	if (!value && !(flags & TIMER_TOLERANCE))
		return qmsg_qnx_success(EINVAL);
	if (value && to_itimer(value, &set))
		return qmsg_qnx_success(EINVAL);
	error = TimerSettime_r(id, flags, &set, &was);
	if (!error && old)
		*old = to_spec(&was);
	return qmsg_qnx_success(error);
}

QMSG_API int timer_gettime(timer_t id, struct itimerspec *value)
{
	struct _itimer left;
	uint32_t overruns;
	int ret = get(lookup(id), &left, &overruns);

	if (!ret)
		*value = to_spec(&left);
	return qmsg_qnx_success(-ret);
}

QMSG_API int timer_getoverrun(timer_t id)
{
	struct _itimer left;
	uint32_t overruns = 0;
	int ret = get(lookup(id), &left, &overruns);

	return (int)qmsg_qnx_number(ret ? ret : overruns > INT_MAX ? INT_MAX : (long)overruns);
}

/* In a forked child, which has no timers. */
void qmsg_qnx_forget_timers(void)
{
	int i;

	for (i = atomic_load(&used); i > 0; i--)
		atomic_store(&timers[i - 1].state, FREE);
}
