// SPDX-License-Identifier: GPL-2.0-only
/* S2.2, S2.4: every pairing of one buffer and a vector, in both directions and at both ends. */
#include "pair.h"

/* Empty elements at the start, in between and at the end; one over a page boundary. */
static const size_t parts[] = { 0, 1, 0, 7, 4096, 5000, 3, 0, 893, 0 };
#define N_PARTS	(sizeof(parts) / sizeof(parts[0]))
#define TOTAL	10000

/* The elements lie one after another from @base, with @gap bytes between them. */
static void split(struct iovec *iov, char *base, size_t gap)
{
	unsigned int i;

	for (i = 0; i < N_PARTS; i++) {
		iov[i].iov_base = parts[i] ? base : (void *)16;
		iov[i].iov_len = parts[i];
		base += parts[i] + gap;
	}
}

enum { SEND_V = 1, ROOM_V = 2, RECEIVE_V = 4, REPLY_V = 8, ALL_SHAPES = 16 };

static void shape_client(scene *self, int shape)
{
	set_lengths(self, TOTAL, TOTAL);
	if (shape & SEND_V) {
		split(self->siov, self->message, 0);
		self->c->args.flags |= QMSG_SEND_IOV;
		self->c->args.send_ptr = (uintptr_t)self->siov;
		self->c->args.send_len = N_PARTS;
	}
	if (shape & ROOM_V) {
		split(self->riov, self->room, 0);
		self->c->args.flags |= QMSG_REPLY_IOV;
		self->c->args.reply_ptr = (uintptr_t)self->riov;
		self->c->args.reply_len = N_PARTS;
	}
}

static int64_t receive_shaped(scene *self, int shape)
{
	struct qmsg_msg_receive args = receive_args(self->chid, self->buf, TOTAL, &self->info);
	struct iovec iov[N_PARTS];
	int err;

	if (shape & RECEIVE_V) {
		split(iov, self->buf, 0);
		args.flags = QMSG_RECEIVE_IOV;
		args.buf_ptr = (uintptr_t)iov;
		args.buf_len = N_PARTS;
	}
	err = qmsg_msg_receive_with(self->q, &args);
	return err ?: args.out_rcvid;
}

static int reply_shaped(scene *self, int shape)
{
	struct qmsg_msg_reply args = {
		.rcvid = self->rcvid,
		.status = shape,
		.buf_ptr = (uintptr_t)self->answer,
		.buf_len = TOTAL,
	};
	struct iovec iov[N_PARTS];

	if (shape & REPLY_V) {
		split(iov, self->answer, 0);
		args.flags = QMSG_REPLY_DATA_IOV;
		args.buf_ptr = (uintptr_t)iov;
		args.buf_len = N_PARTS;
	}
	return qmsg_msg_reply_with(self->q, &args);
}

TEST_F(pair, all_shapes_carry_the_same_bytes)
{
	int shape;

	for (shape = 0; shape < ALL_SHAPES; shape++) {
		shape_client(self, shape);
		ASSERT_EQ(0, client_send(self->c));
		self->rcvid = receive_shaped(self, shape);
		ASSERT_LT(0, self->rcvid);
		EXPECT_EQ(TOTAL, self->info.msglen);
		EXPECT_EQ(TOTAL, self->info.srcmsglen);
		EXPECT_EQ(TOTAL, self->info.dstmsglen);
		EXPECT_TRUE(has_pattern(self->buf, TOTAL, 0, MESSAGE));
		EXPECT_TRUE(has_fill(self->buf + TOTAL, 100));
		ASSERT_EQ(0, reply_shaped(self, shape));
		ASSERT_EQ(shape, result(self));
		EXPECT_EQ(TOTAL, self->c->args.out_reply_len);
		EXPECT_TRUE(has_pattern(self->room, TOTAL, 0, ANSWER));
		EXPECT_TRUE(has_fill(self->room + TOTAL, 100));
		memset(self->buf, FILL, TOTAL);
		memset(self->room, FILL, TOTAL);
	}
}

/* Scattered: nothing is written between the elements. */
TEST_F(pair, gaps_between_elements_stay_untouched)
{
	size_t offset = 0;
	unsigned int i;

	shape_client(self, ROOM_V);
	split(self->riov, self->room, 100);
	ASSERT_EQ(0, deliver(self, TOTAL));
	ASSERT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 0, self->answer, TOTAL));
	ASSERT_EQ(0, result(self));
	for (i = 0; i < N_PARTS; i++) {
		char *at = self->room + offset + i * 100;

		EXPECT_TRUE(has_pattern(at, parts[i], offset, ANSWER));
		EXPECT_TRUE(has_fill(at + parts[i], 100));
		offset += parts[i];
	}
}

/* MsgRead and MsgWrite scatter and gather too, from any offset. */
TEST_F(pair, read_and_write_take_vectors)
{
	struct qmsg_msg_copy args = { .flags = QMSG_COPY_IOV };
	struct iovec iov[N_PARTS];

	set_lengths(self, 50000, 50000);
	ASSERT_EQ(0, deliver(self, 0));
	split(iov, self->buf, 0);
	args.rcvid = self->rcvid;
	args.buf_ptr = (uintptr_t)iov;
	args.buf_len = N_PARTS;
	args.offset = 12345;
	ASSERT_EQ(0, qmsg_msg_copy_with(self->q, QMSG_IOC_MSG_READ, &args));
	EXPECT_EQ(TOTAL, args.out_copied);
	EXPECT_TRUE(has_pattern(self->buf, TOTAL, 12345, MESSAGE));
	split(iov, self->answer, 0);
	ASSERT_EQ(0, qmsg_msg_copy_with(self->q, QMSG_IOC_MSG_WRITE, &args));
	EXPECT_EQ(TOTAL, args.out_copied);
	ASSERT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 0, NULL, 0));
	ASSERT_EQ(0, result(self));
	EXPECT_TRUE(has_fill(self->room, 12345));
	EXPECT_TRUE(has_pattern(self->room + 12345, TOTAL, 0, ANSWER));
	EXPECT_TRUE(has_fill(self->room + 12345 + TOTAL, 100));
}

/* S2.4: no elements at all. */
TEST_F(pair, empty_vectors)
{
	set_lengths(self, 0, 0);
	self->c->args.flags = QMSG_SEND_IOV | QMSG_REPLY_IOV;
	self->c->args.send_ptr = 16;
	self->c->args.reply_ptr = 0;
	ASSERT_EQ(0, deliver(self, 8));
	EXPECT_EQ(0U, self->info.srcmsglen);
	EXPECT_EQ(0U, self->info.dstmsglen);
	ASSERT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 2, "x", 1));
	EXPECT_EQ(2, result(self));
}

/* S2.5: where an element without bytes would be is not looked at. */
TEST_F(pair, empty_elements_anywhere)
{
	self->siov[0] = (struct iovec){ (void *)-1, 0 };
	self->siov[1] = (struct iovec){ (void *)16, 0 };
	for (int n = 1; n <= 2; n++) {
		set_lengths(self, 0, 0);
		self->c->args.flags = QMSG_SEND_IOV | QMSG_REPLY_IOV;
		self->c->args.send_ptr = (uintptr_t)self->siov;
		self->c->args.send_len = n;
		self->c->args.reply_ptr = (uintptr_t)self->siov;
		self->c->args.reply_len = n;
		ASSERT_EQ(0, deliver(self, 8));
		ASSERT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 2, "x", 1));
		EXPECT_EQ(2, result(self));
	}
}

static void tiny_parts(struct iovec *iov, int n, char *base)
{
	int i;

	for (i = 0; i < n; i++)
		iov[i] = (struct iovec){ base + i, 1 };
}

/* The most elements there may be, and one more. */
TEST_F(pair, vector_of_1024_elements)
{
	set_lengths(self, QMSG_IOV_MAX, QMSG_IOV_MAX);
	tiny_parts(self->siov, QMSG_IOV_MAX, self->message);
	tiny_parts(self->riov, QMSG_IOV_MAX, self->room);
	self->c->args.flags = QMSG_SEND_IOV | QMSG_REPLY_IOV;
	self->c->args.send_ptr = (uintptr_t)self->siov;
	self->c->args.reply_ptr = (uintptr_t)self->riov;
	ASSERT_EQ(0, deliver(self, BIG));
	EXPECT_EQ(QMSG_IOV_MAX, self->info.msglen);
	EXPECT_TRUE(has_pattern(self->buf, QMSG_IOV_MAX, 0, MESSAGE));
	ASSERT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 0, self->answer, BIG));
	ASSERT_EQ(0, result(self));
	EXPECT_TRUE(has_pattern(self->room, QMSG_IOV_MAX, 0, ANSWER));
	EXPECT_TRUE(has_fill(self->room + QMSG_IOV_MAX, 100));
}

static int64_t send_with(scene *self, unsigned int flags, uint64_t slen, uint64_t rlen)
{
	self->c->args.flags = flags;
	self->c->args.send_len = slen;
	self->c->args.reply_len = rlen;
	return client_send(self->c) ?: result(self);
}

TEST_F(pair, more_than_1024_elements_are_EINVAL)
{
	set_lengths(self, 0, 0);
	tiny_parts(self->siov, QMSG_IOV_MAX + 1, self->message);
	self->c->args.send_ptr = (uintptr_t)self->siov;
	self->c->args.reply_ptr = (uintptr_t)self->siov;
	EXPECT_EQ(-EINVAL, send_with(self, QMSG_SEND_IOV, QMSG_IOV_MAX + 1, 0));
	EXPECT_EQ(-EINVAL, send_with(self, QMSG_REPLY_IOV, 0, QMSG_IOV_MAX + 1));
	EXPECT_EQ(-EINVAL, send_with(self, QMSG_SEND_IOV, 1ULL << 32, 0));
	EXPECT_EQ(-EINVAL, send_with(self, QMSG_SEND_IOV, ~0ULL, 0));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

/* S2.4: the sum of the lengths is what counts. */
TEST_F(pair, too_many_bytes_are_EOVERFLOW)
{
	set_lengths(self, 0, 0);
	EXPECT_EQ(-EOVERFLOW, send_with(self, 0, QMSG_LEN_MAX + 1ULL, 0));
	EXPECT_EQ(-EOVERFLOW, send_with(self, 0, 0, QMSG_LEN_MAX + 1ULL));
	self->siov[0] = (struct iovec){ self->message, QMSG_LEN_MAX };
	self->siov[1] = (struct iovec){ self->message, 1 };
	self->c->args.send_ptr = (uintptr_t)self->siov;
	self->c->args.reply_ptr = (uintptr_t)self->siov;
	EXPECT_EQ(-EOVERFLOW, send_with(self, QMSG_SEND_IOV, 2, 0));
	EXPECT_EQ(-EOVERFLOW, send_with(self, QMSG_REPLY_IOV, 0, 2));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

/* The same of the other calls; the request stays as it is. */
TEST_F(pair, too_many_bytes_are_EOVERFLOW_for_the_server)
{
	size_t len = QMSG_LEN_MAX + 1ULL;

	set_lengths(self, 10, 10);
	EXPECT_EQ(-EOVERFLOW, receive_now(self->q, self->chid, self->buf, len, NULL));
	ASSERT_EQ(0, deliver(self, 10));
	EXPECT_EQ(-EOVERFLOW, qmsg_msg_reply(self->q, self->rcvid, 0, self->answer, len));
	EXPECT_EQ(-EOVERFLOW, qmsg_msg_read(self->q, self->rcvid, self->buf, len, 0));
	EXPECT_EQ(-EOVERFLOW, qmsg_msg_write(self->q, self->rcvid, self->answer, len, 0));
	EXPECT_TRUE(is_waiting(self));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 3, NULL, 0));
	EXPECT_EQ(3, result(self));
}

TEST_HARNESS_MAIN
