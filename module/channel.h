/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A channel: where a server receives.
 *
 * DOC: It holds the send queue, the threads that wait to receive, and its clients'
 * server connections, through which every request on it is reached. Ending it (destroy,
 * close, exit, exec) answers every client with ESRCH at once and lets every receiver go;
 * its memory lasts as long as connections refer to it.
 */
#ifndef QMSG_CHANNEL_H
#define QMSG_CHANNEL_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/sched/task.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "access.h"
#include "event.h"
#include "queue.h"
#include "server.h"

/*
 * Threads to wake when the channel's lock is released, and pollers to tell. Not before: a
 * thread that is woken under the lock runs into it, on another CPU at once. And before that,
 * those whose priority is to change: what wakes has its priority already (S6.14).
 */
struct qmsg_wakes {
	struct task_struct *task;	/* or NULL; often that is all */
	bool more;			/* … or not: */
	struct task_struct *second;	/* with a reference, or NULL */
	struct qmsg_server *raise;	/* of a receiver among them, with a reference, or NULL */
	bool unsettled;			/* some of the channel's servers; holds the channel */
	__poll_t events;		/* for who polls; holds the channel */
};

struct qmsg_channel {
	struct kref ref;
	struct rcu_head rcu;

	/* Set at creation. */
	struct qmsg_ctx *ctx;		/* the server's, with a reference */
	int chid;
	u32 flags;			/* QMSG_CHF_* */
	kuid_t uid;
	u32 pulse_limit;
	u32 kill_grace_ms;		/* 0: the module's default */
	u32 pool_rearm;			/* with @pool_event */
	struct qmsg_thread_watch *thread_watch; /* with THREAD_DEATH */

	spinlock_t *lock;		/* of its context's channels, see rcvid.h */
	/* Under @lock. */
	bool dead;			/* also read without it, as a hint */
	struct qmsg_stats *stats;	/* NULL: it is not measured; changed under stats.c's lock too */
	struct qmsg_wakes wakes;
	struct qmsg_queue queue;
	struct hlist_head receivers;	/* in MsgReceive, the latest first (S4.9) */
	struct hlist_head pulse_receivers; /* in MsgReceivePulse */
	struct list_head sconns;
	struct list_head servers;	/* threads whose last receive was here */
	struct qmsg_server *last;	/* of them, that of the last receive; NULL also if dead */
	u8 boost;			/* what they were told of the queue */
	u32 pool_used;			/* user pulses held */
	struct qmsg_action pool_event;	/* for the owner; let go when the channel ends */
	bool pool_told;			/* @pool_event has been delivered, and not rearmed */
	bool overflow_noticed;		/* that the pool is full has been told; see notice.c */
	u32 nreceivers;
	u32 received;			/* requests in a REPLY state, orphans too */
	u32 orphans;
	struct qmsg_access access;

	/* How long to wait awake for a request and for an answer, ns; without a lock. */
	u32 spin_receive, spin_send;
	/* How many more of either to sleep out at once; likewise. */
	u32 turn_receive, turn_send;

	/* Under its own lock; entered by chanfile.c before it looks at the channel. */
	wait_queue_head_t pollers;

	/* Under name.c's lock. */
	struct list_head names;
	bool names_closed;		/* no new ones */
};

/* A thread that waits to receive; on its stack, under the channel's lock. */
struct qmsg_receiver {
	struct hlist_node node;
	struct qmsg_server *server;	/* the thread's record */
	/* An entry, or an error: then it is off the list. Also read without the lock by itself. */
	struct qmsg_qnode *given;
	unsigned long since;		/* jiffies */
};

void qmsg_receiver_give_locked(struct qmsg_channel *ch, struct qmsg_receiver *r,
			       struct qmsg_qnode *n);
void qmsg_channel_free(struct kref *ref);

static inline struct qmsg_channel *qmsg_channel_get(struct qmsg_channel *ch)
{
	kref_get(&ch->ref);
	return ch;
}

static inline void qmsg_channel_put(struct qmsg_channel *ch)
{
	kref_put(&ch->ref, qmsg_channel_free);
}

/* The one that the next message goes to, or NULL. */
static inline struct qmsg_receiver *qmsg_channel_receiver_locked(const struct qmsg_channel *ch)
{
	return hlist_entry_safe(ch->receivers.first, struct qmsg_receiver, node);
}

static inline bool qmsg_channel_waited_locked(const struct qmsg_channel *ch)
{
	return !hlist_empty(&ch->receivers);
}

void qmsg_channel_wake_second_locked(struct qmsg_channel *ch, struct task_struct *task);

static inline void qmsg_channel_wake_locked(struct qmsg_channel *ch, struct task_struct *task)
{
	lockdep_assert_held(ch->lock);
	if (likely(!ch->wakes.task))
		ch->wakes.task = task;
	else
		qmsg_channel_wake_second_locked(ch, task);
}

void qmsg_channel_tell_locked(struct qmsg_channel *ch, __poll_t events);
void qmsg_channel_unsettled_locked(struct qmsg_channel *ch);

void qmsg_channel_release(struct qmsg_channel *ch, struct qmsg_wakes *wakes)
	__releases(ch->lock);
void qmsg_channel_unlock_more(struct qmsg_channel *ch) __releases(ch->lock);
void qmsg_channel_unlock_for(struct qmsg_channel *ch, struct task_struct *task)
	__releases(ch->lock);

/* Every critical section ends here. What follows the lock has references of its own. */
static __always_inline void qmsg_channel_unlock(struct qmsg_channel *ch) __releases(ch->lock)
{
	struct task_struct *task = ch->wakes.task;

	if (unlikely(ch->wakes.more | ch->queue.boost_moved)) {
		qmsg_channel_unlock_more(ch);
		return;
	}
	if (task)
		qmsg_channel_unlock_for(ch, task);
	else
		spin_unlock(ch->lock);
	/* Seldom, so say it always; only debug kernels listen. */
	__might_sleep(__FILE__, __LINE__);
}

int qmsg_channels_init(void);
void qmsg_channels_exit(void);
struct qmsg_channel *qmsg_channel_find(struct qmsg_ctx *ctx, int chid);
void qmsg_channel_end_all(struct qmsg_ctx *ctx);
bool qmsg_channel_offer_locked(struct qmsg_channel *ch, struct qmsg_qnode *n);
void qmsg_channel_give_locked(struct qmsg_channel *ch, struct qmsg_receiver *r,
			      struct qmsg_qnode *n);

#endif /* QMSG_CHANNEL_H */
