// SPDX-License-Identifier: GPL-2.0-only
/*
 * Emergency room: patients are threads of different priority, the doctor
 * sees them in order of priority and works at theirs while he does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sys/neutrino.h>
#include <sys/netmgr.h>

#define PATIENTS 4

static const int severity[PATIENTS] = { 12, 25, 15, 20 };
static const int order[PATIENTS]    = { 25, 20, 15, 12 };

static int chid;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int arrived;

static pthread_t start(int priority, void *(*func)(void *), void *arg)
{
	struct sched_param param;
	pthread_attr_t attr;
	pthread_t tid;
	int rc;

	pthread_attr_init(&attr);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_RR);
	memset(&param, 0, sizeof(param));
	param.sched_priority = priority;
	pthread_attr_setschedparam(&attr, &param);
	rc = pthread_create(&tid, &attr, func, arg);
	if (rc != EOK) {
		fprintf(stderr, "thread of priority %d: %s\n", priority, strerror(rc));
		exit(EXIT_FAILURE);
	}
	pthread_attr_destroy(&attr);
	return tid;
}

static void *patient(void *arg)
{
	int prio = *(const int *)arg;
	int coid = ConnectAttach(ND_LOCAL_NODE, 0, chid, _NTO_SIDE_CHANNEL, 0);
	int doctors_prio;

	pthread_mutex_lock(&mutex);
	arrived++;
	pthread_mutex_unlock(&mutex);
	if (MsgSend(coid, &prio, sizeof(prio), &doctors_prio, sizeof(doctors_prio)) == -1) {
		perror("patient");
		exit(EXIT_FAILURE);
	}
	ConnectDetach(coid);
	return (void *)(long)doctors_prio;
}

static int my_priority(void)
{
	struct sched_param param;
	int policy;

	pthread_getschedparam(pthread_self(), &policy, &param);
	return param.sched_priority;
}

static void *doctor(void *arg)
{
	struct _msg_info info;
	int i, rcvid, prio, mine;

	for (i = 0; i < PATIENTS; i++) {
		rcvid = MsgReceive(chid, &prio, sizeof(prio), &info);
		if (rcvid <= 0) {
			perror("MsgReceive");
			exit(EXIT_FAILURE);
		}
		mine = my_priority();
		printf("patient of %d, I work at %d\n", prio, mine);
		if (prio != order[i] || info.priority != prio) {
			fprintf(stderr, "patient %d: priority %d (info says %d) instead of %d\n",
				i, prio, info.priority, order[i]);
			exit(EXIT_FAILURE);
		}
		if (mine != prio) {
			fprintf(stderr, "doctor at %d for a patient of %d\n", mine, prio);
			exit(EXIT_FAILURE);
		}
		MsgReply(rcvid, EOK, &mine, sizeof(mine));
	}
	return NULL;
}

/* With _NTO_CHF_FIXED_PRIORITY nothing of that happens to the clerk. */
static void *clerk(void *arg)
{
	int rcvid, prio, mine;

	rcvid = MsgReceive(chid, &prio, sizeof(prio), NULL);
	mine = my_priority();
	MsgReply(rcvid, EOK, &mine, sizeof(mine));
	return NULL;
}

int main(void)
{
	pthread_t p[PATIENTS], d;
	void *ret;
	int i, n;

	chid = ChannelCreate(0);
	for (i = 0; i < PATIENTS; i++)
		p[i] = start(severity[i], patient, (void *)&severity[i]);
	do {
		delay(10);
		pthread_mutex_lock(&mutex);
		n = arrived;
		pthread_mutex_unlock(&mutex);
	} while (n < PATIENTS);
	delay(200);			/* all of them are SEND blocked now */

	d = start(30, doctor, NULL);
	pthread_join(d, NULL);
	for (i = 0; i < PATIENTS; i++)
		pthread_join(p[i], NULL);
	ChannelDestroy(chid);

	chid = ChannelCreate(_NTO_CHF_FIXED_PRIORITY);
	d = start(10, clerk, NULL);
	p[0] = start(20, patient, (void *)&severity[3]);
	pthread_join(p[0], &ret);
	pthread_join(d, NULL);
	if ((long)ret != 10) {
		fprintf(stderr, "clerk at %ld on a fixed priority channel\n", (long)ret);
		return EXIT_FAILURE;
	}
	ChannelDestroy(chid);
	return EXIT_SUCCESS;
}
