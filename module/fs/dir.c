// SPDX-License-Identifier: GPL-2.0-only
/* Directories of a mount: what there is in the registry of nodes. */

#include <linux/fs.h>
#include <linux/slab.h>

#include "qmsgfs.h"

static const struct ipc_namespace *ns_of(const struct super_block *sb)
{
	return sb->s_fs_info;
}

/* NULL: there is nothing. */
static struct inode *find(struct super_block *sb, const char *path)
{
	size_t len = strlen(path);
	struct qmsgfs_node *node;
	bool below;

	node = qmsgfs_node_at(ns_of(sb), path, len, &below);
	if (!node && !below)
		return NULL;
	return qmsgfs_inode_get(sb, node, path, len) ?: ERR_PTR(-ENOMEM);
}

static struct dentry *lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	struct inode *inode;
	char *path;

	if (dentry->d_name.len > NAME_MAX)
		return ERR_PTR(-ENAMETOOLONG);
	path = qmsgfs_path_in(dir, &dentry->d_name);
	if (!path)
		return ERR_PTR(-ENOMEM);
	inode = find(dir->i_sb, path);
	kfree(path);
	return d_splice_alias(inode, dentry);
}

static int iterate(struct file *file, struct dir_context *ctx)
{
	const struct inode *dir = file_inode(file);
	const char *path = qmsgfs_path_of(dir);

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

void qmsgfs_dir_set_up(struct inode *inode)
{
	inode->i_op = &dir_ops;
	inode->i_fop = &dir_fops;
	set_nlink(inode, 2);
}
