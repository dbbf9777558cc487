// SPDX-License-Identifier: GPL-2.0-only
/* What is seen of channels, and of the threads that receive on them. */

#include <linux/jiffies.h>
#include <linux/pid.h>
#include <linux/qmsg_netlink.h>
#include <net/netlink.h>

#include "channel.h"
#include "ctx.h"
#include "limits.h"
#include "pulse.h"
#include "seen.h"
#include "seen_channel.h"
#include "server.h"

struct channel_item {
	s32 pid, chid;
	u32 uid, flags, queued, pulses, pulse_limit, receivers, received, orphans;
};

struct receiver_item {
	s32 pid, tid, chid;
	u32 activity, priority;
	u64 age_ms;
};

/* @fn for every channel of @ctx, with a reference, if @ctx is to be seen. */
void qmsg_seen_each_channel(struct qmsg_seen *seen, struct qmsg_ctx *ctx,
			    void (*fn)(struct qmsg_seen *seen, struct qmsg_channel *ch))
{
	struct qmsg_channel *ch;
	unsigned long chid;

	if (!qmsg_viewer_sees(&seen->viewer, ctx))
		return;
	xa_for_each(&ctx->proc->channels, chid, ch) {
		ch = qmsg_channel_find(ctx, chid);
		if (!ch)
			continue;
		fn(seen, ch);
		qmsg_channel_put(ch);
	}
}

u32 qmsg_pulses_queued_locked(struct qmsg_channel *ch)
{
	struct rb_node *rb = rb_first_cached(&ch->queue.tree[QMSG_KIND_PULSE]);
	u32 n = 0;

	for (; rb; rb = rb_next(rb))
		n += rb_entry(rb, struct qmsg_pulse_node, q.rb)->count;
	return n;
}

static void see_channel(struct qmsg_seen *seen, struct qmsg_channel *ch)
{
	struct channel_item *item = qmsg_seen_add(seen);

	if (!item)
		return;
	item->pid = qmsg_viewer_pid(&seen->viewer, ch->ctx->proc->tgid);
	item->chid = ch->chid;
	item->uid = qmsg_viewer_uid(&seen->viewer, ch->ctx->user->uid);
	item->flags = ch->flags;
	item->pulse_limit = ch->pulse_limit;
	spin_lock(ch->lock);
	item->queued = ch->queue.count[QMSG_KIND_REQUEST];
	item->pulses = qmsg_pulses_queued_locked(ch);
	item->receivers = ch->nreceivers;
	item->received = ch->received;
	item->orphans = ch->orphans;
	qmsg_channel_unlock(ch);
}

static void see_channels(struct qmsg_seen *seen, struct qmsg_ctx *ctx)
{
	qmsg_seen_each_channel(seen, ctx, see_channel);
}

static int put_channel(struct sk_buff *skb, const void *p)
{
	const struct channel_item *i = p;

	return nla_put_s32(skb, QMSG_NL_A_CHANNEL_PID, i->pid) ?:
	       nla_put_s32(skb, QMSG_NL_A_CHANNEL_CHID, i->chid) ?:
	       nla_put_u32(skb, QMSG_NL_A_CHANNEL_UID, i->uid) ?:
	       nla_put_u32(skb, QMSG_NL_A_CHANNEL_FLAGS, i->flags) ?:
	       nla_put_u32(skb, QMSG_NL_A_CHANNEL_QUEUED, i->queued) ?:
	       nla_put_u32(skb, QMSG_NL_A_CHANNEL_PULSES, i->pulses) ?:
	       nla_put_u32(skb, QMSG_NL_A_CHANNEL_PULSE_LIMIT, i->pulse_limit) ?:
	       nla_put_u32(skb, QMSG_NL_A_CHANNEL_RECEIVERS, i->receivers) ?:
	       nla_put_u32(skb, QMSG_NL_A_CHANNEL_RECEIVED, i->received) ?:
	       nla_put_u32(skb, QMSG_NL_A_CHANNEL_ORPHANS, i->orphans);
}

const struct qmsg_seen_kind qmsg_seen_channels = {
	.size = sizeof(struct channel_item),
	.of_ctx = see_channels,
	.put = put_channel,
};

/* Every thread whose last receive was here. One that has ended has no number any more. */
static void see_server_locked(struct qmsg_seen *seen, struct qmsg_server *s)
{
	pid_t tid = task_pid_nr_ns(s->task, seen->viewer.pids);
	struct receiver_item *item = tid ? qmsg_seen_add(seen) : NULL;

	s->seen = item;
	if (!item)
		return;
	item->pid = qmsg_viewer_pid(&seen->viewer, s->proc->tgid);
	item->tid = tid;
	item->chid = s->channel->chid;
	item->activity = QMSG_NL_ACTIVITY_BUSY;
	item->priority = qmsg_task_prio(s->task);
}

/* … and is in one now. */
static void see_waiting_locked(const struct hlist_head *list, u32 activity)
{
	const struct qmsg_receiver *r;

	hlist_for_each_entry(r, list, node) {
		struct receiver_item *item = r->server->seen;

		if (!item)
			continue;
		item->activity = activity;
		item->age_ms = jiffies64_to_msecs(jiffies - r->since);
	}
}

static void see_receivers_of(struct qmsg_seen *seen, struct qmsg_channel *ch)
{
	struct qmsg_server *s;

	spin_lock(ch->lock);
	list_for_each_entry(s, &ch->servers, node)
		see_server_locked(seen, s);
	see_waiting_locked(&ch->receivers, QMSG_NL_ACTIVITY_RECEIVE);
	see_waiting_locked(&ch->pulse_receivers, QMSG_NL_ACTIVITY_RECEIVE_PULSE);
	qmsg_channel_unlock(ch);
}

static void see_receivers(struct qmsg_seen *seen, struct qmsg_ctx *ctx)
{
	qmsg_seen_each_channel(seen, ctx, see_receivers_of);
}

static int put_receiver(struct sk_buff *skb, const void *p)
{
	const struct receiver_item *i = p;

	return nla_put_s32(skb, QMSG_NL_A_RECEIVER_PID, i->pid) ?:
	       nla_put_s32(skb, QMSG_NL_A_RECEIVER_TID, i->tid) ?:
	       nla_put_s32(skb, QMSG_NL_A_RECEIVER_CHID, i->chid) ?:
	       nla_put_u32(skb, QMSG_NL_A_RECEIVER_ACTIVITY, i->activity) ?:
	       nla_put_u64_64bit(skb, QMSG_NL_A_RECEIVER_AGE_MS, i->age_ms,
				 QMSG_NL_A_RECEIVER_PAD) ?:
	       nla_put_u32(skb, QMSG_NL_A_RECEIVER_PRIORITY, i->priority);
}

const struct qmsg_seen_kind qmsg_seen_receivers = {
	.size = sizeof(struct receiver_item),
	.of_ctx = see_receivers,
	.put = put_receiver,
};
