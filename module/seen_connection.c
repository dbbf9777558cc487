// SPDX-License-Identifier: GPL-2.0-only
/* What is seen of connections, of both kinds. */

#include <linux/pid.h>
#include <linux/qmsg_netlink.h>
#include <net/netlink.h>

#include "channel.h"
#include "connect.h"
#include "ctx.h"
#include "limits.h"
#include "seen.h"

struct connection_item {
	s32 pid, server_pid, chid;
	u32 coid, uid, flags, scoid;
	u8 dead;
};

static void see_connection(struct qmsg_seen *seen, const struct qmsg_conn *conn)
{
	const struct qmsg_channel *ch = conn->sconn->channel;
	const struct qmsg_viewer *v = &seen->viewer;
	struct connection_item *item = qmsg_seen_add(seen);

	if (!item)
		return;
	item->pid = qmsg_viewer_pid(v, conn->ctx->proc->tgid);
	item->coid = READ_ONCE(conn->coid);
	item->uid = qmsg_viewer_uid(v, conn->ctx->user->uid);
	item->flags = READ_ONCE(conn->flags);
	item->server_pid = qmsg_viewer_pid(v, ch->ctx->proc->tgid);
	item->chid = ch->chid;
	item->scoid = conn->sconn->scoid;
	item->dead = READ_ONCE(ch->dead);
}

static void see_numbers(struct qmsg_seen *seen, struct qmsg_ctx *ctx)
{
	struct qmsg_conn *conn;
	unsigned long index;
	void *entry;

	xa_for_each(&ctx->sides, index, entry) {
		conn = qmsg_conn_find_in(ctx, index | QMSG_SIDE_CHANNEL);
		if (!conn)
			continue;
		see_connection(seen, conn);
		qmsg_conn_put(conn);
	}
}

static void see_descriptors(struct qmsg_seen *seen, struct qmsg_ctx *ctx)
{
	const struct qmsg_conn *conn;
	int bucket;

	spin_lock(&ctx->fd_conns_lock);
	hash_for_each(ctx->fd_conns, bucket, conn, fd_node)
		see_connection(seen, conn);
	spin_unlock(&ctx->fd_conns_lock);
}

static void see_connections(struct qmsg_seen *seen, struct qmsg_ctx *ctx)
{
	if (!qmsg_viewer_sees(&seen->viewer, ctx))
		return;
	see_numbers(seen, ctx);
	see_descriptors(seen, ctx);
}

static int put_connection(struct sk_buff *skb, const void *p)
{
	const struct connection_item *i = p;

	return nla_put_s32(skb, QMSG_NL_A_CONNECTION_PID, i->pid) ?:
	       nla_put_u32(skb, QMSG_NL_A_CONNECTION_COID, i->coid) ?:
	       nla_put_u32(skb, QMSG_NL_A_CONNECTION_UID, i->uid) ?:
	       nla_put_u32(skb, QMSG_NL_A_CONNECTION_FLAGS, i->flags) ?:
	       nla_put_s32(skb, QMSG_NL_A_CONNECTION_SERVER_PID, i->server_pid) ?:
	       nla_put_s32(skb, QMSG_NL_A_CONNECTION_CHID, i->chid) ?:
	       nla_put_u32(skb, QMSG_NL_A_CONNECTION_SCOID, i->scoid) ?:
	       nla_put_u8(skb, QMSG_NL_A_CONNECTION_DEAD, i->dead);
}

const struct qmsg_seen_kind qmsg_seen_connections = {
	.size = sizeof(struct connection_item),
	.of_ctx = see_connections,
	.put = put_connection,
};
