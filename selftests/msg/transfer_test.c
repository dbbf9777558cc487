// SPDX-License-Identifier: GPL-2.0-only
/* S2.8, S2.9, S2.12, S2.15, S2.16: which bytes arrive, how many, and what stays untouched. */
#include "pair.h"

/* Inline, one page, around a page, several pages, large. */
static const size_t sizes[] = {
	0, 1, 2, 7, 8, 63, 64, 127, 128, 129, 255, 256, 257, 1000, 2048, 4095, 4096, 4097, 8191, 8192, 8193,
	12288, 65535, 65536, 65537, 262144, BIG - 1, BIG,
};
#define N_SIZES (sizeof(sizes) / sizeof(sizes[0]))

/* S2.8 */
TEST_F(pair, message_of_any_size_arrives_whole)
{
	unsigned int i;

	for (i = 0; i < N_SIZES; i++) {
		set_lengths(self, sizes[i], 3);
		ASSERT_EQ(0, deliver(self, BIG));
		EXPECT_EQ(sizes[i], self->info.msglen);
		EXPECT_EQ(sizes[i], self->info.srcmsglen);
		EXPECT_EQ(3U, self->info.dstmsglen);
		EXPECT_TRUE(has_pattern(self->buf, sizes[i], 0, MESSAGE));
		EXPECT_TRUE(has_fill(self->buf + sizes[i], BIG - sizes[i]));
		ASSERT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, i, NULL, 0));
		ASSERT_EQ(i, result(self));
		EXPECT_EQ(0U, self->c->args.out_reply_len);
		EXPECT_TRUE(has_fill(self->room, 8));
		memset(self->buf, FILL, sizes[i]);
	}
}

/* S2.12 */
TEST_F(pair, reply_of_any_size_arrives_whole)
{
	unsigned int i;

	for (i = 0; i < N_SIZES; i++) {
		set_lengths(self, 3, BIG);
		ASSERT_EQ(0, deliver(self, BIG));
		EXPECT_EQ(BIG, self->info.dstmsglen);
		ASSERT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, i, self->answer, sizes[i]));
		ASSERT_EQ(i, result(self));
		EXPECT_EQ(sizes[i], self->c->args.out_reply_len);
		EXPECT_TRUE(has_pattern(self->room, sizes[i], 0, ANSWER));
		EXPECT_TRUE(has_fill(self->room + sizes[i], BIG - sizes[i]));
		memset(self->room, FILL, sizes[i]);
	}
}

/* S2.8: a short receive buffer is no error; the lengths tell. */
TEST_F(pair, short_receive_buffer_cuts_the_message)
{
	unsigned int i;

	for (i = 1; i < N_SIZES; i++) {
		size_t room = sizes[i] / 2;

		set_lengths(self, sizes[i], 0);
		ASSERT_EQ(0, deliver(self, room));
		EXPECT_EQ(room, self->info.msglen);
		EXPECT_EQ(sizes[i], self->info.srcmsglen);
		EXPECT_TRUE(has_pattern(self->buf, room, 0, MESSAGE));
		EXPECT_TRUE(has_fill(self->buf + room, BIG - room));
		/* The rest can be read. */
		EXPECT_EQ((ssize_t)(sizes[i] - room),
			  qmsg_msg_read(self->q, self->rcvid, self->buf, BIG, room));
		EXPECT_TRUE(has_pattern(self->buf, sizes[i] - room, room, MESSAGE));
		ASSERT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 0, NULL, 0));
		ASSERT_EQ(0, result(self));
		memset(self->buf, FILL, sizes[i]);
	}
}

/* S2.12: what the client has no room for is dropped without a word. */
TEST_F(pair, reply_longer_than_the_room_is_cut)
{
	unsigned int i;

	for (i = 1; i < N_SIZES; i++) {
		size_t room = sizes[i] / 2;

		set_lengths(self, 1, room);
		ASSERT_EQ(0, deliver(self, BIG));
		EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 1, self->answer, sizes[i]));
		ASSERT_EQ(1, result(self));
		EXPECT_EQ(room, self->c->args.out_reply_len);
		EXPECT_TRUE(has_pattern(self->room, room, 0, ANSWER));
		EXPECT_TRUE(has_fill(self->room + room, BIG - room));
		memset(self->room, FILL, room);
	}
}

/* S2.4: nothing to send, no room for a reply, nothing to receive into, no reply. */
TEST_F(pair, all_lengths_may_be_0_with_NULL)
{
	set_lengths(self, 0, 0);
	self->c->args.send_ptr = 0;
	self->c->args.reply_ptr = 0;
	ASSERT_EQ(0, client_send(self->c));
	self->rcvid = receive_soon(self->q, self->chid, NULL, 0, &self->info);
	ASSERT_LT(0, self->rcvid);
	EXPECT_EQ(0U, self->info.msglen);
	EXPECT_EQ(0U, self->info.srcmsglen);
	EXPECT_EQ(0U, self->info.dstmsglen);
	EXPECT_EQ(0, qmsg_msg_read(self->q, self->rcvid, self->buf, 8, 0));
	EXPECT_EQ(0, qmsg_msg_write(self->q, self->rcvid, "x", 1, 0));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 1, NULL, 0));
	EXPECT_EQ(1, result(self));
	EXPECT_TRUE(has_fill(self->buf, 8));
}

/* A buffer of length 0 is not looked at, wherever it points. */
TEST_F(pair, base_of_an_empty_buffer_is_not_looked_at)
{
	set_lengths(self, 0, 0);
	self->c->args.send_ptr = 16;
	self->c->args.reply_ptr = ~0ULL;
	ASSERT_EQ(0, client_send(self->c));
	self->rcvid = receive_soon(self->q, self->chid, (void *)16, 0, NULL);
	ASSERT_LT(0, self->rcvid);
	EXPECT_EQ(0, qmsg_msg_read(self->q, self->rcvid, (void *)16, 0, 0));
	EXPECT_EQ(0, qmsg_msg_write(self->q, self->rcvid, (void *)16, 0, 0));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 1, (void *)16, 0));
	EXPECT_EQ(1, result(self));
}

/* S2.16: the reply comes where the message was. */
TEST_F(pair, send_and_reply_buffer_may_be_the_same)
{
	unsigned int i;

	for (i = 0; i < N_SIZES; i++) {
		set_lengths(self, sizes[i], sizes[i]);
		self->c->args.reply_ptr = self->c->args.send_ptr;
		ASSERT_EQ(0, deliver(self, BIG));
		EXPECT_TRUE(has_pattern(self->buf, sizes[i], 0, MESSAGE));
		ASSERT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, i, self->answer, sizes[i]));
		ASSERT_EQ(i, result(self));
		EXPECT_TRUE(has_pattern(self->message, sizes[i], 0, ANSWER));
		put_pattern(self->message, sizes[i], MESSAGE);
	}
}

/* S2.16: overlapping by half. */
TEST_F(pair, send_and_reply_buffer_may_overlap)
{
	set_lengths(self, 8192, 8192);
	self->c->args.reply_ptr = self->c->args.send_ptr + 4096;
	ASSERT_EQ(0, deliver(self, 100));
	EXPECT_EQ(8192, qmsg_msg_read(self->q, self->rcvid, self->buf, 8192, 0));
	EXPECT_TRUE(has_pattern(self->buf, 8192, 0, MESSAGE));
	ASSERT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 1, self->answer, 8192));
	ASSERT_EQ(1, result(self));
	EXPECT_TRUE(has_pattern(self->message, 4096, 0, MESSAGE));
	EXPECT_TRUE(has_pattern(self->message + 4096, 8192, 0, ANSWER));
}

/* S2.15: a short message is as it was when it was sent, however late it is received. */
TEST_F(pair, short_message_is_a_snapshot)
{
	set_lengths(self, 100, 0);
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
	memset(self->message, 0, 100);
	self->rcvid = receive_now(self->q, self->chid, self->buf, BIG, &self->info);
	ASSERT_LT(0, self->rcvid);
	EXPECT_TRUE(has_pattern(self->buf, 100, 0, MESSAGE));
	EXPECT_EQ(100, qmsg_msg_read(self->q, self->rcvid, self->buf, BIG, 0));
	EXPECT_TRUE(has_pattern(self->buf, 100, 0, MESSAGE));
}

/* The same for a message that a waiting receiver takes: what was seen once stays (D18). */
TEST_F(pair, what_was_received_does_not_change_afterwards)
{
	set_lengths(self, 64, 0);
	ASSERT_EQ(0, deliver(self, BIG));
	memset(self->message, 0, 64);
	EXPECT_EQ(64, qmsg_msg_read(self->q, self->rcvid, self->buf, BIG, 0));
	EXPECT_TRUE(has_pattern(self->buf, 64, 0, MESSAGE));
}

/* Not aligned to anything on either side. */
TEST_F(pair, buffers_need_no_alignment)
{
	size_t shift;

	for (shift = 1; shift < 4097; shift = shift * 3 + 1) {
		set_lengths(self, 5000, 5000);
		self->c->args.send_ptr += shift;
		self->c->args.reply_ptr += shift + 1;
		ASSERT_EQ(0, client_send(self->c));
		self->rcvid = receive_soon(self->q, self->chid, self->buf + shift + 2, 5000, NULL);
		ASSERT_LT(0, self->rcvid);
		EXPECT_TRUE(has_pattern(self->buf + shift + 2, 5000, shift, MESSAGE));
		ASSERT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 0, self->answer + 1, 5000));
		ASSERT_EQ(0, result(self));
		EXPECT_TRUE(has_fill(self->room, shift + 1));
		EXPECT_TRUE(has_pattern(self->room + shift + 1, 5000, 1, ANSWER));
		EXPECT_TRUE(has_fill(self->room + shift + 5001, 100));
		memset(self->room, FILL, 20000);
		memset(self->buf, FILL, 20000);
	}
}

TEST_HARNESS_MAIN
