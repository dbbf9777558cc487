// SPDX-License-Identifier: GPL-2.0-only
/* Two System V message queues. A message's type lies before it, in the buffer's headroom. */
#include "bench.h"

#include <errno.h>
#include <sys/ipc.h>
#include <sys/msg.h>

static int open_queues(struct pair *p)
{
	p->chid = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
	p->coid = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
	return p->chid < 0 || p->coid < 0 ? -errno : 0;
}

static void remove_queues(struct pair *p)
{
	msgctl(p->chid, IPC_RMID, NULL);
	msgctl(p->coid, IPC_RMID, NULL);
}

static int put(const struct pair *p, int queue, char *data)
{
	long *type = (long *)data - 1;

	*type = 1;
	return msgsnd(queue, type, p->size, 0) ? -errno : 0;
}

static int take(const struct pair *p, int queue, char *data)
{
	ssize_t n = msgrcv(queue, (long *)data - 1, p->size, 0, 0);

	if (n < 0)
		return -errno;
	return n == (ssize_t)p->size ? 0 : -EPROTO;
}

static int round_trip(struct pair *p)
{
	return put(p, p->chid, p->out.data) ?: take(p, p->coid, p->in.data);
}

static int serve(struct pair *p)
{
	int error;

	do {
		error = take(p, p->chid, p->echo.data) ?: put(p, p->coid, p->echo.data);
	} while (!error);
	return error;
}

const struct method method_sysvmsg = {
	.name = "sysvmsg",
	.largest = LARGEST,
	.open = open_queues,
	.round_trip = round_trip,
	.serve = serve,
	.close = remove_queues,
};
