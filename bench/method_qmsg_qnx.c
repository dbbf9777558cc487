// SPDX-License-Identifier: GPL-2.0-only
/* qmsg as a program for QNX has it: MsgSend(), MsgReceive(), MsgReply(). */
#include "bench.h"
#include "method_qmsg.h"

#include <errno.h>

#include <sys/neutrino.h>

static int create(struct pair *p)
{
	p->chid = ChannelCreate(0);
	p->shared->chid = p->chid;
	return p->chid < 0 ? -errno : 0;
}

static int attach(struct pair *p)
{
	p->coid = ConnectAttach(ND_LOCAL_NODE, p->server, p->shared->chid, _NTO_SIDE_CHANNEL, 0);
	return p->coid < 0 ? -errno : 0;
}

static void detach(struct pair *p)
{
	if (p->coid > 0)
		ConnectDetach(p->coid);
}

static int round_trip(struct pair *p)
{
	return MsgSend(p->coid, p->out.data, p->size, p->in.data, p->size) < 0 ? -errno : 0;
}

static int serve(struct pair *p)
{
	int rcvid;

	do {
		rcvid = MsgReceive(p->chid, p->echo.data, p->size, NULL);
	} while (rcvid > 0 && MsgReply(rcvid, EOK, p->echo.data, p->size) == 0);
	return -EPROTO;
}

const struct method method_qmsg_qnx = {
	.name = "qmsg_qnx",
	.largest = LARGEST,
	.missing = qmsg_missing,
	.listen = create,
	.connect = attach,
	.round_trip = round_trip,
	.serve = serve,
	.close = detach,
};
