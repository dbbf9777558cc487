// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long a real-time thread waits while ordinary ones send messages: from the moment its timer
 * was to wake it, and for its own round trip. Beside nothing, beside pipes, and beside qmsg: what
 * keeps it waiting beside pipes is the kernel's own, so qmsg should keep it no longer.
 */
#include "bench.h"
#include "method_qmsg.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PERIOD_NS	1000000
#define SAMPLES		2000
#define LOAD_PAIRS	4
#define LOAD_SIZE	4096	/* copied from page to page */
#define SIZE		64

static const char *const loads[] = { "none", "pipe", "qmsg" };

/* In a child, ordinary, for as long as it is let. */
static void make_load(const struct method *m)
{
	struct pair pair;

	run_as("other");
	if (pair_start(&pair, m, LOAD_SIZE))
		return;
	while (pair_run(&pair, 1000))
		;
}

static void load_start(const char *name, pid_t load[LOAD_PAIRS])
{
	const struct method *m = method_named(name);

	for (int i = 0; i < LOAD_PAIRS; i++) {
		load[i] = m ? fork_child() : 0;
		if (load[i] < 0)
			failed("latency", "fork", load[i]);
		if (!m || load[i])
			continue;
		make_load(m);
		exit(1);
	}
}

static void load_end(const pid_t load[LOAD_PAIRS])
{
	for (int i = 0; i < LOAD_PAIRS; i++)
		end_child(load[i]);
}

static void tell(const char *load, const char *what, double *ns, int n)
{
	struct quartiles q = quartiles(ns, n);

	say("latency", "load=%s what=%s median=%.0f p99=%.0f max=%.0f", load, what, q.median,
	    quantile(ns, n, 0.99), q.max);
}

/* Until @at; how much later it is then. */
static uint64_t sleep_until(uint64_t at)
{
	struct timespec ts = { .tv_sec = at / 1000000000, .tv_nsec = at % 1000000000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
	return now_ns() - at;
}

/* Whoever comes a whole period late has missed that one, and begins again. */
static void measure(struct pair *p, const char *load)
{
	double *late = calloc(SAMPLES, sizeof(*late)), *trip = calloc(SAMPLES, sizeof(*trip));
	uint64_t at = now_ns(), t = 1;
	int n = 0;

	while (n < SAMPLES && t) {
		at += PERIOD_NS;
		if (at < now_ns())
			at = now_ns() + PERIOD_NS;
		late[n] = sleep_until(at);
		t = pair_run(p, 1);
		trip[n++] = t;
	}
	if (t) {
		tell(load, "timer", late, n);
		tell(load, "round_trip", trip, n);
	}
	free(late);
	free(trip);
}

static void beside(const char *load)
{
	pid_t pids[LOAD_PAIRS];
	struct pair pair;

	progress("latency beside %s", load);
	load_start(load, pids);
	run_before_all();
	if (!pair_start(&pair, method_named("qmsg"), SIZE)) {
		measure(&pair, load);
		pair_end(&pair);
	}
	load_end(pids);
	run_as(current_schedule);
}

void section_latency(void)
{
	if (qmsg_missing() || by_instructions())
		return;
	for (size_t i = 0; i < ARRAY_SIZE(loads); i++)
		beside(loads[i]);
}
