// SPDX-License-Identifier: GPL-2.0-only
/* Pulses: sent and received by one thread, and as many as another process can send. */
#include "bench.h"
#include "method_qmsg.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include <qmsg.h>

#define PULSES 2000	/* of a batch */
#define CODE 1

struct wire {
	int q, chid, coid;
	pid_t server;
	uint64_t sent;
};

static int attach(struct wire *w)
{
	w->coid = qmsg_connect_attach(w->q, w->server, w->chid, QMSG_SIDE_CHANNEL, 0);
	return w->coid < 0 ? w->coid : 0;
}

/* No two are equal, so that none can be merged with its neighbour. */
static int send_one(struct wire *w)
{
	return qmsg_pulse_send(w->q, w->coid, QMSG_PRIORITY_SELF, CODE, ++w->sent);
}

static int receive_one(struct wire *w)
{
	struct qmsg_pulse pulse;

	return qmsg_msg_receive(w->q, w->chid, &pulse, sizeof(pulse), NULL);
}

static int send_and_receive(struct wire *w)
{
	return send_one(w) ?: receive_one(w);
}

static int open_sender(void *arg)
{
	struct wire *w = arg;

	w->q = qmsg_open();
	return w->q < 0 ? w->q : attach(w);
}

/* The channel holds so many and no more; then it is the receiver's turn. */
static void flood(void *arg)
{
	struct wire *w = arg;
	int error;

	do {
		error = send_one(w);
		if (error == -EAGAIN)
			sched_yield();
	} while (!error || error == -EAGAIN);
}

static double one_batch(struct wire *w, int (*step)(struct wire *w), int *error)
{
	uint64_t start = now_ns();

	for (int i = 0; i < PULSES && !*error; i++)
		*error = step(w);
	return (double)(now_ns() - start) / PULSES;
}

static void measure(const char *method, struct wire *w, int (*step)(struct wire *w))
{
	double *ns = calloc(args.batches, sizeof(*ns)), median;
	int error = 0;

	watch(method);
	one_batch(w, step, &error);
	for (int i = 0; i < args.batches; i++)
		ns[i] = one_batch(w, step, &error);
	median = quartiles(ns, args.batches).median;
	if (error)
		failed("pulse", method, error);
	else
		say("pulse", "method=%s sched=%s per_s=%.0f ns=%.1f", method, current_schedule,
		    1e9 / median, median);
	free(ns);
}

static void measure_both(struct wire *w)
{
	struct wire sender = *w;
	pid_t pid = 0;
	int error = attach(w);

	if (!error)
		measure("send_receive", w, send_and_receive);
	error = error ?: child_start(&pid, open_sender, flood, &sender);
	if (error)
		failed("pulse", "start", error);
	else
		measure("from_another", w, receive_one);
	end_child(pid);
}

void section_pulse(void)
{
	struct wire w = { .server = getpid() };

	if (qmsg_missing())
		return;
	progress("pulses");
	w.q = qmsg_open();
	w.chid = qmsg_channel_create(w.q, 0);
	if (w.chid < 0)
		failed("pulse", "channel", w.chid);
	else
		measure_both(&w);
	qmsg_close(w.q);
}
