// SPDX-License-Identifier: GPL-2.0-only
/* The clock, and the end of a program in which nothing moves any more. */
#include "bench.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STANDSTILL_SECONDS 60

static char verdict[64];

uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

void nap_ms(long ms)
{
	struct timespec ts = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	while (nanosleep(&ts, &ts))
		;
}

/* The children die with us. */
static void hangs(int sig)
{
	(void)sig;
	if (write(STDOUT_FILENO, verdict, strlen(verdict)) < 0)
		_exit(2);
	_exit(1);
}

void watch(const char *what)
{
	static const char *last;

	if (what && what != last) {
		alarm(0);
		snprintf(verdict, sizeof(verdict), "bench progress %.30s_hangs\n", what);
		signal(SIGALRM, hangs);
	}
	last = what;
	alarm(what ? STANDSTILL_SECONDS : 0);
}
