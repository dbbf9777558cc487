// SPDX-License-Identifier: GPL-2.0-only
/* What is seen of the time that requests take; who looks has it measured. */

#include <linux/ktime.h>
#include <linux/qmsg_netlink.h>
#include <net/netlink.h>

#include "ctx.h"
#include "seen.h"
#include "seen_channel.h"
#include "stats.h"

struct stats_item {
	s32 pid, chid;
	u64 since, measured, pulses;
	struct qmsg_histogram wait, service;
};

static void see_stats_locked(struct stats_item *item, const struct qmsg_stats *s)
{
	item->since = s->since;
	item->measured = ktime_get_ns() - s->since;
	item->pulses = s->pulses;
	item->wait = s->wait;
	item->service = s->service;
}

/* One that ends meanwhile is seen with nothing. */
static void see_stats_of(struct qmsg_seen *seen, struct qmsg_channel *ch)
{
	struct stats_item *item;
	int err = qmsg_stats_want(ch);

	if (err)
		seen->err = err;
	item = qmsg_seen_add(seen);
	if (!item)
		return;
	item->pid = qmsg_viewer_pid(&seen->viewer, ch->ctx->proc->tgid);
	item->chid = ch->chid;
	spin_lock(ch->lock);
	if (ch->stats)
		see_stats_locked(item, ch->stats);
	qmsg_channel_unlock(ch);
}

static void see_stats(struct qmsg_seen *seen, struct qmsg_ctx *ctx)
{
	qmsg_seen_each_channel(seen, ctx, see_stats_of);
}

static int put_number(struct sk_buff *skb, int type, u64 value)
{
	return nla_put_u64_64bit(skb, type, value, QMSG_NL_A_STATS_PAD);
}

/* The numbers in it are aligned as the attribute is. */
static int put_buckets(struct sk_buff *skb, int type, const struct qmsg_histogram *h)
{
	return nla_put_64bit(skb, type, sizeof(h->bucket), h->bucket, QMSG_NL_A_STATS_PAD);
}

static int put_stats(struct sk_buff *skb, const void *p)
{
	const struct stats_item *i = p;

	return nla_put_s32(skb, QMSG_NL_A_STATS_PID, i->pid) ?:
	       nla_put_s32(skb, QMSG_NL_A_STATS_CHID, i->chid) ?:
	       put_number(skb, QMSG_NL_A_STATS_SINCE, i->since) ?:
	       put_number(skb, QMSG_NL_A_STATS_MEASURED, i->measured) ?:
	       put_number(skb, QMSG_NL_A_STATS_PULSES, i->pulses) ?:
	       put_number(skb, QMSG_NL_A_STATS_WAIT_SUM, i->wait.sum) ?:
	       put_buckets(skb, QMSG_NL_A_STATS_WAIT, &i->wait) ?:
	       put_number(skb, QMSG_NL_A_STATS_SERVICE_SUM, i->service.sum) ?:
	       put_buckets(skb, QMSG_NL_A_STATS_SERVICE, &i->service);
}

const struct qmsg_seen_kind qmsg_seen_stats = {
	.size = sizeof(struct stats_item),
	.of_ctx = see_stats,
	.put = put_stats,
};
