// SPDX-License-Identifier: GPL-2.0-only
/* Reads and writes by io_uring, as programs of liburing do them. */
#include "ring.h"

#define DEPTH 32

FIXTURE(ring) {
	struct holding *h;
	struct io_uring ring;
	int fd;
};

FIXTURE_SETUP(ring)
{
	int err = io_uring_queue_init(DEPTH, &self->ring, 0);

	if (ring_is_missing(err))
		SKIP(return, "no io_uring");
	ASSERT_EQ(0, err);
	self->h = shared_alloc(sizeof(*self->h));
	ASSERT_EQ(0, module_load());
	self->h->lets_go = true;
	ASSERT_TRUE(holding_start(self->h));
	self->fd = open(HELD, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(ring)
{
	if (!self->h)
		return;
	io_uring_queue_exit(&self->ring);
	close(self->fd);
	EXPECT_EQ(0, holding_end(self->h));
	EXPECT_TRUE(module_unload());
	EXPECT_EQ(0, wait_for_no_objects());
}

/* As many at once as fit; each has its answer. */
TEST_F(ring, many_reads)
{
	static char text[DEPTH][8];
	uint64_t data, seen = 0;
	int i;

	for (i = 0; i < DEPTH; i++)
		queue_read(&self->ring, self->fd, text[i], sizeof(text[i]), i);
	ASSERT_EQ(DEPTH, io_uring_submit(&self->ring));
	for (i = 0; i < DEPTH; i++) {
		ASSERT_EQ(4, ring_done(&self->ring, &data));
		seen |= 1ULL << data;
	}
	EXPECT_EQ((1ULL << DEPTH) - 1, seen);
	for (i = 0; i < DEPTH; i++)
		EXPECT_EQ(0, memcmp(text[i], "held\0\0\0\0", 8));
	EXPECT_EQ(DEPTH, self->h->at[AT_READ]);
}

/* In pieces, and written. */
TEST_F(ring, readv_and_write)
{
	char a[3] = "", b[8] = "";
	const struct iovec iov[2] = { { a, 3 }, { b, 8 } };
	uint64_t data;

	io_uring_prep_readv(io_uring_get_sqe(&self->ring), self->fd, iov, 2, -1);
	ASSERT_EQ(1, io_uring_submit(&self->ring));
	EXPECT_EQ(4, ring_done(&self->ring, &data));
	EXPECT_EQ(0, memcmp(a, "hel", 3));
	EXPECT_EQ('d', b[0]);
	io_uring_prep_write(io_uring_get_sqe(&self->ring), self->fd, "text", 4, -1);
	ASSERT_EQ(1, io_uring_submit(&self->ring));
	EXPECT_EQ(4, ring_done(&self->ring, &data));
	EXPECT_EQ(1, self->h->at[AT_READ]);
	EXPECT_EQ(1, self->h->at[AT_WRITE]);
}

/* A cancelled read is one that wants to leave: its manager is asked. */
TEST_F(ring, cancelled)
{
	uint64_t data;
	char text[8];
	int i, ret;

	self->h->point = AT_READ;
	queue_read(&self->ring, self->fd, text, sizeof(text), 1);
	ASSERT_EQ(1, io_uring_submit(&self->ring));
	ASSERT_TRUE(wait_until(self->h->held == 1));
	queue_cancel(&self->ring, 1, 2);
	ASSERT_EQ(1, io_uring_submit(&self->ring));
	for (i = 0; i < 2; i++) {
		ret = ring_done(&self->ring, &data);
		EXPECT_TRUE(data == 1 ? ret == -EINTR || ret == -ECANCELED :
			    ret == 0 || ret == -EALREADY) TH_LOG("%d: %d", (int)data, ret);
	}
	EXPECT_EQ(1, self->h->unblocked);
}

/*
 * Another begins to wait while the poll's question is on its way, so that its answer may be too old.
 * It is asked again, and nothing is reported meanwhile.
 */
TEST_F(ring, poll_of_what_is_asked_again)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&self->ring);
	struct io_uring_cqe *cqe;

	self->h->point = AT_NOTIFY;
	self->h->drops = true;
	io_uring_prep_poll_add(sqe, self->fd, POLLIN);
	ASSERT_EQ(1, io_uring_submit(&self->ring));
	ASSERT_TRUE(wait_until(self->h->held == 1));
	ASSERT_EQ(0, do_poll(self->fd));
	/* The manager answers, that nothing holds, before it opens. */
	ASSERT_EQ(0, do_open(-1));
	EXPECT_TRUE(wait_until(self->h->held == 2 || !io_uring_peek_cqe(&self->ring, &cqe)));
	EXPECT_EQ(-EAGAIN, io_uring_peek_cqe(&self->ring, &cqe));
	EXPECT_EQ(2, self->h->held);
}

/* Its manager dies. */
TEST_F(ring, manager_dies)
{
	uint64_t data;
	char text[8];

	self->h->point = AT_READ;
	queue_read(&self->ring, self->fd, text, sizeof(text), 1);
	ASSERT_EQ(1, io_uring_submit(&self->ring));
	ASSERT_TRUE(wait_until(self->h->held == 1));
	ASSERT_EQ(0, holding_end(self->h));
	EXPECT_EQ(-EIO, ring_done(&self->ring, &data));
}

TEST_HARNESS_MAIN
