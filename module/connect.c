// SPDX-License-Identifier: GPL-2.0-only
/* Connections and server connections. */

#include <linux/cred.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "channel.h"
#include "coiddeath.h"
#include "connect.h"
#include "connfile.h"
#include "ctx.h"
#include "inject.h"
#include "ioctl.h"
#include "limits.h"
#include "proc.h"
#include "registered.h"
#include "request.h"

/* In qmsg_ctx.sides, server connections have this tag, connections none. */
#define TAG_SCONN	1


/* Of their own sizes: there can be many. */
static struct kmem_cache *conn_cache, *sconn_cache;

int qmsg_conns_init(void)
{
	conn_cache = KMEM_CACHE(qmsg_conn, SLAB_ACCOUNT);
	sconn_cache = KMEM_CACHE(qmsg_sconn, SLAB_ACCOUNT);
	if (conn_cache && sconn_cache)
		return 0;
	qmsg_conns_exit();
	return -ENOMEM;
}

void qmsg_conns_exit(void)
{
	rcu_barrier();
	kmem_cache_destroy(conn_cache);
	kmem_cache_destroy(sconn_cache);
}

static unsigned long side_index(int id)
{
	return id & ~QMSG_SIDE_CHANNEL;
}

void qmsg_sconn_get(struct qmsg_sconn *sconn)
{
	kref_get(&sconn->ref);
}

static void sconn_free(struct kref *ref)
{
	struct qmsg_sconn *sconn = container_of(ref, struct qmsg_sconn, ref);

	qmsg_known_forget(sconn);
	put_cred(sconn->cred);
	qmsg_uncharge(sconn->client->user, QMSG_QUOTA_SCONNS, 1);
	qmsg_channel_put(sconn->channel);
	qmsg_ctx_put(sconn->client);
	kmem_cache_free(sconn_cache, sconn);
	qmsg_count(QMSG_OBJ_SERVER_CONNECTION, -1);
}

void qmsg_sconn_put(struct qmsg_sconn *sconn)
{
	kref_put(&sconn->ref, sconn_free);
}

/* Whose rights counted when it was made: files are opened with those of the file system. */
kuid_t qmsg_sconn_uid(const struct qmsg_sconn *sconn)
{
	return sconn->of_file ? sconn->cred->fsuid : sconn->cred->euid;
}

kgid_t qmsg_sconn_gid(const struct qmsg_sconn *sconn)
{
	return sconn->of_file ? sconn->cred->fsgid : sconn->cred->egid;
}

/* Gives up the scoid. The caller has a reference, so the one dropped is not the last. */
void qmsg_sconn_retire_locked(struct qmsg_sconn *sconn)
{
	lockdep_assert_held(sconn->channel->lock);
	if (!sconn->live)
		return;
	sconn->live = false;
	list_del_init(&sconn->node);
	xa_erase(&sconn->channel->ctx->sides, side_index(sconn->scoid));
	qmsg_sconn_put(sconn);
}

static void forget_client_locked(struct qmsg_sconn *sconn)
{
	spin_lock(&sconn->client->sconns_lock);
	list_del_init(&sconn->client_node);
	spin_unlock(&sconn->client->sconns_lock);
}

/*
 * Its client has it: the server will hear of its end. One that was made for a descriptor which
 * a sibling had closed by then never gets that far.
 */
void qmsg_sconn_begin(struct qmsg_sconn *sconn)
{
	spin_lock(sconn->channel->lock);
	WRITE_ONCE(sconn->begun, true);
	qmsg_channel_unlock(sconn->channel);
}

static noinline void last_link_gone_locked(struct qmsg_sconn *sconn)
{
	struct qmsg_channel *ch = sconn->channel;

	forget_client_locked(sconn);
	if (ch->dead || !sconn->begun || !(ch->flags & QMSG_CHF_DISCONNECT)) {
		qmsg_sconn_retire_locked(sconn);
		return;
	}
	sconn->zombie = true;
	sconn->disconnect.code = QMSG_PULSE_CODE_DISCONNECT;
	sconn->disconnect.scoid = sconn->scoid;
	sconn->disconnect.q.prio = QMSG_PRIO_FRONT;
	qmsg_sconn_get(sconn);
	qmsg_pulse_post_locked(ch, &sconn->disconnect);
}

/* S1.14. The caller has a reference. */
__qmsg_hot void qmsg_sconn_unlink_locked(struct qmsg_sconn *sconn)
{
	lockdep_assert_held(sconn->channel->lock);
	if (unlikely(!--sconn->links))
		last_link_gone_locked(sconn);
}

/* Charged until it is freed, zombie or not: a client cannot use up the server's scoids. */
static struct qmsg_sconn *sconn_alloc(struct qmsg_ctx *client, struct qmsg_channel *ch)
{
	struct qmsg_sconn *sconn;

	if (qmsg_charge(client->user, QMSG_QUOTA_SCONNS, 1))
		return ERR_PTR(-EAGAIN);
	sconn = kmem_cache_zalloc(sconn_cache, GFP_KERNEL_ACCOUNT);
	if (!sconn) {
		qmsg_uncharge(client->user, QMSG_QUOTA_SCONNS, 1);
		return ERR_PTR(-ENOMEM);
	}
	kref_init(&sconn->ref);
	sconn->channel = qmsg_channel_get(ch);
	sconn->client = qmsg_ctx_get(client);
	sconn->cred = get_current_cred();
	INIT_LIST_HEAD(&sconn->client_node);
	INIT_LIST_HEAD(&sconn->node);
	INIT_LIST_HEAD(&sconn->kept);
	qmsg_pulse_init(&sconn->disconnect, QMSG_PULSE_DISCONNECT);
	qmsg_count(QMSG_OBJ_SERVER_CONNECTION, 1);
	return sconn;
}

/* Makes @sconn known to both sides, with its first link. */
static int sconn_publish(struct qmsg_sconn *sconn)
{
	struct qmsg_channel *ch = sconn->channel;
	int err = 0;

	spin_lock(ch->lock);
	if (ch->dead) {
		err = -ESRCH;
	} else {
		sconn->live = true;
		sconn->links = 1;
		qmsg_sconn_get(sconn);
		list_add(&sconn->node, &ch->sconns);
		spin_lock(&sconn->client->sconns_lock);
		list_add(&sconn->client_node, &sconn->client->sconns);
		spin_unlock(&sconn->client->sconns_lock);
	}
	qmsg_channel_unlock(ch);
	return err;
}

static struct qmsg_sconn *sconn_create(struct qmsg_ctx *client, struct qmsg_channel *ch,
				       bool shared)
{
	struct qmsg_sconn *sconn = sconn_alloc(client, ch);
	u32 id;
	int err;

	if (IS_ERR(sconn))
		return sconn;
	sconn->shared = shared;
	err = xa_alloc(&ch->ctx->sides, &id, xa_tag_pointer(sconn, TAG_SCONN),
		       XA_LIMIT(1, QMSG_ID_MAX), GFP_KERNEL_ACCOUNT);
	if (err) {
		err = err == -EBUSY ? -EAGAIN : err;
		goto err_sconn;
	}
	sconn->scoid = id | QMSG_SIDE_CHANNEL;
	err = sconn_publish(sconn);
	if (err)
		goto err_id;
	return sconn;

err_id:
	xa_erase(&ch->ctx->sides, id);
err_sconn:
	qmsg_sconn_put(sconn);
	return ERR_PTR(err);
}

static struct qmsg_sconn *sconn_find_shared(struct qmsg_ctx *client, struct qmsg_channel *ch)
{
	struct qmsg_sconn *sconn, *found = NULL;

	spin_lock(&client->sconns_lock);
	list_for_each_entry(sconn, &client->sconns, client_node) {
		if (sconn->channel == ch && sconn->shared) {
			qmsg_sconn_get(sconn);
			found = sconn;
			break;
		}
	}
	spin_unlock(&client->sconns_lock);
	return found;
}

/* One more link, unless the last one, or the channel, has gone meanwhile. */
static bool sconn_link(struct qmsg_sconn *sconn)
{
	bool linked;

	spin_lock(sconn->channel->lock);
	linked = sconn->links > 0 && !sconn->channel->dead;
	if (linked)
		sconn->links++;
	qmsg_channel_unlock(sconn->channel);
	return linked;
}

/* The server connection of @client on @ch, with a reference and a link. */
static struct qmsg_sconn *sconn_open(struct qmsg_ctx *client, struct qmsg_channel *ch,
				     bool shared)
{
	struct qmsg_sconn *sconn;

	lockdep_assert_held(&client->lock);
	if (!shared)
		return sconn_create(client, ch, false);
	sconn = sconn_find_shared(client, ch);
	if (!sconn)
		return sconn_create(client, ch, true);
	if (sconn_link(sconn))
		return sconn;
	qmsg_sconn_put(sconn);
	return sconn_create(client, ch, true);
}

/* The server connection @scoid of the server @ctx, with a reference, or NULL. */
struct qmsg_sconn *qmsg_sconn_find(struct qmsg_ctx *ctx, int scoid)
{
	struct qmsg_sconn *sconn = NULL;
	void *entry;

	xa_lock(&ctx->sides);
	entry = xa_load(&ctx->sides, side_index(scoid));
	if (entry && xa_pointer_tag(entry) == TAG_SCONN) {
		sconn = xa_untag_pointer(entry);
		qmsg_sconn_get(sconn);
	}
	xa_unlock(&ctx->sides);
	return sconn;
}

/*
 * The server connection after @prev in the client's list, with a reference; @prev's is
 * dropped. If @prev has left the list meanwhile the walk begins again.
 */
struct qmsg_sconn *qmsg_sconn_next_of_client(struct qmsg_ctx *ctx, struct qmsg_sconn *prev)
{
	struct qmsg_sconn *next = NULL;
	struct list_head *at = &ctx->sconns;

	spin_lock(&ctx->sconns_lock);
	if (prev && !list_empty(&prev->client_node))
		at = &prev->client_node;
	at = at->next;
	if (at != &ctx->sconns) {
		next = list_entry(at, struct qmsg_sconn, client_node);
		qmsg_sconn_get(next);
	}
	spin_unlock(&ctx->sconns_lock);
	if (prev)
		qmsg_sconn_put(prev);
	return next;
}

/* The server connection of the server @ctx with the next number above *@index, likewise. */
struct qmsg_sconn *qmsg_sconn_next_of_server(struct qmsg_ctx *ctx, unsigned long *index)
{
	struct qmsg_sconn *sconn = NULL;
	void *entry;

	rcu_read_lock();
	while ((entry = xa_find_after(&ctx->sides, index, ULONG_MAX, XA_PRESENT)))
		if (xa_pointer_tag(entry) == TAG_SCONN)
			break;
	rcu_read_unlock();
	if (entry)
		sconn = qmsg_sconn_find(ctx, *index);
	return sconn;
}

static void conn_free_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(conn_cache, container_of(rcu, struct qmsg_conn, rcu));
}

void qmsg_conn_free(struct kref *ref)
{
	struct qmsg_conn *conn = container_of(ref, struct qmsg_conn, ref);

	qmsg_uncharge(conn->ctx->user, QMSG_QUOTA_CONNECTIONS, 1);
	qmsg_sconn_put(conn->sconn);
	if (conn->death_channel)
		qmsg_channel_put(conn->death_channel);
	if (conn->file)
		qmsg_connfile_put(conn->file);
	qmsg_ctx_put(conn->ctx);
	call_rcu(&conn->rcu, conn_free_rcu);
	qmsg_count(QMSG_OBJ_CONNECTION, -1);
}

/* Counts @conn in or out of those that permit events. */
static void permit_locked(struct qmsg_conn *conn, int by)
{
	struct qmsg_sconn *sconn = conn->sconn;

	lockdep_assert_held(sconn->channel->lock);
	if (conn->flags & QMSG_COF_NOEVENT)
		return;
	sconn->event_conns += by;
	if (!(conn->flags & QMSG_COF_REG_EVENTS))
		sconn->raw_conns += by;
}

/* From here on the end of the channel finds it. The link is given back if that has come. */
static int conn_join(struct qmsg_conn *conn)
{
	struct qmsg_sconn *sconn = conn->sconn;
	struct qmsg_channel *ch = sconn->channel;
	int err = 0;

	spin_lock(ch->lock);
	if (ch->dead) {
		err = -ESRCH;
		qmsg_sconn_unlink_locked(sconn);
	} else {
		hlist_add_head(&conn->sconn_node, &sconn->conns);
		permit_locked(conn, 1);
	}
	qmsg_channel_unlock(ch);
	return err;
}

/* A connection of @ctx to @ch that nobody can find yet. Undone by qmsg_conn_close(). */
struct qmsg_conn *qmsg_conn_new(struct qmsg_ctx *ctx, struct qmsg_channel *ch, u32 flags,
				int coid)
{
	struct qmsg_sconn *sconn;
	struct qmsg_conn *conn;
	int err;

	lockdep_assert_held(&ctx->lock);
	if (ctx->dead)
		return ERR_PTR(-EBADF);
	if (qmsg_charge(ctx->user, QMSG_QUOTA_CONNECTIONS, 1))
		return ERR_PTR(-EAGAIN);
	conn = kmem_cache_zalloc(conn_cache, GFP_KERNEL_ACCOUNT);
	sconn = conn ? sconn_open(ctx, ch, !(flags & QMSG_COF_NOSHARE)) : ERR_PTR(-ENOMEM);
	if (IS_ERR(sconn)) {
		if (conn)
			kmem_cache_free(conn_cache, conn);
		qmsg_uncharge(ctx->user, QMSG_QUOTA_CONNECTIONS, 1);
		return ERR_CAST(sconn);
	}
	kref_init(&conn->ref);
	conn->ctx = qmsg_ctx_get(ctx);
	conn->sconn = sconn;
	conn->coid = coid;
	conn->flags = flags;
	INIT_HLIST_NODE(&conn->fd_node);
	INIT_LIST_HEAD(&conn->registered);
	INIT_HLIST_NODE(&conn->sconn_node);
	qmsg_pulse_init(&conn->death, QMSG_PULSE_COIDDEATH);
	qmsg_count(QMSG_OBJ_CONNECTION, 1);
	err = conn_join(conn);
	if (!err)
		return conn;
	qmsg_conn_put(conn);
	return ERR_PTR(err);
}

static struct qmsg_conn __rcu **recent_of(struct qmsg_ctx *ctx, unsigned long index)
{
	return &ctx->recent[index % QMSG_RECENT_CONNS];
}

/* What was found last under such a number: most clients use few connections, again and again. */
static struct qmsg_conn *find_recent(struct qmsg_ctx *ctx, int coid)
{
	struct qmsg_conn *conn;

	rcu_read_lock();
	conn = rcu_dereference(*recent_of(ctx, side_index(coid)));
	if (conn && (conn->coid != coid || !kref_get_unless_zero(&conn->ref)))
		conn = NULL;
	rcu_read_unlock();
	return conn;
}

static struct qmsg_conn *find_side(struct qmsg_ctx *ctx, int coid)
{
	struct qmsg_conn *conn;
	void *entry;

	xa_lock(&ctx->sides);
	entry = xa_load(&ctx->sides, side_index(coid));
	if (entry && xa_pointer_tag(entry) != TAG_SCONN) {
		conn = entry;
		kref_get(&conn->ref);
		rcu_assign_pointer(*recent_of(ctx, side_index(coid)), conn);
	} else {
		conn = ERR_PTR(-EBADF);
	}
	xa_unlock(&ctx->sides);
	return conn;
}

/* The connection that @coid means to @ctx, with a reference. */
struct qmsg_conn *qmsg_conn_find(struct qmsg_ctx *ctx, int coid)
{
	if (coid < 0)
		return ERR_PTR(-EBADF);
	if (!(coid & QMSG_SIDE_CHANNEL))
		return qmsg_connfile_find(ctx, coid);
	return find_recent(ctx, coid) ?: find_side(ctx, coid);
}

/* For another process: the connection that @coid means to @ctx, with a reference, or NULL. */
struct qmsg_conn *qmsg_conn_find_in(struct qmsg_ctx *ctx, int coid)
{
	struct qmsg_conn *conn;

	if (coid < 0)
		return NULL;
	if (!(coid & QMSG_SIDE_CHANNEL))
		return qmsg_connfile_find_used(ctx, coid);
	conn = find_side(ctx, coid);
	return IS_ERR(conn) ? NULL : conn;
}

/* Unless they are not @old any more: then @old is what they are, and the answer is false. */
bool qmsg_conn_change_flags(struct qmsg_conn *conn, u32 *old, u32 flags)
{
	struct qmsg_channel *ch = conn->sconn->channel;
	u32 was = *old;

	spin_lock(ch->lock);
	*old = conn->flags;
	if (*old == was) {
		if (!conn->detached)
			permit_locked(conn, -1);
		WRITE_ONCE(conn->flags, flags);
		if (!conn->detached)
			permit_locked(conn, 1);
	}
	qmsg_channel_unlock(ch);
	return *old == was;
}

/* S1.15: the channel has gone. A hint; posting looks again, under the lock. */
bool qmsg_conn_is_dead(const struct qmsg_conn *conn)
{
	return READ_ONCE(conn->sconn->channel->dead);
}

/* The next of @conn's requests that has not heard of the detach. */
static struct qmsg_request *next_to_detach_locked(struct qmsg_conn *conn)
{
	struct qmsg_request *req;

	hlist_for_each_entry(req, &conn->sconn->requests, sconn_node)
		if (req->conn == conn && !(req->reasons & QMSG_UNBLOCK_DETACH) &&
		    req->state != QMSG_ORPHAN)
			return qmsg_request_get(req);
	return NULL;
}

static bool detach_one(struct qmsg_conn *conn)
{
	struct qmsg_channel *ch = conn->sconn->channel;
	struct qmsg_request *req;

	(void)qmsg_point(DETACH);
	spin_lock(ch->lock);
	req = next_to_detach_locked(conn);
	if (req)
		qmsg_state_event_locked(req, QMSG_EV_DETACH, NULL);
	qmsg_channel_unlock(ch);
	if (req)
		qmsg_request_put(req);
	return req;
}

/*
 * S1.30 e-h. The caller has made @conn impossible to find and has its reference. Requests
 * that stay keep the server connection linked (T30).
 */
void qmsg_conn_close(struct qmsg_conn *conn)
{
	struct qmsg_channel *ch = conn->sconn->channel;

	spin_lock(ch->lock);
	WRITE_ONCE(conn->detached, true);
	hlist_del_init(&conn->sconn_node);
	permit_locked(conn, -1);
	qmsg_channel_unlock(ch);
	qmsg_requests_forget(conn);
	qmsg_coid_death_withdraw(conn);
	qmsg_registered_end(&conn->registered);
	while (detach_one(conn))
		cond_resched();
	spin_lock(ch->lock);
	qmsg_sconn_unlink_locked(conn->sconn);
	qmsg_channel_unlock(ch);
	qmsg_conn_put(conn);
}

/* All requests of a server connection that is not shared are of the one connection. */
static bool abort_one(struct qmsg_conn *conn)
{
	struct qmsg_channel *ch = conn->sconn->channel;
	struct qmsg_request *req;

	spin_lock(ch->lock);
	WRITE_ONCE(conn->detached, true);
	req = hlist_entry_safe(conn->sconn->requests.first, struct qmsg_request, sconn_node);
	if (req)
		qmsg_state_event_locked(qmsg_request_get(req), QMSG_EV_GONE, NULL);
	qmsg_channel_unlock(ch);
	if (req)
		qmsg_request_put(req);
	return req;
}

/*
 * As if the server of @conn, which is NOSHARE, had gone: who waits has an error at once, and
 * nobody sends any more. It is to be closed all the same.
 */
void qmsg_conn_abort(struct qmsg_conn *conn)
{
	while (abort_one(conn))
		cond_resched();
}

/*
 * Makes the connection @coid impossible to find; whoever gets it ends it. The id stays
 * reserved: a pulse that speaks of it is taken back before it means something else.
 */
static struct qmsg_conn *take_side(struct qmsg_ctx *ctx, int coid)
{
	void *entry;

	xa_lock(&ctx->sides);
	entry = xa_load(&ctx->sides, side_index(coid));
	if (entry && xa_pointer_tag(entry) != TAG_SCONN) {
		__xa_store(&ctx->sides, side_index(coid), NULL, 0);
		if (rcu_access_pointer(*recent_of(ctx, side_index(coid))) == entry)
			RCU_INIT_POINTER(*recent_of(ctx, side_index(coid)), NULL);
	} else {
		entry = NULL;
	}
	xa_unlock(&ctx->sides);
	return entry;
}

/* False: no such connection. */
static bool close_side(struct qmsg_ctx *ctx, int coid)
{
	struct qmsg_conn *conn = take_side(ctx, coid);

	if (!conn)
		return false;
	qmsg_conn_close(conn);
	xa_erase(&ctx->sides, side_index(coid));
	return true;
}

void qmsg_conn_close_all(struct qmsg_ctx *ctx)
{
	unsigned long index;
	void *entry;

	xa_for_each(&ctx->sides, index, entry)
		close_side(ctx, index);
	qmsg_connfile_close_all(ctx);
}

/* False from the end of its last link on, or of its context. A hint. */
bool qmsg_sconn_has_client(const struct qmsg_sconn *sconn)
{
	return READ_ONCE(sconn->links) && !READ_ONCE(sconn->client->dead);
}

/* ConnectDetach(scoid): the server has seen that the client is gone (S2.39). */
static int detach_zombie(struct qmsg_ctx *ctx, int scoid)
{
	struct qmsg_sconn *sconn = qmsg_sconn_find(ctx, scoid);
	bool withdrawn = false;
	int err = -EINVAL;

	if (!sconn)
		return err;
	spin_lock(sconn->channel->lock);
	if (sconn->zombie && sconn->live) {
		withdrawn = qmsg_pulse_withdraw_locked(sconn->channel, &sconn->disconnect);
		qmsg_sconn_retire_locked(sconn);
		err = 0;
	}
	qmsg_channel_unlock(sconn->channel);
	if (withdrawn)
		qmsg_sconn_put(sconn);
	qmsg_sconn_put(sconn);
	return err;
}

long qmsg_ioctl_connect_detach(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	const struct qmsg_connect_detach *args = ucmd;

	if (args->__reserved || args->coid < 0 || !(args->coid & QMSG_SIDE_CHANNEL))
		return -EINVAL;
	return close_side(ctx, args->coid) ? 0 : detach_zombie(ctx, args->coid);
}

static int publish_side(struct qmsg_ctx *ctx, struct qmsg_channel *ch, u32 flags, u32 index)
{
	struct qmsg_conn *conn;

	mutex_lock(&ctx->lock);
	conn = qmsg_conn_new(ctx, ch, flags, index | QMSG_SIDE_CHANNEL);
	if (!IS_ERR(conn)) {
		qmsg_sconn_begin(conn->sconn);
		xa_store(&ctx->sides, index, conn, GFP_KERNEL_ACCOUNT);
	}
	mutex_unlock(&ctx->lock);
	return PTR_ERR_OR_ZERO(conn);
}

/* The number is reserved and told first: nothing can fail once it means something. */
static int attach_side(struct qmsg_ctx *ctx, struct qmsg_channel *ch, u32 flags,
		       s32 __user *out_coid)
{
	u32 index;
	int err;

	err = xa_alloc(&ctx->sides, &index, NULL, XA_LIMIT(1, QMSG_ID_MAX), GFP_KERNEL_ACCOUNT);
	if (err)
		return err == -EBUSY ? -EMFILE : err;
	err = put_user(index | QMSG_SIDE_CHANNEL, out_coid) ? -EFAULT :
	      publish_side(ctx, ch, flags, index);
	if (err)
		xa_erase(&ctx->sides, index);
	return err;
}

/* A connection of either kind to a channel that was found by number or by name. */
int qmsg_conn_attach(struct qmsg_ctx *ctx, struct qmsg_channel *ch, u32 flags, u32 index,
		     s32 __user *out_coid)
{
	int err;

	err = qmsg_channel_may_attach(ch);
	if (err)
		return err;
	if (qmsg_ctx_terminating(ch->ctx))
		return -ENXIO;
	if (index & QMSG_SIDE_CHANNEL)
		return attach_side(ctx, ch, flags, out_coid);
	return qmsg_connfile_attach(ctx, ch, flags, out_coid);
}

long qmsg_ioctl_connect_attach(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	struct qmsg_connect_attach __user *uargs = uarg;
	const struct qmsg_connect_attach *args = ucmd;
	struct qmsg_channel *ch;
	int err;

	if (args->__reserved)
		return -EINVAL;
	if (args->nd)
		return -EREMOTE;
	ch = qmsg_proc_find_channel(args->pid, args->chid);
	if (IS_ERR(ch))
		return PTR_ERR(ch);
	err = qmsg_conn_attach(ctx, ch, args->flags, args->index, &uargs->out_coid);
	qmsg_channel_put(ch);
	return err;
}
