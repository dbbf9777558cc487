// SPDX-License-Identifier: GPL-2.0-only
/*
 * select_attach(): descriptors in the dispatch loop. Rules: S10.28.
 */
#include <fcntl.h>
#include <sys/iofunc.h>
#include <sys/dispatch.h>

#include "../qnx/call.h"

struct seen {
	dispatch_t *dpp;
	int calls, fd;
	unsigned flags;
	char text[16];
};

FIXTURE(select) {
	dispatch_t *dpp;
	dispatch_context_t *ctp;
	int in, out;
};

static int never(message_context_t *ctp, int code, unsigned flags, void *handle)
{
	(void)ctp;
	(void)code;
	(void)flags;
	(void)handle;
	return 0;
}

FIXTURE_SETUP(select)
{
	struct timespec limit = { .tv_sec = wait_limit_ms() / 1000 };
	int fds[2];

	self->dpp = dispatch_create();
	ASSERT_NE(NULL, self->dpp);
	ASSERT_NE(-1, pulse_attach(self->dpp, MSG_FLAG_ALLOC_PULSE, 0, never, NULL));
	ASSERT_EQ(0, dispatch_timeout(self->dpp, &limit));
	self->ctp = dispatch_context_alloc(self->dpp);
	ASSERT_NE(NULL, self->ctp);
	ASSERT_EQ(0, pipe2(fds, O_CLOEXEC | O_NONBLOCK));
	self->in = fds[0];
	self->out = fds[1];
}

FIXTURE_TEARDOWN(select)
{
	dispatch_context_free(self->ctp);
	EXPECT_EQ(0, dispatch_destroy(self->dpp));
	close(self->in);
	close(self->out);
}

/* One round of the loop. False: nothing has come within the limit. */
static bool turn(dispatch_context_t *ctp)
{
	return dispatch_block(ctp) == ctp && ctp->resmgr_context.rcvid >= 0 &&
	       !dispatch_handler(ctp);
}

/* Whether anything is there to be handled, now. */
static bool is_idle(dispatch_t *dpp, dispatch_context_t *ctp)
{
	struct timespec at_once = { .tv_nsec = 1 };
	bool idle;

	dispatch_timeout(dpp, &at_once);
	idle = dispatch_block(ctp) == ctp && ctp->resmgr_context.rcvid < 0;
	dispatch_timeout(dpp, NULL);
	return idle;
}

static int read_it(select_context_t *ctp, int fd, unsigned flags, void *handle)
{
	struct seen *seen = handle;

	seen->calls++;
	seen->flags = flags;
	seen->fd = ctp->fd;
	seen->dpp = ctp->dpp;
	memset(seen->text, 0, sizeof(seen->text));
	return read(fd, seen->text, sizeof(seen->text) - 1) < 0 ? -1 : 0;
}

TEST_F(select, read)
{
	struct seen seen = { 0 };

	ASSERT_EQ(0, select_attach(self->dpp, NULL, self->in, SELECT_FLAG_READ, read_it, &seen));
	ASSERT_EQ(3, write(self->out, "one", 3));
	ASSERT_TRUE(turn(self->ctp));
	EXPECT_EQ(1, seen.calls);
	EXPECT_EQ(0, strcmp("one", seen.text));
	EXPECT_EQ(SELECT_FLAG_READ, seen.flags);
	EXPECT_EQ(self->in, seen.fd);
	EXPECT_EQ(self->dpp, seen.dpp);
	/* It is watched on. */
	ASSERT_EQ(3, write(self->out, "two", 3));
	ASSERT_TRUE(turn(self->ctp));
	EXPECT_EQ(2, seen.calls);
	EXPECT_EQ(0, strcmp("two", seen.text));
	/* What is left is told again. */
	ASSERT_EQ(16, write(self->out, "0123456789abcdef", 16));
	ASSERT_TRUE(turn(self->ctp));
	ASSERT_TRUE(turn(self->ctp));
	EXPECT_EQ(4, seen.calls);
	EXPECT_EQ(0, strcmp("f", seen.text));
}

TEST_F(select, once)
{
	struct seen seen = { 0 };

	ASSERT_EQ(0, select_attach(self->dpp, NULL, self->in,
				   SELECT_FLAG_READ | SELECT_FLAG_NOREARM, read_it, &seen));
	ASSERT_EQ(1, write(self->out, "1", 1));
	ASSERT_TRUE(turn(self->ctp));
	EXPECT_EQ(1, seen.calls);
	ASSERT_EQ(1, write(self->out, "2", 1));
	EXPECT_TRUE(is_idle(self->dpp, self->ctp));
	EXPECT_EQ(1, seen.calls);
	ASSERT_EQ(0, select_detach(self->dpp, self->in));
	ASSERT_EQ(0, select_attach(self->dpp, NULL, self->in, SELECT_FLAG_READ, read_it, &seen));
	ASSERT_TRUE(turn(self->ctp));
	EXPECT_EQ(2, seen.calls);
}

static int count(select_context_t *ctp, int fd, unsigned flags, void *handle)
{
	struct seen *seen = handle;

	(void)ctp;
	seen->calls++;
	seen->fd = fd;
	seen->flags |= flags;
	return 0;
}

/* The other end has gone: ready, whatever was wanted. */
TEST_F(select, write_and_hang_up)
{
	struct seen seen = { 0 };

	ASSERT_EQ(0, select_attach(self->dpp, NULL, self->out,
				   SELECT_FLAG_WRITE | SELECT_FLAG_NOREARM, count, &seen));
	ASSERT_TRUE(turn(self->ctp));
	EXPECT_EQ(SELECT_FLAG_WRITE, seen.flags);
	ASSERT_EQ(0, select_detach(self->dpp, self->out));
	ASSERT_EQ(0, select_attach(self->dpp, NULL, self->in, SELECT_FLAG_READ | SELECT_FLAG_NOREARM,
				   count, &seen));
	close(self->out);
	ASSERT_TRUE(turn(self->ctp));
	EXPECT_TRUE(seen.flags & SELECT_FLAG_READ);
	EXPECT_EQ(self->in, seen.fd);
}

/* What was told before it was detached is nobody's. */
TEST_F(select, detached)
{
	struct seen seen = { 0 };

	ASSERT_EQ(0, select_attach(self->dpp, NULL, self->in, SELECT_FLAG_READ, count, &seen));
	ASSERT_EQ(1, write(self->out, "1", 1));
	ASSERT_TRUE(dispatch_block(self->ctp) == self->ctp);
	ASSERT_EQ(0, select_detach(self->dpp, self->in));
	EXPECT_EQ(0, dispatch_handler(self->ctp));
	EXPECT_EQ(0, seen.calls);
	EXPECT_TRUE(is_idle(self->dpp, self->ctp));
}

TEST_F(select, refused)
{
	struct seen seen = { 0 };
	int plain = open("/proc/self/status", O_RDONLY | O_CLOEXEC);

	EXPECT_EQ(-1, select_attach(self->dpp, NULL, self->in, 0, count, &seen));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, select_attach(self->dpp, NULL, self->in, 0x8, count, &seen));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, select_attach(self->dpp, NULL, 999, SELECT_FLAG_READ, count, &seen));
	EXPECT_EQ(EBADF, errno);
	ASSERT_EQ(0, select_attach(self->dpp, NULL, self->in, SELECT_FLAG_READ, count, &seen));
	EXPECT_EQ(-1, select_attach(self->dpp, NULL, self->in, SELECT_FLAG_READ, count, &seen));
	EXPECT_EQ(EBUSY, errno);
	EXPECT_EQ(0, select_detach(self->dpp, self->in));
	EXPECT_EQ(-1, select_detach(self->dpp, self->in));
	EXPECT_EQ(EINVAL, errno);
	close(plain);
}

static int be_server(void *arg)
{
	atomic_int *chid = arg;

	*chid = ChannelCreate(0);
	pause();
	return 0;
}

/* A server that this process is connected to dies. */
TEST_F(select, server_died)
{
	atomic_int *chid = shared_alloc(sizeof(*chid));
	pid_t pid = fork_child(be_server, chid);
	struct seen seen = { 0 };
	int coid;

	ASSERT_EQ(0, select_attach(self->dpp, NULL, -1, SELECT_FLAG_SRVEXCEPT, count, &seen));
	ASSERT_TRUE(wait_until(*chid > 0));
	coid = ConnectAttach(0, pid, *chid, _NTO_SIDE_CHANNEL, 0);
	ASSERT_NE(-1, coid);
	kill(pid, SIGKILL);
	ASSERT_EQ(0, reap(pid, NULL));
	ASSERT_TRUE(turn(self->ctp));
	EXPECT_EQ(1, seen.calls);
	EXPECT_EQ(coid, seen.fd);
	EXPECT_EQ(0, ConnectDetach(coid));
}

TEST_HARNESS_MAIN
