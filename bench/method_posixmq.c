// SPDX-License-Identifier: GPL-2.0-only
/* Two POSIX message queues. */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <unistd.h>

/* A queue for empty messages there is not. */
static size_t room(const struct pair *p)
{
	return p->size ? p->size : 1;
}

static int open_queue(const struct pair *p, const char *direction)
{
	struct mq_attr attr = { .mq_maxmsg = 1, .mq_msgsize = room(p) };
	char name[64];
	mqd_t queue;

	snprintf(name, sizeof(name), "/qmsg-bench-%d-%s", getpid(), direction);
	queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
	if (queue < 0)
		return -errno;
	mq_unlink(name);
	return queue;
}

static int open_queues(struct pair *p)
{
	int there = open_queue(p, "there"), back = open_queue(p, "back");

	p->fd[CLIENT_OUT] = p->fd[SERVER_IN] = there;
	p->fd[SERVER_OUT] = p->fd[CLIENT_IN] = back;
	return there < 0 ? there : back < 0 ? back : 0;
}

static int put(const struct pair *p, int fd, const char *data)
{
	return mq_send(fd, data, p->size, 0) ? -errno : 0;
}

static int take(const struct pair *p, int fd, char *data)
{
	ssize_t n = mq_receive(fd, data, room(p), NULL);

	if (n < 0)
		return -errno;
	return n == (ssize_t)p->size ? 0 : -EPROTO;
}

static int round_trip(struct pair *p)
{
	return put(p, p->fd[CLIENT_OUT], p->out.data) ?:
	       take(p, p->fd[CLIENT_IN], p->in.data);
}

static int serve(struct pair *p)
{
	int error;

	do {
		error = take(p, p->fd[SERVER_IN], p->echo.data) ?:
			put(p, p->fd[SERVER_OUT], p->echo.data);
	} while (!error);
	return error;
}

const struct method method_posixmq = {
	.name = "posixmq",
	.largest = LARGEST,
	.open = open_queues,
	.round_trip = round_trip,
	.serve = serve,
};
