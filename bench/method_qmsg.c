// SPDX-License-Identifier: GPL-2.0-only
/* qmsg, native and fused: one call of the client, one of the server. With and without spin. */
#include "bench.h"
#include "method_qmsg.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include <qmsg.h>

#define SPIN "/sys/module/qmsg/parameters/spin_us"

int qmsg_listen(struct pair *p)
{
	p->q = qmsg_open();
	if (p->q < 0)
		return p->q;
	p->chid = qmsg_channel_create(p->q, 0);
	p->shared->chid = p->chid;
	return p->chid < 0 ? p->chid : 0;
}

int qmsg_connect(struct pair *p)
{
	p->q = qmsg_open();
	if (p->q < 0)
		return p->q;
	p->coid = qmsg_connect_attach(p->q, p->server, p->shared->chid, QMSG_SIDE_CHANNEL, 0);
	return p->coid < 0 ? p->coid : 0;
}

void qmsg_disconnect(struct pair *p)
{
	if (p->q >= 0)
		qmsg_close(p->q);
}

int qmsg_round_trip(struct pair *p)
{
	return qmsg_msg_send(p->q, p->coid, p->out.data, p->size, p->in.data, p->size);
}

const char *qmsg_missing(void)
{
	return access("/dev/qmsg", R_OK | W_OK) ? "no /dev/qmsg" : NULL;
}

static int serve(struct pair *p)
{
	int64_t rcvid = 0;

	do {
		rcvid = qmsg_msg_reply_receive(p->q, rcvid, 0, p->echo.data, p->size, p->chid,
					       p->echo.data, p->size, NULL);
	} while (rcvid > 0);
	return -EPROTO;
}

const struct method method_qmsg = {
	.name = "qmsg",
	.largest = LARGEST,
	.missing = qmsg_missing,
	.listen = qmsg_listen,
	.connect = qmsg_connect,
	.round_trip = qmsg_round_trip,
	.serve = serve,
	.close = qmsg_disconnect,
};

/* The parameter is the whole module's: it is 0 for this method's batches only. */
static char spin_before[16] = "50";

static void spin_off(void)
{
	snprintf(spin_before, sizeof(spin_before), "%ld", read_number(SPIN));
	write_text(SPIN, "0");
}

static void spin_on(void)
{
	write_text(SPIN, spin_before);
}

static const char *nospin_missing(void)
{
	if (access(SPIN, R_OK | W_OK))
		return "no parameter spin_us";
	return qmsg_missing();
}

const struct method method_qmsg_nospin = {
	.name = "qmsg_nospin",
	.largest = LARGEST,
	.missing = nospin_missing,
	.listen = qmsg_listen,
	.connect = qmsg_connect,
	.round_trip = qmsg_round_trip,
	.serve = serve,
	.close = qmsg_disconnect,
	.before = spin_off,
	.after = spin_on,
};
