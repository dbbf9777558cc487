/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Threads that wait for each other.
 *
 * DOC: A request is *stuck* if nothing but its server can end its wait: nobody has it in hand, no
 * deadline, no signal that is pending. A process cannot move if all of its threads are in requests
 * that are stuck. Whoever sends may *close a cycle*: beginning with the process of the
 * channel and going on to those that its threads' requests wait for, no process can move, and
 * the sender's own request is one of them.
 *
 * No two channels are locked at once, so what is found has been looked at one after the other. It is
 * therefore looked at twice. The requests are held meanwhile, and one that is over stays over:
 * those that were stuck both times were stuck together between. If these were all
 * threads of their processes then, nobody was left who could have answered, or begun a thread
 * that might; and nobody will be. So a cycle that is found is one, and is refused (EDEADLK)
 * where the channel asks for that. Of those who find the same one, it is he who sent last
 * (@order): everybody else's request was there when he looked.
 *
 * A signal that comes later, a kill, or an unblock event from outside would end the wait; no one
 * can know of those.
 *
 * Told, to those who listen, is also what is probable only: there, of a process that receives, the
 * threads that have received are enough, and deadlines do not count.
 *
 * Nobody looks unless the sender's process has a channel itself, and nobody was waiting for the
 * message. It is given up, without finding anything, where it gets long.
 */
#ifndef QMSG_CYCLE_H
#define QMSG_CYCLE_H

#include "ctx.h"
#include "proc.h"
#include "request.h"

u64 qmsg_cycle_order(void);
void qmsg_cycle_look(struct qmsg_request *req);

/* The current task has posted @req over @ctx, and not slept yet. */
static inline void qmsg_cycle_check(const struct qmsg_ctx *ctx, struct qmsg_request *req)
{
	if (READ_ONCE(req->hand) == QMSG_HAND_NONE && !xa_empty(&ctx->proc->channels))
		qmsg_cycle_look(req);
}

#endif /* QMSG_CYCLE_H */
