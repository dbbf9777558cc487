// SPDX-License-Identifier: GPL-2.0-only
/* D14: what a timer does. */
/* build: also -m32 */
#include "scene.h"

/* The pulse has what the event says and comes over the event's connection (S8.2). */
TEST_F(timer, one_pulse)
{
	struct qmsg_event ev = pulse_event(self->coid, 10, 7, 0x123456789abcdef0);
	struct connection_view view;
	struct qmsg_pulse pulse;
	int t = qmsg_timer_create(self->q, CLOCK_MONOTONIC, &ev);

	ASSERT_EQ(0, t);
	ASSERT_EQ(0, read_connection(getpid(), self->q, self->coid, &view));
	ASSERT_EQ(0, set(self, t, MS, 0));
	ASSERT_EQ(0, expect_pulse(self->q, self->chid, 7, &pulse));
	EXPECT_EQ(0x123456789abcdef0ULL, pulse.value);
	EXPECT_EQ(view.scoid, (unsigned int)pulse.scoid);
	EXPECT_EQ(0, let_pass(self, 5, 1));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	EXPECT_EQ(1, read_timer(getpid(), self->q, t, "expiries"));
}

/* Not before its time. */
TEST_F(timer, not_early)
{
	int t = make(self, 1);
	uint64_t start;
	int i;

	for (i = 0; i < 20; i++) {
		start = now_ns();
		ASSERT_EQ(0, set(self, t, i * MS / 2 + 1, 0));
		ASSERT_EQ(0, expect_pulse(self->q, self->chid, 1, NULL));
		ASSERT_LE(start + i * MS / 2, now_ns());
	}
}

TEST_F(timer, periodic)
{
	int t = make(self, 1);
	uint64_t start = now_ns();
	int i;

	ASSERT_EQ(0, set(self, t, 2 * MS, MS));
	for (i = 0; i < 20; i++)
		ASSERT_EQ(0, expect_pulse(self->q, self->chid, 1, NULL));
	EXPECT_LE(start + 21 * MS, now_ns());
	EXPECT_EQ(0, qmsg_timer_delete(self->q, t));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

/* Expiries stay on their grid, however late the pulses are fetched. */
TEST_F(timer, periodic_does_not_drift)
{
	int t = make(self, 1);
	uint64_t start = now_ns() + 5 * MS, counted = 0;
	struct qmsg_timer_gettime got;
	int i;

	ASSERT_EQ(0, set_flags(self, t, QMSG_TIMER_ABSTIME, start, MS));
	for (i = 0; i < 10; i++) {
		ASSERT_EQ(0, expect_pulse(self->q, self->chid, 1, NULL));
		ASSERT_EQ(0, look(self, t, &got));
		counted += 1 + got.out_overrun;
		ASSERT_EQ(0, let_pass(self, 2, 1));
	}
	/* The pulse that is on its way stands for at least one more. */
	EXPECT_LE(start + (counted - 1) * MS, now_ns());
	EXPECT_LT(20U, counted);
}

static const int clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME };

#define FOR_EACH_CLOCK(c)	for (const int *c = clocks; c < clocks + ARRAY_SIZE(clocks); c++)

TEST_F(timer, relative)
{
	FOR_EACH_CLOCK(clock) {
		int t = make_on(self, *clock, 3);
		uint64_t start = clock_ns(*clock);

		ASSERT_EQ(0, set(self, t, 3 * MS, 0));
		ASSERT_EQ(0, expect_pulse(self->q, self->chid, 3, NULL));
		EXPECT_LE(start + 3 * MS, clock_ns(*clock));
	}
}

TEST_F(timer, absolute)
{
	struct qmsg_timer_gettime got;

	FOR_EACH_CLOCK(clock) {
		int t = make_on(self, *clock, 3);
		uint64_t when = clock_ns(*clock) + 10 * MS;

		ASSERT_EQ(0, set_flags(self, t, QMSG_TIMER_ABSTIME, when, 0));
		ASSERT_EQ(0, look(self, t, &got));
		EXPECT_GE(10 * MS, got.out_value);
		ASSERT_EQ(0, expect_pulse(self->q, self->chid, 3, NULL));
		EXPECT_LE(when, clock_ns(*clock));
	}
}

/* A time that is past expires at once. */
TEST_F(timer, absolute_past)
{
	FOR_EACH_CLOCK(clock) {
		int t = make_on(self, *clock, 3);

		ASSERT_EQ(0, set_flags(self, t, QMSG_TIMER_ABSTIME, 1, 0));
		EXPECT_EQ(0, expect_pulse(self->q, self->chid, 3, NULL));
	}
}

/* … and tells what it missed since. */
TEST_F(timer, absolute_past_periodic)
{
	struct qmsg_timer_gettime got;

	FOR_EACH_CLOCK(clock) {
		int t = make_on(self, *clock, 3);
		uint64_t when = clock_ns(*clock) - 100 * MS;

		ASSERT_EQ(0, set_flags(self, t, QMSG_TIMER_ABSTIME, when, 10 * MS));
		ASSERT_EQ(0, expect_pulse(self->q, self->chid, 3, NULL));
		ASSERT_EQ(0, look(self, t, &got));
		EXPECT_LE(10U, got.out_overrun);
		EXPECT_GE(10 * MS, got.out_value);
		ASSERT_EQ(0, qmsg_timer_delete(self->q, t));
	}
}

TEST_F(timer, gettime_counts_down)
{
	int t = make(self, 1);
	struct qmsg_timer_gettime a, b;

	ASSERT_EQ(0, look(self, t, &a));
	EXPECT_EQ(0U, a.out_value);
	EXPECT_EQ(0U, a.out_interval);
	ASSERT_EQ(0, set(self, t, HOUR, 2 * HOUR));
	ASSERT_EQ(0, look(self, t, &a));
	EXPECT_GE(HOUR, a.out_value);
	EXPECT_LT(HOUR / 2, a.out_value);
	EXPECT_EQ(2 * HOUR, a.out_interval);
	EXPECT_EQ(0U, a.out_overrun);
	ASSERT_EQ(0, let_pass(self, 1, 1));
	ASSERT_EQ(0, look(self, t, &b));
	EXPECT_GT(a.out_value, b.out_value);
}

/* 0 is told only after the pulse is there. */
TEST_F(timer, run_out_means_the_pulse_is_there)
{
	int i, t = make(self, 1);
	struct qmsg_timer_gettime got;

	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, set(self, t, MS / 4, 0));
		ASSERT_TRUE(wait_until(!look(self, t, &got) && !got.out_value));
		ASSERT_TRUE(has_pulse(self, 1));
		ASSERT_EQ(0, expect_pulse(self->q, self->chid, 1, NULL));
	}
}

/* While the pulse is unreceived the time to the next expiry is told all the same. */
TEST_F(timer, gettime_of_an_unread_periodic_timer)
{
	int t = make(self, 1);
	struct qmsg_timer_gettime got;

	ASSERT_EQ(0, set(self, t, MS, 3 * MS));
	ASSERT_TRUE(wait_until(has_pulse(self, 1)));
	ASSERT_EQ(0, let_pass(self, 5, 2));
	ASSERT_EQ(0, look(self, t, &got));
	EXPECT_LT(0U, got.out_value);
	EXPECT_GE(3 * MS, got.out_value);
}

TEST_F(timer, settime_tells_the_old_setting)
{
	struct qmsg_timer_settime args = { .timer = make(self, 1), .value = HOUR, .interval = 5 };

	args.out_value = args.out_interval = 1;
	ASSERT_EQ(0, qmsg_timer_settime(self->q, &args));
	EXPECT_EQ(0U, args.out_value);
	EXPECT_EQ(0U, args.out_interval);
	args.value = 0;
	args.interval = 0;
	ASSERT_EQ(0, qmsg_timer_settime(self->q, &args));
	EXPECT_GE(HOUR, args.out_value);
	EXPECT_LT(HOUR / 2, args.out_value);
	/* The floor: 20 us for pulses. */
	EXPECT_EQ(20000U, args.out_interval);
	ASSERT_EQ(0, qmsg_timer_settime(self->q, &args));
	EXPECT_EQ(0U, args.out_value);
	EXPECT_EQ(0U, args.out_interval);
}

/* S4.19: one pulse, and the number of expiries it stands for. */
TEST_F(timer, overrun)
{
	struct qmsg_timer_gettime got;
	int t = make(self, 1);
	uint64_t start = now_ns(), passed;

	ASSERT_EQ(0, set(self, t, MS, MS));
	ASSERT_EQ(0, let_pass(self, 20, 1));
	ASSERT_EQ(0, look(self, t, &got));
	EXPECT_EQ(0U, got.out_overrun);
	EXPECT_TRUE(has_pulse(self, 1));
	ASSERT_EQ(0, expect_pulse(self->q, self->chid, 1, NULL));
	passed = (now_ns() - start) / MS;
	ASSERT_EQ(0, look(self, t, &got));
	EXPECT_LE(18U, got.out_overrun);
	EXPECT_GE(passed, got.out_overrun);
}

/* A timer that nobody reads costs one interrupt. */
TEST_F(timer, unread_timer_is_silent)
{
	int t = make(self, 1);

	ASSERT_EQ(0, set(self, t, 1, 1));
	ASSERT_TRUE(wait_until(has_pulse(self, 1)));
	ASSERT_EQ(0, let_pass(self, 20, 1));
	EXPECT_EQ(1, read_timer(getpid(), self->q, t, "expiries"));
	EXPECT_TRUE(has_pulse(self, 1));
	EXPECT_EQ(0, expect_pulse(self->q, self->chid, 1, NULL));
	/* It goes on. */
	EXPECT_EQ(0, expect_pulse(self->q, self->chid, 1, NULL));
}

/* D13: a pulse that could not be taken is still the one. */
TEST_F(timer, pulse_that_does_not_fit_stays)
{
	int t = make(self, 1);
	char small[8];

	ASSERT_EQ(0, set(self, t, 1, 1));
	ASSERT_TRUE(wait_until(has_pulse(self, 1)));
	EXPECT_EQ(-EFAULT, receive_now(self->q, self->chid, small, sizeof(small), NULL));
	ASSERT_EQ(0, let_pass(self, 2, 1));
	EXPECT_EQ(1, read_timer(getpid(), self->q, t, "expiries"));
	EXPECT_EQ(0, expect_pulse(self->q, self->chid, 1, NULL));
	EXPECT_EQ(0, expect_pulse(self->q, self->chid, 1, NULL));
}

TEST_F(timer, settime_takes_the_pulse_back)
{
	int t = make(self, 1);

	ASSERT_EQ(0, set(self, t, 1, 0));
	ASSERT_TRUE(wait_until(has_pulse(self, 1)));
	ASSERT_EQ(0, set(self, t, HOUR, 0));
	EXPECT_TRUE(has_pulse(self, 0));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	/* And it can be used again. */
	ASSERT_EQ(0, set(self, t, 1, 0));
	EXPECT_EQ(0, expect_pulse(self->q, self->chid, 1, NULL));
}

TEST_F(timer, stopping_takes_the_pulse_back)
{
	int t = make(self, 1);

	ASSERT_EQ(0, set(self, t, 1, 1));
	ASSERT_TRUE(wait_until(has_pulse(self, 1)));
	ASSERT_EQ(0, set(self, t, 0, 0));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	ASSERT_EQ(0, let_pass(self, 3, 1));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

TEST_F(timer, delete_takes_the_pulse_back)
{
	int t = make(self, 1);

	ASSERT_EQ(0, set(self, t, 1, 1));
	ASSERT_TRUE(wait_until(has_pulse(self, 1)));
	ASSERT_EQ(0, qmsg_timer_delete(self->q, t));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	EXPECT_EQ(-EINVAL, qmsg_timer_delete(self->q, t));
	EXPECT_EQ(-EINVAL, set(self, t, 1, 1));
}

/* S4.21: it needs no place in the pool, and takes none. */
TEST_F(timer, pulse_needs_no_room)
{
	int i, t = make(self, 1);

	for (i = 0; i < 1024; i++)
		ASSERT_EQ(0, qmsg_pulse_send(self->q, self->coid, 20, 2, i));
	ASSERT_EQ(-EAGAIN, qmsg_pulse_send(self->q, self->coid, 20, 2, i));
	ASSERT_EQ(0, set(self, t, 1, 0));
	ASSERT_TRUE(wait_until(has_pulse(self, 1025)));
}

/* An event that is nothing: a clock to look at. */
TEST_F(timer, no_event)
{
	struct qmsg_event ev = { .notify = QMSG_EVENT_NONE };
	int t = qmsg_timer_create(self->q, CLOCK_MONOTONIC, &ev);
	struct qmsg_timer_gettime got;

	ASSERT_EQ(0, t);
	ASSERT_EQ(0, set(self, t, MS, MS));
	ASSERT_TRUE(wait_until(read_timer(getpid(), self->q, t, "expiries") > 3));
	ASSERT_EQ(0, look(self, t, &got));
	EXPECT_EQ(MS, got.out_interval);
	EXPECT_LT(0U, got.out_value);
}

/* The lowest free number, from 0. */
TEST_F(timer, ids)
{
	int i;

	for (i = 0; i < 10; i++)
		ASSERT_EQ(i, make(self, 1));
	ASSERT_EQ(0, qmsg_timer_delete(self->q, 7));
	ASSERT_EQ(0, qmsg_timer_delete(self->q, 3));
	EXPECT_EQ(3, make(self, 1));
	EXPECT_EQ(7, make(self, 1));
	EXPECT_EQ(10, make(self, 1));
}

TEST_F(timer, bad_create)
{
	static const int others[] = { -1, 2, 3, 4, 5, 6, 8, 9, 11, 12, 1 << 20, INT32_MIN };
	const unsigned int updateable = QMSG_EVENT_UPDATEABLE | QMSG_EVENT_CODE_UPDATEABLE;
	struct qmsg_event good = pulse_event(self->coid, 10, 7, 0), ev;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(others); i++)
		EXPECT_EQ(-EINVAL, qmsg_timer_create(self->q, others[i], &good));
	for (i = 8; i < 32; i++) {
		ev = good;
		ev.notify |= 1U << i;
		if (!(1U << i & updateable))
			EXPECT_EQ(-EINVAL, qmsg_timer_create(self->q, 0, &ev));
	}
	for (i = 7; i < 256; i++) {
		ev = (struct qmsg_event){ .notify = i };
		EXPECT_EQ(-EINVAL, qmsg_timer_create(self->q, 0, &ev));
	}
	ev = pulse_event(self->coid, 10, -1, 0);
	EXPECT_EQ(-EINVAL, qmsg_timer_create(self->q, 0, &ev));
	ev = pulse_event(self->coid, 10, 128, 0);
	EXPECT_EQ(-EINVAL, qmsg_timer_create(self->q, 0, &ev));
	ev = pulse_event(self->coid, 0, 1, 0);
	EXPECT_EQ(-EINVAL, qmsg_timer_create(self->q, 0, &ev));
	ev = pulse_event(self->coid, 256, 1, 0);
	EXPECT_EQ(-EINVAL, qmsg_timer_create(self->q, 0, &ev));
	ev = pulse_event(self->coid, -2, 1, 0);
	EXPECT_EQ(-EINVAL, qmsg_timer_create(self->q, 0, &ev));
	ev = pulse_event(-1, 10, 1, 0);
	EXPECT_EQ(-EBADF, qmsg_timer_create(self->q, 0, &ev));
	ev = pulse_event(self->coid + 5, 10, 1, 0);
	EXPECT_EQ(-EBADF, qmsg_timer_create(self->q, 0, &ev));
	ev = pulse_event(0, 10, 1, 0);
	EXPECT_EQ(-EBADF, qmsg_timer_create(self->q, 0, &ev));
	ASSERT_EQ(0, qmsg_channel_destroy(self->q, self->chid));
	EXPECT_EQ(-EBADF, qmsg_timer_create(self->q, 0, &good));
}

TEST_F(timer, bad_settime)
{
	int t = make(self, 1);

	EXPECT_EQ(-EINVAL, set(self, -1, 1, 0));
	EXPECT_EQ(-EINVAL, set(self, 1, 1, 0));
	EXPECT_EQ(-EINVAL, set(self, INT32_MIN, 1, 0));
	EXPECT_EQ(-EINVAL, set(self, INT32_MAX, 1, 0));
	EXPECT_EQ(-EINVAL, set(self, t, 1ULL << 63, 0));
	EXPECT_EQ(-EINVAL, set(self, t, 1, 1ULL << 63));
	EXPECT_EQ(-EINVAL, set_flags(self, t, 2, 1, 0));
	EXPECT_EQ(-EINVAL, set_flags(self, t, 1U << 31, 1, 0));
	EXPECT_EQ(0, read_timer(getpid(), self->q, t, "running"));
	/* The greatest that are times. */
	EXPECT_EQ(0, set(self, t, (1ULL << 63) - 1, (1ULL << 63) - 1));
	EXPECT_EQ(0, set_flags(self, t, QMSG_TIMER_ABSTIME, (1ULL << 63) - 1, 0));
	EXPECT_EQ(1, read_timer(getpid(), self->q, t, "running"));
	EXPECT_EQ(0, set(self, t, 1, (1ULL << 63) - 1));
	EXPECT_EQ(0, expect_pulse(self->q, self->chid, 1, NULL));
}

/* Where the answer cannot be told nothing has happened. */
TEST_F(timer, faults_leave_nothing)
{
	char *edge = edge_page(offsetof(struct qmsg_timer_settime, out_value));
	struct qmsg_timer_settime args = {
		.size = sizeof(args), .timer = make(self, 1), .value = HOUR,
	};

	memcpy(edge, &args, offsetof(struct qmsg_timer_settime, out_value));
	EXPECT_EQ(-EFAULT, raw_ioctl(self->q, QMSG_IOC_TIMER_SETTIME, edge));
	EXPECT_EQ(0, read_timer(getpid(), self->q, args.timer, "running"));
	EXPECT_EQ(-EFAULT, raw_ioctl(self->q, QMSG_IOC_TIMER_CREATE, unmapped_page()));
	EXPECT_EQ(1, make(self, 1));
}

TEST_F(timer, quota)
{
	int i;

	ASSERT_EQ(0, write_param("user_timers", 5));
	for (i = 0; i < 5; i++)
		ASSERT_EQ(i, make(self, 1));
	EXPECT_EQ(-EAGAIN, make(self, 1));
	ASSERT_EQ(0, qmsg_timer_delete(self->q, 2));
	EXPECT_EQ(2, make(self, 1));
	EXPECT_EQ(5, object_count("timers"));
}

#define MANY	500

TEST_F(timer, many)
{
	struct qmsg_pulse pulse;
	char seen[MANY] = "";
	int i;

	for (i = 0; i < MANY; i++) {
		struct qmsg_event ev = pulse_event(self->coid, 10, 1, i);

		ASSERT_EQ(i, qmsg_timer_create(self->q, CLOCK_MONOTONIC, &ev));
	}
	for (i = 0; i < MANY; i++)
		ASSERT_EQ(0, set(self, i, MS + i * 1000, 0));
	for (i = 0; i < MANY; i++) {
		ASSERT_EQ(0, expect_pulse(self->q, self->chid, 1, &pulse));
		ASSERT_GT(MANY, (int)pulse.value);
		ASSERT_EQ(0, seen[pulse.value]++);
	}
}

/* QUERY says that there are timers. */
TEST_F(timer, feature)
{
	struct qmsg_query query = { 0 };

	ASSERT_EQ(0, qmsg_query(self->q, &query));
	EXPECT_EQ(QMSG_FEATURE_TIMER, query.out_features & QMSG_FEATURE_TIMER);
}

TEST_HARNESS_MAIN
