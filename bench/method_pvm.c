// SPDX-License-Identifier: GPL-2.0-only
/* A futex to hand over; the server copies from and to its client's memory by itself. */
#include "bench.h"

#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

static int round_trip(struct pair *p)
{
	turn_give(p->shared, 1);
	turn_await(p->shared, 0);
	return 0;
}

static int serve(struct pair *p)
{
	struct iovec here = { p->echo.data, p->size };
	struct iovec from = { (void *)p->shared->client_out, p->size };
	struct iovec to = { (void *)p->shared->client_in, p->size };
	pid_t client = getppid();

	for (;;) {
		turn_await(p->shared, 1);
		if (process_vm_readv(client, &here, 1, &from, 1, 0) != (ssize_t)p->size ||
		    process_vm_writev(client, &here, 1, &to, 1, 0) != (ssize_t)p->size)
			return -EIO;
		turn_give(p->shared, 0);
	}
}

const struct method method_pvm = {
	.name = "pvm",
	.smallest = 1,
	.largest = LARGEST,
	.round_trip = round_trip,
	.serve = serve,
};
