// SPDX-License-Identifier: GPL-2.0-only
/*
 * D18, S2.8, S2.12, F10, F11, F16: messages and replies of every size around the thresholds,
 * at odd addresses, in many pieces: every byte arrives, and none beside them is touched.
 */
/* build: also -m32 */
#include "window.h"

static const size_t sizes[] = {
	1, 255, 256, 257, WINDOW_MIN - 1, WINDOW_MIN, WINDOW_MIN + 1, PAGE - 1, PAGE, PAGE + 1,
	2 * PAGE, 2 * PAGE + 1, 65535, 65536, 65537, 65536 + PAGE, 2 * 65536, 2 * 65536 + 1,
	300001,
};

static const size_t starts[] = { PAGE, PAGE + 1, 2 * PAGE - 1, PAGE + 2048, PAGE + 3001 };

/* The first reply of its size is copied twice, the others are not. */
#define TIMES	3

/* Which the echo must not have touched. */
static bool guards_are_whole(const char *p, size_t len)
{
	return has_fill(p - GUARD, GUARD) && has_fill(p + len, GUARD);
}

static void echo_plain(struct __test_metadata *_metadata, scene *self, size_t len, size_t at)
{
	char *in = self->buf + at, *back = self->room + at;

	set_lengths(self, len, len);
	self->c->args.send_ptr = (uintptr_t)self->message + at;
	self->c->args.reply_ptr = (uintptr_t)back;
	memset(in - GUARD, FILL, len + 2 * GUARD);
	memset(back - GUARD, FILL, len + 2 * GUARD);
	ASSERT_EQ(0, client_send(self->c));
	self->rcvid = receive_soon(self->q, self->chid, in, len, &self->info);
	ASSERT_LT(0, self->rcvid);
	EXPECT_EQ(len, self->info.msglen);
	EXPECT_EQ(len, self->info.srcmsglen);
	ASSERT_EQ(0, memcmp(in, self->message + at, len)) TH_LOG("%zu at %zu", len, at);
	ASSERT_TRUE(guards_are_whole(in, len)) TH_LOG("%zu at %zu", len, at);
	ASSERT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 7, in, len));
	ASSERT_EQ(7, result(self));
	EXPECT_EQ(len, self->c->args.out_reply_len);
	ASSERT_EQ(0, memcmp(back, self->message + at, len)) TH_LOG("%zu at %zu", len, at);
	ASSERT_TRUE(guards_are_whole(back, len)) TH_LOG("%zu at %zu", len, at);
}

TEST_F(pair, D18_S2_8_S2_12_every_size_at_every_address)
{
	for (size_t i = 0; i < COUNT(sizes); i++) {
		for (size_t j = 0; j < COUNT(starts) * TIMES; j++)
			echo_plain(_metadata, self, sizes[i], starts[j / TIMES]);
	}
}

/* From small to large and back: whatever is remembered of earlier replies. */
TEST_F(pair, D18_sizes_that_change_from_call_to_call)
{
	unsigned int n = 1;

	for (int i = 0; i < 200; i++) {
		n = n * 1103515245 + 12345;
		echo_plain(_metadata, self, sizes[n / 65536 % COUNT(sizes)],
			   starts[n / 4096 % COUNT(starts)]);
	}
}

/* ---- in pieces ---- */

#define MOST_PARTS	100
#define GAP		32

/*
 * @len bytes in @n parts from @base on, with GAP between them; every third is empty. Where
 * there are many, several lie in a page.
 */
static void split(struct iovec *iov, unsigned int n, char *base, size_t len)
{
	unsigned int full = n - n / 3, i;

	for (i = 0; i < n; i++) {
		size_t here = i % 3 == 1 ? 0 : len / full;

		if (i == n - 1)
			here = len;
		iov[i].iov_base = here ? base : (void *)16;
		iov[i].iov_len = here;
		base += here + GAP;
		len -= here;
		full -= i % 3 != 1;
	}
}

static void fill(unsigned int n, char *base, size_t len)
{
	memset(base - GUARD, FILL, len + n * GAP + 2 * GUARD);
}

/* The parts hold @bytes, and between them nothing has changed. */
static bool parts_hold(const struct iovec *iov, unsigned int n, const char *base,
		       const char *bytes)
{
	const char *at = base;

	for (unsigned int i = 0; i < n; i++) {
		if (memcmp(at, bytes, iov[i].iov_len))
			return false;
		at += iov[i].iov_len;
		bytes += iov[i].iov_len;
		if (!has_fill(at, GAP))
			return false;
		at += GAP;
	}
	return has_fill(base - GUARD, GUARD) && has_fill(at, GUARD);
}

/* What is sent of the message, in one piece. */
static void gather(const struct iovec *iov, unsigned int n, char *to)
{
	for (unsigned int i = 0; i < n; i++) {
		memcpy(to, iov[i].iov_base, iov[i].iov_len);
		to += iov[i].iov_len;
	}
}

static void send_parts(scene *self, unsigned int n, size_t len, size_t at)
{
	split(self->siov, n, self->message + at, len);
	split(self->riov, n, self->room + at, len);
	fill(n, self->room + at, len);
	set_lengths(self, n, n);
	self->c->args.flags = QMSG_SEND_IOV | QMSG_REPLY_IOV;
	self->c->args.send_ptr = (uintptr_t)self->siov;
	self->c->args.reply_ptr = (uintptr_t)self->riov;
}

static void echo_parts(struct __test_metadata *_metadata, scene *self, unsigned int n,
		       unsigned int m, size_t len, size_t at)
{
	struct qmsg_msg_receive rx = { .chid = self->chid, .deadline = QMSG_NO_DEADLINE };
	struct qmsg_msg_reply reply = { .flags = QMSG_REPLY_DATA_IOV };
	static char sent[300001 + PAGE];
	struct iovec iov[MOST_PARTS];

	send_parts(self, n, len, at);
	gather(self->siov, n, sent);
	split(iov, m, self->buf + at, len);
	fill(m, self->buf + at, len);
	rx.flags = QMSG_RECEIVE_IOV;
	rx.buf_ptr = reply.buf_ptr = (uintptr_t)iov;
	rx.buf_len = reply.buf_len = m;
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, qmsg_msg_receive_with(self->q, &rx));
	ASSERT_TRUE(parts_hold(iov, m, self->buf + at, sent)) TH_LOG("%zu in %u", len, n);
	reply.rcvid = rx.out_rcvid;
	ASSERT_EQ(0, qmsg_msg_reply_with(self->q, &reply));
	ASSERT_EQ(0, result(self));
	EXPECT_EQ(len, self->c->args.out_reply_len);
	ASSERT_TRUE(parts_hold(self->riov, n, self->room + at, sent)) TH_LOG("%zu in %u", len, n);
}

TEST_F(pair, D18_F11_pieces_on_both_sides)
{
	static const unsigned int parts[] = { 1, 3, 8, MOST_PARTS };

	for (size_t i = 0; i < COUNT(sizes); i++) {
		for (size_t j = 0; j < COUNT(parts) * COUNT(parts); j++) {
			unsigned int n = parts[j % COUNT(parts)], m = parts[j / COUNT(parts)];

			for (int k = 0; k < 2; k++)
				echo_parts(_metadata, self, n, m, sizes[i],
					   starts[(i + j) % COUNT(starts)]);
		}
	}
}

/* F10: the same bytes twice: they are sent twice; of a reply the later part counts. */
TEST_F(pair, D18_F10_pieces_that_overlap)
{
	enum { LEN = 10000, SHIFT = 1000 };

	for (int i = 0; i < TIMES; i++) {
		set_lengths(self, 2, 2);
		self->c->args.flags = QMSG_SEND_IOV | QMSG_REPLY_IOV;
		self->siov[0] = (struct iovec){ self->message, LEN };
		self->siov[1] = (struct iovec){ self->message + SHIFT, LEN };
		self->riov[0] = (struct iovec){ self->room, LEN };
		self->riov[1] = (struct iovec){ self->room + SHIFT, LEN };
		self->c->args.send_ptr = (uintptr_t)self->siov;
		self->c->args.reply_ptr = (uintptr_t)self->riov;
		memset(self->room, FILL, 2 * LEN);
		ASSERT_EQ(0, deliver(self, 3 * LEN));
		EXPECT_EQ(2 * LEN, self->info.msglen);
		EXPECT_TRUE(has_pattern(self->buf, LEN, 0, MESSAGE));
		EXPECT_TRUE(has_pattern(self->buf + LEN, LEN, SHIFT, MESSAGE));
		ASSERT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 0, self->answer, 2 * LEN));
		ASSERT_EQ(0, result(self));
		EXPECT_TRUE(has_pattern(self->room, SHIFT, 0, ANSWER));
		EXPECT_TRUE(has_pattern(self->room + SHIFT, LEN, LEN, ANSWER));
		EXPECT_TRUE(has_fill(self->room + SHIFT + LEN, LEN - SHIFT));
	}
}

/* F13: one buffer for both. */
TEST_F(pair, D18_F13_the_reply_overwrites_the_message)
{
	for (int i = 0; i < TIMES; i++) {
		set_lengths(self, 50000, 50000);
		self->c->args.reply_ptr = self->c->args.send_ptr + 1;
		ASSERT_EQ(0, deliver(self, 50000));
		EXPECT_TRUE(has_pattern(self->buf, 50000, 0, MESSAGE));
		ASSERT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 0, self->answer, 50000));
		ASSERT_EQ(0, result(self));
		EXPECT_EQ(pattern(0, MESSAGE), self->message[0]);
		EXPECT_TRUE(has_pattern(self->message + 1, 50000, 0, ANSWER));
		EXPECT_TRUE(has_pattern(self->message + 50001, 1000, 50001, MESSAGE));
		put_pattern(self->message, BIG, MESSAGE);
	}
}

TEST_HARNESS_MAIN
