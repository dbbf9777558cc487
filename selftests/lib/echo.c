// SPDX-License-Identifier: GPL-2.0-only
/* A server thread that answers everything until its channel goes. */
#include "qmsg_test.h"

union echo_buffer {
	struct qmsg_pulse pulse;
	char bytes[65536];
};

static void echo_pulse(struct echo *e, const struct qmsg_pulse *pulse)
{
	int q = e->w.peer->q;

	if (pulse->code == QMSG_PULSE_CODE_UNBLOCK) {
		atomic_fetch_add(&e->unblocked, 1);
		qmsg_msg_error(q, pulse->value, QMSG_ERROR_REASON);
	} else if (pulse->code == QMSG_PULSE_CODE_DISCONNECT) {
		atomic_fetch_add(&e->disconnected, 1);
		qmsg_connect_detach(q, pulse->scoid);
	}
}

static void run_echo(struct worker *w)
{
	struct echo *e = (struct echo *)w;
	struct qmsg_msg_info info;
	union echo_buffer buf;
	int64_t rcvid;

	for (;;) {
		rcvid = qmsg_msg_receive(w->peer->q, e->chid, &buf, sizeof(buf), &info);
		if (rcvid == -EINTR)
			continue;
		if (rcvid < 0)
			return;
		if (!rcvid) {
			echo_pulse(e, &buf.pulse);
			continue;
		}
		qmsg_msg_reply(w->peer->q, rcvid, info.msglen, &buf, info.msglen);
		atomic_fetch_add(&e->served, 1);
	}
}

struct echo *echo_start(struct peer *p, int chid)
{
	struct echo *e = shared_alloc(sizeof(*e));

	e->w.peer = p;
	e->w.run = run_echo;
	e->chid = chid;
	return worker_go(&e->w) ? NULL : e;
}

int echo_join(struct echo *e)
{
	return worker_wait(&e->w) ?: worker_stop(&e->w);
}
