// SPDX-License-Identifier: GPL-2.0-only
/* build: also -m32 */
/* A forked child: a context of its own, and what it has of its parent's (1.3). */
#include <fcntl.h>

#include "call.h"

FIXTURE(forked) {
	int chid;
	int coid;
	int fd;			/* a connection that is a descriptor */
	struct call call;
};

FIXTURE_SETUP(forked)
{
	self->chid = ChannelCreate(0);
	ASSERT_EQ(1, self->chid);
	self->coid = attach_self(self->chid);
	ASSERT_NE(-1, self->coid);
	self->fd = ConnectAttach(0, 0, self->chid, 0, 0);
	ASSERT_NE(-1, self->fd);
}

FIXTURE_TEARDOWN(forked)
{
}

/* The child's verdict is the number of its first failed step, 0 if there is none. */
#define STEP(n, ok) \
	do { \
		if (!(ok)) \
			return n; \
	} while (0)

static int run_child(int (*fn)(void *), void *arg)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(fn(arg));
	if (pid < 0 || reap(pid, &status))
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int own_channels(void *arg)
{
	const FIXTURE_DATA(forked) *self = arg;
	char buf[8];

	/* Channel 1 is the parent's: here it is not there, and then another. */
	STEP(1, receive_poll(self->chid, buf, sizeof(buf), NULL) == -ESRCH);
	STEP(2, ChannelCreate(0) == 1);
	STEP(3, receive_poll(1, buf, sizeof(buf), NULL) == -ETIMEDOUT);
	STEP(4, fcntl(qmsg_qnx_context(), F_GETFD) == FD_CLOEXEC);
	return 0;
}

/* S1.19: channels are not inherited; the child opens a context of its own. */
TEST_F(forked, child_has_its_own_context)
{
	EXPECT_EQ(0, run_child(own_channels, self));
	EXPECT_EQ(0, MsgSendPulse(self->coid, -1, 1, 1));
}

static int same_number(void *arg)
{
	return qmsg_qnx_context() != *(int *)arg;
}

/* The child closes what it inherited, and so gets the same number, the lowest, for its own. */
TEST_F(forked, inherited_descriptor_is_closed)
{
	int q = qmsg_qnx_context();
	int lowest = dup(0);

	ASSERT_LT(q, lowest);
	ASSERT_EQ(0, close(lowest));
	EXPECT_EQ(0, run_child(same_number, &q));
}

static int send_to_parent(void *arg)
{
	const FIXTURE_DATA(forked) *self = arg;
	int coid;

	STEP(1, MsgSend_r(self->coid, "no", 3, NULL, 0) == -EBADF);
	coid = ConnectAttach(ND_LOCAL_NODE, getppid(), self->chid, _NTO_SIDE_CHANNEL, 0);
	STEP(2, coid != -1);
	STEP(3, MsgSend(coid, "new", 4, NULL, 0) == 1);
	STEP(4, MsgSend(self->fd, "fd", 3, NULL, 0) == 2);
	return 0;
}

static long serve_two(struct call *call)
{
	struct _msg_info info[2] = { 0 };

	for (int i = 0; i < 2; i++) {
		rcvid_t rcvid = receive_limited(call->coid, call->reply, 8, &info[i]);

		if (rcvid <= 0 || MsgReply_r(rcvid, i + 1, NULL, 0))
			return -1;
	}
	return info[0].pid == info[1].pid && info[0].pid != getpid() ? 0 : -2;
}

/* S1.19: side-channel ids are not inherited, descriptors are; a new client to the server. */
TEST_F(forked, child_is_a_client_of_its_parent)
{
	ASSERT_EQ(0, call_start(&self->call, serve_two, self->chid));
	EXPECT_EQ(0, run_child(send_to_parent, self));
	EXPECT_EQ(0, call_join(&self->call));
	EXPECT_EQ(0, self->call.result);
}

static int armed_states(void *arg)
{
	(void)arg;
	return TimerTimeout(CLOCK_MONOTONIC, 0, NULL, NULL, NULL);
}

/* S1.19: a timeout that is pending is not inherited. */
TEST_F(forked, timeout_is_not_inherited)
{
	EXPECT_EQ(0, TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, NULL, NULL, NULL));
	EXPECT_EQ(0, run_child(armed_states, NULL));
	EXPECT_EQ(_NTO_TIMEOUT_RECEIVE, armed_states(NULL));
}

static int fork_again(void *arg)
{
	STEP(10, run_child(own_channels, arg) == 0);
	STEP(11, ChannelCreate(0) == 1);
	STEP(12, run_child(own_channels, arg) == 0);
	STEP(13, ChannelDestroy(1) == 0);
	return 0;
}

/* A child that never used its parent's, and one that has its own, fork in turn. */
TEST_F(forked, grandchildren)
{
	EXPECT_EQ(0, run_child(fork_again, self));
}

/* Before the first call there is nothing to forget. */
TEST(fork_before_the_first_call)
{
	FIXTURE_DATA(forked) none = { .chid = 1 };

	EXPECT_EQ(0, run_child(own_channels, &none));
	EXPECT_EQ(1, ChannelCreate(0));
}

TEST_HARNESS_MAIN
