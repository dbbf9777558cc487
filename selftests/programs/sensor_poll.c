// SPDX-License-Identifier: GPL-2.0-only
/* Sensor poller: a 5 ms timer samples three "sensors", clients read averages.
 * Also shows that a busy server loses no tick. */
#include <stdio.h>
#include <stdlib.h>
#include <stdint.h>
#include <string.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <time.h>
#include <sys/neutrino.h>
#include <sys/netmgr.h>

#define NSENSORS    3
#define NSAMPLES    8
#define TICK_CODE   (_PULSE_CODE_MINAVAIL)
#define STOP_CODE   (_PULSE_CODE_MINAVAIL + 1)

#define GET_AVERAGE (0x1000)
#define GET_COUNT   (0x1001)
#define GET_ALL     (0x1002)

struct sensor_request {
	uint16_t type;
	uint16_t sensor;
};

struct sensor_reply {
	uint32_t samples;
	double   average;
};

union msg {
	uint16_t type;
	struct _pulse pulse;
	struct sensor_request req;
};

struct sensor {
	double   ring[NSAMPLES];
	uint32_t count;
};

static struct sensor sensors[NSENSORS];
static int chid, self_coid;

static double read_hardware(int s, uint32_t n)
{
	switch (s) {
	case 0: return 20.0;                 /* thermometer */
	case 1: return (double)(n % 4);      /* a saw tooth */
	default: return sqrt((double)n);     /* fuel flow */
	}
}

static void sample_all(void)
{
	int s;
	for (s = 0; s < NSENSORS; s++) {
		struct sensor *p = &sensors[s];
		p->ring[p->count % NSAMPLES] = read_hardware(s, p->count);
		p->count++;
	}
}

static double average(const struct sensor *p)
{
	uint32_t i, n = p->count < NSAMPLES ? p->count : NSAMPLES;
	double sum = 0;

	for (i = 0; i < n; i++)
		sum += p->ring[i];
	return n ? sum / n : 0;
}

static int answer(int rcvid, union msg *m)
{
	struct sensor_reply rep[NSENSORS];
	int s;

	switch (m->type) {
	case GET_COUNT:
		return MsgReply(rcvid, sensors[0].count, NULL, 0);
	case GET_AVERAGE:
		if (m->req.sensor >= NSENSORS)
			return MsgError(rcvid, ENXIO);
		rep[0].samples = sensors[m->req.sensor].count;
		rep[0].average = average(&sensors[m->req.sensor]);
		return MsgReply(rcvid, EOK, &rep[0], sizeof(rep[0]));
	case GET_ALL:
		for (s = 0; s < NSENSORS; s++) {
			rep[s].samples = sensors[s].count;
			rep[s].average = average(&sensors[s]);
		}
		return MsgReply(rcvid, sizeof(rep), rep, sizeof(rep));
	}
	return MsgError(rcvid, ENOSYS);
}

static void *poller(void *arg)
{
	struct sigevent ev;
	struct itimerspec its;
	timer_t timer;
	union msg m;
	int rcvid;

	self_coid = ConnectAttach(ND_LOCAL_NODE, 0, chid, _NTO_SIDE_CHANNEL, 0);
	SIGEV_PULSE_INIT(&ev, self_coid, getprio(0), TICK_CODE, 0);
	if (timer_create(CLOCK_REALTIME, &ev, &timer) != 0) {
		perror("timer_create");
		exit(1);
	}
	its.it_value.tv_sec = its.it_interval.tv_sec = 0;
	its.it_value.tv_nsec = its.it_interval.tv_nsec = 5 * 1000 * 1000;
	timer_settime(timer, 0, &its, NULL);

	while (1) {
		rcvid = MsgReceive(chid, &m, sizeof(m), NULL);
		if (rcvid == -1) {
			perror("MsgReceive");
			exit(1);
		}
		if (rcvid != 0) {
			answer(rcvid, &m);
		} else if (m.pulse.code == TICK_CODE) {
			sample_all();
		} else if (m.pulse.code == STOP_CODE) {
			timer_delete(timer);
			break;
		}
	}
	return (void *)(intptr_t)m.pulse.value.sival_int;
}

int main(void)
{
	struct sensor_request req = { GET_COUNT, 0 };
	struct sensor_reply rep, all[NSENSORS];
	pthread_t tid;
	void *ret;
	int coid, n;

	chid = ChannelCreate(0);
	coid = ConnectAttach(ND_LOCAL_NODE, 0, chid, _NTO_SIDE_CHANNEL, 0);
	pthread_create(&tid, NULL, &poller, NULL);

	while ((n = MsgSend(coid, &req, sizeof(req), NULL, 0)) < NSAMPLES) {
		if (n == -1) {
			perror("GET_COUNT");
			return 1;
		}
		delay(5);
	}

	req.type = GET_AVERAGE;
	if (MsgSend(coid, &req, sizeof(req), &rep, sizeof(rep)) != 0) {
		perror("GET_AVERAGE");
		return 1;
	}
	if (fabs(rep.average - 20.0) > 1e-9 || rep.samples < NSAMPLES) {
		fprintf(stderr, "thermometer says %g after %u samples\n", rep.average, rep.samples);
		return 1;
	}
	req.sensor = 1;
	MsgSend(coid, &req, sizeof(req), &rep, sizeof(rep));
	if (fabs(rep.average - 1.5) > 1e-9) {
		fprintf(stderr, "the saw tooth's mean is %g\n", rep.average);
		return 1;
	}
	req.sensor = 9;
	if (MsgSend(coid, &req, sizeof(req), &rep, sizeof(rep)) != -1 || errno != ENXIO) {
		fprintf(stderr, "there is a sensor 9\n");
		return 1;
	}
	req.type = GET_ALL;
	n = MsgSend(coid, &req, sizeof(req), all, sizeof(all));
	if (n != sizeof(all) || all[2].samples != all[0].samples || all[2].average <= 0) {
		fprintf(stderr, "GET_ALL: %d bytes\n", n);
		return 1;
	}
	MsgSendPulse(coid, -1, STOP_CODE, 4711);
	pthread_join(tid, &ret);
	if ((intptr_t)ret != 4711) {
		fprintf(stderr, "stop value %ld\n", (long)(intptr_t)ret);
		return 1;
	}
	printf("%u samples, flow %.3f\n", all[2].samples, all[2].average);
	return 0;
}
