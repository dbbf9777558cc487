// SPDX-License-Identifier: GPL-2.0-only
/*
 * stat, chmod, chown, utime, truncate: of a mount's files the manager is asked, by their path,
 * as on QNX. It also says who may do what; access(2) goes by what it said last.
 */

#include <linux/fs.h>
#include <linux/kdev_t.h>

#include "compat.h"
#include "qmsgfs.h"

static umode_t type_of(const struct inode *inode, u32 mode)
{
	/* What it is to the VFS does not change, and a directory is nothing else. */
	if (S_ISDIR(inode->i_mode) || S_ISDIR(mode))
		return inode->i_mode & S_IFMT;
	if (S_ISREG(mode) || S_ISCHR(mode) || S_ISBLK(mode) || S_ISFIFO(mode) || S_ISSOCK(mode))
		return mode & S_IFMT;
	return inode->i_mode & S_IFMT;
}

/* What the VFS looks at, and who calls access(2). */
void qmsgfs_attr_note(struct inode *inode, const struct qmsgfs_stat *st)
{
	kuid_t uid = make_kuid(&init_user_ns, st->uid);
	kgid_t gid = make_kgid(&init_user_ns, st->gid);

	spin_lock(&inode->i_lock);
	WRITE_ONCE(inode->i_mode, (inode->i_mode & S_IFMT) | (st->mode & 0777));
	if (uid_valid(uid))
		inode->i_uid = uid;
	if (gid_valid(gid))
		inode->i_gid = gid;
	if (!S_ISDIR(inode->i_mode))
		i_size_write(inode, min_t(u64, st->size, MAX_LFS_FILESIZE));
	spin_unlock(&inode->i_lock);
}

static struct timespec64 time_of(s64 sec, u32 nsec)
{
	return (struct timespec64){ .tv_sec = sec, .tv_nsec = nsec < NSEC_PER_SEC ? nsec : 0 };
}

static void fill(struct kstat *to, const struct inode *inode, const struct qmsgfs_stat *st)
{
	to->mode = type_of(inode, st->mode) | (st->mode & 07777);
	to->nlink = st->nlink ?: 1;
	if (st->ino)
		to->ino = st->ino;
	to->size = min_t(u64, st->size, MAX_LFS_FILESIZE);
	to->blocks = st->blocks;
	if (st->blksize)
		to->blksize = st->blksize;
	if (st->rdev_major || st->rdev_minor)
		to->rdev = MKDEV(st->rdev_major, st->rdev_minor & MINORMASK);
	to->atime = time_of(st->atime, st->atime_nsec);
	to->mtime = time_of(st->mtime, st->mtime_nsec);
	to->ctime = time_of(st->ctime, st->ctime_nsec);
}

int qmsgfs_getattr(qmsg_idmap *idmap, const struct path *path, struct kstat *stat,
		   u32 request_mask, unsigned int query_flags)
{
	struct inode *inode = d_inode(path->dentry);
	struct qmsgfs_node *node = qmsgfs_node_of(inode);
	struct qmsgfs_stat st;
	long ret = -ENOSYS;

	if (node) {
		if (!(query_flags & AT_STATX_DONT_SYNC) && !node->is_name)
			ret = qmsgfs_ask_stat(inode->i_sb, node,
					      qmsgfs_path_below(node, inode), &st);
		qmsgfs_node_put(node);
	}
	if (ret < 0 && ret != -ENOSYS)
		return ret;
	if (ret >= 0)
		qmsgfs_attr_note(inode, &st);
	qmsg_generic_fillattr(idmap, request_mask, inode, stat);
	if (ret >= 0)
		fill(stat, inode, &st);
	return 0;
}

/* The manager decides, when it is opened. */
int qmsgfs_permission(qmsg_idmap *idmap, struct inode *inode, int mask)
{
	if (mask & MAY_ACCESS)
		return generic_permission(idmap, inode, mask);
	return mask & MAY_EXEC && !S_ISDIR(inode->i_mode) ? -EACCES : 0;
}

static long say(const struct qmsgfs_node *node, const struct inode *inode, u32 ioflag,
		const void *msg, size_t len)
{
	const struct qmsgfs_question q = { .msg = msg, .len = len, .ioflag = ioflag };

	return qmsgfs_ask(inode->i_sb, node, qmsgfs_path_below(node, inode), &q);
}

/* @node: NULL if that is by who has it open. */
static long truncate(const struct qmsgfs_node *node, const struct inode *inode,
		     const struct iattr *attr)
{
	const struct qmsgfs_space msg = {
		.type = QMSGFS_SPACE,
		.combine_len = sizeof(msg),
		.subtype = QMSGFS_SPACE_FREE,
		.start = attr->ia_size,
	};
	struct qmsg_kcall call = { .head = &msg, .head_len = sizeof(msg), .max = LONG_MAX };
	long ret;

	if (attr->ia_valid & ATTR_FILE)
		ret = qmsg_kclient_call(qmsgfs_client(attr->ia_file), &call);
	else
		ret = say(node, inode, QMSGFS_IOFLAG_WRITE, &msg, sizeof(msg));
	return ret == -ENOSYS ? -EINVAL : ret;
}

static s32 id_of(const struct iattr *attr, unsigned int valid, u32 id)
{
	return attr->ia_valid & valid ? id : -1;
}

static long chown(const struct qmsgfs_node *node, const struct inode *inode,
		  const struct iattr *attr)
{
	const struct qmsgfs_chown msg = {
		.type = QMSGFS_CHOWN,
		.combine_len = sizeof(msg),
		.uid = id_of(attr, ATTR_UID, from_kuid(&init_user_ns, attr->ia_uid)),
		.gid = id_of(attr, ATTR_GID, from_kgid(&init_user_ns, attr->ia_gid)),
	};

	return say(node, inode, 0, &msg, sizeof(msg));
}

static long chmod(const struct qmsgfs_node *node, const struct inode *inode,
		  const struct iattr *attr)
{
	const struct qmsgfs_chmod msg = {
		.type = QMSGFS_CHMOD,
		.combine_len = sizeof(msg),
		.mode = attr->ia_mode & 07777,
	};

	return say(node, inode, 0, &msg, sizeof(msg));
}

/* A message has both; where only one is to change, the other is what it is. */
static long utime(const struct qmsgfs_node *node, const struct inode *inode,
		  const struct iattr *attr)
{
	bool now = !(attr->ia_valid & (ATTR_ATIME_SET | ATTR_MTIME_SET));
	struct qmsgfs_utime msg = {
		.type = QMSGFS_UTIME,
		.combine_len = sizeof(msg),
		.now = now && attr->ia_valid & ATTR_ATIME && attr->ia_valid & ATTR_MTIME,
		.actime = attr->ia_atime.tv_sec,
		.modtime = attr->ia_mtime.tv_sec,
	};
	struct qmsgfs_stat st;
	long ret = 0;

	if (!(attr->ia_valid & ATTR_ATIME) || !(attr->ia_valid & ATTR_MTIME))
		ret = qmsgfs_ask_stat(inode->i_sb, node, qmsgfs_path_below(node, inode), &st);
	if (ret < 0)
		return ret;
	if (!(attr->ia_valid & ATTR_ATIME))
		msg.actime = st.atime;
	if (!(attr->ia_valid & ATTR_MTIME))
		msg.modtime = st.mtime;
	return say(node, inode, 0, &msg, sizeof(msg));
}

static long change(const struct qmsgfs_node *node, const struct inode *inode,
		   const struct iattr *attr)
{
	long ret = 0;

	if (attr->ia_valid & ATTR_SIZE)
		return truncate(node, inode, attr);
	if (attr->ia_valid & (ATTR_UID | ATTR_GID))
		ret = chown(node, inode, attr);
	if (ret >= 0 && attr->ia_valid & ATTR_MODE)
		ret = chmod(node, inode, attr);
	if (ret >= 0 && attr->ia_valid & (ATTR_ATIME | ATTR_MTIME))
		ret = utime(node, inode, attr);
	return ret == -ENOSYS ? -EPERM : ret;
}

/* Without the path, which it may have no more. */
static bool is_through_file(const struct iattr *attr)
{
	const struct qmsgfs_link *link;

	if (!(attr->ia_valid & ATTR_SIZE) || !(attr->ia_valid & ATTR_FILE))
		return false;
	link = attr->ia_file->private_data;
	return !link->is_name;
}

/*
 * The lock of the inode protects nothing here, and nobody need wait for it, not to be killed, while
 * the manager thinks. Of what the VFS has looked at under it (the mode, leases) it makes no use when
 * it has it back: it tells watchers, and lets it go. An open with O_TRUNC has said so to the manager
 * already.
 */
int qmsgfs_setattr(qmsg_idmap *idmap, struct dentry *dentry, struct iattr *attr)
{
	struct inode *inode = d_inode(dentry);
	struct qmsgfs_node *node;
	long ret;

	if (attr->ia_valid & ATTR_OPEN)
		return 0;
	node = qmsgfs_node_of(inode);
	if (!node && !is_through_file(attr))
		return qmsgfs_is_nameless(inode) ? -ESTALE : -EPERM;
	inode_unlock(inode);
	ret = node && node->is_name ? -EPERM : change(node, inode, attr);
	inode_lock(inode);
	if (node)
		qmsgfs_node_put(node);
	return ret < 0 ? ret : 0;
}
