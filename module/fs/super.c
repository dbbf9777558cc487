// SPDX-License-Identifier: GPL-2.0-only
/* mount -t qmsgfs: the nodes of one IPC namespace. */

#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/ipc_namespace.h>
#include <linux/magic.h>
#include <linux/module.h>
#include <linux/namei.h>
#include <linux/nsproxy.h>
#include <linux/slab.h>

#include "qmsgfs.h"

#define QMSGFS_MAGIC	0x514d5347

/* Its number, which lasts as long as the namespace. */
unsigned int qmsgfs_current_ns(void)
{
	return current->nsproxy->ipc_ns->ns.inum;
}

/* A directory's inode has its path. */
static void evict(struct inode *inode)
{
	truncate_inode_pages_final(&inode->i_data);
	clear_inode(inode);
	if (S_ISDIR(inode->i_mode))
		kfree(inode->i_private);
}

static const struct super_operations super_ops = {
	.statfs		= simple_statfs,
	.drop_inode	= generic_delete_inode,
	.evict_inode	= evict,
};

static int always_delete(const struct dentry *dentry)
{
	return 1;
}

static int revalidate_entry(struct dentry *dentry, unsigned int flags)
{
	return flags & LOOKUP_RCU ? -ECHILD : d_is_dir(dentry);
}

/* Nothing is remembered: nodes come and go, and are found by asking the registry. */
static const struct dentry_operations entry_ops = {
	.d_delete	= always_delete,
	.d_revalidate	= revalidate_entry,
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
	root = qmsgfs_dir_inode(sb, "", 0);
	if (!root)
		return -ENOMEM;
	sb->s_root = d_make_root(root);
	return sb->s_root ? 0 : -ENOMEM;
}

/* One for each namespace, however often it is mounted. */
static int get_tree(struct fs_context *fc)
{
	return get_tree_keyed(fc, fill_super, (void *)(unsigned long)qmsgfs_current_ns());
}

static const struct fs_context_operations context_ops = { .get_tree = get_tree };

static int init_fs_context(struct fs_context *fc)
{
	fc->ops = &context_ops;
	return 0;
}

static struct file_system_type qmsgfs_type = {
	.owner			= THIS_MODULE,
	.name			= "qmsgfs",
	.init_fs_context	= init_fs_context,
	.kill_sb		= kill_anon_super,
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
