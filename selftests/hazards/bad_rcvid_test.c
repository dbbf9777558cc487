// SPDX-License-Identifier: GPL-2.0-only
/*
 * A7, A11, C10: receive ids that are not, are no longer, or are somebody else's. A
 * request that waits meanwhile must never notice.
 */
#include "kselftest_harness.h"
#include "../abi/rig.h"

FIXTURE(bad_rcvid)
{
	struct rig rig;
};

FIXTURE_VARIANT(bad_rcvid)
{
	uid_t uid;
};

FIXTURE_VARIANT_ADD(bad_rcvid, root)
{
	.uid = 0,
};

FIXTURE_VARIANT_ADD(bad_rcvid, nobody)
{
	.uid = 65534,
};

FIXTURE_SETUP(bad_rcvid)
{
	ASSERT_EQ(0, rig_open(&self->rig, variant->uid));
}

FIXTURE_TEARDOWN_PARENT(bad_rcvid)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

static int try_fused(struct rig *r, int64_t rcvid)
{
	struct qmsg_msg_reply_receive args = { .size = sizeof(args) };
	int err;

	arm_msg_reply_receive(r, &args);
	args.rcvid = rcvid;
	err = qmsg_msg_reply_receive_with(r->q, &args);
	return err ?: -args.out_reply_error;
}

#define WAYS	6

/* The rcvid through one of the calls that take one. */
static int try_rcvid(struct rig *r, int way, int64_t rcvid)
{
	switch (way) {
	case 0:
		return qmsg_msg_reply(r->q, rcvid, 1, "bad", 3);
	case 1:
		return qmsg_msg_error(r->q, rcvid, EPROTO);
	case 2:
		return qmsg_msg_read(r->q, rcvid, r->in, RIG_BYTES, 0);
	case 3:
		return qmsg_msg_write(r->q, rcvid, "bad", 3, 0);
	case 4:
		return qmsg_msg_info(r->q, rcvid, &r->info);
	default:
		return try_fused(r, rcvid);
	}
}

static void expect_unknown(struct __test_metadata *_metadata, struct rig *r, int64_t rcvid)
{
	for (int way = 0; way < WAYS; way++) {
		if (way == 5 && !rcvid)
			continue;
		EXPECT_EQ(-ESRCH, try_rcvid(r, way, rcvid))
			TH_LOG("call %d, rcvid %#llx", way, (long long)rcvid);
	}
}

/* The client of the rig is where it was, and gets its own answer. */
static void expect_client_untouched(struct __test_metadata *_metadata, struct rig *r)
{
	char untouched[RIG_BYTES] = { 0 };

	EXPECT_EQ(0, memcmp(r->client_reply, untouched, RIG_BYTES));
	EXPECT_EQ(RIG_BYTES, qmsg_msg_read(r->q, r->rcvid, r->in, RIG_BYTES, 0));
	EXPECT_EQ('m', r->in[RIG_BYTES - 1]);
	EXPECT_EQ(0, qmsg_msg_reply(r->q, r->rcvid, 42, "mine", 4));
	rig_released(r);
	EXPECT_EQ(42, r->client_result);
	EXPECT_EQ(0, memcmp(r->client_reply, "mine", 4));
}

TEST_F(bad_rcvid, A7_numbers_that_were_never_given_out)
{
	static const int64_t never[] = {
		0, -1, 1, 2, 255, INT32_MAX, INT32_MIN, UINT32_MAX, INT64_MAX, INT64_MIN,
		(int64_t)0xffffffff00000000, (int64_t)0xffff888000000000,
	};

	for (size_t i = 0; i < ARRAY_SIZE(never); i++) {
		if (never[i] != self->rig.rcvid)
			expect_unknown(_metadata, &self->rig, never[i]);
	}
	expect_client_untouched(_metadata, &self->rig);
}

TEST_F(bad_rcvid, A7_every_neighbour_of_a_valid_one)
{
	int64_t good = self->rig.rcvid;

	for (int bit = 0; bit < 64; bit++)
		expect_unknown(_metadata, &self->rig, good ^ (int64_t)(1ULL << bit));
	for (int d = 1; d <= 64; d++) {
		expect_unknown(_metadata, &self->rig, good + d);
		expect_unknown(_metadata, &self->rig, good - d);
	}
	expect_unknown(_metadata, &self->rig, -good);
	expect_unknown(_metadata, &self->rig, (int32_t)good);
	expect_client_untouched(_metadata, &self->rig);
}

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

TEST_F(bad_rcvid, A7_random_numbers)
{
	uint64_t seed = 0x9e3779b97f4a7c15, given = self->rig.rcvid;
	int n = rounds(10000);

	for (int i = 0; i < n; i++) {
		/* half of them in the slot of the valid one, as far as one can guess it */
		uint64_t rcvid = next_random(&seed);

		if (i & 1)
			rcvid = (rcvid << 20) | (given & 0xfffff);
		if (rcvid == given)
			continue;
		ASSERT_EQ(-ESRCH, try_rcvid(&self->rig, i / 2 % 5, rcvid))
			TH_LOG("rcvid %#llx", (unsigned long long)rcvid);
	}
	expect_client_untouched(_metadata, &self->rig);
}

TEST_F(bad_rcvid, A7_after_its_answer_it_is_dead)
{
	int64_t answered = self->rig.rcvid;

	ASSERT_EQ(0, qmsg_msg_reply(self->rig.q, answered, 1, NULL, 0));
	rig_released(&self->rig);
	expect_unknown(_metadata, &self->rig, answered);
	ASSERT_EQ(0, rig_hold(&self->rig));
	EXPECT_NE(answered, self->rig.rcvid);
	expect_unknown(_metadata, &self->rig, answered);
	expect_client_untouched(_metadata, &self->rig);
}

TEST_F(bad_rcvid, A7_after_its_channel_it_is_dead)
{
	int64_t rcvid = self->rig.rcvid;

	ASSERT_EQ(0, qmsg_channel_destroy(self->rig.q, self->rig.held_chid));
	rig_released(&self->rig);
	EXPECT_EQ(-ESRCH, self->rig.client_result);
	for (int way = 0; way < 5; way++) {
		EXPECT_EQ(-ESRCH, try_rcvid(&self->rig, way, rcvid)) TH_LOG("call %d", way);
	}
}

TEST_F(bad_rcvid, A7_another_context_of_the_same_process)
{
	struct rig other = self->rig;

	other.q = self->rig.fresh;
	for (int way = 0; way < 5; way++) {
		EXPECT_EQ(-ESRCH, try_rcvid(&other, way, self->rig.rcvid)) TH_LOG("call %d", way);
	}
	expect_client_untouched(_metadata, &self->rig);
}

static int64_t try_in_other_process(void *arg)
{
	struct rig *r = arg;
	int64_t theirs = r->rcvid;
	struct rig mine;
	int bad = 0;

	if (rig_open(&mine, 0))
		return -1;
	for (int way = 0; way < WAYS; way++)
		bad += try_rcvid(&mine, way, theirs) != -ESRCH;
	for (int way = 0; way < 5; way++)
		bad += try_rcvid(r, way, theirs) != -EBADF;
	rig_close(&mine);
	return bad;
}

TEST_F(bad_rcvid, A7_another_process)
{
	struct peer *other;

	if (variant->uid)
		SKIP(return, "a dropped process may not open the device");
	other = peer_fork();
	EXPECT_EQ(0, peer_call(other, try_in_other_process, &self->rig));
	EXPECT_EQ(0, peer_end(other));
	expect_client_untouched(_metadata, &self->rig);
}

TEST_F(bad_rcvid, A11_offsets_at_and_beyond_the_end)
{
	static const uint64_t beyond[] = {
		RIG_BYTES, RIG_BYTES + 1, 4096, 1ULL << 31, 1ULL << 32, (1ULL << 32) + 1,
		1ULL << 63, INT64_MAX, UINT64_MAX - RIG_BYTES, UINT64_MAX - 1, UINT64_MAX,
	};
	struct rig *r = &self->rig;

	for (size_t i = 0; i < ARRAY_SIZE(beyond); i++) {
		memset(r->in, 0x5a, RIG_BYTES);
		EXPECT_EQ(0, qmsg_msg_read(r->q, r->rcvid, r->in, RIG_BYTES, beyond[i]))
			TH_LOG("read at %#llx", (unsigned long long)beyond[i]);
		EXPECT_EQ(0x5a, r->in[0]);
		EXPECT_EQ(0, qmsg_msg_write(r->q, r->rcvid, "bad", 3, beyond[i]))
			TH_LOG("write at %#llx", (unsigned long long)beyond[i]);
	}
	expect_client_untouched(_metadata, r);
}

TEST_F(bad_rcvid, H4_only_what_the_client_offered_can_be_reached)
{
	struct rig *r = &self->rig;

	for (int at = 0; at < RIG_BYTES; at++) {
		memset(r->in, 0x5a, RIG_BYTES);
		EXPECT_EQ(RIG_BYTES - at, qmsg_msg_read(r->q, r->rcvid, r->in, RIG_BYTES, at));
		EXPECT_EQ(at ? 0x5a : 'm', r->in[RIG_BYTES - 1]);
		EXPECT_EQ(RIG_BYTES - at, qmsg_msg_write(r->q, r->rcvid, r->out, RIG_BYTES, at));
	}
	/* the array behind client_reply in the rig is out: nothing ran over */
	EXPECT_EQ(0, qmsg_msg_write(r->q, r->rcvid, "bad", 3, RIG_BYTES));
	expect_client_untouched(_metadata, r);
}

TEST_HARNESS_MAIN
