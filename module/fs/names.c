// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names in a tree: made, removed and moved, by a message to the manager. What it says afterwards
 * is so, as always (tree.c): here a name is only forgotten.
 */

#include <linux/fs.h>
#include <linux/slab.h>

#include "compat.h"
#include "qmsgfs.h"

/*
 * The VFS has the directory locked, and with it what is removed, and nothing else of ours. Others
 * wait for these locks without being killable, so that nobody has them while the manager thinks.
 *
 * What is so when they are taken again: our caller has references to the mount and to both
 * dentries, which therefore keep their inodes (d_delete() takes one only from a dentry that nobody
 * else has), and nothing in a tree is ever moved to another parent. A dentry may have been forgotten
 * meanwhile, or given a meaning, which is no matter: what is told is the path. But a file of that
 * path that was made meanwhile has the same inode, as all of one path have.
 *
 * Who has s_vfs_rename_mutex has locked two directories, in an order that cannot be kept by who
 * has one of them: nothing is let go of then.
 */
bool qmsgfs_unlock(struct inode *dir, struct inode *victim)
{
	if (qmsg_mutex_is_mine(&dir->i_sb->s_vfs_rename_mutex))
		return false;
	if (victim)
		inode_unlock(victim);
	inode_unlock(dir);
	return true;
}

/* In the VFS's order, and its classes. */
void qmsgfs_lock_again(struct inode *dir, struct inode *victim)
{
	inode_lock_nested(dir, I_MUTEX_PARENT);
	if (victim)
		inode_lock(victim);
}

/* As other file systems say that they cannot. */
static int error_of(int err)
{
	return err == -ENOSYS ? -EPERM : err;
}

static int change_at(struct inode *dir, struct inode *victim, const struct qmsgfs_node *node,
		     const struct qmsgfs_change *what)
{
	bool unlocked = qmsgfs_unlock(dir, victim);
	int err = qmsgfs_ask_change(dir->i_sb, node, what);

	if (unlocked)
		qmsgfs_lock_again(dir, victim);
	return error_of(err);
}

/* @victim: what is locked beside @dir, or NULL. */
static int change(struct inode *dir, struct dentry *dentry, struct inode *victim, u16 subtype,
		  umode_t mode)
{
	struct qmsgfs_change what = { .subtype = subtype, .mode = mode };
	struct qmsgfs_node *node = qmsgfs_node_of(dir);
	int err = -ENOMEM;
	char *path;

	if (!node)
		return -ENOENT;
	path = qmsgfs_path_in(dir, &dentry->d_name);
	if (path) {
		what.below = qmsgfs_below(node, path);
		err = change_at(dir, victim, node, &what);
	}
	kfree(path);
	qmsgfs_node_put(node);
	return err;
}

/* What it is has room before the manager is asked: what has been made is not an error. */
int qmsgfs_make(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	struct inode *inode = qmsgfs_tree_inode(dir, &dentry->d_name, mode);
	int err;

	if (!inode)
		return -ENOMEM;
	err = change(dir, dentry, NULL, QMSGFS_CONNECT_MKNOD, mode);
	if (err)
		iput(inode);
	else
		qmsgfs_enter(dentry, inode);
	return err;
}

int qmsgfs_mkdir(qmsg_idmap *idmap, struct inode *dir, struct dentry *dentry, umode_t mode)
{
	return qmsgfs_make(dir, dentry, S_IFDIR | (mode & 07777));
}

/* A socket is found by its inode, which is the kernel's. */
int qmsgfs_mknod(qmsg_idmap *idmap, struct inode *dir, struct dentry *dentry, umode_t mode,
		 dev_t dev)
{
	return S_ISSOCK(mode) ? -EPERM : qmsgfs_make(dir, dentry, mode);
}

/* Who has made the name anew while nothing was locked has it for what this inode was. */
static bool is_made_anew(struct inode *inode, const struct dentry *dentry)
{
	struct dentry *alias = d_find_alias(inode);

	dput(alias);
	return alias && alias != dentry;
}

/* @mode: its type, if it is a directory. */
static int remove(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	struct inode *inode = d_inode(dentry);
	int err = change(dir, dentry, inode, QMSGFS_CONNECT_UNLINK, mode);

	if (err || is_made_anew(inode, dentry))
		return err;
	clear_nlink(inode);
	qmsgfs_lose_name(inode);
	return 0;
}

int qmsgfs_unlink(struct inode *dir, struct dentry *dentry)
{
	return remove(dir, dentry, 0);
}

int qmsgfs_rmdir(struct inode *dir, struct dentry *dentry)
{
	return remove(dir, dentry, S_IFDIR);
}

static bool is_below(const char *path, const char *above)
{
	size_t len = strlen(above);

	return !strncmp(path, above, len) && path[len] == '/';
}

static int move(struct super_block *sb, const struct qmsgfs_node *node, const char *from,
		const char *to)
{
	const struct qmsgfs_change what = {
		.subtype = QMSGFS_CONNECT_RENAME,
		.below = qmsgfs_below(node, to),
		.old = qmsgfs_below(node, from),
	};

	/* The VFS knows by the dentries, of which one that is forgotten may be in use. */
	if (is_below(to, from))
		return -EINVAL;
	return error_of(qmsgfs_ask_change(sb, node, &what));
}

static int move_in(const struct qmsgfs_node *node, struct inode *old_dir,
		   const struct dentry *old_dentry, struct inode *new_dir,
		   const struct dentry *new_dentry)
{
	char *from = qmsgfs_path_in(old_dir, &old_dentry->d_name);
	char *to = qmsgfs_path_in(new_dir, &new_dentry->d_name);
	int err = from && to ? move(old_dir->i_sb, node, from, to) : -ENOMEM;

	kfree(from);
	kfree(to);
	return err;
}

/* @replaced: what had the new name before, or NULL. Who looks now finds what has it since. */
static void forget_both(struct dentry *old_dentry, struct dentry *new_dentry,
			struct inode *replaced)
{
	qmsgfs_lose_name(d_inode(old_dentry));
	d_invalidate(old_dentry);
	if (!replaced)
		return;
	clear_nlink(replaced);
	qmsgfs_lose_name(replaced);
	d_drop(new_dentry);
}

/*
 * All that the VFS has locked stays so, which is not the same in all kernels: others wait for it, as
 * long as the client does, who can be killed.
 */
int qmsgfs_rename(qmsg_idmap *idmap, struct inode *old_dir, struct dentry *old_dentry,
		  struct inode *new_dir, struct dentry *new_dentry, unsigned int flags)
{
	struct inode *replaced = d_inode(new_dentry);
	struct qmsgfs_node *node;
	int err;

	/* No message says so. */
	if (flags)
		return -EINVAL;
	if (!qmsgfs_are_in_one_tree(old_dir, new_dir))
		return -EXDEV;
	node = qmsgfs_node_of(old_dir);
	if (!node)
		return -ENOENT;
	err = move_in(node, old_dir, old_dentry, new_dir, new_dentry);
	qmsgfs_node_put(node);
	if (!err)
		forget_both(old_dentry, new_dentry, replaced);
	return err;
}
