// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is heard of channels: that they end, and which names they have. A name that name_attach(3)
 * has published is a node of mounts as well, where QNX has it.
 */

#include <linux/capability.h>
#include <linux/notifier.h>
#include <linux/slab.h>
#include <linux/stat.h>

#include "qmsgfs.h"

#define NAMES	"name/"

/* Nobody has a descriptor for them. */
static struct qmsgfs_owner names = { .nodes = LIST_HEAD_INIT(names.nodes) };

/* Of one that is to be seen; "" if it is not. */
static void path_of(char path[QMSG_NAME_MAX + sizeof(QMSGFS_NAMES_IN)],
		    const struct qmsg_name_news *name)
{
	path[0] = 0;
	if (name->len > strlen(NAMES) && !memcmp(name->text, NAMES, strlen(NAMES)))
		sprintf(path, QMSGFS_NAMES_IN "%.*s", (int)name->len, name->text);
}

/* Whoever publishes a name need not want this: where it cannot be, it is not there. */
static void name_attached(const struct qmsg_name_news *name)
{
	char path[QMSG_NAME_MAX + sizeof(QMSGFS_NAMES_IN)];
	struct qmsgfs_attach args = { .mode = S_IFCHR | 0666 };

	path_of(path, name);
	args.path_len = strlen(path);
	/* Who may not have one is not to be noted for it. */
	if (args.path_len && ns_capable_noaudit(&init_user_ns, CAP_MKNOD) &&
	    ns_capable_noaudit(&init_user_ns, CAP_SYS_ADMIN))
		qmsgfs_node_make(&names, qmsg_channel_keep(name->channel), &args, path);
}

/* Another's that had the path first stays. */
static void name_detached(const struct qmsg_name_news *name)
{
	char path[QMSG_NAME_MAX + sizeof(QMSGFS_NAMES_IN)];

	path_of(path, name);
	qmsgfs_node_end_at(&names, name->channel, path);
}

static int heard(struct notifier_block *nb, unsigned long what, void *data)
{
	switch (what) {
	case QMSG_CHANNEL_ENDED:
		qmsgfs_nodes_end_of(data);
		qmsgfs_poll_hang_up(data);
		break;
	case QMSG_NAME_ATTACHED:
		name_attached(data);
		break;
	case QMSG_NAME_DETACHED:
		name_detached(data);
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block watcher = { .notifier_call = heard };

int qmsgfs_watch_init(void)
{
	return qmsg_watch_channels(&watcher);
}

void qmsgfs_watch_exit(void)
{
	qmsg_unwatch_channels(&watcher);
	qmsgfs_owner_end(&names);
}
