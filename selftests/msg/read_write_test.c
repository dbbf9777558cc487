// SPDX-License-Identifier: GPL-2.0-only
/* S2.10, S2.11, S2.12: MsgRead and MsgWrite at every kind of offset. */
#include "pair.h"

struct span {
	uint64_t offset;
	size_t len;
	ssize_t expected;		/* of a buffer of LEN bytes */
};

#define LEN 10000

static const struct span spans[] = {
	{ 0, 0, 0 },			{ 0, 1, 1 },			{ 0, LEN, LEN },
	{ 0, LEN + 1, LEN },		{ 1, LEN, LEN - 1 },		{ 4095, 2, 2 },
	{ 4096, 4096, 4096 },		{ LEN / 2, 100, 100 },		{ LEN / 2, LEN, LEN / 2 },
	{ LEN - 1, 1, 1 },		{ LEN - 1, 2, 1 },		{ LEN, 0, 0 },
	{ LEN, 1, 0 },			{ LEN + 1, 1, 0 },		{ LEN * 2, LEN, 0 },
	{ 1ULL << 31, 8, 0 },		{ 1ULL << 32, 8, 0 },		{ (1ULL << 32) + 1, 8, 0 },
	{ INT64_MAX, 8, 0 },		{ 1ULL << 63, 8, 0 },		{ UINT64_MAX - 7, 8, 0 },
	{ UINT64_MAX, 1, 0 },		{ UINT64_MAX, 8, 0 },
};
#define N_SPANS (sizeof(spans) / sizeof(spans[0]))

/* S2.10: from the start of the message, not from where the receive stopped. */
static void read_everywhere(struct __test_metadata *_metadata, scene *self, size_t received)
{
	unsigned int i;

	set_lengths(self, LEN, 0);
	ASSERT_EQ(0, deliver(self, received));
	memset(self->buf, FILL, BIG);
	for (i = 0; i < N_SPANS; i++) {
		const struct span *s = &spans[i];

		ASSERT_EQ(s->expected, qmsg_msg_read(self->q, self->rcvid, self->buf, s->len,
						     s->offset));
		EXPECT_TRUE(has_pattern(self->buf, s->expected, s->offset, MESSAGE));
		EXPECT_TRUE(has_fill(self->buf + s->expected, LEN * 2));
		memset(self->buf, FILL, LEN);
	}
	EXPECT_TRUE(is_waiting(self));
	ASSERT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 1, NULL, 0));
	EXPECT_EQ(1, result(self));
}

TEST_F(pair, read_at_any_offset)
{
	read_everywhere(_metadata, self, LEN);
}

TEST_F(pair, read_at_any_offset_after_a_short_receive)
{
	read_everywhere(_metadata, self, 10);
}

TEST_F(pair, read_at_any_offset_after_an_empty_receive)
{
	read_everywhere(_metadata, self, 0);
}

/* S2.10 for a message that fits in the smallest kernel buffer. */
TEST_F(pair, read_of_a_short_message)
{
	set_lengths(self, 4, 0);
	ASSERT_EQ(0, deliver(self, 0));
	EXPECT_EQ(4, qmsg_msg_read(self->q, self->rcvid, self->buf, 100, 0));
	EXPECT_EQ(3, qmsg_msg_read(self->q, self->rcvid, self->buf, 100, 1));
	EXPECT_TRUE(has_pattern(self->buf, 3, 1, MESSAGE));
	EXPECT_EQ(2, qmsg_msg_read(self->q, self->rcvid, self->buf, 2, 2));
	EXPECT_EQ(0, qmsg_msg_read(self->q, self->rcvid, self->buf, 100, 4));
	EXPECT_EQ(0, qmsg_msg_read(self->q, self->rcvid, self->buf, 100, UINT64_MAX));
}

/* S2.11: one write per request, so that exactly its bytes can be told from the rest. */
TEST_F(pair, write_at_any_offset)
{
	unsigned int i;

	for (i = 0; i < N_SPANS; i++) {
		const struct span *s = &spans[i];

		set_lengths(self, 1, LEN);
		ASSERT_EQ(0, deliver(self, 1));
		ASSERT_EQ(s->expected, qmsg_msg_write(self->q, self->rcvid, self->answer, s->len,
						      s->offset));
		EXPECT_TRUE(is_waiting(self));
		ASSERT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, i, NULL, 0));
		ASSERT_EQ(i, result(self));
		EXPECT_EQ(0U, self->c->args.out_reply_len);
		if (!s->expected) {
			EXPECT_TRUE(has_fill(self->room, LEN * 2));
			continue;
		}
		EXPECT_TRUE(has_fill(self->room, s->offset));
		EXPECT_TRUE(has_pattern(self->room + s->offset, s->expected, 0, ANSWER));
		EXPECT_TRUE(has_fill(self->room + s->offset + s->expected, LEN));
		memset(self->room, FILL, BIG);
	}
}

/* S2.12: bytes written at higher offsets survive the reply, bytes never written stay. */
TEST_F(pair, short_reply_after_writes_keeps_the_rest)
{
	set_lengths(self, 1, 1000);
	ASSERT_EQ(0, deliver(self, 1));
	EXPECT_EQ(100, qmsg_msg_write(self->q, self->rcvid, self->answer, 100, 500));
	EXPECT_EQ(50, qmsg_msg_write(self->q, self->rcvid, self->answer, 50, 950));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 1, "head", 4));
	EXPECT_EQ(1, result(self));
	EXPECT_EQ(4U, self->c->args.out_reply_len);
	EXPECT_EQ(0, memcmp(self->room, "head", 4));
	EXPECT_TRUE(has_fill(self->room + 4, 496));
	EXPECT_TRUE(has_pattern(self->room + 500, 100, 0, ANSWER));
	EXPECT_TRUE(has_fill(self->room + 600, 350));
	EXPECT_TRUE(has_pattern(self->room + 950, 50, 0, ANSWER));
	EXPECT_TRUE(has_fill(self->room + 1000, 1000));
}

/* S2.11: the last write to a byte counts, in whatever order they came. */
TEST_F(pair, overlapping_writes)
{
	set_lengths(self, 1, 1000);
	ASSERT_EQ(0, deliver(self, 1));
	EXPECT_EQ(100, qmsg_msg_write(self->q, self->rcvid, self->answer, 100, 300));
	EXPECT_EQ(100, qmsg_msg_write(self->q, self->rcvid, self->answer, 100, 250));
	EXPECT_EQ(10, qmsg_msg_write(self->q, self->rcvid, self->answer, 10, 295));
	EXPECT_EQ(20, qmsg_msg_write(self->q, self->rcvid, self->answer, 20, 390));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 1, self->answer, 255));
	EXPECT_EQ(1, result(self));
	EXPECT_TRUE(has_pattern(self->room, 255, 0, ANSWER));
	EXPECT_TRUE(has_pattern(self->room + 255, 40, 5, ANSWER));
	EXPECT_TRUE(has_pattern(self->room + 295, 10, 0, ANSWER));
	EXPECT_TRUE(has_pattern(self->room + 305, 45, 55, ANSWER));
	EXPECT_TRUE(has_pattern(self->room + 350, 40, 50, ANSWER));
	EXPECT_TRUE(has_pattern(self->room + 390, 20, 0, ANSWER));
	EXPECT_TRUE(has_fill(self->room + 410, 590));
}

/* The reply itself overlaps what was written: it is the last write. */
TEST_F(pair, reply_overwrites_earlier_writes)
{
	set_lengths(self, 1, BIG);
	ASSERT_EQ(0, deliver(self, 1));
	EXPECT_EQ(200000, qmsg_msg_write(self->q, self->rcvid, self->answer + 9, 200000, 0));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 1, self->answer, 100000));
	EXPECT_EQ(1, result(self));
	EXPECT_TRUE(has_pattern(self->room, 100000, 0, ANSWER));
	EXPECT_TRUE(has_pattern(self->room + 100000, 100000, 100009, ANSWER));
	EXPECT_TRUE(has_fill(self->room + 200000, BIG - 200000));
}

/* Many small writes, each in its place, over the whole of a large buffer. */
TEST_F(pair, scattered_writes)
{
	size_t offset, count = 0;

	set_lengths(self, 1, 300000);
	ASSERT_EQ(0, deliver(self, 1));
	for (offset = 299990; offset > 5000; offset -= 4999, count++)
		ASSERT_EQ(10, qmsg_msg_write(self->q, self->rcvid, self->answer, 10, offset));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 1, NULL, 0));
	EXPECT_EQ(1, result(self));
	for (offset = 299990; offset > 5000; offset -= 4999) {
		EXPECT_TRUE(has_pattern(self->room + offset, 10, 0, ANSWER));
		EXPECT_TRUE(has_fill(self->room + offset - 4989, 4989));
	}
}

/* An error gives no data of its own (S2.14), but what was written before is there. */
TEST_F(pair, writes_survive_an_error)
{
	set_lengths(self, 1, 100);
	ASSERT_EQ(0, deliver(self, 1));
	EXPECT_EQ(10, qmsg_msg_write(self->q, self->rcvid, self->answer, 10, 20));
	EXPECT_EQ(0, qmsg_msg_error(self->q, self->rcvid, EIO));
	EXPECT_EQ(-EIO, result(self));
	EXPECT_TRUE(has_fill(self->room, 20));
	EXPECT_TRUE(has_pattern(self->room + 20, 10, 0, ANSWER));
	EXPECT_TRUE(has_fill(self->room + 30, 100));
}

/* S2.34 */
TEST_F(pair, no_such_request_is_ESRCH)
{
	static const int64_t never[] = { 0, -1, 1, INT64_MAX, INT64_MIN };
	unsigned int i;

	for (i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		EXPECT_EQ(-ESRCH, qmsg_msg_read(self->q, never[i], self->buf, 1, 0));
		EXPECT_EQ(-ESRCH, qmsg_msg_write(self->q, never[i], self->buf, 1, 0));
		EXPECT_EQ(-ESRCH, qmsg_msg_info(self->q, never[i], &self->info));
		EXPECT_EQ(-ESRCH, qmsg_msg_reply(self->q, never[i], 0, NULL, 0));
		EXPECT_EQ(-ESRCH, qmsg_msg_error(self->q, never[i], EIO));
	}
}

/* S1.28: a receive id means nothing in another process's context. */
TEST_F(pair, receive_id_is_ESRCH_in_another_context)
{
	int other = qmsg_open();

	ASSERT_LE(0, other);
	set_lengths(self, 1, 1);
	ASSERT_EQ(0, deliver(self, 1));
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(other, self->rcvid, 0, NULL, 0));
	EXPECT_EQ(-ESRCH, qmsg_msg_read(other, self->rcvid, self->buf, 1, 0));
	EXPECT_TRUE(is_waiting(self));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 0, NULL, 0));
	EXPECT_EQ(0, result(self));
}

TEST_HARNESS_MAIN
