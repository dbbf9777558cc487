// SPDX-License-Identifier: GPL-2.0-only
/*
 * The server's threads, from their start to their end.
 */
#include "demo.h"
#include "load_server.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

struct server server = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.pulse_came = PTHREAD_COND_INITIALIZER,
};

static pthread_t threads[LOAD_WORKERS + 1];

union incoming {
	struct load_request request;
	struct qmsg_pulse pulse;
};

static void *worker(void *arg)
{
	struct desk *desk = arg;
	union incoming in;
	int64_t rcvid;

	while ((rcvid = qmsg_msg_receive(server.q, server.chid, &in, sizeof(in), NULL)) >= 0) {
		if (rcvid)
			serve_request(desk, rcvid, &in.request);
		else
			serve_pulse(&in.pulse);
	}
	if (rcvid != -ESRCH)
		count(&server.tally->faults);
	return NULL;
}

static void *pulse_thread(void *unused)
{
	struct qmsg_pulse pulse;
	int64_t result;

	(void)unused;
	while ((result = qmsg_msg_receive_pulse(server.q, server.chid, &pulse, sizeof(pulse),
						NULL)) == 0)
		serve_pulse(&pulse);
	if (result != -ESRCH)
		count(&server.tally->faults);
	return NULL;
}

int server_open(struct load *load, struct load_tally *tally)
{
	struct qmsg_channel_create args = {
		.flags = QMSG_CHF_UNBLOCK | QMSG_CHF_DISCONNECT,
		.kill_grace_ms = LOAD_GRACE_MS,
	};

	server.load = load;
	server.tally = tally;
	server.pulse_log = calloc(load->requests, sizeof(*server.pulse_log));
	if (!server.pulse_log)
		return -ENOMEM;
	server.q = qmsg_open();
	if (server.q < 0)
		return server.q;
	server.chid = qmsg_channel_create_with(server.q, &args);
	load->chid = server.chid;
	return server.chid < 0 ? server.chid : 0;
}

int server_start(void)
{
	int error = pthread_create(&threads[LOAD_WORKERS], NULL, pulse_thread, NULL);

	for (int i = 0; !error && i < LOAD_WORKERS; i++) {
		pthread_cond_init(&server.desks[i].told, NULL);
		error = pthread_create(&threads[i], NULL, worker, &server.desks[i]);
	}
	return -error;
}

static bool drained(void)
{
	const struct load *load = server.load;

	if (atomic_load(&server.tally->disconnects) < atomic_load(&load->lives))
		return false;
	for (int life = 0; life < LOAD_LIVES; life++) {
		unsigned long sent = 0;

		for (int i = 0; i < LOAD_THREADS; i++)
			sent += atomic_load(&load->account[life][i].pulses_sent);
		if (atomic_load(&server.tally->pulses[life]) < sent)
			return false;
	}
	return true;
}

/* The clients have gone; what they sent last, and that they have gone, is on its way. */
void server_drain(void)
{
	struct timespec limit;
	int error = 0;

	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_sec += AWAIT_SECONDS;
	pthread_mutex_lock(&server.lock);
	while (!drained() && !error)
		error = pthread_cond_timedwait(&server.pulse_came, &server.lock, &limit);
	pthread_mutex_unlock(&server.lock);
}

void server_stop(void)
{
	qmsg_channel_destroy(server.q, server.chid);
	for (int i = 0; i <= LOAD_WORKERS; i++)
		pthread_join(threads[i], NULL);
	qmsg_close(server.q);
}
