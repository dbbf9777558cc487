// SPDX-License-Identifier: GPL-2.0-only
/* THREADDEATH pulses. */

#include <linux/hashtable.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/rculist.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "channel.h"
#include "ctx.h"
#include "park.h"
#include "prio.h"
#include "probe.h"
#include "proc.h"
#include "pulse.h"
#include "threaddeath.h"

#define RING	1024	/* deaths that nobody has received yet */

struct death {
	pid_t tid;		/* as the process sees it; 0: more than one, untold */
	u16 prio;		/* the thread's */
};

struct qmsg_thread_watch {
	struct hlist_node node;		/* under watches_lock, read under RCU */
	struct pid *tgid;		/* set at creation; the channel holds it */
	struct pid_namespace *ns;	/* likewise */
	struct qmsg_channel *channel;
	struct work_struct work;
	struct rcu_head rcu;

	struct qmsg_pulse_node pulse;	/* under the channel's lock */
	bool posted;			/* likewise */

	raw_spinlock_t lock;
	/* Under @lock. */
	bool stopped;
	bool lost;			/* one found the ring full */
	u32 head, count;
	struct death ring[RING];
};

static DEFINE_MUTEX(watches_lock);
static DEFINE_HASHTABLE(watches, 6);
static unsigned int nr_watches;		/* written under watches_lock */

static void note_locked(struct qmsg_thread_watch *w, struct task_struct *task)
{
	struct death *d = &w->ring[(w->head + w->count) % RING];

	if (w->count == RING) {
		w->lost = true;
		return;
	}
	d->tid = pid_nr_ns(task_pid(task), w->ns);
	d->prio = qmsg_task_prio(task);
	w->count++;
}

static void note(struct qmsg_thread_watch *w, struct task_struct *task)
{
	raw_spin_lock(&w->lock);
	if (!w->stopped) {
		note_locked(w, task);
		schedule_work(&w->work);
	}
	raw_spin_unlock(&w->lock);
}

/* Nobody is left to hear of it, or nobody will be in a moment. */
static bool is_whole_process(const struct signal_struct *sig)
{
	return !atomic_read(&sig->live) || READ_ONCE(sig->flags) & SIGNAL_GROUP_EXIT ||
	       READ_ONCE(sig->group_exec_task);
}

/* The tracepoint's probe, in each thread that ends; preemption is disabled. */
static void thread_exits(void *unused, struct task_struct *task)
{
	struct pid *tgid = task_tgid(task);
	struct qmsg_thread_watch *w;

	qmsg_parked_thread_exits();
	if (!READ_ONCE(nr_watches) || is_whole_process(task->signal))
		return;
	rcu_read_lock();
	hash_for_each_possible_rcu(watches, w, node, (unsigned long)tgid)
		if (w->tgid == tgid)
			note(w, task);
	rcu_read_unlock();
}

static bool next_death(struct qmsg_thread_watch *w, struct death *d)
{
	bool found = true;

	raw_spin_lock(&w->lock);
	if (w->count) {
		*d = w->ring[w->head];
		w->head = (w->head + 1) % RING;
		w->count--;
	} else if (w->lost) {
		*d = (struct death) { };
		w->lost = false;
	} else {
		found = false;
	}
	raw_spin_unlock(&w->lock);
	return found;
}

static void post_next_locked(struct qmsg_thread_watch *w)
{
	struct qmsg_pulse_node *p = &w->pulse;
	struct death d;

	w->posted = next_death(w, &d);
	if (!w->posted)
		return;
	memset(p, 0, sizeof(*p));
	qmsg_pulse_init(p, QMSG_PULSE_THREADDEATH);
	p->code = QMSG_PULSE_CODE_THREADDEATH;
	p->value = d.tid;
	p->scoid = -1;
	p->q.prio = d.prio;
	qmsg_pulse_post_locked(w->channel, p);
}

static void deaths_work(struct work_struct *work)
{
	struct qmsg_thread_watch *w = container_of(work, struct qmsg_thread_watch, work);
	struct qmsg_channel *ch = w->channel;

	spin_lock(ch->lock);
	if (!w->posted && !ch->dead)
		post_next_locked(w);
	qmsg_channel_unlock(ch);
}

/* The pulse has been received, or thrown away with the channel, whose lock is not held. */
void qmsg_thread_watch_next(struct qmsg_channel *ch)
{
	spin_lock(ch->lock);
	if (!ch->dead)
		post_next_locked(ch->thread_watch);
	qmsg_channel_unlock(ch);
}

static struct qmsg_thread_watch *watch_alloc(struct qmsg_channel *ch)
{
	struct qmsg_thread_watch *w = kvzalloc(sizeof(*w), GFP_KERNEL_ACCOUNT);

	if (!w)
		return NULL;
	w->tgid = ch->ctx->proc->tgid;
	w->ns = ns_of_pid(w->tgid);
	w->channel = ch;
	INIT_WORK(&w->work, deaths_work);
	raw_spin_lock_init(&w->lock);
	return w;
}

int qmsg_thread_watch_start(struct qmsg_channel *ch)
{
	struct qmsg_thread_watch *w = watch_alloc(ch);

	if (!w)
		return -ENOMEM;
	mutex_lock(&watches_lock);
	WRITE_ONCE(nr_watches, nr_watches + 1);
	hash_add_rcu(watches, &w->node, (unsigned long)w->tgid);
	mutex_unlock(&watches_lock);
	ch->thread_watch = w;
	return 0;
}

/* The channel ends. A probe may still look at the watch, and sees that it is stopped. */
void qmsg_thread_watch_stop(struct qmsg_channel *ch)
{
	struct qmsg_thread_watch *w = ch->thread_watch;

	if (!w)
		return;
	mutex_lock(&watches_lock);
	hash_del_rcu(&w->node);
	WRITE_ONCE(nr_watches, nr_watches - 1);
	mutex_unlock(&watches_lock);
	raw_spin_lock(&w->lock);
	w->stopped = true;
	raw_spin_unlock(&w->lock);
	cancel_work_sync(&w->work);
}

void qmsg_thread_watch_free(struct qmsg_channel *ch)
{
	if (ch->thread_watch)
		kvfree_rcu(ch->thread_watch, rcu);
}

/* Where nobody watches it reads two counters. */
static struct qmsg_probe exit_probe = { .name = "sched_process_exit", .fn = thread_exits };

int qmsg_thread_deaths_init(void)
{
	return qmsg_probe_register(&exit_probe);
}

void qmsg_thread_deaths_exit(void)
{
	qmsg_probe_unregister(&exit_probe);
}

/* Where there is no such tracepoint no channel can have them. */
bool qmsg_thread_deaths_possible(void)
{
	return exit_probe.point;
}
