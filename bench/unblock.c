// SPDX-License-Identifier: GPL-2.0-only
/*
 * What it costs to be asked to let a client go. The server that has received the request
 * sends the signal itself, so that it always finds the client REPLY-blocked; it is told by
 * pulse and answers. All of that is in the time.
 */
#include "bench.h"
#include "method_qmsg.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <qmsg.h>

#define ROUND_TRIPS 200	/* of a batch */
#define SIZE 64		/* a pulse must fit */

static int listen_there(struct pair *p)
{
	p->q = qmsg_open();
	if (p->q < 0)
		return p->q;
	p->chid = qmsg_channel_create(p->q, QMSG_CHF_UNBLOCK);
	p->shared->chid = p->chid;
	return p->chid < 0 ? p->chid : 0;
}

static int round_trip(struct pair *p)
{
	int64_t status = qmsg_round_trip(p);

	return status == -EINTR ? 0 : status < 0 ? status : -EPROTO;
}

static int receive_pulse_for(const struct pair *p, int64_t rcvid)
{
	struct qmsg_pulse pulse;
	int64_t got = qmsg_msg_receive(p->q, p->chid, &pulse, sizeof(pulse), NULL);

	return got == 0 && pulse.code == QMSG_PULSE_CODE_UNBLOCK &&
	       pulse.value == (uint64_t)rcvid ? 0 : -EPROTO;
}

static int serve(struct pair *p)
{
	int64_t rcvid;
	int error;

	do {
		rcvid = qmsg_msg_receive(p->q, p->chid, p->echo.data, p->size, NULL);
		error = rcvid <= 0 || kill(getppid(), SIGUSR1) ? -EPROTO :
			receive_pulse_for(p, rcvid) ?:
			qmsg_msg_error(p->q, rcvid, QMSG_ERROR_REASON);
	} while (!error);
	return error;
}

static const struct method unblocked = {
	.name = "unblock",
	.listen = listen_there,
	.connect = qmsg_connect,
	.round_trip = round_trip,
	.serve = serve,
	.close = qmsg_disconnect,
};

static void ignore(int sig)
{
	(void)sig;
}

static void measure(struct pair *p)
{
	double *ns = calloc(args.batches, sizeof(*ns));
	int done = 0;
	uint64_t t = 1;

	while (done < args.batches && (t = pair_run(p, ROUND_TRIPS)))
		ns[done++] = (double)t / ROUND_TRIPS;
	if (t)
		say("unblock", "sched=%s ns=%.1f", current_schedule, quartiles(ns, done).median);
	free(ns);
}

void section_unblock(void)
{
	struct sigaction action = { .sa_handler = ignore };
	struct pair pair;

	if (qmsg_missing())
		return;
	progress("unblock requests");
	sigaction(SIGUSR1, &action, NULL);
	if (pair_start(&pair, &unblocked, SIZE))
		return;
	measure(&pair);
	pair_end(&pair);
}
