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
	struct sched_param param = { .sched_priority = 10 };
	pthread_attr_t attr;
	pthread_t thread;
	atomic_int tid;
	int policy;
	int status;
	pid_t pid = fork_child(create_with_priority, NULL);

	ASSERT_GT(pid, 0);
	ASSERT_EQ(0, reap(pid, &status));
	EXPECT_EQ(0, status);
	pthread_attr_init(&attr);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_RR);
	ASSERT_EQ(0, pthread_attr_setschedparam(&attr, &param));
	ASSERT_EQ(0, pthread_create(&thread, &attr, store_tid, &tid));
	EXPECT_EQ(0, pthread_getschedparam(thread, &policy, &param));
	EXPECT_EQ(SCHED_RR, policy);
	EXPECT_EQ(0, pthread_join(thread, NULL));
}

TEST_HARNESS_MAIN
