// SPDX-License-Identifier: GPL-2.0-only
/*
 * R8: the reply deadline passes. On an UNBLOCK channel that is one pulse and the wait goes
 * on without limit; the client sees ETIMEDOUT only if the server says so (S5.31 - S5.34,
 * T7, T14, T15).
 */
#include "kselftest_harness.h"
#include "arena_run.h"
#include "chart.h"

FIXTURE(timeout) {
	struct chart s;
	struct player *c, *w, *p;
};

FIXTURE_SETUP(timeout)
{
	self->c = &self->s.c;
	self->w = &self->s.w;
	self->p = &self->s.p;
}

FIXTURE_TEARDOWN(timeout)
{
	chart_close(&self->s);
}

/*
 * C sends with a deadline that is still ahead when W receives. Should a slow machine let
 * it pass before that, the send fails (T7), which W cannot see: then with a later one.
 */
static int times_out(struct chart *s)
{
	int err = player_start(&s->w, act_receive) ?:
		  wait_for_channel(getpid(), s->qs, s->chid, "receivers", 1);

	for (uint64_t ms = 200; !err && ms < 20000; ms *= 2) {
		s->c.reply_deadline = deadline_in_ms(ms);
		err = sends(&s->c, 1);
		if (!wait_until(worker_is_done(&s->w.w) || worker_is_done(&s->c.w)))
			return -ETIME;
		if (worker_is_done(&s->w.w))
			return err ?: player_end(&s->w);
	}
	return err ?: -ETIME;
}

/* The chart: the pulse comes, the answer comes late, the client gets it. */
TEST_F(timeout, with_unblock_is_only_a_pulse)
{
	ASSERT_EQ(0, chart_open(&self->s, QMSG_CHF_UNBLOCK, 63));
	ASSERT_EQ(0, times_out(&self->s));
	ASSERT_EQ(0, becomes(self->c, "REPLY+R"));
	EXPECT_LE(self->c->reply_deadline, now_ns());
	ASSERT_EQ(0, receives(self->p));
	EXPECT_TRUE(got_unblock(self->p, self->w->rcvid));
	ASSERT_EQ(0, asks_info(self->p, self->w->rcvid));
	EXPECT_EQ(QMSG_UNBLOCK_TIMEOUT, self->p->info.unblock_reasons);
	EXPECT_EQ(ETIMEDOUT, self->p->info.unblock_error);
	EXPECT_TRUE(is_now(self->c, "REPLY+R"));
	EXPECT_TRUE(no_pulse(&self->s));
	EXPECT_EQ(0, replies(self->w));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(answered(self->c, 1));
}

/* S5.32: the errno is the server's choice. */
TEST_F(timeout, with_unblock_ends_as_the_server_says)
{
	static const int given[] = { QMSG_ERROR_REASON, ETIMEDOUT, EINTR };
	static const int got[] = { ETIMEDOUT, ETIMEDOUT, EINTR };

	ASSERT_EQ(0, chart_open(&self->s, QMSG_CHF_UNBLOCK, 31));
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, times_out(&self->s));
		ASSERT_EQ(0, becomes(self->c, "REPLY+R"));
		EXPECT_EQ(0, fails(self->w, self->w->rcvid, given[i]));
		ASSERT_EQ(0, ends(self->c));
		EXPECT_TRUE(aborted(self->c, got[i]));
		EXPECT_TRUE(no_pulse(&self->s));
	}
}

/* T20: what comes after the timeout adds a reason, no pulse; the first errno stays. */
TEST_F(timeout, then_a_signal)
{
	ASSERT_EQ(0, chart_open(&self->s, QMSG_CHF_UNBLOCK, 63));
	ASSERT_EQ(0, times_out(&self->s));
	ASSERT_EQ(0, becomes(self->c, "REPLY+R"));
	ASSERT_EQ(0, receives(self->p));
	ASSERT_EQ(0, is_hit(self->c));
	ASSERT_EQ(0, wait_for_request_reasons(getpid(), self->s.qc, self->c->w.tid,
					      QMSG_UNBLOCK_TIMEOUT | QMSG_UNBLOCK_SIGNAL));
	EXPECT_TRUE(no_pulse(&self->s));
	EXPECT_EQ(0, fails(self->w, self->w->rcvid, QMSG_ERROR_REASON));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(aborted(self->c, ETIMEDOUT));
	EXPECT_EQ(1, self->c->w.handled_at_return);
}

/* S5.34: without UNBLOCK the client goes, and its next request is not confused. */
TEST_F(timeout, without_unblock_leaves)
{
	ASSERT_EQ(0, chart_open(&self->s, 0, 31));
	ASSERT_EQ(0, times_out(&self->s));
	EXPECT_EQ(-ETIMEDOUT, ends(self->c));
	EXPECT_LE(self->c->reply_deadline, now_ns());
	self->c->reply_deadline = QMSG_NO_DEADLINE;
	ASSERT_EQ(0, sends(self->c, 2));
	ASSERT_EQ(0, receives(self->p));
	EXPECT_EQ(-ESRCH, replies(self->w));
	EXPECT_TRUE(is_now(self->c, "REPLY"));
	EXPECT_EQ(0, replies(self->p));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(answered(self->c, 2));
	EXPECT_TRUE(no_pulse(&self->s));
}

/* T7: past already when it would be received: the receiver takes the next entry. */
TEST_F(timeout, that_passed_while_queued_is_not_received)
{
	struct player other;

	ASSERT_EQ(0, chart_open(&self->s, QMSG_CHF_UNBLOCK, 63));
	player_join(&other, self->s.qc, -1, self->s.coid);
	self->c->reply_deadline = 1;
	ASSERT_EQ(0, sends(self->c, 1));
	ASSERT_EQ(0, becomes(self->c, "SEND"));
	ASSERT_EQ(0, sends(&other, 2));
	ASSERT_EQ(0, becomes(&other, "SEND"));
	ASSERT_EQ(0, receives(self->w));
	EXPECT_EQ(2, self->w->number);
	EXPECT_EQ(-ETIMEDOUT, ends(self->c));
	EXPECT_EQ(0, replies(self->w));
	ASSERT_EQ(0, ends(&other));
	EXPECT_TRUE(answered(&other, 2));
	EXPECT_TRUE(no_pulse(&self->s));
}

/* ------------------------------------------------------------------- hammer */

static void work(struct arena *a, struct entry *e, int64_t rcvid)
{
	race_spin(a->delay_answer);
	if (race_random() % 2 && arena_asked(a, e, rcvid) == 1) {
		atomic_store(&e->seen, 1);
		arena_await_pulse(e);
	}
	if (!(race_random() % 8))
		arena_linger(a, 1);
	arena_answer(a, e, rcvid);
}

static void abort_half(struct arena *a, int64_t rcvid)
{
	bool aborts = race_random() % 2;
	int ret = aborts ? arena_abort(a, rcvid) : 0;
	struct entry *e = arena_find(a, rcvid);

	if (!e)
		return;
	if (aborts)
		arena_count(a, e, ret);
	atomic_fetch_add(&e->pulses, 1);
}

ARENA_FIXTURE

#define HAMMER(name, channel_flags, width)				\
	FIXTURE_VARIANT_ADD(hammer, name) {				\
		.race = { .flags = channel_flags, .bits = width,	\
			  .strike = BY_DEADLINE, .left_errno = ETIMEDOUT,	\
			  .on_message = work, .on_pulse = abort_half }	\
	}

HAMMER(unblock, QMSG_CHF_UNBLOCK, 63);
HAMMER(unblock_rcvid_8, QMSG_CHF_UNBLOCK, 8);
HAMMER(no_unblock, 0, 63);
HAMMER(no_unblock_rcvid_31, 0, 31);

TEST_F_TIMEOUT(hammer, deadline_against_answer, RACE_TIMEOUT)
{
	struct tally t;

	ARENA_RUN(&variant->race, race_rounds(4), &t);
	if (!(variant->race.flags & QMSG_CHF_UNBLOCK))
		RACE_SHOULD_COME_UP(0 < t.left_received);
}

TEST_HARNESS_MAIN
