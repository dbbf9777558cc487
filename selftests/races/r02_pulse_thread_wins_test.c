// SPDX-License-Identifier: GPL-2.0-only
/*
 * R2: UNBLOCK is set, both threads of the server answer, and the one that got the pulse
 * is first (source 000, figure 1; T19, T22). The worker's late answer must not reach
 * what the client sends next.
 */
#include "kselftest_harness.h"
#include "arena_run.h"
#include "chart.h"

FIXTURE(pulse_thread) {
	struct chart s;
	struct player *c, *w, *p, *v;
};

FIXTURE_VARIANT(pulse_thread) {
	unsigned int bits;
};

FIXTURE_VARIANT_ADD(pulse_thread, rcvid_63) { .bits = 63 };
FIXTURE_VARIANT_ADD(pulse_thread, rcvid_31) { .bits = 31 };
FIXTURE_VARIANT_ADD(pulse_thread, rcvid_8) { .bits = 8 };

FIXTURE_SETUP(pulse_thread)
{
	ASSERT_EQ(0, chart_open(&self->s, QMSG_CHF_UNBLOCK, variant->bits));
	self->c = &self->s.c;
	self->w = &self->s.w;
	self->p = &self->s.p;
	self->v = &self->s.v;
}

FIXTURE_TEARDOWN(pulse_thread)
{
	chart_close(&self->s);
}

/* Up to the moment in which P holds the pulse and W is about to answer. */
static bool is_asked(struct player *c, struct player *w, struct player *p)
{
	return !sends(c, 1) && !receives(w) && w->number == 1 && !becomes(c, "REPLY") &&
	       !asks_to_leave(c) && !receives(p) && got_unblock(p, w->rcvid);
}

TEST_F(pulse_thread, wins_and_the_worker_is_refused)
{
	ASSERT_TRUE(is_asked(self->c, self->w, self->p));
	EXPECT_EQ(0, fails(self->p, self->w->rcvid, EINTR));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(aborted(self->c, EINTR));
	EXPECT_EQ(1, self->c->w.handled_at_return);

	ASSERT_EQ(0, sends(self->c, 2));
	ASSERT_EQ(0, receives(self->v));
	EXPECT_EQ(2, self->v->number);
	EXPECT_NE(self->w->rcvid, self->v->rcvid);

	EXPECT_EQ(-ESRCH, replies(self->w));
	EXPECT_TRUE(is_now(self->c, "REPLY"));
	EXPECT_EQ(0, replies(self->v));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(answered(self->c, 2));
	EXPECT_TRUE(no_pulse(&self->s));
}

/* The request that follows knows nothing of the unblock request (S5.4, S5.6). */
TEST_F(pulse_thread, leaves_no_trace_on_the_next_request)
{
	ASSERT_TRUE(is_asked(self->c, self->w, self->p));
	ASSERT_EQ(0, asks_info(self->p, self->w->rcvid));
	EXPECT_TRUE(self->p->info.flags & QMSG_MI_UNBLOCK_REQ);
	EXPECT_EQ(QMSG_UNBLOCK_SIGNAL, self->p->info.unblock_reasons);
	EXPECT_EQ(EINTR, self->p->info.unblock_error);
	EXPECT_EQ(0, fails(self->p, self->w->rcvid, QMSG_ERROR_REASON));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(aborted(self->c, EINTR));

	ASSERT_EQ(0, sends(self->c, 2));
	ASSERT_EQ(0, receives(self->v));
	EXPECT_EQ(-ESRCH, asks_info(self->w, self->w->rcvid));
	ASSERT_EQ(0, asks_info(self->v, self->v->rcvid));
	EXPECT_FALSE(self->v->info.flags & QMSG_MI_UNBLOCK_REQ);
	EXPECT_EQ(0, self->v->info.unblock_reasons);
	EXPECT_EQ(0, self->v->info.unblock_error);

	/* ... and can be asked to unblock in its turn, with one pulse */
	ASSERT_EQ(0, asks_to_leave(self->c));
	ASSERT_EQ(0, receives(self->p));
	EXPECT_TRUE(got_unblock(self->p, self->v->rcvid));
	EXPECT_EQ(0, replies(self->v));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(answered(self->c, 2));
	EXPECT_TRUE(no_pulse(&self->s));
}

/* ------------------------------------------------------------------- hammer */

/* The worker knows nothing of pulses and answers whatever happened meanwhile. */
static void work(struct arena *a, struct entry *e, int64_t rcvid)
{
	race_spin(a->delay_answer);
	if (!(race_random() % 2))
		arena_linger(a, 1 + race_random() % 4);
	if (race_random() % 2 && arena_asked(a, e, rcvid) == 1)
		atomic_store(&e->seen, 1);
	arena_answer(a, e, rcvid);
}

/* The pulse thread aborts at once. Never EINVAL: the reason was there with the pulse. */
static void abort_at_once(struct arena *a, int64_t rcvid)
{
	int ret = arena_abort(a, rcvid);
	struct entry *e = arena_find(a, rcvid);

	if (!e)
		return;
	arena_count(a, e, ret);
	atomic_fetch_add(&e->pulses, 1);
}

ARENA_FIXTURE

#define HAMMER(name, width)						\
	FIXTURE_VARIANT_ADD(hammer, name) {				\
		.race = { .flags = QMSG_CHF_UNBLOCK, .bits = width,	\
			  .left_errno = EINTR, .on_message = work,	\
			  .on_pulse = abort_at_once }			\
	}

HAMMER(rcvid_63, 63);
HAMMER(rcvid_31, 31);
HAMMER(rcvid_8, 8);

TEST_F_TIMEOUT(hammer, one_answer_wins, RACE_TIMEOUT)
{
	struct tally t;

	ARENA_RUN(&variant->race, race_rounds(3), &t);
	RACE_SHOULD_COME_UP(0 < t.stale);
	RACE_SHOULD_COME_UP(0 < t.aborts);
}

TEST_HARNESS_MAIN
