// SPDX-License-Identifier: GPL-2.0-only
/*
 * A futex and shared memory with one copy each way: the client copies its message there,
 * and the answer from there. The server works in place.
 */
#include "bench.h"

#include <errno.h>
#include <string.h>

static int round_trip(struct pair *p)
{
	memcpy(p->shared->data, p->out.data, p->size);
	turn_give(p->shared, 1);
	turn_await(p->shared, 0);
	memcpy(p->in.data, p->shared->data, p->size);
	return 0;
}

static int serve(struct pair *p)
{
	do {
		turn_await(p->shared, 1);
	} while (turn_give(p->shared, 0) >= 0);
	return -EIO;
}

const struct method method_futex_copy = {
	.name = "futex_copy",
	.smallest = 1,
	.largest = LARGEST,
	.round_trip = round_trip,
	.serve = serve,
};
