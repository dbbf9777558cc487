// SPDX-License-Identifier: GPL-2.0-only
/* Histograms: when a channel has them, and what goes into them. */

#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "limits.h"
#include "stats.h"

static unsigned int measure_ms = 10000;
module_param(measure_ms, uint, 0644);
MODULE_PARM_DESC(measure_ms,
	"How long a channel is measured after somebody has asked for its histograms, in ms (10000)");

/* All that there are. Whoever is in the list has a channel that has not ended. */
static DEFINE_MUTEX(stats_lock);
static LIST_HEAD(measured);

static void sweep(struct work_struct *unused);
static DECLARE_DELAYED_WORK(sweep_work, sweep);

static unsigned long keep_for(void)
{
	return msecs_to_jiffies(READ_ONCE(measure_ms));
}

static void sweep_later(void)
{
	schedule_delayed_work(&sweep_work, keep_for() / 2 + 1);
}

/* Nothing of @s is looked at but under its channel's lock. */
static void drop(struct qmsg_stats *s)
{
	struct qmsg_channel *ch = s->channel;

	spin_lock(ch->lock);
	ch->stats = NULL;
	qmsg_channel_unlock(ch);
	list_del(&s->node);
	kfree(s);
	qmsg_count(QMSG_OBJ_STATS, -1);
}

static void sweep(struct work_struct *unused)
{
	struct qmsg_stats *s, *next;

	mutex_lock(&stats_lock);
	list_for_each_entry_safe(s, next, &measured, node) {
		if (time_after_eq(jiffies, s->until))
			drop(s);
		cond_resched();
	}
	if (!list_empty(&measured))
		sweep_later();
	mutex_unlock(&stats_lock);
}

/* No channel is left. */
void qmsg_stats_exit(void)
{
	cancel_delayed_work_sync(&sweep_work);
}

/* False if @s->channel has ended. */
static bool publish(struct qmsg_stats *s)
{
	struct qmsg_channel *ch = s->channel;
	bool dead;

	spin_lock(ch->lock);
	dead = ch->dead;
	if (!dead)
		ch->stats = s;
	qmsg_channel_unlock(ch);
	return !dead;
}

static int begin(struct qmsg_channel *ch)
{
	struct qmsg_stats *s = kzalloc(sizeof(*s), GFP_KERNEL_ACCOUNT);

	if (!s)
		return -ENOMEM;
	s->channel = ch;
	s->since = ktime_get_ns();
	if (!publish(s)) {
		kfree(s);
		return 0;
	}
	list_add_tail(&s->node, &measured);
	qmsg_count(QMSG_OBJ_STATS, 1);
	sweep_later();
	return 0;
}

/* Somebody wants to see what @ch does: it is measured from now on, or still. */
int qmsg_stats_want(struct qmsg_channel *ch)
{
	int err = 0;

	mutex_lock(&stats_lock);
	if (!ch->stats)
		err = begin(ch);
	if (ch->stats)
		ch->stats->until = jiffies + keep_for();
	mutex_unlock(&stats_lock);
	return err;
}

/* @ch is dead, so nobody begins anew. */
void qmsg_stats_end(struct qmsg_channel *ch)
{
	if (!READ_ONCE(ch->stats))
		return;
	mutex_lock(&stats_lock);
	if (ch->stats)
		drop(ch->stats);
	mutex_unlock(&stats_lock);
}

static void add(struct qmsg_histogram *h, u64 ns)
{
	h->bucket[min_t(unsigned int, ilog2(ns | 1), QMSG_NL_BUCKETS - 1)]++;
	h->sum += ns;
}

/* What began before the channel was measured has no time, or one of a former measurement. */
static void add_since(const struct qmsg_stats *s, struct qmsg_histogram *h, u64 began, u64 now)
{
	if (began >= s->since)
		add(h, now - began);
}

void qmsg_stats_begin_wait(struct qmsg_request *req)
{
	req->stamp = ktime_get_ns();
}

void qmsg_stats_begin_service(struct qmsg_request *req)
{
	struct qmsg_stats *s = req->channel->stats;
	u64 now = ktime_get_ns();

	add_since(s, &s->wait, req->stamp, now);
	req->stamp = now;
}

void qmsg_stats_end_service(const struct qmsg_request *req)
{
	struct qmsg_stats *s = req->channel->stats;

	add_since(s, &s->service, req->stamp, ktime_get_ns());
}
