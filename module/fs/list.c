// SPDX-License-Identifier: GPL-2.0-only
/* Open directories of a tree: what is in them the manager says, as it does of a file. */

#include <linux/fs.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "qmsgfs.h"

#define HEAD	offsetof(struct qmsgfs_dirent, name)

struct list {
	struct qmsgfs_link link;	/* first: see qmsgfs_client() */
	struct mutex lock;
	/* Under @lock: entries that the manager has said, and nobody has seen yet. */
	size_t at, len;
	char buf[PAGE_SIZE - 256];
};

static int list_open(struct inode *inode, struct file *file)
{
	struct qmsgfs_node *node = qmsgfs_node_of(inode);
	struct list *l;
	long ret;

	if (!node)
		return qmsgfs_is_nameless(inode) ? -EOPENSTALE : -ENXIO;
	l = kzalloc(sizeof(*l), GFP_KERNEL_ACCOUNT);
	ret = l ? qmsgfs_connect(&l->link, node, inode, file, NULL) : -ENOMEM;
	qmsgfs_node_put(node);
	if (ret) {
		kfree(l);
		return ret;
	}
	mutex_init(&l->lock);
	file->private_data = l;
	/* Nobody waits for another who reads: @lock can be waited for by who may be killed. */
	file->f_mode &= ~FMODE_ATOMIC_POS;
	return 0;
}

static int list_release(struct inode *inode, struct file *file)
{
	struct list *l = file->private_data;

	qmsgfs_link_close(&l->link);
	kfree(l);
	return 0;
}

static long more(struct list *l)
{
	const struct qmsgfs_io msg = {
		.type = QMSGFS_READ,
		.combine_len = sizeof(msg),
		.nbytes = sizeof(l->buf),
		.xtype = QMSGFS_XTYPE_READDIR | QMSGFS_XFLAG_BLOCK,
	};
	struct qmsg_kcall call = {
		.head = &msg,
		.head_len = sizeof(msg),
		.reply = l->buf,
		.reply_len = sizeof(l->buf),
		.max = sizeof(l->buf),
	};
	long ret = qmsg_kclient_call(&l->link.client, &call);

	l->at = 0;
	l->len = ret < 0 ? 0 : min_t(size_t, ret, call.got);
	return ret < 0 ? ret : (long)l->len;
}

static const struct qmsgfs_dirent *next(const struct list *l)
{
	return (const struct qmsgfs_dirent *)(l->buf + l->at);
}

/* It goes on after the struct. */
static const char *name_of(const struct qmsgfs_dirent *e)
{
	return (const char *)e + HEAD;
}

/* A manager can say anything. */
static bool is_good(const struct list *l)
{
	const struct qmsgfs_dirent *e = next(l);
	size_t left = l->len - l->at;

	return left >= HEAD && e->reclen > 0 && e->reclen <= left && !(e->reclen % 8) &&
	       e->namelen > 0 && e->namelen <= NAME_MAX && HEAD + e->namelen <= e->reclen &&
	       e->offset >= 0 && e->offset < LLONG_MAX &&
	       !memchr(name_of(e), 0, e->namelen) && !memchr(name_of(e), '/', e->namelen);
}

static u64 ino_of(const struct inode *dir, const struct qmsgfs_dirent *e)
{
	struct qstr name = QSTR_INIT(name_of(e), e->namelen);
	char *path;
	u32 ino;

	if (e->ino)
		return e->ino;
	path = qmsgfs_path_in(dir, &name);
	ino = path ? qmsgfs_path_ino(path, strlen(path)) : 1;
	kfree(path);
	return ino;
}

/* 1: there may be more. */
static long emit(struct list *l, const struct inode *dir, struct dir_context *ctx)
{
	const struct qmsgfs_dirent *e;

	while (l->at < l->len) {
		if (!is_good(l))
			return -EIO;
		e = next(l);
		ctx->pos = e->offset;
		if (!dir_emit(ctx, name_of(e), e->namelen, ino_of(dir, e), DT_UNKNOWN))
			return 0;
		ctx->pos = e->offset + 1;
		l->at += e->reclen;
	}
	return 1;
}

static long list(struct list *l, const struct inode *dir, struct dir_context *ctx)
{
	long ret;

	while ((ret = emit(l, dir, ctx)) > 0) {
		ret = more(l);
		if (ret <= 0)
			break;
	}
	return ret;
}

/*
 * The VFS has the lock of the directory for readers here. It protects nothing of ours, and who
 * wants it is not to wait for the manager. What has been listed is told before an error is.
 */
static int list_iterate(struct file *file, struct dir_context *ctx)
{
	struct list *l = file->private_data;
	struct inode *dir = file_inode(file);
	loff_t pos = ctx->pos;
	long ret = -EINTR;

	inode_unlock_shared(dir);
	if (!mutex_lock_interruptible(&l->lock)) {
		ret = list(l, dir, ctx);
		mutex_unlock(&l->lock);
	}
	inode_lock_shared(dir);
	return ret < 0 && ctx->pos == pos ? ret : 0;
}

/* To the beginning, or to a place that an entry has told. */
static loff_t list_llseek(struct file *file, loff_t offset, int whence)
{
	struct list *l = file->private_data;
	loff_t ret;

	if (whence == SEEK_CUR && !offset)
		return file->f_pos;
	if (whence != SEEK_SET || offset < 0)
		return -EINVAL;
	if (mutex_lock_interruptible(&l->lock))
		return -EINTR;
	ret = qmsgfs_llseek(file, offset, SEEK_SET);
	if (ret >= 0) {
		l->at = l->len = 0;
		file->f_pos = offset;
		ret = offset;
	}
	mutex_unlock(&l->lock);
	return ret;
}

const struct file_operations qmsgfs_list_fops = {
	.owner		= THIS_MODULE,
	.open		= list_open,
	.release	= list_release,
	.llseek		= list_llseek,
	.read		= generic_read_dir,
	.iterate_shared	= list_iterate,
	.fsync		= noop_fsync,
};
