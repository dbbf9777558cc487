/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sleeping client.
 *
 * DOC: A wait is a loop on the request's state; being woken means nothing (D11). What
 * disturbs the sleeper becomes an event of the state machine, and the table decides
 * whether the client leaves. The policy says what counts: another user of requests, a
 * bridge or a filesystem, brings its own.
 */
#ifndef QMSG_WAIT_H
#define QMSG_WAIT_H

#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>
#include <linux/types.h>

struct qmsg_request;

struct qmsg_wait_policy {
	u64 send_deadline;	/* while SEND-blocked; CLOCK_MONOTONIC ns or QMSG_NO_DEADLINE */
	u64 reply_deadline;	/* from being received until it has passed once */
	bool signals;		/* a signal with a handler is an unblock event */
	bool restarts;		/* … also one with SA_RESTART, but then the call begins anew */
	bool restartable;	/* as it can */
};

/* Most calls have none, and qmsg_deadline_of_caller() has it that this is the one value. */
static inline bool qmsg_is_deadline(u64 deadline)
{
	return unlikely(deadline != QMSG_NO_DEADLINE);
}

static inline bool qmsg_has_deadline(const struct qmsg_wait_policy *policy)
{
	return qmsg_is_deadline(policy->send_deadline & policy->reply_deadline);
}

static inline bool qmsg_deadline_passed(u64 deadline)
{
	return qmsg_is_deadline(deadline) && ktime_get_ns() >= deadline;
}

void qmsg_sleep_to(u64 deadline);

/* Sleeps in the state that the caller has set. */
static inline void qmsg_sleep_until(u64 deadline)
{
	if (qmsg_is_deadline(deadline))
		qmsg_sleep_to(deadline);
	else
		schedule();
}

u64 qmsg_time_of_caller(clockid_t clock, u64 t);
u64 qmsg_deadline_here(u64 deadline);

static inline u64 qmsg_deadline_of_caller(u64 deadline)
{
	return qmsg_is_deadline(deadline) ? qmsg_deadline_here(deadline) : deadline;
}

bool qmsg_wait(struct qmsg_request *req);
void qmsg_wait_here(struct qmsg_request *req);
void qmsg_wait_bounded(struct qmsg_request *req);
void qmsg_wait_grace(struct qmsg_request *req);
void qmsg_wait_kill(struct qmsg_request *req);
void qmsg_wait_kill_since(struct qmsg_request *req, u64 since);
void qmsg_wait_leave(struct qmsg_request *req);

#endif /* QMSG_WAIT_H */
