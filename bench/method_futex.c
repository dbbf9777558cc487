// SPDX-License-Identifier: GPL-2.0-only
/* A futex in shared memory. The message would be there already: no byte is copied. */
#include "bench.h"

#include <errno.h>

static int round_trip(struct pair *p)
{
	turn_give(p->shared, 1);
	turn_await(p->shared, 0);
	return 0;
}

static int serve(struct pair *p)
{
	do {
		turn_await(p->shared, 1);
	} while (turn_give(p->shared, 0) >= 0);
	return -EIO;
}

const struct method method_futex = {
	.name = "futex",
	.largest = LARGEST,
	.no_payload = true,
	.round_trip = round_trip,
	.serve = serve,
};
