// SPDX-License-Identifier: GPL-2.0-only
/* Open files: the connection, from open to close. */

#include <linux/fs.h>
#include <linux/module.h>
#include <linux/pipe_fs_i.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "compat.h"
#include "qmsgfs.h"

/* Two threads may both ask at one time: there is no position here to be protected. */
static void set_up(struct file *file, struct qmsgfs_file *f)
{
	qmsgfs_poll_begin(f);
	file->private_data = f;
	file->f_mode &= ~FMODE_ATOMIC_POS;
	file->f_pos = QMSGFS_POS_NONE;
}

static int open_node(const struct qmsgfs_node *node, struct inode *inode, struct file *file)
{
	struct qmsgfs_file *f = kzalloc(sizeof(*f), GFP_KERNEL_ACCOUNT);
	int err;

	if (!f)
		return -ENOMEM;
	err = qmsgfs_connect(&f->link, node, inode, file, file);
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
		return qmsgfs_is_nameless(inode) ? -EOPENSTALE : -ENXIO;
	err = open_node(node, inode, file);
	qmsgfs_node_put(node);
	/* It was entered before the manager was asked to make it. */
	if (err && file->f_mode & FMODE_CREATED)
		d_drop(file->f_path.dentry);
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
	const struct qmsgfs_file *f = file->private_data;

	qmsg_kclient_flush(qmsgfs_client(file), file);
	if (file_count(file) == 1 && !f->link.is_name && closer_waits(file))
		qmsg_kclient_say(qmsgfs_client(file), &call);
	return 0;
}

static int file_release(struct inode *inode, struct file *file)
{
	struct qmsgfs_file *f = file->private_data;

	qmsgfs_poll_end(f);
	qmsgfs_link_close(&f->link);
	kfree(f);
	return 0;
}

/*
 * The VFS has the lock of the pipe, for which others wait without being killable, to close it for
 * one. Within sendfile() and copy_file_range() there is a pipe that nobody else has.
 */
static bool is_shared(const struct pipe_inode_info *pipe)
{
	return pipe->files;
}

static ssize_t file_splice_read(struct file *file, loff_t *pos, struct pipe_inode_info *pipe,
				size_t len, unsigned int flags)
{
	return is_shared(pipe) ? -EINVAL : qmsg_splice_read(file, pos, pipe, len, flags);
}

static ssize_t file_splice_write(struct pipe_inode_info *pipe, struct file *file, loff_t *pos,
				 size_t len, unsigned int flags)
{
	return is_shared(pipe) ? -EINVAL : iter_file_splice_write(pipe, file, pos, len, flags);
}

const struct file_operations qmsgfs_file_fops = {
	.owner		= THIS_MODULE,
	.open		= file_open,
	.flush		= file_flush,
	.release	= file_release,
	.read_iter	= qmsgfs_read_iter,
	.write_iter	= qmsgfs_write_iter,
	.splice_read	= file_splice_read,
	.splice_write	= file_splice_write,
	.llseek		= qmsgfs_llseek,
	.poll		= qmsgfs_poll,
	.fsync		= qmsgfs_fsync,
	.unlocked_ioctl	= qmsgfs_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};
