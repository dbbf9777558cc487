// SPDX-License-Identifier: GPL-2.0-only
/*
 * A directory whose manager has all that is below it.
 *
 * The VFS holds the lock of a directory while it looks a name up there, and others who want the
 * same name wait for that without being killable. So nobody is asked then: a name is entered as
 * one that means nothing yet, and what it means the manager is asked on the way through it
 * (->d_manage), where no lock is held: each time, since it may have changed. For the same reason
 * a file that is made is only entered here; the open, which follows, has the flags and the mode.
 */

#include <linux/fs.h>
#include <linux/mutex.h>

#include "compat.h"
#include "qmsgfs.h"

/* Who gives a name its meaning. Nothing is waited for meanwhile. */
static DEFINE_MUTEX(entering);

static struct dentry *lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	if (dentry->d_name.len > NAME_MAX ||
	    strlen(qmsgfs_path_of(dir)) + 1 + dentry->d_name.len > QMSGFS_PATH_MAX)
		return ERR_PTR(-ENAMETOOLONG);
	spin_lock(&dentry->d_lock);
	dentry->d_flags |= DCACHE_MANAGE_TRANSIT;
	spin_unlock(&dentry->d_lock);
	d_add(dentry, NULL);
	return NULL;
}

/* 0 if it is there now, and a directory or not, as it is to be. */
static int enter(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	struct inode *inode = qmsgfs_tree_inode(dir, &dentry->d_name, mode);

	if (!inode)
		return -ENOMEM;
	mutex_lock(&entering);
	if (d_really_is_negative(dentry)) {
		d_instantiate(dentry, inode);
		inode = NULL;
	}
	mutex_unlock(&entering);
	iput(inode);
	return S_ISDIR(d_inode(dentry)->i_mode) == S_ISDIR(mode) ? 0 : -ESTALE;
}

static int create(qmsg_idmap *idmap, struct inode *dir, struct dentry *dentry, umode_t mode,
		  bool excl)
{
	int err = enter(dir, dentry, S_IFREG | (mode & 07777));

	if (err)
		return err == -ESTALE ? -EISDIR : err;
	qmsgfs_set_create_mode(d_inode(dentry), mode);
	return 0;
}

/* What was known is not so any more: whoever walks here begins again. */
static int forget(struct dentry *dentry)
{
	d_invalidate(dentry);
	return -ESTALE;
}

static int see(struct inode *dir, struct dentry *dentry, const struct qmsgfs_stat *st)
{
	int err = enter(dir, dentry, st->mode);

	if (err)
		return err == -ESTALE ? forget(dentry) : err;
	qmsgfs_attr_note(d_inode(dentry), st);
	return 0;
}

static int ask(struct inode *dir, struct dentry *dentry)
{
	struct qmsgfs_node *node = qmsgfs_node_of(dir);
	struct qmsgfs_stat st;
	char *path;
	long ret = -ENOMEM;

	if (!node)
		return -ENOENT;
	path = qmsgfs_path_in(dir, &dentry->d_name);
	if (path)
		ret = qmsgfs_ask_stat(dir->i_sb, node, qmsgfs_below(node, path), &st);
	kfree(path);
	qmsgfs_node_put(node);
	if (ret >= 0)
		return see(dir, dentry, &st);
	if (ret == -ENOENT && d_really_is_positive(dentry))
		return forget(dentry);
	return ret;
}

int qmsgfs_manage(const struct path *path, bool rcu)
{
	struct dentry *dentry = path->dentry, *parent;
	int err;

	if (rcu)
		return -ECHILD;
	/* What is mounted there is meant. */
	if (d_mountpoint(dentry))
		return 0;
	parent = dget_parent(dentry);
	err = ask(d_inode(parent), dentry);
	dput(parent);
	return err;
}

const struct inode_operations qmsgfs_tree_ops = {
	.lookup		= lookup,
	.create		= create,
	.getattr	= qmsgfs_getattr,
	.setattr	= qmsgfs_setattr,
	.permission	= qmsgfs_permission,
};
