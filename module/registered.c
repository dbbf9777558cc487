// SPDX-License-Identifier: GPL-2.0-only
/* Registered events: handles, who may use them, and how they end. */

#include <linux/hashtable.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/pid.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "channel.h"
#include "connect.h"
#include "ctx.h"
#include "event.h"
#include "ioctl.h"
#include "known.h"
#include "limits.h"
#include "registered.h"

struct qmsg_registered {
	struct kref ref;

	/* Set before it can be found. */
	u32 handle;
	struct qmsg_action action;
	struct qmsg_target owner;	/* and its thread that registered it */
	struct qmsg_user *user;		/* who is charged, with a reference */
	s32 who;			/* QMSG_REGISTER_*, or that of the server of @conn */
	struct qmsg_conn *conn;		/* with a reference */

	/* Under handles_lock. */
	struct hlist_node hash;
	struct list_head node;		/* in the list of @conn or the owner */
	bool live;
};

static DEFINE_HASHTABLE(handles, 10);
static DEFINE_SPINLOCK(handles_lock);

static void registered_free(struct kref *ref)
{
	struct qmsg_registered *r = container_of(ref, struct qmsg_registered, ref);

	if (r->conn)
		qmsg_conn_put(r->conn);
	qmsg_action_release(&r->action);
	qmsg_target_release(&r->owner);
	qmsg_uncharge(r->user, QMSG_QUOTA_EVENTS, 1);
	qmsg_user_put(r->user);
	kfree(r);
	qmsg_count(QMSG_OBJ_REGISTERED, -1);
}

static void registered_put(struct qmsg_registered *r)
{
	kref_put(&r->ref, registered_free);
}

static struct qmsg_registered *find_locked(u32 handle)
{
	struct qmsg_registered *r;

	hash_for_each_possible(handles, r, hash, handle)
		if (r->handle == handle)
			return r;
	return NULL;
}

static struct qmsg_registered *registered_find(u32 handle)
{
	struct qmsg_registered *r;

	spin_lock(&handles_lock);
	r = find_locked(handle);
	if (r)
		kref_get(&r->ref);
	spin_unlock(&handles_lock);
	return r;
}

/* The table's reference is now the caller's. */
static void unlist_locked(struct qmsg_registered *r)
{
	hash_del(&r->hash);
	list_del(&r->node);
	r->live = false;
}

/* Nobody else's, nobody's guess, and not what QNX uses for "none" (~0). */
static u32 choose_handle_locked(void)
{
	u32 handle;

	do {
		handle = get_random_u32();
	} while (!handle || handle == U32_MAX || find_locked(handle));
	return handle;
}

static struct qmsg_registered *registered_alloc(struct qmsg_ctx *ctx)
{
	struct qmsg_registered *r;

	if (qmsg_charge(ctx->user, QMSG_QUOTA_EVENTS, 1))
		return ERR_PTR(-EAGAIN);
	r = kzalloc(sizeof(*r), GFP_KERNEL_ACCOUNT);
	if (!r) {
		qmsg_uncharge(ctx->user, QMSG_QUOTA_EVENTS, 1);
		return ERR_PTR(-ENOMEM);
	}
	kref_init(&r->ref);
	r->user = qmsg_user_ref(ctx->user);
	qmsg_target_self(&r->owner, ctx);
	qmsg_count(QMSG_OBJ_REGISTERED, 1);
	return r;
}

static int name_server(struct qmsg_registered *r, struct qmsg_ctx *ctx, s32 coid)
{
	struct qmsg_conn *conn;

	r->who = coid;
	if (coid == QMSG_REGISTER_ANY_SERVER || coid == QMSG_REGISTER_SELF)
		return 0;
	conn = qmsg_conn_find(ctx, coid);
	if (IS_ERR(conn))
		return PTR_ERR(conn);
	r->conn = conn;
	return 0;
}

/*
 * The connection may have been closed, or the context ended, since they were looked at. Both
 * end what they find in the list afterwards.
 */
static int publish_locked(struct qmsg_ctx *ctx, struct qmsg_registered *r)
{
	if (READ_ONCE(ctx->dead) || (r->conn && READ_ONCE(r->conn->detached)))
		return -EBADF;
	r->handle = choose_handle_locked();
	hash_add(handles, &r->hash, r->handle);
	list_add(&r->node, r->conn ? &r->conn->registered : &ctx->registered);
	r->live = true;
	kref_get(&r->ref);
	return 0;
}

static int registered_publish(struct qmsg_ctx *ctx, struct qmsg_registered *r)
{
	int err;

	spin_lock(&handles_lock);
	err = publish_locked(ctx, r);
	spin_unlock(&handles_lock);
	return err;
}

static bool registered_take_back(struct qmsg_registered *r)
{
	bool live;

	spin_lock(&handles_lock);
	live = r->live;
	if (live)
		unlist_locked(r);
	spin_unlock(&handles_lock);
	if (live)
		registered_put(r);
	return live;
}

long qmsg_ioctl_event_register(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	struct qmsg_event_register __user *uargs = uarg;
	const struct qmsg_event_register *args = ucmd;
	struct qmsg_registered *r = registered_alloc(ctx);
	int err;

	if (IS_ERR(r))
		return PTR_ERR(r);
	err = name_server(r, ctx, args->coid);
	if (!err)
		err = qmsg_action_own(&r->action, ctx, &args->event, QMSG_KINDS_ALL);
	if (!err)
		err = registered_publish(ctx, r);
	/* Nobody could guess it meanwhile. */
	if (!err && put_user(r->handle, &uargs->out_handle)) {
		registered_take_back(r);
		err = -EFAULT;
	}
	registered_put(r);
	return err;
}

long qmsg_ioctl_event_unregister(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	const struct qmsg_event_unregister *args = ucmd;
	struct qmsg_registered *r;
	bool done;

	if (args->__reserved)
		return -EINVAL;
	r = registered_find(args->handle);
	if (!r)
		return -ESRCH;
	done = r->owner.ctx == ctx && registered_take_back(r);
	registered_put(r);
	return done ? 0 : -ESRCH;
}

/*
 * S8.13: of a connection that is marked detached or a context that is marked dead, so that
 * nothing is added.
 */
void qmsg_registered_end(struct list_head *list)
{
	struct qmsg_registered *r;

	do {
		spin_lock(&handles_lock);
		r = list_first_entry_or_null(list, struct qmsg_registered, node);
		if (r)
			unlist_locked(r);
		spin_unlock(&handles_lock);
		if (r)
			registered_put(r);
		cond_resched();
	} while (r);
}

/* What the connections of @client to channels of @server's process permit; -EACCES: nothing. */
static int any_server(struct qmsg_ctx *client, const struct qmsg_ctx *server)
{
	struct qmsg_sconn *sconn;
	int err = -EACCES;

	spin_lock(&client->sconns_lock);
	list_for_each_entry(sconn, &client->sconns, client_node) {
		if (sconn->channel->ctx->proc == server->proc && READ_ONCE(sconn->event_conns)) {
			err = 0;
			break;
		}
	}
	spin_unlock(&client->sconns_lock);
	return err;
}

/* S8.13: is @ctx whom the owner meant? */
static int may_use(const struct qmsg_registered *r, const struct qmsg_ctx *ctx)
{
	if (r->owner.ctx->proc == ctx->proc && r->who == QMSG_REGISTER_SELF)
		return 0;
	if (r->who == QMSG_REGISTER_SELF)
		return -EACCES;
	if (r->who == QMSG_REGISTER_ANY_SERVER)
		return any_server(r->owner.ctx, ctx);
	if (r->conn->sconn->channel->ctx->proc != ctx->proc)
		return -EACCES;
	return READ_ONCE(r->conn->flags) & QMSG_COF_NOEVENT ? -EACCES : 0;
}

/* Who the event is for, if the id is known; else the owner's thread that registered it. */
static int find_target(struct qmsg_ctx *ctx, const struct qmsg_registered *r, s64 rcvid,
		       struct qmsg_target *to)
{
	int err;

	err = qmsg_known_find(ctx, rcvid, to);
	if (err != -ESRCH)
		return err;
	if (qmsg_ctx_terminating(r->owner.ctx))
		return -EBUSY;
	*to = r->owner;
	qmsg_ctx_get(to->ctx);
	get_pid(to->tid);
	return 0;
}

/* The stored event, with what its owner lets the server change. */
static int updated(const struct qmsg_registered *r, const struct qmsg_event *ev,
		   struct qmsg_action *a)
{
	*a = r->action;
	if (a->ev.notify & QMSG_EVENT_UPDATEABLE)
		a->ev.value = ev->value;
	if (a->ev.notify & QMSG_EVENT_CODE_UPDATEABLE)
		a->ev.code = ev->code;
	return qmsg_event_valid(&a->ev, QMSG_KINDS_ALL);
}

/* A known id has to be of the owner; and of the channel it meant: not of another in that process. */
static bool is_meant(const struct qmsg_registered *r, const struct qmsg_target *to)
{
	if (to->ctx->proc != r->owner.ctx->proc || to->flags & QMSG_COF_NOEVENT)
		return false;
	return !r->conn || !to->sconn || r->conn->sconn->channel == to->sconn->channel;
}

static int deliver_to(struct qmsg_ctx *ctx, const struct qmsg_registered *r,
		      const struct qmsg_target *to, const struct qmsg_event *ev, bool check)
{
	struct qmsg_action a;
	int err;

	if (!is_meant(r, to))
		return -EACCES;
	err = updated(r, ev, &a);
	return err ?: qmsg_act(&a, to, ctx->user, check);
}

static int deliver(struct qmsg_ctx *ctx, const struct qmsg_registered *r,
		   const struct qmsg_event_deliver *args, bool check)
{
	struct qmsg_target to;
	int err;

	err = may_use(r, ctx);
	if (err)
		return err;
	err = find_target(ctx, r, args->rcvid, &to);
	if (err)
		return err;
	err = deliver_to(ctx, r, &to, &args->event, check);
	if (!err && to.sconn)
		qmsg_known_keep(ctx, args->rcvid, &to);
	qmsg_target_release(&to);
	return err;
}

int qmsg_registered_deliver(struct qmsg_ctx *ctx, const struct qmsg_event_deliver *args,
			    bool check)
{
	struct qmsg_registered *r = registered_find(args->event.id);
	int err;

	if (!r)
		return -EINVAL;
	err = deliver(ctx, r, args, check);
	registered_put(r);
	return err;
}
