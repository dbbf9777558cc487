/* SPDX-License-Identifier: GPL-2.0-only */
/* What servers of files and their clients have in common. */
#ifndef QMSG_BENCH_READ_H
#define QMSG_BENCH_READ_H

#include "bench.h"

/* ---- read.c ---- */

/* What there is for a request, in the server's memory. */
struct read_part {
	const char *data;
	size_t len;
};

int read_open(struct pair *p, const char *path);
int read_round_trip(struct pair *p);
struct read_part read_part(const struct pair *p, size_t len, off_t offset);

#endif
