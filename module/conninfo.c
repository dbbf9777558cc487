// SPDX-License-Identifier: GPL-2.0-only
/* ConnectFlags, ConnectServerInfo: what a client may know and change of its connections. */

#include <linux/fdtable.h>
#include <linux/pid.h>
#include <linux/uaccess.h>

#include "channel.h"
#include "connect.h"
#include "connfile.h"
#include "ctx.h"
#include "ioctl.h"
#include "proc.h"

#define CHANGEABLE	(QMSG_COF_CLOEXEC | QMSG_COF_NOEVENT | QMSG_COF_REG_EVENTS | \
			 QMSG_COF_UNREG_EVENTS)

static bool is_fd(int coid)
{
	return !(coid & QMSG_SIDE_CHANNEL);
}

static u32 cloexec_of(unsigned int fd)
{
	const struct fdtable *fdt;
	bool set;

	rcu_read_lock();
	fdt = files_fdtable(current->files);
	set = fd < fdt->max_fds && test_bit(fd, fdt->close_on_exec);
	rcu_read_unlock();
	return set ? QMSG_COF_CLOEXEC : 0;
}

/* @flags as a client is told them. */
static u32 flags_told(int coid, u32 flags, const struct qmsg_channel *ch)
{
	if (is_fd(coid))
		flags |= cloexec_of(coid);
	if (READ_ONCE(ch->dead))
		flags |= QMSG_COF_DEAD;
	return flags;
}

/* Told before it is done: then it can be left undone. */
static int change_flags(struct qmsg_conn *conn, const struct qmsg_connect_flags *args,
			u32 __user *out_flags)
{
	u32 old = READ_ONCE(conn->flags);

	do {
		if (put_user(flags_told(args->coid, old, conn->sconn->channel), out_flags))
			return -EFAULT;
	} while (!qmsg_conn_change_flags(conn, &old, (old & ~args->mask) | args->bits));
	return 0;
}

long qmsg_ioctl_connect_flags(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	struct qmsg_connect_flags __user *uargs = uarg;
	const struct qmsg_connect_flags *args = ucmd;
	struct qmsg_conn *conn;
	int err;

	if (args->mask & ~CHANGEABLE || args->bits & ~args->mask)
		return -EINVAL;
	conn = qmsg_conn_find(ctx, args->coid);
	if (IS_ERR(conn))
		return PTR_ERR(conn);
	if (is_fd(args->coid) && args->mask & QMSG_COF_CLOEXEC)
		err = -EINVAL;
	else
		err = change_flags(conn, args, &uargs->out_flags);
	qmsg_conn_put(conn);
	return err;
}

static bool view_side(struct qmsg_ctx *ctx, int coid, u32 how, struct qmsg_conn_view *view)
{
	struct qmsg_conn *conn = qmsg_conn_find(ctx, coid);

	if (IS_ERR(conn))
		return false;
	if (how & QMSG_CONNECT_INFO_LIVE && qmsg_conn_is_dead(conn)) {
		qmsg_conn_put(conn);
		return false;
	}
	view->channel = qmsg_channel_get(conn->sconn->channel);
	view->coid = coid;
	view->scoid = conn->sconn->scoid;
	view->flags = READ_ONCE(conn->flags);
	qmsg_conn_put(conn);
	return true;
}

/* The first from @coid on; the table has scoids in it as well. */
static bool view_side_from(struct qmsg_ctx *ctx, int coid, u32 how, struct qmsg_conn_view *view)
{
	unsigned long index;
	void *entry;

	xa_for_each_start(&ctx->sides, index, entry, coid & ~QMSG_SIDE_CHANNEL) {
		if (view_side(ctx, index | QMSG_SIDE_CHANNEL, how, view))
			return true;
		cond_resched();
	}
	return false;
}

static bool view_of(struct qmsg_ctx *ctx, int coid, u32 how, struct qmsg_conn_view *view)
{
	bool next = how & QMSG_CONNECT_INFO_NEXT;

	if (coid < 0)
		return false;
	if (is_fd(coid)) {
		if (qmsg_connfile_view(ctx, coid, how, view))
			return true;
		coid = QMSG_SIDE_CHANNEL;
	} else if (!next) {
		return view_side(ctx, coid, how, view);
	}
	return next && view_side_from(ctx, coid, how, view);
}

/* S2.41 */
long qmsg_ioctl_connect_info(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	struct qmsg_connect_info *args = ucmd;
	struct qmsg_conn_view view;

	if (!view_of(ctx, args->coid, args->flags, &view))
		return -EINVAL;
	args->out_coid = view.coid;
	args->out_pid = pid_vnr(view.channel->ctx->proc->tgid);
	args->out_chid = view.channel->chid;
	args->out_scoid = view.scoid;
	args->out_flags = flags_told(view.coid, view.flags, view.channel);
	qmsg_channel_put(view.channel);
	return copy_to_user(uarg, args, min_t(size_t, args->size, sizeof(*args))) ? -EFAULT : 0;
}
