/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pulses.
 *
 * DOC: A pulse is a queue entry that somebody owns: the channel's pool (sent by a user,
 * allocated, bounded), a request (its unblock pulse), a server connection (its disconnect
 * pulse), a connection (its death pulse), a timer, or the channel itself (for the deaths of
 * threads). All but the first are embedded in their owners and cannot fail (D12); while one
 * is posted it holds a reference to its owner, but for the channel. A timer's is posted
 * again and again, each time to a new place.
 *
 * An entry stands for @count receives: a pulse equal to the last one of its priority
 * is counted, not allocated (S4.5). A receiver *takes* one, copies it with no lock held,
 * and *commits*, or *puts it back* to its place when its buffer was bad (D13).
 */
#ifndef QMSG_PULSE_H
#define QMSG_PULSE_H

#include "queue.h"

enum qmsg_pulse_origin {
	QMSG_PULSE_USER,
	QMSG_PULSE_UNBLOCK,
	QMSG_PULSE_DISCONNECT,
	QMSG_PULSE_COIDDEATH,
	QMSG_PULSE_THREADDEATH,
	QMSG_PULSE_TIMER,
};

/* @origin, @code, @value, @scoid do not change once posted; the rest is under the channel's lock. */
struct qmsg_pulse_node {
	struct qmsg_qnode q;
	u8 origin;		/* enum qmsg_pulse_origin */
	s8 code;
	bool withdrawn;		/* nobody is to see it any more */
	s32 scoid;
	u64 value;
	struct qmsg_user *user;	/* of a user pulse: who is charged, with a reference */
	u32 count;		/* receives it stands for */
	u32 taken;		/* receivers copying it */
};

void qmsg_pulse_init(struct qmsg_pulse_node *p, enum qmsg_pulse_origin origin);
void qmsg_pulse_post_locked(struct qmsg_channel *ch, struct qmsg_pulse_node *p);
bool qmsg_pulse_withdraw_locked(struct qmsg_channel *ch, struct qmsg_pulse_node *p);
void qmsg_pulse_take_locked(struct qmsg_channel *ch, struct qmsg_pulse_node *p);
bool qmsg_pulse_commit_locked(struct qmsg_channel *ch, struct qmsg_pulse_node *p, bool *release);
bool qmsg_pulse_put_back_locked(struct qmsg_channel *ch, struct qmsg_pulse_node *p);
int qmsg_pulse_send(struct qmsg_user *payer, struct qmsg_conn *conn, struct qmsg_rank rank, s8 code,
		    u64 value);
void qmsg_pulse_release(struct qmsg_channel *ch, struct qmsg_pulse_node *p);

#endif /* QMSG_PULSE_H */
