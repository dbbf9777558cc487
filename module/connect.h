/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Connections, seen from both sides.
 *
 * DOC: A client has *connections* (coids). All connections of one client context to one
 * channel share one *server connection*, whose id (scoid) the server sees (S1.11). It
 * counts links: connections, and requests that are not over (S1.13). When the last link
 * goes the scoid is free again, or, on a channel with DISCONNECT, a pulse is posted and it
 * stays as a zombie until the server detaches it (S1.14).
 *
 * coids and scoids of one process are one number space, so that ConnectDetach() knows
 * which it was given.
 */
#ifndef QMSG_CONNECT_H
#define QMSG_CONNECT_H

#include <linux/kref.h>
#include <linux/list.h>

#include "known.h"
#include "pulse.h"

struct qmsg_sconn {
	struct kref ref;

	/* Set at creation. */
	int scoid;			/* with the side-channel bit */
	struct qmsg_channel *channel;	/* with a reference */
	struct qmsg_ctx *client;	/* with a reference */
	const struct cred *cred;	/* the client's when it connected */
	bool shared;			/* not NOSHARE */
	bool of_file;			/* an open file of qmsgfs has it for its own */

	/* Under the channel's lock. */
	bool live;			/* has its scoid */
	bool zombie;			/* no links, waits for the server's ConnectDetach */
	bool begun;			/* its client could use it: its end is told */
	unsigned int links;
	struct list_head node;		/* in the channel's list */
	struct hlist_head requests;	/* not over */
	struct hlist_head conns;	/* whose death has not been told */
	struct qmsg_pulse_node disconnect;
	struct qmsg_past past[QMSG_PAST];
	unsigned int npast;
	/* Connections that let the server deliver registered events, and any. */
	unsigned int event_conns, raw_conns;
	unsigned int nkept;
	struct list_head kept;

	struct list_head client_node;	/* under the client's sconns_lock */
};

int qmsg_conns_init(void);
void qmsg_conns_exit(void);

void qmsg_sconn_get(struct qmsg_sconn *sconn);
void qmsg_sconn_put(struct qmsg_sconn *sconn);
struct qmsg_sconn *qmsg_sconn_next_of_client(struct qmsg_ctx *ctx, struct qmsg_sconn *prev);
struct qmsg_sconn *qmsg_sconn_next_of_server(struct qmsg_ctx *ctx, unsigned long *index);
struct qmsg_sconn *qmsg_sconn_find(struct qmsg_ctx *ctx, int scoid);
bool qmsg_sconn_has_client(const struct qmsg_sconn *sconn);
kuid_t qmsg_sconn_uid(const struct qmsg_sconn *sconn);
kgid_t qmsg_sconn_gid(const struct qmsg_sconn *sconn);
void qmsg_sconn_begin(struct qmsg_sconn *sconn);
void qmsg_sconn_unlink_locked(struct qmsg_sconn *sconn);
void qmsg_sconn_retire_locked(struct qmsg_sconn *sconn);

struct qmsg_conn {
	struct kref ref;
	struct rcu_head rcu;

	/* Set at creation. */
	struct qmsg_ctx *ctx;		/* with a reference */
	struct qmsg_sconn *sconn;	/* with a reference and a link */
	struct qmsg_connfile *file;	/* if it is a descriptor, with a reference */
	int file_scoid;			/* of the open file of qmsgfs that it is to, or 0 */

	/* Bytes of a long reply, if the last ones were; a hint, without a lock. */
	size_t long_reply;

	/* Of a descriptor: the number it was last used under. Read and written without a lock. */
	int coid;

	struct list_head registered;	/* events for its server; under registered.c's lock */
	struct hlist_node fd_node;	/* under the context's fd_conns_lock */

	/* Under the channel's lock. */
	struct hlist_node sconn_node;
	u32 flags;			/* QMSG_COF_*; also read without it */
	bool detached;			/* also read without it */
	struct qmsg_channel *death_channel; /* who is told of its death, with a reference */

	struct qmsg_pulse_node death;	/* under the lock of @death_channel */
};

/* What a client is told about a connection. */
struct qmsg_conn_view {
	struct qmsg_channel *channel;	/* with a reference */
	int coid, scoid;
	u32 flags;
};

int qmsg_conn_attach(struct qmsg_ctx *ctx, struct qmsg_channel *ch, u32 flags, u32 index,
		     s32 __user *out_coid);
struct qmsg_conn *qmsg_conn_new(struct qmsg_ctx *ctx, struct qmsg_channel *ch, u32 flags,
				int coid);
struct qmsg_conn *qmsg_conn_find(struct qmsg_ctx *ctx, int coid);
struct qmsg_conn *qmsg_conn_find_in(struct qmsg_ctx *ctx, int coid);
bool qmsg_conn_change_flags(struct qmsg_conn *conn, u32 *old, u32 flags);
bool qmsg_conn_is_dead(const struct qmsg_conn *conn);
void qmsg_conn_free(struct kref *ref);
void qmsg_conn_close(struct qmsg_conn *conn);
void qmsg_conn_abort(struct qmsg_conn *conn);
void qmsg_conn_close_all(struct qmsg_ctx *ctx);

static inline void qmsg_conn_put(struct qmsg_conn *conn)
{
	kref_put(&conn->ref, qmsg_conn_free);
}

#endif /* QMSG_CONNECT_H */
