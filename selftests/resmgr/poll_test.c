// SPDX-License-Identifier: GPL-2.0-only
/*
 * poll, select and epoll on files of resource managers: nobody waits for the manager but who has
 * asked to wait, and nothing is missed. Rules: S10.24, S10.25, S10.26.
 */
#include "bell.h"

#include <linux/aio_abi.h>
#include <poll.h>
#include <sys/epoll.h>

#define LIMIT	((int)wait_limit_ms())

FIXTURE(polls) {
	struct bell *b;
	int fd, other;
};

FIXTURE_SETUP(polls)
{
	self->b = shared_alloc(sizeof(*self->b));
	ASSERT_EQ(0, module_load());
	ASSERT_TRUE(bell_start(self->b));
	self->fd = open(BELL, O_RDWR | O_NONBLOCK);
	self->other = open(BELL, O_RDWR | O_NONBLOCK);
	ASSERT_NE(-1, self->fd);
	ASSERT_NE(-1, self->other);
}

FIXTURE_TEARDOWN(polls)
{
	close(self->fd);
	close(self->other);
	if (self->b->pid)
		EXPECT_EQ(0, bell_end(self->b));
	EXPECT_TRUE(module_unload());
}

static int poll_for(int fd, int events, int ms)
{
	struct pollfd p = { .fd = fd, .events = events };
	int n = poll(&p, 1, ms);

	return n == 1 ? p.revents : n;
}

static bool ring(int fd)
{
	return write(fd, "x", 1) == 1;
}

static bool take(int fd)
{
	char c;

	return read(fd, &c, 1) == 1;
}

/* It is as it is now, each time: others read and write as well. */
TEST_F(polls, fresh)
{
	EXPECT_EQ(POLLOUT, poll_for(self->fd, POLLIN | POLLOUT, LIMIT));
	EXPECT_EQ(0, poll_for(self->fd, POLLIN, 20));
	ASSERT_TRUE(ring(self->other));
	EXPECT_EQ(POLLIN, poll_for(self->fd, POLLIN, LIMIT));
	ASSERT_TRUE(take(self->other));
	EXPECT_EQ(0, poll_for(self->fd, POLLIN, 20));
	ASSERT_TRUE(ring(self->fd));
	EXPECT_EQ(POLLIN, poll_for(self->fd, POLLIN, LIMIT));
	ASSERT_TRUE(take(self->fd));
	EXPECT_EQ(0, poll_for(self->fd, POLLIN, 20));
}

/* Without waiting one learns what was known; asked about often enough it is known. */
TEST_F(polls, without_waiting)
{
	ASSERT_TRUE(ring(self->other));
	EXPECT_TRUE(wait_until(poll_for(self->fd, POLLIN, 0) == POLLIN));
	ASSERT_TRUE(take(self->fd));
	/* What it has read itself is not said to be there. */
	EXPECT_EQ(0, poll_for(self->fd, POLLIN, 0));
	EXPECT_EQ(0, poll_for(self->fd, POLLIN, 20));
}

/* A manager that does not answer keeps nobody, and least of all epoll's mutex. */
TEST_F(polls, manager_pauses)
{
	struct epoll_event ev = { .events = EPOLLIN }, got;
	int ep = epoll_create1(0);

	ASSERT_TRUE(ring(self->other));
	ASSERT_TRUE(bell_pause(self->b));
	EXPECT_EQ(0, poll_for(self->fd, POLLIN, 0));
	EXPECT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, self->fd, &ev));
	EXPECT_EQ(0, epoll_wait(ep, &got, 1, 0));
	EXPECT_EQ(0, epoll_wait(ep, &got, 1, 20));
	EXPECT_EQ(0, epoll_ctl(ep, EPOLL_CTL_MOD, self->fd, &ev));
	ASSERT_TRUE(bell_go_on(self->b));
	EXPECT_EQ(1, epoll_wait(ep, &got, 1, LIMIT));
	EXPECT_EQ(EPOLLIN, got.events);
	close(ep);
}

/* A file that is closed while its question is on the way. */
TEST_F(polls, closed_while_asking)
{
	ASSERT_TRUE(bell_pause(self->b));
	EXPECT_EQ(0, poll_for(self->fd, POLLIN, 0));
	close(self->fd);
	self->fd = -1;
	ASSERT_TRUE(bell_go_on(self->b));
	EXPECT_TRUE(wait_until(self->b->closed == 1));
}

/* As long as it holds, each wait tells it: also two who wait for the same file. */
TEST_F(polls, levels)
{
	struct epoll_event ev = { .events = EPOLLIN }, got;
	int a = epoll_create1(0), b = epoll_create1(0), i;

	ASSERT_EQ(0, epoll_ctl(a, EPOLL_CTL_ADD, self->fd, &ev));
	ASSERT_EQ(0, epoll_ctl(b, EPOLL_CTL_ADD, self->fd, &ev));
	ASSERT_TRUE(ring(self->other));
	for (i = 0; i < 20; i++) {
		EXPECT_EQ(1, epoll_wait(a, &got, 1, LIMIT));
		EXPECT_EQ(1, epoll_wait(b, &got, 1, LIMIT));
	}
	ASSERT_TRUE(take(self->fd));
	EXPECT_EQ(0, epoll_wait(a, &got, 1, 20));
	EXPECT_EQ(0, epoll_wait(b, &got, 1, 20));
	close(a);
	close(b);
}

/* Each ring is an edge, which is told although nobody asks between two. */
TEST_F(polls, edges)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET }, got;
	int ep = epoll_create1(0), n = few_rounds(500), i;

	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, self->fd, &ev));
	for (i = 0; i < n; i++) {
		ASSERT_TRUE(ring(self->other));
		ASSERT_EQ(1, epoll_wait(ep, &got, 1, LIMIT));
		while (take(self->fd))
			;
		ASSERT_EQ(EAGAIN, errno);
	}
	close(ep);
}

struct ringer {
	int rounds;
	atomic_int taken;
};

static int be_ringer(void *arg)
{
	struct ringer *r = arg;
	int fd = open(BELL, O_WRONLY), i;

	for (i = 0; i < r->rounds; i++) {
		if (!ring(fd) || !wait_until(r->taken > i))
			return 1;
	}
	return 0;
}

/* Rings that come at any moment of a poll: while it asks, while the answer comes, after it. */
TEST_F(polls, nothing_is_missed)
{
	struct ringer *r = shared_alloc(sizeof(*r));
	int status;
	pid_t pid;

	r->rounds = few_rounds(500);
	pid = fork_child(be_ringer, r);
	while (r->taken < r->rounds) {
		ASSERT_EQ(POLLIN, poll_for(self->fd, POLLIN, LIMIT));
		if (take(self->fd))
			r->taken++;
	}
	ASSERT_EQ(0, reap(pid, &status));
	EXPECT_EQ(0, WEXITSTATUS(status));
}

static int be_writer(void *arg)
{
	const int *fd = arg;

	while (write(*fd, "", 0) == 0)
		;
	return 1;
}

/* Somebody writes through the same file without a pause: input is heard of all the same. */
TEST_F(polls, busy_file)
{
	pid_t pid;
	int i;

	ASSERT_TRUE(ring(self->other));
	pid = fork_child(be_writer, &self->fd);
	for (i = 0; i < 20; i++)
		EXPECT_EQ(POLLIN, poll_for(self->fd, POLLIN, LIMIT));
	kill(pid, SIGKILL);
	EXPECT_EQ(0, reap(pid, NULL));
}

struct waiter {
	int fd;
	int revents;
};

static int be_waiter(void *arg)
{
	struct waiter *w = arg;

	w->revents = poll_for(w->fd, POLLPRI, -1);
	return 0;
}

/* Whoever waits is told that the manager has gone, and whoever comes later. */
TEST_F(polls, manager_dies)
{
	struct waiter *w = shared_alloc(sizeof(*w));
	int asked = self->b->asked;
	pid_t pid;

	w->fd = self->fd;
	pid = fork_child(be_waiter, w);
	ASSERT_TRUE(wait_until(self->b->asked > asked));
	ASSERT_EQ(0, wait_for_task_state(pid, pid, 'S'));
	ASSERT_EQ(0, bell_end(self->b));
	self->b->pid = 0;
	ASSERT_EQ(0, reap(pid, NULL));
	EXPECT_EQ(POLLERR | POLLHUP, w->revents);
	EXPECT_EQ(POLLERR | POLLHUP, poll_for(self->fd, POLLIN, LIMIT));
	EXPECT_EQ(POLLERR | POLLHUP, poll_for(self->other, POLLIN, 0));
}

/* It asks, and does not wait; then it sends. */
static long ask_and_send(struct call *call)
{
	if (poll_for(call->form, POLLIN, 0))
		return -1;
	return MsgSend_r(call->coid, "x", 1, NULL, 0);
}

/* A thread that is unblocked leaves what it waits in, not a question that is on its way. */
TEST_F(polls, question_is_no_wait)
{
	struct call call = { .form = self->fd };
	struct sigevent event;
	struct _msg_info info;
	rcvid_t rcvid;
	int chid;
	char c;

	ASSERT_TRUE(bell_pause(self->b));
	chid = ChannelCreate(0);
	ASSERT_EQ(0, call_start(&call, ask_and_send, attach_self(chid)));
	rcvid = receive_limited(chid, &c, 1, &info);
	ASSERT_LT(0, rcvid);
	SIGEV_UNBLOCK_INIT(&event);
	EXPECT_EQ(0, MsgDeliverEvent_r(rcvid, &event));
	EXPECT_EQ(0, call_join(&call));
	EXPECT_EQ(-ETIMEDOUT, call.result);
	ChannelDestroy(chid);
	ASSERT_TRUE(bell_go_on(self->b));
}

/* A poll of AIO is looked at by a worker of the kernel. */
TEST_F(polls, aio)
{
	struct iocb cb = {
		.aio_lio_opcode = IOCB_CMD_POLL, .aio_fildes = self->fd, .aio_buf = POLLIN,
	}, *list = &cb;
	struct io_event event = { };
	aio_context_t ctx = 0;

	ASSERT_EQ(0, syscall(SYS_io_setup, 1, &ctx));
	ASSERT_TRUE(bell_pause(self->b));
	EXPECT_EQ(1, syscall(SYS_io_submit, ctx, 1, &list));
	ASSERT_TRUE(bell_go_on(self->b));
	ASSERT_TRUE(ring(self->other));
	EXPECT_EQ(1, syscall(SYS_io_getevents, ctx, 1, 1, &event, NULL));
	EXPECT_TRUE(event.res & POLLIN);
	EXPECT_EQ(0, syscall(SYS_io_destroy, ctx));
}

static void *be_poller(void *pfd)
{
	poll(pfd, 1, wait_limit_ms());
	return NULL;
}

/* What has been read meanwhile makes an answer stale. Who polls asks again, and nobody for him. */
TEST_F(polls, asks_himself)
{
	struct pollfd pfd = { .fd = self->fd, .events = POLLIN };
	pthread_t thread;
	char c;

	self->b->hold = true;
	ASSERT_EQ(0, pthread_create(&thread, NULL, be_poller, &pfd));
	ASSERT_TRUE(wait_until(self->b->asked == 1));
	EXPECT_EQ(-1, read(self->fd, &c, 1));
	EXPECT_EQ(EAGAIN, errno);
	self->b->hold = false;
	EXPECT_EQ(0, write(self->fd, "", 0));
	ASSERT_TRUE(wait_until(self->b->asked == 2));
	EXPECT_EQ(getpid(), self->b->asked_by);
	EXPECT_EQ(1, write(self->fd, "!", 1));
	EXPECT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(POLLIN, pfd.revents);
}

TEST_HARNESS_MAIN
