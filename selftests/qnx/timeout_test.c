// SPDX-License-Identifier: GPL-2.0-only
/* build: also -m32 */
/* TimerTimeout() and timer_timeout(): section 7 of the rules, state by state. */
#include "call.h"

#define MS		1000000ULL
#define LONG_TIME	(1000000 * MS)
/* QNX has no state 0; Linux's TIMER_ABSTIME is that bit. */
#define ALL		(_NTO_TIMEOUT_MASK & ~(_NTO_TIMEOUT_NANOSLEEP | TIMER_ABSTIME))
#define SEND_REPLY	(_NTO_TIMEOUT_SEND | _NTO_TIMEOUT_REPLY)
/* TIMER_ABSTIME as QNX has it; the C library has another value. */
#define QNX_ABSTIME	0x80000000u

FIXTURE(timeout) {
	int chid;
	int coid;
	struct call call;
};

FIXTURE_SETUP(timeout)
{
	self->chid = ChannelCreate(0);
	ASSERT_NE(-1, self->chid);
	self->coid = attach_self(self->chid);
	ASSERT_NE(-1, self->coid);
}

FIXTURE_TEARDOWN(timeout)
{
}

static int arm(uint32_t flags, uint64_t ntime)
{
	return TimerTimeout(CLOCK_MONOTONIC, flags, NULL, &ntime, NULL);
}

/* What is armed; afterwards nothing is. */
static int disarm(void)
{
	return TimerTimeout(CLOCK_MONOTONIC, 0, NULL, NULL, NULL);
}

/* Where the passing of time itself is what a test needs. */
static void wait_for_time(uint64_t when)
{
	struct timespec ts = { when / (1000 * MS), when % (1000 * MS) };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL))
		;
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000 * MS + ts.tv_nsec;
}

/* The call's limit: states in form, time here. */
static uint64_t limit;

static long send_limited(struct call *call)
{
	arm(call->form, limit);
	return MsgSend(call->coid, "ping", 5, call->reply, sizeof(call->reply));
}

/* The limit is over before the call begins. */
static long send_too_late(struct call *call)
{
	uint64_t end;

	arm(call->form, limit);
	end = now_ns() + limit;
	wait_for_time(end + 1);
	return MsgSend(call->coid, "ping", 5, call->reply, sizeof(call->reply));
}

static long receive_any(struct call *call)
{
	return MsgReceive_r(call->coid, call->reply, sizeof(call->reply), NULL);
}

static long receive_limited_by(struct call *call)
{
	arm(call->form, limit);
	return receive_any(call);
}

static int start(FIXTURE_DATA(timeout) *self, long (*fn)(struct call *), int states, uint64_t ntime)
{
	self->call.form = states;
	limit = ntime;
	return call_start(&self->call, fn, fn == receive_limited_by ? self->chid : self->coid);
}

static rcvid_t start_received(FIXTURE_DATA(timeout) *self, int states, uint64_t ntime)
{
	char buf[8];

	if (start(self, send_limited, states, ntime))
		return -1;
	return receive_limited(self->chid, buf, sizeof(buf), NULL);
}

/* ---- the record ---- */

/* S7.1 */
TEST_F(timeout, returns_the_previous_states)
{
	EXPECT_EQ(0, arm(_NTO_TIMEOUT_RECEIVE, LONG_TIME));
	EXPECT_EQ(_NTO_TIMEOUT_RECEIVE, arm(SEND_REPLY | TIMER_ABSTIME, LONG_TIME));
	EXPECT_EQ(SEND_REPLY, arm(_NTO_TIMEOUT_MUTEX | QNX_ABSTIME, LONG_TIME));
	EXPECT_EQ(_NTO_TIMEOUT_MUTEX, arm(ALL, LONG_TIME));
	EXPECT_EQ(ALL, disarm());
	EXPECT_EQ(0, disarm());
}

/* S7.2 */
TEST_F(timeout, the_second_replaces_the_first)
{
	char buf[8];

	EXPECT_EQ(0, arm(_NTO_TIMEOUT_RECEIVE, LONG_TIME));
	EXPECT_EQ(_NTO_TIMEOUT_RECEIVE, arm(_NTO_TIMEOUT_RECEIVE, 0));
	EXPECT_EQ(-ETIMEDOUT, MsgReceive_r(self->chid, buf, sizeof(buf), NULL));
}

static long receive_after_disarm(struct call *call)
{
	arm(_NTO_TIMEOUT_RECEIVE, 0);
	disarm();
	return receive_any(call);
}

/* S7.2 */
TEST_F(timeout, zero_flags_cancel)
{
	ASSERT_EQ(0, call_start(&self->call, receive_after_disarm, self->chid));
	ASSERT_EQ(0, wait_receivers(self->chid, 1));
	EXPECT_EQ(0, MsgSendPulse(self->coid, -1, 1, 1));
	EXPECT_EQ(0, call_join(&self->call));
	EXPECT_EQ(0, self->call.result);
}

/* S7.4: whatever way the call ends, also without having blocked. */
TEST_F(timeout, the_next_blocking_call_takes_it)
{
	char buf[sizeof(struct _pulse)];

	arm(_NTO_TIMEOUT_RECEIVE, LONG_TIME);
	EXPECT_EQ(-ESRCH, MsgReceive_r(99, buf, sizeof(buf), NULL));
	EXPECT_EQ(0, disarm());

	arm(_NTO_TIMEOUT_RECEIVE, LONG_TIME);
	EXPECT_EQ(0, MsgSendPulse(self->coid, -1, 1, 1));
	EXPECT_EQ(0, MsgReceivePulse_r(self->chid, buf, sizeof(buf), NULL));
	EXPECT_EQ(0, disarm());

	arm(_NTO_TIMEOUT_RECEIVE, LONG_TIME);
	EXPECT_EQ(-EBADF, MsgSend_r(-1, NULL, 0, NULL, 0));
	EXPECT_EQ(0, disarm());

	arm(SEND_REPLY, LONG_TIME);
	EXPECT_EQ(-EBADF, MsgSendvnc_r(-1, NULL, 0, NULL, 0));
	EXPECT_EQ(0, disarm());
}

TEST_F(timeout, calls_that_never_block_leave_it)
{
	struct _msg_info info;

	arm(_NTO_TIMEOUT_RECEIVE, LONG_TIME);
	EXPECT_EQ(0, MsgSendPulse(self->coid, -1, 1, 1));
	EXPECT_EQ(-ESRCH, MsgReply_r(1, 0, NULL, 0));
	EXPECT_EQ(ESRCH, MsgError_r(1, EIO));
	EXPECT_EQ(ESRCH, MsgInfo_r(1, &info));
	EXPECT_EQ(0, ConnectDetach(self->coid));
	EXPECT_EQ(0, ChannelDestroy(self->chid));
	EXPECT_EQ(_NTO_TIMEOUT_RECEIVE, disarm());
}

static long disarm_here(struct call *call)
{
	(void)call;
	return disarm();
}

/* S7.1: the thread's own. */
TEST_F(timeout, other_threads_are_not_concerned)
{
	arm(_NTO_TIMEOUT_RECEIVE, LONG_TIME);
	ASSERT_EQ(0, call_start(&self->call, disarm_here, 0));
	EXPECT_EQ(0, call_join(&self->call));
	EXPECT_EQ(0, self->call.result);
	EXPECT_EQ(_NTO_TIMEOUT_RECEIVE, disarm());
}

/* S7.5 and the errors; what was armed stays. */
TEST_F(timeout, refuses_what_it_cannot_do)
{
	struct timespec bad = { 0, 1000 * MS };
	struct sigevent event = { 0 };
	uint64_t ntime = 0;
	char buf[8];

	arm(SEND_REPLY, LONG_TIME);
	event.sigev_notify = SIGEV_SIGNAL;
	EXPECT_MINUS(EINVAL, TimerTimeout, CLOCK_MONOTONIC, SEND_REPLY, &event, &ntime, NULL);
	EXPECT_MINUS(EINVAL, TimerTimeout, CLOCK_BOOTTIME, SEND_REPLY, NULL, &ntime, NULL);
	EXPECT_MINUS(EINVAL, TimerTimeout, CLOCK_MONOTONIC, 1u << 30, NULL, &ntime, NULL);
	EXPECT_MINUS(EINVAL, timer_timeout, CLOCK_MONOTONIC, SEND_REPLY, NULL, &bad, NULL);
	EXPECT_EQ(SEND_REPLY, disarm());

	SIGEV_UNBLOCK_INIT(&event);
	EXPECT_EQ(0, TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, &event, &ntime, NULL));
	EXPECT_EQ(-ETIMEDOUT, MsgReceive_r(self->chid, buf, sizeof(buf), NULL));
}

/* ---- at once: S7.6, S7.11 ---- */

FIXTURE(poll) {
	int chid;
};

FIXTURE_SETUP(poll)
{
	self->chid = ChannelCreate(0);
	ASSERT_NE(-1, self->chid);
}

FIXTURE_TEARDOWN(poll)
{
}

FIXTURE_VARIANT(poll) {
	clockid_t clock;
	uint32_t flags;
	bool null;
	uint64_t ntime;
};

FIXTURE_VARIANT_ADD(poll, null) { CLOCK_REALTIME, 0, true, 0 };
FIXTURE_VARIANT_ADD(poll, null_absolute) { CLOCK_MONOTONIC, TIMER_ABSTIME, true, 0 };
FIXTURE_VARIANT_ADD(poll, zero) { CLOCK_MONOTONIC, 0, false, 0 };
FIXTURE_VARIANT_ADD(poll, past_monotonic) { CLOCK_MONOTONIC, TIMER_ABSTIME, false, 1 };
FIXTURE_VARIANT_ADD(poll, past_realtime) { CLOCK_REALTIME, TIMER_ABSTIME, false, 1000 * MS };
FIXTURE_VARIANT_ADD(poll, past_qnx_abstime) { CLOCK_REALTIME, QNX_ABSTIME, false, 1000 * MS };

TEST_F(poll, receives_only_what_is_there)
{
	const uint64_t *ntime = variant->null ? NULL : &variant->ntime;
	uint32_t flags = variant->flags | _NTO_TIMEOUT_RECEIVE;
	int coid = attach_self(self->chid);
	struct _pulse pulse;

	EXPECT_EQ(0, TimerTimeout(variant->clock, flags, NULL, ntime, NULL));
	EXPECT_EQ(-ETIMEDOUT, MsgReceive_r(self->chid, &pulse, sizeof(pulse), NULL));
	EXPECT_EQ(0, TimerTimeout(variant->clock, flags, NULL, ntime, NULL));
	EXPECT_EQ(-ETIMEDOUT, MsgReceivePulse_r(self->chid, &pulse, sizeof(pulse), NULL));
	EXPECT_EQ(0, MsgSendPulse(coid, -1, 1, 1));
	EXPECT_EQ(0, TimerTimeout(variant->clock, flags, NULL, ntime, NULL));
	EXPECT_EQ(0, MsgReceive_r(self->chid, &pulse, sizeof(pulse), NULL));
}

/* S7.11: send only if the server is waiting. */
TEST_F(timeout, immediate_SEND)
{
	struct call server = { 0 };

	ASSERT_EQ(0, start(self, send_limited, _NTO_TIMEOUT_SEND, 0));
	ASSERT_EQ(0, call_join(&self->call));
	EXPECT_EQ(-1, self->call.result);
	EXPECT_EQ(ETIMEDOUT, self->call.error);

	ASSERT_EQ(0, call_start(&server, receive_any, self->chid));
	ASSERT_EQ(0, wait_receivers(self->chid, 1));
	ASSERT_EQ(0, start(self, send_limited, _NTO_TIMEOUT_SEND, 0));
	ASSERT_EQ(0, call_join(&server));
	ASSERT_LT(0, server.result);
	EXPECT_EQ(0, MsgReply(server.result, 3, NULL, 0));
	ASSERT_EQ(0, call_join(&self->call));
	EXPECT_EQ(3, self->call.result);
}

/* T5, S5.33, S7.12: nothing is transferred to the server that waits. */
TEST_F(timeout, immediate_REPLY_with_a_receiver)
{
	struct call server = { 0 };

	ASSERT_EQ(0, call_start(&server, receive_any, self->chid));
	ASSERT_EQ(0, wait_receivers(self->chid, 1));
	ASSERT_EQ(0, start(self, send_limited, _NTO_TIMEOUT_REPLY, 0));
	ASSERT_EQ(0, call_join(&self->call));
	EXPECT_EQ(ETIMEDOUT, self->call.error);
	EXPECT_EQ(0, wait_receivers(self->chid, 1));
	EXPECT_FALSE(atomic_load(&server.returned));
	EXPECT_EQ(0, ChannelDestroy(self->chid));
	ASSERT_EQ(0, call_join(&server));
	EXPECT_EQ(-ESRCH, server.result);
}

/* T7, S5.33: it waits for the server to come, who then finds nothing. */
TEST_F(timeout, immediate_REPLY_without_a_receiver)
{
	char buf[8];

	ASSERT_EQ(0, start(self, send_limited, _NTO_TIMEOUT_REPLY, 0));
	ASSERT_EQ(0, call_wait_state(&self->call, "SEND"));
	EXPECT_EQ(-ETIMEDOUT, receive_poll(self->chid, buf, sizeof(buf), NULL));
	ASSERT_EQ(0, call_join(&self->call));
	EXPECT_EQ(ETIMEDOUT, self->call.error);
}

/* S7.3: from the call of TimerTimeout() on. If it were from the send, this would be received. */
TEST_F(timeout, counts_from_TimerTimeout)
{
	struct call server = { 0 };

	ASSERT_EQ(0, call_start(&server, receive_any, self->chid));
	ASSERT_EQ(0, wait_receivers(self->chid, 1));
	ASSERT_EQ(0, start(self, send_too_late, _NTO_TIMEOUT_REPLY, 5 * MS));
	ASSERT_EQ(0, call_join(&self->call));
	EXPECT_EQ(ETIMEDOUT, self->call.error);
	EXPECT_FALSE(atomic_load(&server.returned));
	EXPECT_EQ(0, ChannelDestroy(self->chid));
	ASSERT_EQ(0, call_join(&server));
}

/* ---- the states: 7.2 ---- */

/* T8: the message is withdrawn. */
TEST_F(timeout, SEND)
{
	uint64_t begin = now_ns();
	char buf[8];

	ASSERT_EQ(0, start(self, send_limited, _NTO_TIMEOUT_SEND, 5 * MS));
	ASSERT_EQ(0, call_join(&self->call));
	EXPECT_EQ(-1, self->call.result);
	EXPECT_EQ(ETIMEDOUT, self->call.error);
	EXPECT_LE(5 * MS, now_ns() - begin);
	EXPECT_EQ(-ETIMEDOUT, receive_poll(self->chid, buf, sizeof(buf), NULL));
}

/* S7.10: as documented, not as the quirk has it. */
TEST_F(timeout, SEND_does_not_count_in_REPLY)
{
	uint64_t end;
	rcvid_t rcvid;

	rcvid = start_received(self, _NTO_TIMEOUT_SEND, 1000 * MS);
	end = now_ns() + limit;
	ASSERT_LT(0, rcvid);
	wait_for_time(end + 10 * MS);
	EXPECT_EQ(0, call_wait_state(&self->call, "REPLY"));
	EXPECT_EQ(0, MsgReply(rcvid, 3, NULL, 0));
	ASSERT_EQ(0, call_join(&self->call));
	EXPECT_EQ(3, self->call.result);
}

/* T14, S5.34 */
TEST_F(timeout, REPLY_without_UNBLOCK)
{
	rcvid_t rcvid = start_received(self, SEND_REPLY, 1000 * MS);

	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, call_join(&self->call));
	EXPECT_EQ(-1, self->call.result);
	EXPECT_EQ(ETIMEDOUT, self->call.error);
	EXPECT_EQ(-ESRCH, MsgReply_r(rcvid, 0, NULL, 0));
}

/* S7.9, T9: REPLY alone does not end SEND, and counts although the message was queued. */
TEST_F(timeout, REPLY_alone_after_SEND)
{
	rcvid_t rcvid;
	char buf[8];

	ASSERT_EQ(0, start(self, send_limited, _NTO_TIMEOUT_REPLY, 1000 * MS));
	ASSERT_EQ(0, call_wait_state(&self->call, "SEND"));
	rcvid = receive_poll(self->chid, buf, sizeof(buf), NULL);
	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, call_join(&self->call));
	EXPECT_EQ(ETIMEDOUT, self->call.error);
}

TEST_F(timeout, REPLY_alone_does_not_end_SEND)
{
	ASSERT_EQ(0, start(self, send_limited, _NTO_TIMEOUT_REPLY, 5 * MS));
	ASSERT_EQ(0, call_wait_state(&self->call, "SEND"));
	wait_for_time(now_ns() + 10 * MS);
	EXPECT_EQ(0, call_wait_state(&self->call, "SEND"));
	EXPECT_EQ(0, ConnectDetach(self->coid));
	ASSERT_EQ(0, call_join(&self->call));
	EXPECT_EQ(EBADF, self->call.error);
}

/* S5.31, S5.32: the server is asked, the client waits on, and gets what the server says. */
TEST_F(timeout, REPLY_with_UNBLOCK)
{
	struct _pulse pulse;
	rcvid_t rcvid;

	self->chid = ChannelCreate(_NTO_CHF_UNBLOCK);
	self->coid = attach_self(self->chid);
	for (int late = 0; late < 2; late++) {
		rcvid = start_received(self, SEND_REPLY, 1000 * MS);
		ASSERT_LT(0, rcvid);
		ASSERT_EQ(0, receive_limited(self->chid, &pulse, sizeof(pulse), NULL));
		EXPECT_EQ(_PULSE_CODE_UNBLOCK, pulse.code);
		EXPECT_EQ(rcvid, pulse.value.sival_int);
		EXPECT_EQ(0, call_wait_state(&self->call, "REPLY+R"));
		EXPECT_EQ(0, late ? MsgReply(rcvid, 3, NULL, 0) : MsgError(rcvid, -1));
		ASSERT_EQ(0, call_join(&self->call));
		EXPECT_EQ(late ? 3 : -1, self->call.result);
		EXPECT_EQ(late ? 0 : ETIMEDOUT, self->call.error);
	}
}

TEST_F(timeout, RECEIVE)
{
	uint64_t begin = now_ns();

	ASSERT_EQ(0, start(self, receive_limited_by, _NTO_TIMEOUT_RECEIVE, 5 * MS));
	ASSERT_EQ(0, call_join(&self->call));
	EXPECT_EQ(-ETIMEDOUT, self->call.result);
	EXPECT_LE(5 * MS, now_ns() - begin);
}

/* S7.6: a state that is not named blocks normally. */
TEST_F(timeout, states_not_named_are_not_limited)
{
	ASSERT_EQ(0, start(self, receive_limited_by, SEND_REPLY | _NTO_TIMEOUT_MUTEX, 0));
	ASSERT_EQ(0, wait_receivers(self->chid, 1));
	EXPECT_EQ(0, MsgSendPulse(self->coid, -1, 1, 1));
	ASSERT_EQ(0, call_join(&self->call));
	EXPECT_EQ(0, self->call.result);
}

/* An absolute time is one of the clock that is named. */
TEST_F(timeout, absolute)
{
	const clockid_t clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC };
	char buf[8];

	for (int i = 0; i < 2; i++) {
		uint64_t end = clock_ns(clocks[i]) + 5 * MS;

		EXPECT_EQ(0, TimerTimeout(clocks[i], _NTO_TIMEOUT_RECEIVE | QNX_ABSTIME, NULL, &end,
					  NULL));
		EXPECT_EQ(-ETIMEDOUT, MsgReceive_r(self->chid, buf, sizeof(buf), NULL));
		EXPECT_LE(end, clock_ns(clocks[i]));
	}
}

/* S7.14 */
TEST_F(timeout, timer_timeout_is_the_same)
{
	struct timespec ts = { 0, 5 * MS };
	uint64_t begin = now_ns();
	char buf[8];

	EXPECT_EQ(0, timer_timeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, NULL, &ts, NULL));
	EXPECT_EQ(-ETIMEDOUT, MsgReceive_r(self->chid, buf, sizeof(buf), NULL));
	EXPECT_LE(5 * MS, now_ns() - begin);
	EXPECT_EQ(0, timer_timeout_r(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, NULL, NULL, NULL));
	EXPECT_EQ(-ETIMEDOUT, MsgReceive_r(self->chid, buf, sizeof(buf), NULL));
}

/* ---- signal handlers: S7.7 ---- */

static int handler_chid;
static volatile long handler_result;

static void poll_in_handler(int sig)
{
	char buf[8];

	(void)sig;
	handler_result = receive_poll(handler_chid, buf, sizeof(buf), NULL);
}

/*
 * A held send waits on after the handler's signal; the handler, which runs before it
 * returns, uses a timeout of its own.
 */
TEST_F(timeout, handler_has_its_own)
{
	struct sigaction sa = { .sa_handler = poll_in_handler };
	struct _pulse pulse;
	rcvid_t rcvid;

	ASSERT_EQ(0, sigaction(SIGUSR1, &sa, NULL));
	handler_chid = ChannelCreate(0);
	self->chid = ChannelCreate(_NTO_CHF_UNBLOCK);
	self->coid = attach_self(self->chid);
	rcvid = start_received(self, SEND_REPLY, LONG_TIME);
	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, send_signal(getpid(), atomic_load(&self->call.tid), SIGUSR1));
	ASSERT_EQ(0, receive_limited(self->chid, &pulse, sizeof(pulse), NULL));
	EXPECT_EQ(0, MsgReply(rcvid, 3, NULL, 0));
	ASSERT_EQ(0, call_join(&self->call));
	EXPECT_EQ(3, self->call.result);
	EXPECT_EQ(-ETIMEDOUT, handler_result);
}

/* ---- NANOSLEEP: S7.8 ---- */

TEST_F(timeout, sleep)
{
	uint64_t begin = now_ns(), ntime = 5 * MS, left = 1;
	struct timespec ts = { 0, 1 };

	EXPECT_EQ(0, arm(_NTO_TIMEOUT_RECEIVE, LONG_TIME));
	EXPECT_EQ(_NTO_TIMEOUT_RECEIVE, TimerTimeout(CLOCK_REALTIME, _NTO_TIMEOUT_NANOSLEEP, NULL,
						     &ntime, &left));
	EXPECT_LE(5 * MS, now_ns() - begin);
	EXPECT_EQ(0, left);
	EXPECT_EQ(0, disarm());
	EXPECT_EQ(0, timer_timeout(CLOCK_REALTIME, _NTO_TIMEOUT_NANOSLEEP, NULL, &ts, &ts));
	EXPECT_EQ(0, ts.tv_nsec);
	EXPECT_EQ(0, TimerTimeout(CLOCK_REALTIME, _NTO_TIMEOUT_NANOSLEEP, NULL, NULL, NULL));
}

static uint64_t sleep_left;

static long sleep_long(struct call *call)
{
	uint64_t ntime = LONG_TIME;

	(void)call;
	return TimerTimeout_r(CLOCK_MONOTONIC, _NTO_TIMEOUT_NANOSLEEP, NULL, &ntime, &sleep_left);
}

static void nothing(int sig)
{
	(void)sig;
}

TEST_F(timeout, sleep_is_interrupted)
{
	struct sigaction sa = { .sa_handler = nothing, .sa_flags = SA_RESTART };

	ASSERT_EQ(0, sigaction(SIGUSR1, &sa, NULL));
	ASSERT_EQ(0, call_start(&self->call, sleep_long, 0));
	ASSERT_EQ(0, wait_for_task_state(getpid(), atomic_load(&self->call.tid), 'S'));
	ASSERT_EQ(0, send_signal(getpid(), atomic_load(&self->call.tid), SIGUSR1));
	ASSERT_EQ(0, call_join(&self->call));
	EXPECT_EQ(-EINTR, self->call.result);
	EXPECT_LT(0, sleep_left);
	EXPECT_GE(LONG_TIME, sleep_left);
}

TEST_F(timeout, sleep_is_a_cancellation_point)
{
	ASSERT_EQ(0, call_start(&self->call, sleep_long, 0));
	ASSERT_EQ(0, pthread_cancel(self->call.thread));
	EXPECT_EQ(ECANCELED, call_join(&self->call));
	EXPECT_FALSE(atomic_load(&self->call.returned));
}

TEST_HARNESS_MAIN
