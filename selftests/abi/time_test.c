// SPDX-License-Identifier: GPL-2.0-only
/*
 * J4: deadlines are 64-bit nanoseconds of the clock that the caller reads: neither the
 * year 2106 nor another time namespace makes a difference.
 */
/* build: also -m32 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>

#include "qmsg_test.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME	0x80
#endif

#define WAIT_MS		60
#define YEAR_2107	4325000000LL	/* more than 2^32 seconds */

FIXTURE(deadline) {
	struct peer *p;
};

FIXTURE_SETUP(deadline)
{
	ASSERT_LE(0, peer_open(peer_self()));
	self->p = NULL;
}

FIXTURE_TEARDOWN_PARENT(deadline)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

/* In nanoseconds of its own clock: how late a receive came back. */
static int64_t do_receive(void *arg)
{
	int q = peer_self()->q;
	int chid = qmsg_channel_create(q, 0);
	uint64_t deadline = deadline_in_ms(WAIT_MS);
	struct qmsg_msg_receive args = receive_args(chid, NULL, 0, NULL);
	int err;

	(void)arg;
	args.deadline = deadline;
	err = qmsg_msg_receive_with(q, &args);
	return err == -ETIMEDOUT ? (int64_t)(now_ns() - deadline) : err;
}

/* Likewise a send that nobody receives. */
static int64_t do_send(void *arg)
{
	int q = peer_self()->q;
	int chid = qmsg_channel_create(q, 0);
	int coid = qmsg_connect_attach(q, 0, chid, QMSG_SIDE_CHANNEL, 0);
	uint64_t deadline = deadline_in_ms(WAIT_MS);
	struct qmsg_msg_send args = send_args(coid, NULL, 0, NULL, 0);
	int err;

	(void)arg;
	args.send_deadline = deadline;
	err = qmsg_msg_send_with(q, &args);
	return err == -ETIMEDOUT ? (int64_t)(now_ns() - deadline) : err;
}

/* Likewise waiting for an event that does not come. */
static int64_t do_intr_wait(void *arg)
{
	uint64_t deadline = deadline_in_ms(WAIT_MS);
	int err = qmsg_intr_wait(peer_self()->q, deadline);

	(void)arg;
	return err == -ETIMEDOUT ? (int64_t)(now_ns() - deadline) : err;
}

static uint64_t clock_ns(int clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* Likewise the pulse of a timer that is set to a time of @clock. */
static int64_t timer_on(int clock, uint64_t at)
{
	int q = peer_self()->q;
	int chid = qmsg_channel_create(q, 0);
	struct qmsg_event ev = {
		.notify = QMSG_EVENT_PULSE, .code = 1, .priority = 1,
		.id = qmsg_connect_attach(q, 0, chid, QMSG_SIDE_CHANNEL, 0),
	};
	struct qmsg_timer_settime args = {
		.timer = qmsg_timer_create(q, clock, &ev), .flags = QMSG_TIMER_ABSTIME,
		.value = at,
	};
	int err = qmsg_timer_settime(q, &args) ?: expect_pulse(q, chid, 1, NULL);

	return err ? err : (int64_t)(clock_ns(clock) - at);
}

static int64_t do_monotonic(void *arg)
{
	(void)arg;
	return timer_on(CLOCK_MONOTONIC, clock_ns(CLOCK_MONOTONIC) + WAIT_MS * 1000000);
}

static int64_t do_boottime(void *arg)
{
	(void)arg;
	return timer_on(CLOCK_BOOTTIME, clock_ns(CLOCK_BOOTTIME) + WAIT_MS * 1000000);
}

static int64_t do_realtime(void *arg)
{
	(void)arg;
	return timer_on(CLOCK_REALTIME, clock_ns(CLOCK_REALTIME) + WAIT_MS * 1000000);
}

/* A time before ours began has passed; it does not stop the timer. */
static int64_t do_long_ago(void *arg)
{
	int64_t late = timer_on(CLOCK_MONOTONIC, 1);

	(void)arg;
	return late < 0 ? late : 0;
}

/* The answer is 64 bits wide even where the program is not. */
struct wall_clock {
	int64_t s, ns;
};

static int set_wall_clock(struct wall_clock t)
{
#ifdef SYS_clock_settime64
	return syscall(SYS_clock_settime64, CLOCK_REALTIME, &t) ? -errno : 0;
#else
	return syscall(SYS_clock_settime, CLOCK_REALTIME, &t) ? -errno : 0;
#endif
}

static struct wall_clock wall_clock(void)
{
	struct wall_clock t;

#ifdef SYS_clock_gettime64
	syscall(SYS_clock_gettime64, CLOCK_REALTIME, &t);
#else
	syscall(SYS_clock_gettime, CLOCK_REALTIME, &t);
#endif
	return t;
}

TEST_F(deadline, J4_the_wall_clock_jumps_beyond_2106)
{
	struct wall_clock before = wall_clock();
	int64_t late;

	self->p = peer_fork();
	ASSERT_LE(0, peer_open(self->p));
	ASSERT_EQ(0, peer_start(self->p, do_receive, NULL));
	if (set_wall_clock((struct wall_clock){ YEAR_2107, 0 }))
		SKIP(return, "the clock cannot be set");
	EXPECT_EQ(0, peer_wait(self->p, &late));
	EXPECT_LE(0, late);
	late = peer_call(self->p, do_send, NULL);
	EXPECT_EQ(0, set_wall_clock(before));
	EXPECT_LE(0, late);
}

/* Children of this process have a monotonic clock of their own. -ENOSYS: there is no such thing. */
static int shift_clock(long seconds)
{
	char text[96];
	int fd, err;

	if (unshare(CLONE_NEWTIME))
		return -ENOSYS;
	/* Not the same, so that one is not taken for the other. */
	snprintf(text, sizeof(text), "monotonic %ld 0\nboottime %ld 0\n", seconds, seconds / 2);
	fd = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
	err = fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return err;
}

static int64_t do_now(void *arg)
{
	(void)arg;
	return now_ns();
}

static void in_another_time(struct __test_metadata *_metadata, FIXTURE_DATA(deadline) *self,
			    long seconds)
{
	static int64_t (*const waits[])(void *arg) = {
		do_receive, do_send, do_intr_wait, do_monotonic, do_boottime, do_realtime,
		do_long_ago,
	};
	int err = shift_clock(seconds);
	int64_t late;
	size_t i;

	if (err == -ENOSYS)
		SKIP(return, "no time namespaces");
	ASSERT_EQ(0, err);
	self->p = peer_fork();
	ASSERT_LE(0, peer_open(self->p));
	late = peer_call(self->p, do_now, NULL) - (int64_t)now_ns() - seconds * 1000000000LL;
	EXPECT_TRUE(late > -10000000000LL && late < 10000000000LL);
	for (i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		late = peer_call(self->p, waits[i], NULL);
		EXPECT_LE(0, late);
		EXPECT_GT(10000000000LL, late);
	}
}

TEST_F(deadline, J4_a_clock_that_is_ahead)
{
	in_another_time(_metadata, self, 100000000);
}

/* Not before the machine was started. */
TEST_F(deadline, J4_a_clock_that_is_behind)
{
	in_another_time(_metadata, self, -1);
}

TEST_HARNESS_MAIN
