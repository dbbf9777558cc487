/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process that uses qmsg.
 *
 * DOC: Channels are found by process and number (D3). All contexts of one process draw
 * channel numbers from one pool, lowest free first, from 1 (S1.2). A process is known by
 * its struct pid, never by a number that another one could get.
 */
#ifndef QMSG_PROC_H
#define QMSG_PROC_H

#include <linux/hash.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/xarray.h>

#include "qmsg.h"

#define QMSG_SERVERS_BITS	5

extern struct mutex qmsg_proc_lock;

struct qmsg_proc {
	struct hlist_node node;		/* under qmsg_proc_lock */
	unsigned int refs;		/* under qmsg_proc_lock */
	struct pid *tgid;		/* set at creation, with a reference */
	struct list_head ctxs;		/* under qmsg_proc_lock; those that have not ended */
	struct xarray channels;		/* chid -> channel; under its xa_lock */
	struct qmsg_channel *coid_deaths; /* the one that wants COIDDEATH pulses; likewise */
	struct qmsg_channel *thread_deaths; /* the one that wants THREADDEATH pulses; likewise */
	struct hlist_head servers[1 << QMSG_SERVERS_BITS]; /* by task; threads that receive */
	spinlock_t servers_lock;	/* for changing them; they are read under RCU */
	int nservers;			/* under @servers_lock */
	int servers_drop_at;		/* with more of them, dead ones are looked for; likewise */
	spinlock_t intr_lock;
	struct list_head intrs;		/* under @intr_lock; see intr.c */
	atomic64_t exiting_since;	/* ns; 0 while it does not */
};

int qmsg_proc_join(struct qmsg_ctx *ctx);
void qmsg_proc_leave(struct qmsg_ctx *ctx);
void qmsg_proc_put(struct qmsg_proc *proc);
int qmsg_proc_publish_channel(struct qmsg_channel *ch);
bool qmsg_proc_unpublish_channel(struct qmsg_channel *ch);
struct qmsg_channel *qmsg_proc_coid_deaths(struct qmsg_proc *proc);
u64 qmsg_proc_exiting_since(struct qmsg_proc *proc);
struct qmsg_channel *qmsg_proc_find_channel(pid_t pid, int chid);
struct qmsg_ctx *qmsg_proc_next_ctx(struct qmsg_proc *proc, struct qmsg_ctx *prev);
struct qmsg_ctx **qmsg_proc_all_ctxs(unsigned int *n);
void *qmsg_proc_search(struct pid *tgid, void *(*fn)(struct qmsg_ctx *ctx, void *arg), void *arg);

#endif /* QMSG_PROC_H */
