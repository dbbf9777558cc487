/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events.
 *
 * DOC: An event says how a process wants to be notified; it always acts in that process: with
 * its connections, on its threads (S8.2). Who delivers it is another matter, and looked at
 * before: a server its client named (event.c), a server that has the handle (registered.c),
 * a timer, or a channel whose pulse pool is full.
 *
 * An *action* is an event that is ready to be delivered: its connection has been found, its
 * priority is known. A *target* is the process and thread it is for.
 */
#ifndef QMSG_EVENT_H
#define QMSG_EVENT_H

#include <linux/types.h>

#include "queue.h"

struct qmsg_target {
	struct qmsg_ctx *ctx;		/* with a reference */
	struct pid *tid;		/* with a reference; the thread may be gone */
	struct qmsg_sconn *sconn;	/* whose client it is, with a reference; NULL: itself */
	u32 flags;			/* QMSG_COF_* bits of the connection, sconn only */
};

struct qmsg_action {
	struct qmsg_event ev;
	struct qmsg_conn *conn;		/* of a pulse, with a reference */
	struct qmsg_rank rank;		/* of a pulse */
};

/* Kinds of event, for @kinds. */
#define QMSG_KIND(what)		(1U << QMSG_EVENT_##what)
#define QMSG_KINDS_PROCESS	(QMSG_KIND(NONE) | QMSG_KIND(SIGNAL) | QMSG_KIND(SIGNAL_CODE) | \
				 QMSG_KIND(PULSE))
#define QMSG_KINDS_ALL		(QMSG_KINDS_PROCESS | QMSG_KIND(SIGNAL_THREAD) | \
				 QMSG_KIND(UNBLOCK) | QMSG_KIND(INTR))

static inline u32 qmsg_event_kind(const struct qmsg_event *ev)
{
	return ev->notify & QMSG_EVENT_TYPE_MASK;
}

int qmsg_event_valid(const struct qmsg_event *ev, u32 kinds);
int qmsg_action_own(struct qmsg_action *a, struct qmsg_ctx *ctx, const struct qmsg_event *ev,
		    u32 kinds);
void qmsg_action_release(struct qmsg_action *a);
int qmsg_act(const struct qmsg_action *a, const struct qmsg_target *to, struct qmsg_user *payer,
	     bool check);

void qmsg_target_self(struct qmsg_target *to, struct qmsg_ctx *ctx);
void qmsg_target_release(struct qmsg_target *to);

/* signal_send.c */
int qmsg_signal_may(const struct qmsg_target *to);
int qmsg_signal_process(const struct qmsg_target *to, const struct qmsg_event *ev, bool check);
int qmsg_signal_thread(const struct qmsg_target *to, const struct qmsg_event *ev, bool check);
struct task_struct *qmsg_target_thread(const struct qmsg_target *to);

#endif /* QMSG_EVENT_H */
