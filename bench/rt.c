// SPDX-License-Identifier: GPL-2.0-only
/*
 * Round trips, and reads of files: for one size all methods are set up side by side, then they
 * take turns with one batch each, so that whatever else the machine does hits all of them alike.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define MOST_METHODS 32
#define LEAST_ITERS 2
#define CALIBRATIONS 3	/* long enough ones */

/* Read before and after a batch, outside of its time. */
struct counters {
	double switches, voluntary, involuntary, cpu_ns;
};

struct lane {
	struct pair pair;
	clockid_t server_clock;
	unsigned long iters;
	double *ns;		/* of one round trip, by batch */
	int batches;
	struct counters sum;
	bool broken;
};

/* What is compared with each other. */
struct contest {
	const char *line, *title;
	const struct method *const *methods;
	const char *sizes;
};

static struct lane lanes[MOST_METHODS];
static int n_lanes;

static double clock_ns(clockid_t clock)
{
	struct timespec ts = { 0 };

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

/* The file is dear to read: outside of what the clocks of both ends see. */
static void count_from(const struct lane *lane, struct counters *c)
{
	struct rusage usage;

	c->switches = read_field("/proc/stat", "ctxt");
	getrusage(RUSAGE_SELF, &usage);
	c->voluntary = usage.ru_nvcsw;
	c->involuntary = usage.ru_nivcsw;
	c->cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID) + clock_ns(lane->server_clock);
}

static void count_to(const struct lane *lane, struct counters *c)
{
	struct rusage usage;

	c->cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID) + clock_ns(lane->server_clock);
	getrusage(RUSAGE_SELF, &usage);
	c->voluntary = usage.ru_nvcsw;
	c->involuntary = usage.ru_nivcsw;
	c->switches = read_field("/proc/stat", "ctxt");
}

static void add_difference(struct counters *sum, const struct counters *from,
			   const struct counters *to)
{
	sum->switches += to->switches - from->switches;
	sum->voluntary += to->voluntary - from->voluntary;
	sum->involuntary += to->involuntary - from->involuntary;
	sum->cpu_ns += to->cpu_ns - from->cpu_ns;
}

static void break_lane(struct lane *lane)
{
	lane->broken = true;
	pair_end(&lane->pair);
}

/* One more round trip first, not timed: the caches are full of the other methods. */
static uint64_t batch(struct lane *lane, unsigned long iters)
{
	const struct method *m = lane->pair.method;
	struct counters from, to;
	uint64_t ns = 0;

	if (m->before)
		m->before();
	if (pair_run(&lane->pair, 1)) {
		count_from(lane, &from);
		ns = pair_run(&lane->pair, iters);
		count_to(lane, &to);
		add_difference(&lane->sum, &from, &to);
	}
	if (m->after)
		m->after();
	if (!ns)
		break_lane(lane);
	return ns;
}

/*
 * Twice as many until they take a quarter of a batch's time; by the best of all these. A
 * host that was busy elsewhere for a while would make the batches far too short, so there
 * it takes more than one to know.
 */
static void calibrate(struct lane *lane)
{
	double wanted = args.ms * 1e6, best = wanted, ns;
	int runs = by_instructions() ? 1 : CALIBRATIONS;
	unsigned long n = 1;

	do {
		ns = batch(lane, n);
		if (!ns)
			return;
		if (ns / n < best)
			best = ns / n;
		if (ns < wanted / 4)
			n *= 2;
		else
			runs--;
	} while (runs > 0);
	lane->sum = (struct counters){ 0 };
	lane->iters = wanted / best;
	if (lane->iters < LEAST_ITERS)
		lane->iters = LEAST_ITERS;
}

static void measure(struct lane *lane)
{
	uint64_t ns = batch(lane, lane->iters);

	if (ns)
		lane->ns[lane->batches++] = (double)ns / lane->iters;
}

/* In their order, for whoever compares those that were measured one after the other. */
static const char *each_batch(const struct lane *lane)
{
	static char text[512];
	size_t n = 0;

	for (int i = 0; i < lane->batches && n < sizeof(text); i++)
		n += snprintf(text + n, sizeof(text) - n, "%s%.1f", i ? "," : "", lane->ns[i]);
	if (n >= sizeof(text))
		failed(lane->pair.method->name, "too many batches to tell", 0);
	return text;
}

static void print_lane(const char *line, const struct lane *lane, size_t size)
{
	const char *batches = each_batch(lane);
	struct quartiles q = quartiles(lane->ns, lane->batches);
	double n = (double)lane->batches * lane->iters;

	say(line, "method=%s size=%zu place=%s hogs=%d sched=%s iters=%lu batches=%d "
	    "min=%.1f p25=%.1f median=%.1f p75=%.1f max=%.1f cs=%.2f vcs=%.2f ics=%.2f "
	    "cpu_ns=%.1f payload=%s ns=%s", lane->pair.method->name, size, current_place, args.hogs,
	    current_schedule, lane->iters, lane->batches, q.min, q.p25, q.median, q.p75, q.max,
	    lane->sum.switches / n, lane->sum.voluntary / n, lane->sum.involuntary / n,
	    lane->sum.cpu_ns / n, lane->pair.method->no_payload ? "none" : "copied", batches);
}

static void open_lane(const struct method *m, size_t size)
{
	struct lane *lane = &lanes[n_lanes];

	*lane = (struct lane){ 0 };
	if (pair_start(&lane->pair, m, size))
		return;
	lane->ns = calloc(args.batches, sizeof(*lane->ns));
	clock_getcpuclockid(lane->pair.server, &lane->server_clock);
	n_lanes++;
}

static void close_lane(struct lane *lane)
{
	if (!lane->broken)
		pair_end(&lane->pair);
	free(lane->ns);
}

static void for_all(void (*what)(struct lane *lane))
{
	for (int i = 0; i < n_lanes; i++)
		if (!lanes[i].broken)
			what(&lanes[i]);
}

static void one_size(const struct contest *contest, size_t size)
{
	const struct method *const *m;

	n_lanes = 0;
	for (m = contest->methods; *m && n_lanes < MOST_METHODS; m++)
		if (method_usable(*m) && method_fits(*m, size))
			open_lane(*m, size);
	for_all(calibrate);
	for (int i = 0; i < args.batches; i++)
		for_all(measure);
	for (int i = 0; i < n_lanes; i++)
		if (!lanes[i].broken && lanes[i].batches)
			print_lane(contest->line, &lanes[i], size);
	for (int i = 0; i < n_lanes; i++)
		close_lane(&lanes[i]);
}

static void all_sizes(const struct contest *contest)
{
	const char *sizes = contest->sizes;
	char size[32];

	progress("%s, %s, %s, %d hogs", contest->title, current_schedule, current_place, args.hogs);
	while (list_next(&sizes, size, sizeof(size)))
		one_size(contest, strtoul(size, NULL, 10));
}

static void all_places(const struct contest *contest)
{
	const char *schedules = args.schedules, *places;
	char schedule[32], place[32];

	hogs_start(args.hogs);
	while (list_next(&schedules, schedule, sizeof(schedule))) {
		places = args.places;
		while (list_next(&places, place, sizeof(place))) {
			run_at(place);
			run_as(schedule);
			all_sizes(contest);
		}
	}
	run_at("free");
	run_as("other");
	hogs_end();
}

void section_rt(void)
{
	all_places(&(const struct contest){ "rt", "round trips", methods, args.sizes });
}

void section_read(void)
{
	all_places(&(const struct contest){ "read", "reads of files", readers, READ_SIZES });
}

/* For a profiler, which looks on until it ends the machine. */
void loop_for_ever(void)
{
	const struct method *m = method_named(args.loop);
	struct pair pair;

	if (!method_usable(m) || pair_start(&pair, m, args.loop_size))
		return;
	if (m->before)
		m->before();
	progress("loop of %s, %lu bytes", m->name, args.loop_size);
	say("loop", "ready");
	while (pair_run(&pair, 1000))
		;
}
