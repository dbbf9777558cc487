// SPDX-License-Identifier: GPL-2.0-only
/* Quotas per user, counts of live objects, and the module's parameters. */

#include <linux/hashtable.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "limits.h"

static int kill_grace_ms = 1000;
module_param(kill_grace_ms, int, 0644);
MODULE_PARM_DESC(kill_grace_ms,
	"How long a killed client is held for its answer, in ms, where the channel does not say (1000)");

static int kill_grace_max_ms = 60000;
module_param(kill_grace_max_ms, int, 0644);
MODULE_PARM_DESC(kill_grace_max_ms,
	"Most a channel may ask for, in ms; -1 also allows 'for ever', as on QNX (60000)");

/*
 * Far above what a developer meets, far below what hurts: a channel, a connection with its
 * server connection and a blocked client take about 1 KiB each; and half of the scoids that
 * a server can have. 0 for user_bytes: a quarter of the memory.
 */
unsigned long qmsg_quota[QMSG_NR_QUOTAS] = {
	[QMSG_QUOTA_CHANNELS]		= 16384,
	[QMSG_QUOTA_CONNECTIONS]	= 32768,
	[QMSG_QUOTA_REQUESTS]		= 65536,
	[QMSG_QUOTA_PULSES]		= 262144,
	[QMSG_QUOTA_NAMES]		= 4096,
	[QMSG_QUOTA_RECEIVERS]		= 65536,
	[QMSG_QUOTA_TIMERS]		= 4096,
	[QMSG_QUOTA_EVENTS]		= 65536,
	[QMSG_QUOTA_BYTES]		= 0,
	[QMSG_QUOTA_NODES]		= 1024,
};

module_param_named(user_channels, qmsg_quota[QMSG_QUOTA_CHANNELS], ulong, 0644);
MODULE_PARM_DESC(user_channels, "Channels of one user (16384)");
module_param_named(user_connections, qmsg_quota[QMSG_QUOTA_CONNECTIONS], ulong, 0644);
MODULE_PARM_DESC(user_connections, "Connections of one user, and as many server connections (32768)");
module_param_named(user_requests, qmsg_quota[QMSG_QUOTA_REQUESTS], ulong, 0644);
MODULE_PARM_DESC(user_requests, "Unanswered requests of one user (65536)");
module_param_named(user_pulses, qmsg_quota[QMSG_QUOTA_PULSES], ulong, 0644);
MODULE_PARM_DESC(user_pulses, "Unreceived pulses of one user (262144)");
module_param_named(user_names, qmsg_quota[QMSG_QUOTA_NAMES], ulong, 0644);
MODULE_PARM_DESC(user_names, "Names of one user's channels (4096)");
module_param_named(user_receivers, qmsg_quota[QMSG_QUOTA_RECEIVERS], ulong, 0644);
MODULE_PARM_DESC(user_receivers, "Threads of one user that receive (65536)");
module_param_named(user_timers, qmsg_quota[QMSG_QUOTA_TIMERS], ulong, 0644);
MODULE_PARM_DESC(user_timers, "Timers of one user (4096)");
module_param_named(user_events, qmsg_quota[QMSG_QUOTA_EVENTS], ulong, 0644);
MODULE_PARM_DESC(user_events, "Registered events and kept receive ids of one user (65536)");
module_param_named(user_bytes, qmsg_quota[QMSG_QUOTA_BYTES], ulong, 0644);
MODULE_PARM_DESC(user_bytes, "Message bytes held for one user; 0: a quarter of the memory (0)");
module_param_named(user_nodes, qmsg_quota[QMSG_QUOTA_NODES], ulong, 0644);
MODULE_PARM_DESC(user_nodes, "Nodes of qmsgfs of one user (1024)");

u32 qmsg_kill_grace_max(void)
{
	return READ_ONCE(kill_grace_max_ms);
}

u32 qmsg_kill_grace_default(void)
{
	return min_t(u32, READ_ONCE(kill_grace_ms), qmsg_kill_grace_max());
}

void qmsg_charge_anyway(struct qmsg_user *user, enum qmsg_quota q, long n)
{
	atomic_long_add(n, &user->used[q]);
	if (q == QMSG_QUOTA_BYTES)
		qmsg_count(QMSG_OBJ_BYTES, n);
}

/* Where the administrator has set no number of bytes. */
long qmsg_quota_bytes_default(void)
{
	return (totalram_pages() << PAGE_SHIFT) / 4;
}

static DEFINE_HASHTABLE(users, 6);
static DEFINE_SPINLOCK(users_lock);

static struct qmsg_user *user_find_locked(kuid_t uid)
{
	struct qmsg_user *user;

	hash_for_each_possible(users, user, node, __kuid_val(uid))
		if (uid_eq(user->uid, uid))
			return user;
	return NULL;
}

/* The one account of @uid, with a reference; NULL if there is no memory. */
struct qmsg_user *qmsg_user_get(kuid_t uid)
{
	struct qmsg_user *fresh = kzalloc(sizeof(*fresh), GFP_KERNEL_ACCOUNT);
	struct qmsg_user *user;

	if (!fresh)
		return NULL;
	fresh->uid = uid;
	refcount_set(&fresh->ref, 1);
	spin_lock(&users_lock);
	user = user_find_locked(uid);
	if (user) {
		refcount_inc(&user->ref);
	} else {
		swap(user, fresh);
		hash_add(users, &user->node, __kuid_val(uid));
		qmsg_count(QMSG_OBJ_USER, 1);
	}
	spin_unlock(&users_lock);
	kfree(fresh);
	return user;
}

struct qmsg_user *qmsg_user_ref(struct qmsg_user *user)
{
	refcount_inc(&user->ref);
	return user;
}

void qmsg_user_put(struct qmsg_user *user)
{
	bool last;

	if (refcount_dec_not_one(&user->ref))
		return;
	spin_lock(&users_lock);
	last = refcount_dec_and_test(&user->ref);
	if (last)
		hash_del(&user->node);
	spin_unlock(&users_lock);
	if (!last)
		return;
	qmsg_count(QMSG_OBJ_USER, -1);
	kfree(user);
}

void qmsg_users_each(void (*fn)(void *arg, const struct qmsg_user *user), void *arg)
{
	const struct qmsg_user *user;
	int bucket;

	spin_lock(&users_lock);
	hash_for_each(users, bucket, user, node)
		fn(arg, user);
	spin_unlock(&users_lock);
}

static const char * const object_names[QMSG_NR_OBJECTS] = {
	[QMSG_OBJ_CONTEXT]		= "contexts",
	[QMSG_OBJ_PROCESS]		= "processes",
	[QMSG_OBJ_CHANNEL]		= "channels",
	[QMSG_OBJ_CONNECTION]		= "connections",
	[QMSG_OBJ_SERVER_CONNECTION]	= "server_connections",
	[QMSG_OBJ_REQUEST]		= "requests",
	[QMSG_OBJ_PULSE]		= "pulses",
	[QMSG_OBJ_NAME]			= "names",
	[QMSG_OBJ_TIMER]		= "timers",
	[QMSG_OBJ_REGISTERED]		= "registered_events",
	[QMSG_OBJ_KEPT]			= "kept_rcvids",
	[QMSG_OBJ_INTR]			= "intr_threads",
	[QMSG_OBJ_BUFFER]		= "buffers",
	[QMSG_OBJ_PARKED]		= "parked",
	[QMSG_OBJ_RECEIVER]		= "receivers",
	[QMSG_OBJ_USER]			= "users",
	[QMSG_OBJ_STATS]		= "measured_channels",
	[QMSG_OBJ_BYTES]		= "bytes",
};

/* Each CPU counts for itself; only the sum means something. */
DEFINE_PER_CPU(long [QMSG_NR_OBJECTS], qmsg_objects);

long qmsg_counted(enum qmsg_object what)
{
	long n = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		n += per_cpu(qmsg_objects[what], cpu);
	return n;
}

const char *qmsg_object_name(enum qmsg_object what)
{
	return object_names[what];
}
