/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The arena's client, what strikes it, the audit, and the hammer as a whole.
 */
#ifndef QMSG_ARENA_RUN_H
#define QMSG_ARENA_RUN_H

#include "arena.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

/* ------------------------------------------------------------------ strikes */

#define STRIKE_AGAIN_NS	500000

static inline void strike_timer(struct arena *a)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = SIGUSR1,
	};

	event.sigev_notify_thread_id = this_tid();
	if (timer_create(CLOCK_MONOTONIC, &event, &a->timer))
		arena_strange(a, "timer_create failed", errno);
}

/* A signal that is not handled yet, because its client is held, is not sent again. */
static inline void strike_arm(struct arena *a, long ns, long again_ns)
{
	struct itimerspec spec = {
		.it_value.tv_nsec = ns,
		.it_interval.tv_nsec = again_ns,
	};

	timer_settime(a->timer, 0, &spec, NULL);
}

static inline void arena_attach(struct arena *a)
{
	a->coid = qmsg_connect_attach(a->qc, 0, a->chid, a->race->index, 0);
	if (a->coid < 0)
		arena_strange(a, "attaching returned", a->coid);
}

static inline void arena_detach(struct arena *a)
{
	int ret = qmsg_connect_detach(a->qc, a->coid);

	if (ret)
		arena_strange(a, "detaching returned", ret);
}

/* Strikes that take another thread: every detach, and one signal in 64. */
static inline void arena_torment(struct arena *a)
{
	unsigned int number = 0;

	for (;;) {
		race_await(&a->summoned, number + 1);
		number = atomic_load(&a->summoned.at);
		if (number > a->requests)
			return;
		race_spin(a->delay_strike);
		if (a->race->strike == BY_DETACH)
			arena_detach(a);
		else
			send_signal(getpid(), a->client, SIGUSR1);
		race_reach(&a->struck, number);
	}
}

/* ------------------------------------------------------------------- client */

/* How this round's strike is delivered: true if by the other thread. */
static inline bool strike_begin(struct arena *a, struct qmsg_msg_send *send)
{
	switch (a->race->strike) {
	case BY_DEADLINE:
		send->reply_deadline = now_ns() + a->delay_strike;
		return false;
	case BY_SIGNALS:
		strike_arm(a, a->delay_strike + 1, STRIKE_AGAIN_NS);
		return false;
	case BY_SIGNAL:
		if (race_random() % 64) {
			strike_arm(a, a->delay_strike + 1, 0);
			return false;
		}
		break;
	case BY_DETACH:
		break;
	}
	return true;
}

/* Nothing of it is left for the next round. */
static inline void strike_end(struct arena *a, unsigned int number, bool summoned, int handled)
{
	if (!summoned) {
		if (a->race->strike <= BY_SIGNALS)
			strike_arm(a, 0, 0);
		return;
	}
	race_await(&a->struck, number);
	if (a->race->strike == BY_SIGNAL)
		race_await_handled(handled + 1);
}

static inline void arena_send(struct arena *a, struct entry *e)
{
	const unsigned int number = number_of(a, e);
	struct note note = { .number = number }, back = { 0 };
	struct qmsg_msg_send send = send_args(a->coid, &note, note_len(number), &back,
					      sizeof(back));
	int handled = race_handled, ret;
	bool summoned = false;

	if (a->strikes) {
		atomic_store(&e->asked, 1);
		summoned = strike_begin(a, &send);
	}
	if (summoned)
		race_reach(&a->summoned, number);
	ret = qmsg_msg_send_with(a->qc, &send);
	e->handled = race_handled != handled;
	if (a->strikes)
		strike_end(a, number, summoned, handled);
	book_outcome(e, number, ret, &send, &back);
}

static inline bool arena_strike_won(const struct arena *a, const struct entry *e)
{
	if (a->race->strike == BY_SIGNALS)
		return e->outcome == OUT_LEFT || e->early;
	return e->outcome != OUT_RESULT || atomic_load(&e->pulses) || atomic_load(&e->seen);
}

static inline void arena_round(struct arena *a, unsigned int number)
{
	struct entry *e = &a->book[number];

	a->strikes = race_random() % 8;
	race_aim_delays(&a->aim, &a->delay_strike, &a->delay_answer);
	if (a->race->strike == BY_DETACH)
		arena_attach(a);
	atomic_store(&a->newest, number);
	race_reach(&a->called, number);
	arena_send(a, e);
	if (a->race->strike == BY_DETACH && !a->strikes)
		arena_detach(a);
	if (!a->strikes)
		return;
	race_aim_adjust(&a->aim, arena_strike_won(a, e));
	/* in SEND it was much too early */
	if (!e->received)
		a->aim.lead += 2 * race_aim_step(&a->aim);
}

static inline void *arena_client(void *arg)
{
	struct arena *a = arg;

	a->client = this_tid();
	strike_timer(a);
	for (unsigned int number = 1; number <= a->requests; number++) {
		arena_round(a, number);
		race_tick();
	}
	timer_delete(a->timer);
	race_reach(&a->summoned, a->requests + 1);
	return NULL;
}

/* -------------------------------------------------------------------- audit */

/* The rules of a client that lives: it always returns, and an answer taken reaches it. */
static inline const char *arena_flaw(const struct arena *a, const struct entry *e)
{
	const char *flaw = book_flaw(e, is_held(a));

	if (flaw)
		return flaw;
	if (e->outcome == OUT_NONE)
		return "did not return";
	if (e->answers && !is_answered(e))
		return "lost its answer";
	if (e->outcome == OUT_LEFT && (!e->asked || e->error != a->race->left_errno))
		return "left for no reason";
	if (e->outcome == OUT_LEFT && is_held(a) && e->received)
		return "left although it was received (S5.1)";
	if (e->outcome == OUT_ERROR && e->error != a->race->left_errno)
		return "was aborted with another errno";
	if (e->seen && !e->handled && a->race->strike <= BY_SIGNALS)
		return "returned before the handler ran (S5.26)";
	return a->race->audit ? a->race->audit(a, e) : NULL;
}

static inline struct tally arena_audit(const struct arena *a)
{
	struct tally t = { 0 };

	for (unsigned int number = 1; number <= a->requests; number++) {
		const struct entry *e = &a->book[number];
		const char *flaw = arena_flaw(a, e);

		if (flaw)
			book_flawed(&t, number, e, flaw);
		book_add(&t, e);
	}
	printf("# %u requests, %u struck: event first %u, answer first %u; results %u, aborts %u, "
	       "left in SEND %u, left in REPLY %u; refused answers %u, pulses %u, seen %u\n",
	       a->requests, t.struck, a->aim.first, a->aim.second, t.results, t.aborts,
	       t.left_unreceived, t.left_received, t.stale, t.pulses, t.seen);
	return t;
}

/* ---------------------------------------------------------------- the whole */

static inline int arena_open(struct arena *a, const struct arena_race *race, unsigned int requests)
{
	int err;

	*a = (struct arena){ .race = race, .requests = requests };
	a->book = shared_alloc(sizeof(*a->book) * (requests + 1));
	a->qs = qmsg_open();
	a->qc = qmsg_open();
	err = qmsg_setup(a->qs, race->bits);
	if (err)
		return err;
	a->chid = qmsg_channel_create(a->qs, race->flags);
	if (race->strike == BY_DETACH)
		return a->chid < 0 ? a->chid : 0;
	a->coid = qmsg_connect_attach(a->qc, 0, a->chid, QMSG_SIDE_CHANNEL, 0);
	return a->coid < 0 ? a->coid : 0;
}

/* With the last link of a round's connection its notice comes, once (S1.14). */
static inline void arena_await_disconnects(struct arena *a)
{
	while (atomic_load(&a->disconnects) < a->requests)
		sched_yield();
}

static inline void arena_fight(struct arena *a)
{
	unsigned int count = a->race->servers ?: ARENA_SERVERS;
	pthread_t servers[ARENA_SERVERS], client;

	race_catch(SIGUSR1, SA_RESTART);
	for (unsigned int i = 0; i < count; i++)
		pthread_create(&servers[i], NULL, arena_server, a);
	pthread_create(&client, NULL, arena_client, a);
	arena_torment(a);
	pthread_join(client, NULL);
	if (a->race->flags & QMSG_CHF_DISCONNECT)
		arena_await_disconnects(a);
	qmsg_channel_destroy(a->qs, a->chid);
	for (unsigned int i = 0; i < count; i++)
		pthread_join(servers[i], NULL);
	if (a->race->flags & QMSG_CHF_DISCONNECT && atomic_load(&a->disconnects) != a->requests)
		arena_strange(a, "more notices than connections:", atomic_load(&a->disconnects));
	if (a->race->settle)
		a->race->settle();
}

static inline void arena_close(struct arena *a)
{
	qmsg_close(a->qc);
	qmsg_close(a->qs);
	shared_free(a->book, sizeof(*a->book) * (a->requests + 1));
}

/*
 * The hammer: @requests rounds, then the audit. For a race to have been one, each side
 * has to have won some rounds.
 */
#define ARENA_RUN(race, requests, tally) do {				\
	struct arena _arena;						\
									\
	race_begin(_metadata->name);					\
	ASSERT_EQ(0, arena_open(&_arena, race, requests));		\
	arena_fight(&_arena);						\
	*(tally) = arena_audit(&_arena);				\
	EXPECT_EQ(0, (tally)->flaws);					\
	EXPECT_EQ(0, atomic_load(&_arena.strange));			\
	RACE_SHOULD_COME_UP((requests) / 1000 < _arena.aim.first);	\
	RACE_SHOULD_COME_UP((requests) / 1000 < _arena.aim.second);	\
	arena_close(&_arena);						\
	race_end();							\
} while (0)

/* The fixture of a hammer, with a race as its variant. */
#define ARENA_FIXTURE							\
	FIXTURE(hammer) { char unused; };				\
	FIXTURE_VARIANT(hammer) { struct arena_race race; };		\
	FIXTURE_SETUP(hammer) { }					\
	FIXTURE_TEARDOWN(hammer) { }

#endif /* QMSG_ARENA_RUN_H */
