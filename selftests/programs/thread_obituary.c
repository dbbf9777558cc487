// SPDX-License-Identifier: GPL-2.0-only
/*
 * Job pool whose manager counts its threads by _PULSE_CODE_THREADDEATH: a
 * worker ends after some jobs ("memory leak") and is replaced.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <errno.h>
#include <string.h>
#include <sys/neutrino.h>

#define WORKERS		3
#define JOBS_PER_LIFE	4
#define JOBS		24
#define JOB_DONE	(_PULSE_CODE_MINAVAIL + 1)

static int job_chid, mgr_chid, mgr_coid;
static int started;
static int done[JOBS];

static void *worker(void *arg)
{
	int i, rcvid, job;

	for (i = 0; i < JOBS_PER_LIFE; i++) {
		rcvid = MsgReceive(job_chid, &job, sizeof(job), NULL);
		if (rcvid == -1)
			return NULL;
		done[job]++;
		MsgReply(rcvid, EOK, NULL, 0);
	}
	pthread_exit(NULL);
}

static void start_worker(void)
{
	pthread_attr_t attr;
	int rc;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	if ((rc = pthread_create(NULL, &attr, worker, NULL)) != EOK) {
		fprintf(stderr, "pthread_create: %s\n", strerror(rc));
		exit(1);
	}
	pthread_attr_destroy(&attr);
	started++;
}

static void *customer(void *arg)
{
	int coid = ConnectAttach(0, 0, job_chid, _NTO_SIDE_CHANNEL, 0);
	int job;

	for (job = 0; job < JOBS; job++)
		if (MsgSend(coid, &job, sizeof(job), NULL, 0) == -1) {
			perror("customer");
			exit(1);
		}
	ConnectDetach(coid);
	MsgSendPulse(mgr_coid, -1, JOB_DONE, JOBS);
	return NULL;
}

int main(void)
{
	struct _pulse pulse;
	pthread_t tid;
	int i, deaths = 0, finished = 0;

	mgr_chid = ChannelCreate(_NTO_CHF_THREAD_DEATH);
	if (mgr_chid == -1) {
		perror("ChannelCreate");
		return 1;
	}
	if (ChannelCreate(_NTO_CHF_THREAD_DEATH) != -1 || errno != EBUSY) {
		fprintf(stderr, "a second channel for obituaries\n");
		return 1;
	}
	job_chid = ChannelCreate(0);
	mgr_coid = ConnectAttach(0, 0, mgr_chid, _NTO_SIDE_CHANNEL, 0);
	for (i = 0; i < WORKERS; i++)
		start_worker();
	pthread_create(&tid, NULL, customer, NULL);

	/* everybody dies in the end, the customer too */
	while (!finished || deaths < started + 1) {
		if (MsgReceivePulse(mgr_chid, &pulse, sizeof(pulse), NULL) == -1) {
			perror("MsgReceivePulse");
			return 1;
		}
		switch (pulse.code) {
		case _PULSE_CODE_THREADDEATH:
			if (pulse.value.sival_int <= 0) {
				fprintf(stderr, "thread %d has died\n", pulse.value.sival_int);
				return 1;
			}
			deaths++;
			if (!finished)
				start_worker();
			break;
		case JOB_DONE:
			finished = 1;
			ChannelDestroy(job_chid);	/* sends the others home */
			break;
		default:
			fprintf(stderr, "pulse %d\n", pulse.code);
			return 1;
		}
	}
	pthread_join(tid, NULL);
	for (i = 0; i < JOBS; i++)
		if (done[i] != 1) {
			fprintf(stderr, "job %d done %d times\n", i, done[i]);
			return 1;
		}
	if (started <= WORKERS) {
		fprintf(stderr, "only %d workers for %d jobs\n", started, JOBS);
		return 1;
	}
	return 0;
}
