// SPDX-License-Identifier: GPL-2.0-only
/* qmsg, native, in three calls: send, receive, reply. */
#include "bench.h"
#include "method_qmsg.h"

#include <errno.h>

#include <qmsg.h>

static int serve(struct pair *p)
{
	int64_t rcvid;

	do {
		rcvid = qmsg_msg_receive(p->q, p->chid, p->echo.data, p->size, NULL);
	} while (rcvid > 0 && !qmsg_msg_reply(p->q, rcvid, 0, p->echo.data, p->size));
	return -EPROTO;
}

const struct method method_qmsg_native = {
	.name = "qmsg_native",
	.largest = LARGEST,
	.missing = qmsg_missing,
	.listen = qmsg_listen,
	.connect = qmsg_connect,
	.round_trip = qmsg_round_trip,
	.serve = serve,
	.close = qmsg_disconnect,
};
