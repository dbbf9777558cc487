// SPDX-License-Identifier: GPL-2.0-only
/*
 * Inodes of a mount: one for each node, and for each directory above nodes, for as long as
 * anybody has it. So its number stays, and the locks of all who have opened it meet.
 */

#include <linux/fs.h>
#include <linux/slab.h>
#include <linux/stringhash.h>

#include "compat.h"
#include "qmsgfs.h"

/* What an inode stands for. */
struct entry {
	struct qmsgfs_node *node;	/* with a reference; NULL: a directory above nodes */
	size_t len;
	struct rcu_head rcu;		/* who looks for an inode may still see it */
	char path[];			/* with a zero */
};

static struct entry *entry_of(const struct inode *inode)
{
	return inode->i_private;
}

/* Takes the reference to @node, in any case. */
static struct entry *entry_alloc(struct qmsgfs_node *node, const char *path, size_t len)
{
	struct entry *e = kzalloc(struct_size(e, path, len + 1), GFP_KERNEL_ACCOUNT);

	if (e) {
		e->node = node;
		e->len = len;
		memcpy(e->path, path, len);
	} else if (node) {
		qmsgfs_node_put(node);
	}
	return e;
}

static void entry_free(struct entry *e)
{
	if (!e)
		return;
	if (e->node)
		qmsgfs_node_put(e->node);
	kfree_rcu(e, rcu);
}

/* Not before nobody finds the inode any more: so this is no ->evict_inode. */
void qmsgfs_inode_destroy(struct inode *inode)
{
	entry_free(entry_of(inode));
}

/* Numbers that fit into 32 bits: programs without large files see them too. */
#define DIRECTORY	0x80000000

u32 qmsgfs_dir_ino(const char *path, size_t len)
{
	return full_name_hash(NULL, path, len) | DIRECTORY;
}

u32 qmsgfs_node_ino(const struct qmsgfs_node *node)
{
	/* 0 is none. */
	return (node->serial & ~DIRECTORY) ?: DIRECTORY - 1;
}

static u32 ino_of(const struct entry *e)
{
	return e->node ? qmsgfs_node_ino(e->node) : qmsgfs_dir_ino(e->path, e->len);
}

static int is_same(struct inode *inode, void *arg)
{
	const struct entry *a = entry_of(inode), *b = arg;

	return a && a->node == b->node && a->len == b->len && !memcmp(a->path, b->path, a->len);
}

static int begin(struct inode *inode, void *arg)
{
	inode->i_private = arg;
	inode->i_ino = ino_of(arg);
	return 0;
}

static void set_up(struct inode *inode, const struct qmsgfs_node *node)
{
	inode->i_flags |= S_NOATIME | S_NOCMTIME;
	qmsg_inode_init_ts(inode);
	if (!node) {
		inode->i_mode = S_IFDIR | 0555;
		qmsgfs_dir_set_up(inode);
		return;
	}
	inode->i_mode = node->mode;
	inode->i_uid = node->uid;
	inode->i_gid = node->gid;
	inode->i_rdev = qmsgfs_devt(node->id);
	inode->i_fop = &qmsgfs_file_fops;
}

/*
 * The inode of @node, or of the directory @path above nodes, or NULL if there is no memory.
 * Takes the reference to @node.
 */
struct inode *qmsgfs_inode_get(struct super_block *sb, struct qmsgfs_node *node, const char *path,
			       size_t len)
{
	struct entry *e = entry_alloc(node, path, len);
	struct inode *inode;

	if (!e)
		return NULL;
	inode = iget5_locked(sb, ino_of(e), is_same, begin, e);
	if (!inode || !(inode->i_state & I_NEW)) {
		entry_free(e);
		return inode;
	}
	set_up(inode, node);
	unlock_new_inode(inode);
	return inode;
}

const char *qmsgfs_path_of(const struct inode *inode)
{
	return entry_of(inode)->path;
}

static bool is_device_file(const struct inode *inode)
{
	return inode->i_sb->s_magic != QMSGFS_MAGIC;
}

/* The registry may have another under the path by now. */
bool qmsgfs_inode_is_there(const struct inode *inode)
{
	const struct entry *e = entry_of(inode);
	struct qmsgfs_node *node;
	bool below;

	if (e->node)
		return !READ_ONCE(e->node->gone);
	node = qmsgfs_node_at(inode->i_sb->s_fs_info, e->path, e->len, &below);
	if (node)
		qmsgfs_node_put(node);
	return below;
}

/* A device file that has been taken away means none, though its number be another's by now. */
static struct qmsgfs_node *node_of_device(const struct inode *inode)
{
	struct qmsgfs_node *node = qmsgfs_node_find(qmsgfs_id_of(inode));

	/* In this order: the file goes before its number is given away. */
	if (!node || READ_ONCE(inode->i_nlink))
		return node;
	qmsgfs_node_put(node);
	return NULL;
}

/* With a reference, or NULL. */
struct qmsgfs_node *qmsgfs_node_of(const struct inode *inode)
{
	struct qmsgfs_node *node;

	if (is_device_file(inode))
		return node_of_device(inode);
	node = entry_of(inode)->node;
	if (READ_ONCE(node->gone))
		return NULL;
	kref_get(&node->ref);
	return node;
}
