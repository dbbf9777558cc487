// SPDX-License-Identifier: GPL-2.0-only
/* Nodes: the registry. */

#include <linux/capability.h>
#include <linux/ctype.h>
#include <linux/kdev_t.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/stat.h>
#include <linux/xarray.h>

#include "qmsgfs.h"

static DEFINE_XARRAY_ALLOC1(ids);	/* id -> node; under the lock, but for the id itself */
static u32 next_id, next_serial;	/* under @changing */
static LIST_HEAD(all);
static DEFINE_SPINLOCK(lock);

/* One manager at a time makes or takes away a node: device files are made without the lock. */
static DEFINE_MUTEX(changing);

static void node_free(struct kref *ref)
{
	struct qmsgfs_node *node = container_of(ref, struct qmsgfs_node, ref);

	qmsg_channel_let_go(node->channel);
	qmsgfs_ns_put(node->ns);
	kfree(node);
}

void qmsgfs_node_put(struct qmsgfs_node *node)
{
	kref_put(&node->ref, node_free);
}

static bool is_dots(const char *name, size_t len)
{
	return (len == 1 && name[0] == '.') || (len == 2 && name[0] == '.' && name[1] == '.');
}

/* Names of devices stand in files that are read line by line. */
static bool is_plain(const char *path)
{
	for (; *path; path++)
		if (iscntrl(*path) || *path == '\\')
			return false;
	return true;
}

/* From the root, each component a name. */
static bool is_good(const char *path, size_t len)
{
	size_t i, start = 1;

	if (path[0] != '/' || strlen(path) != len || !is_plain(path))
		return false;
	for (i = 1; i <= len; i++) {
		if (path[i] != '/' && path[i])
			continue;
		if (i == start || i - start > NAME_MAX || is_dots(path + start, i - start))
			return false;
		start = i + 1;
	}
	return true;
}

static bool is_good_mode(u32 mode)
{
	return !(mode & ~(S_IFMT | 0777)) && (S_ISCHR(mode) || S_ISREG(mode) || S_ISDIR(mode));
}

static struct qmsgfs_node *node_alloc(const struct qmsgfs_attach *args, const char *path,
				      struct qmsg_channel *ch)
{
	struct qmsgfs_node *node = kzalloc(struct_size(node, path, args->path_len + 1),
					   GFP_KERNEL_ACCOUNT);

	if (!node)
		return NULL;
	kref_init(&node->ref);
	node->channel = ch;
	node->handle = args->handle;
	node->mode = args->mode;
	node->ns = qmsgfs_ns_get();
	node->uid = current_euid();
	node->gid = current_egid();
	node->trusted = capable(CAP_MKNOD) && capable(CAP_SYS_ADMIN);
	node->path_len = args->path_len;
	memcpy(node->path, path, args->path_len + 1);
	return node;
}

/* @path is, or is above, a node's: 0, or what follows there. */
static bool is_at_or_above(const struct qmsgfs_node *node, const char *path, size_t len)
{
	return node->path_len >= len && !memcmp(node->path, path, len) &&
	       (node->path_len == len || node->path[len] == '/');
}

/* Neither may be below the other: what is a file is no directory. */
static bool is_taken_locked(const struct qmsgfs_node *node)
{
	struct qmsgfs_node *n;

	list_for_each_entry(n, &all, all)
		if (n->ns == node->ns && (is_at_or_above(n, node->path, node->path_len) ||
					  is_at_or_above(node, n->path, n->path_len)))
			return true;
	return false;
}

static int take_id(struct qmsgfs_node *node)
{
	/* In a circle: a number that somebody has noted is not another's soon. */
	int err = xa_alloc_cyclic(&ids, &node->id, node, XA_LIMIT(1, QMSGFS_NODES_MAX - 1),
				  &next_id, GFP_KERNEL_ACCOUNT);

	node->serial = ++next_serial;
	return err < 0 ? (err == -EBUSY ? -ENOSPC : err) : 0;
}

/* Under the lock: who looks for it there has it to the end of his look. */
static void forget_id(const struct qmsgfs_node *node)
{
	spin_lock(&lock);
	xa_erase(&ids, node->id);
	spin_unlock(&lock);
}

/* With a reference of the registry's. */
static int publish(struct qmsgfs_node *node, struct qmsgfs_owner *owner)
{
	int err = 0;

	spin_lock(&lock);
	if (owner->ended) {
		err = -EBADF;
	} else {
		kref_get(&node->ref);
		node->owner = owner;
		list_add_tail(&node->all, &all);
		list_add_tail(&node->of_owner, &owner->nodes);
	}
	spin_unlock(&lock);
	return err;
}

/* Names have a quota of their own. */
static int charge(const struct qmsgfs_owner *owner)
{
	return owner->user ? qmsg_node_charge(owner->user) : 0;
}

static void uncharge(const struct qmsgfs_owner *owner)
{
	if (owner->user)
		qmsg_node_uncharge(owner->user);
}

static bool is_taken(const struct qmsgfs_node *node)
{
	bool taken;

	spin_lock(&lock);
	taken = is_taken_locked(node);
	spin_unlock(&lock);
	return taken;
}

/* The caller has made it impossible to find, and has its reference. Its owner waits for this. */
static void node_end(struct qmsgfs_node *node)
{
	qmsgfs_device_end(node);
	forget_id(node);
	uncharge(node->owner);
	qmsgfs_node_put(node);
}

static void take_locked(struct qmsgfs_node *node)
{
	WRITE_ONCE(node->gone, true);
	list_del(&node->all);
	list_del(&node->of_owner);
}

static bool is_of_channel(const struct qmsgfs_node *node, const void *ch)
{
	return node->channel == ch;
}

static bool is_it(const struct qmsgfs_node *node, const void *it)
{
	return node == it;
}

static bool has_id(const struct qmsgfs_node *node, const void *id)
{
	return node->id == *(const u32 *)id;
}

static bool is_any(const struct qmsgfs_node *node, const void *unused)
{
	return true;
}

/* One of @owner's, or, if that is NULL, of all. */
static struct qmsgfs_node *take(struct qmsgfs_owner *owner,
				bool (*fn)(const struct qmsgfs_node *node, const void *arg),
				const void *arg)
{
	struct qmsgfs_node *node, *found = NULL;

	spin_lock(&lock);
	list_for_each_entry(node, &all, all)
		if ((!owner || node->owner == owner) && fn(node, arg)) {
			found = node;
			break;
		}
	if (found)
		take_locked(found);
	spin_unlock(&lock);
	return found;
}

/* The name is free for the next when its device file has gone, not before. */
static bool end_one(struct qmsgfs_owner *owner,
		    bool (*fn)(const struct qmsgfs_node *node, const void *arg), const void *arg)
{
	struct qmsgfs_node *node;

	mutex_lock(&changing);
	node = take(owner, fn, arg);
	if (node)
		node_end(node);
	mutex_unlock(&changing);
	return node;
}

/* Its number, its device file, its place in the registry: all or none. */
static int enter(struct qmsgfs_node *node, struct qmsgfs_owner *owner)
{
	int err = take_id(node);

	if (err)
		return err;
	err = qmsgfs_device_make(node);
	if (!err) {
		err = publish(node, owner);
		if (err)
			qmsgfs_device_end(node);
	}
	if (err)
		forget_id(node);
	return err;
}

static int make_locked(struct qmsgfs_node *node, struct qmsgfs_owner *owner)
{
	int err;

	if (is_taken(node))
		return -EEXIST;
	err = charge(owner);
	if (err)
		return err;
	err = enter(node, owner);
	if (err)
		uncharge(owner);
	return err;
}

/* A channel that ends before it is published is not told to the watcher: so look after it. */
static int make(struct qmsgfs_node *node, struct qmsgfs_owner *owner)
{
	int err = is_taken(node) ? -EEXIST : qmsgfs_device_check(node);

	if (err)
		return err;
	/* Again: somebody else may have been faster. */
	mutex_lock(&changing);
	err = make_locked(node, owner);
	mutex_unlock(&changing);
	if (err || !qmsg_channel_is_dead(node->channel))
		return err;
	end_one(owner, is_it, node);
	return -ESRCH;
}

/* A manager can hold up whoever opens its files, and not always only him: resmgr.rst, IMA. */
static bool may_manage(void)
{
	return current_user_ns() == &init_user_ns && capable(CAP_MKNOD) && capable(CAP_SYS_ADMIN);
}

/* To @ch, the reference to which is taken in any case. */
int qmsgfs_node_make(struct qmsgfs_owner *owner, struct qmsg_channel *ch,
		     struct qmsgfs_attach *args, const char *path)
{
	struct qmsgfs_node *node;
	int err = -EINVAL;

	if (!is_good(path, args->path_len) || !is_good_mode(args->mode))
		goto err;
	err = -EPERM;
	if (!may_manage())
		goto err;
	err = -ENOMEM;
	node = node_alloc(args, path, ch);
	if (!node)
		goto err;
	node->is_name = !owner->user;
	err = make(node, owner);
	args->out_id = node->id;
	args->out_dev = new_encode_dev(qmsgfs_devt(node->id));
	qmsgfs_node_put(node);
	return err;
err:
	qmsg_channel_let_go(ch);
	return err;
}

int qmsgfs_node_detach(struct qmsgfs_owner *owner, u32 id)
{
	return end_one(owner, has_id, &id) ? 0 : -ENOENT;
}

/* None of its nodes are left, and none come. */
void qmsgfs_owner_end(struct qmsgfs_owner *owner)
{
	spin_lock(&lock);
	owner->ended = true;
	spin_unlock(&lock);
	while (end_one(owner, is_any, NULL))
		;
}

/* With a reference, or NULL. */
struct qmsgfs_node *qmsgfs_node_find(u32 id)
{
	struct qmsgfs_node *node;

	spin_lock(&lock);
	node = xa_load(&ids, id);
	if (node && !node->gone)
		kref_get(&node->ref);
	else
		node = NULL;
	spin_unlock(&lock);
	return node;
}

/* The node that @path is, with a reference, or NULL; and then whether there are any below. */
struct qmsgfs_node *qmsgfs_node_at(const struct ipc_namespace *ns, const char *path, size_t len,
				   bool *below)
{
	struct qmsgfs_node *node, *found = NULL;

	*below = false;
	spin_lock(&lock);
	list_for_each_entry(node, &all, all) {
		if (node->ns != ns || !is_at_or_above(node, path, len))
			continue;
		if (node->path_len == len) {
			kref_get(&node->ref);
			found = node;
		} else {
			*below = true;
		}
		break;
	}
	spin_unlock(&lock);
	return found;
}

struct name {
	char text[NAME_MAX + 1];
	unsigned int type;
	u32 ino;
};

/* The first component of @node's path below one of @len bytes. */
static void name_of(struct name *name, const struct qmsgfs_node *node, size_t len)
{
	size_t n = strcspn(node->path + len + 1, "/"), end = len + 1 + n;

	memcpy(name->text, node->path + len + 1, n);
	name->text[n] = 0;
	name->type = node->path[end] ? DT_DIR : S_DT(node->mode);
	name->ino = node->path[end] ? qmsgfs_path_ino(node->path, end) : qmsgfs_node_ino(node);
}

/* The next name below @path after @last, in order. */
static bool next_name_locked(const struct ipc_namespace *ns, const char *path, size_t len,
			     struct name *last)
{
	const struct qmsgfs_node *node;
	struct name name, best = {};

	list_for_each_entry(node, &all, all) {
		if (node->ns != ns || node->path_len == len || !is_at_or_above(node, path, len))
			continue;
		name_of(&name, node, len);
		if (strcmp(name.text, last->text) > 0 &&
		    (!best.text[0] || strcmp(name.text, best.text) < 0))
			best = name;
	}
	*last = best;
	return last->text[0];
}

/* The names below @path from the (pos - 2)th on. */
bool qmsgfs_emit_below(const struct ipc_namespace *ns, const char *path, size_t len,
		       struct dir_context *ctx)
{
	struct name last = {};
	loff_t pos;
	bool more;

	for (pos = 2;; pos++) {
		spin_lock(&lock);
		more = next_name_locked(ns, path, len, &last);
		spin_unlock(&lock);
		cond_resched();
		if (!more)
			return true;
		if (pos < ctx->pos)
			continue;
		if (!dir_emit(ctx, last.text, strlen(last.text), last.ino, last.type))
			return false;
		ctx->pos = pos + 1;
	}
}

void qmsgfs_nodes_end_of(const struct qmsg_channel *ch)
{
	while (end_one(NULL, is_of_channel, ch))
		;
}

struct place {
	const struct qmsg_channel *channel;
	const char *path;
};

static bool is_at(const struct qmsgfs_node *node, const void *arg)
{
	const struct place *place = arg;

	return node->channel == place->channel && !strcmp(node->path, place->path);
}

void qmsgfs_node_end_at(struct qmsgfs_owner *owner, const struct qmsg_channel *ch,
			const char *path)
{
	const struct place place = { .channel = ch, .path = path };

	end_one(owner, is_at, &place);
}

void qmsgfs_nodes_exit(void)
{
	xa_destroy(&ids);
}
