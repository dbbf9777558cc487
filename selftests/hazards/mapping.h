/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory of two huge pages, for tests of buffers. */
#ifndef SELFTESTS_HAZARDS_MAPPING_H
#define SELFTESTS_HAZARDS_MAPPING_H

#include <sys/mman.h>

#include "hazard.h"

#define PAGE	4096UL
#define HUGE	(2UL << 20)
#define SPACE	(2 * HUGE)

/* Aligned as a huge page is. */
static inline char *map_space(int file)
{
	int flags = file < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
	char *area = mmap(NULL, SPACE + HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *at = (char *)(((uintptr_t)area + HUGE - 1) & ~(HUGE - 1));

	return mmap(at, SPACE, PROT_READ | PROT_WRITE, flags | MAP_FIXED, file, 0);
}

#endif
