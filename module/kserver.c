// SPDX-License-Identifier: GPL-2.0-only
/* Channels, and who pays for what hangs on them, as other modules see them. */

#include <linux/export.h>

#include "channel.h"
#include "ctx.h"
#include "kclient.h"
#include "limits.h"
#include "proc.h"

static BLOCKING_NOTIFIER_HEAD(watchers);

void qmsg_channel_ended(struct qmsg_channel *ch)
{
	blocking_notifier_call_chain(&watchers, QMSG_CHANNEL_ENDED, ch);
}

/* The caller sees to it that a name is not told to be gone before it is told to be there. */
void qmsg_name_changed(enum qmsg_channel_news what, struct qmsg_channel *ch, const char *text,
		       u32 len)
{
	struct qmsg_name_news news = { .channel = ch, .text = text, .len = len };

	blocking_notifier_call_chain(&watchers, what, &news);
}

/* @nb is called with each &enum qmsg_channel_news. */
int qmsg_watch_channels(struct notifier_block *nb)
{
	return blocking_notifier_chain_register(&watchers, nb);
}
EXPORT_SYMBOL_NS_GPL(qmsg_watch_channels, QMSG);

void qmsg_unwatch_channels(struct notifier_block *nb)
{
	blocking_notifier_chain_unregister(&watchers, nb);
}
EXPORT_SYMBOL_NS_GPL(qmsg_unwatch_channels, QMSG);

/* The current process' channel @chid, with a reference, or -ESRCH. */
struct qmsg_channel *qmsg_own_channel(int chid)
{
	return qmsg_proc_find_channel(0, chid);
}
EXPORT_SYMBOL_NS_GPL(qmsg_own_channel, QMSG);

/* From the beginning of its owner's exit on. A hint. */
bool qmsg_channel_is_dead(const struct qmsg_channel *ch)
{
	return READ_ONCE(ch->names_closed) || READ_ONCE(ch->dead) || qmsg_ctx_terminating(ch->ctx);
}
EXPORT_SYMBOL_NS_GPL(qmsg_channel_is_dead, QMSG);

struct qmsg_channel *qmsg_channel_keep(struct qmsg_channel *ch)
{
	return qmsg_channel_get(ch);
}
EXPORT_SYMBOL_NS_GPL(qmsg_channel_keep, QMSG);

void qmsg_channel_let_go(struct qmsg_channel *ch)
{
	qmsg_channel_put(ch);
}
EXPORT_SYMBOL_NS_GPL(qmsg_channel_let_go, QMSG);

/* The real user's account, with a reference, or NULL if there is no memory. */
struct qmsg_user *qmsg_user_of_current(void)
{
	return qmsg_user_get(current_uid());
}
EXPORT_SYMBOL_NS_GPL(qmsg_user_of_current, QMSG);

void qmsg_user_let_go(struct qmsg_user *user)
{
	qmsg_user_put(user);
}
EXPORT_SYMBOL_NS_GPL(qmsg_user_let_go, QMSG);

/* 0 or -EAGAIN */
int qmsg_node_charge(struct qmsg_user *user)
{
	return qmsg_charge(user, QMSG_QUOTA_NODES, 1);
}
EXPORT_SYMBOL_NS_GPL(qmsg_node_charge, QMSG);

void qmsg_node_uncharge(struct qmsg_user *user)
{
	qmsg_uncharge(user, QMSG_QUOTA_NODES, 1);
}
EXPORT_SYMBOL_NS_GPL(qmsg_node_uncharge, QMSG);
