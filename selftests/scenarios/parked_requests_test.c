// SPDX-License-Identifier: GPL-2.0-only
/*
 * Source 002: a resource manager that parks requests in a table and answers them later.
 * Its unblock handler walks the table with the lock held, confirms that the request is
 * still asked for (MsgInfo, UNBLOCK_REQ), takes it off the table and answers the original
 * call (S5.40). Tried against a request that was answered, and one parked anew.
 */
#include "kselftest_harness.h"
#include "../races/chart.h"

#define PLACES	4
#define PARTIAL	3	/* bytes of a short read */

struct manager {
	struct chart s;
	pthread_mutex_t lock;
	int64_t blocked[PLACES];	/* the table of blocked clients */
	unsigned int ignored;		/* unblock requests without a match */
};

static void parks(struct manager *m, int64_t rcvid)
{
	pthread_mutex_lock(&m->lock);
	for (int i = 0; i < PLACES; i++)
		if (!m->blocked[i]) {
			m->blocked[i] = rcvid;
			break;
		}
	pthread_mutex_unlock(&m->lock);
}

static bool is_asked(int q, int64_t rcvid)
{
	struct qmsg_msg_info info;

	return !qmsg_msg_info(q, rcvid, &info) && (info.flags & QMSG_MI_UNBLOCK_REQ);
}

/* Off the table: who gets true is the one who answers. */
static bool takes_off(struct manager *m, int64_t rcvid, bool if_asked)
{
	bool found = false;

	pthread_mutex_lock(&m->lock);
	for (int i = 0; i < PLACES && !found; i++)
		if (m->blocked[i] == rcvid && (!if_asked || is_asked(m->s.qs, rcvid))) {
			m->blocked[i] = 0;
			found = true;
		}
	pthread_mutex_unlock(&m->lock);
	return found;
}

/* The unblock handler; "if you can't find a matching client, you can ignore it". */
static int handles_unblock(struct manager *m, const struct qmsg_pulse *pulse)
{
	if (takes_off(m, pulse->value, true))
		return qmsg_msg_error(m->s.qs, pulse->value, QMSG_ERROR_REASON);
	m->ignored++;
	return 0;
}

/* The data came: the done-thread answers what is parked. */
static int completes(struct manager *m, int64_t rcvid, uint64_t number)
{
	if (!takes_off(m, rcvid, false))
		return -ENOENT;
	return qmsg_msg_reply(m->s.qs, rcvid, number, &number, sizeof(number));
}

FIXTURE(manager) {
	struct manager m;
	struct player *c, *w, *p;
};

FIXTURE_VARIANT(manager) {
	unsigned int bits;
};

FIXTURE_VARIANT_ADD(manager, rcvid_31) { .bits = 31 };
FIXTURE_VARIANT_ADD(manager, rcvid_8) { .bits = 8 };

FIXTURE_SETUP(manager)
{
	struct manager *m = &self->m;

	ASSERT_EQ(0, chart_open(&m->s, QMSG_CHF_UNBLOCK, variant->bits));
	pthread_mutex_init(&m->lock, NULL);
	self->c = &m->s.c;
	self->w = &m->s.w;
	self->p = &m->s.p;
	ASSERT_EQ(0, sends(self->c, 1));
	ASSERT_EQ(0, receives(self->w));
	parks(m, self->w->rcvid);
	ASSERT_EQ(0, becomes(self->c, "REPLY"));
}

FIXTURE_TEARDOWN(manager)
{
	chart_close(&self->m.s);
}

TEST_F(manager, answers_the_original_call)
{
	struct manager *m = &self->m;

	ASSERT_EQ(0, asks_to_leave(self->c));
	ASSERT_EQ(0, receives(self->p));
	ASSERT_TRUE(got_unblock(self->p, self->w->rcvid));
	EXPECT_EQ(0, handles_unblock(m, &self->p->pulse));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(aborted(self->c, EINTR));
	EXPECT_EQ(-ENOENT, completes(m, self->w->rcvid, 1));
	EXPECT_EQ(0, m->ignored);
}

/* "A result indicating partial success": the data so far, and their number as status. */
TEST_F(manager, may_answer_with_a_partial_result)
{
	struct manager *m = &self->m;

	ASSERT_EQ(0, asks_to_leave(self->c));
	ASSERT_EQ(0, receives(self->p));
	ASSERT_TRUE(takes_off(m, self->p->pulse.value, true));
	EXPECT_EQ(0, qmsg_msg_reply(m->s.qs, self->p->pulse.value, PARTIAL, "abc", PARTIAL));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_EQ(0, self->c->ret);
	EXPECT_EQ(PARTIAL, self->c->status);
	EXPECT_EQ(0, memcmp(&self->c->answer, "abc\0\0\0\0\0", 8));
	EXPECT_EQ(1, self->c->w.handled_at_return);
}

/* The done-thread was first: the pulse finds nothing on the table and is ignored. */
TEST_F(manager, ignores_a_pulse_for_a_request_that_was_answered)
{
	struct manager *m = &self->m;

	ASSERT_EQ(0, asks_to_leave(self->c));
	ASSERT_EQ(0, receives(self->p));
	EXPECT_EQ(0, completes(m, self->w->rcvid, 1));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(answered(self->c, 1));
	EXPECT_EQ(0, handles_unblock(m, &self->p->pulse));
	EXPECT_EQ(1, m->ignored);
	EXPECT_FALSE(is_asked(m->s.qs, self->p->pulse.value));
}

/* The chart of S5.40: answered, and the same client's next request parked in its place. */
TEST_F(manager, leaves_the_next_request_of_that_client_parked)
{
	struct manager *m = &self->m;
	struct player *v = &m->s.v;

	ASSERT_EQ(0, asks_to_leave(self->c));
	ASSERT_EQ(0, receives(self->p));
	EXPECT_EQ(0, completes(m, self->w->rcvid, 1));
	ASSERT_EQ(0, ends(self->c));
	ASSERT_EQ(0, sends(self->c, 2));
	ASSERT_EQ(0, receives(v));
	parks(m, v->rcvid);
	EXPECT_EQ(0, handles_unblock(m, &self->p->pulse));
	EXPECT_EQ(1, m->ignored);
	EXPECT_TRUE(is_now(self->c, "REPLY"));

	/* even a handler that takes any request of the client is stopped by MsgInfo */
	EXPECT_FALSE(takes_off(m, v->rcvid, true));

	EXPECT_EQ(0, completes(m, v->rcvid, 2));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(answered(self->c, 2));
}

/* Check first, lock afterwards (S11.25): what QNX servers get wrong is refused here. */
TEST_F(manager, check_before_the_lock_is_harmless)
{
	struct manager *m = &self->m;
	struct player *v = &m->s.v;
	int64_t checked;

	ASSERT_EQ(0, asks_to_leave(self->c));
	ASSERT_EQ(0, receives(self->p));
	checked = self->p->pulse.value;
	ASSERT_TRUE(is_asked(m->s.qs, checked));
	EXPECT_EQ(0, completes(m, self->w->rcvid, 1));
	ASSERT_EQ(0, ends(self->c));
	ASSERT_EQ(0, sends(self->c, 2));
	ASSERT_EQ(0, receives(v));
	parks(m, v->rcvid);
	EXPECT_FALSE(takes_off(m, checked, false));
	EXPECT_EQ(-ESRCH, qmsg_msg_error(m->s.qs, checked, EINTR));
	EXPECT_TRUE(is_now(self->c, "REPLY"));
	EXPECT_EQ(0, completes(m, v->rcvid, 2));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(answered(self->c, 2));
}

/* Several clients are parked: each pulse names its own, the others stay. */
TEST_F(manager, finds_the_right_one_of_many)
{
	struct manager *m = &self->m;
	struct player others[PLACES - 1];
	int64_t rcvid[PLACES - 1];

	for (int i = 0; i < PLACES - 1; i++) {
		player_join(&others[i], m->s.qc, -1, m->s.coid);
		ASSERT_EQ(0, sends(&others[i], 10 + i));
		ASSERT_EQ(0, receives(self->p));
		rcvid[i] = self->p->rcvid;
		parks(m, rcvid[i]);
		ASSERT_EQ(0, becomes(&others[i], "REPLY"));
	}
	ASSERT_EQ(0, asks_to_leave(&others[1]));
	ASSERT_EQ(0, receives(self->p));
	ASSERT_TRUE(got_unblock(self->p, rcvid[1]));
	EXPECT_EQ(0, handles_unblock(m, &self->p->pulse));
	ASSERT_EQ(0, ends(&others[1]));
	EXPECT_TRUE(aborted(&others[1], EINTR));
	EXPECT_TRUE(is_now(&others[0], "REPLY"));
	EXPECT_TRUE(is_now(&others[2], "REPLY"));
	EXPECT_TRUE(is_now(self->c, "REPLY"));
	EXPECT_EQ(0, completes(m, rcvid[2], 12));
	EXPECT_EQ(0, completes(m, self->w->rcvid, 1));
	EXPECT_EQ(0, completes(m, rcvid[0], 10));
	ASSERT_EQ(0, ends(&others[0]));
	ASSERT_EQ(0, ends(&others[2]));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(answered(&others[0], 10));
	EXPECT_TRUE(answered(&others[2], 12));
	EXPECT_TRUE(answered(self->c, 1));
}

/* SEND-blocked: "the server doesn't need to know that the client is aborting". */
TEST_F(manager, never_hears_of_a_client_that_was_not_received)
{
	struct player other;

	player_join(&other, self->m.s.qc, -1, self->m.s.coid);
	ASSERT_EQ(0, sends(&other, 9));
	ASSERT_EQ(0, becomes(&other, "SEND"));
	ASSERT_EQ(0, is_hit(&other));
	EXPECT_EQ(-EINTR, ends(&other));
	EXPECT_EQ(0, expect_nothing(self->m.s.qs, self->m.s.chid));
	EXPECT_EQ(0, completes(&self->m, self->w->rcvid, 1));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(answered(self->c, 1));
}

/* ---------------------------------------------------- MsgError(rcvid, -1), S2.14 */

TEST_F(manager, msg_error_gives_the_reason_signal)
{
	ASSERT_EQ(0, asks_to_leave(self->c));
	EXPECT_EQ(0, fails(self->p, self->w->rcvid, QMSG_ERROR_REASON));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(aborted(self->c, EINTR));
}

TEST_F(manager, msg_error_gives_the_reason_detach)
{
	ASSERT_EQ(0, qmsg_connect_detach(self->m.s.qc, self->m.s.coid));
	ASSERT_EQ(0, becomes(self->c, "REPLY+R"));
	EXPECT_EQ(0, fails(self->p, self->w->rcvid, QMSG_ERROR_REASON));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(aborted(self->c, EBADF));
}

/* Nobody asked: refused, and the client can still be answered. */
TEST_F(manager, msg_error_without_a_reason_is_refused)
{
	EXPECT_EQ(-EINVAL, fails(self->p, self->w->rcvid, QMSG_ERROR_REASON));
	EXPECT_TRUE(is_now(self->c, "REPLY"));
	ASSERT_EQ(0, asks_info(self->p, self->w->rcvid));
	EXPECT_EQ(0, self->p->info.unblock_error);
	EXPECT_EQ(0, completes(&self->m, self->w->rcvid, 1));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(answered(self->c, 1));
	EXPECT_EQ(-ESRCH, fails(self->p, self->w->rcvid, QMSG_ERROR_REASON));
}

TEST_HARNESS_MAIN
