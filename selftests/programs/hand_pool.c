// SPDX-License-Identifier: GPL-2.0-only
/*
 * A thread pool made by hand.  Threads receive on one channel; before one of
 * them goes to work it looks whether anybody is left to receive and starts
 * another thread if not.  A pulse with a code of ours ends a thread.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <pthread.h>
#include <sys/neutrino.h>

#define MAX_THREADS	6
#define CLIENTS		6
#define PULSE_EXIT	(_PULSE_CODE_MAXAVAIL)

typedef struct pool {
	int chid;
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	int threads;		/* alive */
	int receiving;		/* of them in MsgReceive */
	int peak;
	int working;		/* in a request right now */
} pool_t;

typedef union {
	struct _pulse pulse;
	int number;
} pool_msg_t;

static pool_t pool = { .mutex = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER };

static void *pool_thread(void *arg);

/* with the mutex held */
static void pool_grow(pool_t *p)
{
	int rc = pthread_create(NULL, NULL, pool_thread, p);

	if (rc != EOK) {
		fprintf(stderr, "pthread_create: %s\n", strerror(rc));
		exit(1);
	}
	p->threads++;
	if (p->threads > p->peak)
		p->peak = p->threads;
}

/* A request is finished when all clients are being served at a time: that
 * needs as many threads as there are clients. */
static int meet(pool_t *p, int number)
{
	p->working++;
	pthread_cond_broadcast(&p->cond);
	while (p->working < CLIENTS)
		pthread_cond_wait(&p->cond, &p->mutex);
	return number * 2;
}

static void *pool_thread(void *arg)
{
	pool_t *p = arg;
	pool_msg_t m;
	int rcvid;

	pthread_detach(pthread_self());
	pthread_mutex_lock(&p->mutex);
	for (;;) {
		p->receiving++;
		pthread_mutex_unlock(&p->mutex);

		rcvid = MsgReceive(p->chid, &m, sizeof(m), NULL);

		pthread_mutex_lock(&p->mutex);
		p->receiving--;
		if (rcvid == -1) {
			perror("pool: MsgReceive");
			exit(1);
		}
		if (rcvid == 0 && m.pulse.code == PULSE_EXIT)
			break;
		if (rcvid == 0)
			continue;
		if (p->receiving == 0 && p->threads < MAX_THREADS)
			pool_grow(p);
		m.number = meet(p, m.number);
		MsgReply(rcvid, m.number, NULL, 0);
	}
	p->threads--;
	pthread_cond_broadcast(&p->cond);
	pthread_mutex_unlock(&p->mutex);
	return NULL;
}

static void *client(void *arg)
{
	int n = (int)(long)arg;
	int coid = ConnectAttach(0, 0, pool.chid, _NTO_SIDE_CHANNEL, 0);
	int r = MsgSend(coid, &n, sizeof(n), NULL, 0);

	ConnectDetach(coid);
	return (void *)(long)(r - 2 * n);
}

int main(void)
{
	pthread_t t[CLIENTS];
	void *off;
	long i;
	int coid, rc = 0;

	pool.chid = ChannelCreate(0);
	coid = ConnectAttach(0, 0, pool.chid, _NTO_SIDE_CHANNEL, 0);
	pthread_mutex_lock(&pool.mutex);
	pool_grow(&pool);
	pthread_mutex_unlock(&pool.mutex);

	for (i = 0; i < CLIENTS; i++)
		pthread_create(&t[i], NULL, client, (void *)i);
	for (i = 0; i < CLIENTS; i++) {
		pthread_join(t[i], &off);
		if (off) {
			fprintf(stderr, "client %ld: off by %ld\n", i, (long)off);
			rc = 1;
		}
	}
	printf("%d threads at most\n", pool.peak);
	if (pool.peak != MAX_THREADS) {
		fprintf(stderr, "the pool has grown to %d\n", pool.peak);
		rc = 1;
	}

	/* identical pulses are not merged: one per thread */
	pthread_mutex_lock(&pool.mutex);
	for (i = pool.threads; i > 0; i--)
		if (MsgSendPulse(coid, -1, PULSE_EXIT, 0) == -1) {
			perror("MsgSendPulse");
			return 1;
		}
	while (pool.threads > 0)
		pthread_cond_wait(&pool.cond, &pool.mutex);
	pthread_mutex_unlock(&pool.mutex);
	ConnectDetach(coid);
	ChannelDestroy(pool.chid);
	return rc;
}
