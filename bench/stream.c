// SPDX-License-Identifier: GPL-2.0-only
/* Round trips by read() and write(): pipes and connected sockets. */
#include "bench.h"

#include <errno.h>
#include <unistd.h>

/* An empty message cannot be seen in a stream: one byte stands for it. */
static size_t on_the_wire(const struct pair *p)
{
	return p->size ? p->size : 1;
}

static int write_all(int fd, const char *data, size_t size)
{
	ssize_t n;

	for (; size; data += n, size -= n) {
		n = write(fd, data, size);
		if (n < 0)
			return -errno;
	}
	return 0;
}

static int read_all(int fd, char *data, size_t size)
{
	ssize_t n;

	for (; size; data += n, size -= n) {
		n = read(fd, data, size);
		if (n <= 0)
			return n ? -errno : -EPIPE;
	}
	return 0;
}

int stream_round_trip(struct pair *p)
{
	int error = write_all(p->fd[CLIENT_OUT], p->out.data, on_the_wire(p));

	return error ?: read_all(p->fd[CLIENT_IN], p->in.data, on_the_wire(p));
}

int stream_serve(struct pair *p)
{
	int error;

	do {
		error = read_all(p->fd[SERVER_IN], p->echo.data, on_the_wire(p)) ?:
			write_all(p->fd[SERVER_OUT], p->echo.data, on_the_wire(p));
	} while (!error);
	return error;
}

void stream_ends(struct pair *p, const int end[2])
{
	p->fd[CLIENT_IN] = p->fd[CLIENT_OUT] = end[0];
	p->fd[SERVER_IN] = p->fd[SERVER_OUT] = end[1];
}
