// SPDX-License-Identifier: GPL-2.0-only
/* Many clients of one channel, some threads that receive on it. */
#include "bench.h"
#include "method_qmsg.h"
#include "scale.h"

#include <errno.h>

#include <qmsg.h>

static int listen_there(struct scale *s)
{
	s->q = qmsg_open();
	if (s->q < 0)
		return s->q;
	s->chid = qmsg_channel_create(s->q, 0);
	s->shared->chid = s->chid;
	return s->chid < 0 ? s->chid : 0;
}

static void serve(struct scale *s)
{
	char buf[SCALE_SIZE];
	int64_t rcvid = 0;

	do {
		rcvid = qmsg_msg_reply_receive(s->q, rcvid, 0, buf, sizeof(buf), s->chid, buf,
					       sizeof(buf), NULL);
	} while (rcvid > 0);
}

static int attach(struct scale *s)
{
	s->q = qmsg_open();
	if (s->q < 0)
		return s->q;
	s->coid = qmsg_connect_attach(s->q, s->server, s->shared->chid, QMSG_SIDE_CHANNEL, 0);
	return s->coid < 0 ? s->coid : 0;
}

static int call(struct scale *s)
{
	char out[SCALE_SIZE] = { 0 }, in[SCALE_SIZE];

	return qmsg_msg_send(s->q, s->coid, out, sizeof(out), in, sizeof(in));
}

const struct scale_method scale_qmsg = {
	.name = "qmsg",
	.missing = qmsg_missing,
	.listen = listen_there,
	.serve = serve,
	.connect = attach,
	.call = call,
};
