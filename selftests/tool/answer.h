/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A server that receives one message and answers it, and a client that is let go.
 */
#ifndef TOOL_ANSWER_H
#define TOOL_ANSWER_H

#include "tool.h"

/* What the server's first thread does: the answer to the last that it has received. */
struct answer_call {
	int q;
	int64_t rcvid;
	int error;
};

static inline int64_t do_answer(void *arg)
{
	struct answer_call *call = arg;

	return call->error ? qmsg_msg_error(call->q, call->rcvid, call->error) :
			     qmsg_msg_reply(call->q, call->rcvid, 0, "pong!", 5);
}

static inline int64_t answers(struct peer *p, int64_t rcvid, int error)
{
	struct answer_call *call = shared_alloc(sizeof(*call));

	*call = (struct answer_call) { .q = p->q, .rcvid = rcvid, .error = error };
	return peer_call(p, do_answer, call);
}

static inline int64_t send_received(struct peer *server, struct client *c)
{
	int err = client_send(c) ?: wait_for_client(c, "SEND");

	return err ?: receives(server, 1);
}

/* The client is told to go by a signal, asks, and is let go. */
static inline int64_t unblock_scene(struct peer *server, struct client *c)
{
	int64_t rcvid = send_received(server, c);
	int err = rcvid > 0 ? client_signal(c, SIGUSR1) : -EIO;

	err = err ?: wait_for_client(c, "REPLY+R");
	err = err ?: receives(server, 1);
	err = err ?: answers(server, rcvid, QMSG_ERROR_REASON);
	return err ?: client_wait(c);
}

#endif
