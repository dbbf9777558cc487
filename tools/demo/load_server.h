/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside the server: four threads that take whatever comes, and one that takes pulses
 * only, so that somebody hears of an unblock request when all workers are at work.
 *
 * A worker's request lies on its desk while the worker can be told about it. Who gets
 * the unblock pulse looks through the desks; the desk's owner alone decides and
 * answers (S5.36 - S5.39). The requests named RACE break that rule on purpose.
 */
#ifndef QMSG_DEMO_LOAD_SERVER_H
#define QMSG_DEMO_LOAD_SERVER_H

#include <pthread.h>

#include <qmsg.h>

#include "load.h"

#define AWAIT_SECONDS 20	/* after that a pulse counts as lost */

struct desk {
	int64_t rcvid;
	bool race;
	bool asked;		/* the client wants to leave */
	pthread_cond_t told;
	int64_t stale;		/* an answered request, to be answered once more */
};

struct server {
	struct load *load;
	struct load_tally *tally;
	int q, chid;
	pthread_mutex_t lock;		/* the desks (but stale is their owners'), the log */
	pthread_cond_t pulse_came;
	struct desk desks[LOAD_WORKERS];
	int64_t *pulse_log;		/* the receive ids of all unblock pulses */
	unsigned long pulse_log_used;
};

extern struct server server;

/* load_serve.c */
void serve_request(struct desk *desk, int64_t rcvid, const struct load_request *request);
bool serve_give_up(int64_t rcvid);

/* load_pulse.c */
void serve_pulse(const struct qmsg_pulse *pulse);

#endif /* QMSG_DEMO_LOAD_SERVER_H */
