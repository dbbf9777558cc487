// SPDX-License-Identifier: GPL-2.0-only
/* Buffers: pages of one process alone, with room before and a guard behind. */
#include "bench.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define GUARD_BYTE 0x5c

static size_t mapped(size_t size)
{
	return (HEADROOM + size + GUARD + 4095) & ~4095UL;
}

/*
 * Small pages, or neighbours would merge into huge ones for some methods and not for
 * others. Not inherited: the pages of a process that forks are shared until somebody
 * writes, and a shared page cannot be pinned without a copy.
 */
int buffer_alloc(struct buffer *b, size_t size)
{
	char *map = mmap(NULL, mapped(size), PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED)
		return -errno;
	madvise(map, mapped(size), MADV_NOHUGEPAGE);
	madvise(map, mapped(size), MADV_DONTFORK);
	memset(map, GUARD_BYTE, mapped(size));
	b->data = map + HEADROOM;
	b->size = size;
	return 0;
}

void buffer_free(struct buffer *b)
{
	if (b->data)
		munmap(b->data - HEADROOM, mapped(b->size));
	b->data = NULL;
}

bool guard_is_whole(const char *guard)
{
	for (int i = 0; i < GUARD; i++)
		if (guard[i] != GUARD_BYTE)
			return false;
	return true;
}
