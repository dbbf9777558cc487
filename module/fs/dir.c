// SPDX-License-Identifier: GPL-2.0-only
/* Directories of a mount: what there is in the registry of nodes. */

#include <linux/fs.h>
#include <linux/slab.h>

#include "compat.h"
#include "qmsgfs.h"

static unsigned int ns_of(const struct super_block *sb)
{
	return (unsigned long)sb->s_fs_info;
}

static const char *path_of(const struct inode *dir)
{
	return dir->i_private;
}

/* The path of @name in @dir, to be freed. */
static char *path_in(const struct inode *dir, const struct qstr *name)
{
	return kasprintf(GFP_KERNEL, "%s/%.*s", path_of(dir), (int)name->len, name->name);
}

static struct inode *new_inode_of(struct super_block *sb, umode_t mode)
{
	struct inode *inode = new_inode(sb);

	if (!inode)
		return NULL;
	inode->i_ino = get_next_ino();
	inode->i_mode = mode;
	qmsg_inode_init_ts(inode);
	return inode;
}

static struct inode *node_inode(struct super_block *sb, const struct qmsgfs_node *node)
{
	struct inode *inode = new_inode_of(sb, node->mode);

	if (!inode)
		return NULL;
	inode->i_uid = node->uid;
	inode->i_gid = node->gid;
	inode->i_rdev = qmsgfs_devt(node->id);
	inode->i_fop = &qmsgfs_file_fops;
	return inode;
}

/* NULL: there is nothing. */
static struct inode *find(struct super_block *sb, const char *path)
{
	size_t len = strlen(path);
	struct inode *inode = NULL;
	struct qmsgfs_node *node;
	bool below;

	node = qmsgfs_node_at(ns_of(sb), path, len, &below);
	if (node) {
		inode = node_inode(sb, node) ?: ERR_PTR(-ENOMEM);
		qmsgfs_node_put(node);
	} else if (below) {
		inode = qmsgfs_dir_inode(sb, path, len) ?: ERR_PTR(-ENOMEM);
	}
	return inode;
}

static struct dentry *lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	struct inode *inode;
	char *path;

	if (dentry->d_name.len > NAME_MAX)
		return ERR_PTR(-ENAMETOOLONG);
	path = path_in(dir, &dentry->d_name);
	if (!path)
		return ERR_PTR(-ENOMEM);
	inode = find(dir->i_sb, path);
	kfree(path);
	return d_splice_alias(inode, dentry);
}

static int iterate(struct file *file, struct dir_context *ctx)
{
	const struct inode *dir = file_inode(file);
	const char *path = path_of(dir);

	if (dir_emit_dots(file, ctx))
		qmsgfs_emit_below(ns_of(dir->i_sb), path, strlen(path), ctx);
	return 0;
}

static const struct inode_operations dir_ops = { .lookup = lookup };

static const struct file_operations dir_fops = {
	.llseek		= generic_file_llseek,
	.read		= generic_read_dir,
	.iterate_shared	= iterate,
};

/* @path is copied; the root's is empty. */
struct inode *qmsgfs_dir_inode(struct super_block *sb, const char *path, size_t len)
{
	struct inode *inode = new_inode_of(sb, S_IFDIR | 0555);

	if (!inode)
		return NULL;
	inode->i_private = kmemdup_nul(path, len, GFP_KERNEL_ACCOUNT);
	inode->i_op = &dir_ops;
	inode->i_fop = &dir_fops;
	set_nlink(inode, 2);
	if (inode->i_private)
		return inode;
	iput(inode);
	return NULL;
}
