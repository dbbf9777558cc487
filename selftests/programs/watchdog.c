/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A software watchdog. Tasks register and have to kick it in time; whoever
 * forgets is reported. One timer per task, its index is the pulse value.
 */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/neutrino.h>
#include <sys/netmgr.h>

#define CODE_BARK	(_PULSE_CODE_MINAVAIL + 3)
#define MAX_TASKS	4

enum { WD_REGISTER = 1, WD_KICK, WD_CANCEL };

typedef struct {
	uint16_t type;
	uint16_t task;
	uint32_t timeout_ms;
} wd_msg_t;

typedef union {
	struct _pulse pulse;
	wd_msg_t msg;
} recv_buf_t;

static struct task {
	int used;
	int kicks;
	int barked;
	timer_t timer;
	struct itimerspec period;
} tasks[MAX_TASKS];

static int wd_chid, wd_coid;

static int arm(struct task *t)
{
	return timer_settime(t->timer, 0, &t->period, NULL);
}

static void new_task(int rcvid, const wd_msg_t *m)
{
	struct sigevent ev;
	int i;

	for (i = 0; i < MAX_TASKS && tasks[i].used; i++)
		;
	if (i == MAX_TASKS) {
		MsgError(rcvid, ENOSPC);
		return;
	}
	memset(&tasks[i], 0, sizeof(tasks[i]));
	tasks[i].used = 1;
	tasks[i].period.it_value.tv_sec = m->timeout_ms / 1000;
	tasks[i].period.it_value.tv_nsec = (m->timeout_ms % 1000) * 1000000;
	SIGEV_PULSE_INIT(&ev, wd_coid, SIGEV_PULSE_PRIO_INHERIT, CODE_BARK, i);
	if (timer_create(CLOCK_REALTIME, &ev, &tasks[i].timer) == -1 || arm(&tasks[i]) == -1) {
		MsgError(rcvid, errno);
		return;
	}
	/* the task number is what MsgSend() returns */
	MsgReply(rcvid, i, NULL, 0);
}

static void handle(int rcvid, const wd_msg_t *m)
{
	struct task *t;

	if (m->type == WD_REGISTER) {
		new_task(rcvid, m);
		return;
	}
	if (m->task >= MAX_TASKS || !tasks[m->task].used) {
		MsgError(rcvid, EINVAL);
		return;
	}
	t = &tasks[m->task];
	switch (m->type) {
	case WD_KICK:
		t->kicks++;
		arm(t);
		MsgReply(rcvid, EOK, NULL, 0);
		break;
	case WD_CANCEL:
		timer_delete(t->timer);
		t->used = 0;
		MsgReply(rcvid, EOK, NULL, 0);
		break;
	default:
		MsgError(rcvid, ENOSYS);
	}
}

static int wd_call(int coid, int type, int task, int ms)
{
	wd_msg_t m = { type, task, ms };

	return MsgSend(coid, &m, sizeof(m), NULL, 0);
}

/* kicks often enough, then signs off */
static void *good_task(void *arg)
{
	int coid = ConnectAttach(ND_LOCAL_NODE, getpid(), wd_chid, _NTO_SIDE_CHANNEL, 0);
	int me = wd_call(coid, WD_REGISTER, 0, 60000);
	int i;

	for (i = 0; i < 10; i++) {
		if (wd_call(coid, WD_KICK, me, 0) == -1)
			return "kick failed";
		delay(2);
	}
	if (wd_call(coid, WD_CANCEL, me, 0) == -1)
		return "cancel failed";
	if (wd_call(coid, WD_KICK, me, 0) != -1 || errno != EINVAL)
		return "kick after cancel worked";
	ConnectDetach(coid);
	return NULL;
}

/* registers and goes to sleep at the wheel */
static void *bad_task(void *arg)
{
	int coid = ConnectAttach(ND_LOCAL_NODE, getpid(), wd_chid, _NTO_SIDE_CHANNEL, 0);

	if (wd_call(coid, WD_REGISTER, 0, 80) == -1)
		return "register failed";
	return NULL;
}

int main(void)
{
	pthread_t good, bad;
	recv_buf_t buf;
	int rcvid, barks = 0, cancelled = 0;
	void *why;

	wd_chid = ChannelCreate(0);
	wd_coid = ConnectAttach(ND_LOCAL_NODE, 0, wd_chid, _NTO_SIDE_CHANNEL, 0);
	pthread_create(&good, NULL, good_task, NULL);
	pthread_create(&bad, NULL, bad_task, NULL);

	while (!barks || cancelled < 2) {
		rcvid = MsgReceive(wd_chid, &buf, sizeof(buf), NULL);
		if (rcvid > 0) {
			handle(rcvid, &buf.msg);
			if (buf.msg.type == WD_CANCEL || (buf.msg.type == WD_KICK && cancelled))
				cancelled++;
		} else if (rcvid == 0 && buf.pulse.code == CODE_BARK) {
			printf("task %d: no sign of life\n", buf.pulse.value.sival_int);
			tasks[buf.pulse.value.sival_int].barked = 1;
			if (tasks[buf.pulse.value.sival_int].kicks) {
				fprintf(stderr, "watchdog: barked at the good one\n");
				return 1;
			}
			barks++;
		} else {
			fprintf(stderr, "watchdog: rcvid %d, errno %d\n", rcvid, errno);
			return 1;
		}
	}
	pthread_join(good, &why);
	if (why) {
		fprintf(stderr, "watchdog: good task: %s\n", (char *)why);
		return 1;
	}
	pthread_join(bad, &why);
	if (why) {
		fprintf(stderr, "watchdog: bad task: %s\n", (char *)why);
		return 1;
	}
	return barks == 1 ? 0 : 1;
}
