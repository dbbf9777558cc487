// SPDX-License-Identifier: GPL-2.0-only
/* What is told to those who listen. All under a channel's lock, so nothing here sleeps. */

#include <linux/jiffies.h>
#include <linux/pid.h>
#include <linux/qmsg_netlink.h>
#include <net/genetlink.h>

#include "channel.h"
#include "connect.h"
#include "ctx.h"
#include "netlink.h"
#include "notice.h"
#include "request.h"

struct notice {
	u32 kind, reasons;
	bool refused;
	s32 pid, tid, server_pid, chid;
	u64 serial, age_ms;
};

static int put_notice(struct sk_buff *skb, const struct notice *n)
{
	return nla_put_u32(skb, QMSG_NL_A_EVENT_KIND, n->kind) ?:
	       nla_put_s32(skb, QMSG_NL_A_EVENT_PID, n->pid) ?:
	       nla_put_s32(skb, QMSG_NL_A_EVENT_TID, n->tid) ?:
	       nla_put_s32(skb, QMSG_NL_A_EVENT_SERVER_PID, n->server_pid) ?:
	       nla_put_s32(skb, QMSG_NL_A_EVENT_CHID, n->chid) ?:
	       nla_put_u32(skb, QMSG_NL_A_EVENT_REASONS, n->reasons) ?:
	       nla_put_u64_64bit(skb, QMSG_NL_A_EVENT_SERIAL, n->serial, QMSG_NL_A_EVENT_PAD) ?:
	       nla_put_u64_64bit(skb, QMSG_NL_A_EVENT_AGE_MS, n->age_ms, QMSG_NL_A_EVENT_PAD) ?:
	       nla_put_u8(skb, QMSG_NL_A_EVENT_REFUSED, n->refused);
}

static void tell(const struct notice *n)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_ATOMIC);
	void *head;

	if (!skb)
		return;
	head = genlmsg_put(skb, 0, 0, &qmsg_netlink_family, 0, QMSG_NL_CMD_EVENT);
	if (!head || put_notice(skb, n)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, head);
	genlmsg_multicast(&qmsg_netlink_family, skb, 0, 0, GFP_ATOMIC);
}

bool qmsg_notice_wanted(void)
{
	return genl_has_listeners(&qmsg_netlink_family, &init_net, 0);
}

static void tell_of_request(const struct qmsg_request *req, u32 kind, bool refused)
{
	const struct notice n = {
		.kind = kind,
		.refused = refused,
		.reasons = req->reasons,
		.pid = pid_nr(req->tgid),
		.tid = pid_nr(req->tid),
		.server_pid = pid_nr(req->channel->ctx->proc->tgid),
		.chid = req->channel->chid,
		.serial = req->node.seq,
		.age_ms = jiffies64_to_msecs(jiffies - req->since),
	};

	tell(&n);
}

void qmsg_notice_unblock_locked(const struct qmsg_request *req)
{
	if (qmsg_notice_wanted())
		tell_of_request(req, QMSG_NL_EVENT_UNBLOCK, false);
}

void qmsg_notice_orphan_locked(const struct qmsg_request *req)
{
	if (qmsg_notice_wanted())
		tell_of_request(req, QMSG_NL_EVENT_ORPHAN, false);
}

/* For how long is up to who has looked. */
void qmsg_notice_slow_locked(const struct qmsg_request *req)
{
	tell_of_request(req, QMSG_NL_EVENT_SLOW, false);
}

/* @refused: it is not going to wait. */
void qmsg_notice_cycle_locked(const struct qmsg_request *req, bool refused)
{
	if (qmsg_notice_wanted())
		tell_of_request(req, QMSG_NL_EVENT_CYCLE, refused);
}

/* Once, until there is room again. */
void qmsg_notice_overflow_locked(struct qmsg_channel *ch, const struct qmsg_conn *conn)
{
	const struct notice n = {
		.kind = QMSG_NL_EVENT_PULSE_OVERFLOW,
		.pid = pid_nr(conn->ctx->proc->tgid),
		.server_pid = pid_nr(ch->ctx->proc->tgid),
		.chid = ch->chid,
	};

	if (ch->overflow_noticed || !qmsg_notice_wanted())
		return;
	ch->overflow_noticed = true;
	tell(&n);
}
