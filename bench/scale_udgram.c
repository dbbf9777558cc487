// SPDX-License-Identifier: GPL-2.0-only
/* Many clients of one Unix datagram socket; each has an address to be answered at. */
#include "bench.h"
#include "scale.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* An abstract name, which goes with its socket. */
static socklen_t server_address(const struct scale *s, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	return offsetof(struct sockaddr_un, sun_path) + 1 +
	       snprintf(address->sun_path + 1, sizeof(address->sun_path) - 1,
			"qmsg-bench-%d", s->shared->chid);
}

static int bind_server(struct scale *s)
{
	struct sockaddr_un address;
	socklen_t size;

	s->shared->chid = getpid();
	size = server_address(s, &address);
	s->fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&address, size))
		return -errno;
	return 0;
}

static void serve(struct scale *s)
{
	struct sockaddr_un client;
	char buf[SCALE_SIZE];
	socklen_t size;

	do {
		size = sizeof(client);
	} while (recvfrom(s->fd, buf, sizeof(buf), 0, (struct sockaddr *)&client, &size) > 0 &&
		 sendto(s->fd, buf, sizeof(buf), 0, (struct sockaddr *)&client, size) > 0);
}

static int connect_client(struct scale *s)
{
	struct sockaddr_un any = { .sun_family = AF_UNIX }, server;
	socklen_t size = server_address(s, &server);
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof(any.sun_family)) ||
	    connect(fd, (struct sockaddr *)&server, size))
		return -errno;
	s->fd = fd;
	return 0;
}

static int call(struct scale *s)
{
	char out[SCALE_SIZE] = { 0 }, in[SCALE_SIZE];

	if (send(s->fd, out, sizeof(out), 0) != sizeof(out) ||
	    recv(s->fd, in, sizeof(in), 0) != sizeof(in))
		return -errno;
	return 0;
}

static void close_server(struct scale *s)
{
	if (s->fd >= 0)
		close(s->fd);
}

const struct scale_method scale_udgram = {
	.name = "udgram",
	.open = bind_server,
	.serve = serve,
	.connect = connect_client,
	.call = call,
	.close = close_server,
};
