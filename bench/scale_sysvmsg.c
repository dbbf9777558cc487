// SPDX-License-Identifier: GPL-2.0-only
/* Many clients of one System V queue; replies come by another, with the client's type. */
#include "bench.h"
#include "scale.h"

#include <errno.h>
#include <sys/ipc.h>
#include <sys/msg.h>

struct message {
	long type;
	char data[SCALE_SIZE];
};

static int open_queues(struct scale *s)
{
	s->requests = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
	s->replies = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
	return s->requests < 0 || s->replies < 0 ? -errno : 0;
}

static void serve(struct scale *s)
{
	struct message m;

	while (msgrcv(s->requests, &m, SCALE_SIZE, 0, 0) == SCALE_SIZE &&
	       msgsnd(s->replies, &m, SCALE_SIZE, 0) == 0)
		;
}

static int nothing(struct scale *s)
{
	(void)s;
	return 0;
}

static int call(struct scale *s)
{
	struct message m = { .type = s->me + 1 };

	if (msgsnd(s->requests, &m, SCALE_SIZE, 0) ||
	    msgrcv(s->replies, &m, SCALE_SIZE, s->me + 1, 0) != SCALE_SIZE)
		return -errno;
	return 0;
}

static void remove_queues(struct scale *s)
{
	msgctl(s->requests, IPC_RMID, NULL);
	msgctl(s->replies, IPC_RMID, NULL);
}

const struct scale_method scale_sysvmsg = {
	.name = "sysvmsg",
	.open = open_queues,
	.serve = serve,
	.connect = nothing,
	.call = call,
	.close = remove_queues,
};
