// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that a test shares with its children, also with those it forked before it
 * asked for it: one area, mapped before main(), handed out from the start.
 */
#include "qmsg_test.h"

#include <stdlib.h>
#include <sys/mman.h>

#define AREA_SIZE	(256UL << 20)

/* At the start of the area itself, so that all processes go on from one mark. */
struct area {
	size_t used;
	pid_t group;
};

static struct area *area;

static __attribute__((constructor)) void map_area(void)
{
	area = mmap(NULL, AREA_SIZE, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (area == MAP_FAILED)
		abort();
}

/*
 * The harness runs each test in a process group of its own: what others had is over. Not
 * at the same address: a process that a failed test left behind may still wait there.
 */
static void start_over(void)
{
	madvise(area, AREA_SIZE, MADV_REMOVE);
	area->group = getpgrp();
	area->used = sizeof(*area) + getpgrp() % 1024 * 4096;
}

static size_t round_up(size_t size)
{
	return (size + 63) & ~(size_t)63;
}

void *shared_alloc(size_t size)
{
	void *ptr;

	if (area->group != getpgrp())
		start_over();
	area->used = round_up(area->used);
	if (size > AREA_SIZE - area->used)
		abort();
	ptr = (char *)area + area->used;
	area->used += size;
	return ptr;
}

/* What was handed out last can be handed out again; the rest stays until the test is over. */
void shared_free(void *ptr, size_t size)
{
	if ((char *)ptr + size != (char *)area + area->used)
		return;
	memset(ptr, 0, size);
	area->used -= size;
}
