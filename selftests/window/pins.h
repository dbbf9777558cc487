/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages that somebody has pinned, as the kernel counts them. */
#ifndef SELFTESTS_WINDOW_PINS_H
#define SELFTESTS_WINDOW_PINS_H

#include <stdio.h>

#include "../hazards/hazard.h"

/* Of the whole machine, where nobody else pins; -1: the kernel does not say. */
static inline long long pins_held(void)
{
	FILE *f;
	long long value, acquired = -1, released = 0;
	char name[64];

	/* each CPU counts for itself until then */
	put_text("/proc/sys/vm/stat_refresh", "1");
	f = fopen("/proc/vmstat", "re");
	while (f && fscanf(f, "%63s %lld", name, &value) == 2) {
		if (!strcmp(name, "nr_foll_pin_acquired"))
			acquired = value;
		if (!strcmp(name, "nr_foll_pin_released"))
			released = value;
	}
	if (f)
		fclose(f);
	return acquired < 0 ? -1 : acquired - released;
}

static inline int wait_for_no_pins(void)
{
	if (pins_held() < 0 || wait_until(pins_held() == 0))
		return 0;
	fprintf(stderr, "# %lld pages are still pinned\n", pins_held());
	return -ETIMEDOUT;
}

#endif
