// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everything at once, for long: a crowd of clients that is hit by signals of another
 * process, by deadlines, detaches and kills, and a server of four threads. In the end
 * every request is accounted for (hazard K2).
 */
#include "kselftest_harness.h"
#include "crowd.h"
#include "crowd_server.h"

struct trouble {
	unsigned int signals, kills;
};

static void strike_somebody(struct crowd *c, struct trouble *t)
{
	struct crowd_process *p = &c->process[race_random() % CROWD_PROCESSES];
	pid_t tid = atomic_load(&p->tid[race_random() % CROWD_THREADS]);

	if (tid && !send_signal(p->pid, tid, SIGUSR1))
		t->signals++;
}

/* What it was sending is lost, and may have had a pulse. */
static void kill_somebody(struct crowd *c, struct trouble *t)
{
	struct crowd_process *p = &c->process[race_random() % CROWD_PROCESSES];

	kill(p->pid, SIGKILL);
	if (reap(p->pid, NULL))
		crowd_strange(c, "a killed process stays", p->pid);
	for (int i = 0; i < CROWD_THREADS; i++) {
		unsigned int number = atomic_load(&p->number[i]);

		if (number)
			atomic_store(&c->book[number].asked, 1);
	}
	t->kills++;
	crowd_fork(c, p);
}

/* A signal every few requests, a kill every few hundred. */
static struct trouble torment(struct crowd *c)
{
	struct trouble t = { 0 };
	unsigned int issued = 0, next_kill = 250;

	while (issued < c->requests) {
		unsigned int next = issued + 1 + race_random() % 8;

		/* How far beyond the last one they come is not known. */
		race_await(&c->issued, next < c->requests ? next : c->requests);
		issued = atomic_load(&c->issued.at);
		race_tick();
		strike_somebody(c, &t);
		if (issued > next_kill) {
			next_kill += 125 + race_random() % 250;
			kill_somebody(c, &t);
		}
	}
	return t;
}

static void crowd_ends(struct crowd *c)
{
	atomic_store(&c->over, true);
	race_reach(&c->issued, c->requests + (1 << 20));
	for (int i = 0; i < CROWD_PROCESSES; i++) {
		int status = 0;

		if (reap(c->process[i].pid, &status) || status)
			crowd_strange(c, "a client ended with", status);
	}
}

static const char *flaw(const struct crowd *c, const struct entry *e)
{
	bool held = c->flags & QMSG_CHF_UNBLOCK;
	const char *what = book_flaw(e, held);

	if (what)
		return what;
	if (e->outcome == OUT_NONE && (e->received || e->pulses) && !e->asked)
		return "did not return though it was not killed";
	if (e->answers && !is_answered(e) && e->outcome != OUT_NONE)
		return "lost its answer";
	if (e->outcome == OUT_LEFT && !e->asked)
		return "left for no reason";
	if (e->outcome == OUT_LEFT && held && e->received > e->restarts)
		return "left although it was received (S5.1)";
	if (e->outcome == OUT_LEFT && e->error != EINTR && e->error != ETIMEDOUT &&
	    e->error != EBADF)
		return "left with a strange errno";
	return NULL;
}

static struct tally audit(const struct crowd *c)
{
	struct tally t = { 0 };

	for (unsigned int number = 1; number <= c->requests; number++) {
		const char *what = flaw(c, &c->book[number]);

		if (what)
			book_flawed(&t, number, &c->book[number], what);
		book_add(&t, &c->book[number]);
	}
	return t;
}

FIXTURE(hammer) {
	struct crowd *c;
	struct crowd_server s;
};

FIXTURE_VARIANT(hammer) {
	unsigned int flags;
};

FIXTURE_VARIANT_ADD(hammer, unblock) { .flags = QMSG_CHF_UNBLOCK };
FIXTURE_VARIANT_ADD(hammer, no_unblock) { .flags = 0 };

FIXTURE_SETUP(hammer)
{
	self->c = crowd_new(variant->flags, race_rounds(1));
	race_begin("hammer");
	for (int i = 0; i < CROWD_PROCESSES; i++)
		self->c->process[i].pid = -1;
	ASSERT_EQ(0, crowd_listen(&self->s, self->c));
	for (int i = 0; i < CROWD_PROCESSES; i++)
		crowd_fork(self->c, &self->c->process[i]);
}

FIXTURE_TEARDOWN(hammer)
{
	race_end();
}

TEST_F_TIMEOUT(hammer, accounts_for_every_request, RACE_TIMEOUT)
{
	struct crowd *c = self->c;
	struct trouble trouble = torment(c);
	struct tally t;

	crowd_ends(c);
	EXPECT_EQ(0, read_channel(getpid(), self->s.q, c->chid, "queued"));
	EXPECT_EQ(0, read_channel(getpid(), self->s.q, c->chid, "received"));
	EXPECT_EQ(0, read_channel(getpid(), self->s.q, c->chid, "orphans"));
	crowd_hang_up(&self->s);
	t = audit(c);
	printf("# %u requests, %u signals, %u kills: results %u, aborts %u, left in SEND %u, "
	       "left in REPLY %u, killed %u; refused answers %u, pulses %u\n", c->requests,
	       trouble.signals, trouble.kills, t.results, t.aborts, t.left_unreceived,
	       t.left_received, t.lost, t.stale, t.pulses);
	EXPECT_EQ(0, t.flaws);
	EXPECT_EQ(0, atomic_load(&c->strange));
	EXPECT_EQ(c->requests, t.results + t.aborts + t.left_unreceived + t.left_received + t.lost);
	EXPECT_GE(trouble.kills * CROWD_THREADS, t.lost);
	RACE_SHOULD_COME_UP(0 < t.stale);
	if (variant->flags) {
		RACE_SHOULD_COME_UP(0 < t.pulses);
	} else {
		EXPECT_EQ(0, t.pulses);
	}
	crowd_free(c);
}

TEST_HARNESS_MAIN
