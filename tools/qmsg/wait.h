/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who waits for whom.
 *
 * DOC: A REPLY-blocked thread waits for the one that has received its message. A SEND-blocked
 * thread waits for any of those that have received on the channel before: it does not move
 * while all of them are blocked. A thread waits for itself, is in a *cycle*, if nobody
 * it waits for can move before it does.
 */
#ifndef QMSG_WAIT_H
#define QMSG_WAIT_H

#include "model.h"

/* The threads that @r waits for: calls @fn for each. */
void wait_each(const struct model *m, const struct request *r, void (*fn)(int tid, void *arg),
	       void *arg);
/* One flag for each request: its client cannot move whatever anybody else does. */
bool *wait_stuck(const struct model *m);
/* Does following @r only through requests that are @stuck lead back to its own thread? */
bool wait_cycle(const struct model *m, const bool *stuck, const struct request *r);

#endif /* QMSG_WAIT_H */
