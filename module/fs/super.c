// SPDX-License-Identifier: GPL-2.0-only
/* mount -t qmsgfs: the nodes of one IPC namespace. */

#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/module.h>
#include <linux/namei.h>

#include "qmsgfs.h"

/* umount -f. Who waits goes, and with that maybe what makes the mount busy. */
static void umount_begin(struct super_block *sb)
{
	qmsgfs_links_abort(sb);
	qmsgfs_poll_abort(sb);
}

static const struct super_operations super_ops = {
	.statfs		= simple_statfs,
	.umount_begin	= umount_begin,
	.drop_inode	= generic_delete_inode,
	.destroy_inode	= qmsgfs_inode_destroy,
	.free_inode	= free_inode_nonrcu,
};

static int always_delete(const struct dentry *dentry)
{
	return 1;
}

static int revalidate_in(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	struct inode *inode = d_inode(dentry);

	if (inode && (qmsgfs_is_nameless(inode) || !qmsgfs_inode_is_there(inode)))
		return 0;
	/* What is not there in a tree is so for now only: it is asked about on the way through. */
	if (!inode && !(qmsgfs_is_in_tree(dir) && qmsgfs_inode_is_there(dir)))
		return 0;
	return qmsgfs_is_in_tree(dir) ? qmsgfs_revalidate_in_tree(dir, dentry, flags) : 1;
}

static int revalidate_entry(struct dentry *dentry, unsigned int flags)
{
	struct dentry *parent;
	int ret;

	if (flags & LOOKUP_RCU)
		return -ECHILD;
	parent = dget_parent(dentry);
	ret = revalidate_in(d_inode(parent), dentry, flags);
	dput(parent);
	return ret;
}

/*
 * Nothing is remembered that nobody has in use: nodes come and go, and are found by asking the
 * registry. What is in use, as where something is mounted, stays for as long as it is there.
 */
static const struct dentry_operations entry_ops = {
	.d_delete	= always_delete,
	.d_revalidate	= revalidate_entry,
	.d_manage	= qmsgfs_manage,
};

static int fill_super(struct super_block *sb, struct fs_context *fc)
{
	struct inode *root;

	sb->s_magic = QMSGFS_MAGIC;
	sb->s_op = &super_ops;
	sb->s_d_op = &entry_ops;
	sb->s_blocksize = PAGE_SIZE;
	sb->s_blocksize_bits = PAGE_SHIFT;
	sb->s_maxbytes = MAX_LFS_FILESIZE;
	sb->s_time_gran = 1;
	sb->s_iflags |= SB_I_NOEXEC;
	root = qmsgfs_inode_get(sb, NULL, "", 0);
	if (!root)
		return -ENOMEM;
	sb->s_root = d_make_root(root);
	return sb->s_root ? 0 : -ENOMEM;
}

/* One for each namespace, however often it is mounted. */
static int get_tree(struct fs_context *fc)
{
	return get_tree_keyed(fc, fill_super, qmsgfs_ns_get());
}

/* The namespace is the superblock's if that is new. */
static void free_fc(struct fs_context *fc)
{
	qmsgfs_ns_put(fc->s_fs_info);
}

static const struct fs_context_operations context_ops = {
	.get_tree	= get_tree,
	.free		= free_fc,
};

static int init_fs_context(struct fs_context *fc)
{
	fc->ops = &context_ops;
	return 0;
}

static void kill_sb(struct super_block *sb)
{
	struct ipc_namespace *ns = sb->s_fs_info;

	kill_anon_super(sb);
	qmsgfs_ns_put(ns);
}

static struct file_system_type qmsgfs_type = {
	.owner			= THIS_MODULE,
	.name			= "qmsgfs",
	.init_fs_context	= init_fs_context,
	.kill_sb		= kill_sb,
	/* Nothing is moved: what has another name now is looked up anew. */
	.fs_flags		= FS_RENAME_DOES_D_MOVE,
};
MODULE_ALIAS_FS("qmsgfs");

int qmsgfs_super_init(void)
{
	return register_filesystem(&qmsgfs_type);
}

void qmsgfs_super_exit(void)
{
	unregister_filesystem(&qmsgfs_type);
}
