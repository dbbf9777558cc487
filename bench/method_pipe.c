// SPDX-License-Identifier: GPL-2.0-only
/* Two pipes, as they come: what all others are compared with. */
#include "bench.h"

#include <errno.h>
#include <unistd.h>

static int open_pipes(struct pair *p)
{
	int there[2], back[2];

	if (pipe(there))
		return -errno;
	p->fd[SERVER_IN] = there[0];
	p->fd[CLIENT_OUT] = there[1];
	if (pipe(back))
		return -errno;
	p->fd[CLIENT_IN] = back[0];
	p->fd[SERVER_OUT] = back[1];
	return 0;
}

const struct method method_pipe = {
	.name = "pipe",
	.largest = LARGEST,
	.open = open_pipes,
	.round_trip = stream_round_trip,
	.serve = stream_serve,
};
