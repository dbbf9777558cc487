// SPDX-License-Identifier: GPL-2.0-only
/* Open files: the connection, from open to close. */

#include <linux/fs.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "compat.h"
#include "qmsgfs.h"

/* The path below the node is empty so far. */
struct open_message {
	struct qmsgfs_connect head;
	char path[1];
} __packed;

/* QNX's access modes are Linux's plus one. */
static u32 ioflag_of(const struct file *file)
{
	return (file->f_flags & ~O_ACCMODE) | ((file->f_flags & O_ACCMODE) + 1);
}

static long say_open(struct qmsg_kclient *client, const struct qmsgfs_node *node,
		     const struct file *file)
{
	struct open_message msg = {
		.head = {
			.type = QMSGFS_CONNECT,
			.subtype = QMSGFS_CONNECT_OPEN,
			.handle = node->handle,
			.ioflag = ioflag_of(file),
			.path_len = sizeof(msg.path),
		},
	};
	struct qmsg_kcall call = {
		.head = &msg,
		.head_len = offsetofend(struct open_message, path),
		.max = LONG_MAX,
	};

	return qmsg_kclient_call(client, &call);
}

/* FUSE's rule: nobody need be held up by a manager that he has not chosen. */
static bool may_open(const struct qmsgfs_node *node)
{
	const struct cred *cred = current_cred();

	return node->trusted ||
	       (uid_eq(cred->uid, node->uid) && uid_eq(cred->euid, node->uid) &&
		uid_eq(cred->suid, node->uid) && gid_eq(cred->gid, node->gid) &&
		gid_eq(cred->egid, node->gid) && gid_eq(cred->sgid, node->gid));
}

static int connect(struct qmsgfs_file *f, const struct qmsgfs_node *node, struct file *file)
{
	long ret;

	ret = qmsg_kclient_open(&f->client, node->channel, file);
	if (ret)
		return ret == -ESRCH ? -ENXIO : ret;
	ret = say_open(&f->client, node, file);
	if (ret >= 0)
		return 0;
	qmsg_kclient_close(&f->client);
	return ret;
}

/* Two threads may both ask at one time: there is no position here to be protected. */
static void set_up(struct file *file, struct qmsgfs_file *f)
{
	qmsgfs_poll_begin(f);
	file->private_data = f;
	file->f_mode &= ~FMODE_ATOMIC_POS;
	file->f_pos = QMSGFS_POS_NONE;
}

static int open_node(const struct qmsgfs_node *node, struct file *file)
{
	struct qmsgfs_file *f;
	int err;

	if (!may_open(node))
		return -EACCES;
	f = kzalloc(sizeof(*f), GFP_KERNEL_ACCOUNT);
	if (!f)
		return -ENOMEM;
	err = connect(f, node, file);
	if (err)
		kfree(f);
	else
		set_up(file, f);
	return err;
}

static int file_open(struct inode *inode, struct file *file)
{
	struct qmsgfs_node *node = qmsgfs_node_of(inode);
	int err;

	if (!node)
		return -ENXIO;
	err = open_node(node, file);
	qmsgfs_node_put(node);
	return err;
}

/*
 * Who opened it, or another one of the same user, has chosen this manager. Whoever else has come
 * by the descriptor, over a socket maybe, and closes it unseen, is not to be held up. Nor is a
 * task that exits, or execs, for which others wait.
 */
static bool closer_waits(const struct file *file)
{
	return uid_eq(current_euid(), file->f_cred->euid) && !current->in_execve &&
	       !(current->flags & (PF_EXITING | PF_KTHREAD));
}

/*
 * The last descriptor goes: then the manager hears of it before close(2) is over, as on QNX, and
 * who opens the file again finds it free. Nobody can come by another descriptor from here on.
 * Where that is not so, or there is no time to wait, or no answer comes in time, the disconnect
 * pulse says the same, and cannot be lost.
 */
static int file_flush(struct file *file, fl_owner_t id)
{
	static const struct qmsgfs_plain msg = {
		.type = QMSGFS_CLOSE,
		.combine_len = sizeof(msg),
	};
	struct qmsg_kcall call = { .head = &msg, .head_len = sizeof(msg), .max = LONG_MAX };

	qmsg_kclient_flush(qmsgfs_client(file), file);
	if (file_count(file) == 1 && closer_waits(file))
		qmsg_kclient_say(qmsgfs_client(file), &call);
	return 0;
}

static int file_release(struct inode *inode, struct file *file)
{
	struct qmsgfs_file *f = file->private_data;

	qmsgfs_poll_end(f);
	qmsg_kclient_close(&f->client);
	kfree(f);
	return 0;
}

const struct file_operations qmsgfs_file_fops = {
	.owner		= THIS_MODULE,
	.open		= file_open,
	.flush		= file_flush,
	.release	= file_release,
	.read_iter	= qmsgfs_read_iter,
	.write_iter	= qmsgfs_write_iter,
	.splice_read	= qmsg_splice_read,
	.splice_write	= iter_file_splice_write,
	.llseek		= qmsgfs_llseek,
	.poll		= qmsgfs_poll,
	.fsync		= qmsgfs_fsync,
	.unlocked_ioctl	= qmsgfs_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};
