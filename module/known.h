/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Receive ids that a server can still name a client with.
 *
 * DOC: A server may notify a client long after it has answered (S8.3), and all it has is the
 * receive id. While the request lives the id leads to it. Then the server connection has it
 * in its *past*, which holds a few and costs no allocation; and it may be *kept*, which a
 * server asks for, or does by using it. Past and kept end with the server connection, so an
 * id never leads to another client (S8.4, S8.5): an id that is kept is not given out again,
 * and one in a past is believed only while it cannot have been.
 */
#ifndef QMSG_KNOWN_H
#define QMSG_KNOWN_H

#include <linux/list.h>
#include <linux/rbtree.h>

#include "qmsg.h"

#define QMSG_PAST	16	/* ids that a server connection remembers of itself */
#define QMSG_KEPT_MAX	256	/* … and that are kept of it */

struct qmsg_target;
struct pid;
struct qmsg_rcvids;

struct qmsg_past {
	u64 serial;		/* an id before it is cut to the context's width */
	struct pid *tid;	/* with a reference; NULL: none yet */
};

struct qmsg_kept {
	struct rb_node rb;		/* by id, in the table of receive ids */
	struct list_head node;		/* of its server connection, the latest used last */
	u64 rcvid;
	struct qmsg_sconn *sconn;	/* ends with it */
	struct pid *tid;		/* with a reference */
	struct qmsg_user *user;		/* who is charged, with a reference */
};

void qmsg_past_add_locked(struct qmsg_sconn *sconn, struct qmsg_request *req);
bool qmsg_kept_has_locked(struct qmsg_rcvids *t, u64 id);
void qmsg_known_forget(struct qmsg_sconn *sconn);
int qmsg_known_find(struct qmsg_ctx *ctx, s64 rcvid, struct qmsg_target *to);
int qmsg_known_keep(struct qmsg_ctx *ctx, s64 rcvid, const struct qmsg_target *to);

#endif /* QMSG_KNOWN_H */
