// SPDX-License-Identifier: GPL-2.0-only
/*
 * An open, which cannot step aside, of a task that was frozen and is thawed: a signal with a
 * handler that comes then still asks, also where who sends it is preempted by who is woken.
 */
#include "../hazards/hazard.h"
#include "parking.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define ROOT	"/tmp/freezer"
#define GROUP	ROOT "/qmsg_thawed"

FIXTURE(thawed) {
	struct parking *p;
};

FIXTURE_SETUP(thawed)
{
	mkdir(ROOT, 0700);
	if ((mount("none", ROOT, "cgroup2", 0, NULL) && errno != EBUSY) ||
	    (mkdir(GROUP, 0700) && errno != EEXIST) || access(GROUP "/cgroup.freeze", W_OK))
		SKIP(return, "no cgroup v2 freezer");
	self->p = shared_alloc(sizeof(*self->p));
	self->p->hold_open = true;
	ASSERT_EQ(0, module_load());
	ASSERT_TRUE(parking_start(self->p));
}

FIXTURE_TEARDOWN(thawed)
{
	if (self->p) {
		EXPECT_EQ(0, parking_end(self->p));
		EXPECT_TRUE(module_unload());
	}
	wait_until(!rmdir(GROUP) || errno != EBUSY);
	umount2(ROOT, MNT_DETACH);
}

static bool on_first_processor(int policy, int prio)
{
	struct sched_param param = { .sched_priority = prio };
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	return !sched_setaffinity(0, sizeof(set), &set) && !sched_setscheduler(0, policy, &param);
}

static void note(int sig)
{
	(void)sig;
}

static int be_opener(void *arg)
{
	struct sigaction sa = { .sa_handler = note };
	int *ret = arg;
	char text[16];

	snprintf(text, sizeof(text), "%d", getpid());
	if (put_text(GROUP "/cgroup.procs", text) || !on_first_processor(SCHED_FIFO, 10))
		return 1;
	sigaction(SIGUSR1, &sa, NULL);
	*ret = open(SAMPLE, O_RDONLY) < 0 ? -errno : 0;
	return 0;
}

static int be_sender(void *arg)
{
	return !on_first_processor(SCHED_OTHER, 0) || kill(*(pid_t *)arg, SIGUSR1);
}

TEST_F(thawed, handler)
{
	int *ret = shared_alloc(sizeof(*ret)), status;
	pid_t pid, sender;

	pid = fork_child(be_opener, ret);
	ASSERT_TRUE(wait_until(self->p->parked == 1));
	/* It has to wait with that, deaf to what is less than a signal. */
	ASSERT_EQ(0, put_text(GROUP "/cgroup.freeze", "1"));
	ASSERT_EQ(0, wait_for_task_state(pid, pid, 'I'));
	/* On its processor it is the first, so it is asleep again when the sender gets there. */
	ASSERT_EQ(0, put_text(GROUP "/cgroup.freeze", "0"));
	sender = fork_child(be_sender, &pid);
	ASSERT_EQ(0, reap(sender, &status));
	EXPECT_EQ(0, status);
	EXPECT_TRUE(wait_until(self->p->open_unblocked == 1));
	ASSERT_EQ(0, reap(pid, &status));
	EXPECT_EQ(0, status);
	EXPECT_EQ(-EINTR, *ret);
}

TEST_HARNESS_MAIN
