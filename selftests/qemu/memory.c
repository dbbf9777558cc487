// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much memory is left.
 */
#include <stdio.h>
#include "guest.h"

struct memory memory_now(void)
{
	struct memory m = { 0 };
	char line[128];
	FILE *f = fopen("/proc/meminfo", "re");

	while (f && fgets(line, sizeof(line), f)) {
		sscanf(line, "MemAvailable: %ld", &m.available);
		sscanf(line, "Slab: %ld", &m.slab);
	}
	if (f)
		fclose(f);
	return m;
}

struct memory memory_at_rest(void)
{
	write_file("/proc/sys/vm/drop_caches", "3");
	return memory_now();
}
