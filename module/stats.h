/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long requests of a channel wait to be received, and then for their answer: histograms.
 *
 * DOC: Nobody pays for what nobody looks at. A channel is measured from when somebody asks for its
 * histograms (stats-get of the netlink family) until nobody has asked for measure_ms, or
 * until its end. While it is not, a round trip looks at a pointer three times. That is no static
 * key because any user may ask, and turning one of those disturbs every CPU.
 *
 * Who asks pays for the memory (memcg); there is one for a channel, however many ask.
 */
#ifndef QMSG_STATS_H
#define QMSG_STATS_H

#include <linux/list.h>
#include <linux/qmsg_netlink.h>

#include "channel.h"
#include "request.h"

struct qmsg_histogram {
	u64 sum;			/* ns */
	u64 bucket[QMSG_NL_BUCKETS];
};

struct qmsg_stats {
	struct list_head node;		/* under stats.c's lock */
	unsigned long until;		/* jiffies; likewise */

	/* Set at creation. */
	struct qmsg_channel *channel;	/* has not ended */
	u64 since;			/* ns */

	/* Under the channel's lock. */
	u64 pulses;			/* received */
	struct qmsg_histogram wait;	/* sent to received */
	struct qmsg_histogram service;	/* received to answered */
};

void qmsg_stats_exit(void);
int qmsg_stats_want(struct qmsg_channel *ch);
void qmsg_stats_end(struct qmsg_channel *ch);

void qmsg_stats_begin_wait(struct qmsg_request *req);
void qmsg_stats_begin_service(struct qmsg_request *req);
void qmsg_stats_end_service(const struct qmsg_request *req);

/* @req is in the queue. */
static inline void qmsg_stats_posted_locked(const struct qmsg_channel *ch, struct qmsg_request *req)
{
	if (unlikely(ch->stats))
		qmsg_stats_begin_wait(req);
}

/* A server has @req. */
static inline void qmsg_stats_received_locked(const struct qmsg_channel *ch,
					      struct qmsg_request *req)
{
	if (unlikely(ch->stats))
		qmsg_stats_begin_service(req);
}

/* It has answered. */
static inline void qmsg_stats_answered_locked(const struct qmsg_channel *ch,
					      const struct qmsg_request *req)
{
	if (unlikely(ch->stats))
		qmsg_stats_end_service(req);
}

static inline void qmsg_stats_pulse_locked(struct qmsg_channel *ch)
{
	if (unlikely(ch->stats))
		ch->stats->pulses++;
}

#endif /* QMSG_STATS_H */
