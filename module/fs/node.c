// SPDX-License-Identifier: GPL-2.0-only
/* Nodes: the registry. */

#include <linux/capability.h>
#include <linux/ctype.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/stat.h>
#include <linux/xarray.h>

#include "qmsgfs.h"

static DEFINE_XARRAY_ALLOC1(ids);	/* id -> node; under the lock, but for the id itself */
static u32 next_id;
static LIST_HEAD(all);
static DEFINE_SPINLOCK(lock);

/* One manager at a time makes or takes away a node: device files are made without the lock. */
static DEFINE_MUTEX(changing);

static void node_free(struct kref *ref)
{
	struct qmsgfs_node *node = container_of(ref, struct qmsgfs_node, ref);

	qmsg_channel_let_go(node->channel);
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
	return !(mode & ~(S_IFMT | 0777)) && (S_ISCHR(mode) || S_ISREG(mode));
}

static struct qmsgfs_node *node_alloc(const struct qmsgfs_attach *args, const char *path)
{
	struct qmsgfs_node *node = kzalloc(struct_size(node, path, args->path_len + 1),
					   GFP_KERNEL_ACCOUNT);

	if (!node)
		return NULL;
	kref_init(&node->ref);
	node->handle = args->handle;
	node->mode = args->mode;
	node->ns = qmsgfs_current_ns();
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
	/* In a circle: an old device file that is still open must not mean a new node soon. */
	int err = xa_alloc_cyclic(&ids, &node->id, node, XA_LIMIT(1, QMSGFS_NODES_MAX - 1),
				  &next_id, GFP_KERNEL_ACCOUNT);

	return err < 0 ? (err == -EBUSY ? -ENOSPC : err) : 0;
}

/* Under the lock: who looks for it there has it to the end of his look. */
static void forget_id(const struct qmsgfs_node *node)
{
	spin_lock(&lock);
	xa_erase(&ids, node->id);
	spin_unlock(&lock);
}

static void publish(struct qmsgfs_node *node, struct list_head *control)
{
	spin_lock(&lock);
	list_add_tail(&node->all, &all);
	list_add_tail(&node->of_control, control);
	spin_unlock(&lock);
}

static bool is_taken(const struct qmsgfs_node *node)
{
	bool taken;

	spin_lock(&lock);
	taken = is_taken_locked(node);
	spin_unlock(&lock);
	return taken;
}

/* The caller has made it impossible to find, and has its reference. */
static void node_end(struct qmsgfs_node *node)
{
	qmsgfs_device_end(node);
	forget_id(node);
	qmsgfs_node_put(node);
}

static void take_locked(struct qmsgfs_node *node)
{
	WRITE_ONCE(node->gone, true);
	list_del(&node->all);
	list_del(&node->of_control);
}

static bool is_of_channel(const struct qmsgfs_node *node, const void *ch)
{
	return node->channel == ch;
}

static bool has_id(const struct qmsgfs_node *node, const void *id)
{
	return node->id == *(const u32 *)id;
}

static bool is_any(const struct qmsgfs_node *node, const void *unused)
{
	return true;
}

/* One of @control's, or, if that is NULL, of all. */
static struct qmsgfs_node *take(struct list_head *control,
				bool (*fn)(const struct qmsgfs_node *node, const void *arg),
				const void *arg)
{
	struct qmsgfs_node *node, *found = NULL;

	spin_lock(&lock);
	if (control) {
		list_for_each_entry(node, control, of_control)
			if (fn(node, arg)) {
				found = node;
				break;
			}
	} else {
		list_for_each_entry(node, &all, all)
			if (fn(node, arg)) {
				found = node;
				break;
			}
	}
	if (found)
		take_locked(found);
	spin_unlock(&lock);
	return found;
}

static int make_locked(struct qmsgfs_node *node, struct list_head *control)
{
	int err;

	if (is_taken(node))
		return -EEXIST;
	err = take_id(node);
	if (err)
		return err;
	err = qmsgfs_device_make(node);
	if (err) {
		forget_id(node);
		return err;
	}
	publish(node, control);
	return 0;
}

/* A channel that ends before it is published is not told to the watcher: so look after it. */
static int make(struct qmsgfs_node *node, struct list_head *control)
{
	int err;

	mutex_lock(&changing);
	err = make_locked(node, control);
	mutex_unlock(&changing);
	if (err || !qmsg_channel_is_dead(node->channel))
		return err;
	qmsgfs_node_detach(control, node->id);
	return -ESRCH;
}

int qmsgfs_node_attach(struct list_head *control, struct qmsgfs_attach *args, const char *path)
{
	struct qmsgfs_node *node;
	int err;

	if (!is_good(path, args->path_len) || !is_good_mode(args->mode))
		return -EINVAL;
	/* A manager can keep whoever opens its files waiting: in poll() under epoll's mutex, too. */
	if (current_user_ns() != &init_user_ns || !capable(CAP_MKNOD) || !capable(CAP_SYS_ADMIN))
		return -EPERM;
	node = node_alloc(args, path);
	if (!node)
		return -ENOMEM;
	node->channel = qmsg_own_channel(args->chid);
	if (IS_ERR(node->channel)) {
		err = PTR_ERR(node->channel);
		kfree(node);
		return err;
	}
	kref_get(&node->ref);
	err = make(node, control);
	args->out_id = node->id;
	args->out_dev = new_encode_dev(qmsgfs_devt(node->id));
	if (err && !node->gone)
		qmsgfs_node_put(node);
	qmsgfs_node_put(node);
	return err;
}

/* The name is free for the next when its device file has gone, not before. */
static bool end_one(struct list_head *control,
		    bool (*fn)(const struct qmsgfs_node *node, const void *arg), const void *arg)
{
	struct qmsgfs_node *node;

	mutex_lock(&changing);
	node = take(control, fn, arg);
	if (node)
		node_end(node);
	mutex_unlock(&changing);
	return node;
}

int qmsgfs_node_detach(struct list_head *control, u32 id)
{
	return end_one(control, has_id, &id) ? 0 : -ENOENT;
}

void qmsgfs_nodes_end(struct list_head *control)
{
	while (end_one(control, is_any, NULL))
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
struct qmsgfs_node *qmsgfs_node_at(unsigned int ns, const char *path, size_t len, bool *below)
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

/* The next name below @path after @last, in order. */
static bool next_name_locked(unsigned int ns, const char *path, size_t len, char *last,
			     unsigned int *type)
{
	const struct qmsgfs_node *node;
	char name[NAME_MAX + 1], best[NAME_MAX + 1] = "";

	list_for_each_entry(node, &all, all) {
		size_t n;

		if (node->ns != ns || node->path_len == len || !is_at_or_above(node, path, len))
			continue;
		n = strcspn(node->path + len + 1, "/");
		memcpy(name, node->path + len + 1, n);
		name[n] = 0;
		if (strcmp(name, last) <= 0 || (best[0] && strcmp(name, best) >= 0))
			continue;
		strscpy(best, name, sizeof(best));
		*type = node->path[len + 1 + n] ? DT_DIR : S_DT(node->mode);
	}
	strscpy(last, best, NAME_MAX + 1);
	return last[0];
}

/* The names below @path from the (pos - 2)th on. */
bool qmsgfs_emit_below(unsigned int ns, const char *path, size_t len, struct dir_context *ctx)
{
	char last[NAME_MAX + 1] = "";
	unsigned int type;
	loff_t pos;
	bool more;

	for (pos = 2;; pos++) {
		spin_lock(&lock);
		more = next_name_locked(ns, path, len, last, &type);
		spin_unlock(&lock);
		if (!more)
			return true;
		if (pos < ctx->pos)
			continue;
		if (!dir_emit(ctx, last, strlen(last), pos, type))
			return false;
		ctx->pos = pos + 1;
	}
}

static int channel_ended(struct notifier_block *nb, unsigned long unused, void *ch)
{
	while (end_one(NULL, is_of_channel, ch))
		;
	qmsgfs_poll_hang_up(ch);
	return NOTIFY_OK;
}

static struct notifier_block watcher = { .notifier_call = channel_ended };

int qmsgfs_nodes_init(void)
{
	return qmsg_watch_channels(&watcher);
}

void qmsgfs_nodes_exit(void)
{
	qmsg_unwatch_channels(&watcher);
	xa_destroy(&ids);
}
