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
	char text[64];
	int fd, err;

	if (unshare(CLONE_NEWTIME))
		return -ENOSYS;
	snprintf(text, sizeof(text), "monotonic %ld 0", seconds);
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
	int err = shift_clock(seconds);
	int64_t late;

	if (err == -ENOSYS)
		SKIP(return, "no time namespaces");
	ASSERT_EQ(0, err);
	self->p = peer_fork();
	ASSERT_LE(0, peer_open(self->p));
	late = peer_call(self->p, do_now, NULL) - (int64_t)now_ns() - seconds * 1000000000LL;
	EXPECT_TRUE(late > -10000000000LL && late < 10000000000LL);
	late = peer_call(self->p, do_receive, NULL);
	EXPECT_LE(0, late);
	EXPECT_GT(10000000000LL, late);
	late = peer_call(self->p, do_send, NULL);
	EXPECT_LE(0, late);
	EXPECT_GT(10000000000LL, late);
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
