// SPDX-License-Identifier: GPL-2.0-only
/*
 * A fuzzer of the module's interface. Without arguments it runs each program of its corpus
 * once, on any kernel: that is a test. With "minutes=N" it changes them, on a module that counts
 * where it goes, and keeps what gets to new places; what was running when something breaks is
 * sent to the host before it runs (build/log/KVER/files, name "last").
 *
 *	minutes=N	how long
 *	seed=N		of the random numbers
 *	rounds=N	run each program of the corpus N times
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mutate.h"
#include "ops.h"
#include "stage.h"
#include "watch.h"

#define CORPUS		"/fuzz/corpus"
#define CORPUS_MAX	4000
#define LOOK_EVERY	16	/* programs between two looks at the counters */

static struct {
	long minutes, seed, rounds;
} args = { .rounds = 1 };

static struct stage *stage;
static bool counts;		/* the module does */
static uint8_t seen[EDGES], edges[EDGES];
static struct program *corpus;
static int ncorpus;
static long executed;
static struct program recent[LOOK_EVERY];
static int failures;

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

static void failed(const char *what, const char *detail)
{
	char name[32];

	snprintf(name, sizeof(name), "crash-%d", failures++);
	host_send(name, &recent[(executed - 1) % LOOK_EVERY], 1);
	snprintf(name, sizeof(name), "crash-%d-recent", failures - 1);
	host_send(name, recent, executed < LOOK_EVERY ? executed : LOOK_EVERY);
	printf("# %s: %s (program %ld):\n", what, detail, executed);
	program_write(stdout, &recent[(executed - 1) % LOOK_EVERY]);
}

/* Runs it, and says so if that was too much; false: nothing can be run any more. */
static bool run(const struct program *p)
{
	const char *complaint;

	recent[executed++ % LOOK_EVERY] = *p;
	host_send("last", p, 1);
	if (counts)
		edges_clear();
	if (stage_run(stage, p)) {
		failed("a process cannot be killed", "");
		return false;
	}
	if (counts)
		edges_read(edges);
	complaint = kernel_complains();
	if (complaint)
		failed("the kernel complains", complaint);
	if (executed % LOOK_EVERY == 0 && !objects_are_gone()) {
		failed("objects are left", "of one of the last 16");
		return false;
	}
	return true;
}

/* ---- the corpus ---- */

static void corpus_add(const struct program *p)
{
	if (ncorpus < CORPUS_MAX)
		corpus[ncorpus++] = *p;
}

static void corpus_load(void)
{
	FILE *f = fopen(CORPUS, "re");
	struct program p;

	corpus = calloc(CORPUS_MAX, sizeof(*corpus));
	if (!corpus)
		abort();
	while (f && program_read(f, &p))
		corpus_add(&p);
	if (f)
		fclose(f);
}

static bool corpus_run(void)
{
	for (int round = 0; round < args.rounds; round++)
		for (int i = 0; i < ncorpus; i++) {
			if (!run(&corpus[i]))
				return false;
			edges_add(seen, edges);
		}
	return true;
}

/* ---- new programs ---- */

/* Instructions without which it gets to the same new places are left out. */
static bool shrink(struct program *p)
{
	static uint8_t wanted[EDGES];
	struct program less;

	memcpy(wanted, edges, EDGES);
	for (int i = p->n - 1; i >= 0 && p->n > 1; i--) {
		less = *p;
		program_remove(&less, i);
		if (!run(&less))
			return false;
		if (edges_have(edges, wanted, seen))
			*p = less;
	}
	edges_add(seen, wanted);
	return true;
}

static bool is_news(void)
{
	for (int i = 0; i < EDGES; i++)
		if (edges[i] && !seen[i])
			return true;
	return false;
}

static void choose(struct program *p)
{
	if (!ncorpus || random_below(20) == 0) {
		program_invent(p);
		return;
	}
	/* What came last leads on more often. */
	*p = corpus[random_below(2) ? random_below(ncorpus) :
		    ncorpus - 1 - random_below(ncorpus < 32 ? ncorpus : 32)];
	program_mutate(p, &corpus[random_below(ncorpus)]);
}

static int places(void)
{
	int n = 0;

	for (int i = 0; i < EDGES; i++)
		n += seen[i];
	return n;
}

static void say(time_t begin)
{
	printf("# %ld s: %ld programs, %d in the corpus, %d edges, %d failures\n",
	       (long)(now() - begin), executed, ncorpus, places(), failures);
	fflush(stdout);
}

static bool fuzz(void)
{
	time_t begin = now(), end = begin + 60 * args.minutes, said = begin;
	struct program p;
	char name[32];

	while (now() < end && failures < 8) {
		choose(&p);
		if (!run(&p))
			return false;
		if (is_news()) {
			if (!shrink(&p))
				return false;
			corpus_add(&p);
			snprintf(name, sizeof(name), "new/%06ld", executed);
			host_send(name, &p, 1);
		}
		if (now() - said >= 30) {
			said = now();
			say(begin);
		}
	}
	say(begin);
	return true;
}

/* Of the whole corpus so much as gets to the same places, the richest first. */
static bool distil(void)
{
	uint8_t (*all)[EDGES] = calloc(ncorpus, sizeof(*all));
	struct program *kept = calloc(ncorpus, sizeof(*kept));
	static uint8_t covered[EDGES];
	int best, most, nkept = 0;

	if (!all || !kept)
		abort();
	for (int i = 0; i < ncorpus; i++) {
		if (!run(&corpus[i]))
			return false;
		memcpy(all[i], edges, EDGES);
	}
	do {
		best = most = 0;
		for (int i = 0; i < ncorpus; i++) {
			int n = 0;

			for (int e = 0; e < EDGES; e++)
				n += all[i][e] & !covered[e];
			if (n > most) {
				most = n;
				best = i;
			}
		}
		if (most) {
			edges_add(covered, all[best]);
			kept[nkept++] = corpus[best];
		}
	} while (most);
	host_send("corpus", kept, nkept);
	printf("# the corpus: %d programs of %d\n", nkept, ncorpus);
	free(all);
	free(kept);
	return true;
}

/* ---- the report ---- */

static void parse(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (sscanf(argv[i], "minutes=%ld", &args.minutes) != 1 &&
		    sscanf(argv[i], "seed=%ld", &args.seed) != 1 &&
		    sscanf(argv[i], "rounds=%ld", &args.rounds) != 1) {
			fprintf(stderr, "%s: what is %s?\n", argv[0], argv[i]);
			exit(2);
		}
}

static int number;

static void result(bool ok, const char *text)
{
	printf("%sok %d %s\n", ok ? "" : "not ", ++number, text);
}

int main(int argc, char **argv)
{
	bool alive;

	setvbuf(stdout, NULL, _IOLBF, 0);
	parse(argc, argv);
	printf("TAP version 13\n1..4\n");
	random_seed(args.seed);
	host_open();
	kernel_log_open();
	counts = edges_open();
	corpus_load();
	result(ncorpus > 0 || args.minutes, "there is a corpus");
	alive = !stage_open(&stage);
	result(alive, "the stage is set");
	alive = alive && corpus_run();
	if (args.minutes && !counts)
		printf("# this module does not count: changing programs at random\n");
	if (args.minutes)
		alive = alive && fuzz() && (!counts || distil());
	printf("# seed %ld: %ld programs, %d edges\n", args.seed, executed, places());
	result(alive && objects_are_gone(), "everything ends, and nothing is left");
	result(!failures, "nothing was found");
	if (stage)
		stage_close(stage);
	return failures || !alive;
}
