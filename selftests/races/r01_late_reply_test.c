// SPDX-License-Identifier: GPL-2.0-only
/*
 * R1: without UNBLOCK the client leaves, sends again, and only then the worker answers
 * the first request (source 001; S1.27, S1.29, S5.41, T14). On QNX the answer reaches the
 * second request. Here it reaches nobody.
 */
#include "kselftest_harness.h"
#include "arena_run.h"
#include "chart.h"

FIXTURE(late_reply) {
	struct chart s;
	struct player *c, *w, *p;
};

FIXTURE_VARIANT(late_reply) {
	unsigned int bits;
};

FIXTURE_VARIANT_ADD(late_reply, rcvid_63) { .bits = 63 };
FIXTURE_VARIANT_ADD(late_reply, rcvid_31) { .bits = 31 };
FIXTURE_VARIANT_ADD(late_reply, rcvid_8) { .bits = 8 };

FIXTURE_SETUP(late_reply)
{
	ASSERT_EQ(0, chart_open(&self->s, 0, variant->bits));
	self->c = &self->s.c;
	self->w = &self->s.w;
	self->p = &self->s.p;
}

FIXTURE_TEARDOWN(late_reply)
{
	chart_close(&self->s);
}

/* C sends A, W receives it; C leaves by a signal, sends B, P receives that. */
static bool abandons(struct player *c, struct player *w, struct player *p)
{
	return !sends(c, 1) && !receives(w) && !becomes(c, "REPLY") && !is_hit(c) &&
	       ends(c) == -EINTR && !sends(c, 2) && !receives(p) && p->number == 2;
}

TEST_F(late_reply, reaches_nobody)
{
	ASSERT_TRUE(abandons(self->c, self->w, self->p));
	EXPECT_NE(self->w->rcvid, self->p->rcvid);
	EXPECT_EQ(-ESRCH, replies(self->w));
	EXPECT_TRUE(is_now(self->c, "REPLY"));
	EXPECT_EQ(0, replies(self->p));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(answered(self->c, 2));
}

TEST_F(late_reply, reaches_nobody_after_the_second_answer_either)
{
	ASSERT_TRUE(abandons(self->c, self->w, self->p));
	EXPECT_EQ(0, replies(self->p));
	ASSERT_EQ(0, ends(self->c));
	ASSERT_EQ(0, sends(self->c, 3));
	ASSERT_EQ(0, receives(self->p));
	EXPECT_EQ(-ESRCH, replies(self->w));
	EXPECT_EQ(0, replies(self->p));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(answered(self->c, 3));
}

/* Everything that takes a receive id refuses the stale one and leaves B alone. */
TEST_F(late_reply, every_call_refuses_the_stale_id)
{
	struct qmsg_msg_info info;
	uint64_t word = 77;
	int64_t stale;
	int qs = self->s.qs;

	ASSERT_TRUE(abandons(self->c, self->w, self->p));
	stale = self->w->rcvid;
	EXPECT_EQ(-ESRCH, qmsg_msg_error(qs, stale, EIO));
	EXPECT_EQ(-ESRCH, qmsg_msg_error(qs, stale, ERESTART));
	EXPECT_EQ(-ESRCH, qmsg_msg_error(qs, stale, QMSG_ERROR_REASON));
	EXPECT_EQ(-ESRCH, qmsg_msg_read(qs, stale, &word, sizeof(word), 0));
	EXPECT_EQ(77, word);
	EXPECT_EQ(-ESRCH, qmsg_msg_write(qs, stale, &word, sizeof(word), 0));
	EXPECT_EQ(-ESRCH, qmsg_msg_info(qs, stale, &info));
	EXPECT_TRUE(is_now(self->c, "REPLY"));
	EXPECT_EQ(0, replies(self->p));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(answered(self->c, 2));
}

/* One call that answers and receives: the refusal is told, the receive goes on. */
TEST_F(late_reply, reply_receive_refuses_it_and_receives)
{
	uint64_t word = 1, got = 0;
	struct qmsg_msg_reply_receive args = {
		.status = 1,
		.reply_ptr = (uintptr_t)&word,
		.reply_len = sizeof(word),
		.chid = self->s.chid,
		.buf_ptr = (uintptr_t)&got,
		.buf_len = sizeof(got),
	};

	ASSERT_EQ(0, sends(self->c, 1));
	ASSERT_EQ(0, receives(self->w));
	ASSERT_EQ(0, becomes(self->c, "REPLY"));
	ASSERT_EQ(0, is_hit(self->c));
	ASSERT_EQ(-EINTR, ends(self->c));
	ASSERT_EQ(0, sends(self->c, 2));
	ASSERT_EQ(0, becomes(self->c, "SEND"));
	args.rcvid = self->w->rcvid;
	ASSERT_EQ(0, qmsg_msg_reply_receive_with(self->s.qs, &args));
	EXPECT_EQ(ESRCH, args.out_reply_error);
	EXPECT_EQ(0, args.rcvid);
	EXPECT_EQ(2, got);
	EXPECT_NE(self->w->rcvid, args.out_rcvid);
	self->w->rcvid = args.out_rcvid;
	self->w->number = got;
	EXPECT_EQ(0, replies(self->w));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(answered(self->c, 2));
}

/* Single-threaded server: B stays SEND-blocked while A's answer fails. */
TEST_F(late_reply, single_thread_only_wastes_work)
{
	ASSERT_EQ(0, sends(self->c, 1));
	ASSERT_EQ(0, receives(self->w));
	ASSERT_EQ(0, becomes(self->c, "REPLY"));
	ASSERT_EQ(0, is_hit(self->c));
	ASSERT_EQ(-EINTR, ends(self->c));
	ASSERT_EQ(0, sends(self->c, 2));
	ASSERT_EQ(0, becomes(self->c, "SEND"));
	EXPECT_EQ(-ESRCH, replies(self->w));
	EXPECT_TRUE(is_now(self->c, "SEND"));
	ASSERT_EQ(0, receives(self->w));
	EXPECT_EQ(2, self->w->number);
	EXPECT_EQ(0, replies(self->w));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(answered(self->c, 2));
}

/* An id kept for long is refused for (about) 2^bits requests; three quarters are sure. */
TEST_F_TIMEOUT(late_reply, stays_refused_while_ids_come_round, RACE_TIMEOUT)
{
	unsigned int others = variant->bits == 8 ? 192 : 1000;
	int64_t stale;

	ASSERT_TRUE(abandons(self->c, self->w, self->p));
	stale = self->w->rcvid;
	for (unsigned int n = 2; n < others; n++) {
		ASSERT_NE(stale, self->p->rcvid);
		ASSERT_EQ(0, self->p->rcvid >> variant->bits);
		ASSERT_EQ(-ESRCH, qmsg_msg_reply(self->s.qs, stale, 1, NULL, 0));
		ASSERT_EQ(0, replies(self->p));
		ASSERT_EQ(0, ends(self->c));
		ASSERT_TRUE(answered(self->c, n));
		ASSERT_EQ(0, sends(self->c, n + 1));
		ASSERT_EQ(0, receives(self->p));
	}
	EXPECT_EQ(0, replies(self->p));
	EXPECT_EQ(0, ends(self->c));
}

/* ------------------------------------------------------------------- hammer */

/* Every fourth worker waits until the client has gone on to other requests. */
static void work(struct arena *a, struct entry *e, int64_t rcvid)
{
	race_spin(a->delay_answer);
	if (!(race_random() % 4))
		arena_linger(a, 1 + race_random() % 4);
	arena_answer(a, e, rcvid);
}

static void refuse_pulse(struct arena *a, int64_t rcvid)
{
	arena_strange(a, "an unblock pulse without UNBLOCK", rcvid);
}

ARENA_FIXTURE

#define HAMMER(name, width)						\
	FIXTURE_VARIANT_ADD(hammer, name) {				\
		.race = { .bits = width, .left_errno = EINTR,		\
			  .on_message = work, .on_pulse = refuse_pulse }	\
	}

HAMMER(rcvid_63, 63);
HAMMER(rcvid_31, 31);
HAMMER(rcvid_8, 8);

TEST_F_TIMEOUT(hammer, late_replies_reach_nobody, RACE_TIMEOUT)
{
	struct tally t;

	ARENA_RUN(&variant->race, race_rounds(3), &t);
	RACE_SHOULD_COME_UP(0 < t.stale);
	EXPECT_EQ(0, t.pulses);
}

TEST_HARNESS_MAIN
