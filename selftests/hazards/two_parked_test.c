// SPDX-License-Identifier: GPL-2.0-only
/*
 * C17: a thread that has stepped aside from two calls, over contexts of its own, after a tracer
 * has taken the first one's restart away. Each of them has kept what the task's restart block was
 * before; whichever ends first, the other's restart is not lost with it.
 */
#include "kselftest_harness.h"

#include <pthread.h>
#include <unistd.h>

#include "hazard.h"
#include "tracer.h"

#ifdef __x86_64__

/* Shared with the program. */
struct program {
	int chid;
	atomic_int close_first, closed;
	int64_t first, second;		/* what the calls return */
	int q;				/* the first one's context */
};

FIXTURE(two_parked)
{
	struct program *p;
	pid_t pid;
	int64_t first, second;		/* receive ids */
};

static int64_t send_over_new_context(struct program *p, int *q)
{
	int coid;

	*q = qmsg_open();
	coid = qmsg_connect_attach(*q, getppid(), p->chid, QMSG_SIDE_CHANNEL, 0);
	return coid < 0 ? coid : qmsg_msg_send(*q, coid, "ping", 5, NULL, 0);
}

static void *closes_first(void *arg)
{
	struct program *p = arg;

	if (!wait_until(p->close_first))
		return NULL;
	close(p->q);
	p->closed = 1;
	return NULL;
}

static int be_program(void *arg)
{
	struct program *p = arg;
	pthread_t closer;
	int q;

	p->first = send_over_new_context(p, &p->q);
	if (pthread_create(&closer, NULL, closes_first, p))
		return 1;
	p->second = send_over_new_context(p, &q);
	pthread_join(closer, NULL);
	return 0;
}

/* Both calls are parked, the second one in a stop. */
FIXTURE_SETUP(two_parked)
{
	ASSERT_LE(0, peer_open(peer_self()));
	self->p = shared_alloc(sizeof(*self->p));
	self->p->chid = qmsg_channel_create(Q, 0);
	ASSERT_LT(0, self->p->chid);
	self->pid = fork_child(be_program, self->p);
	ASSERT_LT(0, self->pid);
	self->first = receive_any(Q, self->p->chid);
	ASSERT_LT(0, self->first);
	ASSERT_EQ(0, seize(self->pid));
	ASSERT_EQ(0, cancel_call(self->pid));
	self->second = receive_any(Q, self->p->chid);
	ASSERT_LT(0, self->second);
	EXPECT_EQ(-EINTR, self->p->first);
	ASSERT_EQ(0, seize(self->pid));
	ASSERT_EQ(0, ptrace(PTRACE_INTERRUPT, self->pid, NULL, NULL) ? -errno : 0);
	ASSERT_LE(0, wait_stopped(self->pid));
}

FIXTURE_TEARDOWN_PARENT(two_parked)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

static void end_first(struct __test_metadata *_metadata, FIXTURE_DATA(two_parked) *self)
{
	self->p->close_first = 1;
	ASSERT_TRUE(wait_until(self->p->closed));
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(Q, self->first, 111, NULL, 0));
}

static void expect_answered(struct __test_metadata *_metadata, FIXTURE_DATA(two_parked) *self)
{
	int status;

	EXPECT_EQ(0, qmsg_msg_reply(Q, self->second, 8, NULL, 0));
	ASSERT_EQ(0, reap(self->pid, &status));
	EXPECT_EQ(0, status);
	EXPECT_EQ(8, self->p->second);
}

TEST_F(two_parked, C17_the_first_ends_while_the_second_is_stopped)
{
	end_first(_metadata, self);
	ASSERT_EQ(0, ptrace(PTRACE_DETACH, self->pid, NULL, NULL) ? -errno : 0);
	expect_answered(_metadata, self);
}

TEST_F(two_parked, C17_the_second_goes_on_and_the_first_ends)
{
	ASSERT_EQ(0, ptrace(PTRACE_DETACH, self->pid, NULL, NULL) ? -errno : 0);
	end_first(_metadata, self);
	expect_answered(_metadata, self);
}

#else

TEST(two_parked)
{
	SKIP(return, "the tracer knows x86's registers only");
}

#endif

TEST_HARNESS_MAIN
