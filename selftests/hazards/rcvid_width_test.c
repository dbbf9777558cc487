// SPDX-License-Identifier: GPL-2.0-only
/*
 * C10: the width of receive ids, and how soon one is seen again. The wrap is reached by
 * shrinking the ids, not by waiting for 2^63 requests.
 */
#include "kselftest_harness.h"
#include "hazard.h"

FIXTURE(width)
{
	int chid, coid;
	struct client *c;
};

FIXTURE_SETUP(width)
{
	ASSERT_LE(0, peer_open(peer_self()));
}

FIXTURE_TEARDOWN_PARENT(width)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

static void set_up(struct __test_metadata *_metadata, FIXTURE_DATA(width) *self, unsigned int bits)
{
	ASSERT_EQ(0, qmsg_setup(Q, bits));
	self->chid = qmsg_channel_create(Q, 0);
	ASSERT_LT(0, self->chid);
	self->coid = qmsg_connect_attach(Q, 0, self->chid, QMSG_SIDE_CHANNEL, 0);
	self->c = client_new(peer_self(), self->coid);
}

/* One whole request; its receive id. */
static int64_t one_request(FIXTURE_DATA(width) *self)
{
	int64_t rcvid = client_send_received(self->c, Q, self->chid, NULL);

	if (rcvid > 0 && (qmsg_msg_reply(Q, rcvid, 0, NULL, 0) || client_wait(self->c)))
		return -1;
	return rcvid;
}

TEST_F(width, C10_out_of_range_widths_are_refused)
{
	static const unsigned int bad[] = { 1, 2, 7, 64, 65, 255, 0x80000000, 0xffffffff };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, qmsg_setup(Q, bad[i])) TH_LOG("%u bits", bad[i]);
	}
	EXPECT_EQ(0, qmsg_setup(Q, 8));
	EXPECT_EQ(0, qmsg_setup(Q, 63));
}

TEST_F(width, C10_the_width_cannot_change_once_there_was_a_channel)
{
	int chid = qmsg_channel_create(Q, 0);
	struct qmsg_query query;

	EXPECT_EQ(-EBUSY, qmsg_setup(Q, 31));
	ASSERT_EQ(0, qmsg_channel_destroy(Q, chid));
	EXPECT_EQ(-EBUSY, qmsg_setup(Q, 31));
	ASSERT_EQ(0, qmsg_query(Q, &query));
	EXPECT_EQ(63, query.out_rcvid_bits);
}

TEST_F(width, C10_every_id_fits_its_width)
{
	for (unsigned int bits = 8; bits <= 63; bits++) {
		struct qmsg_query query;
		int64_t rcvid;

		set_up(_metadata, self, bits);
		ASSERT_EQ(0, qmsg_query(Q, &query));
		EXPECT_EQ(bits, query.out_rcvid_bits);
		for (int i = 0; i < 4; i++) {
			rcvid = one_request(self);
			EXPECT_LT(0, rcvid);
			EXPECT_GT(1ULL << bits, (uint64_t)rcvid)
				TH_LOG("%u bits gave %#llx", bits, (long long)rcvid);
		}
		client_free(self->c);
		ASSERT_EQ(0, peer_close(peer_self(), Q));
		ASSERT_LE(0, peer_open(peer_self()));
	}
}

/* "A value is not given out again before about 2^bits others": half of that is asked for. */
TEST_F(width, C10_eight_bits_wrap_late)
{
	int last_seen[256], n = rounds_by(5);

	memset(last_seen, 0, sizeof(last_seen));
	set_up(_metadata, self, 8);
	for (int i = 1; i <= n; i++) {
		int64_t rcvid = one_request(self);

		ASSERT_LT(0, rcvid);
		ASSERT_GT(256, rcvid);
		if (last_seen[rcvid]) {
			EXPECT_LE(128, i - last_seen[rcvid])
				TH_LOG("%d again after %d", (int)rcvid, i - last_seen[rcvid]);
		}
		last_seen[rcvid] = i;
	}
}

TEST_F(width, C10_a_stale_id_stays_stale_through_half_a_generation)
{
	int64_t stale;

	set_up(_metadata, self, 8);
	stale = one_request(self);
	for (int i = 0; i < 127; i++) {
		int64_t rcvid = client_send_received(self->c, Q, self->chid, NULL);

		ASSERT_LT(0, rcvid);
		ASSERT_NE(stale, rcvid) TH_LOG("after %d others", i);
		EXPECT_EQ(-ESRCH, qmsg_msg_reply(Q, stale, 99, "bad", 3));
		EXPECT_EQ(-ESRCH, qmsg_msg_error(Q, stale, EIO));
		ASSERT_EQ(0, qmsg_msg_reply(Q, rcvid, i, NULL, 0));
		ASSERT_EQ(0, client_wait(self->c));
		ASSERT_EQ(i, client_result(self->c));
	}
}

TEST_F(width, C10_thirty_one_bits_never_repeat_in_a_test)
{
	int n = rounds_by(5);
	int64_t *seen = calloc(n, sizeof(*seen));

	ASSERT_TRUE(seen != NULL);
	set_up(_metadata, self, 31);
	for (int i = 0; i < n; i++) {
		seen[i] = one_request(self);
		ASSERT_LT(0, seen[i]);
		ASSERT_GE(INT32_MAX, seen[i]);
		for (int j = i > 200 ? i - 200 : 0; j < i; j++) {
			ASSERT_NE(seen[j], seen[i]);
		}
	}
	free(seen);
}

TEST_F(width, C10_contexts_do_not_start_at_the_same_id)
{
	int64_t first[8];
	int same = 0;

	for (int i = 0; i < 8; i++) {
		set_up(_metadata, self, 63);
		first[i] = one_request(self);
		ASSERT_LT(0, first[i]);
		for (int j = 0; j < i; j++)
			same += first[j] == first[i];
		client_free(self->c);
		ASSERT_EQ(0, peer_close(peer_self(), Q));
		ASSERT_LE(0, peer_open(peer_self()));
	}
	EXPECT_EQ(0, same);
}

/* 2^(8-2) requests can wait for their answers. One more is refused, and mixes up nothing. */
TEST_F(width, C10_more_waiting_requests_than_ids)
{
	enum { MOST = 64 };
	struct client *c[MOST + 1];
	int64_t rcvid[MOST + 1];

	set_up(_metadata, self, 8);
	for (int i = 0; i < MOST; i++) {
		c[i] = client_new(peer_self(), self->coid);
		rcvid[i] = client_send_received(c[i], Q, self->chid, NULL);
		ASSERT_LT(0, rcvid[i]) TH_LOG("request %d", i);
	}
	c[MOST] = client_new(peer_self(), self->coid);
	ASSERT_EQ(0, client_send(c[MOST]));
	ASSERT_EQ(0, client_wait(c[MOST]));
	EXPECT_EQ(-EAGAIN, client_result(c[MOST]));
	EXPECT_EQ(0, expect_nothing(Q, self->chid));

	ASSERT_EQ(0, qmsg_msg_reply(Q, rcvid[10], 10, NULL, 0));
	ASSERT_EQ(0, client_wait(c[10]));
	rcvid[MOST] = client_send_received(c[MOST], Q, self->chid, NULL);
	ASSERT_LT(0, rcvid[MOST]);
	for (int i = 0; i <= MOST; i++) {
		if (i != 10) {
			EXPECT_NE(rcvid[i], rcvid[10]);
		}
		EXPECT_EQ(i == 10 ? -ESRCH : 0, qmsg_msg_reply(Q, rcvid[i], i, NULL, 0));
		ASSERT_EQ(0, client_wait(c[i]));
		EXPECT_EQ(i, client_result(c[i]));
	}
}

TEST_HARNESS_MAIN
