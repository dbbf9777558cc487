/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stepping aside.
 *
 * DOC: Job control, the cgroup freezer and tracers can only stop a task on its way out to
 * user mode. A client that is wanted there *parks* its request and returns
 * -ERESTART_RESTARTBLOCK; it is stopped, and when it goes on the kernel executes
 * restart_syscall() for it, which takes the request up again. The server notices nothing.
 * Signals with handlers are held back on that way.
 *
 * A tracer, a seccomp filter or a handler that was installed in the last moment can prevent
 * the restart. Then the task shows up with another call, and what it had parked in the same
 * or a deeper frame is *abandoned*, as if the client were killed with no grace left. Only a
 * restart ever takes a parked request up, and one of the same kind of call: a new call is never
 * taken for an old one.
 *
 * While parked a request holds the context's file, and so the module, whose text the task's
 * restart block points to; the block is put back when the parking is over, and a child is not left
 * with it (by a tracepoint; see probe.h).
 * What is parked is its task's: a thread that ends otherwise than with its process takes it along.
 * That is also how it ends in contexts that many processes use (kclient.h), which know no owner's
 * death; there closing the last descriptor of a table ends what all have parked who share that.
 */
#ifndef QMSG_PARK_H
#define QMSG_PARK_H

#include <linux/restart_block.h>
#include <linux/types.h>

#include "qmsg.h"

/* Under park.c's lock. */
struct qmsg_parked {
	struct list_head node;		/* in the context's list */
	struct hlist_node hash;		/* by task */
	u64 nr;				/* in the order of parking */
	unsigned long sp;		/* the task's frame */
	u64 exec_id;			/* its program */
	const void *files;		/* its descriptors, only to be compared */
	u64 died;			/* ns: when it began to end */
	struct restart_block was;	/* the task's, to be put back */
	long (*resume)(struct restart_block *);	/* who knows what @uarg is */
	void __user *uarg;
	/*
	 * What belongs to a call that is not taken up again; NULL: the context is the process's own,
	 * and there is nothing. The client's alone.
	 */
	void (*drop)(void __user *uarg);
};

/* Why a context ends. */
enum qmsg_end {
	QMSG_END_EXIT,		/* its owner exits */
	QMSG_END_EXEC,		/* … or becomes another program */
	QMSG_END_CLOSE,		/* … or has closed it */
};

int qmsg_park(struct qmsg_ctx *ctx, struct qmsg_request *req, void __user *uarg,
	      long (*resume)(struct restart_block *));
int qmsg_park_with(struct qmsg_ctx *ctx, struct qmsg_request *req, void __user *uarg,
		   long (*resume)(struct restart_block *), void (*drop)(void __user *uarg));
struct qmsg_request *qmsg_unpark(long (*resume)(struct restart_block *));
bool qmsg_park_undo(struct qmsg_request *req);
void qmsg_abandon(struct qmsg_request *req);
void qmsg_parked_abandon(struct qmsg_ctx *ctx);
void qmsg_parked_abandon_files(struct qmsg_ctx *ctx);
void qmsg_parked_thread_exits(void);
void qmsg_parked_end_all(struct qmsg_ctx *ctx, enum qmsg_end why);
int qmsg_parking_init(void);
void qmsg_parking_exit(void);

#endif /* QMSG_PARK_H */
