// SPDX-License-Identifier: GPL-2.0-only
/* What is connected to managers through a mount, so that "umount -f" can end it. */

#include <linux/fs.h>
#include <linux/list.h>
#include <linux/spinlock.h>

#include "qmsgfs.h"

static LIST_HEAD(links);
static DEFINE_SPINLOCK(lock);

/* @sb: what it is of; @of: the file that it belongs to, if calls through it can step aside. */
int qmsgfs_link_open(struct qmsgfs_link *link, const struct super_block *sb,
		     const struct qmsgfs_node *node, struct file *of)
{
	int err = qmsg_kclient_open(&link->client, node->channel, of);

	if (err)
		return err;
	link->sb = sb;
	link->is_name = node->is_name;
	spin_lock(&lock);
	list_add_tail(&link->node, &links);
	spin_unlock(&lock);
	return 0;
}

void qmsgfs_link_close(struct qmsgfs_link *link)
{
	spin_lock(&lock);
	list_del(&link->node);
	spin_unlock(&lock);
	qmsg_kclient_close(&link->client);
}

static void take_of(const struct super_block *sb, struct list_head *to)
{
	struct qmsgfs_link *link, *next;

	spin_lock(&lock);
	list_for_each_entry_safe(link, next, &links, node)
		if (link->sb == sb)
			list_move_tail(&link->node, to);
	spin_unlock(&lock);
}

/* The connection of one of @from, which goes back to the others; NULL: there is none. */
static struct qmsg_conn *take_one(struct list_head *from)
{
	struct qmsgfs_link *link;
	struct qmsg_conn *conn = NULL;

	spin_lock(&lock);
	link = list_first_entry_or_null(from, struct qmsgfs_link, node);
	if (link) {
		list_move_tail(&link->node, &links);
		conn = qmsg_kclient_conn(&link->client);
	}
	spin_unlock(&lock);
	return conn;
}

/* Who waits for a manager through @sb has an error, and what is open is good for nothing more. */
void qmsgfs_links_abort(const struct super_block *sb)
{
	struct qmsg_conn *conn;
	LIST_HEAD(todo);

	take_of(sb, &todo);
	while ((conn = take_one(&todo)))
		qmsg_kclient_abort(conn);
}
