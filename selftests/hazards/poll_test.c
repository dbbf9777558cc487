// SPDX-License-Identifier: GPL-2.0-only
/*
 * B5, B13, B14, B18, B19, K11: descriptors of a channel in epoll sets and rings that outlive them,
 * and in other hands. Whoever waits for one waits for a file: channel, thread and process
 * may go.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "hazard.h"

FIXTURE(polled)
{
	int chid, coid, fd;
};

FIXTURE_SETUP(polled)
{
	ASSERT_LE(0, peer_open(peer_self()));
	self->chid = qmsg_channel_create(Q, 0);
	self->coid = qmsg_connect_attach(Q, 0, self->chid, QMSG_SIDE_CHANNEL, 0);
	ASSERT_NE(0, self->coid & QMSG_SIDE_CHANNEL);
	self->fd = qmsg_channel_fd(Q, self->chid, QMSG_CHANNEL_FD_CLOEXEC);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN_PARENT(polled)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

static int epoll_of(int fd, unsigned int events)
{
	struct epoll_event ev = { .events = events };
	int ep = epoll_create1(EPOLL_CLOEXEC);

	return epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) ? -errno : ep;
}

/* What is there now: 0 for nothing. */
static int events_of(int ep)
{
	struct epoll_event ev;
	int n = epoll_wait(ep, &ev, 1, 0);

	return n < 0 ? -errno : n ? (int)ev.events : 0;
}

static short poll_of(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	return poll(&pfd, 1, 0) < 0 ? -errno : pfd.revents;
}

TEST_F(polled, B5_a_duplicate_is_the_same_channel)
{
	int other = dup(self->fd), ep = epoll_of(other, EPOLLIN);

	EXPECT_EQ(0, close(self->fd));
	ASSERT_EQ(0, qmsg_pulse_send(Q, self->coid, 1, 1, 1));
	EXPECT_EQ(EPOLLIN, events_of(ep));
	EXPECT_EQ(POLLIN, poll_of(other));
	EXPECT_EQ(0, expect_pulse(Q, self->chid, 1, NULL));
	EXPECT_EQ(0, poll_of(other));
}

/* n: process, descriptor there. */
static int64_t do_take(void *arg)
{
	struct numbers *n = arg;
	int pidfd = syscall(SYS_pidfd_open, n->n[0], 0);
	int fd = syscall(SYS_pidfd_getfd, pidfd, n->n[1], 0);

	close(pidfd);
	return fd < 0 ? -errno : fd;
}

static int64_t do_poll(void *arg)
{
	return poll_of(((struct numbers *)arg)->n[0]);
}

static int64_t do_make_fd(void *arg)
{
	struct numbers *n = arg;

	return raw_ioctl(n->n[0], QMSG_IOC_CHANNEL_FD, &(struct qmsg_channel_fd){
			.size = sizeof(struct qmsg_channel_fd), .chid = n->n[1] });
}

/* It can be waited with there, and be used for nothing else. */
TEST_F(polled, B13_taken_with_pidfd_getfd)
{
	struct peer *p = peer_fork();
	int64_t fd = in_peer(p, do_take, getpid(), self->fd);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, in_peer(p, do_poll, fd));
	ASSERT_EQ(0, qmsg_pulse_send(Q, self->coid, 1, 1, 1));
	EXPECT_EQ(POLLIN, in_peer(p, do_poll, fd));
	EXPECT_EQ(-ENOTTY, in_peer(p, do_make_fd, fd, self->chid));
	ASSERT_EQ(0, qmsg_channel_destroy(Q, self->chid));
	EXPECT_NE(0, in_peer(p, do_poll, fd) & POLLHUP);
}

TEST_F(polled, B14_opened_again_through_proc)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", self->fd);
	EXPECT_EQ(-1, open(path, O_RDONLY));
	EXPECT_EQ(ENXIO, errno);
}

/* The set forgets a file that is closed, and keeps one that is open elsewhere. */
TEST_F(polled, B18_closed_while_it_is_in_a_set)
{
	int ep = epoll_of(self->fd, EPOLLIN | EPOLLET), other = dup(self->fd);

	EXPECT_EQ(0, close(self->fd));
	ASSERT_EQ(0, qmsg_pulse_send(Q, self->coid, 1, 1, 1));
	EXPECT_EQ(EPOLLIN, events_of(ep));
	EXPECT_EQ(0, close(other));
	ASSERT_EQ(0, qmsg_pulse_send(Q, self->coid, 1, 2, 2));
	EXPECT_EQ(0, events_of(ep));
	EXPECT_EQ(0, qmsg_channel_destroy(Q, self->chid));
	EXPECT_EQ(0, events_of(ep));
}

TEST_F(polled, B18_the_channel_goes_while_it_is_in_a_set)
{
	int ep = epoll_of(self->fd, EPOLLIN), again;

	ASSERT_EQ(0, qmsg_channel_destroy(Q, self->chid));
	EXPECT_NE(0, events_of(ep) & EPOLLHUP);
	/* one with the same number is another channel */
	again = qmsg_channel_create(Q, 0);
	EXPECT_EQ(self->chid, again);
	ASSERT_EQ(0, qmsg_channel_destroy(Q, again));
	EXPECT_NE(0, events_of(ep) & EPOLLHUP);
	EXPECT_EQ(0, epoll_ctl(ep, EPOLL_CTL_DEL, self->fd, NULL));
	EXPECT_EQ(0, events_of(ep));
}

TEST_F(polled, B18_nested_sets)
{
	int inner = epoll_of(self->fd, EPOLLIN), outer = epoll_of(inner, EPOLLIN);

	EXPECT_EQ(0, events_of(outer));
	ASSERT_EQ(0, qmsg_pulse_send(Q, self->coid, 1, 1, 1));
	EXPECT_EQ(EPOLLIN, events_of(outer));
	EXPECT_EQ(0, expect_pulse(Q, self->chid, 1, NULL));
	EXPECT_EQ(0, events_of(outer));
	ASSERT_EQ(0, qmsg_channel_destroy(Q, self->chid));
	EXPECT_EQ(EPOLLIN, events_of(outer));
	EXPECT_EQ(0, close(inner));
	EXPECT_EQ(0, events_of(outer));
}

static int64_t do_events(void *arg)
{
	return events_of(((struct numbers *)arg)->n[0]);
}

static int64_t do_close_both(void *arg)
{
	struct numbers *n = arg;

	return close(n->n[0]) || close(n->n[1]) ? -errno : 0;
}

/* The child has the set, and the file in it, and its parent has neither any more. */
TEST_F(polled, B18_across_a_fork)
{
	int ep = epoll_of(self->fd, EPOLLIN);
	struct peer *p = peer_fork();

	EXPECT_EQ(0, in_peer(peer_self(), do_close_both, ep, self->fd));
	ASSERT_EQ(0, qmsg_pulse_send(Q, self->coid, 1, 1, 1));
	EXPECT_EQ(EPOLLIN, in_peer(p, do_events, ep));
	EXPECT_EQ(0, expect_pulse(Q, self->chid, 1, NULL));
	EXPECT_EQ(0, in_peer(p, do_events, ep));
	close(Q);
	EXPECT_NE(0, in_peer(p, do_events, ep) & EPOLLHUP);
	EXPECT_EQ(0, in_peer(p, do_close_both, ep, self->fd));
}

/* The shape of CVE-2019-2215: who waits, and what it waits for, end in every order. */
struct waiter {
	struct worker w;
	int ep;
};

static void run_epoll(struct worker *w)
{
	struct epoll_event ev;

	epoll_wait(((struct waiter *)w)->ep, &ev, 1, -1);
}

static int64_t do_epoll(void *arg)
{
	return epoll_of(((struct numbers *)arg)->n[0], EPOLLIN | EPOLLEXCLUSIVE);
}

TEST_F(polled, B18_everybody_goes_at_once)
{
	int n = rounds_by(200);

	for (int i = 0; i < n; i++) {
		int chid = qmsg_channel_create(Q, 0), fd = qmsg_channel_fd(Q, chid, 0);
		struct peer *p = peer_fork();
		struct waiter *w = shared_alloc(sizeof(*w));

		w->w.peer = p;
		w->w.run = run_epoll;
		ASSERT_TRUE(p != NULL);
		w->ep = in_peer(p, do_take, getpid(), fd);
		ASSERT_LE(0, w->ep);
		w->ep = in_peer(p, do_epoll, w->ep);
		ASSERT_LE(0, w->ep);
		ASSERT_EQ(0, worker_go(&w->w));
		if (i & 1)
			close(fd);
		ASSERT_EQ(0, peer_kill(p, SIGKILL));
		if (i & 2)
			ASSERT_EQ(0, qmsg_channel_destroy(Q, chid));
		ASSERT_EQ(0, peer_reap(p, NULL));
		if (!(i & 2))
			ASSERT_EQ(0, qmsg_channel_destroy(Q, chid));
		if (!(i & 1))
			close(fd);
	}
}

/* ---- io_uring ---- */

struct ring {
	int fd;
	unsigned int *sq_tail, *sq_array, *cq_head, *cq_tail;
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
};

static void *map_ring(int fd, size_t size, off_t what)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, what);
}

/* Of one entry; both queues are one mapping since 5.4. */
static int ring_open(struct ring *r)
{
	struct io_uring_params p = { 0 };
	char *q;

	r->fd = syscall(SYS_io_uring_setup, 1, &p);
	if (r->fd < 0)
		return -errno;
	q = map_ring(r->fd, p.cq_off.cqes + p.cq_entries * sizeof(*r->cqe), IORING_OFF_SQ_RING);
	r->sqe = map_ring(r->fd, p.sq_entries * sizeof(*r->sqe), IORING_OFF_SQES);
	if (q == MAP_FAILED || r->sqe == MAP_FAILED)
		return -errno;
	r->sq_tail = (unsigned int *)(q + p.sq_off.tail);
	r->sq_array = (unsigned int *)(q + p.sq_off.array);
	r->cq_head = (unsigned int *)(q + p.cq_off.head);
	r->cq_tail = (unsigned int *)(q + p.cq_off.tail);
	r->cqe = (struct io_uring_cqe *)(q + p.cq_off.cqes);
	return 0;
}

static int ring_poll(struct ring *r, int fd)
{
	memset(r->sqe, 0, sizeof(*r->sqe));
	r->sqe->opcode = IORING_OP_POLL_ADD;
	r->sqe->fd = fd;
	r->sqe->poll32_events = POLLIN;
	*r->sq_array = 0;
	__atomic_fetch_add(r->sq_tail, 1, __ATOMIC_RELEASE);
	return syscall(SYS_io_uring_enter, r->fd, 1, 0, 0, NULL, 0) == 1 ? 0 : -errno;
}

static bool ring_is_empty(struct ring *r)
{
	return __atomic_load_n(r->cq_tail, __ATOMIC_ACQUIRE) == *r->cq_head;
}

/* Waits for the one completion: what it says. */
static int ring_result(struct ring *r)
{
	int res;

	if (syscall(SYS_io_uring_enter, r->fd, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return -errno;
	res = r->cqe[*r->cq_head & 1].res;
	__atomic_fetch_add(r->cq_head, 1, __ATOMIC_RELEASE);
	return res;
}

TEST_F(polled, B19_a_ring_of_io_uring)
{
	struct ring r;

	if (ring_open(&r) == -ENOSYS)
		SKIP(return, "no io_uring");
	ASSERT_EQ(0, ring_poll(&r, self->fd));
	EXPECT_TRUE(ring_is_empty(&r));
	ASSERT_EQ(0, qmsg_pulse_send(Q, self->coid, 1, 1, 1));
	EXPECT_EQ(POLLIN, ring_result(&r));
	/* it is still there */
	ASSERT_EQ(0, ring_poll(&r, self->fd));
	EXPECT_EQ(POLLIN, ring_result(&r));
	EXPECT_EQ(0, expect_pulse(Q, self->chid, 1, NULL));
	ASSERT_EQ(0, ring_poll(&r, self->fd));
	EXPECT_TRUE(ring_is_empty(&r));
	ASSERT_EQ(0, qmsg_channel_destroy(Q, self->chid));
	EXPECT_NE(0, ring_result(&r) & POLLHUP);
}

/* Who waits has the file, even when nobody else has. */
TEST_F(polled, B19_a_ring_waits_for_a_file_that_was_closed)
{
	struct ring r;

	if (ring_open(&r) == -ENOSYS)
		SKIP(return, "no io_uring");
	ASSERT_EQ(0, ring_poll(&r, self->fd));
	EXPECT_EQ(0, close(self->fd));
	ASSERT_EQ(0, qmsg_pulse_send(Q, self->coid, 1, 1, 1));
	EXPECT_EQ(POLLIN, ring_result(&r));
	self->fd = qmsg_channel_fd(Q, self->chid, 0);
	EXPECT_EQ(0, expect_pulse(Q, self->chid, 1, NULL));
	ASSERT_EQ(0, ring_poll(&r, self->fd));
	EXPECT_EQ(0, close(self->fd));
	EXPECT_EQ(0, close(r.fd));
}

TEST_HARNESS_MAIN
