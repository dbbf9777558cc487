// SPDX-License-Identifier: GPL-2.0-only
/* Two eventfds: a wake-up each way and nothing else. */
#include "bench.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

static int open_eventfds(struct pair *p)
{
	p->fd[CLIENT_OUT] = p->fd[SERVER_IN] = eventfd(0, 0);
	p->fd[SERVER_OUT] = p->fd[CLIENT_IN] = eventfd(0, 0);
	return p->fd[SERVER_IN] < 0 || p->fd[CLIENT_IN] < 0 ? -errno : 0;
}

static int post(int fd)
{
	uint64_t one = 1;

	return write(fd, &one, sizeof(one)) == sizeof(one) ? 0 : -errno;
}

static int await(int fd)
{
	uint64_t n;

	return read(fd, &n, sizeof(n)) == sizeof(n) ? 0 : -errno;
}

static int round_trip(struct pair *p)
{
	return post(p->fd[CLIENT_OUT]) ?: await(p->fd[CLIENT_IN]);
}

static int serve(struct pair *p)
{
	int error;

	do {
		error = await(p->fd[SERVER_IN]) ?: post(p->fd[SERVER_OUT]);
	} while (!error);
	return error;
}

const struct method method_eventfd = {
	.name = "eventfd",
	.largest = 0,
	.no_payload = true,
	.open = open_eventfds,
	.round_trip = round_trip,
	.serve = serve,
};
