/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * THREADDEATH pulses (S1.32).
 *
 * DOC: A channel with THREAD_DEATH has a *watch*. The kernel tells of the end of a thread
 * by a tracepoint, with preemption disabled, where nothing can be allocated and no lock of
 * ours be taken: there the thread's id goes into a ring of fixed size. Ring and pulse belong
 * to the channel, so nothing can fail and nothing is charged: the one pulse is posted for
 * the oldest entry, and again, when it has been received, for the next. Deaths that find
 * the ring full are not told one by one: when it has been emptied, one pulse with value 0
 * says that there were some.
 */
#ifndef QMSG_THREADDEATH_H
#define QMSG_THREADDEATH_H

#include <linux/init.h>

#include "qmsg.h"

struct qmsg_thread_watch;

int qmsg_thread_deaths_init(void);
void qmsg_thread_deaths_exit(void);
bool qmsg_thread_deaths_possible(void);
int qmsg_thread_watch_start(struct qmsg_channel *ch);
void qmsg_thread_watch_stop(struct qmsg_channel *ch);
void qmsg_thread_watch_free(struct qmsg_channel *ch);
void qmsg_thread_watch_next(struct qmsg_channel *ch);

#endif /* QMSG_THREADDEATH_H */
