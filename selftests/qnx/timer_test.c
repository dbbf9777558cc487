// SPDX-License-Identifier: GPL-2.0-only
/* build: also -m32 */
/* Timers as QNX programs write them: pulses from the kernel, and what Linux knows. */
#include <semaphore.h>

#include "call.h"

#define CODE		(_PULSE_CODE_MINAVAIL + 3)
#define MS		1000000ULL
#define FAR		(1000000 * MS)

FIXTURE(timers) {
	int chid;
	int coid;
	timer_t id;
	struct sigevent event;
};

FIXTURE_SETUP(timers)
{
	self->chid = ChannelCreate(0);
	ASSERT_NE(-1, self->chid);
	self->coid = attach_self(self->chid);
	ASSERT_NE(-1, self->coid);
	/* A struct on the stack has anything in it. */
	memset(&self->event, 0xa5, sizeof(self->event));
	SIGEV_PULSE_INIT(&self->event, self->coid, SIGEV_PULSE_PRIO_INHERIT, CODE, -7);
	self->id = -1;
}

FIXTURE_TEARDOWN(timers)
{
}

static struct itimerspec spec(uint64_t value, uint64_t interval)
{
	struct itimerspec it;

	nsec2timespec(&it.it_value, value);
	nsec2timespec(&it.it_interval, interval);
	return it;
}

static int receive_pulse(int chid, struct _pulse *pulse)
{
	uint64_t limit = wait_limit_ms() * MS;

	TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, NULL, &limit, NULL);
	return MsgReceivePulse_r(chid, pulse, sizeof(*pulse), NULL);
}

static void by_macro(struct sigevent *event, int coid)
{
	SIGEV_PULSE_INIT(event, coid, 5, CODE, -7);
}

static void by_hand(struct sigevent *event, int coid)
{
	event->sigev_notify = SIGEV_PULSE;
	event->sigev_coid = coid;
	event->sigev_priority = getprio(0);
	event->sigev_code = CODE;
	event->sigev_value.sival_int = -7;
}

/* What SchedGet() returns is a policy, 0 for most; programs take it for a priority (S2.35). */
static void by_mistake(struct sigevent *event, int coid)
{
	by_hand(event, coid);
	event->sigev_priority = SchedGet(0, 0, NULL);
}

FIXTURE(filled) {
	int chid;
	int coid;
};
FIXTURE_VARIANT(filled) {
	void (*fill)(struct sigevent *event, int coid);
	clockid_t clock;
	int flags;
};
FIXTURE_VARIANT_ADD(filled, by_macro) { by_macro, CLOCK_MONOTONIC, 0 };
FIXTURE_VARIANT_ADD(filled, by_hand) { by_hand, CLOCK_REALTIME, 0 };
FIXTURE_VARIANT_ADD(filled, by_mistake) { by_mistake, CLOCK_REALTIME, 0 };
FIXTURE_VARIANT_ADD(filled, absolute) { by_macro, CLOCK_REALTIME, TIMER_ABSTIME };
FIXTURE_VARIANT_ADD(filled, absolute_monotonic) { by_hand, CLOCK_MONOTONIC, TIMER_ABSTIME };
FIXTURE_VARIANT_ADD(filled, absolute_as_on_qnx) { by_macro, CLOCK_MONOTONIC, INT_MIN };
FIXTURE_VARIANT_ADD(filled, softtime) { by_macro, CLOCK_SOFTTIME, 0 };

FIXTURE_SETUP(filled)
{
	self->chid = ChannelCreate(0);
	self->coid = attach_self(self->chid);
	ASSERT_NE(-1, self->coid);
}

FIXTURE_TEARDOWN(filled)
{
}

/* S4.2, S4.8: the pulse of a timer comes over the process's own connection. */
TEST_F(filled, pulse_of_a_timer)
{
	struct itimerspec it = spec(2 * MS, 0);
	struct sigevent event;
	struct _pulse pulse;
	uint64_t start;
	timer_t id;

	memset(&event, 0xa5, sizeof(event));
	variant->fill(&event, self->coid);
	ASSERT_EQ(0, timer_create(variant->clock, &event, &id));
	EXPECT_GT(id, 0);
	ASSERT_EQ(0, ClockTime(variant->clock, NULL, &start));
	if (variant->flags)
		it = spec(start + 2 * MS, 0);
	start = ClockCycles();
	ASSERT_EQ(0, timer_settime(id, variant->flags, &it, NULL));
	ASSERT_EQ(0, receive_pulse(self->chid, &pulse));
	EXPECT_EQ(_PULSE_TYPE, pulse.type);
	EXPECT_EQ(CODE, pulse.code);
	EXPECT_EQ(-7, pulse.value.sival_int);
	if (!variant->flags)
		EXPECT_GE(ClockCycles() - start, 2 * MS);
	EXPECT_EQ(0, timer_delete(id));
}

/* It goes on by itself, and stops when told to. */
TEST_F(timers, periodic)
{
	struct itimerspec it = spec(MS, MS);
	struct itimerspec stop = spec(0, 0);
	struct itimerspec old;
	struct _pulse pulse;
	int i;

	ASSERT_EQ(0, timer_create(CLOCK_MONOTONIC, &self->event, &self->id));
	ASSERT_EQ(0, timer_settime(self->id, 0, &it, NULL));
	for (i = 0; i < 5; i++) {
		ASSERT_EQ(0, receive_pulse(self->chid, &pulse));
		EXPECT_EQ(CODE, pulse.code);
	}
	EXPECT_EQ(0, timer_settime(self->id, 0, &stop, &old));
	EXPECT_EQ(MS, timespec2nsec(&old.it_interval));
	EXPECT_EQ(-ETIMEDOUT, receive_poll(self->chid, &pulse, sizeof(pulse), NULL));
}

/* S4.19: expiries that find the pulse still there are counted. */
TEST_F(timers, overrun)
{
	struct itimerspec it = spec(MS, MS);
	struct _pulse pulse;

	ASSERT_EQ(0, timer_create(CLOCK_MONOTONIC, &self->event, &self->id));
	EXPECT_EQ(0, timer_getoverrun(self->id));
	ASSERT_EQ(0, timer_settime(self->id, 0, &it, NULL));
	nanospin_ns(20 * MS);
	ASSERT_EQ(0, receive_pulse(self->chid, &pulse));
	EXPECT_GE(timer_getoverrun(self->id), 10);
	EXPECT_EQ(0, timer_delete(self->id));
	/* One pulse was all: it stood for the others. */
	EXPECT_EQ(-ETIMEDOUT, receive_poll(self->chid, &pulse, sizeof(pulse), NULL));
}

/* The remaining time is told, and deleting takes a pulse back that nobody has received. */
TEST_F(timers, gettime_and_delete)
{
	struct itimerspec it = spec(FAR, 7 * MS);
	struct itimerspec soon = spec(1, 0);
	struct itimerspec left;
	struct _pulse pulse;

	ASSERT_EQ(0, timer_create(CLOCK_MONOTONIC, &self->event, &self->id));
	ASSERT_EQ(0, timer_settime(self->id, 0, &it, NULL));
	ASSERT_EQ(0, timer_gettime(self->id, &left));
	EXPECT_LE(timespec2nsec(&left.it_value), FAR);
	EXPECT_GT(timespec2nsec(&left.it_value), FAR / 2);
	EXPECT_EQ(7 * MS, timespec2nsec(&left.it_interval));
	ASSERT_EQ(0, timer_settime(self->id, 0, &soon, NULL));
	ASSERT_EQ(0, wait_for_channel(getpid(), qmsg_qnx_context(), self->chid, "pulses", 1));
	ASSERT_EQ(0, timer_delete(self->id));
	EXPECT_EQ(-ETIMEDOUT, receive_poll(self->chid, &pulse, sizeof(pulse), NULL));
	errno = 0;
	EXPECT_EQ(-1, timer_gettime(self->id, &left));
	EXPECT_EQ(EINVAL, errno);
}

#define EXPECT_ERRNO(number, call) \
	do { \
		errno = 0; \
		EXPECT_EQ(-1, call); \
		EXPECT_EQ(number, errno); \
	} while (0)

TEST_F(timers, errors)
{
	struct itimerspec it = spec(FAR, 0);
	struct itimerspec bad = { .it_value.tv_nsec = 1000000000 };
	struct _itimer qnx = { FAR, 0 };

	EXPECT_ERRNO(EINVAL, timer_create(CLOCK_MONOTONIC + 100, &self->event, &self->id));
	self->event.sigev_code = 200;
	EXPECT_ERRNO(EINVAL, timer_create(CLOCK_MONOTONIC, &self->event, &self->id));
	self->event.sigev_code = CODE;
	self->event.sigev_coid = _NTO_SIDE_CHANNEL | 0x3ff;
	EXPECT_ERRNO(EBADF, timer_create(CLOCK_MONOTONIC, &self->event, &self->id));
	self->event.sigev_coid = self->coid;
	self->event.sigev_notify = 0x7777;
	EXPECT_ERRNO(EINVAL, timer_create(CLOCK_MONOTONIC, &self->event, &self->id));
	SIGEV_MEMORY_INIT(&self->event, &qnx, SIGEV_MEM_ADD, 1);
	EXPECT_ERRNO(EINVAL, timer_create(CLOCK_MONOTONIC, &self->event, &self->id));
	EXPECT_ERRNO(EINVAL, timer_settime(-1, 0, &it, NULL));
	EXPECT_ERRNO(EINVAL, timer_settime(0, 0, &it, NULL));
	EXPECT_ERRNO(EINVAL, timer_settime(77, 0, &it, NULL));
	EXPECT_ERRNO(EINVAL, timer_delete(77));
	EXPECT_ERRNO(EINVAL, timer_getoverrun(77));
	EXPECT_MINUS(EINVAL, TimerCreate, CLOCK_MONOTONIC, &self->event);
	EXPECT_PLUS(EINVAL, TimerSettime, 77, 0, &qnx, NULL);
	EXPECT_PLUS(EINVAL, TimerDestroy, 77);
	EXPECT_MINUS(EINVAL, TimerInfo, 0, 77, 0, NULL);
	SIGEV_PULSE_INIT(&self->event, self->coid, 1, CODE, 0);
	ASSERT_EQ(0, timer_create(CLOCK_MONOTONIC, &self->event, &self->id));
	EXPECT_ERRNO(EINVAL, timer_settime(self->id, 0, &bad, NULL));
	EXPECT_ERRNO(EINVAL, timer_settime(self->id, 0, NULL, NULL));
	EXPECT_ERRNO(EINVAL, timer_settime(self->id, 0x10, &it, NULL));
	/* Its tolerance may be set: it is never late on purpose. */
	EXPECT_EQ(0, timer_settime(self->id, TIMER_TOLERANCE, &it, NULL));
	EXPECT_PLUS(EFAULT, TimerSettime, self->id, 0, NULL, NULL);
}

/* The kernel calls and the POSIX calls are two views of one timer; all ids differ. */
TEST_F(timers, both_families)
{
	struct _itimer it = { FAR, MS };
	struct _itimer old;
	struct _timer_info info;
	struct itimerspec left;
	struct sigevent none = { .sigev_notify = SIGEV_NONE };
	timer_t other;
	int id = TimerCreate(CLOCK_MONOTONIC, &self->event);

	ASSERT_GT(id, 0);
	ASSERT_EQ(0, timer_create(CLOCK_REALTIME, &none, &other));
	EXPECT_NE(id, other);
	EXPECT_EQ(0, TimerSettime(id, 0, &it, NULL));
	EXPECT_EQ(0, TimerSettime(other, 0, &it, NULL));
	EXPECT_EQ(0, timer_gettime(other, &left));
	EXPECT_GT(timespec2nsec(&left.it_value), FAR / 2);
	EXPECT_EQ(id, TimerInfo(0, id, 0, &info));
	EXPECT_EQ(FAR, info.itime.nsec);
	EXPECT_GT(info.otime.nsec, FAR / 2);
	EXPECT_EQ(MS, info.otime.interval_nsec);
	EXPECT_EQ(_NTO_TI_ACTIVE, info.flags);
	EXPECT_EQ(SIGEV_PULSE, info.notify);
	EXPECT_EQ(CODE, info.event.sigev_code);
	EXPECT_EQ(CLOCK_MONOTONIC, info.clockid);
	EXPECT_EQ(other, TimerInfo(0, id + 1, _NTO_TIMER_SEARCH, &info));
	EXPECT_EQ(SIGEV_NONE, info.notify);
	EXPECT_MINUS(EPERM, TimerInfo, getppid(), id, 0, &info);
	it.nsec = 0;
	EXPECT_EQ(0, TimerSettime(id, 0, &it, &old));
	EXPECT_GT(old.nsec, FAR / 2);
	EXPECT_EQ(0, timer_gettime(id, &left));
	EXPECT_EQ(0, timespec2nsec(&left.it_value));
	EXPECT_EQ(0, TimerDestroy(other));
	EXPECT_EQ(0, timer_delete(id));
	EXPECT_EQ(id, TimerCreate(CLOCK_MONOTONIC, &self->event));
}

/* SIGEV_SIGNAL behaves as Linux programs know it. */
TEST_F(timers, signal)
{
	struct itimerspec it = spec(MS, 0);
	struct timespec limit = timespec_in_ms(wait_limit_ms());
	siginfo_t info;
	sigset_t set;

	(void)limit;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	ASSERT_EQ(0, pthread_sigmask(SIG_BLOCK, &set, NULL));
	SIGEV_SIGNAL_VALUE_INIT(&self->event, SIGUSR1, 11);
	ASSERT_EQ(0, timer_create(CLOCK_MONOTONIC, &self->event, &self->id));
	ASSERT_EQ(0, timer_settime(self->id, 0, &it, NULL));
	ASSERT_EQ(SIGUSR1, sigwaitinfo(&set, &info));
	EXPECT_EQ(SI_TIMER, info.si_code);
	EXPECT_EQ(11, info.si_value.sival_int);
	EXPECT_EQ(0, timer_delete(self->id));
}

static void post(union sigval value)
{
	sem_post(value.sival_ptr);
}

TEST_F(timers, thread)
{
	struct itimerspec it = spec(MS, 0);
	sem_t sem;

	ASSERT_EQ(0, sem_init(&sem, 0, 0));
	SIGEV_THREAD_INIT(&self->event, post, &sem, NULL);
	ASSERT_EQ(0, timer_create(CLOCK_MONOTONIC, &self->event, &self->id));
	ASSERT_EQ(0, timer_settime(self->id, 0, &it, NULL));
	while (sem_wait(&sem))
		ASSERT_EQ(EINTR, errno);
	EXPECT_EQ(0, timer_delete(self->id));
}

/* No event: SIGALRM with the id. */
TEST_F(timers, no_event)
{
	struct itimerspec it = spec(MS, 0);
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	ASSERT_EQ(0, pthread_sigmask(SIG_BLOCK, &set, NULL));
	ASSERT_EQ(0, timer_create(CLOCK_REALTIME, NULL, &self->id));
	ASSERT_EQ(0, timer_settime(self->id, 0, &it, NULL));
	ASSERT_EQ(SIGALRM, sigwaitinfo(&set, &info));
	EXPECT_EQ(self->id, info.si_value.sival_int);
	EXPECT_EQ(0, timer_delete(self->id));
}

TEST_F(timers, alarm)
{
	struct _itimer it = { MS, 0 };
	struct _itimer far = { FAR, 0 };
	struct _itimer old;
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	ASSERT_EQ(0, pthread_sigmask(SIG_BLOCK, &set, NULL));
	ASSERT_EQ(0, TimerAlarm(CLOCK_REALTIME, &it, NULL));
	ASSERT_EQ(0, sigwait(&set, &sig));
	EXPECT_EQ(0, TimerAlarm(CLOCK_REALTIME, &far, NULL));
	it.nsec = 0;
	EXPECT_EQ(0, TimerAlarm(CLOCK_REALTIME, &it, &old));
	EXPECT_GT(old.nsec, FAR / 2);
	EXPECT_PLUS(EINVAL, TimerAlarm, CLOCK_PROCESS_CPUTIME_ID, &it, NULL);
}

static int has_none(void *arg)
{
	struct itimerspec left;

	return timer_gettime(*(timer_t *)arg, &left) == -1 && errno == EINVAL ? 0 : 1;
}

/* S1.19: not inherited. */
TEST_F(timers, fork)
{
	struct itimerspec it = spec(FAR, 0);
	int status;
	pid_t pid;

	ASSERT_EQ(0, timer_create(CLOCK_MONOTONIC, &self->event, &self->id));
	ASSERT_EQ(0, timer_settime(self->id, 0, &it, NULL));
	pid = fork_child(has_none, &self->id);
	ASSERT_GT(pid, 0);
	ASSERT_EQ(0, reap(pid, &status));
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, timer_gettime(self->id, &it));
}

TEST_HARNESS_MAIN
