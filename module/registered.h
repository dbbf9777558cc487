/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registered events.
 *
 * DOC: A process can give a server a handle instead of the event itself (S8.12). The event
 * stays here, nobody else can change it, and only who is meant can have it delivered. The
 * handle also says which process it is for, so it works without a receive id that is known.
 */
#ifndef QMSG_REGISTERED_H
#define QMSG_REGISTERED_H

#include "qmsg.h"

int qmsg_registered_deliver(struct qmsg_ctx *ctx, const struct qmsg_event_deliver *args,
			    bool check);
void qmsg_registered_end(struct list_head *list);

#endif /* QMSG_REGISTERED_H */
