// SPDX-License-Identifier: GPL-2.0-only
/* Names of channels: the registry. */

#include <linux/hashtable.h>
#include <linux/mutex.h>
#include <linux/pid_namespace.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/stringhash.h>
#include <linux/string_helpers.h>
#include <linux/uaccess.h>

#include "channel.h"
#include "connect.h"
#include "ctx.h"
#include "ioctl.h"
#include "kclient.h"
#include "limits.h"
#include "name.h"

struct name_key {
	struct pid_namespace *ns;
	u32 len;
	char text[QMSG_NAME_MAX];
};

struct qmsg_name {
	/* Set at creation. */
	struct name_key key;			/* with a reference to its namespace */
	struct qmsg_channel *channel;	/* with a reference */

	/* Under names_lock. */
	struct hlist_node node;
	struct list_head of_channel;
};

static DEFINE_HASHTABLE(names, 8);
static DEFINE_SPINLOCK(names_lock);

/* Of a name and what other modules make of it: those hear of both ends in order. */
static DEFINE_MUTEX(changing);

static bool is_dotdot(const char *component, u32 len)
{
	return len == 2 && component[0] == '.' && component[1] == '.';
}

/* S10.29: relative, and nothing that would lead out of the place where names are. */
static bool is_good(const char *text, u32 len)
{
	u32 start = 0, i;

	if (text[0] == '/' || memchr(text, 0, len))
		return false;
	for (i = 0; i <= len; i++) {
		if (i < len && text[i] != '/')
			continue;
		if (is_dotdot(text + start, i - start))
			return false;
		start = i + 1;
	}
	return true;
}

static int key_from_user(struct name_key *key, u64 ptr, u32 len)
{
	if (!len || len > QMSG_NAME_MAX)
		return -EINVAL;
	if (copy_from_user(key->text, u64_to_user_ptr(ptr), len))
		return -EFAULT;
	if (!is_good(key->text, len))
		return -EINVAL;
	key->ns = task_active_pid_ns(current);
	key->len = len;
	return 0;
}

static u32 hash_of(const struct name_key *key)
{
	return full_name_hash(key->ns, key->text, key->len);
}

static struct qmsg_name *find_locked(const struct name_key *key)
{
	struct qmsg_name *name;

	lockdep_assert_held(&names_lock);
	hash_for_each_possible(names, name, node, hash_of(key))
		if (name->key.ns == key->ns && name->key.len == key->len &&
		    !memcmp(name->key.text, key->text, key->len))
			return name;
	return NULL;
}

static struct qmsg_name *name_alloc(struct qmsg_channel *ch, const struct name_key *key)
{
	struct qmsg_user *user = ch->ctx->user;
	struct qmsg_name *name;

	if (qmsg_charge(user, QMSG_QUOTA_NAMES, 1))
		return ERR_PTR(-EAGAIN);
	name = kmalloc(sizeof(*name), GFP_KERNEL_ACCOUNT);
	if (!name) {
		qmsg_uncharge(user, QMSG_QUOTA_NAMES, 1);
		return ERR_PTR(-ENOMEM);
	}
	name->key = *key;
	get_pid_ns(key->ns);
	name->channel = qmsg_channel_get(ch);
	qmsg_count(QMSG_OBJ_NAME, 1);
	return name;
}

static void name_free(struct qmsg_name *name)
{
	qmsg_uncharge(name->channel->ctx->user, QMSG_QUOTA_NAMES, 1);
	qmsg_channel_put(name->channel);
	put_pid_ns(name->key.ns);
	kfree(name);
	qmsg_count(QMSG_OBJ_NAME, -1);
}

/* The caller frees it, without the lock. */
static void take_locked(struct qmsg_name *name)
{
	hash_del(&name->node);
	list_del(&name->of_channel);
}

static int publish(struct qmsg_name *name)
{
	int err = 0;

	spin_lock(&names_lock);
	if (name->channel->names_closed) {
		err = -ESRCH;
	} else if (find_locked(&name->key)) {
		err = -EEXIST;
	} else {
		hash_add(names, &name->node, hash_of(&name->key));
		list_add_tail(&name->of_channel, &name->channel->names);
	}
	spin_unlock(&names_lock);
	return err;
}

static int name_attach(struct qmsg_channel *ch, const struct name_key *key)
{
	struct qmsg_name *name = name_alloc(ch, key);
	int err;

	if (IS_ERR(name))
		return PTR_ERR(name);
	mutex_lock(&changing);
	err = publish(name);
	/* From here on it may have gone with its channel. */
	if (!err)
		qmsg_name_changed(QMSG_NAME_ATTACHED, ch, key->text, key->len);
	mutex_unlock(&changing);
	if (err)
		name_free(name);
	return err;
}

long qmsg_ioctl_name_attach(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	const struct qmsg_name_attach *args = ucmd;
	struct qmsg_channel *ch;
	struct name_key key;
	int err;

	err = key_from_user(&key, args->name_ptr, args->name_len);
	if (err)
		return err;
	ch = qmsg_channel_find(ctx, args->chid);
	if (!ch)
		return -ESRCH;
	err = name_attach(ch, &key);
	qmsg_channel_put(ch);
	return err;
}

/* A context has no two channels of one number at a time, so that says which is meant. */
static struct qmsg_name *take(struct qmsg_ctx *ctx, int chid, const struct name_key *key)
{
	struct qmsg_name *name;

	spin_lock(&names_lock);
	name = find_locked(key);
	if (name && name->channel->ctx == ctx && name->channel->chid == chid)
		take_locked(name);
	else
		name = NULL;
	spin_unlock(&names_lock);
	return name;
}

long qmsg_ioctl_name_detach(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	const struct qmsg_name_detach *args = ucmd;
	struct qmsg_name *name;
	struct name_key key;
	int err;

	err = key_from_user(&key, args->name_ptr, args->name_len);
	if (err)
		return err;
	mutex_lock(&changing);
	name = take(ctx, args->chid, &key);
	if (name)
		qmsg_name_changed(QMSG_NAME_DETACHED, name->channel, key.text, key.len);
	mutex_unlock(&changing);
	if (!name)
		return -ENOENT;
	name_free(name);
	return 0;
}

static struct qmsg_channel *find_channel(const struct name_key *key)
{
	struct qmsg_channel *ch = NULL;
	struct qmsg_name *name;

	spin_lock(&names_lock);
	name = find_locked(key);
	if (name)
		ch = qmsg_channel_get(name->channel);
	spin_unlock(&names_lock);
	return ch;
}

/* The channel may end at any time from here on: that is ESRCH, as for one found by number. */
long qmsg_ioctl_name_connect(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	struct qmsg_name_connect __user *uargs = uarg;
	const struct qmsg_name_connect *args = ucmd;
	struct qmsg_channel *ch;
	struct name_key key;
	int err;

	if (args->__reserved)
		return -EINVAL;
	err = key_from_user(&key, args->name_ptr, args->name_len);
	if (err)
		return err;
	ch = find_channel(&key);
	if (!ch)
		return -ENOENT;
	err = qmsg_conn_attach(ctx, ch, args->flags, args->index, &uargs->out_coid);
	qmsg_channel_put(ch);
	return err;
}

static struct qmsg_name *take_any(struct qmsg_channel *ch)
{
	struct qmsg_name *name;

	spin_lock(&names_lock);
	ch->names_closed = true;
	name = list_first_entry_or_null(&ch->names, struct qmsg_name, of_channel);
	if (name)
		take_locked(name);
	spin_unlock(&names_lock);
	return name;
}

void qmsg_names_end(struct qmsg_channel *ch)
{
	struct qmsg_name *name;

	while ((name = take_any(ch)))
		name_free(name);
	/* They see that it is closed, or are told. */
	qmsg_channel_ended(ch);
}

void qmsg_names_show(struct seq_file *m, struct qmsg_channel *ch)
{
	const struct qmsg_name *name;

	spin_lock(&names_lock);
	list_for_each_entry(name, &ch->names, of_channel) {
		if (seq_has_overflowed(m))
			break;
		seq_printf(m, "name:\tchid=%d name=", ch->chid);
		seq_escape_mem(m, name->key.text, name->key.len, ESCAPE_ANY_NP, NULL);
		seq_putc(m, '\n');
	}
	spin_unlock(&names_lock);
}

void qmsg_names_each(const struct pid_namespace *ns,
		     void (*fn)(void *arg, const struct qmsg_channel *ch, const char *text, u32 len),
		     void *arg)
{
	const struct qmsg_name *name;
	int bucket;

	spin_lock(&names_lock);
	hash_for_each(names, bucket, name, node)
		if (name->key.ns == ns)
			fn(arg, name->channel, name->key.text, name->key.len);
	spin_unlock(&names_lock);
}
