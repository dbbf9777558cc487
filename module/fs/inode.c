// SPDX-License-Identifier: GPL-2.0-only
/*
 * Inodes of a mount: one for each node, for each directory above nodes, and for each file of a
 * tree, for as long as anybody has it. So its number stays, and the locks of all who have opened
 * it meet. The file of a tree is the path, as long as somebody has it open; its manager knows
 * nothing of inodes.
 */

#include <linux/fs.h>
#include <linux/slab.h>
#include <linux/stringhash.h>

#include "compat.h"
#include "qmsgfs.h"

/* What an inode stands for. */
struct entry {
	struct qmsgfs_node *node;	/* with a reference; NULL: a directory above nodes */
	umode_t create_mode;		/* what it was made with last; without a lock */
	bool nameless;			/* the path is another's, or nobody's; without a lock */
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
#define BY_PATH	0x80000000

u32 qmsgfs_path_ino(const char *path, size_t len)
{
	return full_name_hash(NULL, path, len) | BY_PATH;
}

u32 qmsgfs_node_ino(const struct qmsgfs_node *node)
{
	/* 0 is none. */
	return (node->serial & ~BY_PATH) ?: BY_PATH - 1;
}

static bool is_node(const struct entry *e)
{
	return e->node && e->len == e->node->path_len;
}

static u32 ino_of(const struct entry *e)
{
	return is_node(e) ? qmsgfs_node_ino(e->node) : qmsgfs_path_ino(e->path, e->len);
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

static const struct inode_operations file_ops = {
	.getattr	= qmsgfs_getattr,
	.setattr	= qmsgfs_setattr,
	.permission	= qmsgfs_permission,
};

static void set_up_node(struct inode *inode, const struct qmsgfs_node *node)
{
	inode->i_uid = node->uid;
	inode->i_gid = node->gid;
	if (S_ISDIR(inode->i_mode)) {
		inode->i_op = &qmsgfs_tree_ops;
		inode->i_fop = &qmsgfs_list_fops;
		set_nlink(inode, 2);
		return;
	}
	inode->i_rdev = qmsgfs_devt(node->id);
	inode->i_op = &file_ops;
	inode->i_fop = &qmsgfs_file_fops;
}

static void set_up(struct inode *inode, umode_t mode)
{
	const struct qmsgfs_node *node = entry_of(inode)->node;

	inode->i_mode = mode;
	inode->i_flags |= S_NOATIME | S_NOCMTIME;
	qmsg_inode_init_ts(inode);
	if (node)
		set_up_node(inode, node);
	else
		qmsgfs_dir_set_up(inode);
}

/* The one there is, or a new one. Takes @e. */
static struct inode *get(struct super_block *sb, struct entry *e, umode_t mode)
{
	struct inode *inode = iget5_locked(sb, ino_of(e), is_same, begin, e);

	if (!inode || !(inode->i_state & I_NEW)) {
		entry_free(e);
		return inode;
	}
	set_up(inode, mode);
	unlock_new_inode(inode);
	return inode;
}

/*
 * The inode of @node, or of the directory @path above nodes, or NULL if there is no memory.
 * Takes the reference to @node.
 */
struct inode *qmsgfs_inode_get(struct super_block *sb, struct qmsgfs_node *node, const char *path,
			       size_t len)
{
	struct entry *e = entry_alloc(node, path, len);

	return e ? get(sb, e, node ? node->mode : S_IFDIR | 0555) : NULL;
}

/* A directory has one name, so its inode is of one name as well. Takes @e. */
static struct inode *new_dir(struct super_block *sb, struct entry *e, umode_t mode)
{
	struct inode *inode = new_inode(sb);

	if (!inode) {
		entry_free(e);
		return NULL;
	}
	begin(inode, e);
	set_up(inode, mode);
	return inode;
}

static struct entry *entry_in(const struct inode *dir, const struct qstr *name)
{
	struct qmsgfs_node *node = entry_of(dir)->node;
	char *path = qmsgfs_path_in(dir, name);
	struct entry *e = NULL;

	if (path) {
		kref_get(&node->ref);
		e = entry_alloc(node, path, strlen(path));
	}
	kfree(path);
	return e;
}

/* Of @name in @dir, which is in a tree; NULL if there is no memory. */
struct inode *qmsgfs_tree_inode(struct inode *dir, const struct qstr *name, umode_t mode)
{
	struct entry *e = entry_in(dir, name);

	if (!e)
		return NULL;
	if (S_ISDIR(mode))
		return new_dir(dir->i_sb, e, S_IFDIR | (mode & 0777));
	return get(dir->i_sb, e, (S_ISREG(mode) ? S_IFREG : S_IFCHR) | (mode & 0777));
}

/* The path of @name in @dir, to be freed. */
char *qmsgfs_path_in(const struct inode *dir, const struct qstr *name)
{
	return kasprintf(GFP_KERNEL_ACCOUNT, "%s/%.*s", qmsgfs_path_of(dir), (int)name->len,
			 name->name);
}

/*
 * The name has been taken from it: who has it open goes on, through his connection. Who has the
 * name next is another.
 */
void qmsgfs_lose_name(struct inode *inode)
{
	WRITE_ONCE(entry_of(inode)->nameless, true);
	remove_inode_hash(inode);
}

void qmsgfs_set_create_mode(struct inode *inode, umode_t mode)
{
	WRITE_ONCE(entry_of(inode)->create_mode, mode);
}

umode_t qmsgfs_create_mode(const struct inode *inode)
{
	return READ_ONCE(entry_of(inode)->create_mode);
}

/* What of @path, which is @node's or below it, follows the node's. */
const char *qmsgfs_below(const struct qmsgfs_node *node, const char *path)
{
	path += node->path_len;
	return *path ? path + 1 : path;
}

const char *qmsgfs_path_of(const struct inode *inode)
{
	return entry_of(inode)->path;
}

static bool is_device_file(const struct inode *inode)
{
	return inode->i_sb->s_magic != QMSGFS_MAGIC;
}

const char *qmsgfs_path_below(const struct qmsgfs_node *node, const struct inode *inode)
{
	return is_device_file(inode) ? "" : qmsgfs_below(node, qmsgfs_path_of(inode));
}

/* The names in @dir are its manager's. */
bool qmsgfs_is_in_tree(const struct inode *dir)
{
	return entry_of(dir)->node;
}

/* Their manager has the names in both, and can move one from here to there. */
bool qmsgfs_are_in_one_tree(const struct inode *a, const struct inode *b)
{
	return entry_of(a)->node && entry_of(a)->node == entry_of(b)->node;
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

/* Who has come here by the name has to look again: as on NFS. */
bool qmsgfs_is_nameless(const struct inode *inode)
{
	return !is_device_file(inode) && READ_ONCE(entry_of(inode)->nameless);
}

/* With a reference, or NULL: then there is nothing to ask about its path. */
struct qmsgfs_node *qmsgfs_node_of(const struct inode *inode)
{
	struct qmsgfs_node *node;

	if (is_device_file(inode))
		return node_of_device(inode);
	node = entry_of(inode)->node;
	if (!node || READ_ONCE(node->gone) || qmsgfs_is_nameless(inode))
		return NULL;
	kref_get(&node->ref);
	return node;
}
