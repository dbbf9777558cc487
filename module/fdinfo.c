// SPDX-License-Identifier: GPL-2.0-only
/* /proc/PID/fdinfo/FD of a context: its channels, connections and requests. */

#include <linux/fs.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

#include "channel.h"
#include "connect.h"
#include "ctx.h"
#include "fdinfo.h"
#include "name.h"
#include "proc.h"
#include "request.h"
#include "seen_channel.h"
#include "timer.h"

static void show_channel(struct seq_file *m, struct qmsg_channel *ch)
{
	spin_lock(ch->lock);
	seq_printf(m, "channel:\tchid=%d flags=%#x queued=%u pulses=%u receivers=%u received=%u orphans=%u\n",
		   ch->chid, ch->flags, ch->queue.count[QMSG_KIND_REQUEST], qmsg_pulses_queued_locked(ch),
		   ch->nreceivers, ch->received, ch->orphans);
	qmsg_channel_unlock(ch);
}

static void show_channels(struct seq_file *m, struct qmsg_ctx *ctx)
{
	struct qmsg_channel *ch;
	unsigned long chid;

	xa_for_each(&ctx->proc->channels, chid, ch) {
		ch = qmsg_channel_find(ctx, chid);
		if (!ch)
			continue;
		show_channel(m, ch);
		qmsg_names_show(m, ch);
		qmsg_channel_put(ch);
	}
}

/* Connections that are descriptors have no number of their own: their requests tell it. */
static void show_conn(struct seq_file *m, struct pid_namespace *ns, const struct qmsg_conn *conn)
{
	const struct qmsg_channel *ch = conn->sconn->channel;

	seq_printf(m, "connection:\tcoid=%#x pid=%d chid=%d scoid=%#x dead=%d\n",
		   conn->coid, pid_nr_ns(ch->ctx->proc->tgid, ns), ch->chid,
		   conn->sconn->scoid, READ_ONCE(ch->dead));
}

static void show_conns(struct seq_file *m, struct pid_namespace *ns, struct qmsg_ctx *ctx)
{
	struct qmsg_conn *conn;
	unsigned long index;
	void *entry;

	xa_for_each(&ctx->sides, index, entry) {
		conn = qmsg_conn_find(ctx, index | QMSG_SIDE_CHANNEL);
		if (IS_ERR(conn))
			continue;
		show_conn(m, ns, conn);
		qmsg_conn_put(conn);
	}
}

static void show_requests(struct seq_file *m, struct pid_namespace *ns, struct qmsg_sconn *sconn)
{
	const struct qmsg_request *req;

	spin_lock(sconn->channel->lock);
	hlist_for_each_entry(req, &sconn->requests, sconn_node) {
		if (seq_has_overflowed(m))
			break;
		seq_printf(m, "request:\tcoid=%#x tid=%d state=%s priority=%u reasons=%#x\n",
			   req->coid, pid_nr_ns(req->tid, ns), qmsg_state_name(req->state),
			   qmsg_request_prio(req), req->reasons);
	}
	qmsg_channel_unlock(sconn->channel);
}

/* The @n-th server connection of this client, with a reference: a channel's lock goes first. */
static struct qmsg_sconn *nth_sconn(struct qmsg_ctx *ctx, unsigned int n)
{
	struct qmsg_sconn *sconn;

	spin_lock(&ctx->sconns_lock);
	list_for_each_entry(sconn, &ctx->sconns, client_node) {
		if (n--)
			continue;
		qmsg_sconn_get(sconn);
		spin_unlock(&ctx->sconns_lock);
		return sconn;
	}
	spin_unlock(&ctx->sconns_lock);
	return NULL;
}

void qmsg_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct pid_namespace *ns = proc_pid_ns(file_inode(m->file)->i_sb);
	struct qmsg_ctx *ctx = file->private_data;
	struct qmsg_sconn *sconn;
	unsigned int n;

	seq_printf(m, "qmsg-owner:\t%d\n", pid_nr_ns(ctx->proc->tgid, ns));
	show_channels(m, ctx);
	show_conns(m, ns, ctx);
	qmsg_timers_show(m, ctx);
	for (n = 0; (sconn = nth_sconn(ctx, n)); n++) {
		show_requests(m, ns, sconn);
		qmsg_sconn_put(sconn);
	}
}
