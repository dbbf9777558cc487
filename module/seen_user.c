// SPDX-License-Identifier: GPL-2.0-only
/* What is seen of names, and of what users have used up. */

#include <linux/pid.h>
#include <linux/qmsg_netlink.h>
#include <net/netlink.h>

#include "channel.h"
#include "ctx.h"
#include "limits.h"
#include "name.h"
#include "seen.h"

struct name_item {
	s32 pid, chid;
	u32 len;
	char text[QMSG_NAME_MAX];
};

struct limit_item {
	u32 uid;
	const char *name;
	u64 used, max;
};

/* Under the registry's lock. */
static void see_name(void *arg, const struct qmsg_channel *ch, const char *text, u32 len)
{
	struct qmsg_seen *seen = arg;
	struct name_item *item;

	if (!qmsg_viewer_sees(&seen->viewer, ch->ctx))
		return;
	item = qmsg_seen_add(seen);
	if (!item)
		return;
	item->pid = qmsg_viewer_pid(&seen->viewer, ch->ctx->proc->tgid);
	item->chid = ch->chid;
	item->len = len;
	memcpy(item->text, text, len);
}

static void see_names(struct qmsg_seen *seen)
{
	qmsg_names_each(seen->viewer.pids, see_name, seen);
}

static int put_name(struct sk_buff *skb, const void *p)
{
	const struct name_item *i = p;

	return nla_put_s32(skb, QMSG_NL_A_NAME_PID, i->pid) ?:
	       nla_put_s32(skb, QMSG_NL_A_NAME_CHID, i->chid) ?:
	       nla_put(skb, QMSG_NL_A_NAME_NAME, i->len, i->text);
}

const struct qmsg_seen_kind qmsg_seen_names = {
	.size = sizeof(struct name_item),
	.global = see_names,
	.put = put_name,
};

/* As the parameters are called, without their "user_". */
static const char * const limit_names[QMSG_NR_QUOTAS] = {
	[QMSG_QUOTA_CHANNELS]		= "channels",
	[QMSG_QUOTA_CONNECTIONS]	= "connections",
	[QMSG_QUOTA_SCONNS]		= "server_connections",
	[QMSG_QUOTA_REQUESTS]		= "requests",
	[QMSG_QUOTA_PULSES]		= "pulses",
	[QMSG_QUOTA_NAMES]		= "names",
	[QMSG_QUOTA_RECEIVERS]		= "receivers",
	[QMSG_QUOTA_TIMERS]		= "timers",
	[QMSG_QUOTA_EVENTS]		= "events",
	[QMSG_QUOTA_BYTES]		= "bytes",
	[QMSG_QUOTA_NODES]		= "nodes",
};

/* Under the lock of the table of users. A charge that is about to fail can be in the sum. */
static void see_user(void *arg, const struct qmsg_user *user)
{
	struct qmsg_seen *seen = arg;
	struct limit_item *item;
	enum qmsg_quota q;

	if (!qmsg_viewer_sees_user(&seen->viewer, user->uid))
		return;
	for (q = 0; q < QMSG_NR_QUOTAS; q++) {
		item = qmsg_seen_add(seen);
		if (!item)
			continue;
		item->uid = qmsg_viewer_uid(&seen->viewer, user->uid);
		item->name = limit_names[q];
		item->used = atomic_long_read(&user->used[q]);
		item->max = qmsg_quota_of(q);
	}
}

static void see_limits(struct qmsg_seen *seen)
{
	qmsg_users_each(see_user, seen);
}

static int put_limit(struct sk_buff *skb, const void *p)
{
	const struct limit_item *i = p;

	return nla_put_u32(skb, QMSG_NL_A_LIMIT_UID, i->uid) ?:
	       nla_put_string(skb, QMSG_NL_A_LIMIT_NAME, i->name) ?:
	       nla_put_u64_64bit(skb, QMSG_NL_A_LIMIT_USED, i->used, QMSG_NL_A_LIMIT_PAD) ?:
	       nla_put_u64_64bit(skb, QMSG_NL_A_LIMIT_MAX_USE, i->max, QMSG_NL_A_LIMIT_PAD);
}

const struct qmsg_seen_kind qmsg_seen_limits = {
	.size = sizeof(struct limit_item),
	.global = see_limits,
	.put = put_limit,
};
