// SPDX-License-Identifier: GPL-2.0-only
/*
 * E3 - E5: the machine sleeps, processors come and go, and threads change their policy and
 * their processors while they are blocked.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "hazard.h"

#define CPU1	"/sys/devices/system/cpu/cpu1/online"
#define CPUSET	"/sys/fs/cgroup/qmsg_cpuset"

FIXTURE(cpus)
{
	struct peer *p;			/* the clients */
	int chid, busy;			/* this process's; the echo server's */
	struct echo *echo;
	struct client *traffic;
	struct client *send, *reply;
	int64_t rcvid;
};

FIXTURE_SETUP(cpus)
{
	ASSERT_LE(0, peer_open(peer_self()));
	self->chid = qmsg_channel_create(Q, QMSG_CHF_UNBLOCK);
	self->busy = qmsg_channel_create(Q, 0);
	self->p = peer_fork();
	ASSERT_TRUE(self->p != NULL);
	ASSERT_LE(0, peer_open(self->p));
	self->echo = echo_start(peer_self(), self->busy);
	ASSERT_TRUE(self->echo != NULL);
	self->traffic = client_connect(self->p, getpid(), self->busy);
	self->reply = client_connect(self->p, getpid(), self->chid);
	self->rcvid = client_send_received(self->reply, Q, self->chid, NULL);
	ASSERT_LT(0, self->rcvid);
	self->send = client_blocked(self->p, getpid(), self->chid);
	ASSERT_TRUE(self->send != NULL);
}

FIXTURE_TEARDOWN_PARENT(cpus)
{
	put_text("/sys/power/pm_test", "none");
	put_text(CPU1, "1");
	EXPECT_EQ(0, wait_for_no_objects());
}

static void run_sending(struct worker *w)
{
	struct client *c = (struct client *)w;

	do
		c->ret = qmsg_msg_send_with(w->peer->q, &c->args);
	while (!c->ret);
}

static void start_traffic(struct __test_metadata *_metadata, FIXTURE_DATA(cpus) *self)
{
	self->traffic->w.run = run_sending;
	ASSERT_EQ(0, client_send(self->traffic));
}

/* It has not stopped for good. */
static bool traffic_goes_on(FIXTURE_DATA(cpus) *self)
{
	int served = atomic_load(&self->echo->served);

	return wait_until(atomic_load(&self->echo->served) > served + 10);
}

static void stop_traffic(struct __test_metadata *_metadata, FIXTURE_DATA(cpus) *self)
{
	ASSERT_EQ(0, qmsg_channel_destroy(Q, self->busy));
	ASSERT_EQ(0, client_wait(self->traffic));
	EXPECT_EQ(0, echo_join(self->echo));
}

static void expect_undisturbed(struct __test_metadata *_metadata, FIXTURE_DATA(cpus) *self)
{
	struct qmsg_msg_info info;

	ASSERT_EQ(0, wait_for_client(self->reply, "REPLY"));
	ASSERT_EQ(0, wait_for_client(self->send, "SEND"));
	ASSERT_EQ(0, qmsg_msg_info(Q, self->rcvid, &info));
	EXPECT_EQ(0, info.unblock_reasons);
	EXPECT_EQ(0, read_channel(getpid(), Q, self->chid, "pulses"));
}

/* Both get their answers as ever. */
static void finish(struct __test_metadata *_metadata, FIXTURE_DATA(cpus) *self)
{
	EXPECT_EQ(0, qmsg_msg_reply(Q, self->rcvid, 1, NULL, 0));
	ASSERT_EQ(0, client_wait(self->reply));
	EXPECT_EQ(1, client_result(self->reply));
	self->rcvid = receive_any(Q, self->chid);
	ASSERT_LT(0, self->rcvid);
	EXPECT_EQ(0, qmsg_msg_reply(Q, self->rcvid, 2, NULL, 0));
	ASSERT_EQ(0, client_wait(self->send));
	EXPECT_EQ(2, client_result(self->send));
}

/* ---- E3 ---- */

static int sleep_until_woken(const char *level)
{
	int err;

	if (put_text("/sys/power/pm_test", level))
		return -ENOENT;
	put_text("/sys/module/suspend/parameters/pm_test_delay", "0");
	err = put_text("/sys/power/state", "mem");
	if (err == -EINVAL || err == -ENODEV)
		err = put_text("/sys/power/state", "freeze");
	return err;
}

static void sleep_often(struct __test_metadata *_metadata, FIXTURE_DATA(cpus) *self,
			const char *level, int n)
{
	start_traffic(_metadata, self);
	for (int i = 0; i < n; i++) {
		ASSERT_EQ(0, sleep_until_woken(level)) TH_LOG("turn %d", i);
		ASSERT_TRUE(traffic_goes_on(self)) TH_LOG("turn %d", i);
	}
	expect_undisturbed(_metadata, self);
	stop_traffic(_metadata, self);
	finish(_metadata, self);
}

TEST_F(cpus, E3_processes_are_frozen_for_a_suspend)
{
	if (access("/sys/power/pm_test", W_OK))
		SKIP(return, "no /sys/power/pm_test");
	sleep_often(_metadata, self, "freezer", few_rounds(15));
}

TEST_F(cpus, E3_devices_are_suspended)
{
	if (access("/sys/power/pm_test", W_OK))
		SKIP(return, "no /sys/power/pm_test");
	sleep_often(_metadata, self, "devices", few_rounds(2));
}

/* ---- E4 ---- */

static int pin(pid_t tid, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(tid, sizeof(set), &set) ? -errno : 0;
}

static int unpin(pid_t tid)
{
	cpu_set_t set;

	memset(&set, 0xff, sizeof(set));
	return sched_setaffinity(tid, sizeof(set), &set) ? -errno : 0;
}

/* Whoever was on it is moved away by the kernel, and put back here. */
TEST_F(cpus, E4_a_processor_comes_and_goes)
{
	int n = few_rounds(8);

	if (access(CPU1, W_OK))
		SKIP(return, "no second processor that could go");
	start_traffic(_metadata, self);
	for (int i = 0; i < n; i++) {
		ASSERT_EQ(0, pin(self->traffic->w.tid, 1));
		ASSERT_EQ(0, pin(self->echo->w.tid, 1));
		ASSERT_EQ(0, pin(self->send->w.tid, 1));
		ASSERT_TRUE(traffic_goes_on(self));
		ASSERT_EQ(0, put_text(CPU1, "0")) TH_LOG("turn %d", i);
		ASSERT_TRUE(traffic_goes_on(self)) TH_LOG("turn %d, without it", i);
		ASSERT_EQ(0, put_text(CPU1, "1")) TH_LOG("turn %d", i);
		ASSERT_TRUE(traffic_goes_on(self)) TH_LOG("turn %d, with it", i);
	}
	expect_undisturbed(_metadata, self);
	stop_traffic(_metadata, self);
	finish(_metadata, self);
}

/* ---- E5 ---- */

struct attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

static int set_policy(pid_t tid, int policy, int priority)
{
	struct attr attr = { .size = sizeof(attr), .policy = policy, .priority = priority };

	if (policy == SCHED_DEADLINE) {
		attr.runtime = 10000000;
		attr.deadline = attr.period = 100000000;
	}
	return syscall(SYS_sched_setattr, tid, &attr, 0) ? -errno : 0;
}

/* Field 18 of stat: what the scheduler goes by; -1 - N for real-time priority N. */
static int priority_of(pid_t pid, pid_t tid)
{
	char path[64], text[512] = "", *p;
	int fd, priority = -1000;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (read(fd, text, sizeof(text) - 1) > 0 && (p = strrchr(text, ')')))
		sscanf(p + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %d",
		       &priority);
	close(fd);
	return priority;
}

static bool is_ordinary(struct client *c)
{
	return priority_of(c->w.peer->pid, c->w.tid) == 20;
}

/* To every policy, on one processor and the other, and back. */
static void change_everything(struct __test_metadata *_metadata, struct client *c)
{
	static const int policies[][2] = {
		{ SCHED_FIFO, 1 }, { SCHED_FIFO, 80 }, { SCHED_RR, 40 }, { SCHED_BATCH, 0 },
		{ SCHED_IDLE, 0 }, { SCHED_OTHER, 0 },
	};
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	pid_t tid = c->w.tid;
	int err;

	for (size_t i = 0; i < ARRAY_SIZE(policies); i++) {
		ASSERT_EQ(0, set_policy(tid, policies[i][0], policies[i][1]));
		EXPECT_EQ(0, pin(tid, i % cpus));
	}
	/* only for who may run everywhere; and what it had before is counted for a while */
	EXPECT_EQ(0, unpin(tid));
	err = set_policy(tid, SCHED_DEADLINE, 0);
	EXPECT_TRUE(err == 0 || err == -EBUSY);
	ASSERT_EQ(0, set_policy(tid, SCHED_OTHER, 0));
	EXPECT_TRUE(is_ordinary(c));
}

TEST_F(cpus, E5_policy_and_processor_change_while_blocked)
{
	int turns = few_rounds(5);

	for (int i = 0; i < turns; i++) {
		change_everything(_metadata, self->reply);
		change_everything(_metadata, self->send);
		expect_undisturbed(_metadata, self);
	}
	finish(_metadata, self);
	EXPECT_TRUE(is_ordinary(self->reply));
	EXPECT_TRUE(is_ordinary(self->send));
}

/* T10: the queue follows. Nobody keeps what he had only while he waited. */
TEST_F(cpus, E5_the_queue_follows_the_priority)
{
	struct client *late = client_blocked(self->p, getpid(), self->chid);
	struct qmsg_msg_info info;
	int64_t rcvid;

	ASSERT_TRUE(late != NULL);
	ASSERT_EQ(0, set_policy(late->w.tid, SCHED_FIFO, 30));
	rcvid = receive_soon(Q, self->chid, late->reply, 8, &info);
	EXPECT_EQ(late->w.tid, info.tid);
	EXPECT_EQ(30, info.priority);
	ASSERT_EQ(0, set_policy(late->w.tid, SCHED_OTHER, 0));
	EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 1, NULL, 0));
	ASSERT_EQ(0, client_wait(late));
	EXPECT_TRUE(is_ordinary(late));
	finish(_metadata, self);
	/* the receiver too: what it works on now came from an ordinary thread */
	EXPECT_EQ(20, priority_of(getpid(), this_tid()));
}

TEST_F(cpus, E5_killed_while_it_was_urgent)
{
	ASSERT_EQ(0, set_policy(self->reply->w.tid, SCHED_FIFO, 50));
	ASSERT_EQ(0, set_policy(self->send->w.tid, SCHED_FIFO, 50));
	ASSERT_EQ(0, peer_kill(self->p, SIGKILL));
	ASSERT_EQ(0, wait_for_channel(getpid(), Q, self->chid, "queued", 0));
	EXPECT_EQ(0, expect_pulse(Q, self->chid, QMSG_PULSE_CODE_UNBLOCK, NULL));
	EXPECT_EQ(0, qmsg_msg_error(Q, self->rcvid, QMSG_ERROR_REASON));
	ASSERT_EQ(0, peer_reap(self->p, NULL));
	EXPECT_EQ(0, expect_nothing(Q, self->chid));
	EXPECT_EQ(20, priority_of(getpid(), this_tid()));
}

static int enter_cpuset(pid_t pid, const char *cpus)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	if (put_text("/sys/fs/cgroup/cgroup.subtree_control", "+cpuset"))
		return -ENOENT;
	if (mkdir(CPUSET, 0755) && errno != EEXIST)
		return -errno;
	return put_text(CPUSET "/cpuset.cpus", cpus) ?: put_text(CPUSET "/cgroup.procs", text);
}

TEST_F(cpus, E5_a_cpuset_changes_while_blocked)
{
	int err = enter_cpuset(self->p->pid, "0");

	if (err == -ENOENT)
		SKIP(return, "no cpuset controller of cgroup v2");
	ASSERT_EQ(0, err);
	if (access(CPU1, F_OK))
		SKIP(return, "no second processor");
	start_traffic(_metadata, self);
	for (int i = 0; i < few_rounds(20); i++) {
		ASSERT_EQ(0, put_text(CPUSET "/cpuset.cpus", i & 1 ? "0" : "1"));
		ASSERT_TRUE(traffic_goes_on(self));
	}
	expect_undisturbed(_metadata, self);
	stop_traffic(_metadata, self);
	finish(_metadata, self);
	ASSERT_EQ(0, peer_end(self->p));
	EXPECT_TRUE(wait_until(!rmdir(CPUSET) || errno != EBUSY));
}

TEST_HARNESS_MAIN
