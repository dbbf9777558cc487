// SPDX-License-Identifier: GPL-2.0-only
/*
 * A channel that is destroyed under everybody (hazards K4, K5, K6, K9): receivers, senders,
 * detachers, attachers, pulses. No message goes to two receivers, no sender is lost, no
 * pulse comes twice, and the next channel knows nothing of the last.
 */
#include "kselftest_harness.h"
#include "../races/race.h"

#define ACTORS_MAX	5
#define PULSES		64

struct site;

struct actor {
	struct site *site;
	void (*act)(struct site *s, struct actor *a);
	pthread_t thread;
	unsigned int i;
};

struct site {
	int qs, qc;
	int chid, coid;
	unsigned int rounds, round;
	struct actor actor[ACTORS_MAX];
	unsigned int actors;
	struct race_step begun, ended;
	_Atomic unsigned int busy;
	/* of the round */
	_Atomic unsigned int received[ACTORS_MAX];	/* message of actor i */
	_Atomic unsigned int pulses[PULSES];
	/* of all */
	_Atomic unsigned int answered, refused, delivered, attached, strange;
};

static void strange(struct site *s, const char *what, int64_t value)
{
	if (atomic_fetch_add(&s->strange, 1) < 5)
		printf("# strange: %s %lld in round %u\n", what, (long long)value, s->round);
}

/* ------------------------------------------------------------------- actors */

/* Answers what it receives, every fourth request excepted, until the channel goes. */
static void receives(struct site *s, struct actor *a)
{
	union {
		uint64_t word;
		struct qmsg_pulse pulse;
	} buf;
	int64_t rcvid;

	(void)a;
	while ((rcvid = qmsg_msg_receive(s->qs, s->chid, &buf, sizeof(buf), NULL)) >= 0) {
		int ret = 0;

		if (!rcvid)
			continue;
		atomic_fetch_add(&s->received[buf.word % ACTORS_MAX], 1);
		if (buf.word / ACTORS_MAX != s->round)
			strange(s, "message of round", buf.word / ACTORS_MAX);
		if (race_random() % 4)
			ret = qmsg_msg_reply(s->qs, rcvid, buf.word, NULL, 0);
		if (ret && ret != -ESRCH)
			strange(s, "reply returned", ret);
	}
	if (rcvid != -ESRCH)
		strange(s, "receive returned", rcvid);
}

/* One request: answered by whoever received it, or ended with the channel. */
static void sends(struct site *s, struct actor *a)
{
	uint64_t word = (uint64_t)s->round * ACTORS_MAX + a->i;
	int64_t status;

	race_spin(race_random() % 65536);
	status = qmsg_msg_send(s->qc, s->coid, &word, sizeof(word), NULL, 0);
	if (status == (int64_t)word) {
		atomic_fetch_add(&s->answered, 1);
		if (atomic_load(&s->received[a->i]) != 1)
			strange(s, "answered though received", s->received[a->i]);
		return;
	}
	atomic_fetch_add(&s->refused, 1);
	if (status != -ESRCH && status != -EBADF)
		strange(s, "send returned", status);
	if (atomic_load(&s->received[a->i]) > 1)
		strange(s, "received more than once", a->i);
}

static void detaches(struct site *s, struct actor *a)
{
	int ret;

	(void)a;
	race_spin(race_random() % 131072);
	ret = qmsg_connect_detach(s->qc, s->coid);
	if (ret)
		strange(s, "detach returned", ret);
}

/* Connects and tries to send to whoever waits: nobody does. */
static void attaches(struct site *s, struct actor *a)
{
	int coid, ret;

	race_spin(race_random() % 65536);
	coid = qmsg_connect_attach(s->qc, 0, s->chid, a->i % 2 ? QMSG_SIDE_CHANNEL : 0, 0);
	if (coid == -ESRCH) {
		atomic_fetch_add(&s->refused, 1);
		return;
	}
	if (coid < 0) {
		strange(s, "attach returned", coid);
		return;
	}
	atomic_fetch_add(&s->attached, 1);
	ret = qmsg_pulse_send(s->qc, coid, 1, 0, 0);
	if (ret && ret != -EBADF)
		strange(s, "pulse on a new connection returned", ret);
	ret = qmsg_connect_detach(s->qc, coid);
	if (ret)
		strange(s, "detach returned", ret);
}

static void pulses(struct site *s, struct actor *a)
{
	int ret = 0;

	(void)a;
	race_spin(race_random() % 32768);
	for (unsigned int i = 0; i < PULSES && !ret; i++)
		ret = qmsg_pulse_send(s->qc, s->coid, 1, 1, (uint64_t)s->round * PULSES + i);
	if (ret && ret != -EBADF)
		strange(s, "pulse returned", ret);
}

/* Even ones take pulses only. Each pulse comes once, and to one thread in order. */
static void takes_pulses(struct site *s, struct actor *a)
{
	struct qmsg_pulse pulse;
	uint64_t last = 0;
	int64_t ret;

	for (;;) {
		ret = a->i % 2 ?
		      qmsg_msg_receive(s->qs, s->chid, &pulse, sizeof(pulse), NULL) :
		      qmsg_msg_receive_pulse(s->qs, s->chid, &pulse, sizeof(pulse), NULL);
		if (ret)
			break;
		if (pulse.value / PULSES != s->round || pulse.value < last)
			strange(s, "pulse", pulse.value);
		if (atomic_fetch_add(&s->pulses[pulse.value % PULSES], 1))
			strange(s, "pulse received again", pulse.value);
		last = pulse.value;
		atomic_fetch_add(&s->delivered, 1);
	}
	if (ret != -ESRCH)
		strange(s, "receive returned", ret);
}

/* ------------------------------------------------------------------- rounds */

static void *play(void *arg)
{
	struct actor *a = arg;
	struct site *s = a->site;

	for (unsigned int round = 1; round <= s->rounds; round++) {
		race_await(&s->begun, round);
		a->act(s, a);
		if (atomic_fetch_sub(&s->busy, 1) == 1)
			race_reach(&s->ended, round);
	}
	return NULL;
}

static void hires(struct site *s, void (*act)(struct site *, struct actor *))
{
	struct actor *a = &s->actor[s->actors];

	*a = (struct actor){ .site = s, .act = act, .i = s->actors++ };
	pthread_create(&a->thread, NULL, play, a);
}

/* The connection is made anew each time; a detacher has used it up. */
static void round_of(struct site *s, unsigned int round, unsigned int flags, bool detached)
{
	s->chid = qmsg_channel_create(s->qs, flags);
	s->coid = qmsg_connect_attach(s->qc, 0, s->chid, QMSG_SIDE_CHANNEL, 0);
	if (s->coid < 0)
		strange(s, "attach returned", s->coid);
	for (int i = 0; i < ACTORS_MAX; i++)
		atomic_store(&s->received[i], 0);
	for (int i = 0; i < PULSES; i++)
		atomic_store(&s->pulses[i], 0);
	s->round = round;
	atomic_store(&s->busy, s->actors);
	race_reach(&s->begun, round);
	race_spin(race_random() % 262144);
	if (qmsg_channel_destroy(s->qs, s->chid))
		strange(s, "destroying channel", s->chid);
	race_await(&s->ended, round);
	if (!detached && qmsg_connect_detach(s->qc, s->coid))
		strange(s, "detaching", s->coid);
	race_tick();
}

static void raze(struct site *s, unsigned int flags, bool detached)
{
	for (unsigned int round = 1; round <= s->rounds; round++)
		round_of(s, round, flags, detached);
	for (unsigned int i = 0; i < s->actors; i++)
		pthread_join(s->actor[i].thread, NULL);
	printf("# %u channels: answered %u, refused %u, pulses delivered %u, attached %u\n",
	       s->rounds, s->answered, s->refused, s->delivered, s->attached);
}

FIXTURE(site) {
	struct site s;
};

FIXTURE_VARIANT(site) {
	unsigned int flags;
};

FIXTURE_VARIANT_ADD(site, unblock) { .flags = QMSG_CHF_UNBLOCK };
FIXTURE_VARIANT_ADD(site, no_unblock) { .flags = 0 };

FIXTURE_SETUP(site)
{
	self->s.qs = qmsg_open();
	self->s.qc = qmsg_open();
	ASSERT_LE(0, self->s.qc);
	self->s.rounds = race_rounds(8);
	race_begin("teardown");
}

FIXTURE_TEARDOWN(site)
{
	race_end();
	qmsg_close(self->s.qc);
	qmsg_close(self->s.qs);
}

TEST_F_TIMEOUT(site, receive_receive_destroy, RACE_TIMEOUT)
{
	hires(&self->s, sends);
	hires(&self->s, sends);
	hires(&self->s, receives);
	hires(&self->s, receives);
	raze(&self->s, variant->flags, false);
	EXPECT_EQ(0, self->s.strange);
	RACE_SHOULD_COME_UP(0 < self->s.answered);
	RACE_SHOULD_COME_UP(0 < self->s.refused);
	EXPECT_EQ(2 * self->s.rounds, self->s.answered + self->s.refused);
}

TEST_F_TIMEOUT(site, send_detach_destroy, RACE_TIMEOUT)
{
	hires(&self->s, sends);
	hires(&self->s, sends);
	hires(&self->s, receives);
	hires(&self->s, detaches);
	raze(&self->s, variant->flags, true);
	EXPECT_EQ(0, self->s.strange);
	RACE_SHOULD_COME_UP(0 < self->s.answered);
	EXPECT_EQ(2 * self->s.rounds, self->s.answered + self->s.refused);
}

TEST_F_TIMEOUT(site, connect_destroy, RACE_TIMEOUT)
{
	hires(&self->s, attaches);
	hires(&self->s, attaches);
	hires(&self->s, attaches);
	raze(&self->s, variant->flags, false);
	EXPECT_EQ(0, self->s.strange);
	RACE_SHOULD_COME_UP(0 < self->s.attached);
	EXPECT_EQ(3 * self->s.rounds, self->s.attached + self->s.refused);
}

TEST_F_TIMEOUT(site, pulse_receive_pulse_receive_destroy, RACE_TIMEOUT)
{
	hires(&self->s, takes_pulses);
	hires(&self->s, takes_pulses);
	hires(&self->s, pulses);
	raze(&self->s, variant->flags, false);
	EXPECT_EQ(0, self->s.strange);
	RACE_SHOULD_COME_UP(0 < self->s.delivered);
}

TEST_HARNESS_MAIN
