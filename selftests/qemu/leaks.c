// SPDX-License-Identifier: GPL-2.0-only
/*
 * What only a debug kernel knows.  On others these do nothing.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "guest.h"

#define KMEMLEAK "/sys/kernel/debug/kmemleak"

/* kmemleak does not report what is younger than this. */
#define KMEMLEAK_MIN_AGE_S 5

/* What the kernel itself has leaked while booting is not our business. */
void leaks_forget(void)
{
	if (access(KMEMLEAK, W_OK))
		return;
	write_file(KMEMLEAK, "scan");
	write_file(KMEMLEAK, "clear");
}

/*
 * Two scans: an object counts as leaked only when its contents were the same
 * in both, or a pointer on its way between two places would look like a leak.
 */
void leaks_check(const char *when)
{
	char line[512];
	bool ok = true;
	FILE *f;

	if (access(KMEMLEAK, W_OK))
		return;
	sleep(KMEMLEAK_MIN_AGE_S + 1);
	write_file(KMEMLEAK, "scan");
	write_file(KMEMLEAK, "scan");
	f = fopen(KMEMLEAK, "re");
	while (f && fgets(line, sizeof(line), f)) {
		ok = false;
		tap_note("kmemleak: %.*s", (int)strcspn(line, "\n"), line);
	}
	if (f)
		fclose(f);
	tap_result(ok && f, "unload: no memory has leaked (%s)", when);
}

/*
 * lockdep switches itself off after its first report, or when its tables are
 * full.  Its silence means something only if it is still on at the end.
 */
void lockdep_check(void)
{
	char line[256];
	int on = -1;
	FILE *f = fopen("/proc/lockdep_stats", "re");

	if (!f)
		return;
	while (fgets(line, sizeof(line), f))
		sscanf(line, " debug_locks: %d", &on);
	fclose(f);
	tap_result(on == 1, "unload: lockdep has been watching");
}
