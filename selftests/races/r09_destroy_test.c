// SPDX-License-Identifier: GPL-2.0-only
/*
 * R9: the channel is destroyed while an unblock pulse is queued or in somebody's hands
 * (S1.30 i, T11, T25): everybody gets ESRCH, the pulse is gone, and the client's next
 * request elsewhere knows nothing of it (S5.6, S11.4).
 */
#include "kselftest_harness.h"
#include "book.h"
#include "chart.h"
#include "race.h"

FIXTURE(destroy) {
	struct chart s;
	struct player *c, *w, *p, *v;
};

FIXTURE_VARIANT(destroy) {
	unsigned int bits;
};

FIXTURE_VARIANT_ADD(destroy, rcvid_63) { .bits = 63 };
FIXTURE_VARIANT_ADD(destroy, rcvid_8) { .bits = 8 };

FIXTURE_SETUP(destroy)
{
	ASSERT_EQ(0, chart_open(&self->s, QMSG_CHF_UNBLOCK, variant->bits));
	self->c = &self->s.c;
	self->w = &self->s.w;
	self->p = &self->s.p;
	self->v = &self->s.v;
	ASSERT_EQ(0, sends(self->c, 1));
	ASSERT_EQ(0, receives(self->w));
	ASSERT_EQ(0, becomes(self->c, "REPLY"));
	ASSERT_EQ(0, asks_to_leave(self->c));
}

FIXTURE_TEARDOWN(destroy)
{
	chart_close(&self->s);
}

/* C sends 2 on a channel of its own, V receives it: nothing of request 1 sticks to it. */
static bool starts_afresh(struct chart *s)
{
	int chid = qmsg_channel_create(s->qs, QMSG_CHF_UNBLOCK);
	int coid = qmsg_connect_attach(s->qc, 0, chid, QMSG_SIDE_CHANNEL, 0);

	s->v.chid = chid;
	s->c.coid = coid;
	if (chid < 0 || coid < 0 || sends(&s->c, 2) || receives(&s->v) || s->v.number != 2)
		return false;
	if (s->v.rcvid == s->w.rcvid || becomes(&s->c, "REPLY") || asks_info(&s->v, s->v.rcvid))
		return false;
	return !(s->v.info.flags & QMSG_MI_UNBLOCK_REQ) && !s->v.info.unblock_reasons;
}

TEST_F(destroy, with_the_pulse_queued)
{
	ASSERT_EQ(0, qmsg_channel_destroy(self->s.qs, self->s.chid));
	EXPECT_EQ(-ESRCH, ends(self->c));
	EXPECT_EQ(1, self->c->w.handled_at_return);
	EXPECT_EQ(-ESRCH, replies(self->w));
	EXPECT_EQ(-ESRCH, receives(self->p));
	EXPECT_EQ(-EBADF, player_do(self->c, act_send));
	ASSERT_TRUE(starts_afresh(&self->s));
	EXPECT_EQ(0, replies(self->v));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(answered(self->c, 2));
}

TEST_F(destroy, with_the_pulse_received)
{
	int64_t rcvid = self->w->rcvid;

	ASSERT_EQ(0, receives(self->p));
	ASSERT_TRUE(got_unblock(self->p, rcvid));
	ASSERT_EQ(0, qmsg_channel_destroy(self->s.qs, self->s.chid));
	EXPECT_EQ(-ESRCH, ends(self->c));
	EXPECT_EQ(-ESRCH, asks_info(self->p, rcvid));
	EXPECT_EQ(-ESRCH, fails(self->p, rcvid, QMSG_ERROR_REASON));

	/* the next request can be asked to unblock: its pulse is not thought to be sent already */
	ASSERT_TRUE(starts_afresh(&self->s));
	ASSERT_EQ(0, asks_to_leave(self->c));
	self->p->chid = self->v->chid;
	ASSERT_EQ(0, receives(self->p));
	EXPECT_TRUE(got_unblock(self->p, self->v->rcvid));
	EXPECT_EQ(-ESRCH, replies(self->w));
	EXPECT_EQ(0, fails(self->v, self->v->rcvid, QMSG_ERROR_REASON));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(aborted(self->c, EINTR));
}

TEST_F(destroy, with_threads_receiving)
{
	ASSERT_EQ(0, receives(self->p));
	ASSERT_EQ(0, player_start(self->p, act_receive));
	ASSERT_EQ(0, player_start(self->v, act_receive));
	ASSERT_EQ(0, wait_for_channel(getpid(), self->s.qs, self->s.chid, "receivers", 2));
	ASSERT_EQ(0, qmsg_channel_destroy(self->s.qs, self->s.chid));
	EXPECT_EQ(-ESRCH, player_end(self->p));
	EXPECT_EQ(-ESRCH, player_end(self->v));
	EXPECT_EQ(-ESRCH, ends(self->c));
	EXPECT_EQ(-EINVAL, qmsg_channel_destroy(self->s.qs, self->s.chid));
}

/* ------------------------------------------------------------------- hammer */

#define SERVERS	2

/* One channel per round, destroyed somewhere around signal, pulse and answer. */
struct ruin {
	int qs, qc;
	int chid, coid;
	unsigned int rounds;
	struct entry *book;
	struct race_step opened, called, destroyed, ended, quitted;
	struct race_aim aim;
	long delay_destroy, delay_answer;
	int manner;
	_Atomic unsigned int quits, strange;
	pid_t tid;
	int sent;
	struct tally tally;
};

static void strange(struct ruin *r, const char *what, int64_t value)
{
	if (atomic_fetch_add(&r->strange, 1) < 5)
		printf("# strange: %s %lld\n", what, (long long)value);
}

static void count(struct ruin *r, struct entry *e, int ret)
{
	if (ret && ret != -ESRCH)
		strange(r, "an answer returned", ret);
	atomic_fetch_add(ret ? &e->stale : &e->answers, 1);
}

/* What the worker does with its request; the others are answered near the destruction. */
enum manner {
	AROUND_THE_END = 0,
	AFTER_THE_END = 2,
	NEVER = 3,
};

static void work(struct ruin *r, struct entry *e, int64_t rcvid, uint64_t number)
{
	struct note note = { .number = number, .rcvid = rcvid };
	int ret;

	if (&r->book[number] != e)
		strange(r, "message", number);
	atomic_store(&e->rcvid, rcvid);
	atomic_fetch_add(&e->received, 1);
	switch (r->manner) {
	case NEVER:
		return;
	case AFTER_THE_END:
		race_await(&r->destroyed, number);
		break;
	default:
		race_spin(r->delay_answer);
		break;
	}
	ret = qmsg_msg_reply(r->qs, rcvid, number, &note, sizeof(note));
	if (!ret && r->manner == AFTER_THE_END)
		strange(r, "an answer after the end", number);
	count(r, e, ret);
}

/* The receive id is written down soon if it is not yet. */
static bool is_named(const struct entry *e, int64_t rcvid)
{
	for (int turn = 0; turn < 100000 && !atomic_load(&e->rcvid); turn++)
		sched_yield();
	return atomic_load(&e->rcvid) == rcvid;
}

/* MsgInfo may still find the request, or not; it never finds another one. */
static void take_pulse(struct ruin *r, struct entry *e, int64_t rcvid)
{
	struct qmsg_msg_info info;
	int ret = qmsg_msg_info(r->qs, rcvid, &info);

	if (ret && ret != -ESRCH)
		strange(r, "info returned", ret);
	if (!ret && !(info.flags & QMSG_MI_UNBLOCK_REQ))
		strange(r, "pulse without UNBLOCK_REQ", rcvid);
	if (race_random() % 2)
		count(r, e, qmsg_msg_error(r->qs, rcvid, QMSG_ERROR_REASON));
	if (!is_named(e, rcvid))
		strange(r, "pulse for", rcvid);
	atomic_fetch_add(&e->pulses, 1);
}

static void serve_round(struct ruin *r, unsigned int number)
{
	struct entry *e = &r->book[number];
	union {
		struct note note;
		struct qmsg_pulse pulse;
	} buf;
	int64_t rcvid;

	while ((rcvid = qmsg_msg_receive(r->qs, r->chid, &buf, sizeof(buf), NULL)) >= 0) {
		if (rcvid)
			work(r, e, rcvid, buf.note.number);
		else
			take_pulse(r, e, buf.pulse.value);
	}
	if (rcvid != -ESRCH)
		strange(r, "receive returned", rcvid);
	race_reach(&r->quitted, atomic_fetch_add(&r->quits, 1) + 1);
}

static void *serve(void *arg)
{
	struct ruin *r = arg;

	for (unsigned int number = 1; number <= r->rounds; number++) {
		race_await(&r->opened, number);
		serve_round(r, number);
	}
	return NULL;
}

static void *call(void *arg)
{
	struct ruin *r = arg;

	r->tid = this_tid();
	for (unsigned int number = 1; number <= r->rounds; number++) {
		struct note note = { .number = number }, back = { 0 };
		struct qmsg_msg_send send;
		int ret;

		race_await(&r->opened, number);
		race_await_handled(r->sent);
		send = send_args(r->coid, &note, note_len(number), &back, sizeof(back));
		race_reach(&r->called, number);
		ret = qmsg_msg_send_with(r->qc, &send);
		book_outcome(&r->book[number], number, ret, &send, &back);
		race_reach(&r->ended, number);
	}
	return NULL;
}

static void ruin_round(struct ruin *r, unsigned int number)
{
	struct entry *e = &r->book[number];

	r->chid = qmsg_channel_create(r->qs, QMSG_CHF_UNBLOCK);
	r->coid = qmsg_connect_attach(r->qc, 0, r->chid, QMSG_SIDE_CHANNEL, 0);
	if (r->coid < 0)
		strange(r, "attaching returned", r->coid);
	race_aim_delays(&r->aim, &r->delay_destroy, &r->delay_answer);
	r->manner = race_random() % 4;
	race_reach(&r->opened, number);
	race_await(&r->called, number);
	race_spin(r->delay_destroy);
	if (race_random() % 4) {
		atomic_store(&e->asked, 1);
		r->sent++;
		send_signal(getpid(), r->tid, SIGUSR1);
	}
	if (r->manner >= AFTER_THE_END)
		race_spin(race_random() % 524288);
	if (qmsg_channel_destroy(r->qs, r->chid))
		strange(r, "destroying channel", r->chid);
	race_reach(&r->destroyed, number);
	race_await(&r->ended, number);
	race_await(&r->quitted, SERVERS * number);
	if (qmsg_connect_detach(r->qc, r->coid))
		strange(r, "detaching a dead connection", r->coid);
	if (r->manner < AFTER_THE_END)
		race_aim_adjust(&r->aim, !is_answered(e));
	if (!e->received)
		r->aim.lead += 2 * race_aim_step(&r->aim);
	race_tick();
}

static const char *flaw(const struct entry *e)
{
	if (e->outcome == OUT_NONE)
		return "did not return";
	if (e->answers && !is_answered(e))
		return "lost its answer";
	if (e->outcome == OUT_ERROR && e->error != EINTR)
		return "was aborted with another errno";
	if (e->outcome != OUT_LEFT || e->error == ESRCH)
		return book_flaw(e, true);
	if (e->received || (e->error == EINTR && !e->asked))
		return "left although it was received, or for no reason";
	return e->error == EINTR || e->error == EBADF ? NULL : "left with another errno";
}

static void ruin_audit(struct ruin *r)
{
	for (unsigned int number = 1; number <= r->rounds; number++) {
		const char *what = flaw(&r->book[number]);

		if (what)
			book_flawed(&r->tally, number, &r->book[number], what);
		book_add(&r->tally, &r->book[number]);
	}
	printf("# %u channels: destroyed first %u, answered first %u; aborts %u, left in SEND %u, "
	       "left in REPLY %u; refused answers %u, pulses %u\n", r->rounds, r->aim.first,
	       r->aim.second, r->tally.aborts, r->tally.left_unreceived, r->tally.left_received,
	       r->tally.stale, r->tally.pulses);
}

static void ruin_run(struct ruin *r)
{
	pthread_t servers[SERVERS], client;

	for (int i = 0; i < SERVERS; i++)
		pthread_create(&servers[i], NULL, serve, r);
	pthread_create(&client, NULL, call, r);
	for (unsigned int number = 1; number <= r->rounds; number++)
		ruin_round(r, number);
	for (int i = 0; i < SERVERS; i++)
		pthread_join(servers[i], NULL);
	pthread_join(client, NULL);
	ruin_audit(r);
}

FIXTURE(hammer) {
	struct ruin r;
};

FIXTURE_VARIANT(hammer) {
	unsigned int bits;
};

FIXTURE_VARIANT_ADD(hammer, rcvid_63) { .bits = 63 };
FIXTURE_VARIANT_ADD(hammer, rcvid_8) { .bits = 8 };

FIXTURE_SETUP(hammer)
{
	struct ruin *r = &self->r;

	r->rounds = race_rounds(4);
	r->book = shared_alloc(sizeof(*r->book) * (r->rounds + 1));
	r->qs = qmsg_open();
	r->qc = qmsg_open();
	ASSERT_EQ(0, qmsg_setup(r->qs, variant->bits));
	race_catch(SIGUSR1, SA_RESTART);
	race_begin("destroy");
}

FIXTURE_TEARDOWN(hammer)
{
	race_end();
	qmsg_close(self->r.qc);
	qmsg_close(self->r.qs);
}

TEST_F_TIMEOUT(hammer, destroy_against_everything, RACE_TIMEOUT)
{
	struct ruin *r = &self->r;

	ruin_run(r);
	EXPECT_EQ(0, r->tally.flaws);
	EXPECT_EQ(0, atomic_load(&r->strange));
	EXPECT_LT(r->rounds / 1000, r->aim.first);
	EXPECT_LT(r->rounds / 1000, r->aim.second);
	RACE_SHOULD_COME_UP(0 < r->tally.pulses);
}

TEST_HARNESS_MAIN
