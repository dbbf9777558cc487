// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connect messages: of an open, of a question about a path that nobody has open, and of a change
 * of a name.
 */

#include <linux/cred.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/slab.h>

#include "qmsgfs.h"

/* QNX's access modes are Linux's plus one. */
static u32 ioflag_of(const struct file *file)
{
	return (file->f_flags & ~O_ACCMODE) | ((file->f_flags & O_ACCMODE) + 1);
}

/* Up to the end of the path. */
static size_t head_len(const char *below)
{
	return sizeof(struct qmsgfs_connect) + strlen(below) + 1;
}

/* What the connect message says: of a name what name_open() sends, the name without the place. */
static const char *path_told(const struct qmsgfs_node *node, const char *below)
{
	const char *name;

	if (!node->is_name)
		return below;
	name = strchr(node->path + strlen(QMSGFS_NAMES_IN "name/"), '/');
	return name ? name + 1 : below;
}

/* With room for @more bytes where the next message begins; to be freed. */
static struct qmsgfs_connect *connect_message(const struct qmsgfs_node *node, const char *below,
					      u32 ioflag, size_t more)
{
	struct qmsgfs_connect *msg = kzalloc(ALIGN(head_len(below), 8) + more, GFP_KERNEL_ACCOUNT);

	if (!msg)
		return NULL;
	msg->type = QMSGFS_CONNECT;
	msg->subtype = QMSGFS_CONNECT_OPEN;
	msg->handle = node->handle;
	msg->ioflag = ioflag;
	msg->path_len = strlen(below) + 1;
	strcpy((char *)(msg + 1), below);
	return msg;
}

/* Where it is, @inode says; a file that is to be made has the mode that it was made with. */
static long say_open(struct qmsg_kclient *client, const struct qmsgfs_node *node,
		     const struct inode *inode, const struct file *file)
{
	const char *below = path_told(node, qmsgfs_path_below(node, inode));
	struct qmsgfs_connect *msg = connect_message(node, below, ioflag_of(file), 0);
	struct qmsg_kcall call = { .head = msg, .head_len = head_len(below), .max = LONG_MAX };
	long ret;

	if (!msg)
		return -ENOMEM;
	if (file->f_mode & FMODE_CREATED)
		msg->mode = qmsgfs_create_mode(inode);
	if (node->is_name)
		msg->file_type = QMSGFS_FTYPE_NAME;
	ret = qmsg_kclient_call(client, &call);
	kfree(msg);
	/* As name_open() has it: who does not know the message lets in. */
	return ret == -ENOSYS && node->is_name ? 0 : ret;
}

/* FUSE's rule: nobody need be held up by a manager that he has not chosen. */
static bool may_use(const struct qmsgfs_node *node)
{
	const struct cred *cred = current_cred();

	return node->trusted ||
	       (uid_eq(cred->uid, node->uid) && uid_eq(cred->euid, node->uid) &&
		uid_eq(cred->suid, node->uid) && gid_eq(cred->gid, node->gid) &&
		gid_eq(cred->egid, node->gid) && gid_eq(cred->sgid, node->gid));
}

/*
 * A connection to where @inode is, as @file has it opened. What it is of, if calls through it
 * can step aside, is @of.
 */
int qmsgfs_connect(struct qmsgfs_link *link, const struct qmsgfs_node *node,
		   const struct inode *inode, const struct file *file, struct file *of)
{
	long ret;

	if (!may_use(node))
		return -EACCES;
	ret = qmsgfs_link_open(link, inode->i_sb, node, of);
	if (ret)
		return ret == -ESRCH ? -ENXIO : ret;
	ret = say_open(&link->client, node, inode, file);
	if (ret >= 0)
		return 0;
	qmsgfs_link_close(link);
	return ret;
}

static long say_once(const struct super_block *sb, const struct qmsgfs_node *node,
		     struct qmsg_kcall *call)
{
	struct qmsgfs_link link = {};
	long ret = qmsgfs_link_open(&link, sb, node, NULL);

	if (ret)
		return ret == -ESRCH ? -EIO : ret;
	ret = qmsg_kclient_call(&link.client, call);
	qmsgfs_link_close(&link);
	if (ret >= 0 && call->got < call->reply_len)
		ret = -EIO;
	return ret;
}

/*
 * @q->msg to what is at @below, over a connection of its own. The caller holds no lock that
 * anybody waits for.
 */
long qmsgfs_ask(const struct super_block *sb, const struct qmsgfs_node *node, const char *below,
		const struct qmsgfs_question *q)
{
	size_t at = ALIGN(head_len(below), 8);
	struct qmsgfs_connect *msg;
	struct qmsg_kcall call = {
		.head_len = at + q->len,
		.reply = q->reply,
		.reply_len = q->reply_len,
		.max = LONG_MAX,
	};
	long ret;

	if (!may_use(node))
		return -EACCES;
	msg = connect_message(node, below, q->ioflag, q->len);
	if (!msg)
		return -ENOMEM;
	msg->subtype = QMSGFS_CONNECT_COMBINE_CLOSE;
	memcpy((char *)msg + at, q->msg, q->len);
	call.head = msg;
	ret = say_once(sb, node, &call);
	kfree(msg);
	return ret;
}

static struct qmsgfs_connect *change_message(const struct qmsgfs_node *node,
					     const struct qmsgfs_change *what)
{
	size_t old_len = what->old ? strlen(what->old) + 1 : 0;
	struct qmsgfs_connect *msg = connect_message(node, what->below, 0, old_len);

	if (!msg)
		return NULL;
	msg->subtype = what->subtype;
	msg->mode = what->mode;
	if (!what->old)
		return msg;
	msg->extra_type = QMSGFS_EXTRA_RENAME;
	msg->extra_len = old_len;
	memcpy((char *)msg + head_len(what->below), what->old, old_len);
	return msg;
}

/* The manager is to do it, over a connection of its own. 0 or an error. */
int qmsgfs_ask_change(const struct super_block *sb, const struct qmsgfs_node *node,
		      const struct qmsgfs_change *what)
{
	struct qmsg_kcall call = { .max = LONG_MAX };
	struct qmsgfs_connect *msg;
	long ret;

	if (!may_use(node))
		return -EACCES;
	msg = change_message(node, what);
	if (!msg)
		return -ENOMEM;
	call.head = msg;
	call.head_len = head_len(what->below) + msg->extra_len;
	ret = say_once(sb, node, &call);
	kfree(msg);
	return ret < 0 ? ret : 0;
}

long qmsgfs_ask_stat(const struct super_block *sb, const struct qmsgfs_node *node,
		     const char *below, struct qmsgfs_stat *st)
{
	static const struct qmsgfs_stat_ask msg = {
		.type = QMSGFS_STAT,
		.combine_len = sizeof(msg),
		.format = QMSGFS_STAT_PLAIN,
	};
	const struct qmsgfs_question q = {
		.msg = &msg,
		.len = sizeof(msg),
		.reply = st,
		.reply_len = sizeof(*st),
	};

	return qmsgfs_ask(sb, node, below, &q);
}
