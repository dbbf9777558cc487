/* SPDX-License-Identifier: GPL-2.0-only */
/* How the slabs grow. */
#ifndef QMSG_BENCH_MEMORY_H
#define QMSG_BENCH_MEMORY_H

/* Objects made before the first look: they fill what earlier ones have left behind. */
#define FILLERS 512

/* @make makes @n more of @arg's; 0 or -errno. */
void measure_growth(const char *object, int n, int (*make)(void *arg, int n), void *arg);

void blocked_clients(void);

#endif
