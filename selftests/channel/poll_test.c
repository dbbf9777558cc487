// SPDX-License-Identifier: GPL-2.0-only
/*
 * D1, D11: a descriptor of a channel in poll(2) and epoll(7): message, pulse and hang-up
 * told apart, level and edge, one waiter of several, other threads and processes.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include "../hazards/hazard.h"

#define SIDE	QMSG_SIDE_CHANNEL
#define MESSAGE	(EPOLLIN | EPOLLRDNORM)
#define PULSE	(EPOLLIN | EPOLLPRI)
#define ALL	(EPOLLIN | EPOLLRDNORM | EPOLLPRI)

FIXTURE(poll) {
	struct peer *me, *other;
	int q, chid, fd;
	int coid;		/* ours, for pulses */
};

FIXTURE_SETUP(poll)
{
	self->me = peer_self();
	self->q = peer_open(self->me);
	ASSERT_LE(0, self->q);
	self->chid = qmsg_channel_create(self->q, QMSG_CHF_DISCONNECT);
	ASSERT_LT(0, self->chid);
	self->coid = qmsg_connect_attach(self->q, 0, self->chid, SIDE, 0);
	ASSERT_LT(0, self->coid);
	self->fd = qmsg_channel_fd(self->q, self->chid, QMSG_CHANNEL_FD_CLOEXEC);
	ASSERT_LE(0, self->fd);
	self->other = peer_fork();
	ASSERT_NE(NULL, self->other);
	ASSERT_LE(0, peer_open(self->other));
}

FIXTURE_TEARDOWN_PARENT(poll)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

typedef FIXTURE_DATA(poll) scene;

/* What poll(2) says now. */
static int now(int fd)
{
	struct pollfd p = { .fd = fd, .events = ALL };
	int n = poll(&p, 1, 0);

	return n < 0 ? -errno : n ? p.revents : 0;
}

/* What poll(2) says within the limit. */
static int soon(int fd, int events)
{
	struct pollfd p = { .fd = fd, .events = events };
	int n = poll(&p, 1, wait_limit_ms());

	return n < 0 ? -errno : n ? p.revents : -ETIMEDOUT;
}

static int epoll_with(int fd, unsigned int events)
{
	struct epoll_event ev = { .events = events };
	int ep = epoll_create1(EPOLL_CLOEXEC);

	return epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) ? -errno : ep;
}

static int epoll_in(int ep, int ms)
{
	struct epoll_event ev;
	int n = epoll_wait(ep, &ev, 1, ms);

	return n < 0 ? -errno : n ? (int)ev.events : 0;
}

static int send_pulse(scene *s, int code)
{
	return qmsg_pulse_send(s->q, s->coid, 10, code, 0);
}

/* A message is queued: its client is SEND-blocked. */
static struct client *message(scene *s)
{
	return client_blocked(s->other, getpid(), s->chid);
}

/* Receives what is there and answers it: 1 for a message, 0 for a pulse, -errno. */
static int take(scene *s)
{
	char buf[CLIENT_BYTES];
	int64_t rcvid = receive_now(s->q, s->chid, buf, sizeof(buf), NULL);

	if (rcvid <= 0)
		return rcvid;
	return qmsg_msg_reply(s->q, rcvid, 0, NULL, 0) ?: 1;
}

/* ------------------------------------------------------------------ the descriptor */

TEST_F(poll, descriptor_flags)
{
	int keep = qmsg_channel_fd(self->q, self->chid, 0);
	struct qmsg_channel_fd args = { .size = sizeof(args), .chid = self->chid, .flags = 2 };

	EXPECT_EQ(FD_CLOEXEC, fcntl(self->fd, F_GETFD));
	EXPECT_EQ(0, fcntl(keep, F_GETFD));
	EXPECT_EQ(-EINVAL, raw_ioctl(self->q, QMSG_IOC_CHANNEL_FD, &args));
}

TEST_F(poll, no_such_channel)
{
	int other = qmsg_open();

	EXPECT_EQ(-ESRCH, qmsg_channel_fd(self->q, 77, 0));
	EXPECT_EQ(-ESRCH, qmsg_channel_fd(self->q, -1, 0));
	EXPECT_EQ(-ESRCH, qmsg_channel_fd(other, self->chid, 0));
}

/* What cannot be told leaves no descriptor behind. */
TEST_F(poll, bad_out_address)
{
	struct qmsg_channel_fd *args = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
					    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int lowest = fcntl(self->q, F_DUPFD, 0), again;

	close(lowest);
	ASSERT_NE(MAP_FAILED, args);
	*args = (struct qmsg_channel_fd){ .size = sizeof(*args), .chid = self->chid };
	ASSERT_EQ(0, mprotect(args, 4096, PROT_READ));
	EXPECT_EQ(-EFAULT, raw_ioctl(self->q, QMSG_IOC_CHANNEL_FD, args));
	again = fcntl(self->q, F_DUPFD, 0);
	EXPECT_EQ(lowest, again);
}

/* It is for waiting only. */
TEST_F(poll, nothing_else_works_on_it)
{
	char byte = 0;

	EXPECT_EQ(-1, read(self->fd, &byte, 1));
	EXPECT_EQ(-1, write(self->fd, &byte, 1));
	EXPECT_EQ(-1, ioctl(self->fd, QMSG_IOC_QUERY, &byte));
	EXPECT_EQ(-EBADF, qmsg_msg_send(self->q, self->fd, "x", 1, NULL, 0));
	EXPECT_EQ(-EBADF, qmsg_pulse_send(self->q, self->fd, 10, 1, 0));
}

/* ------------------------------------------------------------------ what is told */

TEST_F(poll, message_and_pulse_are_told_apart)
{
	struct client *c;

	EXPECT_EQ(0, now(self->fd));
	ASSERT_EQ(0, send_pulse(self, 1));
	EXPECT_EQ(PULSE, now(self->fd));
	c = message(self);
	ASSERT_NE(NULL, c);
	EXPECT_EQ(MESSAGE | PULSE, now(self->fd));
	ASSERT_EQ(0, take(self));
	EXPECT_EQ(MESSAGE, now(self->fd));
	ASSERT_EQ(1, take(self));
	EXPECT_EQ(0, now(self->fd));
	ASSERT_EQ(-ETIMEDOUT, take(self));
}

/* Every pulse counts, also those that the kernel sends and those that are counted (S4.5). */
TEST_F(poll, all_pulses)
{
	int coid = peer_attach(self->other, getpid(), self->chid, SIDE, 0);

	ASSERT_EQ(0, send_pulse(self, 1));
	ASSERT_EQ(0, send_pulse(self, 1));
	ASSERT_EQ(0, take(self));
	EXPECT_EQ(PULSE, now(self->fd));
	ASSERT_EQ(0, take(self));
	EXPECT_EQ(0, now(self->fd));
	ASSERT_EQ(0, peer_detach(self->other, coid));
	EXPECT_EQ(PULSE, now(self->fd));
	EXPECT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_DISCONNECT, NULL));
	EXPECT_EQ(0, now(self->fd));
}

/* A message that MsgReceive could take: received or withdrawn it is none (D11). */
TEST_F(poll, message_withdrawn)
{
	struct client *c = message(self);

	ASSERT_NE(NULL, c);
	ASSERT_EQ(MESSAGE, now(self->fd));
	ASSERT_EQ(0, peer_detach(self->other, c->args.coid));
	ASSERT_EQ(0, client_wait(c));
	/* the client's connection has gone with it */
	ASSERT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_DISCONNECT, NULL));
	EXPECT_EQ(0, now(self->fd));
}

TEST_F(poll, hang_up)
{
	struct client *c = message(self);

	ASSERT_NE(NULL, c);
	ASSERT_EQ(0, send_pulse(self, 1));
	ASSERT_EQ(0, qmsg_channel_destroy(self->q, self->chid));
	EXPECT_EQ(EPOLLHUP, now(self->fd));
	EXPECT_EQ(EPOLLHUP, soon(self->fd, 0));
	/* a new channel of that number is another one */
	EXPECT_EQ(self->chid, qmsg_channel_create(self->q, 0));
	EXPECT_EQ(EPOLLHUP, now(self->fd));
	ASSERT_EQ(0, client_wait(c));
	EXPECT_EQ(-ESRCH, client_result(c));
}

TEST_F(poll, select)
{
	struct timeval none = { 0 };
	fd_set in, ex;

	ASSERT_EQ(0, send_pulse(self, 1));
	FD_ZERO(&in);
	FD_SET(self->fd, &in);
	ex = in;
	EXPECT_EQ(2, select(self->fd + 1, &in, NULL, &ex, &none));
	EXPECT_TRUE(FD_ISSET(self->fd, &in) && FD_ISSET(self->fd, &ex));
}

/* ------------------------------------------------------------------ waiting */

struct waiter {
	struct worker w;
	int fd, events;		/* events: for poll; 0 with an epoll in fd */
	bool epoll;
	int result;
};

static void run_waiter(struct worker *w)
{
	struct waiter *x = (struct waiter *)w;

	x->result = x->epoll ? epoll_in(x->fd, wait_limit_ms()) : soon(x->fd, x->events);
}

/* A thread that sleeps in poll(2), or with @epoll in epoll_wait(2). */
static struct waiter *wait_in(struct peer *p, int fd, int events, bool epoll)
{
	struct waiter *x = shared_alloc(sizeof(*x));

	*x = (struct waiter){ .w = { .peer = p, .run = run_waiter }, .fd = fd,
			      .events = events, .epoll = epoll };
	if (worker_go(&x->w) || wait_for_task_state(p->pid, x->w.tid, 'S'))
		return NULL;
	return x;
}

static int woken(struct waiter *x)
{
	return worker_wait(&x->w) ?: x->result;
}

TEST_F(poll, wakes_for_a_message)
{
	struct waiter *any = wait_in(self->me, self->fd, ALL, false);
	struct waiter *only = wait_in(self->me, self->fd, EPOLLRDNORM, false);

	ASSERT_TRUE(any && only);
	ASSERT_NE(NULL, message(self));
	EXPECT_EQ(MESSAGE, woken(any));
	EXPECT_EQ(EPOLLRDNORM, woken(only));
}

TEST_F(poll, wakes_for_a_pulse)
{
	struct waiter *any = wait_in(self->me, self->fd, ALL, false);
	struct waiter *only = wait_in(self->me, self->fd, EPOLLPRI, false);

	ASSERT_TRUE(any && only);
	ASSERT_EQ(0, send_pulse(self, 1));
	EXPECT_EQ(PULSE, woken(any));
	EXPECT_EQ(EPOLLPRI, woken(only));
}

TEST_F(poll, wakes_for_the_end)
{
	struct waiter *any = wait_in(self->me, self->fd, ALL, false);
	struct waiter *none = wait_in(self->other, self->fd, 0, false);
	int ep = epoll_with(self->fd, EPOLLIN | EPOLLET);
	struct waiter *set = wait_in(self->me, ep, 0, true);

	ASSERT_TRUE(any && none && set);
	ASSERT_EQ(0, qmsg_channel_destroy(self->q, self->chid));
	EXPECT_EQ(EPOLLHUP, woken(any));
	EXPECT_EQ(EPOLLHUP, woken(none));
	EXPECT_EQ(EPOLLHUP, woken(set));
}

/* A wait that a message must not end still sleeps when the message has been dealt with. */
TEST_F(poll, pulse_waiter_sleeps_through_messages)
{
	int ep = epoll_with(self->fd, EPOLLPRI);
	struct waiter *p = wait_in(self->me, self->fd, EPOLLPRI, false);
	struct waiter *e = wait_in(self->me, ep, 0, true);
	struct waiter *any = wait_in(self->me, self->fd, EPOLLIN, false);
	long switches_before, switches;

	ASSERT_TRUE(p && e && any);
	switches_before = voluntary_switches(p->w.tid) + voluntary_switches(e->w.tid);
	for (int i = 0; i < 10; i++) {
		ASSERT_NE(NULL, message(self));
		ASSERT_EQ(EPOLLIN, woken(any));
		ASSERT_EQ(1, take(self));
		ASSERT_EQ(0, expect_pulse_gone(self));
		any = wait_in(self->me, self->fd, EPOLLIN, false);
		ASSERT_NE(NULL, any);
	}
	switches = voluntary_switches(p->w.tid) + voluntary_switches(e->w.tid);
	EXPECT_EQ(switches_before, switches);
	EXPECT_FALSE(worker_is_done(&p->w));
	ASSERT_EQ(0, send_pulse(self, 1));
	EXPECT_EQ(EPOLLPRI, woken(p));
	EXPECT_EQ(EPOLLPRI, woken(e));
}

TEST_HARNESS_MAIN
