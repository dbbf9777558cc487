// SPDX-License-Identifier: GPL-2.0-only
/* Threads that wait for each other: finding them when the last of them sends. */

#include <linux/atomic.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "channel.h"
#include "cycle.h"
#include "inject.h"
#include "notice.h"
#include "search.h"
#include "server.h"
#include "timer.h"

/* What is larger is not looked at. */
#define REQUESTS_MAX	64
#define PROCS_MAX	16
#define STEPS_MAX	256	/* contexts and server connections of one process */

struct member {
	struct qmsg_proc *proc;		/* held by a request */
	bool everyone;			/* all of its threads count, not those that receive only */
	unsigned int blocked;		/* of them, how many are stuck */
};

struct walk {
	struct qmsg_request *own;	/* where it begins */
	bool certain;
	bool ends;			/* here is somebody who may move */
	unsigned int nreqs, nmembers;
	struct qmsg_request *req[REQUESTS_MAX];	/* stuck, each with a reference */
	struct member member[PROCS_MAX];
};

static atomic64_t last_order;

/* A full barrier: whoever gets a later one sees what was posted before. */
u64 qmsg_cycle_order(void)
{
	return atomic64_inc_return(&last_order);
}

static bool is_stuck(const struct walk *w, const struct qmsg_request *req)
{
	switch (READ_ONCE(req->state)) {
	case QMSG_SEND:
		if (READ_ONCE(req->hand) != QMSG_HAND_NONE)
			return false;
		fallthrough;
	case QMSG_REPLY:
	case QMSG_HELD:
	case QMSG_ASKED:
		return !w->certain ||
		       (!qmsg_has_deadline(&req->policy) && !signal_pending(req->task));
	default:
		return false;
	}
}

/* Those of @proc that are alive. */
static unsigned int receivers_of(struct qmsg_proc *proc)
{
	const struct qmsg_server *s;
	unsigned int i, n = 0;

	rcu_read_lock();
	for (i = 0; i < ARRAY_SIZE(proc->servers); i++)
		hlist_for_each_entry_rcu(s, &proc->servers[i], proc_node)
			n += !READ_ONCE(s->task->exit_state);
	rcu_read_unlock();
	return n;
}

static unsigned int threads_of(struct qmsg_proc *proc)
{
	struct task_struct *task;
	unsigned int n;

	rcu_read_lock();
	task = pid_task(proc->tgid, PIDTYPE_TGID);
	n = task ? get_nr_threads(task) : 0;
	rcu_read_unlock();
	return n;
}

/* How many have to be stuck, that it cannot move. */
static unsigned int counted_of(const struct member *m)
{
	return m->everyone ? threads_of(m->proc) : receivers_of(m->proc);
}

static bool counts(const struct member *m, const struct qmsg_request *req)
{
	bool yes = m->everyone;

	if (req->tgid != m->proc->tgid)
		return false;
	rcu_read_lock();
	yes = yes || qmsg_server_look(m->proc, req->task);
	rcu_read_unlock();
	return yes;
}

static bool take(struct qmsg_request *req, void *arg)
{
	struct walk *w = arg;
	struct member *m = &w->member[w->nmembers - 1];

	if (!counts(m, req))
		return false;
	w->ends = !is_stuck(w, req) || w->nreqs == REQUESTS_MAX;
	if (w->ends)
		return true;
	w->req[w->nreqs++] = qmsg_request_get(req);
	m->blocked++;
	return false;
}

static bool is_member(const struct walk *w, const struct qmsg_proc *proc)
{
	unsigned int i;

	for (i = 0; i < w->nmembers; i++)
		if (w->member[i].proc == proc)
			return true;
	return false;
}

/* What the threads of @proc wait for. */
static void add_member(struct walk *w, struct qmsg_proc *proc)
{
	struct member *m = &w->member[w->nmembers];

	if (is_member(w, proc))
		return;
	if (w->nmembers == PROCS_MAX || threads_of(proc) > REQUESTS_MAX) {
		w->ends = true;
		return;
	}
	w->nmembers++;
	m->proc = proc;
	m->everyone = w->certain || !receivers_of(proc);
	if (!qmsg_search_requests(proc, take, w, STEPS_MAX) || !m->blocked)
		w->ends = true;
}

/* All that @w->own waits for in the end; is it one of those itself? */
static bool gather(struct walk *w)
{
	bool own = false;
	unsigned int i;

	add_member(w, w->own->channel->ctx->proc);
	for (i = 0; i < w->nreqs && !w->ends; i++) {
		own = own || w->req[i] == w->own;
		add_member(w, w->req[i]->channel->ctx->proc);
	}
	return own && !w->ends;
}

/* The moment for which all of it is true: between this and is_stuck() before and after. */
static bool nobody_else(const struct walk *w)
{
	unsigned int i;

	for (i = 0; i < w->nmembers; i++)
		if (counted_of(&w->member[i]) != w->member[i].blocked ||
		    (w->certain && qmsg_timers_may_unblock(w->member[i].proc)))
			return false;
	return true;
}

static bool all_still_stuck(const struct walk *w)
{
	unsigned int i;

	for (i = 0; i < w->nreqs; i++)
		if (!is_stuck(w, w->req[i]))
			return false;
	return true;
}

/* Somebody else's, who finds this as well, was sent after it. */
static bool another_is_later(const struct walk *w)
{
	unsigned int i;

	for (i = 0; i < w->nreqs; i++)
		if (w->req[i]->channel->flags & QMSG_CHF_DEADLOCK &&
		    w->req[i]->order > w->own->order)
			return true;
	return false;
}

static bool walk(struct walk *w)
{
	bool found = gather(w);

	if (!found)
		return false;
	smp_mb();
	found = nobody_else(w);
	smp_mb();
	return found && all_still_stuck(w);
}

static bool closes_cycle(struct qmsg_request *req, bool certain)
{
	struct walk *w = kzalloc(sizeof(*w), GFP_KERNEL_ACCOUNT);
	bool found;

	if (!w)
		return false;
	w->own = req;
	w->certain = certain;
	found = walk(w) && !(certain && another_is_later(w));
	while (w->nreqs)
		qmsg_request_put(w->req[--w->nreqs]);
	kfree(w);
	return found;
}

/* True if it is over by that. */
static bool refuse(struct qmsg_request *req)
{
	struct qmsg_channel *ch = req->channel;
	bool refused;

	(void)qmsg_point(EVENT);
	spin_lock(ch->lock);
	refused = req->state == QMSG_SEND && req->hand == QMSG_HAND_NONE;
	if (refused) {
		qmsg_notice_cycle_locked(req, true);
		qmsg_state_event_locked(req, QMSG_EV_DEADLOCK, NULL);
	}
	qmsg_channel_unlock(ch);
	return refused;
}

static void tell(struct qmsg_request *req)
{
	spin_lock(req->channel->lock);
	qmsg_notice_cycle_locked(req, false);
	qmsg_channel_unlock(req->channel);
}

void qmsg_cycle_look(struct qmsg_request *req)
{
	bool refuses = req->channel->flags & QMSG_CHF_DEADLOCK;

	if (refuses && closes_cycle(req, true) && refuse(req))
		return;
	if (qmsg_notice_wanted() && closes_cycle(req, false))
		tell(req);
}
