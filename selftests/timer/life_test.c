// SPDX-License-Identifier: GPL-2.0-only
/* What becomes of a timer when something else ends. */
#include "scene.h"

#include <fcntl.h>
#include <sys/resource.h>

/* Its connection: it expires into nothing. */
TEST_F(timer, connection_detached)
{
	int t = make(self, 1);

	ASSERT_EQ(0, set(self, t, MS, MS));
	ASSERT_EQ(0, expect_pulse(self->q, self->chid, 1, NULL));
	ASSERT_TRUE(wait_until(has_pulse(self, 1)));
	ASSERT_EQ(0, qmsg_connect_detach(self->q, self->coid));
	/* S4.15: what is queued stays. */
	ASSERT_EQ(0, expect_pulse(self->q, self->chid, 1, NULL));
	ASSERT_EQ(0, let_pass(self, 4, 1));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	ASSERT_EQ(0, set(self, t, 1, 0));
	ASSERT_EQ(0, let_pass(self, 2, 1));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	EXPECT_EQ(0, qmsg_timer_delete(self->q, t));
}

/* Not another connection that has got the number (S8.5). */
TEST_F(timer, connection_id_reused)
{
	int t = make(self, 1);
	int chid = qmsg_channel_create(self->q, 0);

	ASSERT_EQ(0, qmsg_connect_detach(self->q, self->coid));
	ASSERT_EQ(self->coid, qmsg_connect_attach(self->q, 0, chid, QMSG_SIDE_CHANNEL, 0));
	ASSERT_EQ(0, set(self, t, 1, 1));
	ASSERT_EQ(0, let_pass(self, 3, 1));
	EXPECT_EQ(0, expect_nothing(self->q, chid));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

/* A connection that is a descriptor. */
TEST_F(timer, descriptor_closed)
{
	int fd = qmsg_connect_attach(self->q, 0, self->chid, 0, FD_CLOEXEC);
	struct qmsg_event ev = pulse_event(fd, 10, 4, 0);
	int t = qmsg_timer_create(self->q, CLOCK_MONOTONIC, &ev);

	ASSERT_EQ(0, t);
	ASSERT_EQ(0, set(self, t, 1, 0));
	ASSERT_EQ(0, expect_pulse(self->q, self->chid, 4, NULL));
	close(fd);
	ASSERT_EQ(0, set(self, t, 1, 0));
	ASSERT_EQ(0, let_pass(self, 2, 1));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

TEST_F(timer, channel_destroyed)
{
	int t = make(self, 1), u = make(self, 2);

	ASSERT_EQ(0, set(self, t, 1, 1));
	ASSERT_EQ(0, set(self, u, HOUR, 1));
	ASSERT_TRUE(wait_until(has_pulse(self, 1)));
	ASSERT_EQ(0, qmsg_channel_destroy(self->q, self->chid));
	EXPECT_EQ(0, set(self, t, 1, 1));
	ASSERT_EQ(0, let_pass(self, 2, 1));
	EXPECT_EQ(0, qmsg_timer_delete(self->q, t));
	EXPECT_EQ(0, qmsg_timer_delete(self->q, u));
}

/* The context: closed with the timers running, unread and idle. */
TEST_F(timer, context_closed)
{
	int idle = make(self, 1), far = make(self, 2), unread = make(self, 3);

	ASSERT_LE(0, idle);
	ASSERT_EQ(0, set(self, far, HOUR, HOUR));
	ASSERT_EQ(0, set(self, unread, 1, 1));
	ASSERT_TRUE(wait_until(has_pulse(self, 1)));
	close(self->q);
	EXPECT_EQ(0, wait_for_no_objects());
	self->q = qmsg_open();
}

struct elsewhere {
	struct peer *p;
	int coid;
};

static int64_t start_timer(void *arg)
{
	struct elsewhere *e = arg;
	struct qmsg_event ev = pulse_event(e->coid, 10, 5, 0);
	struct qmsg_timer_settime args = { .value = 1, .interval = 1 };

	args.timer = qmsg_timer_create(e->p->q, CLOCK_MONOTONIC, &ev);
	return qmsg_timer_settime(e->p->q, &args);
}

/* The process: its timers' pulses are taken back wherever they are. */
TEST_F(timer, owner_exits)
{
	struct elsewhere *e = shared_alloc(sizeof(*e));

	e->p = peer_fork();
	ASSERT_LE(0, peer_open(e->p));
	e->coid = peer_attach(e->p, getpid(), self->chid, QMSG_SIDE_CHANNEL, 0);
	ASSERT_LT(0, e->coid);
	ASSERT_EQ(0, peer_call(e->p, start_timer, e));
	ASSERT_EQ(0, expect_pulse(self->q, self->chid, 5, NULL));
	ASSERT_TRUE(wait_until(has_pulse(self, 1)));
	ASSERT_EQ(0, peer_kill(e->p, SIGKILL));
	ASSERT_EQ(0, peer_reap(e->p, NULL));
	EXPECT_EQ(0, wait_for_object_count("timers", 0));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

static int in_child(void *arg)
{
	scene *s = arg;
	struct qmsg_event ev = pulse_event(s->coid, 10, 1, 0);

	return qmsg_timer_create(s->q, 0, &ev) == -EBADF && set(s, 0, 1, 0) == -EBADF &&
	       qmsg_timer_delete(s->q, 0) == -EBADF ? 0 : 1;
}

/* A forked child has no timers; the parent's go on. */
TEST_F(timer, fork)
{
	int status = -1, t = make(self, 1);

	ASSERT_EQ(0, set(self, t, MS, MS));
	EXPECT_EQ(0, reap(fork_child(in_child, self), &status));
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, expect_pulse(self->q, self->chid, 1, NULL));
	EXPECT_EQ(0, expect_pulse(self->q, self->chid, 1, NULL));
}

static int moves_clock(int64_t by)
{
	uint64_t ns = clock_ns(CLOCK_REALTIME) + by;
	struct timespec ts = { ns / 1000000000ULL, ns % 1000000000ULL };

	return clock_settime(CLOCK_REALTIME, &ts) ? -errno : 0;
}

/* POSIX: setting the clock moves timers at absolute times, and only those. */
TEST_F(timer, clock_is_set)
{
	int absolute = make_on(self, CLOCK_REALTIME, 1);
	int relative = make_on(self, CLOCK_REALTIME, 2);
	int monotonic = make_on(self, CLOCK_MONOTONIC, 3);
	int err;

	ASSERT_EQ(0, set_flags(self, absolute, QMSG_TIMER_ABSTIME,
			       clock_ns(CLOCK_REALTIME) + HOUR, 0));
	ASSERT_EQ(0, set(self, relative, HOUR, 0));
	ASSERT_EQ(0, set_flags(self, monotonic, QMSG_TIMER_ABSTIME,
			       clock_ns(CLOCK_MONOTONIC) + HOUR, 0));
	err = moves_clock(HOUR + 1000 * MS);
	if (err == -EPERM)
		SKIP(goto out, "the clock may not be set here");
	ASSERT_EQ(0, err);
	err = expect_pulse(self->q, self->chid, 1, NULL);
	ASSERT_EQ(0, moves_clock(-(int64_t)(HOUR + 1000 * MS)));
	EXPECT_EQ(0, err);
	ASSERT_EQ(0, let_pass(self, 2, 1));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
out:
	return;
}

TEST_HARNESS_MAIN
