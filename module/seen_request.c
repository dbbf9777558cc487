// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is seen of requests. A channel that may be seen shows all of its own, of one moment; of
 * the others a client is shown what is its own, one server connection after the other.
 */

#include <linux/jiffies.h>
#include <linux/pid.h>
#include <linux/qmsg_netlink.h>
#include <net/netlink.h>

#include "channel.h"
#include "connect.h"
#include "ctx.h"
#include "request.h"
#include "seen.h"
#include "seen_channel.h"

struct request_item {
	s32 pid, tid, server_pid, chid, receiver_tid;
	u32 uid, coid, scoid, state, priority, reasons;
	u64 serial, age_ms, send_len, reply_len;
};

static u32 state_told(enum qmsg_state state)
{
	switch (state) {
	case QMSG_SEND:
		return QMSG_NL_STATE_SEND;
	case QMSG_ASKED:
		return QMSG_NL_STATE_REPLY_ASKED;
	case QMSG_DYING:
		return QMSG_NL_STATE_REPLY_KILLED;
	case QMSG_ORPHAN:
		return QMSG_NL_STATE_ORPHAN;
	default:
		return QMSG_NL_STATE_REPLY;
	}
}

/* It is kept as a number, which means nothing if the thread has ended. */
static pid_t receiver_tid(const struct qmsg_viewer *v, pid_t global)
{
	pid_t tid = 0;

	if (!global)
		return 0;
	rcu_read_lock();
	tid = pid_nr_ns(find_pid_ns(global, &init_pid_ns), v->pids);
	rcu_read_unlock();
	return tid;
}

static void see_request_locked(struct qmsg_seen *seen, const struct qmsg_request *req)
{
	const struct qmsg_viewer *v = &seen->viewer;
	struct request_item *item = qmsg_seen_add(seen);

	if (!item)
		return;
	item->pid = qmsg_viewer_pid(v, req->tgid);
	/* No thread waits for the answer to a question of a file's. */
	item->tid = req->over ? 0 : qmsg_viewer_pid(v, req->tid);
	item->uid = qmsg_viewer_uid(v, req->uid);
	item->server_pid = qmsg_viewer_pid(v, req->channel->ctx->proc->tgid);
	item->chid = req->channel->chid;
	item->receiver_tid = receiver_tid(v, req->receiver);
	item->coid = req->coid;
	item->scoid = req->conn->sconn->scoid;
	item->state = state_told(req->state);
	item->priority = qmsg_request_prio(req);
	item->reasons = req->reasons;
	item->serial = req->node.seq;
	item->age_ms = jiffies64_to_msecs(jiffies - req->since);
	item->send_len = req->srclen;
	item->reply_len = req->dstlen;
}

static void see_sconn_locked(struct qmsg_seen *seen, const struct qmsg_sconn *sconn)
{
	const struct qmsg_request *req;

	hlist_for_each_entry(req, &sconn->requests, sconn_node)
		see_request_locked(seen, req);
}

static void see_server_side(struct qmsg_seen *seen, struct qmsg_channel *ch)
{
	const struct qmsg_sconn *sconn;

	spin_lock(ch->lock);
	list_for_each_entry(sconn, &ch->sconns, node)
		see_sconn_locked(seen, sconn);
	qmsg_channel_unlock(ch);
}

/*
 * The walk begins again if a server connection ends meanwhile, so a request can be in the picture
 * twice; its serial tells.
 */
static void see_client_side(struct qmsg_seen *seen, struct qmsg_ctx *ctx)
{
	struct qmsg_sconn *sconn = NULL;

	while ((sconn = qmsg_sconn_next_of_client(ctx, sconn))) {
		if (qmsg_viewer_sees(&seen->viewer, sconn->channel->ctx))
			continue;
		spin_lock(sconn->channel->lock);
		see_sconn_locked(seen, sconn);
		qmsg_channel_unlock(sconn->channel);
	}
}

static void see_requests(struct qmsg_seen *seen, struct qmsg_ctx *ctx)
{
	qmsg_seen_each_channel(seen, ctx, see_server_side);
	if (qmsg_viewer_sees(&seen->viewer, ctx))
		see_client_side(seen, ctx);
}

static int put_number(struct sk_buff *skb, int type, u64 value)
{
	return nla_put_u64_64bit(skb, type, value, QMSG_NL_A_REQUEST_PAD);
}

static int put_request(struct sk_buff *skb, const void *p)
{
	const struct request_item *i = p;

	return nla_put_s32(skb, QMSG_NL_A_REQUEST_PID, i->pid) ?:
	       nla_put_s32(skb, QMSG_NL_A_REQUEST_TID, i->tid) ?:
	       nla_put_u32(skb, QMSG_NL_A_REQUEST_UID, i->uid) ?:
	       nla_put_u32(skb, QMSG_NL_A_REQUEST_COID, i->coid) ?:
	       nla_put_s32(skb, QMSG_NL_A_REQUEST_SERVER_PID, i->server_pid) ?:
	       nla_put_s32(skb, QMSG_NL_A_REQUEST_CHID, i->chid) ?:
	       nla_put_u32(skb, QMSG_NL_A_REQUEST_SCOID, i->scoid) ?:
	       put_number(skb, QMSG_NL_A_REQUEST_SERIAL, i->serial) ?:
	       nla_put_u32(skb, QMSG_NL_A_REQUEST_STATE, i->state) ?:
	       put_number(skb, QMSG_NL_A_REQUEST_AGE_MS, i->age_ms) ?:
	       nla_put_u32(skb, QMSG_NL_A_REQUEST_PRIORITY, i->priority) ?:
	       nla_put_u32(skb, QMSG_NL_A_REQUEST_REASONS, i->reasons) ?:
	       nla_put_s32(skb, QMSG_NL_A_REQUEST_RECEIVER_TID, i->receiver_tid) ?:
	       put_number(skb, QMSG_NL_A_REQUEST_SEND_LEN, i->send_len) ?:
	       put_number(skb, QMSG_NL_A_REQUEST_REPLY_LEN, i->reply_len);
}

const struct qmsg_seen_kind qmsg_seen_requests = {
	.size = sizeof(struct request_item),
	.of_ctx = see_requests,
	.put = put_request,
};
