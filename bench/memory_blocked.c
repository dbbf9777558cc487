// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel memory of a blocked client: threads that wait for a byte send and are received,
 * and not answered. They were there before, so what grows is what waiting for an answer takes.
 */
#include "bench.h"
#include "memory.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include <qmsg.h>

#define CLIENTS 1024
#define STACK 32768
#define MESSAGE 64

struct herd {
	int q, chid, coid;	/* of each process by itself; the channel is the parent's */
	int gate[2];		/* a byte lets one thread go */
	pid_t server;
};

static void *client(void *arg)
{
	struct herd *h = arg;
	char message[MESSAGE] = { 0 }, byte;

	if (read(h->gate[0], &byte, 1) == 1)
		qmsg_msg_send(h->q, h->coid, message, MESSAGE, message, MESSAGE);
	return NULL;
}

static int start_threads(struct herd *h)
{
	pthread_attr_t attr;
	pthread_t thread;
	int error = 0;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	for (int i = 0; i < FILLERS + CLIENTS && !error; i++)
		error = pthread_create(&thread, &attr, client, h);
	return -error;
}

static int open_herd(void *arg)
{
	struct herd *h = arg;

	h->q = qmsg_open();
	if (h->q < 0)
		return h->q;
	h->coid = qmsg_connect_attach(h->q, h->server, h->chid, QMSG_SIDE_CHANNEL, 0);
	return h->coid < 0 ? h->coid : start_threads(h);
}

static int block_clients(void *arg, int n)
{
	struct herd *h = arg;
	char message[MESSAGE];
	int64_t rcvid = 1;

	while (n-- && rcvid > 0) {
		if (write(h->gate[1], "", 1) != 1)
			return -errno;
		rcvid = qmsg_msg_receive(h->q, h->chid, message, MESSAGE, NULL);
	}
	return rcvid > 0 ? 0 : -EPROTO;
}

void blocked_clients(void)
{
	struct herd h = { .q = qmsg_open(), .server = getpid() };
	pid_t pid = 0;
	int error;

	h.chid = qmsg_channel_create(h.q, 0);
	if (h.chid < 0 || pipe(h.gate)) {
		failed("memory", "channel", h.chid);
		return;
	}
	error = child_start(&pid, open_herd, wait_for_ever, &h);
	if (error)
		failed("memory", "clients", error);
	else
		measure_growth("blocked_client", CLIENTS, block_clients, &h);
	end_child(pid);
}
