// SPDX-License-Identifier: GPL-2.0-only
/* D4: receive ids of 8, 31 and 63 bits: how they are given out, and what a stale one reaches. */
#include "kselftest_harness.h"
#include "qmsg_test.h"

FIXTURE(rcvid) {
	struct peer *me;
	struct client *c;
	int q;
	int chid;
};

FIXTURE_VARIANT(rcvid) {
	unsigned int bits;
};

FIXTURE_VARIANT_ADD(rcvid, bits_8) { 8 };
FIXTURE_VARIANT_ADD(rcvid, bits_31) { 31 };
FIXTURE_VARIANT_ADD(rcvid, bits_63) { 63 };

FIXTURE_SETUP(rcvid)
{
	self->me = peer_self();
	self->q = peer_open(self->me);
	ASSERT_LE(0, self->q);
	ASSERT_EQ(0, qmsg_setup(self->q, variant->bits));
	self->chid = qmsg_channel_create(self->q, 0);
	self->c = client_connect(self->me, getpid(), self->chid);
	ASSERT_NE(NULL, self->c);
}

FIXTURE_TEARDOWN(rcvid)
{
	close(self->q);
}

typedef FIXTURE_DATA(rcvid) scene;

static bool in_range(int64_t rcvid, unsigned int bits)
{
	return rcvid > 0 && (bits == 63 || rcvid < 1LL << bits);
}

/* One request, answered: its id. */
static int64_t one(scene *s)
{
	int64_t rcvid = client_send_received(s->c, s->q, s->chid, NULL);

	if (rcvid <= 0)
		return rcvid;
	return qmsg_msg_reply(s->q, rcvid, 0, NULL, 0) || client_wait(s->c) ? -EPROTO : rcvid;
}

TEST_F(rcvid, QUERY_tells_the_width)
{
	struct qmsg_query query = { 0 };

	ASSERT_EQ(0, qmsg_query(self->q, &query));
	EXPECT_EQ(variant->bits, query.out_rcvid_bits);
}

/* Never 0, never negative, never above the width; rounds enough to wrap 8 bits. */
TEST_F(rcvid, ids_are_positive_and_below_the_width)
{
	int i, n = few_rounds(variant->bits == 8 ? 600 : 100);

	for (i = 0; i < n; i++) {
		int64_t rcvid = one(self);

		ASSERT_TRUE(in_range(rcvid, variant->bits)) TH_LOG("id %ld", (long)rcvid);
	}
}

/* The one before is stale at once, and stays so for as long as the width allows. */
TEST_F(rcvid, stale_id_is_refused)
{
	int64_t first = one(self);
	int i;

	ASSERT_LT(0, first);
	for (i = 0; i < 40; i++) {
		int64_t rcvid = client_send_received(self->c, self->q, self->chid, NULL);

		ASSERT_LT(0, rcvid);
		ASSERT_NE(first, rcvid);
		EXPECT_EQ(-ESRCH, qmsg_msg_reply(self->q, first, 1, NULL, 0));
		EXPECT_EQ(-ESRCH, qmsg_msg_error(self->q, first, EIO));
		EXPECT_FALSE(client_done(self->c));
		ASSERT_EQ(0, qmsg_msg_reply(self->q, rcvid, 0, NULL, 0));
		ASSERT_EQ(0, client_wait(self->c));
		ASSERT_EQ(0, client_result(self->c));
	}
}

/* "Not again before the (about) 2^bits others have been": at 8 bits a quarter is a safe bound. */
TEST_F(rcvid, value_comes_again_only_after_the_others)
{
	int i, n = few_rounds(1000);
	int last[256] = { 0 };

	if (variant->bits != 8)
		SKIP(return, "takes too many requests");
	for (i = 1; i <= n; i++) {
		int64_t rcvid = one(self);

		ASSERT_TRUE(in_range(rcvid, 8));
		if (last[rcvid])
			ASSERT_LE(64, i - last[rcvid]) TH_LOG("id %ld after %d", (long)rcvid,
							      i - last[rcvid]);
		last[rcvid] = i;
	}
}

/* A value in use is not given out again, however often the others wrap. */
TEST_F(rcvid, id_never_equals_a_live_one)
{
	struct client *held = client_connect(self->me, getpid(), self->chid);
	int i, n = few_rounds(variant->bits == 8 ? 600 : 50);
	int64_t live;

	ASSERT_NE(NULL, held);
	live = client_send_received(held, self->q, self->chid, NULL);
	ASSERT_TRUE(in_range(live, variant->bits));
	for (i = 0; i < n; i++)
		ASSERT_NE(live, one(self));
	EXPECT_FALSE(client_done(held));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, live, 9, NULL, 0));
	EXPECT_EQ(0, client_wait(held));
	EXPECT_EQ(9, client_result(held));
}

/* The number of requests that can wait for their answers: 2^(bits - 2). */
#define MANY 64

TEST_F(rcvid, as_many_live_ids_as_the_width_allows)
{
	struct client *c[MANY];
	int64_t ids[MANY];
	int i, j;

	for (i = 0; i < MANY; i++) {
		c[i] = client_connect(self->me, getpid(), self->chid);
		ASSERT_NE(NULL, c[i]);
		ids[i] = client_send_received(c[i], self->q, self->chid, NULL);
		ASSERT_TRUE(in_range(ids[i], variant->bits));
		for (j = 0; j < i; j++)
			ASSERT_NE(ids[j], ids[i]);
	}
	for (i = 0; i < MANY; i++)
		ASSERT_EQ(0, qmsg_msg_reply(self->q, ids[i], i, NULL, 0));
	for (i = 0; i < MANY; i++) {
		EXPECT_EQ(0, client_wait(c[i]));
		EXPECT_EQ(i, client_result(c[i]));
	}
}

/* One more than that is refused, and accepted again as soon as one has been answered. */
TEST_F(rcvid, one_more_than_the_width_allows_is_EAGAIN)
{
	struct client *c[MANY], *more;
	int64_t ids[MANY];
	int i;

	if (variant->bits != 8)
		SKIP(return, "takes too many requests");
	for (i = 0; i < MANY; i++) {
		c[i] = client_connect(self->me, getpid(), self->chid);
		ids[i] = client_send_received(c[i], self->q, self->chid, NULL);
		ASSERT_LT(0, ids[i]);
	}
	more = client_connect(self->me, getpid(), self->chid);
	ASSERT_EQ(0, client_send(more));
	ASSERT_EQ(0, client_wait(more));
	EXPECT_EQ(-EAGAIN, client_result(more));
	ASSERT_EQ(0, qmsg_msg_reply(self->q, ids[0], 0, NULL, 0));
	ASSERT_EQ(0, client_wait(c[0]));
	EXPECT_LT(0, client_send_received(more, self->q, self->chid, NULL));
	EXPECT_EQ(0, wait_for_client(more, "REPLY"));
}

/* QMSG_IOC_SETUP: not once there is, or was, a channel. */
TEST_F(rcvid, setup_after_a_channel_is_EBUSY)
{
	EXPECT_EQ(-EBUSY, qmsg_setup(self->q, 31));
	ASSERT_EQ(0, qmsg_channel_destroy(self->q, self->chid));
	EXPECT_EQ(-EBUSY, qmsg_setup(self->q, 31));
}

TEST(widths_out_of_range_are_EINVAL)
{
	static const unsigned int bad[] = { 1, 7, 64, 128, ~0U };
	struct qmsg_query query = { 0 };
	int q = qmsg_open();
	unsigned int i;

	ASSERT_LE(0, q);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		EXPECT_EQ(-EINVAL, qmsg_setup(q, bad[i]));
	EXPECT_EQ(0, qmsg_setup(q, 8));
	EXPECT_EQ(0, qmsg_setup(q, 0));
	ASSERT_EQ(0, qmsg_query(q, &query));
	EXPECT_EQ(63U, query.out_rcvid_bits);
}

/* Where they start is not to be guessed: two contexts do not give the same ids. */
TEST(ids_start_somewhere_else_each_time)
{
	int64_t first[4];
	int i, j, same = 0;

	for (i = 0; i < 4; i++) {
		scene s = { .me = peer_self() };

		s.q = peer_open(s.me);
		s.chid = qmsg_channel_create(s.q, 0);
		s.c = client_connect(s.me, getpid(), s.chid);
		ASSERT_NE(NULL, s.c);
		first[i] = one(&s);
		ASSERT_LT(0, first[i]);
		for (j = 0; j < i; j++)
			same += first[i] == first[j];
	}
	EXPECT_EQ(0, same);
}

TEST_HARNESS_MAIN
