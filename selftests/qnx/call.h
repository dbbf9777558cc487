/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One call of the QNX layer, made in a thread of its own, and the view of it from
 * outside: which state it is in, whether it returned, what came of it.
 */
#ifndef QNX_CALL_H
#define QNX_CALL_H

#include <kselftest_harness.h>
#include <limits.h>
#include <qmsg_test.h>
#include <sys/neutrino.h>

#define CALL_FILL	0x5a

struct call {
	long (*fn)(struct call *call);
	int coid;		/* or chid, as fn likes */
	int form;		/* likewise */
	long result;
	int error;		/* errno after it; 0 if it was left alone */
	char reply[64];
	pthread_t thread;
	atomic_int tid;
	atomic_bool returned;
};

static inline void *call_thread(void *arg)
{
	struct call *call = arg;

	atomic_store(&call->tid, this_tid());
	errno = 0;
	call->result = call->fn(call);
	call->error = errno;
	atomic_store(&call->returned, true);
	/* Where a call that is no cancellation point leaves a cancel to. */
	pthread_testcancel();
	return NULL;
}

static inline int call_start(struct call *call, long (*fn)(struct call *), int coid)
{
	int err;

	call->fn = fn;
	call->coid = coid;
	memset(call->reply, CALL_FILL, sizeof(call->reply));
	atomic_store(&call->tid, 0);
	atomic_store(&call->returned, false);
	err = -pthread_create(&call->thread, NULL, call_thread, call);
	if (err)
		return err;
	return wait_until(atomic_load(&call->tid)) ? 0 : -ETIMEDOUT;
}

/* 0: it ran to its end. ECANCELED: it was cancelled. -ETIMEDOUT: neither. */
static inline int call_join(struct call *call)
{
	struct timespec limit;
	void *value;
	int err;

	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_sec += wait_limit_ms() / 1000;
	err = pthread_timedjoin_np(call->thread, &value, &limit);
	if (err)
		return -err;
	return value == PTHREAD_CANCELED ? ECANCELED : 0;
}

static inline int call_wait_state(struct call *call, const char *state)
{
	return wait_for_request_state(getpid(), qmsg_qnx_context(), atomic_load(&call->tid), state);
}

static inline int wait_receivers(int chid, int n)
{
	return wait_for_channel(getpid(), qmsg_qnx_context(), chid, "receivers", n);
}

static inline int wait_queued(int chid, int n)
{
	return wait_for_channel(getpid(), qmsg_qnx_context(), chid, "queued", n);
}

/* What is there now, by the poll idiom S7.11. */
static inline rcvid_t receive_poll(int chid, void *buf, size_t len, struct _msg_info *info)
{
	TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, NULL, NULL, NULL);
	return MsgReceive_r(chid, buf, len, info);
}

/* What comes within the limit. */
static inline rcvid_t receive_limited(int chid, void *buf, size_t len, struct _msg_info *info)
{
	uint64_t limit = wait_limit_ms() * 1000000ULL;

	TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, NULL, &limit, NULL);
	return MsgReceive_r(chid, buf, len, info);
}

static inline int attach_self(int chid)
{
	return ConnectAttach(ND_LOCAL_NODE, 0, chid, _NTO_SIDE_CHANNEL, 0);
}

/* A call fails: plain form -1 and errno; twin @sign * errno, and errno left alone (S2.1). */
#define EXPECT_FAILS(sign, number, call, ...) \
	do { \
		errno = 0; \
		EXPECT_EQ(-1, call(__VA_ARGS__)); \
		EXPECT_EQ(number, errno); \
		errno = 0; \
		EXPECT_EQ((sign) * (number), call##_r(__VA_ARGS__)); \
		EXPECT_EQ(0, errno); \
	} while (0)
#define EXPECT_MINUS(number, call, ...)	EXPECT_FAILS(-1, number, call, __VA_ARGS__)
#define EXPECT_PLUS(number, call, ...)	EXPECT_FAILS(1, number, call, __VA_ARGS__)

#endif
