// SPDX-License-Identifier: GPL-2.0-only
/*
 * R3: the server thread with the pulse is preempted, the worker answers, the client sends
 * again, and then the abort comes (source 000; T21, T22). It must not abort the request
 * nobody wanted to abort. A pulse that was not received yet is withdrawn (S5.12).
 */
#include "kselftest_harness.h"
#include "arena_run.h"
#include "chart.h"

FIXTURE(worker) {
	struct chart s;
	struct player *c, *w, *p, *v;
};

FIXTURE_VARIANT(worker) {
	unsigned int bits;
};

FIXTURE_VARIANT_ADD(worker, rcvid_63) { .bits = 63 };
FIXTURE_VARIANT_ADD(worker, rcvid_31) { .bits = 31 };
FIXTURE_VARIANT_ADD(worker, rcvid_8) { .bits = 8 };

FIXTURE_SETUP(worker)
{
	ASSERT_EQ(0, chart_open(&self->s, QMSG_CHF_UNBLOCK, variant->bits));
	self->c = &self->s.c;
	self->w = &self->s.w;
	self->p = &self->s.p;
	self->v = &self->s.v;
}

FIXTURE_TEARDOWN(worker)
{
	chart_close(&self->s);
}

/* P holds the pulse for A; W answers A; C sends B, received by V. */
static bool overtakes(struct player *c, struct player *w, struct player *p, struct player *v)
{
	return !sends(c, 1) && !receives(w) && !becomes(c, "REPLY") && !asks_to_leave(c) &&
	       !receives(p) && got_unblock(p, w->rcvid) && !replies(w) && !ends(c) &&
	       answered(c, 1) && !sends(c, 2) && !receives(v) && v->number == 2;
}

TEST_F(worker, wins_and_the_abort_is_refused)
{
	ASSERT_TRUE(overtakes(self->c, self->w, self->p, self->v));
	EXPECT_EQ(-ESRCH, fails(self->p, self->p->pulse.value, EINTR));
	EXPECT_TRUE(is_now(self->c, "REPLY"));
	EXPECT_EQ(0, replies(self->v));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(answered(self->c, 2));
	EXPECT_TRUE(no_pulse(&self->s));
}

/* What S5.37 asks of P: MsgInfo, and the pulse is seen to be stale. */
TEST_F(worker, wins_and_info_says_so)
{
	ASSERT_TRUE(overtakes(self->c, self->w, self->p, self->v));
	EXPECT_EQ(-ESRCH, asks_info(self->p, self->p->pulse.value));
	EXPECT_EQ(-ESRCH, fails(self->p, self->p->pulse.value, QMSG_ERROR_REASON));
	ASSERT_EQ(0, asks_info(self->v, self->v->rcvid));
	EXPECT_FALSE(self->v->info.flags & QMSG_MI_UNBLOCK_REQ);
	EXPECT_EQ(0, replies(self->v));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(answered(self->c, 2));
}

/* B is asked to unblock as well: the old pulse still names A only. */
TEST_F(worker, wins_and_the_next_request_has_its_own_pulse)
{
	int64_t first;

	ASSERT_TRUE(overtakes(self->c, self->w, self->p, self->v));
	first = self->p->pulse.value;
	ASSERT_EQ(0, asks_to_leave(self->c));
	EXPECT_EQ(-ESRCH, fails(self->p, first, EIO));
	EXPECT_TRUE(is_now(self->c, "REPLY+R"));
	ASSERT_EQ(0, receives(self->p));
	EXPECT_TRUE(got_unblock(self->p, self->v->rcvid));
	EXPECT_EQ(0, fails(self->p, self->v->rcvid, QMSG_ERROR_REASON));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(aborted(self->c, EINTR));
	EXPECT_EQ(-ESRCH, replies(self->v));
}

/* The note to R3: nobody had received the pulse, so the answer takes it back. */
TEST_F(worker, withdraws_a_pulse_that_is_still_queued)
{
	ASSERT_EQ(0, sends(self->c, 1));
	ASSERT_EQ(0, receives(self->w));
	ASSERT_EQ(0, becomes(self->c, "REPLY"));
	ASSERT_EQ(0, asks_to_leave(self->c));
	EXPECT_EQ(1, read_channel(getpid(), self->s.qs, self->s.chid, "pulses"));
	EXPECT_EQ(0, replies(self->w));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(answered(self->c, 1));
	EXPECT_EQ(1, self->c->w.handled_at_return);
	EXPECT_TRUE(no_pulse(&self->s));
	EXPECT_EQ(0, expect_nothing(self->s.qs, self->s.chid));
}

/* ------------------------------------------------------------------- hammer */

static void work(struct arena *a, struct entry *e, int64_t rcvid)
{
	race_spin(a->delay_answer);
	if (race_random() % 2 && arena_asked(a, e, rcvid) == 1)
		atomic_store(&e->seen, 1);
	arena_answer(a, e, rcvid);
}

/* The pulse thread comes to its abort late: mostly the client is elsewhere by then. */
static void abort_late(struct arena *a, int64_t rcvid)
{
	struct entry *e;
	int ret;

	if (race_random() % 4)
		arena_linger(a, 1 + race_random() % 4);
	ret = arena_abort(a, rcvid);
	e = arena_find(a, rcvid);
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
			  .on_pulse = abort_late }			\
	}

HAMMER(rcvid_63, 63);
HAMMER(rcvid_31, 31);
HAMMER(rcvid_8, 8);

TEST_F_TIMEOUT(hammer, late_aborts_reach_nobody, RACE_TIMEOUT)
{
	struct tally t;

	ARENA_RUN(&variant->race, race_rounds(3), &t);
	RACE_SHOULD_COME_UP(0 < t.stale);
	RACE_SHOULD_COME_UP(0 < t.pulses);
}

TEST_HARNESS_MAIN
