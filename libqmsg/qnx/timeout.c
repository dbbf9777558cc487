// SPDX-License-Identifier: MIT
/*
 * TimerTimeout(): one record per thread, which its next blocking call takes away.
 *
 * The call copies the record to its own stack before it blocks. So a signal handler that
 * runs while it is blocked finds no record and may use its own, and the interrupted
 * call keeps its deadline: S7.7 without saving anything. Only a handler that makes a
 * blocking call between TimerTimeout() and the call it was meant for takes the wrong one.
 */
#include <pthread.h>

#include "internal.h"

#define NSEC_PER_SEC	1000000000ULL

/* QNX's TIMER_ABSTIME. glibc's is 1, which as a state would be DEAD and mean nothing. */
#define ABSTIME		(0x80000000u | TIMER_ABSTIME)

/* The last second that fits a struct timespec and, in nanoseconds, an int64_t. */
#define MAX_SEC		(sizeof(time_t) < 8 ? INT32_MAX : INT64_MAX / NSEC_PER_SEC)

__thread struct qmsg_qnx_timeout qmsg_qnx_next_timeout;

bool qmsg_qnx_take_timeout(struct qmsg_qnx_timeout *t, uint32_t states)
{
	t->states = 0;
	if (!qmsg_qnx_next_timeout.states)
		return false;
	*t = qmsg_qnx_next_timeout;
	qmsg_qnx_next_timeout.states = 0;
	return t->states & states;
}

bool qmsg_qnx_take_timeout_of(struct qmsg_qnx_timeout *t, uint32_t state)
{
	return qmsg_qnx_next_timeout.states & state && qmsg_qnx_take_timeout(t, state);
}

void qmsg_qnx_forget_timeout(void)
{
	qmsg_qnx_next_timeout.states = 0;
}

static int start_timer(int timer, uint64_t when)
{
	struct qmsg_timer_settime args = {
		.size = sizeof(args),
		.flags = QMSG_TIMER_ABSTIME,
		.timer = timer,
		.value = when,
	};

	return qmsg_qnx_ioctl(QMSG_IOC_TIMER_SETTIME, &args);
}

static void end_timer(void *arg)
{
	const struct qmsg_qnx_timeout *t = arg;
	struct qmsg_timer_delete args = { .size = sizeof(args), .timer = t->timer };

	qmsg_qnx_ioctl(QMSG_IOC_TIMER_DELETE, &args);
}

static int notify_in_time(struct qmsg_qnx_timeout *t)
{
	struct qmsg_timer_create args = {
		.size = sizeof(args),
		.clockid = CLOCK_MONOTONIC,
		.event = t->notify,
	};
	int ret = qmsg_qnx_ioctl(QMSG_IOC_TIMER_CREATE, &args);

	if (ret < 0)
		return ret;
	t->timer = args.out_timer;
	ret = start_timer(t->timer, t->deadline);
	if (ret < 0)
		end_timer(t);
	return ret;
}

/* The timer runs as long as the call does, whichever of its states that is in. */
int qmsg_qnx_guard(struct qmsg_qnx_timeout *t, int (*wait)(void *arg), void *arg)
{
	int ret;

	if (!t->deadline || t->notify.notify == QMSG_EVENT_UNBLOCK ||
	    t->notify.notify == QMSG_EVENT_NONE)
		return wait(arg);
	ret = notify_in_time(t);
	if (ret < 0)
		return ret;
	pthread_cleanup_push(end_timer, t);
	ret = wait(arg);
	pthread_cleanup_pop(1);
	return ret;
}

struct timespec qmsg_qnx_timespec(uint64_t nsec)
{
	uint64_t sec = nsec / NSEC_PER_SEC;
	struct timespec ts = {
		.tv_sec = (time_t)(sec < MAX_SEC ? sec : MAX_SEC),
		.tv_nsec = (long)(nsec % NSEC_PER_SEC),
	};

	return ts;
}

static uint64_t now(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return qmsg_qnx_nsec(&ts);
}

static uint64_t add(uint64_t a, uint64_t b)
{
	return a + b < INT64_MAX && a + b >= a ? a + b : INT64_MAX;
}

/* The kernel's deadline: CLOCK_MONOTONIC, 0 for one that is past. */
static uint64_t monotonic(clockid_t id, bool absolute, uint64_t ntime)
{
	uint64_t from = absolute ? now(id) : 0;

	if (ntime <= from)
		return 0;
	return add(now(CLOCK_MONOTONIC), ntime - from);
}

static void sleep_result(clockid_t id, uint64_t until, int error, uint64_t *otime)
{
	uint64_t t = error ? now(id) : until;

	if (otime)
		*otime = until > t ? until - t : 0;
}

/* A relative sleep is one by CLOCK_MONOTONIC: setting the clock must not change it. */
static int sleep_until(clockid_t id, bool absolute, uint64_t ntime, uint64_t *otime)
{
	clockid_t by = absolute ? id : CLOCK_MONOTONIC;
	uint64_t until = absolute ? ntime : add(now(by), ntime);
	struct timespec ts = qmsg_qnx_timespec(until);
	int error = clock_nanosleep(by, TIMER_ABSTIME, &ts, NULL);

	sleep_result(by, until, error, otime);
	return -error;
}

/* NULL is SIGEV_UNBLOCK (S7.5). What this thread could not be sent is refused here. */
static int convert(const struct sigevent *notify, struct qmsg_event *event)
{
	int ret;

	*event = (struct qmsg_event){ .notify = QMSG_EVENT_UNBLOCK };
	if (!notify || SIGEV_GET_TYPE(notify) == SIGEV_UNBLOCK)
		return 0;
	ret = qmsg_qnx_event(event, notify);
	if (ret || event->notify & QMSG_EVENT_HANDLE)
		return -EINVAL;
	if (event->notify == QMSG_EVENT_NONE)
		return 0;
	return qmsg_qnx_deliver(QMSG_DELIVER_CHECK, 0, notify);
}

static int check(clockid_t id, uint32_t flags, const struct qmsg_event *event)
{
	if (id != CLOCK_REALTIME && id != CLOCK_MONOTONIC)
		return -EINVAL;
	if (flags & ~(ABSTIME | _NTO_TIMEOUT_MASK))
		return -EINVAL;
	/* Here the call itself is the wait that has to end. */
	if (flags & _NTO_TIMEOUT_NANOSLEEP && event->notify != QMSG_EVENT_UNBLOCK)
		return -EINVAL;
	return 0;
}

QMSG_API int TimerTimeout_r(clockid_t id, uint32_t flags, const struct sigevent *notify,
			    const uint64_t *ntime, uint64_t *otime)
{
	uint32_t states = flags & ~ABSTIME;
	bool absolute = flags & ABSTIME;
	int previous = (int)qmsg_qnx_next_timeout.states;
	struct qmsg_event event;
	int ret = convert(notify, &event);

	if (!ret)
		ret = check(id, flags, &event);
	if (ret)
		return ret;
	if (states & _NTO_TIMEOUT_NANOSLEEP) {
		qmsg_qnx_next_timeout.states = 0;
		ret = sleep_until(id, absolute, ntime ? *ntime : 0, otime);
		return ret ? ret : previous;
	}
	qmsg_qnx_next_timeout.notify = event;
	qmsg_qnx_next_timeout.deadline = ntime && states ? monotonic(id, absolute, *ntime) : 0;
	qmsg_qnx_next_timeout.states = states;
	return previous;
}

QMSG_API int TimerTimeout(clockid_t id, uint32_t flags, const struct sigevent *notify,
			  const uint64_t *ntime, uint64_t *otime)
{
	return (int)qmsg_qnx_number(TimerTimeout_r(id, flags, notify, ntime, otime));
}

int qmsg_qnx_to_nsec(const struct timespec *ts, uint64_t *nsec)
{
	if (ts->tv_sec < 0 || ts->tv_nsec < 0 || (uint64_t)ts->tv_nsec >= NSEC_PER_SEC)
		return -EINVAL;
	if (__builtin_mul_overflow((uint64_t)ts->tv_sec, NSEC_PER_SEC, nsec))
		*nsec = INT64_MAX;
	*nsec = add(*nsec, (uint64_t)ts->tv_nsec);
	return 0;
}

QMSG_API int timer_timeout_r(clockid_t id, uint32_t flags, const struct sigevent *notify,
			     const struct timespec *ntime, struct timespec *otime)
{
	bool sleeps = flags & _NTO_TIMEOUT_NANOSLEEP;
	uint64_t nsec = 0;
	uint64_t left = 0;
	int ret = ntime ? qmsg_qnx_to_nsec(ntime, &nsec) : 0;

	if (ret)
		return ret;
	ret = TimerTimeout_r(id, flags, notify, ntime ? &nsec : NULL, &left);
	if (otime && sleeps && (ret >= 0 || ret == -EINTR))
		*otime = qmsg_qnx_timespec(left);
	return ret;
}

QMSG_API int timer_timeout(clockid_t id, uint32_t flags, const struct sigevent *notify,
			   const struct timespec *ntime, struct timespec *otime)
{
	return (int)qmsg_qnx_number(timer_timeout_r(id, flags, notify, ntime, otime));
}
