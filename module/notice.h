/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is told to those who listen, when it happens: the multicast group "events".
 *
 * DOC: Only of what is rare. While nobody listens it is a look at a bit; whoever is too slow
 * loses some and is told so by his socket. Numbers are those of the initial pid namespace, and
 * only its administrators may listen.
 */
#ifndef QMSG_NOTICE_H
#define QMSG_NOTICE_H

#include "qmsg.h"

bool qmsg_notice_wanted(void);
void qmsg_notice_unblock_locked(const struct qmsg_request *req);
void qmsg_notice_orphan_locked(const struct qmsg_request *req);
void qmsg_notice_slow_locked(const struct qmsg_request *req);
void qmsg_notice_cycle_locked(const struct qmsg_request *req, bool refused);
void qmsg_notice_overflow_locked(struct qmsg_channel *ch, const struct qmsg_conn *conn);

#endif /* QMSG_NOTICE_H */
