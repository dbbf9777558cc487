// SPDX-License-Identifier: GPL-2.0-only
/* build: also -m32 */
/*
 * Programs number their pulses whether they think of real time or not (S4.3, S4.11). A program
 * whose threads are all ordinary runs the same way whoever starts it: the numbers are places
 * in the queue, and nobody becomes real-time.
 */
#include <sys/mman.h>
#include <sys/prctl.h>

#include "call.h"

#define NOBODY		65534
#define MS		1000000ULL
#define ENTRIES		9
#define MESSAGE		99

struct seen {
	int entries;
	int code[ENTRIES];
	int policy[ENTRIES];
	int priority[ENTRIES];
};

struct run {
	uid_t uid;
	struct seen *seen;
};

static long send_message(struct call *call)
{
	return MsgSend(call->coid, "", 1, NULL, 0);
}

/* Codes are the expected places, from 0. */
static bool fill_queue(int coid, struct call *client)
{
	struct _itimer soon = { MS, 0 };
	struct sigevent event;
	timer_t timer;

	if (MsgSendPulse(coid, SIGEV_PULSE_PRIO_INHERIT, 7, 0) || MsgSendPulse(coid, 5, 6, 0) ||
	    MsgSendPulse(coid, 10, 5, 0) || MsgSendPulse(coid, 21, 2, 0) ||
	    MsgSendPulse(coid, 63, 1, 0) || MsgSendPulse(coid, 255, 0, 0))
		return false;
	SIGEV_PULSE_INIT(&event, coid, 12, 4, 0);
	if (MsgRegisterEvent(&event, coid) || MsgDeliverEvent(0, &event))
		return false;
	SIGEV_PULSE_INIT(&event, coid, 15, 3, 0);
	timer = TimerCreate(CLOCK_MONOTONIC, &event);
	if (timer == -1 || TimerSettime(timer, 0, &soon, NULL))
		return false;
	return !call_start(client, send_message, coid);
}

static void note(struct seen *seen, int code)
{
	struct sched_param param;
	int i = seen->entries++;

	seen->code[i] = code;
	seen->policy[i] = SchedGet(0, 0, &param);
	seen->priority[i] = param.sched_priority;
}

static bool receive_all(int chid, struct seen *seen)
{
	union {
		struct _pulse pulse;
		char text[24];
	} msg;

	while (seen->entries < ENTRIES) {
		rcvid_t rcvid = receive_poll(chid, &msg, sizeof(msg), NULL);

		if (rcvid < 0)
			return false;
		note(seen, rcvid ? MESSAGE : msg.pulse.code);
		if (rcvid && MsgReply(rcvid, 0, NULL, 0))
			return false;
	}
	return true;
}

static int program(void *arg)
{
	struct run *run = arg;
	struct call client;
	int chid, coid;

	/* Only root may open the device, unless the administrator says otherwise. */
	if (qmsg_qnx_context() < 0)
		return 1;
	if (run->uid && (setresuid(run->uid, run->uid, run->uid) || prctl(PR_SET_DUMPABLE, 1)))
		return 1;
	chid = ChannelCreate(0);
	coid = attach_self(chid);
	/* From now on the thread belongs to the channel, and what is queued would raise it. */
	if (coid == -1 || receive_poll(chid, NULL, 0, NULL) != -ETIMEDOUT)
		return 2;
	if (!fill_queue(coid, &client))
		return 3;
	if (wait_queued(chid, 1) || wait_for_channel(getpid(), qmsg_qnx_context(), chid, "pulses", 8))
		return 4;
	if (getprio(0) != 10 || sched_getscheduler(0) != SCHED_OTHER)
		return 5;
	if (!receive_all(chid, run->seen))
		return 6;
	return call_join(&client) ? 7 : 0;
}

FIXTURE(ordinary) {
	struct seen *seen;
};

FIXTURE_SETUP(ordinary)
{
	self->seen = mmap(NULL, sizeof(*self->seen), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->seen);
}

FIXTURE_TEARDOWN(ordinary)
{
	munmap(self->seen, sizeof(*self->seen));
}

FIXTURE_VARIANT(ordinary) {
	uid_t uid;
};

FIXTURE_VARIANT_ADD(ordinary, root) { .uid = 0 };
FIXTURE_VARIANT_ADD(ordinary, nobody) { .uid = NOBODY };

TEST_F(ordinary, numbers_are_places_in_the_queue)
{
	struct run run = { variant->uid, self->seen };
	pid_t pid = fork_child(program, &run);
	int status = -1;
	int i;

	ASSERT_GT(pid, 0);
	ASSERT_EQ(0, reap(pid, &status));
	EXPECT_EQ(0, status);
	ASSERT_EQ(ENTRIES, self->seen->entries);
	for (i = 0; i < ENTRIES; i++) {
		EXPECT_EQ(i == ENTRIES - 1 ? MESSAGE : i, self->seen->code[i]);
		EXPECT_EQ(SCHED_OTHER, self->seen->policy[i]);
		EXPECT_EQ(10, self->seen->priority[i]);
	}
}

TEST_HARNESS_MAIN
