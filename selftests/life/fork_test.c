// SPDX-License-Identifier: GPL-2.0-only
/* D2, S1.4, S1.19: what a child has of its parent's context, by fork, vfork and clone. */
#include "kselftest_harness.h"
#include "qmsg_test.h"

#include <sys/mman.h>
#include <sys/syscall.h>

FIXTURE(fork) {
	struct peer *me;
	int q;
	int chid;
	int coid;
};

FIXTURE_SETUP(fork)
{
	self->me = peer_self();
	self->q = peer_open(self->me);
	ASSERT_LE(0, self->q);
	self->chid = qmsg_channel_create(self->q, QMSG_CHF_UNBLOCK | QMSG_CHF_DISCONNECT);
	self->coid = qmsg_connect_attach(self->q, 0, self->chid, QMSG_SIDE_CHANNEL, 0);
	ASSERT_LT(0, self->coid);
}

FIXTURE_TEARDOWN(fork)
{
	close(self->q);
}

typedef FIXTURE_DATA(fork) scene;

/* The number of calls that were not refused with EBADF. */
static int calls_allowed(scene *s)
{
	struct qmsg_msg_info info;
	char buf[64];
	int allowed = 0;

	allowed += qmsg_channel_create(s->q, 0) != -EBADF;
	allowed += qmsg_channel_destroy(s->q, s->chid) != -EBADF;
	allowed += qmsg_connect_attach(s->q, getppid(), s->chid, QMSG_SIDE_CHANNEL, 0) != -EBADF;
	allowed += qmsg_connect_detach(s->q, s->coid) != -EBADF;
	allowed += qmsg_msg_send(s->q, s->coid, "x", 1, NULL, 0) != -EBADF;
	allowed += receive_now(s->q, s->chid, buf, sizeof(buf), &info) != -EBADF;
	allowed += qmsg_msg_reply(s->q, 1, 0, NULL, 0) != -EBADF;
	allowed += qmsg_msg_error(s->q, 1, EIO) != -EBADF;
	allowed += qmsg_msg_read(s->q, 1, buf, 1, 0) != -EBADF;
	allowed += qmsg_msg_write(s->q, 1, buf, 1, 0) != -EBADF;
	allowed += qmsg_msg_info(s->q, 1, &info) != -EBADF;
	allowed += qmsg_pulse_send(s->q, s->coid, 1, 1, 1) != -EBADF;
	allowed += qmsg_setup(s->q, 31) != -EBADF;
	return allowed;
}

static int child_tries(void *arg)
{
	return calls_allowed(arg);
}

/* The parent's context works as before. */
static bool works(scene *s)
{
	return !qmsg_pulse_send(s->q, s->coid, 1, 7, 7) &&
	       !expect_pulse(s->q, s->chid, 7, NULL) && !expect_nothing(s->q, s->chid);
}

TEST_F(fork, child_gets_EBADF_from_every_call)
{
	pid_t child = fork_child(child_tries, self);
	int status;

	ASSERT_LT(0, child);
	ASSERT_EQ(0, reap(child, &status));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(0, WEXITSTATUS(status));
	EXPECT_TRUE(works(self));
}

static int child_asks(void *arg)
{
	scene *s = arg;
	struct qmsg_query query = { 0 };

	return qmsg_query(s->q, &query) ? 1 : 0;
}

/* QUERY is for whoever holds the descriptor. */
TEST_F(fork, child_may_QUERY)
{
	pid_t child = fork_child(child_asks, self);
	int status;

	ASSERT_EQ(0, reap(child, &status));
	EXPECT_EQ(0, status);
}

static int child_opens_its_own(void *arg __attribute__((unused)))
{
	int q = qmsg_open();

	return q >= 0 && qmsg_channel_create(q, 0) == 1 ? 0 : 1;
}

TEST_F(fork, child_may_open_its_own)
{
	pid_t child = fork_child(child_opens_its_own, self);
	int status;

	ASSERT_EQ(0, reap(child, &status));
	EXPECT_EQ(0, status);
	EXPECT_TRUE(works(self));
}

static int child_closes(void *arg)
{
	scene *s = arg;

	return close(s->q);
}

TEST_F(fork, close_in_the_child_leaves_the_parent_alone)
{
	struct client *c = client_connect(self->me, getpid(), self->chid);
	int64_t rcvid;
	int status;

	ASSERT_NE(NULL, c);
	rcvid = client_send_received(c, self->q, self->chid, NULL);
	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, reap(fork_child(child_closes, self), &status));
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, wait_for_client(c, "REPLY"));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, rcvid, 1, NULL, 0));
	EXPECT_EQ(0, client_wait(c));
	EXPECT_EQ(1, client_result(c));
	EXPECT_TRUE(works(self));
}

static int64_t fork_a_holder(void *arg)
{
	pid_t child = fork();

	if (!child)
		for (;;)
			pause();
	*(pid_t *)arg = child;
	return child > 0 ? 0 : -errno;
}

/* D2: the end of the parent ends the context although a child still holds the descriptor. */
static void parent_ends(struct __test_metadata *_metadata, scene *self, bool by_close)
{
	pid_t *holder = shared_alloc(sizeof(*holder));
	struct peer *parent = peer_fork();
	struct client *c;
	int chid;

	ASSERT_LE(0, peer_open(parent));
	chid = peer_channel(parent, QMSG_CHF_UNBLOCK);
	c = client_blocked(self->me, parent->pid, chid);
	ASSERT_NE(NULL, c);
	ASSERT_EQ(0, peer_call(parent, fork_a_holder, holder));
	ASSERT_EQ(0, by_close ? peer_close(parent, parent->q) : peer_end(parent));
	EXPECT_EQ(0, client_wait(c));
	EXPECT_EQ(-ESRCH, client_result(c));
	EXPECT_EQ(0, kill(*holder, 0));
	kill(*holder, SIGKILL);
	if (by_close) {
		EXPECT_EQ(0, peer_end(parent));
	}
}

TEST_F(fork, exit_of_the_parent_ends_the_context)
{
	parent_ends(_metadata, self, false);
}

TEST_F(fork, close_in_the_parent_ends_the_context)
{
	parent_ends(_metadata, self, true);
}

/* A fork while threads are blocked in all states does nothing to them. */
TEST_F(fork, blocked_threads_do_not_notice_a_fork)
{
	struct client *queued, *received = client_connect(self->me, getpid(), self->chid);
	struct receiver *r = receiver_new(self->me, self->chid);
	int64_t rcvid = client_send_received(received, self->q, self->chid, NULL);
	int status;

	ASSERT_LT(0, rcvid);
	queued = client_blocked(self->me, getpid(), self->chid);
	ASSERT_NE(NULL, queued);
	r->args.flags = QMSG_RECEIVE_PULSE;
	ASSERT_EQ(0, receiver_go_blocked(r));
	ASSERT_EQ(0, reap(fork_child(child_tries, self), &status));
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, wait_for_client(queued, "SEND"));
	EXPECT_EQ(0, wait_for_client(received, "REPLY"));
	EXPECT_FALSE(worker_is_done(&r->w));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, rcvid, 2, NULL, 0));
	EXPECT_EQ(0, client_wait(received));
	EXPECT_EQ(2, client_result(received));
	EXPECT_LT(0, receive_soon(self->q, self->chid, NULL, 0, NULL));
}

/* vfork: the parent's memory, but another process. */
TEST_F(fork, vfork_child_gets_EBADF)
{
	volatile int ret = 0;
	pid_t child = vfork();
	int status;

	if (!child) {
		ret = qmsg_pulse_send(self->q, self->coid, 1, 1, 1);
		_exit(0);
	}
	ASSERT_LT(0, child);
	ASSERT_EQ(0, reap(child, &status));
	EXPECT_EQ(0, status);
	EXPECT_EQ(-EBADF, ret);
	EXPECT_TRUE(works(self));
}

/* A process that shares memory and descriptors with this one is another one all the same. */
static int sharing_child(void *arg)
{
	return calls_allowed(arg);
}

TEST_F(fork, process_that_shares_the_descriptors_gets_EBADF)
{
	size_t size = 1 << 16;
	char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t child = clone(sharing_child, stack + size, CLONE_VM | CLONE_FILES | SIGCHLD, self);
	int status;

	ASSERT_LT(0, child);
	ASSERT_EQ(0, reap(child, &status));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(0, WEXITSTATUS(status));
	EXPECT_TRUE(works(self));
}

TEST_HARNESS_MAIN
