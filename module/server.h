/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A thread that receives.
 *
 * DOC: It belongs to the channel of its last receive (S6.5, S6.12), and what it received
 * there last is what it serves. From both follows the priority it is to have: that of what
 * it serves (S6.2), and at least that of what waits in the channel's queue (S6.5). It is
 * written down as @want under the channel's lock and *settled* after it, because telling
 * the scheduler may sleep. What was given is given back when what it came from is over
 * (S6.4, S6.6 are not taken over).
 *
 * A request's priority may itself be lent: its client may be a server, which serves
 * somebody. Such a request is known to its lender, and loses the priority with him; else a
 * loan could be passed around for ever.
 *
 * A record is made at a thread's first receive. A dead thread's is found and dropped when
 * others are made, or with the process.
 */
#ifndef QMSG_SERVER_H
#define QMSG_SERVER_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/rculist.h>
#include <linux/rtmutex.h>
#include <linux/spinlock.h>

#include "ctx.h"
#include "prio.h"
#include "proc.h"
#include "queue.h"

struct qmsg_qnode;

struct qmsg_server {
	struct kref ref;
	struct rcu_head rcu;

	/* Set at creation. */
	struct task_struct *task;	/* with a reference */
	struct qmsg_proc *proc;		/* whose table it is in */
	struct hlist_node proc_node;	/* in it, under its lock; read under RCU */
	struct qmsg_user *user;		/* who is charged, with a reference */

	/* Under the lock of @channel; that itself changes under @lock too. */
	struct qmsg_channel *channel;	/* of the last receive, or NULL */
	struct list_head node;		/* in its list */
	struct qmsg_request *serving;	/* where @want's priority comes from, if a request */
	struct hlist_node serving_node;
	u16 want;			/* also read without it */
	void *seen;			/* what a picture that is being taken has of it */

	spinlock_t lock;
	struct list_head lent;		/* requests of this thread that have its priority */
	u64 lent_pass;			/* how often they have been looked through */

	/* Who waits to raise this thread must not be kept waiting by a third one: with PI. */
	struct rt_mutex settling;
	int settled;			/* the @want in force, or -1; changed under @settling */
	struct qmsg_prio prio;		/* under @settling */

	struct qmsg_server *next;	/* in a chain of whoever has set @chained */
	atomic_t chained;
};

struct qmsg_server *qmsg_server_current(struct qmsg_ctx *ctx);
struct qmsg_server *qmsg_server_get_of(struct qmsg_proc *proc, struct task_struct *task);
void qmsg_server_get(struct qmsg_server *s);
void qmsg_server_put(struct qmsg_server *s);
void qmsg_servers_free(struct qmsg_proc *proc);

/*
 * By task, not by thread id: that changes with an exec, and a task must never have two
 * records that both think they know its own priority.
 */
static inline struct hlist_head *qmsg_servers_of(struct qmsg_proc *proc, struct task_struct *task)
{
	return &proc->servers[hash_ptr(task, QMSG_SERVERS_BITS)];
}

static inline struct qmsg_server *qmsg_server_look(struct qmsg_proc *proc, struct task_struct *task)
{
	struct qmsg_server *s;

	hlist_for_each_entry_rcu(s, qmsg_servers_of(proc, task), proc_node)
		if (s->task == task)
			return s;
	return NULL;
}

/* The current thread's record, if it has one. It lasts as long as thread and context. */
static inline struct qmsg_server *qmsg_server_find(struct qmsg_ctx *ctx)
{
	struct qmsg_server *s;

	rcu_read_lock();
	s = qmsg_server_look(ctx->proc, current);
	rcu_read_unlock();
	return s;
}

struct qmsg_channel *qmsg_server_channel(struct qmsg_server *s);
void qmsg_server_leave(struct qmsg_server *s);
void qmsg_server_join_locked(struct qmsg_server *s, struct qmsg_channel *ch);
void qmsg_server_part_locked(struct qmsg_server *s);
bool qmsg_server_take_locked(struct qmsg_server *s, struct qmsg_qnode *n);
void qmsg_server_rest_locked(struct qmsg_server *s);
void qmsg_server_cap_locked(struct qmsg_server *s, u8 serve);
void qmsg_servers_dismiss_locked(struct qmsg_request *req);
void qmsg_servers_boost_locked(struct qmsg_channel *ch);

void qmsg_server_settle_now(struct qmsg_server *s);

/* Pairs with want_locked(): either sees what the other has written. */
static inline bool qmsg_server_is_settled(const struct qmsg_server *s)
{
	return READ_ONCE(s->settled) == READ_ONCE(s->want);
}

/* When it returns, @s has had the priority that is wanted now. Sleeps. */
static inline void qmsg_server_settle(struct qmsg_server *s)
{
	if (unlikely(!qmsg_server_is_settled(s)))
		qmsg_server_settle_now(s);
}

struct qmsg_server *qmsg_servers_settle(struct qmsg_channel *ch);

void qmsg_request_borrow(struct qmsg_request *req);
u8 qmsg_request_own_boost(struct qmsg_request *req);
void qmsg_request_pay_back(struct qmsg_request *req);
struct qmsg_rank qmsg_pulse_rank(struct qmsg_ctx *ctx, const struct qmsg_conn *conn, u16 prio);

#endif /* QMSG_SERVER_H */
