/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state machine of a request: see the table in state.c.
 */
#ifndef QMSG_STATE_H
#define QMSG_STATE_H

#include "qmsg.h"

enum qmsg_state {
	QMSG_SEND,	/* queued, or with a receiver that has not finished copying it */
	QMSG_REPLY,	/* received, on a channel without UNBLOCK: the client may leave */
	QMSG_HELD,	/* received, on an UNBLOCK channel: the client stays (REPLY) */
	QMSG_ASKED,	/* HELD, and the server was asked to let it go (REPLY+R) */
	QMSG_DYING,	/* ASKED, and the client is being killed: in grace (REPLY+K) */
	QMSG_ORPHAN,	/* the client is gone, the server has not ended it */
	QMSG_DONE,	/* over */
	QMSG_NR_STATES,
};

enum qmsg_state_event {
	QMSG_EV_RECEIVE,	/* a receiver has copied it; channel without UNBLOCK */
	QMSG_EV_RECEIVE_HOLD,	/* likewise; UNBLOCK channel */
	QMSG_EV_ANSWER,		/* MsgReply, MsgError */
	QMSG_EV_SIGNAL,		/* a signal with a handler */
	QMSG_EV_SEND_TIMEOUT,	/* the send deadline has passed */
	QMSG_EV_REPLY_TIMEOUT,	/* the reply deadline has passed */
	QMSG_EV_UNBLOCK,	/* somebody delivers it a QMSG_EVENT_UNBLOCK */
	QMSG_EV_DETACH,		/* the connection was detached */
	QMSG_EV_KILL,		/* the client is being killed */
	QMSG_EV_GRACE_OVER,	/* … and was held long enough */
	QMSG_EV_GONE,		/* channel destroyed, server gone */
	QMSG_EV_DEADLOCK,	/* it waits for itself, and the channel asks to be told */
	QMSG_NR_EVENTS,
};

void qmsg_state_receive_locked(struct qmsg_request *req);
int qmsg_state_answer_locked(struct qmsg_request *req, const struct qmsg_answer *answer);
int qmsg_state_event_locked(struct qmsg_request *req, enum qmsg_state_event ev,
			    const struct qmsg_answer *answer);

static inline bool qmsg_state_received(enum qmsg_state state)
{
	return state > QMSG_SEND && state < QMSG_DONE;
}

/* The client is there, and an answer is all that it waits for. */
static inline bool qmsg_state_waits(enum qmsg_state state)
{
	return state > QMSG_SEND && state < QMSG_ORPHAN;
}

/* Nothing more will come for the client. */
static inline bool qmsg_state_over(enum qmsg_state state)
{
	return state == QMSG_DONE || state == QMSG_ORPHAN;
}

const char *qmsg_state_name(enum qmsg_state state);

#endif /* QMSG_STATE_H */
