/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A context: one open of /dev/qmsg.
 *
 * DOC: It belongs to the process that opened it (D2). It ends when that process closes
 * its last descriptor of it, execs or exits, although others may still hold descriptors
 * they inherited or were sent; from then on, and for those others from the start, every
 * call gives EBADF. Ending it ends its channels and connections; its memory goes with
 * the last reference. One exception: a descriptor whose close-on-exec flag the owner has
 * taken off keeps the context over an exec, until the new program uses or closes it.
 */
#ifndef QMSG_CTX_H
#define QMSG_CTX_H

#include <linux/hashtable.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

#include "owner.h"
#include "park.h"
#include "proc.h"
#include "rcvid.h"

/* One for each thread of a small process that sends. */
#define QMSG_SPARE_REQUESTS	4
#define QMSG_RECENT_CONNS	4

struct qmsg_ctx {
	struct kref ref;
	struct rcu_head rcu;

	/* Set at creation. */
	struct qmsg_proc *proc;		/* of the owner, with a reference */
	struct task_struct *task;	/* who opened it; keeps: */
	struct signal_struct *signal;	/* the owner's, which no other process has meanwhile */
	u64 exec_id;
	struct qmsg_user *user;		/* who pays, with a reference */
	struct file *file;		/* that it is; as long as somebody has it open */
	bool of_kernel;			/* of a client in the kernel: kclient.h */
	struct list_head proc_node;	/* under qmsg_proc_lock */

	/* Under @lock. */
	struct mutex lock;
	bool dead;			/* also read without it */
	bool had_channel;
	bool had_compat;		/* 32-bit programs may have called; without it */

	/* coids and scoids: one number space (S1.2); scoids are tagged. Under its xa_lock. */
	struct xarray sides;

	/* Requests that are done with, for the next; atomic. */
	struct qmsg_request *spare[QMSG_SPARE_REQUESTS];

	/* Connections that were found last, by number; under the lock of @sides, read under RCU. */
	struct qmsg_conn __rcu *recent[QMSG_RECENT_CONNS];

	struct list_head registered;	/* events for any server; under registered.c's lock */
	struct xarray timers;		/* id -> timer; under its xa_lock */

	spinlock_t sconns_lock;
	struct list_head sconns;	/* this client's server connections */

	spinlock_t fd_conns_lock;
	DECLARE_HASHTABLE(fd_conns, 4);	/* uses of connections that are descriptors */

	struct qmsg_rcvids rcvids;
	struct qmsg_owner_watch owner;

	/* Under park.c's lock. */
	struct list_head parked;
	bool parked_closed;		/* nobody parks any more */
};

extern const struct file_operations qmsg_ctx_fops;

struct qmsg_ctx *qmsg_ctx_make(struct file *file, bool of_kernel);
void qmsg_ctx_end(struct qmsg_ctx *ctx, enum qmsg_end why);
int qmsg_ctx_end_of_exec(struct qmsg_ctx *ctx);
bool qmsg_ctx_terminating(const struct qmsg_ctx *ctx);
bool qmsg_file_is_closing(struct file *file);
struct qmsg_ctx *qmsg_ctx_get(struct qmsg_ctx *ctx);
void qmsg_ctx_put(struct qmsg_ctx *ctx);

/*
 * The descriptor must be the owner's, and the owner must be what it was when it opened
 * it: a new program that the descriptor was made to survive into is somebody else.
 */
static inline int qmsg_ctx_check_caller(struct qmsg_ctx *ctx)
{
	if (unlikely(current->signal != ctx->signal))
		return -EBADF;
	if (unlikely(current->self_exec_id != ctx->exec_id))
		return qmsg_ctx_end_of_exec(ctx);
	return unlikely(READ_ONCE(ctx->dead)) ? -EBADF : 0;
}

#endif /* QMSG_CTX_H */
