// SPDX-License-Identifier: GPL-2.0-only
/* COIDDEATH pulses. */

#include "channel.h"
#include "coiddeath.h"
#include "connect.h"
#include "ctx.h"
#include "prio.h"
#include "proc.h"

/* What a file that is opened connects has no number that the process knows. */
static struct qmsg_channel *listener(const struct qmsg_conn *conn)
{
	return conn->ctx->of_kernel ? NULL : qmsg_proc_coid_deaths(conn->ctx->proc);
}

/* The next connection of @sconn, whose channel ends, to tell; with a reference, or NULL. */
struct qmsg_conn *qmsg_coid_death_next_locked(struct qmsg_sconn *sconn)
{
	struct qmsg_conn *conn;

	lockdep_assert_held(sconn->channel->lock);
	conn = hlist_entry_safe(sconn->conns.first, struct qmsg_conn, sconn_node);
	if (!conn)
		return NULL;
	hlist_del_init(&conn->sconn_node);
	conn->death_channel = listener(conn);
	kref_get(&conn->ref);
	return conn;
}

static void post(struct qmsg_channel *to, struct qmsg_conn *conn)
{
	struct qmsg_pulse_node *p = &conn->death;

	p->code = QMSG_PULSE_CODE_COIDDEATH;
	p->scoid = -1;
	p->q.prio = qmsg_task_prio(current);
	spin_lock(to->lock);
	/* Who sets @detached then takes this lock, to take the pulse back. */
	if (!to->dead && !READ_ONCE(conn->detached)) {
		p->value = READ_ONCE(conn->coid);
		kref_get(&conn->ref);
		qmsg_pulse_post_locked(to, p);
	}
	qmsg_channel_unlock(to);
}

/* Consumes the reference. */
void qmsg_coid_death_tell(struct qmsg_conn *conn)
{
	if (conn->death_channel)
		post(conn->death_channel, conn);
	qmsg_conn_put(conn);
}

/* @conn has been marked as detached under its channel's lock. */
void qmsg_coid_death_withdraw(struct qmsg_conn *conn)
{
	struct qmsg_channel *ch = conn->death_channel;
	bool withdrawn;

	if (!ch)
		return;
	spin_lock(ch->lock);
	withdrawn = qmsg_pulse_withdraw_locked(ch, &conn->death);
	qmsg_channel_unlock(ch);
	if (withdrawn)
		qmsg_conn_put(conn);
}
