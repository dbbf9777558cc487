// SPDX-License-Identifier: GPL-2.0-only
/* build: also -m32 */
/* Scheduling calls, and threads made as QNX programs make them: S6.11. */
#include <sys/resource.h>

#include "call.h"

#define NOBODY	65534

static void *store_tid(void *arg)
{
	atomic_store((atomic_int *)arg, this_tid());
	return NULL;
}

/* 66 of 131 public repositories do this; glibc alone would crash. */
TEST(pthread_create_without_id)
{
	static atomic_int tid;

	ASSERT_EQ(0, pthread_create(NULL, NULL, store_tid, &tid));
	EXPECT_TRUE(wait_until(atomic_load(&tid)));
}

TEST(SchedGet_and_SchedSet)
{
	struct sched_param param = { .sched_priority = 12 };
	struct sched_param now;

	EXPECT_EQ(SCHED_OTHER, SchedGet(0, 0, NULL));
	EXPECT_EQ(10, getprio(0));
	EXPECT_EQ(0, SchedSet(0, 0, SCHED_FIFO, &param));
	EXPECT_EQ(SCHED_FIFO, SchedGet(0, 0, &now));
	EXPECT_EQ(12, now.sched_curpriority);
	EXPECT_EQ(SCHED_FIFO, SchedGet(getpid(), this_tid(), &now));
	EXPECT_EQ(12, getprio(0));
	EXPECT_EQ(12, setprio(0, 9));
	EXPECT_EQ(9, getprio(getpid()));
	EXPECT_EQ(SCHED_FIFO, SchedGet(0, 0, NULL));
	EXPECT_EQ(0, SchedSet_r(0, this_tid(), SCHED_OTHER, &param));
	EXPECT_EQ(SCHED_OTHER, SchedGet(0, 0, NULL));
	/* Not above what an ordinary thread is said to have: nothing to do. */
	EXPECT_EQ(10, setprio(0, 8));
	EXPECT_EQ(SCHED_OTHER, SchedGet(0, 0, NULL));
	EXPECT_EQ(10, setprio(0, 15));
	EXPECT_EQ(SCHED_RR, SchedGet(0, 0, NULL));
	EXPECT_EQ(15, getprio(0));
	EXPECT_EQ(0, SchedYield());
	EXPECT_EQ(0, SchedYield_r());
}

/* QNX's default, and whatever tells it can be given back: cpu_affair. */
TEST(ordinary_thread_has_ten)
{
	struct sched_param param = { .sched_priority = 77 };
	int policy;

	EXPECT_EQ(SCHED_OTHER, SchedGet(0, 0, &param));
	EXPECT_EQ(10, param.sched_priority);
	EXPECT_EQ(getprio(0), param.sched_curpriority);
	EXPECT_EQ(0, SchedSet(0, 0, SCHED_OTHER, &param));
	EXPECT_EQ(10, setprio(0, param.sched_priority));
	param.sched_priority = 77;
	EXPECT_EQ(0, pthread_getschedparam(pthread_self(), &policy, &param));
	EXPECT_EQ(SCHED_OTHER, policy);
	EXPECT_EQ(10, param.sched_priority);
	EXPECT_EQ(0, pthread_setschedparam(pthread_self(), policy, &param));
	EXPECT_EQ(0, pthread_setschedprio(pthread_self(), param.sched_priority));
	EXPECT_EQ(EINVAL, pthread_setschedprio(pthread_self(), 0));
	EXPECT_EQ(SCHED_OTHER, sched_getscheduler(0));
	EXPECT_EQ(0, pthread_setschedprio(pthread_self(), 11));
	EXPECT_EQ(SCHED_RR, sched_getscheduler(0));
	EXPECT_EQ(11, getprio(0));
	EXPECT_EQ(0, pthread_setschedprio(pthread_self(), 9));
	EXPECT_EQ(9, getprio(0));
}

static void *store_scheduling(void *arg)
{
	struct sched_param *param = arg;

	param->sched_priority = getprio(0) + 100 * sched_getscheduler(0);
	return NULL;
}

/* What an attribute holds does not depend on what was set first. */
TEST(attributes_take_any_priority)
{
	struct sched_param param, result = { 0 };
	pthread_attr_t attr;
	pthread_t thread;
	int policy;

	pthread_attr_init(&attr);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	policy = SchedGet(0, 0, &param);
	EXPECT_EQ(0, pthread_attr_setschedparam(&attr, &param));
	EXPECT_EQ(0, pthread_attr_setschedpolicy(&attr, policy));
	EXPECT_EQ(0, pthread_attr_getschedparam(&attr, &param));
	EXPECT_EQ(10, param.sched_priority);
	param.sched_priority = 15;
	ASSERT_EQ(0, SchedSet(0, 0, SCHED_RR, &param));
	ASSERT_EQ(0, pthread_create(&thread, &attr, store_scheduling, &result));
	EXPECT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(10 + 100 * SCHED_OTHER, result.sched_priority);
	EXPECT_EQ(0, pthread_attr_setschedparam(&attr, &param));
	EXPECT_EQ(0, pthread_attr_setschedpolicy(&attr, SCHED_FIFO));
	ASSERT_EQ(0, pthread_create(&thread, &attr, store_scheduling, &result));
	EXPECT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(15 + 100 * SCHED_FIFO, result.sched_priority);
	param.sched_priority = 200;
	EXPECT_EQ(EINVAL, pthread_attr_setschedparam(&attr, &param));
	pthread_attr_destroy(&attr);
}

static long send_once(struct call *call)
{
	return MsgSend(call->coid, "", 1, NULL, 0);
}

static pthread_t start_with(int priority, void *(*fn)(void *), void *arg)
{
	struct sched_param param = { .sched_priority = priority };
	pthread_attr_t attr;
	pthread_t thread = 0;

	pthread_attr_init(&attr);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_RR);
	pthread_attr_setschedparam(&attr, &param);
	if (pthread_create(&thread, &attr, fn, arg))
		thread = 0;
	pthread_attr_destroy(&attr);
	return thread;
}

struct server {
	int chid;
	atomic_int rcvid;
	atomic_int own;		/* what it is told of itself: policy * 100 + priority */
	atomic_bool answer;
	atomic_int after;
	atomic_bool end;
};

static int told(pthread_t thread)
{
	struct sched_param param;
	int policy;

	if (pthread_getschedparam(thread, &policy, &param))
		return -1;
	return policy * 100 + param.sched_priority;
}

static void *serve(void *arg)
{
	struct server *s = arg;

	atomic_store(&s->rcvid, (int)MsgReceive(s->chid, NULL, 0, NULL));
	atomic_store(&s->own, told(pthread_self()));
	while (!atomic_load(&s->answer))
		delay(1);
	MsgReply(atomic_load(&s->rcvid), 0, NULL, 0);
	atomic_store(&s->after, told(pthread_self()));
	while (!atomic_load(&s->end))
		delay(1);
	return NULL;
}

/* S6.2: the C library has a copy of what it set itself, and would tell that. */
TEST(pthread_getschedparam_tells_what_is_inherited)
{
	struct server s = { .chid = ChannelCreate(0) };
	struct call call = { .fn = send_once };
	pthread_t server;

	ASSERT_GT(s.chid, 0);
	server = start_with(30, serve, &s);
	ASSERT_NE(0, server);
	ASSERT_EQ(0, wait_receivers(s.chid, 1));
	EXPECT_EQ(100 * SCHED_RR + 30, told(server));
	call.coid = attach_self(s.chid);
	atomic_store(&call.returned, false);
	call.thread = start_with(12, call_thread, &call);
	ASSERT_NE(0, call.thread);
	ASSERT_TRUE(wait_until(atomic_load(&s.own)));
	EXPECT_EQ(100 * SCHED_RR + 12, atomic_load(&s.own));
	EXPECT_EQ(100 * SCHED_RR + 12, told(server));
	atomic_store(&s.answer, true);
	EXPECT_EQ(0, call_join(&call));
	ASSERT_TRUE(wait_until(atomic_load(&s.after)));
	EXPECT_EQ(100 * SCHED_RR + 30, atomic_load(&s.after));
	EXPECT_EQ(100 * SCHED_RR + 30, told(server));
	atomic_store(&s.end, true);
	EXPECT_EQ(0, pthread_join(server, NULL));
}

/* S6.7, S2.43 */
TEST(MsgCurrent_takes_up_a_request)
{
	struct sched_param param = { .sched_priority = 30 };
	struct call call = { .fn = send_once };
	int chid = ChannelCreate(0);
	rcvid_t rcvid;

	ASSERT_GT(chid, 0);
	EXPECT_PLUS(ESRCH, MsgCurrent, 12345);
	ASSERT_EQ(0, SchedSet(0, 0, SCHED_FIFO, &param));
	call.coid = attach_self(chid);
	call.thread = start_with(12, call_thread, &call);
	ASSERT_NE(0, call.thread);
	rcvid = receive_limited(chid, NULL, 0, NULL);
	ASSERT_GT(rcvid, 0);
	EXPECT_EQ(12, getprio(0));
	EXPECT_EQ(0, MsgCurrent(0));
	EXPECT_EQ(30, getprio(0));
	EXPECT_EQ(0, MsgCurrent_r(rcvid));
	EXPECT_EQ(12, getprio(0));
	EXPECT_EQ(0, MsgReply(rcvid, 0, NULL, 0));
	EXPECT_EQ(30, getprio(0));
	EXPECT_EQ(0, call_join(&call));
}

TEST(errors)
{
	struct sched_param param = { .sched_priority = 12 };
	struct _sched_info info;

	EXPECT_MINUS(ESRCH, SchedGet, 0x3fffffff, 0, &param);
	EXPECT_MINUS(ESRCH, SchedGet, 0, 0x3fffffff, &param);
	/* That thread is another process's. */
	EXPECT_MINUS(ESRCH, SchedGet, getpid(), getppid(), &param);
	EXPECT_PLUS(ESRCH, SchedSet, 0x3fffffff, 0, SCHED_RR, &param);
	EXPECT_PLUS(EFAULT, SchedSet, 0, 0, SCHED_RR, NULL);
	param.sched_priority = 200;
	EXPECT_PLUS(EINVAL, SchedSet, 0, 0, SCHED_RR, &param);
	EXPECT_MINUS(EINVAL, SchedInfo, 0, 77, &info);
	EXPECT_MINUS(ESRCH, SchedInfo, 0x3fffffff, SCHED_RR, &info);
	errno = 0;
	EXPECT_EQ(-1, setprio(0, 0));
	EXPECT_EQ(EINVAL, errno);
	errno = 0;
	EXPECT_EQ(-1, getprio(0x3fffffff));
	EXPECT_EQ(ESRCH, errno);
}

/* S6.11: the first priority one may not set oneself. */
TEST(what_a_policy_allows)
{
	struct rlimit five = { 5, 5 };
	struct _sched_info info;

	ASSERT_EQ(0, SchedInfo(0, SCHED_RR, &info));
	EXPECT_EQ(1, info.priority_min);
	EXPECT_EQ(99, info.priority_max);
	EXPECT_EQ(100, info.priority_priv);
	EXPECT_GT(info.interval, 0);
	ASSERT_EQ(0, setrlimit(RLIMIT_RTPRIO, &five));
	ASSERT_EQ(0, seteuid(NOBODY));
	EXPECT_EQ(0, SchedInfo_r(0, SCHED_FIFO, &info));
	EXPECT_EQ(6, info.priority_priv);
}

static int create_with_priority(void *arg)
{
	struct sched_param param = { .sched_priority = 10 };
	static atomic_int tid;
	pthread_attr_t attr;
	pthread_t thread;

	(void)arg;
	if (setresuid(NOBODY, NOBODY, NOBODY))
		return 1;
	pthread_attr_init(&attr);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_RR);
	pthread_attr_setschedparam(&attr, &param);
	if (pthread_create(&thread, &attr, store_tid, &tid))
		return 2;
	return pthread_join(thread, NULL) ? 3 : 0;
}

/* Everybody may have a priority on QNX. Here the thread runs without it; root's has it. */
TEST(thread_with_a_priority)
{
	struct sched_param result = { 0 };
	pthread_t thread;
	int status;
	pid_t pid = fork_child(create_with_priority, NULL);

	ASSERT_GT(pid, 0);
	ASSERT_EQ(0, reap(pid, &status));
	EXPECT_EQ(0, status);
	thread = start_with(10, store_scheduling, &result);
	ASSERT_NE(0, thread);
	EXPECT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(10 + 100 * SCHED_RR, result.sched_priority);
}

TEST_HARNESS_MAIN
