/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every race needs: a number of rounds, delays that find the collision,
 * steps to wait for, and a watchdog that turns a hang into a failure.
 *
 * Include after kselftest_harness.h.
 */
#ifndef QMSG_RACE_H
#define QMSG_RACE_H

#include <dirent.h>
#include <linux/futex.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>

#include "qmsg_test.h"

/* The harness must never be the one that ends a long run: the watchdog does it. */
#define RACE_TIMEOUT	86400

/* A round takes milliseconds; on a sanitizer kernel the runner says how much slower it is. */
static inline int race_hang_sec(void)
{
	const char *slow = getenv("QMSG_SLOW");
	int times = slow ? atoi(slow) : 1;

	return 40 * (times > 1 ? times : 1);
}

/*
 * Both orders of a race ought to occur, but whether they do is luck, less of it where rounds
 * are few or the kernel is slow. A run without proves less: it is said, not held against
 * the module.
 */
#define RACE_SHOULD_COME_UP(what)							\
	do {										\
		if (!(what) && __test_passed(_metadata))				\
			SKIP(break, "this run was not lucky enough for: %s", #what);	\
	} while (0)

/* Rounds the runner asked for, shared out over @share tests of one program. */
static inline unsigned int race_rounds(unsigned int share)
{
	const char *env = getenv("QMSG_ROUNDS");
	unsigned long rounds = (env ? strtoul(env, NULL, 0) : 10000) / share;

	if (rounds < 100)
		return 100;
	return rounds > 100000000 ? 100000000 : (unsigned int)rounds;
}

/* xorshift; every thread has a stream of its own */
static inline uint32_t race_random(void)
{
	static __thread uint32_t x;

	if (!x)
		x = (uint32_t)now_ns() * 2654435761u | 1;
	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return x;
}

/* ------------------------------------------------------------------ delays */

static unsigned long race_loops_per_ms;

static inline void race_loop(unsigned long loops)
{
	while (loops--)
		__asm__ volatile("" ::: "memory");
}

/* The best of a few short runs: a preempted one reads too slow. */
static inline void race_calibrate(void)
{
	unsigned long loops = 50000, best = 1;

	for (int i = 0; i < 8; i++) {
		uint64_t start = now_ns(), took;

		race_loop(loops);
		took = now_ns() - start;
		if (took && loops * 1000000 / took > best)
			best = loops * 1000000 / took;
	}
	race_loops_per_ms = best;
}

static inline void race_spin(long ns)
{
	if (ns > 0)
		race_loop((unsigned long)ns * race_loops_per_ms / 1000000);
}

#define RACE_LEAD_MAX	1000000

/*
 * Two events that shall collide. Whoever lost the last round gets a head start in
 * the next, so the delays settle where either can win, however slow the machine.
 */
struct race_aim {
	long lead;		/* ns by which the first event is held back */
	unsigned int first;	/* rounds the first event won */
	unsigned int second;
};

static inline long race_aim_step(const struct race_aim *aim)
{
	return 1000 + labs(aim->lead) / 8;
}

static inline void race_aim_adjust(struct race_aim *aim, bool first_won)
{
	const long step = race_aim_step(aim);

	if (first_won) {
		aim->first++;
		aim->lead += step;
	} else {
		aim->second++;
		aim->lead -= step;
	}
	if (labs(aim->lead) > RACE_LEAD_MAX)
		aim->lead = aim->lead > 0 ? RACE_LEAD_MAX : -RACE_LEAD_MAX;
}

/*
 * Delays of both for the next round. In every second one there is some work before the
 * second event, so that the first finds it going on.
 */
static inline void race_aim_delays(const struct race_aim *aim, long *first, long *second)
{
	long lead = aim->lead + (long)(race_random() % 16384) - 8192;

	*first = lead > 0 ? lead : 0;
	*second = lead < 0 ? -lead : 0;
	if (race_random() % 2)
		*second += race_random() % 524288;
}

/* ------------------------------------------------------------------- steps */

/* A number that only grows; threads and processes wait until it is reached. */
struct race_step {
	_Atomic uint32_t at;
};

/* Two may come at once: it never goes back. */
static inline void race_reach(struct race_step *step, uint32_t n)
{
	uint32_t at = atomic_load(&step->at);

	while ((int32_t)(n - at) > 0 && !atomic_compare_exchange_weak(&step->at, &at, n))
		;
	syscall(SYS_futex, &step->at, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static inline bool race_reached(struct race_step *step, uint32_t n)
{
	return (int32_t)(atomic_load(&step->at) - n) >= 0;
}

static inline void race_await(struct race_step *step, uint32_t n)
{
	for (;;) {
		uint32_t at = atomic_load(&step->at);

		if ((int32_t)(at - n) >= 0)
			return;
		syscall(SYS_futex, &step->at, FUTEX_WAIT, at, NULL, NULL, 0);
	}
}

/* Not longer than @ns: for dawdling, where it does not matter which it was. */
static inline void race_await_briefly(struct race_step *step, uint32_t n, long ns)
{
	const uint64_t until = now_ns() + ns;

	while (!race_reached(step, n) && now_ns() < until) {
		struct timespec left = { 0, ns };

		syscall(SYS_futex, &step->at, FUTEX_WAIT, atomic_load(&step->at), &left, NULL, 0);
	}
}

/* ------------------------------------------------------------------ signal */

static __thread volatile sig_atomic_t race_handled;

static inline void race_handler(int sig)
{
	(void)sig;
	race_handled++;
}

static inline void race_catch(int sig, int flags)
{
	struct sigaction sa = { .sa_handler = race_handler, .sa_flags = flags };

	sigaction(sig, &sa, NULL);
}

/* A signal that was sent is handled at the latest when a system call returns. */
static inline void race_await_handled(int count)
{
	while (race_handled < count)
		sched_yield();
}

/* ---------------------------------------------------------------- watchdog */

static struct {
	_Atomic unsigned long progress;
	sem_t stop;
	pthread_t thread;
	char name[64];
} race_dog;

static inline void race_tick(void)
{
	atomic_fetch_add_explicit(&race_dog.progress, 1, memory_order_relaxed);
}

static inline void race_print_file(const char *path, const char *only)
{
	char line[256];
	FILE *f = fopen(path, "re");

	while (f && fgets(line, sizeof(line), f))
		if (!only || strstr(line, only))
			printf("#   %s: %s", path, line);
	if (f)
		fclose(f);
}

static inline void race_print_each(const char *dir, const char *file, const char *only)
{
	char path[400];
	struct dirent *entry;
	DIR *d = opendir(dir);

	while (d && (entry = readdir(d))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s%s", dir, entry->d_name, file);
		race_print_file(path, only);
	}
	if (d)
		closedir(d);
}

static inline void race_print_state(void)
{
	race_print_each("/proc/self/fdinfo", "", "channel:");
	race_print_each("/proc/self/fdinfo", "", "connection:");
	race_print_each("/proc/self/fdinfo", "", "request:");
	race_print_each("/proc/self/task", "/syscall", NULL);
	race_print_each("/proc/self/task", "/stack", "qmsg");
	fflush(stdout);
}

/* True when the test is over, false after a second. */
static inline bool race_watch_second(void)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec++;
	return !sem_timedwait(&race_dog.stop, &until);
}

static inline void *race_watch(void *unused)
{
	unsigned long seen = 0;
	int idle = 0;

	(void)unused;
	while (idle < race_hang_sec()) {
		unsigned long progress = atomic_load(&race_dog.progress);

		if (race_watch_second())
			return NULL;
		idle = progress == seen ? idle + 1 : 0;
		seen = progress;
	}
	printf("# %s: no progress for %d s after %lu ticks\n", race_dog.name, idle, seen);
	race_print_state();
	_exit(KSFT_FAIL);
}

/* Signals of a test must not end up in the watchdog. */
static inline void race_begin(const char *name)
{
	sigset_t all, old;

	snprintf(race_dog.name, sizeof(race_dog.name), "%s", name);
	race_calibrate();
	sem_init(&race_dog.stop, 0, 0);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_create(&race_dog.thread, NULL, race_watch, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static inline void race_end(void)
{
	sem_post(&race_dog.stop);
	pthread_join(race_dog.thread, NULL);
}

#endif /* QMSG_RACE_H */
