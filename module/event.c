// SPDX-License-Identifier: GPL-2.0-only
/* Events: what they do, and a server that delivers them. */

#include <linux/pid.h>
#include <linux/sched/task.h>
#include <linux/signal.h>

#include "channel.h"
#include "connect.h"
#include "ctx.h"
#include "event.h"
#include "intr.h"
#include "ioctl.h"
#include "known.h"
#include "prio.h"
#include "proc.h"
#include "pulse.h"
#include "registered.h"
#include "request.h"
#include "unblock.h"

#define MODIFIERS	(QMSG_EVENT_UPDATEABLE | QMSG_EVENT_CODE_UPDATEABLE)

static bool valid_pulse(const struct qmsg_event *ev)
{
	if (ev->code < 0 || ev->code > S8_MAX)
		return false;
	return ev->priority == QMSG_PRIORITY_SELF || (ev->priority >= 1 && ev->priority <= 255);
}

/* Above 0 are the kernel's codes, and SI_TKILL is how a thread knows tgkill(2). */
static bool valid_signal_code(const struct qmsg_event *ev)
{
	return ev->code <= SI_USER && ev->code != SI_TKILL;
}

/* S8.6: the errors that are the event's own. @kinds: what it may be. */
int qmsg_event_valid(const struct qmsg_event *ev, u32 kinds)
{
	u32 kind = qmsg_event_kind(ev);

	if (ev->notify & ~(QMSG_EVENT_TYPE_MASK | MODIFIERS))
		return -EINVAL;
	if (kind > QMSG_EVENT_INTR || !(kinds & 1U << kind))
		return -EINVAL;
	switch (kind) {
	case QMSG_EVENT_PULSE:
		return valid_pulse(ev) ? 0 : -EINVAL;
	case QMSG_EVENT_SIGNAL_CODE:
	case QMSG_EVENT_SIGNAL_THREAD:
		if (!valid_signal_code(ev))
			return -EINVAL;
		fallthrough;
	case QMSG_EVENT_SIGNAL:
		return ev->id > 0 && valid_signal(ev->id) ? 0 : -EINVAL;
	}
	return 0;
}

/* An event of the calling process: connection and priority are what they are now. */
int qmsg_action_own(struct qmsg_action *a, struct qmsg_ctx *ctx, const struct qmsg_event *ev,
		    u32 kinds)
{
	struct qmsg_conn *conn;
	u16 prio;
	int err;

	*a = (struct qmsg_action) { .ev = *ev };
	err = qmsg_event_valid(ev, kinds);
	if (err || qmsg_event_kind(ev) != QMSG_EVENT_PULSE)
		return err;
	conn = qmsg_conn_find(ctx, ev->id);
	if (IS_ERR(conn))
		return PTR_ERR(conn);
	prio = ev->priority == QMSG_PRIORITY_SELF ? qmsg_task_prio(current) : ev->priority;
	a->conn = conn;
	a->rank = qmsg_pulse_rank(ctx, conn, prio);
	return qmsg_conn_is_dead(conn) ? -EBADF : 0;
}

void qmsg_action_release(struct qmsg_action *a)
{
	if (a->conn)
		qmsg_conn_put(a->conn);
	a->conn = NULL;
}

/* S3.35: the priority of the thread that it is for, as far as there is one. */
static u16 client_prio(const struct qmsg_target *to)
{
	struct task_struct *task = qmsg_target_thread(to);
	u16 prio;

	if (!task)
		task = get_pid_task(to->ctx->proc->tgid, PIDTYPE_TGID);
	if (!task)
		return 0;
	prio = qmsg_task_prio(task);
	put_task_struct(task);
	return prio;
}

/* An event that a client made up: in its own number space. @ctx: who delivers it. */
static int action_of_client(struct qmsg_action *a, struct qmsg_ctx *ctx,
			    const struct qmsg_target *to, const struct qmsg_event *ev)
{
	struct qmsg_conn *conn;
	u16 prio;
	int err;

	*a = (struct qmsg_action) { .ev = *ev };
	err = qmsg_event_valid(ev, QMSG_KINDS_ALL);
	if (err || qmsg_event_kind(ev) != QMSG_EVENT_PULSE)
		return err;
	conn = qmsg_conn_find_in(to->ctx, ev->id);
	if (!conn)
		return -ESRCH;
	prio = ev->priority == QMSG_PRIORITY_SELF ? client_prio(to) : ev->priority;
	a->conn = conn;
	a->rank = qmsg_pulse_rank(ctx, conn, prio);
	return 0;
}

static int act_pulse(const struct qmsg_action *a, struct qmsg_user *payer, bool check)
{
	if (READ_ONCE(a->conn->detached))
		return -ESRCH;
	if (check)
		return qmsg_conn_is_dead(a->conn) ? -EBADF : 0;
	return qmsg_pulse_send(payer, a->conn, a->rank, a->ev.code, a->ev.value);
}

/* S8.6. @check: only look whether it could be done. */
int qmsg_act(const struct qmsg_action *a, const struct qmsg_target *to, struct qmsg_user *payer,
	     bool check)
{
	switch (qmsg_event_kind(&a->ev)) {
	case QMSG_EVENT_SIGNAL:
	case QMSG_EVENT_SIGNAL_CODE:
		return qmsg_signal_process(to, &a->ev, check);
	case QMSG_EVENT_SIGNAL_THREAD:
		return qmsg_signal_thread(to, &a->ev, check);
	case QMSG_EVENT_PULSE:
		return act_pulse(a, payer, check);
	case QMSG_EVENT_UNBLOCK:
		return qmsg_unblock_thread(to, check);
	case QMSG_EVENT_INTR:
		return qmsg_intr_thread(to, check);
	}
	return 0;
}

void qmsg_target_self(struct qmsg_target *to, struct qmsg_ctx *ctx)
{
	*to = (struct qmsg_target) {
		.ctx = qmsg_ctx_get(ctx),
		.tid = get_pid(task_pid(current)),
	};
}

void qmsg_target_release(struct qmsg_target *to)
{
	if (to->sconn)
		qmsg_sconn_put(to->sconn);
	put_pid(to->tid);
	qmsg_ctx_put(to->ctx);
}

static bool is_signal(const struct qmsg_event *ev)
{
	u32 kind = qmsg_event_kind(ev);

	return kind == QMSG_EVENT_SIGNAL || kind == QMSG_EVENT_SIGNAL_CODE ||
	       kind == QMSG_EVENT_SIGNAL_THREAD;
}

/* S3.27, S3.29, D15: what a server may do that its client has not registered it for. */
static int may_deliver(const struct qmsg_target *to, const struct qmsg_event *ev)
{
	if (!to->sconn)
		return 0;
	if (to->flags & (QMSG_COF_NOEVENT | QMSG_COF_REG_EVENTS))
		return -EACCES;
	return is_signal(ev) ? qmsg_signal_may(to) : 0;
}

static int deliver_to(struct qmsg_ctx *ctx, const struct qmsg_target *to,
		      const struct qmsg_event *ev, bool check)
{
	struct qmsg_action a;
	int err;

	err = may_deliver(to, ev);
	if (err)
		return err;
	err = action_of_client(&a, ctx, to, ev);
	if (!err)
		err = qmsg_act(&a, to, ctx->user, check);
	qmsg_action_release(&a);
	return err;
}

static int deliver(struct qmsg_ctx *ctx, const struct qmsg_event_deliver *args, bool check)
{
	struct qmsg_target to;
	int err;

	err = qmsg_known_find(ctx, args->rcvid, &to);
	if (err)
		return err;
	err = deliver_to(ctx, &to, &args->event, check);
	/* Where it cannot be kept it is delivered all the same. */
	if (!err)
		qmsg_known_keep(ctx, args->rcvid, &to);
	qmsg_target_release(&to);
	return err;
}

long qmsg_ioctl_event_deliver(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	const struct qmsg_event_deliver *args = ucmd;
	bool check = args->flags & QMSG_DELIVER_CHECK;

	if (args->event.notify & QMSG_EVENT_HANDLE)
		return qmsg_registered_deliver(ctx, args, check);
	return deliver(ctx, args, check);
}

long qmsg_ioctl_event_keep(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	const struct qmsg_event_keep *args = ucmd;
	struct qmsg_target to;
	int err;

	if (!args->rcvid)
		return -ESRCH;
	err = qmsg_known_find(ctx, args->rcvid, &to);
	if (err)
		return err;
	err = qmsg_known_keep(ctx, args->rcvid, &to);
	qmsg_target_release(&to);
	return err;
}
