/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The requests of a process, whatever they wait for.
 */
#ifndef QMSG_SEARCH_H
#define QMSG_SEARCH_H

#include "qmsg.h"

/* What is done with a request, under its channel's lock; true ends the search. */
typedef bool (*qmsg_request_fn)(struct qmsg_request *req, void *arg);

/*
 * @fn for every request that waits and was sent over a context of @proc, orphans not. Looks at
 * @steps contexts and server connections at most; false if there were more.
 */
bool qmsg_search_requests(struct qmsg_proc *proc, qmsg_request_fn fn, void *arg,
			  unsigned int steps);

#endif /* QMSG_SEARCH_H */
