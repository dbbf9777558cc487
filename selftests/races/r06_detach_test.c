// SPDX-License-Identifier: GPL-2.0-only
/*
 * R6: a thread gives up the connection on which its sibling is blocked (S1.30 e-h, S5.18,
 * T8, T14, T15, T30), by ConnectDetach or by close() of a descriptor connection. The
 * server link stays until the answer; only then the DISCONNECT pulse (S1.13).
 */
#include "kselftest_harness.h"
#include "arena_run.h"
#include "chart.h"

FIXTURE(detach) {
	struct chart s;
	struct player *c, *w, *p;
};

FIXTURE_VARIANT(detach) {
	unsigned int index;
};

FIXTURE_VARIANT_ADD(detach, side_channel) { .index = QMSG_SIDE_CHANNEL };
FIXTURE_VARIANT_ADD(detach, descriptor) { .index = 0 };

FIXTURE_SETUP(detach)
{
}

FIXTURE_TEARDOWN(detach)
{
	chart_close(&self->s);
}

/* C's only connection is of the variant's kind. */
static int opens(struct chart *s, unsigned int flags, unsigned int index)
{
	int err = chart_open(s, flags | QMSG_CHF_DISCONNECT, 63);

	if (err)
		return err;
	s->c.coid = qmsg_connect_attach(s->qc, 0, s->chid, index, 0);
	if (s->c.coid < 0)
		return s->c.coid;
	return qmsg_connect_detach(s->qc, s->coid);
}

static int detaches(struct chart *s)
{
	return qmsg_connect_detach(s->qc, s->c.coid);
}

static bool got_disconnect(const struct player *p, int scoid)
{
	return !p->ret && !p->rcvid && p->pulse.code == QMSG_PULSE_CODE_DISCONNECT &&
	       p->pulse.scoid == scoid;
}

TEST_F(detach, while_send_blocked)
{
	ASSERT_EQ(0, opens(&self->s, QMSG_CHF_UNBLOCK, variant->index));
	self->c = &self->s.c;
	self->w = &self->s.w;
	ASSERT_EQ(0, sends(self->c, 1));
	ASSERT_EQ(0, becomes(self->c, "SEND"));
	ASSERT_EQ(0, detaches(&self->s));
	EXPECT_EQ(-EBADF, ends(self->c));
	ASSERT_EQ(0, receives(self->w));
	EXPECT_EQ(QMSG_PULSE_CODE_DISCONNECT, self->w->pulse.code);
	EXPECT_EQ(0, expect_nothing(self->s.qs, self->s.chid));
	EXPECT_EQ(-EBADF, player_do(self->c, act_send));
}

TEST_F(detach, while_received_without_unblock)
{
	ASSERT_EQ(0, opens(&self->s, 0, variant->index));
	self->c = &self->s.c;
	self->w = &self->s.w;
	self->p = &self->s.p;
	ASSERT_EQ(0, sends(self->c, 1));
	ASSERT_EQ(0, receives(self->w));
	ASSERT_EQ(0, becomes(self->c, "REPLY"));
	ASSERT_EQ(0, detaches(&self->s));
	EXPECT_EQ(-EBADF, ends(self->c));
	EXPECT_EQ(-ESRCH, replies(self->w));
	ASSERT_EQ(0, receives(self->p));
	EXPECT_TRUE(got_disconnect(self->p, self->w->info.scoid));
	EXPECT_EQ(0, expect_nothing(self->s.qs, self->s.chid));
}

/* The chart: held, pulse, answered, and only then DISCONNECT. */
TEST_F(detach, while_received_with_unblock)
{
	ASSERT_EQ(0, opens(&self->s, QMSG_CHF_UNBLOCK, variant->index));
	self->c = &self->s.c;
	self->w = &self->s.w;
	self->p = &self->s.p;
	ASSERT_EQ(0, sends(self->c, 1));
	ASSERT_EQ(0, receives(self->w));
	ASSERT_EQ(0, becomes(self->c, "REPLY"));
	ASSERT_EQ(0, detaches(&self->s));
	ASSERT_EQ(0, becomes(self->c, "REPLY+R"));
	ASSERT_EQ(0, receives(self->p));
	EXPECT_TRUE(got_unblock(self->p, self->w->rcvid));
	EXPECT_EQ(self->w->info.scoid, self->p->pulse.scoid);
	ASSERT_EQ(0, asks_info(self->p, self->w->rcvid));
	EXPECT_EQ(QMSG_UNBLOCK_DETACH, self->p->info.unblock_reasons);
	EXPECT_EQ(EBADF, self->p->info.unblock_error);
	EXPECT_EQ(0, expect_nothing(self->s.qs, self->s.chid));
	EXPECT_EQ(-EINVAL, qmsg_connect_detach(self->s.qs, self->w->info.scoid));

	EXPECT_EQ(0, replies(self->w));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(answered(self->c, 1));
	ASSERT_EQ(0, receives(self->p));
	EXPECT_TRUE(got_disconnect(self->p, self->w->info.scoid));
	EXPECT_EQ(0, qmsg_connect_detach(self->s.qs, self->w->info.scoid));
	EXPECT_EQ(-EINVAL, qmsg_connect_detach(self->s.qs, self->w->info.scoid));
}

TEST_F(detach, reason_is_kept_for_msg_error)
{
	ASSERT_EQ(0, opens(&self->s, QMSG_CHF_UNBLOCK, variant->index));
	self->c = &self->s.c;
	self->w = &self->s.w;
	ASSERT_EQ(0, sends(self->c, 1));
	ASSERT_EQ(0, receives(self->w));
	ASSERT_EQ(0, becomes(self->c, "REPLY"));
	ASSERT_EQ(0, detaches(&self->s));
	ASSERT_EQ(0, becomes(self->c, "REPLY+R"));
	ASSERT_EQ(0, is_hit(self->c));
	ASSERT_EQ(0, wait_for_request_reasons(getpid(), self->s.qc, self->c->w.tid,
					      QMSG_UNBLOCK_DETACH | QMSG_UNBLOCK_SIGNAL));
	EXPECT_EQ(0, fails(self->w, self->w->rcvid, QMSG_ERROR_REASON));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(aborted(self->c, EBADF));
	EXPECT_EQ(1, self->c->w.handled_at_return);
}

/* What a resource manager does: the sibling says so first, and the server answers C. */
TEST_F(detach, announced_by_a_message_needs_no_pulse)
{
	struct player sibling;

	ASSERT_EQ(0, opens(&self->s, QMSG_CHF_UNBLOCK, variant->index));
	self->c = &self->s.c;
	self->w = &self->s.w;
	self->p = &self->s.p;
	player_join(&sibling, self->s.qc, -1, self->c->coid);
	ASSERT_EQ(0, sends(self->c, 1));
	ASSERT_EQ(0, receives(self->w));
	ASSERT_EQ(0, sends(&sibling, 2));
	ASSERT_EQ(0, receives(self->p));
	EXPECT_EQ(0, fails(self->w, self->w->rcvid, EBADF));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(aborted(self->c, EBADF));
	EXPECT_EQ(0, replies(self->p));
	ASSERT_EQ(0, ends(&sibling));
	EXPECT_TRUE(answered(&sibling, 2));
	ASSERT_EQ(0, detaches(&self->s));
	ASSERT_EQ(0, receives(self->p));
	EXPECT_TRUE(got_disconnect(self->p, self->w->info.scoid));
	EXPECT_EQ(0, expect_nothing(self->s.qs, self->s.chid));
}

/* ------------------------------------------------------------------- hammer */

static void work(struct arena *a, struct entry *e, int64_t rcvid)
{
	race_spin(a->delay_answer);
	if (race_random() % 2 && arena_asked(a, e, rcvid) == 1) {
		atomic_store(&e->seen, 1);
		arena_await_pulse(e);
	}
	arena_answer(a, e, rcvid);
}

/* Half of the pulses are used to abort: for EBADF, the reason that was kept. */
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

#define HAMMER(name, kind, more_flags)					\
	FIXTURE_VARIANT_ADD(hammer, name) {				\
		.race = { .flags = QMSG_CHF_DISCONNECT | (more_flags),	\
			  .bits = 63, .strike = BY_DETACH,		\
			  .left_errno = EBADF, .index = kind,		\
			  .on_message = work, .on_pulse = abort_half }	\
	}

HAMMER(side_channel, QMSG_SIDE_CHANNEL, 0);
HAMMER(side_channel_unblock, QMSG_SIDE_CHANNEL, QMSG_CHF_UNBLOCK);
HAMMER(descriptor, 0, 0);
HAMMER(descriptor_unblock, 0, QMSG_CHF_UNBLOCK);

TEST_F_TIMEOUT(hammer, detach_against_answer, RACE_TIMEOUT)
{
	struct tally t;

	ARENA_RUN(&variant->race, race_rounds(4), &t);
	if (!(variant->race.flags & QMSG_CHF_UNBLOCK))
		RACE_SHOULD_COME_UP(0 < t.left_received);
}

TEST_HARNESS_MAIN
