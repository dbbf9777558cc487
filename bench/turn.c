// SPDX-License-Identifier: GPL-2.0-only
/* Two processes that take turns: a futex in shared memory, the leanest hand-over there is. */
#include "bench.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

int turn_give(struct shared *s, unsigned int to)
{
	atomic_store(&s->turn, to);
	return syscall(SYS_futex, &s->turn, FUTEX_WAKE, 1, NULL, NULL, 0);
}

void turn_await(struct shared *s, unsigned int whose)
{
	while (atomic_load(&s->turn) != whose)
		syscall(SYS_futex, &s->turn, FUTEX_WAIT, !whose, NULL, NULL, 0);
}
