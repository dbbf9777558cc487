// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads with names, run masks and priorities, as a driver sets itself up
 * (ThreadCtl), and pthread_cancel() of a client that waits for a reply.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/neutrino.h>
#include <sys/procmgr.h>
#include <sys/syspage.h>

#define MSG_HELLO  0x1111
#define MSG_FOREVER 0x1112

static int chid;
static sem_t have_request;
static volatile int cleaned_up;

static void *driver(void *arg)
{
	struct { uint16_t type, pad; } msg;
	struct _msg_info info;
	int rcvid, held = 0;

	/* privileges for in8() and friends, then the first CPU, then a name */
	if (ThreadCtl(_NTO_TCTL_IO, 0) == -1) {
		perror("_NTO_TCTL_IO");
		exit(1);
	}
	if (ThreadCtl(_NTO_TCTL_RUNMASK, (void *)1) == -1) {
		perror("_NTO_TCTL_RUNMASK");
		exit(1);
	}
	pthread_setname_np(pthread_self(), "driver");

	for (;;) {
		rcvid = MsgReceive(chid, &msg, sizeof(msg), NULL);
		if (rcvid == -1)
			return (void *)(long)errno;
		if (msg.type == MSG_FOREVER) {
			held = rcvid;
			sem_post(&have_request);
			continue;
		}
		/* is the one we hold still there? */
		MsgReply(rcvid, held && MsgInfo(held, &info) == 0 ? 1 : 0, NULL, 0);
	}
}

static void cleanup(void *arg)
{
	cleaned_up++;
	ConnectDetach(*(int *)arg);
}

static void *patient_client(void *arg)
{
	struct { uint16_t type, pad; } msg = { MSG_FOREVER, 0 };
	int coid = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);

	pthread_cleanup_push(cleanup, &coid);
	MsgSend(coid, &msg, sizeof(msg), NULL, 0);
	pthread_cleanup_pop(1);
	return "not cancelled";
}

int main(void)
{
	struct { uint16_t type, pad; } msg = { MSG_HELLO, 0 };
	struct sched_param param;
	pthread_t d, c;
	int coid, policy, prio;
	void *ret;

	if (procmgr_ability(0, PROCMGR_ADN_NONROOT | PROCMGR_AOP_ALLOW | PROCMGR_AID_IO,
			    PROCMGR_AID_EOL) != EOK) {
		fprintf(stderr, "procmgr_ability\n");
		return 1;
	}
	printf("%d processors\n", _syspage_ptr->num_cpu);
	if (_syspage_ptr->num_cpu < 1)
		return 1;

	prio = getprio(0);
	policy = SchedGet(0, 0, &param);
	if (policy == -1 || prio < 0 || param.sched_priority != prio) {
		fprintf(stderr, "getprio %d, SchedGet %d: %d\n", prio, policy, param.sched_priority);
		return 1;
	}

	sem_init(&have_request, 0, 0);
	chid = ChannelCreate(0);
	coid = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);
	pthread_create(&d, NULL, driver, NULL);
	if (MsgSend(coid, &msg, sizeof(msg), NULL, 0) != 0) {
		perror("MSG_HELLO");
		return 1;
	}

	pthread_create(&c, NULL, patient_client, NULL);
	sem_wait(&have_request);
	pthread_cancel(c);
	pthread_join(c, &ret);
	if (ret != PTHREAD_CANCELED || cleaned_up != 1) {
		fprintf(stderr, "cancel: %s, cleaned up %d\n",
			ret == PTHREAD_CANCELED ? "cancelled" : "came back", cleaned_up);
		return 1;
	}
	if (MsgSend(coid, &msg, sizeof(msg), NULL, 0) != 0) {
		fprintf(stderr, "the cancelled request is still there\n");
		return 1;
	}

	ChannelDestroy(chid);
	pthread_join(d, &ret);
	if ((long)ret != ESRCH) {
		fprintf(stderr, "driver ended with %s\n", strerror((long)ret));
		return 1;
	}
	ConnectDetach(coid);
	return 0;
}
