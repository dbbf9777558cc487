// SPDX-License-Identifier: GPL-2.0-only
/*
 * QNX 7.1: a client registers its event before it hands it out, so that
 * only that server can deliver it, and lets the server fill in the value.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/neutrino.h>

#define MSG_REGISTER	0x400
#define MSG_MEASURE	0x401
#define MSG_STOP	0x402

#define PULSE_READING	(_PULSE_CODE_MINAVAIL + 2)

struct request_msg {
	uint16_t type;
	int32_t value;
	struct sigevent event;
};

struct server {
	int chid;
	pthread_t tid;
	rcvid_t client;
	struct sigevent event;
	bool registered;
};

static void measure(struct server *s, rcvid_t rcvid, int value)
{
	if (!s->registered) {
		MsgError(rcvid, ENXIO);
		return;
	}
	/* we were allowed to change the value, nothing else */
	s->event.sigev_value.sival_int = value;
	if (MsgDeliverEvent(s->client, &s->event) == -1)
		MsgError(rcvid, errno);
	else
		MsgReply(rcvid, EOK, NULL, 0);
}

static void *server_thread(void *arg)
{
	struct server *s = arg;
	struct request_msg msg;

	for (;;) {
		rcvid_t rcvid = MsgReceive(s->chid, &msg, sizeof(msg), NULL);

		if (rcvid == -1) {
			perror("MsgReceive");
			exit(EXIT_FAILURE);
		}
		switch (msg.type) {
		case MSG_REGISTER:
			s->client = rcvid;
			s->event = msg.event;
			s->registered = true;
			MsgReply(rcvid, EOK, NULL, 0);
			break;
		case MSG_MEASURE:
			measure(s, rcvid, msg.value);
			break;
		case MSG_STOP:
			MsgReply(rcvid, EOK, NULL, 0);
			return NULL;
		default:
			MsgError(rcvid, ENOSYS);
			break;
		}
	}
}

static int request(int coid, int type, int value, const struct sigevent *ev)
{
	struct request_msg msg;

	memset(&msg, 0, sizeof(msg));
	msg.type = type;
	msg.value = value;
	if (ev)
		msg.event = *ev;
	return MsgSend(coid, &msg, sizeof(msg), NULL, 0);
}

#define CHECK(cond) do { if (!(cond)) { \
	fprintf(stderr, "%s:%d: %s: %s\n", __func__, __LINE__, #cond, strerror(errno)); \
	exit(EXIT_FAILURE); } } while (0)

int main(void)
{
	struct server friendly = { 0 }, rogue = { 0 };
	struct sigevent ev, raw;
	struct _pulse pulse;
	int chid, self, to_friendly, to_rogue;

	chid = ChannelCreate(_NTO_CHF_PRIVATE);
	CHECK(chid != -1);
	self = ConnectAttach(ND_LOCAL_NODE, 0, chid, _NTO_SIDE_CHANNEL, 0);
	CHECK(self != -1);
	friendly.chid = ChannelCreate(0);
	rogue.chid = ChannelCreate(0);
	pthread_create(&friendly.tid, NULL, server_thread, &friendly);
	pthread_create(&rogue.tid, NULL, server_thread, &rogue);
	to_friendly = ConnectAttach(ND_LOCAL_NODE, 0, friendly.chid, _NTO_SIDE_CHANNEL,
				    _NTO_COF_REG_EVENTS);
	CHECK(to_friendly != -1);
	to_rogue = ConnectAttach(ND_LOCAL_NODE, 0, rogue.chid, _NTO_SIDE_CHANNEL,
				 _NTO_COF_REG_EVENTS);
	CHECK(to_rogue != -1);

	CHECK(request(to_friendly, MSG_MEASURE, 1, NULL) == -1 && errno == ENXIO);

	SIGEV_PULSE_INIT(&ev, self, SIGEV_PULSE_PRIO_INHERIT, PULSE_READING, 0);
	raw = ev;
	SIGEV_MAKE_UPDATEABLE(&ev);
	CHECK(MsgRegisterEvent(&ev, to_friendly) != -1);

	CHECK(request(to_friendly, MSG_REGISTER, 0, &ev) == EOK);
	CHECK(request(to_friendly, MSG_MEASURE, 815, NULL) == EOK);
	CHECK(MsgReceivePulse(chid, &pulse, sizeof(pulse), NULL) == 0);
	CHECK(pulse.code == PULSE_READING);
	CHECK(pulse.value.sival_int == 815);
	CHECK(request(to_friendly, MSG_MEASURE, 816, NULL) == EOK);
	CHECK(MsgReceivePulse(chid, &pulse, sizeof(pulse), NULL) == 0);
	CHECK(pulse.value.sival_int == 816);

	/* somebody else got hold of the handle: it is of no use to him */
	CHECK(request(to_rogue, MSG_REGISTER, 0, &ev) == EOK);
	CHECK(request(to_rogue, MSG_MEASURE, 666, NULL) == -1);

	/* nor may he make up events for a connection with _NTO_COF_REG_EVENTS */
	CHECK(request(to_rogue, MSG_REGISTER, 0, &raw) == EOK);
	CHECK(request(to_rogue, MSG_MEASURE, 667, NULL) == -1 && errno == EACCES);

	/* once it is taken back, the friendly one cannot either */
	CHECK(MsgUnregisterEvent(&ev) != -1);
	CHECK(request(to_friendly, MSG_MEASURE, 817, NULL) == -1);
	CHECK(MsgUnregisterEvent(&ev) == -1);

	TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, NULL, NULL, NULL);
	CHECK(MsgReceivePulse(chid, &pulse, sizeof(pulse), NULL) == -1 && errno == ETIMEDOUT);

	CHECK(request(to_friendly, MSG_STOP, 0, NULL) == EOK);
	CHECK(request(to_rogue, MSG_STOP, 0, NULL) == EOK);
	pthread_join(friendly.tid, NULL);
	pthread_join(rogue.tid, NULL);
	return EXIT_SUCCESS;
}
