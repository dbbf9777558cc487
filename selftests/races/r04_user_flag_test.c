// SPDX-License-Identifier: GPL-2.0-only
/*
 * R4: a "have we replied?" flag in the server, with a mutex around each look at it, loses
 * unblock requests (sources 000 and 003). The kernel's own bit does not: it belongs to
 * the request, is set with the pulse and is clear in the next request (S5.4, S5.6).
 */
#include "kselftest_harness.h"
#include "arena_run.h"
#include "chart.h"

/* The doomed design: one flag per client, locked only around its use. */
static struct {
	pthread_mutex_t lock;
	bool replied;
} flag = { PTHREAD_MUTEX_INITIALIZER, false };

static void flag_set(bool replied)
{
	pthread_mutex_lock(&flag.lock);
	flag.replied = replied;
	pthread_mutex_unlock(&flag.lock);
}

static bool flag_get(void)
{
	bool replied;

	pthread_mutex_lock(&flag.lock);
	replied = flag.replied;
	pthread_mutex_unlock(&flag.lock);
	return replied;
}

FIXTURE(user_flag) {
	struct chart s;
	struct player *c, *w, *p;
};

FIXTURE_SETUP(user_flag)
{
	ASSERT_EQ(0, chart_open(&self->s, QMSG_CHF_UNBLOCK, 31));
	self->c = &self->s.c;
	self->w = &self->s.w;
	self->p = &self->s.p;
	/* a first request was served: the flag is left at "replied" */
	ASSERT_EQ(0, sends(self->c, 1));
	ASSERT_EQ(0, receives(self->w));
	flag_set(true);
	ASSERT_EQ(0, replies(self->w));
	ASSERT_EQ(0, ends(self->c));
}

FIXTURE_TEARDOWN(user_flag)
{
	chart_close(&self->s);
}

/* The chart: P looks at the flag after W's receive and before W clears it. */
TEST_F(user_flag, loses_the_unblock_request)
{
	bool ignored;

	ASSERT_EQ(0, sends(self->c, 2));
	ASSERT_EQ(0, receives(self->w));
	ASSERT_EQ(0, becomes(self->c, "REPLY"));
	ASSERT_EQ(0, asks_to_leave(self->c));
	ASSERT_EQ(0, receives(self->p));
	ASSERT_TRUE(got_unblock(self->p, self->w->rcvid));
	ignored = flag_get();
	flag_set(false);			/* W, at last */
	EXPECT_TRUE(ignored);

	/* the pulse is used up and none follows; only the kernel still knows */
	ASSERT_EQ(0, is_hit(self->c));
	EXPECT_TRUE(no_pulse(&self->s));
	EXPECT_EQ(0, expect_nothing(self->s.qs, self->s.chid));
	ASSERT_EQ(0, asks_info(self->w, self->w->rcvid));
	EXPECT_TRUE(self->w->info.flags & QMSG_MI_UNBLOCK_REQ);
	EXPECT_EQ(0, fails(self->w, self->w->rcvid, QMSG_ERROR_REASON));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(aborted(self->c, EINTR));
}

/* The other window: the flag says "replied" and the reply has not happened yet. */
TEST_F(user_flag, loses_it_before_the_reply_as_well)
{
	ASSERT_EQ(0, sends(self->c, 2));
	ASSERT_EQ(0, receives(self->w));
	flag_set(false);
	ASSERT_EQ(0, becomes(self->c, "REPLY"));
	flag_set(true);				/* W, about to reply */
	ASSERT_EQ(0, asks_to_leave(self->c));
	ASSERT_EQ(0, receives(self->p));
	EXPECT_TRUE(flag_get());		/* P drops the pulse */
	ASSERT_EQ(0, asks_info(self->p, self->w->rcvid));
	EXPECT_TRUE(self->p->info.flags & QMSG_MI_UNBLOCK_REQ);
	EXPECT_EQ(0, replies(self->w));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(answered(self->c, 2));
}

/* The same order, served by the rules: P asks the kernel and W is told. */
TEST_F(user_flag, is_not_needed)
{
	ASSERT_EQ(0, sends(self->c, 2));
	ASSERT_EQ(0, receives(self->w));
	ASSERT_EQ(0, becomes(self->c, "REPLY"));
	ASSERT_EQ(0, asks_info(self->p, self->w->rcvid));
	EXPECT_FALSE(self->p->info.flags & QMSG_MI_UNBLOCK_REQ);
	ASSERT_EQ(0, asks_to_leave(self->c));
	ASSERT_EQ(0, receives(self->p));
	ASSERT_TRUE(got_unblock(self->p, self->w->rcvid));
	ASSERT_EQ(0, asks_info(self->p, self->w->rcvid));
	EXPECT_TRUE(self->p->info.flags & QMSG_MI_UNBLOCK_REQ);
	EXPECT_EQ(0, fails(self->w, self->w->rcvid, EINTR));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(aborted(self->c, EINTR));
	EXPECT_EQ(-ESRCH, asks_info(self->p, self->w->rcvid));
}

/* ------------------------------------------------------------------- hammer */

/*
 * The worker is never done by itself, it polls MsgInfo. The client is struck until it has
 * been hit in its send: if the server does not come to know of that, the round hangs.
 */
static void poll_for_the_bit(struct arena *a, struct entry *e, int64_t rcvid)
{
	int asked;

	race_spin(a->delay_answer);
	asked = arena_asked(a, e, rcvid);
	e->early = asked == 1;
	while (a->strikes && !asked) {
		race_await_briefly(&a->called, number_of(a, e) + 1, 20000);
		asked = arena_asked(a, e, rcvid);
	}
	if (asked < 0)
		arena_strange(a, "info on a request that is mine", asked);
	if (!asked) {
		arena_answer(a, e, rcvid);
		return;
	}
	atomic_store(&e->seen, 1);
	if (race_random() % 2)
		arena_await_pulse(e);
	arena_count(a, e, arena_abort(a, rcvid));
}

/* P never answers. The bit was set before the pulse could be received. */
static void check_pulse(struct arena *a, int64_t rcvid)
{
	int asked = arena_asked(a, NULL, rcvid);
	struct entry *e = arena_find(a, rcvid);

	if (!e)
		return;
	if (!asked)
		arena_strange(a, "pulse without UNBLOCK_REQ", rcvid);
	atomic_fetch_add(&e->pulses, 1);
}

/* Whoever was received when the signal came was aborted, by its owner. */
static const char *audit(const struct arena *a, const struct entry *e)
{
	(void)a;
	if (e->stale)
		return "its owner's answer was refused";
	if (e->pulses > e->seen)
		return "had a pulse that MsgInfo knew nothing of";
	if (e->seen != (e->outcome == OUT_ABORT || e->outcome == OUT_ERROR))
		return "asked to leave and not aborted";
	return NULL;
}

ARENA_FIXTURE

FIXTURE_VARIANT_ADD(hammer, info) {
	.race = { .flags = QMSG_CHF_UNBLOCK, .bits = 63, .left_errno = EINTR,
		  .strike = BY_SIGNALS, .on_message = poll_for_the_bit,
		  .on_pulse = check_pulse, .audit = audit }
};

TEST_F_TIMEOUT(hammer, the_kernels_bit_is_never_lost, RACE_TIMEOUT)
{
	struct tally t;

	ARENA_RUN(&variant->race, race_rounds(1), &t);
	RACE_SHOULD_COME_UP(0 < t.pulses);
	EXPECT_LE(t.pulses, t.seen);
}

TEST_HARNESS_MAIN
