// SPDX-License-Identifier: GPL-2.0-only
/* A Unix stream socket pair with the buffers that it comes with. */
#include "bench.h"

#include <errno.h>
#include <sys/socket.h>

static int open_sockets(struct pair *p)
{
	int end[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, end))
		return -errno;
	stream_ends(p, end);
	return 0;
}

const struct method method_ustream = {
	.name = "ustream",
	.largest = LARGEST,
	.open = open_sockets,
	.round_trip = stream_round_trip,
	.serve = stream_serve,
};
