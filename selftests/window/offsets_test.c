// SPDX-License-Identifier: GPL-2.0-only
/*
 * D18, S2.10 - S2.12, F16: MsgRead and MsgWrite across the places where something changes: the
 * end of the snapshot, pages, the end of the message, the end of the room that is shown.
 */
/* build: also -m32 */
#include "window.h"

#define LEN	20000UL

/* @from of something of LEN bytes, @len of them asked for: so many there are. */
static size_t overlap(size_t from, size_t len)
{
	return from >= LEN ? 0 : len < LEN - from ? len : LEN - from;
}

static const size_t froms[] = {
	0, 1, SNAPSHOT - 1, SNAPSHOT, SNAPSHOT + 1, WINDOW_MIN - 1, WINDOW_MIN, PAGE - 1, PAGE,
	PAGE + 1, 8191, 8192, 8193, LEN - 5000, LEN - 1, LEN, LEN + 1,
};

static const size_t lens[] = { 0, 1, 2, 255, 257, 2047, 2049, 4097, LEN, 2 * LEN };

static void read_some(struct __test_metadata *_metadata, scene *self, size_t from, size_t len)
{
	size_t n = overlap(from, len);
	char *to = self->buf + PAGE + 7;

	memset(to - GUARD, FILL, n + 2 * GUARD);
	ASSERT_EQ((ssize_t)n, qmsg_msg_read(self->q, self->rcvid, to, len, from));
	ASSERT_TRUE(has_pattern(to, n, from, MESSAGE)) TH_LOG("%zu from %zu", len, from);
	ASSERT_TRUE(has_fill(to - GUARD, GUARD) && has_fill(to + n, GUARD))
		TH_LOG("%zu from %zu", len, from);
}

TEST_F(pair, D18_S2_10_reads_at_every_offset)
{
	for (size_t received = 0; received <= LEN; received += LEN / 2) {
		set_lengths(self, LEN, 0);
		ASSERT_EQ(0, deliver(self, received));
		ASSERT_EQ(received, self->info.msglen);
		ASSERT_TRUE(has_pattern(self->buf, received, 0, MESSAGE));
		ASSERT_TRUE(message_is_shown(self->q, self->rcvid, self->message, LEN));
		for (size_t i = 0; i < COUNT(froms) * COUNT(lens); i++)
			read_some(_metadata, self, froms[i / COUNT(lens)], lens[i % COUNT(lens)]);
		ASSERT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 3, NULL, 0));
		ASSERT_EQ(3, result(self));
	}
}

static void write_some(struct __test_metadata *_metadata, scene *self, size_t at, size_t len)
{
	size_t n = overlap(at, len);

	set_lengths(self, 1, LEN);
	ASSERT_EQ(0, deliver(self, 1));
	ASSERT_EQ((ssize_t)n, qmsg_msg_write(self->q, self->rcvid, self->answer, len, at));
	ASSERT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 4, NULL, 0));
	ASSERT_EQ(4, result(self));
	EXPECT_EQ(0U, self->c->args.out_reply_len);
	at = n ? at : 0;
	ASSERT_TRUE(has_fill(self->room, at)) TH_LOG("%zu at %zu", len, at);
	ASSERT_TRUE(has_pattern(self->room + at, n, 0, ANSWER)) TH_LOG("%zu at %zu", len, at);
	ASSERT_TRUE(has_fill(self->room + at + n, LEN + GUARD - at - n))
		TH_LOG("%zu at %zu", len, at);
	memset(self->room + at, FILL, n);
}

/* How much is shown depends on the writes before. */
TEST_F(pair, D18_S2_11_writes_at_every_offset)
{
	ASSERT_EQ(0, have_room_shown(self, LEN));
	for (size_t i = 0; i < COUNT(froms) * COUNT(lens); i++)
		write_some(_metadata, self, froms[i / COUNT(lens)], lens[i % COUNT(lens)]);
}

/* A reply of 5000 bytes has 8192 of the next room shown: the rest of it is copied twice. */
TEST_F(pair, D18_S2_11_writes_around_the_end_of_what_is_shown)
{
	static const struct { size_t at, len; } writes[] = {
		{ 8191, 1 }, { 8192, 1 }, { 8191, 2 }, { 0, 8192 }, { 0, 8193 }, { 4000, 8000 },
		{ 8192, 4096 }, { 0, LEN },
	};

	for (size_t i = 0; i < COUNT(writes); i++) {
		ASSERT_EQ(0, have_room_shown(self, 5000));
		write_some(_metadata, self, writes[i].at, writes[i].len);
	}
}

TEST_F(pair, D18_what_is_shown_ends_where_it_is_said_to)
{
	ASSERT_EQ(0, have_room_shown(self, 5000));
	set_lengths(self, 1, LEN);
	ASSERT_EQ(0, deliver(self, 1));
	EXPECT_TRUE(room_is_shown(self->q, self->rcvid, self->room, 8192));
	EXPECT_FALSE(room_is_shown(self->q, self->rcvid, self->room, 8193));
	ASSERT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 0, self->answer, LEN));
	ASSERT_EQ(0, result(self));
	EXPECT_TRUE(has_pattern(self->room, LEN, 0, ANSWER));
}

TEST_HARNESS_MAIN
