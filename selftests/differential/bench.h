/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs are played, one after the other, and what cannot be explained is made smaller, and
 * printed with the number it follows from.
 */
#ifndef QMSG_BENCH_H
#define QMSG_BENCH_H

#include "play.h"
#include "print.h"
#include "search.h"

/* Chance has the last word on an interleaving: a program is played so often to see it fail. */
#define TRIES		40
#define SHRINK_NS	60000000000ULL

static struct search search;
static struct history history;
static uint64_t seed_wanted;

struct bench {
	struct stage *s;
	int q;
	struct program (*program_from)(uint64_t seed);
	unsigned int explained, undecided, strange, states_max;
	unsigned int ops;
};

/* Plays it once. False: the module has done what no rule explains. */
static inline bool holds(struct bench *b, const struct program *p)
{
	enum verdict v;

	stage_play(b->s, b->q, p);
	v = stage_history(b->s, &history) ? EXPLAINED : UNDECIDED;
	if (b->s->strange)
		return false;
	if (v == EXPLAINED)
		v = explain(&search, &history);
	b->ops += history.n;
	b->explained += v == EXPLAINED;
	b->undecided += v == UNDECIDED;
	if (search.states > b->states_max)
		b->states_max = search.states;
	return v != UNEXPLAINED;
}

static inline bool holds_often(struct bench *b, const struct program *p, int tries)
{
	while (tries--) {
		race_tick();
		if (!holds(b, p))
			return false;
	}
	return true;
}

static inline int count_acts(const struct program *p)
{
	int n = 0;

	for (int thread = 0; thread < THREADS; thread++)
		for (int i = 0; i < ACTS_MAX; i++)
			n += p->act[thread][i].type != OP_NONE;
	return n;
}

static inline struct program without(const struct program *p, int first, int n)
{
	struct program less = *p;
	int at = 0;

	for (int thread = 0; thread < THREADS; thread++)
		for (int i = 0; i < ACTS_MAX; i++) {
			if (less.act[thread][i].type == OP_NONE)
				continue;
			if (at >= first && at < first + n)
				less.act[thread][i] = (struct act){ 0 };
			at++;
		}
	return less;
}

/* Leaves out all that it fails without: halves first, then quarters, down to single acts. */
static inline struct program shrink(struct bench *b, struct program p)
{
	const uint64_t until = now_ns() + SHRINK_NS;

	for (int n = count_acts(&p) / 2; n > 0; n /= 2)
		for (int first = 0; first < count_acts(&p) && now_ns() < until;) {
			struct program less = without(&p, first, n);

			if (holds_often(b, &less, TRIES / 2))
				first += n;
			else
				p = less;
		}
	return p;
}

static inline void report(struct bench *b)
{
	int last = b->s->strange ? -1 : first_unexplained(&search, &history);

	print_history(&history, last);
	if (last >= 0)
		printf("# nothing explains the result of operation %d\n", last);
}

static inline void dissect(struct bench *b, const struct program *p)
{
	struct program less;

	printf("# seed=%llx fails:\n", (unsigned long long)p->seed);
	report(b);
	less = shrink(b, *p);
	printf("# %d of its %d acts are enough:\n", count_acts(&less), count_acts(p));
	if (!holds_often(b, &less, TRIES))
		report(b);
	else
		printf("# (but not this time)\n");
}

static inline bool play_many(struct bench *b, unsigned int programs)
{
	uint64_t dice = now_ns();

	for (unsigned int i = 0; i < programs; i++) {
		uint64_t seed = seed_wanted ?: (uint64_t)roll(&dice, UINT32_MAX) << 8 | (i & 0xff);
		struct program p = b->program_from(seed);

		race_tick();
		if (holds(b, &p))
			continue;
		dissect(b, &p);
		return false;
	}
	return true;
}

/* The search is given up where it takes too long: that may be seldom, not the rule. */
static inline bool bench_run(struct bench *b)
{
	unsigned int programs = race_rounds(1) / 200;
	bool held = play_many(b, programs < 20 ? 20 : programs);

	printf("# %u histories explained, %u undecided; %u operations, at most %u states\n",
	       b->explained, b->undecided, b->ops, b->states_max);
	return held && b->explained / 50 + 1 >= b->undecided;
}

/* seed=N is for this program, all else for the harness. */
static inline int bench_main(int argc, char **argv)
{
	int n = 1;

	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], "seed=", 5))
			argv[n++] = argv[i];
		else
			seed_wanted = strtoull(argv[i] + 5, NULL, 16);
	}
	argv[n] = NULL;
	return test_harness_run(n, argv);
}

#endif /* QMSG_BENCH_H */
