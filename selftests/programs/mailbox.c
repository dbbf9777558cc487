// SPDX-License-Identifier: GPL-2.0-only
/*
 * A message queue server. Put blocks while the queue is full, get while it
 * is empty: blocked callers are kept as receive ids in two lists.
 */
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/neutrino.h>

#define DEPTH		3
#define MAXWAIT		16
#define ITEMS		40
#define PRODUCERS	3
#define CONSUMERS	2

typedef enum { MQ_PUT = 1, MQ_GET, MQ_DEPTH, MQ_SHUTDOWN } mq_op_t;

typedef struct mq_request {
	mq_op_t op;
	int value;
} mq_request_t;

typedef struct waiter {
	int rcvid;
	int value;
} waiter_t;

typedef struct list {
	waiter_t w[MAXWAIT];
	int n;
} list_t;

static int queue[DEPTH], used;
static list_t putters, getters;
static int max_used, blocked_puts, blocked_gets;
static int chid;

static void park(list_t *l, int rcvid, int value)
{
	assert(l->n < MAXWAIT);
	l->w[l->n].rcvid = rcvid;
	l->w[l->n].value = value;
	l->n++;
}

static waiter_t unpark(list_t *l)
{
	waiter_t w = l->w[0];

	memmove(&l->w[0], &l->w[1], --l->n * sizeof(waiter_t));
	return w;
}

static void put(int rcvid, int value)
{
	if (getters.n) {
		waiter_t g = unpark(&getters);

		MsgReply(g.rcvid, EOK, &value, sizeof(value));
		MsgReply(rcvid, EOK, NULL, 0);
	} else if (used < DEPTH) {
		queue[used++] = value;
		if (used > max_used)
			max_used = used;
		MsgReply(rcvid, EOK, NULL, 0);
	} else {
		blocked_puts++;
		park(&putters, rcvid, value);
	}
}

static void get(int rcvid)
{
	if (!used) {
		blocked_gets++;
		park(&getters, rcvid, 0);
		return;
	}
	MsgReply(rcvid, EOK, &queue[0], sizeof(int));
	memmove(&queue[0], &queue[1], --used * sizeof(int));
	if (putters.n) {
		waiter_t p = unpark(&putters);

		queue[used++] = p.value;
		MsgReply(p.rcvid, EOK, NULL, 0);
	}
}

static void *mq_server(void *arg)
{
	mq_request_t req;
	int rcvid;

	while ((rcvid = MsgReceive(chid, &req, sizeof(req), NULL)) != -1) {
		switch (req.op) {
		case MQ_PUT:
			put(rcvid, req.value);
			break;
		case MQ_GET:
			get(rcvid);
			break;
		case MQ_DEPTH:
			MsgReply(rcvid, used, NULL, 0);
			break;
		case MQ_SHUTDOWN:
			while (getters.n)
				MsgError(unpark(&getters).rcvid, ECANCELED);
			MsgReply(rcvid, EOK, NULL, 0);
			return NULL;
		}
	}
	perror("MsgReceive");
	exit(1);
}

static int mq(int coid, mq_op_t op, int value, int *out)
{
	mq_request_t req = { op, value };

	return MsgSend(coid, &req, sizeof(req), out, out ? sizeof(*out) : 0);
}

static void *producer(void *arg)
{
	int base = (int)(long)arg * 1000;
	int coid = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);
	int i;

	for (i = 0; i < ITEMS; i++)
		if (mq(coid, MQ_PUT, base + i, NULL) == -1) {
			perror("put");
			exit(1);
		}
	ConnectDetach(coid);
	return NULL;
}

static int seen[PRODUCERS][ITEMS];
static pthread_mutex_t seen_lock = PTHREAD_MUTEX_INITIALIZER;

static void *consumer(void *arg)
{
	int last[PRODUCERS], i, v, n = 0;
	int coid = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);

	for (i = 0; i < PRODUCERS; i++)
		last[i] = -1;
	while (mq(coid, MQ_GET, 0, &v) != -1) {
		if (v % 1000 <= last[v / 1000]) {
			fprintf(stderr, "%d came after %d\n", v, last[v / 1000]);
			exit(1);
		}
		last[v / 1000] = v % 1000;
		pthread_mutex_lock(&seen_lock);
		seen[v / 1000][v % 1000]++;
		pthread_mutex_unlock(&seen_lock);
		n++;
	}
	if (errno != ECANCELED) {
		perror("get");
		exit(1);
	}
	return (void *)(long)n;
}

int main(void)
{
	pthread_t server, prod[PRODUCERS], cons[CONSUMERS];
	int coid, i, j, total = 0;
	void *n;

	chid = ChannelCreate(0);
	coid = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);
	pthread_create(&server, NULL, mq_server, NULL);
	for (i = 0; i < PRODUCERS; i++)
		pthread_create(&prod[i], NULL, producer, (void *)(long)i);
	/* producers run into the full queue before anybody takes something */
	while (mq(coid, MQ_DEPTH, 0, NULL) < DEPTH || blocked_puts < PRODUCERS)
		delay(1);
	for (i = 0; i < CONSUMERS; i++)
		pthread_create(&cons[i], NULL, consumer, NULL);
	for (i = 0; i < PRODUCERS; i++)
		pthread_join(prod[i], NULL);
	while (mq(coid, MQ_DEPTH, 0, NULL) != 0 || getters.n < CONSUMERS)
		delay(1);
	mq(coid, MQ_SHUTDOWN, 0, NULL);
	for (i = 0; i < CONSUMERS; i++) {
		pthread_join(cons[i], &n);
		total += (long)n;
	}
	pthread_join(server, NULL);

	if (total != PRODUCERS * ITEMS || max_used != DEPTH) {
		fprintf(stderr, "%d items, %d at once\n", total, max_used);
		return 1;
	}
	for (i = 0; i < PRODUCERS; i++)
		for (j = 0; j < ITEMS; j++)
			if (seen[i][j] != 1) {
				fprintf(stderr, "item %d of %d: %d times\n", j, i, seen[i][j]);
				return 1;
			}
	printf("%d puts and %d gets had to wait\n", blocked_puts, blocked_gets);
	return 0;
}
