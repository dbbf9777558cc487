/* SPDX-License-Identifier: MIT */
/*
 * What the files of the QNX layer share.
 */
#ifndef QMSG_QNX_INTERNAL_H
#define QMSG_QNX_INTERNAL_H

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "../src/ioctl.h"
#include "qmsg.h"
#include <sys/dispatch.h>
#include <sys/neutrino.h>

#define QMSG_API __attribute__((visibility("default")))

static inline uint64_t qmsg_qnx_ptr(const void *p)
{
	return (uintptr_t)p;
}

/* Plain form of a call whose twin returns a number or -errno. */
static inline long qmsg_qnx_number(long ret)
{
	if (ret >= 0)
		return ret;
	errno = (int)-ret;
	return -1;
}

/* Plain form of a call whose twin returns EOK or +errno. */
static inline int qmsg_qnx_success(int error)
{
	if (!error)
		return 0;
	errno = error;
	return -1;
}

/* What is a fault of the caller to the kernel is one of the server in QNX's words. */
static inline int qmsg_qnx_server_fault(int ret)
{
	return ret == -EFAULT ? -ESRVRFAULT : ret;
}

/* context.c: negative while there is none. Hidden in its declaration: no detour to read it. */
extern atomic_int qmsg_qnx_shared_context __attribute__((visibility("hidden")));

/* qmsg_qnx_context() without a call, once there is one. */
static inline int qmsg_qnx_q(void)
{
	int q = atomic_load_explicit(&qmsg_qnx_shared_context, memory_order_acquire);

	return q >= 0 ? q : qmsg_qnx_context();
}

/* A call that never blocks, on the process's context. */
static inline int qmsg_qnx_ioctl(unsigned long request, void *args)
{
	int q = qmsg_qnx_q();

	return q < 0 ? q : qmsg_ioctl(q, request, args);
}

/* How a handle of libqmsg-resmgr begins: that is above this library. */
struct qmsg_qnx_dispatch {
	int (*named)(dispatch_t *dpp);	/* names on its channel are answered; the chid or -errno */
	int (*destroy)(dispatch_t *dpp);
};

bool qmsg_qnx_has_context(void);	/* opened, and not by a call of this */

/* event.c: 0 or -errno */
int qmsg_qnx_event(struct qmsg_event *to, const struct sigevent *from);
int qmsg_qnx_deliver(unsigned flags, rcvid_t rcvid, const struct sigevent *event);

/* keep.c */
void qmsg_qnx_keep(rcvid_t rcvid, const void *buf, size_t len);
void qmsg_qnx_keepv(rcvid_t rcvid, const iov_t *iov, size_t parts, size_t len);

/* thread_event.c: a SIGEV_THREAD as an event that the kernel can deliver; 0 or -errno */
int qmsg_qnx_thread_event(struct qmsg_event *to, const struct sigevent *from, uint64_t *id);
void qmsg_qnx_thread_event_is(uint64_t id, uint32_t handle);
void qmsg_qnx_thread_event_end(uint32_t handle);
void qmsg_qnx_forget_thread_events(void);

/* timer.c */
void qmsg_qnx_forget_timers(void);

/* client_info.c */
int qmsg_qnx_client_info(int scoid, struct _client_info *info, unsigned room, gid_t *groups);

/* sched.c: the Linux thread QNX's (pid, tid) means, or -ESRCH */
pid_t qmsg_qnx_task(pid_t pid, int tid);

/* What an ordinary thread is said to have: QNX's default. */
#define QMSG_QNX_ORDINARY	10

static inline bool qmsg_qnx_realtime(int policy)
{
	return policy == SCHED_FIFO || policy == SCHED_RR;
}

void qmsg_qnx_show(int policy, struct sched_param *param);
struct sched_param qmsg_qnx_fitting(int policy, const struct sched_param *param);

/* clock.c */
static inline uint64_t qmsg_qnx_nsec(const struct timespec *ts)
{
	return (uint64_t)ts->tv_sec * 1000000000 + (uint64_t)ts->tv_nsec;
}

struct timespec qmsg_qnx_timespec(uint64_t nsec);
int qmsg_qnx_to_nsec(const struct timespec *ts, uint64_t *nsec);	/* or -EINVAL */

void qmsg_qnx_info(struct _msg_info *to, const struct qmsg_msg_info *from);

/* timeout.c */
struct qmsg_qnx_timeout {
	uint32_t states;	/* _NTO_TIMEOUT_* bits, 0 for none */
	int timer;		/* kernel timer that is running for it */
	uint64_t deadline;	/* 0: already past */
	struct qmsg_event notify;
};

/* Any other model may allocate at the first use, which a signal handler must not. */
extern __thread struct qmsg_qnx_timeout qmsg_qnx_next_timeout
	__attribute__((tls_model("initial-exec"), visibility("hidden")));

/* False: there is nothing to take. Without a call, for those that hardly ever have one. */
static inline bool qmsg_qnx_timeout_armed(void)
{
	return __builtin_expect(qmsg_qnx_next_timeout.states, 0);
}

void qmsg_qnx_forget_timeout(void);

/* For a call that blocks in one of @states. False: @t is of no concern to it. */
bool qmsg_qnx_take_timeout(struct qmsg_qnx_timeout *t, uint32_t states);
/* For a call that may block in @state: the timeout stays if it is not for that state. */
bool qmsg_qnx_take_timeout_of(struct qmsg_qnx_timeout *t, uint32_t state);
/* @wait(@arg), with a timer running if @t is to notify of the timeout, not to end the wait. */
int qmsg_qnx_guard(struct qmsg_qnx_timeout *t, int (*wait)(void *arg), void *arg);

static inline uint64_t qmsg_qnx_deadline(const struct qmsg_qnx_timeout *t, uint32_t state)
{
	bool ends = !t->deadline || t->notify.notify == QMSG_EVENT_UNBLOCK;

	return t->states & state && ends ? t->deadline : QMSG_NO_DEADLINE;
}

#endif /* QMSG_QNX_INTERNAL_H */
