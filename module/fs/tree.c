// SPDX-License-Identifier: GPL-2.0-only
/*
 * A directory whose manager has all that is below it.
 *
 * The VFS holds the lock of a directory while it looks a name up there, and others who want the
 * same name wait for that without being killable. So nobody is asked then: a name is entered as
 * one that means nothing yet, and what it means the manager is asked on the way through it
 * (->d_manage), where no lock is held: each time, since it may have changed. For the same reason
 * a file that is made is only entered here; the open, which follows, has the flags and the mode.
 *
 * Who removes a name, or moves it, does not come through it, but only looks it up, with the
 * directory locked for himself (names.c): for him the manager is asked then, without the lock.
 */

#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/namei.h>

#include "compat.h"
#include "qmsgfs.h"

/* Who gives a name its meaning. Nothing is waited for meanwhile. */
static DEFINE_MUTEX(entering);

/* @inode is what it means, unless it means something already. Takes @inode. */
void qmsgfs_enter(struct dentry *dentry, struct inode *inode)
{
	mutex_lock(&entering);
	if (d_really_is_negative(dentry)) {
		d_instantiate(dentry, inode);
		inode = NULL;
	}
	mutex_unlock(&entering);
	iput(inode);
}

/* 0 if it is there now, and a directory or not, as it is to be. */
static int enter(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	struct inode *inode = qmsgfs_tree_inode(dir, &dentry->d_name, mode);

	if (!inode)
		return -ENOMEM;
	qmsgfs_enter(dentry, inode);
	return S_ISDIR(d_inode(dentry)->i_mode) == S_ISDIR(mode) ? 0 : -ESTALE;
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
	bool known = d_really_is_positive(dentry);
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
	/* Who wants to make it, if it is not there, has found it there. */
	return ret == -ENOENT && known ? forget(dentry) : ret;
}

/*
 * The current task has the directory locked for itself: so it does not come through the name. The
 * flags do not say so, being the same for a stat(2) as for an unlink(2).
 */
static bool is_for_change(const struct inode *dir, unsigned int flags)
{
	return !(flags & LOOKUP_OPEN) && qmsg_rwsem_is_mine(&dir->i_rwsem);
}

/*
 * Whose look is to make a file, and not by open(2). Only the task itself writes its own mark or
 * takes it away, and it looks at it with the directory still locked: see create().
 */
static void note_maker(struct dentry *dentry, bool making)
{
	if (making)
		WRITE_ONCE(dentry->d_fsdata, current);
	else if (READ_ONCE(dentry->d_fsdata) == current)
		WRITE_ONCE(dentry->d_fsdata, NULL);
}

static int ask_unlocked(struct inode *dir, struct dentry *dentry)
{
	bool unlocked = qmsgfs_unlock(dir, NULL);
	int err = ask(dir, dentry);

	if (unlocked)
		qmsgfs_lock_again(dir, NULL);
	return err == -ENOENT ? 0 : err;
}

/*
 * What the VFS goes by when a name is changed has to be so: that it is there, and whether it is a
 * directory. Of one that is made, and that nobody has found there, the manager will say.
 */
static int settle(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	bool change = is_for_change(dir, flags), making = change && flags & LOOKUP_CREATE;

	note_maker(dentry, making);
	if (!change || d_mountpoint(dentry) || (making && d_really_is_negative(dentry)))
		return 0;
	return ask_unlocked(dir, dentry);
}

static struct dentry *lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	bool shared = d_in_lookup(dentry);
	int err = 0;

	if (dentry->d_name.len > NAME_MAX ||
	    strlen(qmsgfs_path_of(dir)) + 1 + dentry->d_name.len > QMSGFS_PATH_MAX)
		return ERR_PTR(-ENAMETOOLONG);
	spin_lock(&dentry->d_lock);
	dentry->d_flags |= DCACHE_MANAGE_TRANSIT;
	spin_unlock(&dentry->d_lock);
	d_add(dentry, NULL);
	/* Others may be waiting for this look. */
	if (!shared)
		err = settle(dir, dentry, flags);
	return ERR_PTR(err);
}

/* 1: it is as it says. 0: it is to be looked up anew. */
int qmsgfs_revalidate_in_tree(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	int err = settle(dir, dentry, flags);

	if (!err)
		return 1;
	return err == -ESTALE ? 0 : err;
}

/*
 * By open(2), which goes on to ask the manager, or by mknod(2), which does not: that is seen from
 * how the name was looked up.
 */
static int create(qmsg_idmap *idmap, struct inode *dir, struct dentry *dentry, umode_t mode,
		  bool excl)
{
	int err;

	if (READ_ONCE(dentry->d_fsdata) == current)
		return qmsgfs_make(dir, dentry, S_IFREG | (mode & 07777));
	err = enter(dir, dentry, S_IFREG | (mode & 07777));
	if (err)
		return err == -ESTALE ? -EISDIR : err;
	qmsgfs_set_create_mode(d_inode(dentry), mode);
	return 0;
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
	.mkdir		= qmsgfs_mkdir,
	.mknod		= qmsgfs_mknod,
	.unlink		= qmsgfs_unlink,
	.rmdir		= qmsgfs_rmdir,
	.rename		= qmsgfs_rename,
	.getattr	= qmsgfs_getattr,
	.setattr	= qmsgfs_setattr,
	.permission	= qmsgfs_permission,
};
