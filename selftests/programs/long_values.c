// SPDX-License-Identifier: GPL-2.0-only
/*
 * QNX 8 style: rcvid_t, long status, 64-bit pulse values, pointers by
 * MsgSendPulsePtr(). A log collector that is handed its records by pointer.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/neutrino.h>

#define PULSE_RECORD	(_PULSE_CODE_MINAVAIL + 1)
#define PULSE_OFFSET	(_PULSE_CODE_MINAVAIL + 2)

#define MSG_SUM		((uint16_t)0x8001)
#define MSG_SHUTDOWN	((uint16_t)0x8002)

struct record {
	struct record *next;
	unsigned level;
	char text[48];
};

union message {
	struct _pulse pulse;
	struct {
		uint16_t type;
		uint16_t reserved[3];
		int64_t arg;
	} msg;
};

struct collector {
	int chid;
	struct record *records;
	unsigned count;
	long offset;
};

static void *collect(void *arg)
{
	struct collector *c = arg;
	union message m;
	struct _msg_info info;
	bool running = true;

	pthread_setname_np(pthread_self(), "collector");
	while (running) {
		rcvid_t const rcvid = MsgReceive(c->chid, &m, sizeof(m), &info);

		if (rcvid == -1) {
			perror("MsgReceive");
			exit(EXIT_FAILURE);
		}
		if (rcvid == 0) {
			switch (m.pulse.code) {
			case PULSE_RECORD: {
				struct record *const r = m.pulse.value.sival_ptr;

				r->next = c->records;
				c->records = r;
				c->count++;
				break;
			}
			case PULSE_OFFSET:
				c->offset = m.pulse.value.sival_long;
				break;
			}
			continue;
		}
		printf("rcvid %#lx, %zd bytes\n", (long)rcvid, (ssize_t)info.msglen);
		switch (m.msg.type) {
		case MSG_SUM:
			/* more than fits an int */
			MsgReply(rcvid, (long)m.msg.arg + c->offset, NULL, 0);
			break;
		case MSG_SHUTDOWN:
			running = false;
			MsgReply(rcvid, c->count, NULL, 0);
			break;
		default:
			(void)MsgError(rcvid, ENOSYS);
			break;
		}
	}
	return NULL;
}

int main(void)
{
	struct collector c = { 0 };
	union message m;
	pthread_t tid;
	long status;
	int coid;

	c.chid = ChannelCreate(_NTO_CHF_PRIVATE | _NTO_CHF_UNBLOCK | _NTO_CHF_DISCONNECT);
	if (c.chid == -1) {
		perror("ChannelCreate");
		return EXIT_FAILURE;
	}
	coid = ConnectAttach(0, 0, c.chid, _NTO_SIDE_CHANNEL, 0);
	if (coid == -1) {
		perror("ConnectAttach");
		return EXIT_FAILURE;
	}
	pthread_create(&tid, NULL, collect, &c);

	for (unsigned i = 0; i < 10; i++) {
		struct record *r = calloc(1, sizeof(*r));

		r->level = i;
		snprintf(r->text, sizeof(r->text), "record number %u", i);
		if (MsgSendPulsePtr(coid, SIGEV_PULSE_PRIO_INHERIT, PULSE_RECORD, r) == -1) {
			perror("MsgSendPulsePtr");
			return EXIT_FAILURE;
		}
	}
	if (MsgSendPulse(coid, SIGEV_PULSE_PRIO_INHERIT, PULSE_OFFSET, 0x100000001L) == -1) {
		perror("MsgSendPulse");
		return EXIT_FAILURE;
	}

	memset(&m, 0, sizeof(m));
	m.msg.type = MSG_SUM;
	m.msg.arg = 0x7000000000;
	status = MsgSend(coid, &m.msg, sizeof(m.msg), NULL, 0);
	if (status != 0x7100000001L) {
		fprintf(stderr, "sum is %#lx (errno %d)\n", status, errno);
		return EXIT_FAILURE;
	}
	m.msg.type = MSG_SHUTDOWN;
	status = MsgSend(coid, &m.msg, sizeof(m.msg), NULL, 0);
	pthread_join(tid, NULL);
	if (status != 10) {
		fprintf(stderr, "%ld records\n", status);
		return EXIT_FAILURE;
	}
	for (int i = 9; i >= 0; i--) {
		struct record *r = c.records;

		if (r == NULL || r->level != (unsigned)i) {
			fprintf(stderr, "record %d is missing\n", i);
			return EXIT_FAILURE;
		}
		c.records = r->next;
		free(r);
	}
	ConnectDetach(coid);
	ChannelDestroy(c.chid);
	return EXIT_SUCCESS;
}
