// SPDX-License-Identifier: GPL-2.0-only
/* A Unix seqpacket socket pair: a message is one packet, so the buffers must hold one. */
#include "bench.h"

#include <errno.h>
#include <sys/socket.h>

static int open_sockets(struct pair *p)
{
	int end[2], room = 4 * LARGEST;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, end))
		return -errno;
	stream_ends(p, end);
	for (int i = 0; i < 2; i++)
		if (setsockopt(end[i], SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)))
			return -errno;
	return 0;
}

const struct method method_useqpkt = {
	.name = "useqpkt",
	.largest = LARGEST,
	.open = open_sockets,
	.round_trip = stream_round_trip,
	.serve = stream_serve,
};
