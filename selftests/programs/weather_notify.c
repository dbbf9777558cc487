// SPDX-License-Identifier: GPL-2.0-only
/*
 * Weather station: clients subscribe with an event of their choice, the
 * server keeps it with the rcvid and delivers it whenever the wind changes,
 * long after it has replied (and once before).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <pthread.h>
#include <unistd.h>
#include <sys/siginfo.h>
#include <sys/neutrino.h>
#include <sys/netmgr.h>

#define SUBSCRIBE	1
#define UNSUBSCRIBE	2
#define SET_WIND	3
#define READ_WIND	4
#define STOP		5

#define WIND_CHANGED	(_PULSE_CODE_MINAVAIL + 7)
#define WELCOME		(_PULSE_CODE_MINAVAIL + 8)

#define MAX_SUBSCRIBERS 8

struct request
{
	uint16_t type;
	int wind;
	struct sigevent event;
	struct sigevent welcome;
};

struct subscriber
{
	int rcvid;
	int scoid;
	struct sigevent event;
} subscribers[MAX_SUBSCRIBERS];

int nsubscribers;
int wind_chid;
int wind;

void subscribe(int rcvid, struct request *r, struct _msg_info *info)
{
	if (nsubscribers == MAX_SUBSCRIBERS)
	{
		MsgError(rcvid, EAGAIN);
		return;
	}
	// a first event while the client is still blocked on us; it is ahead of all others
	if (MsgDeliverEvent(rcvid, &r->welcome) == -1)
	{
		MsgError(rcvid, errno);
		return;
	}
	subscribers[nsubscribers].rcvid = rcvid;
	subscribers[nsubscribers].scoid = info->scoid;
	subscribers[nsubscribers].event = r->event;
	nsubscribers++;
	MsgReply(rcvid, EOK, NULL, 0);
}

void unsubscribe(int rcvid, int scoid)
{
	int i, n = 0;

	for (i = 0; i < nsubscribers; )
	{
		if (subscribers[i].scoid == scoid)
		{
			subscribers[i] = subscribers[--nsubscribers];
			n++;
		}
		else
			i++;
	}
	MsgReply(rcvid, n, NULL, 0);
}

void set_wind(int rcvid, int value)
{
	int i, delivered = 0;

	wind = value;
	for (i = 0; i < nsubscribers; i++)
	{
		if (MsgDeliverEvent(subscribers[i].rcvid, &subscribers[i].event) == -1)
			perror("MsgDeliverEvent");
		else
			delivered++;
	}
	MsgReply(rcvid, delivered, NULL, 0);
}

void *station(void *arg)
{
	struct request r;
	struct _msg_info info;
	int rcvid;

	while (1)
	{
		rcvid = MsgReceive(wind_chid, &r, sizeof(r), &info);
		if (rcvid == -1)
		{
			perror("MsgReceive");
			exit(EXIT_FAILURE);
		}
		switch (r.type)
		{
		case SUBSCRIBE:
			subscribe(rcvid, &r, &info);
			break;
		case UNSUBSCRIBE:
			unsubscribe(rcvid, info.scoid);
			break;
		case SET_WIND:
			set_wind(rcvid, r.wind);
			break;
		case READ_WIND:
			MsgReply(rcvid, EOK, &wind, sizeof(wind));
			break;
		case STOP:
			MsgReply(rcvid, EOK, NULL, 0);
			return NULL;
		}
	}
}

int call(int coid, int type, int value)
{
	struct request r;
	int ret;

	memset(&r, 0, sizeof(r));
	r.type = type;
	r.wind = value;
	ret = MsgSend(coid, &r, sizeof(r), NULL, 0);
	if (ret == -1)
	{
		fprintf(stderr, "request %d: %s\n", type, strerror(errno));
		exit(EXIT_FAILURE);
	}
	return ret;
}

void *sailor(void *arg)
{
	int number = *(int *)arg;
	int chid = ChannelCreate(0);
	int self = ConnectAttach(ND_LOCAL_NODE, 0, chid, _NTO_SIDE_CHANNEL, 0);
	// a connection of its own, for the scoid is what we unsubscribe by
	int coid = ConnectAttach(ND_LOCAL_NODE, 0, wind_chid, _NTO_SIDE_CHANNEL, _NTO_COF_NOSHARE);
	struct _pulse pulse;
	struct request r;
	int changes = 0, seen = 0;

	memset(&r, 0, sizeof(r));
	r.type = SUBSCRIBE;
	SIGEV_PULSE_INIT(&r.event, self, 11, WIND_CHANGED, number);
	SIGEV_PULSE_INIT(&r.welcome, self, 12, WELCOME, 100 + number);
	if (MsgSend(coid, &r, sizeof(r), NULL, 0) == -1)
	{
		perror("subscribe");
		exit(EXIT_FAILURE);
	}
	// delivered before the reply, so it has to be here by now
	TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, NULL, NULL, NULL);
	if (MsgReceivePulse(chid, &pulse, sizeof(pulse), NULL) == -1
	    || pulse.code != WELCOME || pulse.value.sival_int != 100 + number)
	{
		fprintf(stderr, "sailor %d was not welcome\n", number);
		exit(EXIT_FAILURE);
	}

	while (seen != 12)
	{
		if (MsgReceivePulse(chid, &pulse, sizeof(pulse), NULL) == -1)
		{
			perror("MsgReceivePulse");
			exit(EXIT_FAILURE);
		}
		if (pulse.code != WIND_CHANGED || pulse.value.sival_int != number)
		{
			fprintf(stderr, "sailor %d: pulse %d %d\n", number, pulse.code,
				pulse.value.sival_int);
			exit(EXIT_FAILURE);
		}
		r.type = READ_WIND;
		if (MsgSend(coid, &r, sizeof(r), &seen, sizeof(seen)) == -1)
		{
			perror("read");
			exit(EXIT_FAILURE);
		}
		changes++;
	}
	if (call(coid, UNSUBSCRIBE, 0) != 1)
	{
		fprintf(stderr, "sailor %d was not subscribed once\n", number);
		exit(EXIT_FAILURE);
	}
	ConnectDetach(coid);
	ConnectDetach(self);
	ChannelDestroy(chid);
	return (void *)(long)changes;
}

int main(int argc, char *argv[])
{
	pthread_t server, t[3];
	int number[3], coid, i;
	void *changes;

	wind_chid = ChannelCreate(0);
	coid = ConnectAttach(ND_LOCAL_NODE, 0, wind_chid, _NTO_SIDE_CHANNEL, 0);
	pthread_create(&server, NULL, station, NULL);
	for (i = 0; i < 3; i++)
	{
		number[i] = i;
		pthread_create(&t[i], NULL, sailor, &number[i]);
	}
	// until everybody hears it
	while (call(coid, SET_WIND, 3) < 3)
		delay(1);
	call(coid, SET_WIND, 7);
	call(coid, SET_WIND, 12);
	for (i = 0; i < 3; i++)
	{
		pthread_join(t[i], &changes);
		if ((long)changes < 1)
		{
			fprintf(stderr, "sailor %d heard nothing\n", i);
			return EXIT_FAILURE;
		}
	}
	if (call(coid, SET_WIND, 0) != 0)
	{
		fprintf(stderr, "somebody is still subscribed\n");
		return EXIT_FAILURE;
	}
	call(coid, STOP, 0);
	pthread_join(server, NULL);
	return EXIT_SUCCESS;
}
