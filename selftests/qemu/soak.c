// SPDX-License-Identifier: GPL-2.0-only
/*
 * Soak: for as many minutes as asked for, all programs in turn, several beside each other, so
 * that every one meets every other. What nobody but an onlooker can see is looked at meanwhile:
 * once a minute the kernel's log, the tasks and the memory; and at rests, when nothing runs,
 * that the module holds nothing any more and that memory does not become less.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "guest.h"

#define LANES 6
#define LOADS_MAX 128
#define MINUTE 60000LL
/* The first rest is what later ones are compared with: by then everything is warm. */
#define REST_EVERY_MAX 10
/* What memory may become less by between rests. A sanitizer keeps some tens of MiB itself. */
#define MEMORY_LIMIT_KIB (48L << 10)
/* How long a test waits for a state until it says that it does not come. */
#define WAIT_MS "200000"
/* After so many failures nothing new is learnt. */
#define FAILURES_MAX 10

struct load {
	char *path, *name;
	unsigned int runs;
	long long longest;	/* ms */
};

struct lane {
	struct load *load;
	pid_t pid;		/* 0: nothing runs */
	long long since;
	char output[32];
};

static struct load loads[LOADS_MAX];
static int nloads, next_load;
static struct lane lanes[LANES];
static int failures, rests;
static unsigned int runs;
static bool hung;
static struct memory at_first_rest, at_last_rest;

/* ---- the programs ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct load *)a)->name, ((const struct load *)b)->name);
}

static void load_add(const char *path, const char *name)
{
	if (nloads < LOADS_MAX)
		loads[nloads++] = (struct load){ .path = strdup(path), .name = strdup(name) };
}

/* ---- one of them in a lane ---- */

static void lane_start(struct lane *lane)
{
	int out;

	lane->load = &loads[next_load++ % nloads];
	lane->since = now_ms();
	out = open(lane->output, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	lane->pid = program_start(lane->load->path, out, out);
	close(out);
}

static void show_output(const struct lane *lane)
{
	char line[4096];
	FILE *f = fopen(lane->output, "re");

	tap_subtest(lane->load->name);
	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		tap_sub_line(line);
	}
	if (f)
		fclose(f);
}

/* 0: passed, 4: skipped, as the kernel's harness has it. */
static bool is_good(int status)
{
	return WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 4);
}

static void lane_ended(struct lane *lane, int status)
{
	struct load *load = lane->load;
	long long took = now_ms() - lane->since;

	lane->pid = 0;
	load->runs++;
	runs++;
	if (took > load->longest)
		load->longest = took;
	if (is_good(status))
		return;
	show_output(lane);
	if (WIFSIGNALED(status))
		tap_note("killed by signal %d", WTERMSIG(status));
	failures++;
	tap_result(false, "soak: %s after %lld ms, in its run %u", load->name, took, load->runs);
}

static void reap_all(void)
{
	int status, i;
	pid_t pid;

	/* Others than the lanes': orphans of theirs, which init has to bury. */
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (i = 0; i < LANES; i++)
			if (lanes[i].pid == pid)
				lane_ended(&lanes[i], status);
}

static int busy_lanes(void)
{
	int i, n = 0;

	for (i = 0; i < LANES; i++)
		n += lanes[i].pid != 0;
	return n;
}

/* How long the one that has run longest has been running, ms; and which it is. */
static long long oldest(struct lane **which)
{
	long long age = 0, now = now_ms();
	int i;

	*which = NULL;
	for (i = 0; i < LANES; i++) {
		if (!lanes[i].pid || now - lanes[i].since < age)
			continue;
		age = now - lanes[i].since;
		*which = &lanes[i];
	}
	return age;
}

/* One that does not come to its end is the end of it all, since others may wait for it. */
static void look_for_hang(void)
{
	long limit = env_long("QMSG_TIMEOUT", 240) * slow;
	struct lane *lane;

	if (oldest(&lane) < limit * 1000)
		return;
	hung = true;
	show_output(lane);
	tap_note("everything there is:");
	tasks_show();
	tap_result(false, "soak: %s was still running after %ld s", lane->load->name, limit);
	tasks_kill();
}

/* ---- looking on ---- */

static bool log_is_clean = true;

static void look_at_log(void)
{
	if (klog_complains(true)) {
		log_is_clean = false;
		failures++;
		tap_result(false, "soak: the kernel log is clean");
	}
}

static void say_minute(long minute, long minutes)
{
	struct task_states t = tasks_states();
	struct memory m = memory_now();
	struct lane *lane;
	long long age = oldest(&lane);

	tap_note("soak: minute %ld of %ld: %u runs, %d busy, oldest %s %lld s; tasks %d "
		 "(running %d, uninterruptible %d, zombies %d); %lld objects; "
		 "%ld MiB available, %ld MiB of slab", minute, minutes, runs, busy_lanes(),
		 lane ? lane->load->name : "-", age / 1000, t.all, t.running, t.uninterruptible,
		 t.zombies, module_objects(), m.available >> 10, m.slab >> 10);
}

/* Every program that runs goes on to its end, then nothing may be left of any. */
static void rest(void)
{
	char name[32];

	snprintf(name, sizeof(name), "rest %d", ++rests);
	if (!tasks_check(name) | !module_check(name))
		failures++;
	at_last_rest = memory_at_rest();
	if (rests == 1)
		at_first_rest = at_last_rest;
	tap_note("soak: %s after %u runs: nothing is left; %ld MiB available, %ld MiB of slab",
		 name, runs, at_last_rest.available >> 10, at_last_rest.slab >> 10);
}

static void judge_memory(void)
{
	long lost = at_first_rest.available - at_last_rest.available;
	long slab = at_last_rest.slab - at_first_rest.slab;

	if (rests < 2) {
		tap_note("soak: one rest alone says nothing of what becomes of memory");
		return;
	}
	tap_result(lost < MEMORY_LIMIT_KIB && slab < MEMORY_LIMIT_KIB,
		   "soak: memory stays: from the first rest to the last %ld KiB less available, "
		   "%ld KiB more slab", lost, slab);
}

static void judge(void)
{
	int i, never = 0;

	for (i = 0; i < nloads; i++) {
		tap_note("soak: %-32s %5u runs, the longest %lld ms", loads[i].name, loads[i].runs,
			 loads[i].longest);
		never += !loads[i].runs;
	}
	tap_result(!failures && !hung, "soak: %u runs of %d programs, %d failures", runs, nloads,
		   failures);
	tap_result(log_is_clean, "soak: the kernel log was clean all the time");
	if (never)
		tap_note("soak: too short: %d programs have never ended", never);
	tap_result(!never, "soak: every program has had its turn");
	judge_memory();
}

/* ---- and so on ---- */

static bool goes_on(void)
{
	return !hung && failures < FAILURES_MAX;
}

/* Until the time comes, lanes that are free begin anew; then until all are. */
static void run_until(long long until, long long begin, long minutes)
{
	static long said;
	int i;

	while (goes_on() && (now_ms() < until || busy_lanes())) {
		for (i = 0; i < LANES && now_ms() < until; i++)
			if (!lanes[i].pid)
				lane_start(&lanes[i]);
		usleep(20000);
		reap_all();
		look_for_hang();
		if (now_ms() - begin < (said + 1) * MINUTE)
			continue;
		look_at_log();
		say_minute(++said, minutes);
	}
}

/* At least three rests, if there is time for that. */
static long rest_every(long minutes)
{
	long every = minutes / 3;

	return every < 1 ? 1 : every > REST_EVERY_MAX ? REST_EVERY_MAX : every;
}

void soak(long minutes)
{
	long long begin = now_ms(), end = begin + minutes * MINUTE, until = begin;
	int i;

	for_each_test(load_add);
	qsort(loads, nloads, sizeof(loads[0]), by_name);
	if (!tap_result(nloads > 0, "soak: there are programs to run"))
		return;
	for (i = 0; i < LANES; i++)
		snprintf(lanes[i].output, sizeof(lanes[i].output), "/run/lane-%d", i);
	/* What counts objects of the whole module would count those of others. */
	setenv("QMSG_COMPANY", "1", 1);
	/* And everybody has to wait for everybody. */
	setenv("QMSG_WAIT_MS", WAIT_MS, 1);
	while (goes_on() && until < end) {
		until += rest_every(minutes) * MINUTE;
		run_until(until < end ? until : end, begin, minutes);
		look_at_log();
		if (goes_on())
			rest();
	}
	tasks_kill();
	judge();
}
