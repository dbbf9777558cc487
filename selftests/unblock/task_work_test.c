// SPDX-License-Identifier: GPL-2.0-only
/*
 * P6: task work wakes a task as a signal does (TIF_NOTIFY_SIGNAL) but is none. Here it
 * is the completion of an io_uring poll that the blocked task has submitted.
 */
#include "kselftest_harness.h"
#include "qmsg_test.h"

#include <linux/io_uring.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>

/* One ring of one entry; in shared memory, filled in by the task that owns it. */
struct ring {
	struct client c;
	int event;			/* readable: the poll completes */
	int err;
	unsigned int completions;	/* as ring_completions() saw it */
	unsigned int *cq_tail;		/* an address of the peer */
};

static void *map_ring(int fd, size_t size, off_t what)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, what);
}

static int submit_poll(int fd, struct io_uring_params *p, char *sq, int event)
{
	struct io_uring_sqe *sqe = map_ring(fd, p->sq_entries * sizeof(*sqe), IORING_OFF_SQES);

	if (sqe == MAP_FAILED)
		return -errno;
	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = IORING_OP_POLL_ADD;
	sqe->fd = event;
	sqe->poll32_events = POLLIN;
	*(unsigned int *)(sq + p->sq_off.array) = 0;
	__atomic_store_n((unsigned int *)(sq + p->sq_off.tail), 1, __ATOMIC_RELEASE);
	return syscall(SYS_io_uring_enter, fd, 1, 0, 0, NULL, 0) == 1 ? 0 : -errno;
}

/* Both queues are one mapping since 5.4. */
static int start_poll(struct ring *ring)
{
	struct io_uring_params p = { 0 };
	int fd = syscall(SYS_io_uring_setup, 1, &p);
	size_t size;
	char *sq;

	if (fd < 0)
		return -errno;
	size = p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe);
	sq = map_ring(fd, size, IORING_OFF_SQ_RING);
	if (sq == MAP_FAILED)
		return -errno;
	ring->cq_tail = (unsigned int *)(sq + p.cq_off.tail);
	return submit_poll(fd, &p, sq, ring->event);
}

static void poll_and_send(struct worker *w)
{
	struct ring *ring = (struct ring *)w;

	ring->err = start_poll(ring);
	if (!ring->err)
		ring->c.ret = qmsg_msg_send_with(w->peer->q, &ring->c.args);
}

static int64_t ring_completions(void *arg)
{
	struct ring *ring = arg;

	return __atomic_load_n(ring->cq_tail, __ATOMIC_ACQUIRE);
}

FIXTURE(task_work) {
	struct peer *peer;
	struct ring *ring;
	int q;
	int chid;
	int64_t rcvid;
};

FIXTURE_VARIANT(task_work) {
	unsigned int flags;
	const char *state;
};

FIXTURE_VARIANT_ADD(task_work, SEND) { QMSG_CHF_UNBLOCK, "SEND" };
FIXTURE_VARIANT_ADD(task_work, REPLY) { QMSG_CHF_UNBLOCK, "REPLY" };
FIXTURE_VARIANT_ADD(task_work, REPLY_plain) { 0, "REPLY" };
FIXTURE_VARIANT_ADD(task_work, REPLY_R) { QMSG_CHF_UNBLOCK, "REPLY+R" };

FIXTURE_SETUP(task_work)
{
	struct client *c;
	int event = eventfd(0, EFD_CLOEXEC);

	self->q = peer_open(peer_self());
	self->chid = peer_channel(peer_self(), variant->flags);
	ASSERT_LT(0, self->chid);
	self->peer = peer_fork();
	ASSERT_LE(0, peer_open(self->peer));
	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR1, 0));
	c = client_connect(self->peer, getpid(), self->chid);
	ASSERT_NE(NULL, c);
	self->ring = shared_alloc(sizeof(*self->ring));
	self->ring->event = event;
	self->ring->c = *c;
	self->ring->c.w.run = poll_and_send;
}

FIXTURE_TEARDOWN(task_work)
{
	close(self->q);
	EXPECT_EQ(0, peer_end(self->peer));
}

TEST_F(task_work, completion_is_no_unblock_event)
{
	struct client *c = &self->ring->c;
	uint64_t one = 1;

	ASSERT_EQ(0, client_send(c));
	ASSERT_TRUE(wait_until(self->ring->err ||
			       read_channel(getpid(), self->q, self->chid, "queued") == 1));
	if (self->ring->err)
		SKIP(return, "no io_uring");
	if (strcmp(variant->state, "SEND")) {
		self->rcvid = receive_now(self->q, self->chid, NULL, 0, NULL);
		ASSERT_LT(0, self->rcvid);
	}
	if (!strcmp(variant->state, "REPLY+R")) {
		ASSERT_EQ(0, client_signal(c, SIGUSR1));
		ASSERT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_UNBLOCK, NULL));
	}
	ASSERT_EQ(0, wait_for_client(c, variant->state));
	EXPECT_EQ(0, peer_call(self->peer, ring_completions, self->ring));
	ASSERT_EQ((ssize_t)sizeof(one), write(self->ring->event, &one, sizeof(one)));
	/* The work has run in the blocked task ... */
	ASSERT_TRUE(wait_until(peer_call(self->peer, ring_completions, self->ring) == 1));
	/* ... which has not noticed. */
	EXPECT_EQ(0, wait_for_client(c, variant->state));
	EXPECT_FALSE(client_done(c));
	EXPECT_EQ(0, read_channel(getpid(), self->q, self->chid, "pulses"));
	if (!self->rcvid)
		self->rcvid = receive_now(self->q, self->chid, NULL, 0, NULL);
	ASSERT_LT(0, self->rcvid);
	EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 11, NULL, 0));
	EXPECT_EQ(0, client_wait(c));
	EXPECT_EQ(11, client_result(c));
}

TEST_HARNESS_MAIN
