/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a user may use, and how much of everything there is.
 *
 * DOC: Each context is charged to the real user who opened it; but what is sent over a file of
 * qmsgfs, which anybody may have been given, to the real user who sends it. Whoever makes a thing
 * pays for it: the server its channels, their names, the ids it keeps and what it writes into
 * reply buffers, the client its connections, requests, message bytes, pulses, registered
 * events and timers. Four requests of a context that are done with, each with its connection
 * and up to a page for its message and one for its reply, are not charged while they wait to be
 * used again. A quota that is used up fails the call that would exceed it, with EAGAIN, and
 * nobody else's.
 */
#ifndef QMSG_LIMITS_H
#define QMSG_LIMITS_H

#include <linux/atomic.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/refcount.h>
#include <linux/uidgid.h>

#include "qmsg.h"

enum qmsg_quota {
	QMSG_QUOTA_CHANNELS,
	QMSG_QUOTA_CONNECTIONS,
	QMSG_QUOTA_SCONNS,	/* server connections; as many as connections */
	QMSG_QUOTA_REQUESTS,
	QMSG_QUOTA_PULSES,
	QMSG_QUOTA_NAMES,
	QMSG_QUOTA_RECEIVERS,	/* threads that have received */
	QMSG_QUOTA_TIMERS,
	QMSG_QUOTA_EVENTS,	/* registered events, kept receive ids */
	QMSG_QUOTA_BYTES,
	QMSG_QUOTA_NODES,	/* of the file system */
	QMSG_NR_QUOTAS,
};

struct qmsg_user {
	struct hlist_node node;				/* under the table's lock */
	refcount_t ref;
	kuid_t uid;					/* set at creation */
	atomic_long_t used[QMSG_NR_QUOTAS];		/* atomic */
};

struct qmsg_user *qmsg_user_get(kuid_t uid);
struct qmsg_user *qmsg_user_ref(struct qmsg_user *user);
void qmsg_user_put(struct qmsg_user *user);

/* @fn is called under the table's lock. */
void qmsg_users_each(void (*fn)(void *arg, const struct qmsg_user *user), void *arg);

/* Live objects, for debugfs and for the tests: all zero when nothing is open. */
enum qmsg_object {
	QMSG_OBJ_CONTEXT,
	QMSG_OBJ_PROCESS,
	QMSG_OBJ_CHANNEL,
	QMSG_OBJ_CONNECTION,
	QMSG_OBJ_SERVER_CONNECTION,
	QMSG_OBJ_REQUEST,
	QMSG_OBJ_PULSE,
	QMSG_OBJ_NAME,
	QMSG_OBJ_TIMER,
	QMSG_OBJ_REGISTERED,
	QMSG_OBJ_KEPT,
	QMSG_OBJ_INTR,
	QMSG_OBJ_BUFFER,
	QMSG_OBJ_PARKED,
	QMSG_OBJ_RECEIVER,
	QMSG_OBJ_USER,
	QMSG_OBJ_STATS,
	QMSG_OBJ_BYTES,
	QMSG_NR_OBJECTS,
};

DECLARE_PER_CPU(long [QMSG_NR_OBJECTS], qmsg_objects);

static inline void qmsg_count(enum qmsg_object what, long n)
{
	this_cpu_add(qmsg_objects[what], n);
}

extern unsigned long qmsg_quota[QMSG_NR_QUOTAS];

long qmsg_quota_bytes_default(void);
void qmsg_charge_anyway(struct qmsg_user *user, enum qmsg_quota quota, long n);

static inline unsigned long qmsg_quota_of(enum qmsg_quota q)
{
	unsigned long n = READ_ONCE(qmsg_quota[q == QMSG_QUOTA_SCONNS ? QMSG_QUOTA_CONNECTIONS : q]);

	if (q == QMSG_QUOTA_BYTES && n == 0)
		n = qmsg_quota_bytes_default();
	return n;
}

/*
 * Takes @n of @quota; -EAGAIN, and nothing taken, if that is more than is left. Where little is
 * left, one that is about to fail may make another fail that would have fitted.
 */
static inline int qmsg_charge(struct qmsg_user *user, enum qmsg_quota q, long n)
{
	unsigned long used = atomic_long_add_return(n, &user->used[q]);

	if (unlikely(used > qmsg_quota_of(q))) {
		atomic_long_sub(n, &user->used[q]);
		return -EAGAIN;
	}
	if (q == QMSG_QUOTA_BYTES)
		qmsg_count(QMSG_OBJ_BYTES, n);
	return 0;
}

static inline void qmsg_uncharge(struct qmsg_user *user, enum qmsg_quota q, long n)
{
	atomic_long_sub(n, &user->used[q]);
	if (q == QMSG_QUOTA_BYTES)
		qmsg_count(QMSG_OBJ_BYTES, -n);
}

long qmsg_counted(enum qmsg_object what);
const char *qmsg_object_name(enum qmsg_object what);

/* Bounds that are not per user. */
#define QMSG_PULSE_LIMIT_DEFAULT	1024	/* unreceived user pulses of a channel */
#define QMSG_PULSE_LIMIT_MAX		65536
#define QMSG_REPLY_PIECES_MAX	1024	/* MsgWrites kept for one request */
#define QMSG_ID_MAX			0xfffe	/* chids, coids and scoids of a process (S1.5) */
#define QMSG_ORPHANS_MAX		1024	/* of a channel; more end at once */

u32 qmsg_kill_grace_default(void);
u32 qmsg_kill_grace_max(void);

#endif /* QMSG_LIMITS_H */
