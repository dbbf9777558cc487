// SPDX-License-Identifier: GPL-2.0-only
/*
 * On the host: how fast its time stamp counter runs, in kHz.
 *
 * An emulated CPU shows the counter of the host.  A guest that has to find
 * out the frequency by itself, on a host that is busy just then, gets it
 * wrong by any factor, and every timeout in it with it.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <x86intrin.h>

struct instant {
	uint64_t ticks;
	uint64_t ns;
};

/* Both clocks at once: the closest of many attempts. */
static struct instant now(void)
{
	struct instant best = { 0 };
	uint64_t before, after, closest = UINT64_MAX;
	struct timespec ts;
	int i;

	for (i = 0; i < 1000; i++) {
		before = __rdtsc();
		clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
		after = __rdtsc();
		if (after - before >= closest)
			continue;
		closest = after - before;
		best.ticks = before + closest / 2;
		best.ns = ts.tv_sec * 1000000000ULL + ts.tv_nsec;
	}
	return best;
}

int main(void)
{
	struct instant begin = now(), end;

	usleep(100000);
	end = now();
	printf("%.0f\n", (end.ticks - begin.ticks) * 1e6 / (end.ns - begin.ns));
	return 0;
}
#else
/* Another kind of host: the guest has to find out. */
int main(void)
{
	return 1;
}
#endif
