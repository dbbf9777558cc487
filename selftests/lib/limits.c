// SPDX-License-Identifier: GPL-2.0-only
/* Time, and waiting for a state with a limit instead of sleeping. */
#include "qmsg_test.h"

#include <stdlib.h>
#include <time.h>

uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

uint64_t deadline_in_ms(uint64_t ms)
{
	return now_ns() + ms * 1000000ULL;
}

struct timespec timespec_in_ms(uint64_t ms)
{
	uint64_t ns = deadline_in_ms(ms);

	return (struct timespec){ ns / 1000000000ULL, ns % 1000000000ULL };
}

static long env_number(const char *name, long fallback)
{
	const char *text = getenv(name);
	long value = text ? strtol(text, NULL, 0) : 0;

	return value > 0 ? value : fallback;
}

unsigned int wait_limit_ms(void)
{
	return env_number("QMSG_WAIT_MS", 20000);
}

/*
 * "make check" sets QMSG_ROUNDS to 10000, "make stress" to a multiple of that. The races R1
 * to R11 take them all (race.h); for everything else a fifth finds as much.
 */
int rounds(int fallback)
{
	return env_number("QMSG_ROUNDS", 5 * fallback) / 5;
}

int few_rounds(int n)
{
	int factor = env_number("QMSG_ROUNDS", 0) / 10000;

	return factor > 1 ? n * factor : n;
}

struct backoff backoff_start(void)
{
	return (struct backoff){ .give_up = deadline_in_ms(wait_limit_ms()) };
}

/* A real-time caller must not starve what it waits for: yield only a few times, then nap. */
bool backoff_pause(struct backoff *b)
{
	struct timespec nap = { 0, 20000 };

	if (now_ns() >= b->give_up)
		return false;
	if (b->turn++ < 8) {
		sched_yield();
		return true;
	}
	nap.tv_nsec <<= b->turn < 48 ? b->turn / 8 : 6;
	clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL);
	return true;
}
