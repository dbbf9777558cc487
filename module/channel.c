// SPDX-License-Identifier: GPL-2.0-only
/* Channels: making and ending them, handing work to a receiver. */

#include <linux/cred.h>
#include <linux/poll.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "channel.h"
#include "coiddeath.h"
#include "connect.h"
#include "ctx.h"
#include "inject.h"
#include "ioctl.h"
#include "limits.h"
#include "name.h"
#include "proc.h"
#include "request.h"
#include "stats.h"
#include "threaddeath.h"

/* Of their own size: there can be many. */
static struct kmem_cache *channel_cache;

int qmsg_channels_init(void)
{
	channel_cache = KMEM_CACHE(qmsg_channel, SLAB_ACCOUNT);
	return channel_cache ? 0 : -ENOMEM;
}

void qmsg_channels_exit(void)
{
	rcu_barrier();
	kmem_cache_destroy(channel_cache);
}

/* ns; what is learnt will be more or less. */
#define SPIN_FIRST	(50 * NSEC_PER_USEC)

static struct qmsg_channel *channel_alloc(struct qmsg_ctx *ctx)
{
	struct qmsg_channel *ch;

	if (qmsg_charge(ctx->user, QMSG_QUOTA_CHANNELS, 1))
		return ERR_PTR(-EAGAIN);
	ch = kmem_cache_zalloc(channel_cache, GFP_KERNEL_ACCOUNT);
	if (!ch) {
		qmsg_uncharge(ctx->user, QMSG_QUOTA_CHANNELS, 1);
		return ERR_PTR(-ENOMEM);
	}
	kref_init(&ch->ref);
	ch->ctx = qmsg_ctx_get(ctx);
	ch->lock = &ctx->rcvids.lock;
	ch->spin_receive = SPIN_FIRST;
	ch->spin_send = SPIN_FIRST;
	qmsg_queue_init(&ch->queue);
	INIT_LIST_HEAD(&ch->sconns);
	init_waitqueue_head(&ch->pollers);
	INIT_LIST_HEAD(&ch->names);
	INIT_LIST_HEAD(&ch->servers);
	qmsg_count(QMSG_OBJ_CHANNEL, 1);
	return ch;
}

static void channel_free_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(channel_cache, container_of(rcu, struct qmsg_channel, rcu));
}

void qmsg_channel_free(struct kref *ref)
{
	struct qmsg_channel *ch = container_of(ref, struct qmsg_channel, ref);

	qmsg_action_release(&ch->pool_event);
	qmsg_thread_watch_free(ch);
	qmsg_uncharge(ch->ctx->user, QMSG_QUOTA_CHANNELS, 1);
	qmsg_ctx_put(ch->ctx);
	call_rcu(&ch->rcu, channel_free_rcu);
	qmsg_count(QMSG_OBJ_CHANNEL, -1);
}

/* One more than there is room for is woken now: rare, and only slower. */
void qmsg_channel_wake_second_locked(struct qmsg_channel *ch, struct task_struct *task)
{
	struct qmsg_wakes *w = &ch->wakes;

	w->more = true;
	if (!w->second)
		w->second = get_task_struct(task);
	else
		wake_up_process(task);
}

/*
 * Who polls enters the wait queue first and looks at the channel, under its lock, then: so
 * whoever is not seen in the queue here will see what has been done under the lock.
 */
void qmsg_channel_tell_locked(struct qmsg_channel *ch, __poll_t events)
{
	lockdep_assert_held(ch->lock);
	if (!waitqueue_active(&ch->pollers))
		return;
	ch->wakes.more = true;
	/* Who answers by number has no reference of his own (reply.c). */
	if (!ch->wakes.events)
		qmsg_channel_get(ch);
	ch->wakes.events |= events;
}

/* One exclusive waiter for an entry, all of them at the end. */
static void wake_pollers(struct qmsg_channel *ch, __poll_t events)
{
	__wake_up(&ch->pollers, TASK_NORMAL, events & EPOLLHUP ? 0 : 1, poll_to_key(events));
}

void qmsg_channel_unsettled_locked(struct qmsg_channel *ch)
{
	if (ch->wakes.unsettled)
		return;
	ch->wakes.more = true;
	ch->wakes.unsettled = true;
	qmsg_channel_get(ch);
}

static void wake(struct task_struct *task)
{
	if (!task)
		return;
	wake_up_process(task);
	put_task_struct(task);
}

/* Others first, then whom they are woken for, then this thread itself. */
static void channel_wake(struct qmsg_channel *ch, struct qmsg_wakes *wakes)
{
	struct qmsg_server *self = NULL;

	if (wakes->unsettled) {
		self = qmsg_servers_settle(ch);
		qmsg_channel_put(ch);
	}
	/* Another thread may be about it; wait for that. */
	if (wakes->raise) {
		qmsg_server_settle(wakes->raise);
		qmsg_server_put(wakes->raise);
	}
	wake(wakes->task);
	wake(wakes->second);
	if (wakes->events) {
		wake_pollers(ch, wakes->events);
		qmsg_channel_put(ch);
	}
	if (self) {
		qmsg_server_settle(self);
		qmsg_server_put(self);
	}
}

/* Leaves it to the caller to do what @wakes says. */
void qmsg_channel_release(struct qmsg_channel *ch, struct qmsg_wakes *wakes)
	__releases(ch->lock)
{
	ch->queue.boost_moved = false;
	if (unlikely(ch->queue.boost != ch->boost))
		qmsg_servers_boost_locked(ch);
	*wakes = ch->wakes;
	if (wakes->task)
		get_task_struct(wakes->task);
	ch->wakes = (struct qmsg_wakes) { };
	spin_unlock(ch->lock);
}

/*
 * A task that was blocked under the lock is not freed in between, although it may run, and
 * exit. Without preemption is enough for RCU; what sleeps instead of spinning needs the other.
 */
static inline void hold_tasks(void)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		rcu_read_lock();
	else
		rcu_read_lock_sched();
}

static inline void let_tasks_go(void)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		rcu_read_unlock();
	else
		rcu_read_unlock_sched();
}

/*
 * What @task waits for is there. One that runs looks for it before it sleeps: the barrier
 * pairs with the one of set_current_state(). On PREEMPT_RT a sleeper runs also while a lock
 * that it waits for is handed to it.
 */
static void wake_sleeper(struct task_struct *task)
{
	smp_mb();
	if (IS_ENABLED(CONFIG_PREEMPT_RT) || READ_ONCE(task->__state) != TASK_RUNNING)
		wake_up_process(task);
}

/* @task is the only one to be woken. */
__qmsg_near noinline void qmsg_channel_unlock_for(struct qmsg_channel *ch, struct task_struct *task)
	__releases(ch->lock)
{
	ch->wakes.task = NULL;
	hold_tasks();
	spin_unlock(ch->lock);
	wake_sleeper(task);
	let_tasks_go();
}

void qmsg_channel_unlock_more(struct qmsg_channel *ch) __releases(ch->lock)
{
	struct qmsg_wakes wakes;

	qmsg_channel_release(ch, &wakes);
	__might_sleep(__FILE__, __LINE__);
	channel_wake(ch, &wakes);
}

/*
 * @r has waited for @n, or for an error. The thread looks at it without the lock, and goes: @r is
 * gone after this. Its task is not, the lock being a read side of RCU's. It is woken only now:
 * that may be at once, and would be for nothing before.
 */
void qmsg_receiver_give_locked(struct qmsg_channel *ch, struct qmsg_receiver *r,
			       struct qmsg_qnode *n)
{
	struct task_struct *task = r->server->task;

	__hlist_del(&r->node);
	ch->nreceivers--;
	smp_store_release(&r->given, n);
	qmsg_channel_wake_locked(ch, task);
}

/* A receiver with work. Of two with a priority in one critical section one waits for nobody. */
static noinline void raise_receiver_locked(struct qmsg_channel *ch, const struct qmsg_receiver *r)
{
	if (!READ_ONCE(r->server->want) || ch->wakes.raise)
		return;
	qmsg_server_get(r->server);
	ch->wakes.raise = r->server;
	ch->wakes.more = true;
}

/* The context's own channel @chid, with a reference, or NULL. */
struct qmsg_channel *qmsg_channel_find(struct qmsg_ctx *ctx, int chid)
{
	struct xarray *channels = &ctx->proc->channels;
	struct qmsg_channel *ch;

	if (chid <= 0)
		return NULL;
	xa_lock(channels);
	ch = xa_load(channels, chid);
	if (ch && ch->ctx == ctx)
		qmsg_channel_get(ch);
	else
		ch = NULL;
	xa_unlock(channels);
	return ch;
}

static u32 pulse_limit(const struct qmsg_channel_create *args)
{
	return args->pulse_limit ?: QMSG_PULSE_LIMIT_DEFAULT;
}

static int check_create(const struct qmsg_channel_create *args)
{
	u32 grace = args->kill_grace_ms;

	if (args->flags & QMSG_CHF_THREAD_DEATH && !qmsg_thread_deaths_possible())
		return -EINVAL;
	if (args->pulse_limit > QMSG_PULSE_LIMIT_MAX)
		return -EINVAL;
	if (args->pool_rearm >= (args->pool_event.notify ? pulse_limit(args) : 1))
		return -EINVAL;
	return grace > qmsg_kill_grace_max() ? -EPERM : 0;
}

static struct qmsg_channel *channel_create(struct qmsg_ctx *ctx,
					   const struct qmsg_channel_create *args)
{
	struct qmsg_access access;
	struct qmsg_channel *ch;
	int err;

	err = qmsg_access_make(&access, args->mode, args->gid) ?: check_create(args);
	if (err)
		return ERR_PTR(err);
	ch = channel_alloc(ctx);
	if (IS_ERR(ch))
		return ch;
	ch->flags = args->flags;
	ch->uid = current_euid();
	ch->access = access;
	ch->pulse_limit = pulse_limit(args);
	ch->pool_rearm = args->pool_rearm;
	ch->kill_grace_ms = args->kill_grace_ms;
	err = qmsg_action_own(&ch->pool_event, ctx, &args->pool_event, QMSG_KINDS_PROCESS);
	if (!err)
		return ch;
	qmsg_channel_put(ch);
	return ERR_PTR(err);
}

/* The number is reserved and told first: once the channel can be found nothing can fail. */
static int channel_publish(struct qmsg_channel *ch, s32 __user *out_chid)
{
	struct qmsg_ctx *ctx = ch->ctx;
	struct xarray *channels = &ctx->proc->channels;
	u32 chid;
	int err;

	err = xa_alloc(channels, &chid, NULL, XA_LIMIT(1, QMSG_ID_MAX), GFP_KERNEL_ACCOUNT);
	if (err)
		return err == -EBUSY ? -EAGAIN : err;
	ch->chid = chid;
	if (put_user(ch->chid, out_chid)) {
		xa_erase(channels, chid);
		return -EFAULT;
	}
	mutex_lock(&ctx->lock);
	err = ctx->dead ? -EBADF : qmsg_proc_publish_channel(ch);
	if (!err)
		ctx->had_channel = true;
	mutex_unlock(&ctx->lock);
	if (err)
		xa_erase(channels, chid);
	return err;
}

long qmsg_ioctl_channel_create(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	struct qmsg_channel_create __user *uargs = uarg;
	struct qmsg_channel *ch;
	int err = 0;

	ch = channel_create(ctx, ucmd);
	if (IS_ERR(ch))
		return PTR_ERR(ch);
	if (ch->flags & QMSG_CHF_THREAD_DEATH)
		err = qmsg_thread_watch_start(ch);
	if (!err)
		err = channel_publish(ch, &uargs->out_chid);
	if (!err)
		return 0;
	qmsg_thread_watch_stop(ch);
	qmsg_channel_put(ch);
	return err;
}

static void end_receivers_locked(struct qmsg_channel *ch, struct hlist_head *receivers)
{
	struct qmsg_receiver *r;
	struct hlist_node *next;

	hlist_for_each_entry_safe(r, next, receivers, node)
		qmsg_receiver_give_locked(ch, r, ERR_PTR(-ESRCH));
}

/*
 * Ends one request of one client, or, when it has none, tells one of its connections, or,
 * when all have been told, ends the client. False: no client left.
 */
static bool end_one(struct qmsg_channel *ch)
{
	struct qmsg_request *req = NULL;
	struct qmsg_conn *conn = NULL;
	struct qmsg_sconn *sconn;

	(void)qmsg_point(GONE);
	spin_lock(ch->lock);
	sconn = list_first_entry_or_null(&ch->sconns, struct qmsg_sconn, node);
	if (sconn) {
		qmsg_sconn_get(sconn);
		req = hlist_entry_safe(sconn->requests.first, struct qmsg_request, sconn_node);
		if (req)
			qmsg_state_event_locked(qmsg_request_get(req), QMSG_EV_GONE, NULL);
		else
			conn = qmsg_coid_death_next_locked(sconn);
		if (!req && !conn)
			qmsg_sconn_retire_locked(sconn);
	}
	qmsg_channel_unlock(ch);
	if (req)
		qmsg_request_put(req);
	if (conn)
		qmsg_coid_death_tell(conn);
	if (sconn)
		qmsg_sconn_put(sconn);
	return sconn;
}

/* S4.14: queued pulses vanish. */
static bool end_one_pulse(struct qmsg_channel *ch)
{
	struct qmsg_pulse_node *p = NULL;
	struct qmsg_qnode *n;
	bool release = false;

	spin_lock(ch->lock);
	n = qmsg_queue_first(&ch->queue, true);
	if (n) {
		p = container_of(n, struct qmsg_pulse_node, q);
		release = qmsg_pulse_withdraw_locked(ch, p);
	}
	qmsg_channel_unlock(ch);
	if (release)
		qmsg_pulse_release(ch, p);
	return n;
}

/* Its threads work on something else now, or on nothing. */
static bool end_one_server(struct qmsg_channel *ch)
{
	struct qmsg_server *s;

	spin_lock(ch->lock);
	s = list_first_entry_or_null(&ch->servers, struct qmsg_server, node);
	if (s) {
		qmsg_server_get(s);
		qmsg_server_part_locked(s);
	}
	qmsg_channel_unlock(ch);
	if (!s)
		return false;
	qmsg_server_settle(s);
	qmsg_server_put(s);
	return true;
}

/*
 * Nobody finds @ch any more; true for the one who did this. Its names go before its number:
 * whoever hears, in whatever way, that the channel has gone can take them anew.
 */
static bool channel_unpublish(struct qmsg_channel *ch)
{
	qmsg_names_end(ch);
	return qmsg_proc_unpublish_channel(ch);
}

/* S1.30 i, T11, T25, R9. False if somebody else ends it. */
static bool channel_end(struct qmsg_channel *ch)
{
	struct qmsg_action pool_event;

	if (!channel_unpublish(ch))
		return false;
	spin_lock(ch->lock);
	WRITE_ONCE(ch->dead, true);
	/* Its number may be another's already. */
	ch->last = NULL;
	end_receivers_locked(ch, &ch->receivers);
	end_receivers_locked(ch, &ch->pulse_receivers);
	qmsg_channel_tell_locked(ch, EPOLLHUP);
	/* Here, not when it is freed: channels may refer to channels in a long row. */
	pool_event = ch->pool_event;
	ch->pool_event = (struct qmsg_action) { };
	qmsg_channel_unlock(ch);
	qmsg_action_release(&pool_event);
	qmsg_stats_end(ch);
	qmsg_thread_watch_stop(ch);
	while (end_one(ch))
		cond_resched();
	while (end_one_pulse(ch))
		cond_resched();
	while (end_one_server(ch))
		cond_resched();
	qmsg_channel_put(ch);
	return true;
}

void qmsg_channel_end_all(struct qmsg_ctx *ctx)
{
	struct xarray *channels = &ctx->proc->channels;
	struct qmsg_channel *ch;
	unsigned long chid;

	/* Another context of the process may be ending its own. */
	xa_for_each(channels, chid, ch) {
		ch = qmsg_channel_find(ctx, chid);
		if (!ch)
			continue;
		channel_end(ch);
		qmsg_channel_put(ch);
	}
}

long qmsg_ioctl_channel_destroy(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	const struct qmsg_channel_destroy *args = ucmd;
	struct qmsg_channel *ch;
	bool ended;

	if (args->__reserved)
		return -EINVAL;
	ch = qmsg_channel_find(ctx, args->chid);
	if (!ch)
		return -EINVAL;
	ended = channel_end(ch);
	qmsg_channel_put(ch);
	return ended ? 0 : -EINVAL;
}

/* @r waits for it. */
__qmsg_hot void qmsg_channel_give_locked(struct qmsg_channel *ch, struct qmsg_receiver *r,
					 struct qmsg_qnode *n)
{
	if (unlikely(qmsg_server_take_locked(r->server, n)))
		raise_receiver_locked(ch, r);
	qmsg_receiver_give_locked(ch, r, n);
}

/*
 * Gives @n, a pulse, to a thread that waits for it, if there is one: as a request to the latest
 * in MsgReceive, before any in MsgReceivePulse (S4.9).
 */
bool qmsg_channel_offer_locked(struct qmsg_channel *ch, struct qmsg_qnode *n)
{
	struct qmsg_receiver *r = qmsg_channel_receiver_locked(ch);

	if (!r)
		r = hlist_entry_safe(ch->pulse_receivers.first, struct qmsg_receiver, node);
	if (r)
		qmsg_channel_give_locked(ch, r, n);
	return r;
}
