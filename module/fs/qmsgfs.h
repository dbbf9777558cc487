/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * qmsgfs: files whose operations are messages.
 *
 * DOC: A *node* (node.c) is a path and a channel. A manager makes it through /dev/qmsgfs
 * (control.c). It can be opened as a device file, which the module makes in devtmpfs
 * (device.c), and below each mount of the file system (super.c, dir.c, inode.c), where its
 * manager may have a whole tree (tree.c, names.c, list.c, attr.c). Either way what is opened is a file
 * (file.c) with a connection of its own to the channel (kclient.h), and its operations become
 * messages (rw.c, devctl.c).
 *
 * No lock of this module is held while a manager is waited for, and none of the VFS's but those of
 * rename(2) (names.c): files have no lock for their position, since the manager has the position.
 */
#ifndef QMSGFS_H
#define QMSGFS_H

#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/qmsgfs.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "compat.h"
#include "kclient.h"

#define QMSGFS_MAGIC	0x514d5347
#define QMSGFS_NODES_MAX	4096

/* Where names of channels are: those that begin with "name/". */
#define QMSGFS_NAMES_IN	"/dev/"

struct device;
struct dir_context;
struct inode;
struct ipc_namespace;
struct qmsg_user;
struct super_block;

/* Who makes nodes: a descriptor of /dev/qmsgfs. */
struct qmsgfs_owner {
	struct qmsg_user *user;		/* pays for them; with a reference; NULL: of names */
	struct list_head nodes;		/* under the registry's lock */
	bool ended;			/* makes none any more; under that lock */
};

struct qmsgfs_node {
	struct kref ref;

	/* Set at creation. */
	u32 id;				/* its minor number */
	u32 serial;			/* of all there have been */
	u32 handle;
	umode_t mode;
	struct ipc_namespace *ns;	/* with a reference */
	kuid_t uid;
	kgid_t gid;
	bool trusted;			/* everybody may open it */
	bool is_name;			/* what is there is no file, but a name of the channel */
	struct qmsg_channel *channel;	/* with a reference */
	struct device *device;		/* the device file, or NULL */
	size_t path_len;

	/* Under the registry's lock. */
	bool gone;			/* also read without it, as a hint */
	struct qmsgfs_owner *owner;	/* until it ends */
	struct list_head all;
	struct list_head of_owner;

	char path[];			/* set at creation; with a zero */
};

/* What is known of a file's conditions, QMSGFS_COND_*: see poll.c. */
struct qmsgfs_conditions {
	spinlock_t lock;
	/* Under @lock. */
	u32 wanted;			/* anybody ever has; also read without it */
	u32 known;
	u32 hold;			/* of @known */
	__poll_t error;			/* that there was instead of an answer */
	bool given;			/* to a poller … */
	unsigned long since;		/* … in jiffies, the first time */
	bool asking;			/* a question is on its way … */
	u32 asked;			/* … for these */
	u32 stale;			/* … and its answer says nothing of these */
	bool repeated;			/* … and is not put again for their sake */
	bool mute;			/* the manager knows none */
	bool dead;			/* the manager has gone */
};

/* A connection to a node's channel. */
struct qmsgfs_link {
	struct qmsg_kclient client;	/* first: see there */
	const struct super_block *sb;	/* set at creation; not looked at */
	bool is_name;			/* its server knows _IO_CONNECT, and no more (S10.31) */
	struct list_head node;		/* under link.c's lock */
};

struct qmsgfs_file {
	struct qmsgfs_link link;	/* first: see qmsgfs_client() */
	struct hlist_node node;		/* under poll.c's lock */
	wait_queue_head_t pollers;
	struct qmsgfs_conditions conditions;
	struct qmsg_kask ask;		/* for them */
};

/* node.c */
int qmsgfs_node_make(struct qmsgfs_owner *owner, struct qmsg_channel *ch,
		     struct qmsgfs_attach *args, const char *path);
int qmsgfs_node_detach(struct qmsgfs_owner *owner, u32 id);
void qmsgfs_node_end_at(struct qmsgfs_owner *owner, const struct qmsg_channel *ch,
			const char *path);
void qmsgfs_nodes_end_of(const struct qmsg_channel *ch);
void qmsgfs_owner_end(struct qmsgfs_owner *owner);
struct qmsgfs_node *qmsgfs_node_find(u32 id);
struct qmsgfs_node *qmsgfs_node_at(const struct ipc_namespace *ns, const char *path, size_t len,
				   bool *below);
bool qmsgfs_emit_below(const struct ipc_namespace *ns, const char *path, size_t len,
		       struct dir_context *ctx);
void qmsgfs_node_put(struct qmsgfs_node *node);
void qmsgfs_nodes_exit(void);

/* watch.c */
int qmsgfs_watch_init(void);
void qmsgfs_watch_exit(void);

/* ns.c */
struct ipc_namespace *qmsgfs_ns_get(void);
void qmsgfs_ns_put(struct ipc_namespace *ns);
bool qmsgfs_ns_is_first(const struct ipc_namespace *ns);

/* inode.c */
struct inode *qmsgfs_inode_get(struct super_block *sb, struct qmsgfs_node *node, const char *path,
			       size_t len);
struct inode *qmsgfs_tree_inode(struct inode *dir, const struct qstr *name, umode_t mode);
void qmsgfs_inode_destroy(struct inode *inode);
bool qmsgfs_inode_is_there(const struct inode *inode);
bool qmsgfs_is_in_tree(const struct inode *dir);
bool qmsgfs_are_in_one_tree(const struct inode *a, const struct inode *b);
const char *qmsgfs_path_of(const struct inode *inode);
char *qmsgfs_path_in(const struct inode *dir, const struct qstr *name);
const char *qmsgfs_below(const struct qmsgfs_node *node, const char *path);
const char *qmsgfs_path_below(const struct qmsgfs_node *node, const struct inode *inode);
void qmsgfs_lose_name(struct inode *inode);
bool qmsgfs_is_nameless(const struct inode *inode);
void qmsgfs_set_create_mode(struct inode *inode, umode_t mode);
umode_t qmsgfs_create_mode(const struct inode *inode);
u32 qmsgfs_path_ino(const char *path, size_t len);
u32 qmsgfs_node_ino(const struct qmsgfs_node *node);
struct qmsgfs_node *qmsgfs_node_of(const struct inode *inode);

/* link.c */
int qmsgfs_link_open(struct qmsgfs_link *link, const struct super_block *sb,
		     const struct qmsgfs_node *node, struct file *of);
void qmsgfs_link_close(struct qmsgfs_link *link);
void qmsgfs_links_abort(const struct super_block *sb);

/* ask.c */
struct qmsgfs_question {
	const void *msg;
	size_t len;
	u32 ioflag;			/* what it is opened for */
	void *reply;
	size_t reply_len;		/* no shorter answer will do */
};

/* Of the name @below. */
struct qmsgfs_change {
	u16 subtype;			/* QMSGFS_CONNECT_UNLINK, … */
	umode_t mode;			/* what it is, or is to be */
	const char *below;
	const char *old;		/* what it is to be called by another name; or NULL */
};

int qmsgfs_connect(struct qmsgfs_link *link, const struct qmsgfs_node *node,
		   const struct inode *inode, const struct file *file, struct file *of);
long qmsgfs_ask(const struct super_block *sb, const struct qmsgfs_node *node, const char *below,
		const struct qmsgfs_question *q);
int qmsgfs_ask_change(const struct super_block *sb, const struct qmsgfs_node *node,
		      const struct qmsgfs_change *what);
long qmsgfs_ask_stat(const struct super_block *sb, const struct qmsgfs_node *node,
		     const char *below, struct qmsgfs_stat *st);

/* attr.c */
void qmsgfs_attr_note(struct inode *inode, const struct qmsgfs_stat *st);
int qmsgfs_getattr(qmsg_idmap *idmap, const struct path *path, struct kstat *stat,
		   u32 request_mask, unsigned int query_flags);
int qmsgfs_setattr(qmsg_idmap *idmap, struct dentry *dentry, struct iattr *attr);
int qmsgfs_permission(qmsg_idmap *idmap, struct inode *inode, int mask);

/* tree.c, list.c */
extern const struct inode_operations qmsgfs_tree_ops;
extern const struct file_operations qmsgfs_list_fops;
int qmsgfs_manage(const struct path *path, bool rcu);
int qmsgfs_revalidate_in_tree(struct inode *dir, struct dentry *dentry, unsigned int flags);
void qmsgfs_enter(struct dentry *dentry, struct inode *inode);

/* names.c */
bool qmsgfs_unlock(struct inode *dir, struct inode *victim);
void qmsgfs_lock_again(struct inode *dir, struct inode *victim);
int qmsgfs_make(struct inode *dir, struct dentry *dentry, umode_t mode);
int qmsgfs_mkdir(qmsg_idmap *idmap, struct inode *dir, struct dentry *dentry, umode_t mode);
int qmsgfs_mknod(qmsg_idmap *idmap, struct inode *dir, struct dentry *dentry, umode_t mode,
		 dev_t dev);
int qmsgfs_unlink(struct inode *dir, struct dentry *dentry);
int qmsgfs_rmdir(struct inode *dir, struct dentry *dentry);
int qmsgfs_rename(qmsg_idmap *idmap, struct inode *old_dir, struct dentry *old_dentry,
		  struct inode *new_dir, struct dentry *new_dentry, unsigned int flags);

/* device.c */
int qmsgfs_device_check(const struct qmsgfs_node *node);
int qmsgfs_device_make(struct qmsgfs_node *node);
void qmsgfs_device_end(struct qmsgfs_node *node);
dev_t qmsgfs_devt(u32 id);
u32 qmsgfs_id_of(const struct inode *inode);
int qmsgfs_devices_init(void);
void qmsgfs_devices_exit(void);

/* control.c */
int qmsgfs_control_init(void);
void qmsgfs_control_exit(void);

/* super.c, dir.c */
int qmsgfs_super_init(void);
void qmsgfs_super_exit(void);
void qmsgfs_dir_set_up(struct inode *inode);

/* file.c, rw.c, devctl.c */
extern const struct file_operations qmsgfs_file_fops;
ssize_t qmsgfs_read_iter(struct kiocb *iocb, struct iov_iter *to);
ssize_t qmsgfs_write_iter(struct kiocb *iocb, struct iov_iter *from);
loff_t qmsgfs_llseek(struct file *file, loff_t offset, int whence);
int qmsgfs_fsync(struct file *file, loff_t start, loff_t end, int datasync);
long qmsgfs_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

/* poll.c */
struct poll_table_struct;
void qmsgfs_poll_begin(struct qmsgfs_file *f);
void qmsgfs_poll_end(struct qmsgfs_file *f);
int qmsgfs_poll_tell(const struct qmsg_channel *ch, int scoid, u32 flags);
void qmsgfs_poll_changed(struct qmsgfs_file *f, u32 which);
void qmsgfs_poll_hang_up(const struct qmsg_channel *ch);
void qmsgfs_poll_abort(const struct super_block *sb);
__poll_t qmsgfs_poll(struct file *file, struct poll_table_struct *wait);

/* The private data of files and of directories begin with a link. */
static inline struct qmsg_kclient *qmsgfs_client(const struct file *file)
{
	return &((struct qmsgfs_link *)file->private_data)->client;
}

#endif /* QMSGFS_H */
