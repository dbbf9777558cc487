// SPDX-License-Identifier: GPL-2.0-only
/* TCP over the loopback interface, without Nagle's delay. */
#include "bench.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int raise_loopback(int fd)
{
	struct ifreq request = { .ifr_name = "lo" };

	if (ioctl(fd, SIOCGIFFLAGS, &request))
		return -errno;
	request.ifr_flags |= IFF_UP | IFF_RUNNING;
	return ioctl(fd, SIOCSIFFLAGS, &request) ? -errno : 0;
}

static int listen_somewhere(int fd, struct sockaddr_in *where)
{
	socklen_t size = sizeof(*where);

	*where = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	if (bind(fd, (struct sockaddr *)where, size) || listen(fd, 1) ||
	    getsockname(fd, (struct sockaddr *)where, &size))
		return -errno;
	return 0;
}

static int join(int listener, int client, int *server)
{
	struct sockaddr_in where;
	int error = raise_loopback(listener) ?: listen_somewhere(listener, &where);

	if (error)
		return error;
	if (connect(client, (struct sockaddr *)&where, sizeof(where)))
		return -errno;
	*server = accept(listener, NULL, NULL);
	return *server < 0 ? -errno : 0;
}

static int without_delay(int fd)
{
	int one = 1;

	return setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) ? -errno : 0;
}

static int open_sockets(struct pair *p)
{
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int end[2] = { socket(AF_INET, SOCK_STREAM, 0), -1 };
	int error;

	if (listener < 0 || end[0] < 0)
		return -errno;
	error = join(listener, end[0], &end[1]);
	close(listener);
	stream_ends(p, end);
	return error ?: without_delay(end[0]) ?: without_delay(end[1]);
}

const struct method method_tcp = {
	.name = "tcp",
	.largest = LARGEST,
	.open = open_sockets,
	.round_trip = stream_round_trip,
	.serve = stream_serve,
};
