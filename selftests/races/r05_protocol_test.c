// SPDX-License-Identifier: GPL-2.0-only
/*
 * R5: the protocol that is right on QNX (S5.36 - S5.40) is right here, and under it no
 * answer is ever refused: only the owner answers, the pulse thread asks MsgInfo and
 * pokes the owner; of parked requests the list lock is the owner.
 */
#include "kselftest_harness.h"
#include "arena_run.h"
#include "chart.h"

FIXTURE(protocol) {
	struct chart s;
	struct player *c, *w, *p, *v;
};

FIXTURE_SETUP(protocol)
{
	ASSERT_EQ(0, chart_open(&self->s, QMSG_CHF_UNBLOCK, 31));
	self->c = &self->s.c;
	self->w = &self->s.w;
	self->p = &self->s.p;
	self->v = &self->s.v;
	ASSERT_EQ(0, sends(self->c, 1));
	ASSERT_EQ(0, receives(self->w));
	ASSERT_EQ(0, becomes(self->c, "REPLY"));
}

FIXTURE_TEARDOWN(protocol)
{
	chart_close(&self->s);
}

/* S5.37, S5.38: P asks and pokes, W asks again and aborts. */
TEST_F(protocol, owner_aborts_when_poked)
{
	ASSERT_EQ(0, asks_to_leave(self->c));
	ASSERT_EQ(0, receives(self->p));
	ASSERT_TRUE(got_unblock(self->p, self->w->rcvid));
	ASSERT_EQ(0, asks_info(self->p, self->p->pulse.value));
	EXPECT_TRUE(self->p->info.flags & QMSG_MI_UNBLOCK_REQ);
	EXPECT_TRUE(is_now(self->c, "REPLY+R"));
	ASSERT_EQ(0, asks_info(self->w, self->w->rcvid));
	EXPECT_TRUE(self->w->info.flags & QMSG_MI_UNBLOCK_REQ);
	EXPECT_EQ(0, fails(self->w, self->w->rcvid, QMSG_ERROR_REASON));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(aborted(self->c, EINTR));
}

/* S5.39: a poke that comes too late is filtered by the owner's own look. */
TEST_F(protocol, owner_ignores_a_poke_for_an_earlier_request)
{
	ASSERT_EQ(0, asks_to_leave(self->c));
	ASSERT_EQ(0, receives(self->p));
	EXPECT_EQ(0, replies(self->w));
	ASSERT_EQ(0, ends(self->c));
	ASSERT_EQ(0, sends(self->c, 2));
	ASSERT_EQ(0, receives(self->w));
	EXPECT_EQ(-ESRCH, asks_info(self->p, self->p->pulse.value));
	ASSERT_EQ(0, asks_info(self->w, self->w->rcvid));
	EXPECT_FALSE(self->w->info.flags & QMSG_MI_UNBLOCK_REQ);
	EXPECT_EQ(0, replies(self->w));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(answered(self->c, 2));
}

/* T27: W goes away after the receive; another thread can answer in its place. */
TEST_F(protocol, owner_can_hand_the_request_on)
{
	ASSERT_EQ(0, worker_stop(&self->w->w));
	EXPECT_TRUE(is_now(self->c, "REPLY"));
	self->v->rcvid = self->w->rcvid;
	self->v->number = self->w->number;
	EXPECT_EQ(0, replies(self->v));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(answered(self->c, 1));
}

/* S5.11: with a thread in MsgReceivePulse only, the pulse goes there, messages do not. */
TEST_F(protocol, pulse_thread_may_take_pulses_only)
{
	struct receiver *r = receiver_new(peer_self(), self->s.chid);

	peer_self()->q = self->s.qs;
	r->args.flags = QMSG_RECEIVE_PULSE;
	ASSERT_EQ(0, receiver_go_blocked(r));
	ASSERT_EQ(0, asks_to_leave(self->c));
	ASSERT_EQ(0, receiver_wait(r));
	EXPECT_EQ(0, receiver_result(r));
	EXPECT_EQ(QMSG_PULSE_CODE_UNBLOCK, r->buf.pulse.code);
	EXPECT_EQ(self->w->rcvid, (int64_t)r->buf.pulse.value);
	EXPECT_EQ(0, replies(self->w));
	ASSERT_EQ(0, ends(self->c));
	receiver_free(r);
}

/* ---------------------------------------------------- hammer: owner and poke */

static void poke(struct arena *a, int64_t rcvid)
{
	int asked = arena_asked(a, NULL, rcvid);
	struct entry *e = arena_find(a, rcvid);

	if (!e)
		return;
	if (!asked)
		arena_strange(a, "pulse without UNBLOCK_REQ", rcvid);
	atomic_fetch_add(&e->pulses, 1);
}

/* The poke is the count of pulses; being poked or done, the owner asks the kernel. */
static void own(struct arena *a, struct entry *e, int64_t rcvid)
{
	int asked;

	for (long left = a->delay_answer; left > 0 && !atomic_load(&e->pulses); left -= 1000)
		race_spin(1000);
	asked = arena_asked(a, e, rcvid);
	if (asked == 1)
		atomic_store(&e->seen, 1);
	if (asked == 1 && race_random() % 2)
		arena_await_pulse(e);
	if (asked == 1)
		arena_count(a, e, arena_abort(a, rcvid));
	else
		arena_answer(a, e, rcvid);
}

static const char *audit(const struct arena *a, const struct entry *e)
{
	(void)a;
	return e->stale ? "its owner's answer was refused" : NULL;
}

/* ---------------------------------------------------- hammer: parked requests */

/* One client has one request at a time: the list is a single place. */
static struct {
	pthread_mutex_t lock;
	sem_t filled;
	pthread_t completer;
	struct arena *arena;
	struct entry *entry;
	int64_t rcvid;
	bool over;
} parked = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void park(struct arena *a, struct entry *e, int64_t rcvid)
{
	pthread_mutex_lock(&parked.lock);
	parked.arena = a;
	parked.entry = e;
	parked.rcvid = rcvid;
	pthread_mutex_unlock(&parked.lock);
	sem_post(&parked.filled);
}

/* Taken off the list: from here on nobody else answers it. */
static struct entry *unpark(int64_t *rcvid)
{
	struct entry *e;

	pthread_mutex_lock(&parked.lock);
	e = parked.entry;
	*rcvid = parked.rcvid;
	parked.entry = NULL;
	pthread_mutex_unlock(&parked.lock);
	return e;
}

/* P: the look at the bit is made under the lock, with the request on the list. */
static void unpark_asked(struct arena *a, int64_t rcvid)
{
	struct entry *e = NULL, *named = arena_find(a, rcvid);

	pthread_mutex_lock(&parked.lock);
	if (parked.entry && parked.rcvid == rcvid && arena_asked(a, parked.entry, rcvid) == 1) {
		e = parked.entry;
		parked.entry = NULL;
	}
	pthread_mutex_unlock(&parked.lock);
	if (e)
		atomic_store(&e->seen, 1);
	if (e)
		arena_count(a, e, arena_abort(a, rcvid));
	if (named)
		atomic_fetch_add(&named->pulses, 1);
}

/* D: the hardware is done with what is parked. */
static void *complete(void *unused)
{
	struct entry *e;
	int64_t rcvid;

	(void)unused;
	for (;;) {
		while (sem_wait(&parked.filled))
			;
		if (parked.over)
			return NULL;
		race_spin(parked.arena->delay_answer);
		e = unpark(&rcvid);
		if (e)
			arena_answer(parked.arena, e, rcvid);
	}
}

static void end_completer(void)
{
	parked.over = true;
	sem_post(&parked.filled);
	pthread_join(parked.completer, NULL);
}

ARENA_FIXTURE

FIXTURE_VARIANT_ADD(hammer, owned) {
	.race = { .flags = QMSG_CHF_UNBLOCK, .bits = 63, .left_errno = EINTR,
		  .on_message = own, .on_pulse = poke, .settle = end_completer, .audit = audit }
};

FIXTURE_VARIANT_ADD(hammer, parked) {
	.race = { .flags = QMSG_CHF_UNBLOCK, .bits = 31, .left_errno = EINTR,
		  .on_message = park, .on_pulse = unpark_asked, .settle = end_completer,
		  .audit = audit }
};

TEST_F_TIMEOUT(hammer, no_answer_is_refused, RACE_TIMEOUT)
{
	struct tally t;

	sem_init(&parked.filled, 0, 0);
	ASSERT_EQ(0, pthread_create(&parked.completer, NULL, complete, NULL));
	ARENA_RUN(&variant->race, race_rounds(2), &t);
	EXPECT_EQ(0, t.stale);
	RACE_SHOULD_COME_UP(0 < t.aborts);
}

TEST_HARNESS_MAIN
