// SPDX-License-Identifier: GPL-2.0-only
/* build: also -m32 */
/* TimerTimeout() for the waits of the C library, and with events that end nothing: S7.2 to S7.6. */
#include <semaphore.h>

#include "call.h"

#define CODE	9
#define MS	1000000ULL

static sem_t empty;
static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t mine = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static pthread_t sleeper;
static int empty_chid;

static void *sleep_for_ever(void *arg)
{
	sigset_t all;

	(void)arg;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	while (pause())
		;
	return NULL;
}

static void *hold(void *arg)
{
	pthread_mutex_lock(&held);
	sem_post(arg);
	return sleep_for_ever(NULL);
}

static int wait_join(void)
{
	return pthread_join(sleeper, NULL);
}

static int wait_mutex(void)
{
	return pthread_mutex_lock(&held);
}

static int wait_cond(void)
{
	int error;

	pthread_mutex_lock(&mine);
	error = pthread_cond_wait(&never, &mine);
	pthread_mutex_unlock(&mine);
	return error;
}

static int wait_sem(void)
{
	return sem_wait(&empty) ? errno : 0;
}

static int wait_signal(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	return sigwaitinfo(&set, NULL) < 0 ? errno : 0;
}

static int wait_suspended(void)
{
	sigset_t set;

	sigfillset(&set);
	return sigsuspend(&set) ? errno : 0;
}

static int wait_intr(void)
{
	return InterruptWait(0, NULL) ? errno : 0;
}

static int wait_receive(void)
{
	return MsgReceive(empty_chid, NULL, 0, NULL) < 0 ? errno : 0;
}

FIXTURE(state) {
	sem_t holds;
};
FIXTURE_VARIANT(state) {
	uint32_t flag;
	int (*wait)(void);
	int error;
};
FIXTURE_VARIANT_ADD(state, join) { _NTO_TIMEOUT_JOIN, wait_join, ETIMEDOUT };
FIXTURE_VARIANT_ADD(state, mutex) { _NTO_TIMEOUT_MUTEX, wait_mutex, ETIMEDOUT };
FIXTURE_VARIANT_ADD(state, condvar) { _NTO_TIMEOUT_CONDVAR, wait_cond, ETIMEDOUT };
FIXTURE_VARIANT_ADD(state, sem) { _NTO_TIMEOUT_SEM, wait_sem, ETIMEDOUT };
FIXTURE_VARIANT_ADD(state, sigwaitinfo) { _NTO_TIMEOUT_SIGWAITINFO, wait_signal, EAGAIN };
FIXTURE_VARIANT_ADD(state, sigsuspend) { _NTO_TIMEOUT_SIGSUSPEND, wait_suspended, ETIMEDOUT };
FIXTURE_VARIANT_ADD(state, intr) { _NTO_TIMEOUT_INTR, wait_intr, ETIMEDOUT };
FIXTURE_VARIANT_ADD(state, receive) { _NTO_TIMEOUT_RECEIVE, wait_receive, ETIMEDOUT };

FIXTURE_SETUP(state)
{
	pthread_t holder;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	ASSERT_EQ(0, pthread_sigmask(SIG_BLOCK, &set, NULL));
	ASSERT_EQ(0, sem_init(&empty, 0, 0));
	ASSERT_EQ(0, sem_init(&self->holds, 0, 0));
	ASSERT_EQ(0, pthread_create(&sleeper, NULL, sleep_for_ever, NULL));
	ASSERT_EQ(0, pthread_create(&holder, NULL, hold, &self->holds));
	ASSERT_EQ(0, sem_wait(&self->holds));
	empty_chid = ChannelCreate(0);
	ASSERT_NE(-1, empty_chid);
}

FIXTURE_TEARDOWN(state)
{
}

/* S7.1, S7.3: it ends the wait, and not before its time. */
TEST_F(state, timed)
{
	uint64_t ntime = 3 * MS;
	uint64_t start = ClockCycles();

	ASSERT_EQ(0, TimerTimeout(CLOCK_MONOTONIC, variant->flag, NULL, &ntime, NULL));
	EXPECT_EQ(variant->error, variant->wait());
	EXPECT_GE(ClockCycles() - start, ntime);
	/* S7.4: used up. */
	EXPECT_EQ(0, TimerTimeout(CLOCK_MONOTONIC, 0, NULL, NULL, NULL));
}

/* S7.6 */
TEST_F(state, immediate)
{
	ASSERT_EQ(0, TimerTimeout(CLOCK_REALTIME, variant->flag, NULL, NULL, NULL));
	EXPECT_EQ(variant->error, variant->wait());
	EXPECT_EQ(0, TimerTimeout(CLOCK_MONOTONIC, 0, NULL, NULL, NULL));
}

/* S7.5: another event than SIGEV_UNBLOCK is delivered, and ends nothing. */
struct notified {
	struct call call;
	int told;
	int coid;
	uint32_t flags;
};

static long send_with_pulse(struct call *call)
{
	struct notified *n = (struct notified *)call;
	uint64_t ntime = MS;
	struct sigevent event;

	SIGEV_PULSE_INIT(&event, n->told, 1, CODE, 4);
	if (TimerTimeout(CLOCK_MONOTONIC, n->flags, &event, &ntime, NULL) == -1)
		return -1;
	return MsgSend(n->coid, "ping", 4, call->reply, sizeof(call->reply));
}

TEST(pulse_instead_of_an_end)
{
	struct notified n = { .flags = _NTO_TIMEOUT_SEND | _NTO_TIMEOUT_REPLY };
	int chid = ChannelCreate(0);
	int told = ChannelCreate(0);
	struct _pulse pulse;
	rcvid_t rcvid;

	n.coid = attach_self(chid);
	n.told = attach_self(told);
	ASSERT_EQ(0, call_start(&n.call, send_with_pulse, n.coid));
	ASSERT_EQ(0, receive_limited(told, &pulse, sizeof(pulse), NULL));
	EXPECT_EQ(CODE, pulse.code);
	EXPECT_EQ(4, pulse.value.sival_int);
	ASSERT_EQ(0, call_wait_state(&n.call, "SEND"));
	rcvid = receive_limited(chid, NULL, 0, NULL);
	ASSERT_GT(rcvid, 0);
	EXPECT_EQ(0, MsgReply(rcvid, 3, NULL, 0));
	ASSERT_EQ(0, call_join(&n.call));
	EXPECT_EQ(3, n.call.result);
	EXPECT_EQ(-ETIMEDOUT, receive_poll(told, &pulse, sizeof(pulse), NULL));
}

/* S7.4: the call was answered in time, so there is nothing to tell. */
TEST(no_pulse_after_the_call)
{
	uint64_t ntime = 50 * MS;
	int told = ChannelCreate(0);
	struct _pulse pulse;
	struct sigevent event;
	int coid = attach_self(told);

	SIGEV_PULSE_INIT(&event, coid, 1, CODE, 4);
	ASSERT_EQ(0, MsgSendPulse(coid, 1, 1, 1));
	ASSERT_EQ(0, TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, &event, &ntime, NULL));
	ASSERT_EQ(0, MsgReceive(told, &pulse, sizeof(pulse), NULL));
	EXPECT_EQ(1, pulse.code);
	ntime *= 2;
	ASSERT_EQ(0, TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, NULL, &ntime, NULL));
	EXPECT_EQ(-ETIMEDOUT, MsgReceive_r(told, &pulse, sizeof(pulse), NULL));
}

/* The event ends a wait all the same if that is where it goes. */
TEST(pulse_into_the_receive_itself)
{
	uint64_t ntime = MS;
	int chid = ChannelCreate(0);
	struct _pulse pulse;
	struct sigevent event;

	SIGEV_PULSE_INIT(&event, attach_self(chid), 1, CODE, 4);
	ASSERT_EQ(0, TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, &event, &ntime, NULL));
	ASSERT_EQ(0, MsgReceive(chid, &pulse, sizeof(pulse), NULL));
	EXPECT_EQ(CODE, pulse.code);
}

TEST(bad_events)
{
	uint64_t ntime = MS;
	struct sigevent event;

	SIGEV_PULSE_INIT(&event, _NTO_SIDE_CHANNEL | 0x3ff, 1, CODE, 4);
	EXPECT_NE(0, TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_SEND, &event, &ntime, NULL));
	SIGEV_MEMORY_INIT(&event, &ntime, SIGEV_MEM_ADD, 1);
	EXPECT_MINUS(EINVAL, TimerTimeout, CLOCK_MONOTONIC, _NTO_TIMEOUT_SEND, &event, &ntime, NULL);
	SIGEV_SIGNAL_INIT(&event, SIGUSR1);
	EXPECT_MINUS(EINVAL, TimerTimeout, CLOCK_MONOTONIC, _NTO_TIMEOUT_NANOSLEEP, &event, &ntime,
		     NULL);
	EXPECT_EQ(0, TimerTimeout(CLOCK_MONOTONIC, 0, NULL, NULL, NULL));
}

/* S7.4: what needs no wait leaves the timeout for the call it is meant for. */
TEST(uncontended)
{
	uint64_t ntime = MS;
	int chid = ChannelCreate(0);

	ASSERT_EQ(0, TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, NULL, &ntime, NULL));
	ASSERT_EQ(0, pthread_mutex_lock(&mine));
	ASSERT_EQ(0, pthread_mutex_unlock(&mine));
	EXPECT_EQ(-ETIMEDOUT, MsgReceive_r(chid, NULL, 0, NULL));
}

TEST_HARNESS_MAIN
