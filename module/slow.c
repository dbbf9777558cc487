// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests that take too long. They are looked for, from time to time, and told of once in each
 * of the two waits of a client. Nothing is done for that when one is sent.
 */

#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/mm.h>
#include <linux/workqueue.h>

#include "channel.h"
#include "connect.h"
#include "ctx.h"
#include "notice.h"
#include "proc.h"
#include "request.h"
#include "slow.h"

/* Of one channel in one look: they are told under its lock. */
#define TOLD_MAX	64
#define SHORTEST_MS	10

static unsigned int slow_ms;
static DEFINE_MUTEX(slow_lock);
static bool running;		/* under it */

static void look(struct work_struct *unused);
static DECLARE_DELAYED_WORK(slow_work, look);

/* A request is told of at most half its time after it has become slow. */
static void look_later(void)
{
	unsigned int ms = READ_ONCE(slow_ms);

	if (ms)
		mod_delayed_work(system_unbound_wq, &slow_work,
				 msecs_to_jiffies(max(ms / 2, SHORTEST_MS / 2)));
}

static int set_slow_ms(const char *text, const struct kernel_param *kp)
{
	unsigned int ms;
	int err = kstrtouint(text, 0, &ms);

	if (err)
		return err;
	if (ms && ms < SHORTEST_MS)
		return -EINVAL;
	WRITE_ONCE(slow_ms, ms);
	mutex_lock(&slow_lock);
	if (running)
		look_later();
	mutex_unlock(&slow_lock);
	return 0;
}

static const struct kernel_param_ops slow_ms_ops = {
	.set = set_slow_ms,
	.get = param_get_uint,
};

module_param_cb(slow_ms, &slow_ms_ops, &slow_ms, 0644);
MODULE_PARM_DESC(slow_ms,
	"How old a request has to be to be told of as slow (qmsg events), in ms; 0: none is (0)");

/* One that has been received waits anew. */
static bool is_news_locked(struct qmsg_request *req, unsigned long since)
{
	u8 wait = qmsg_state_received(req->state) ? 2 : 1;

	if (req->slow_told >= wait || req->state == QMSG_ORPHAN || time_after(req->since, since))
		return false;
	req->slow_told = wait;
	return true;
}

static void look_at_channel(struct qmsg_channel *ch, unsigned long since)
{
	struct qmsg_request *req;
	struct qmsg_sconn *sconn;
	unsigned int told = 0;

	spin_lock(ch->lock);
	list_for_each_entry(sconn, &ch->sconns, node) {
		hlist_for_each_entry(req, &sconn->requests, sconn_node) {
			if (told == TOLD_MAX)
				goto enough;
			if (!is_news_locked(req, since))
				continue;
			qmsg_notice_slow_locked(req);
			told++;
		}
	}
enough:
	qmsg_channel_unlock(ch);
}

static void look_at_ctx(struct qmsg_ctx *ctx, unsigned long since)
{
	struct qmsg_channel *ch;
	unsigned long chid;

	xa_for_each(&ctx->proc->channels, chid, ch) {
		ch = qmsg_channel_find(ctx, chid);
		if (!ch)
			continue;
		look_at_channel(ch, since);
		qmsg_channel_put(ch);
		cond_resched();
	}
}

static void look_at_all(unsigned int ms)
{
	unsigned long since = jiffies - msecs_to_jiffies(ms);
	struct qmsg_ctx **ctxs;
	unsigned int i, n;

	ctxs = qmsg_proc_all_ctxs(&n);
	if (IS_ERR(ctxs))
		return;
	for (i = 0; i < n; i++) {
		look_at_ctx(ctxs[i], since);
		qmsg_ctx_put(ctxs[i]);
	}
	kvfree(ctxs);
}

static void look(struct work_struct *unused)
{
	unsigned int ms = READ_ONCE(slow_ms);

	if (ms && qmsg_notice_wanted())
		look_at_all(ms);
	mutex_lock(&slow_lock);
	if (running)
		look_later();
	mutex_unlock(&slow_lock);
}

int qmsg_slow_init(void)
{
	mutex_lock(&slow_lock);
	running = true;
	look_later();
	mutex_unlock(&slow_lock);
	return 0;
}

/* The parameter can still be written, and begins nothing any more. */
void qmsg_slow_exit(void)
{
	mutex_lock(&slow_lock);
	running = false;
	mutex_unlock(&slow_lock);
	cancel_delayed_work_sync(&slow_work);
}
