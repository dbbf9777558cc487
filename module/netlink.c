// SPDX-License-Identifier: GPL-2.0-only
/* The generic netlink family: dumps of pictures that are taken when they are asked for. */

#include <linux/module.h>
#include <linux/qmsg_netlink.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include "netlink.h"
#include "seen.h"

static int dump_begin(struct netlink_callback *cb, const struct qmsg_seen_kind *kind)
{
	struct qmsg_seen *seen = kzalloc(sizeof(*seen), GFP_KERNEL_ACCOUNT);
	int err;

	if (!seen)
		return -ENOMEM;
	seen->kind = kind;
	err = qmsg_seen_take(seen);
	if (err) {
		kvfree(seen->items);
		kfree(seen);
		return err;
	}
	cb->args[0] = (long)seen;
	return 0;
}

static int put_item(struct sk_buff *skb, struct netlink_callback *cb,
		    const struct qmsg_seen *seen, u8 cmd)
{
	void *head = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				 &qmsg_netlink_family, NLM_F_MULTI, cmd);

	if (!head)
		return -EMSGSIZE;
	if (seen->kind->put(skb, qmsg_seen_item(seen, seen->shown))) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, head);
	return 0;
}

static int dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct qmsg_seen *seen = (struct qmsg_seen *)cb->args[0];
	const struct genlmsghdr *asked = nlmsg_data(cb->nlh);

	for (; seen->shown < seen->n; seen->shown++)
		if (put_item(skb, cb, seen, asked->cmd))
			break;
	return skb->len;
}

static int dump_end(struct netlink_callback *cb)
{
	struct qmsg_seen *seen = (struct qmsg_seen *)cb->args[0];

	if (!seen)
		return 0;
	kvfree(seen->items);
	kfree(seen);
	return 0;
}

#define DUMP_BEGIN(what)						\
static int begin_##what(struct netlink_callback *cb)			\
{									\
	return dump_begin(cb, &qmsg_seen_##what);			\
}

DUMP_BEGIN(channels)
DUMP_BEGIN(connections)
DUMP_BEGIN(requests)
DUMP_BEGIN(receivers)
DUMP_BEGIN(names)
DUMP_BEGIN(limits)
DUMP_BEGIN(stats)

#define DUMP(command, what) {						\
	.cmd = QMSG_NL_CMD_##command##_GET,				\
	.start = begin_##what,						\
	.dumpit = dump,							\
	.done = dump_end,						\
}

static const struct genl_ops ops[] = {
	DUMP(CHANNEL, channels),
	DUMP(CONNECTION, connections),
	DUMP(REQUEST, requests),
	DUMP(RECEIVER, receivers),
	DUMP(NAME, names),
	DUMP(LIMIT, limits),
	DUMP(STATS, stats),
};

static const struct genl_multicast_group groups[] = {
	{ .name = QMSG_NL_MCGRP_EVENTS, .flags = GENL_MCAST_CAP_SYS_ADMIN },
};

/* In every network namespace: what is seen depends on those of pids and users. */
struct genl_family qmsg_netlink_family = {
	.name		= QMSG_NL_FAMILY_NAME,
	.version	= QMSG_NL_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.ops		= ops,
	.n_ops		= ARRAY_SIZE(ops),
	.mcgrps		= groups,
	.n_mcgrps	= ARRAY_SIZE(groups),
	.module		= THIS_MODULE,
};

int qmsg_netlink_init(void)
{
	return genl_register_family(&qmsg_netlink_family);
}

void qmsg_netlink_exit(void)
{
	genl_unregister_family(&qmsg_netlink_family);
}

MODULE_ALIAS_GENL_FAMILY(QMSG_NL_FAMILY_NAME);
