/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * COIDDEATH pulses (S1.31).
 *
 * DOC: When a channel ends, each connection to it of a process that has a channel with
 * COID_DISCONNECT gives one pulse there. The pulse is embedded in the connection. The end
 * of the channel finds out under that channel's lock whom to tell, and tells under the
 * lock of the other: never both at once. A connection that is detached meanwhile takes its
 * pulse back, so none that is received later names an id that means something else.
 *
 * It is queued with the priority of who ends the channel, and lends it to nobody: that may
 * be any other process.
 */
#ifndef QMSG_COIDDEATH_H
#define QMSG_COIDDEATH_H

#include "qmsg.h"

struct qmsg_conn *qmsg_coid_death_next_locked(struct qmsg_sconn *sconn);
void qmsg_coid_death_tell(struct qmsg_conn *conn);
void qmsg_coid_death_withdraw(struct qmsg_conn *conn);

#endif /* QMSG_COIDDEATH_H */
