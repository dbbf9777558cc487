// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calculator with a name. This is the server of the name_attach() manual page:
 * pulses, the connect message of name_open(), other I/O messages, own ones.
 */
#include <stdio.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/iofunc.h>
#include <sys/dispatch.h>
#include <sys/neutrino.h>

#include "calc.h"

#define MAX_CLIENTS 16

typedef union {
	uint16_t type;
	struct _pulse pulse;
	calc_msg_t calc;
} my_message_t;

static struct {
	int scoid;
	int count;
} clients[MAX_CLIENTS];

static int *count_of(int scoid)
{
	int i, empty = -1;

	for (i = 0; i < MAX_CLIENTS; i++) {
		if (clients[i].scoid == scoid)
			return &clients[i].count;
		if (!clients[i].scoid)
			empty = i;
	}
	if (empty == -1) {
		fprintf(stderr, "too many clients\n");
		exit(EXIT_FAILURE);
	}
	clients[empty].scoid = scoid;
	clients[empty].count = 0;
	return &clients[empty].count;
}

int main(int argc, char *argv[])
{
	name_attach_t *attach;
	struct _msg_info info;
	my_message_t msg;
	calc_reply_t reply;
	int rcvid, *count;
	int quitting = 0, clients_now = 0, served = 0;

	/* create a local name (/dev/name/local/...) */
	if ((attach = name_attach(NULL, CALC_NAME, 0)) == NULL) {
		perror("name_attach");
		return EXIT_FAILURE;
	}
	/* only one of a name */
	if (name_attach(NULL, CALC_NAME, 0) != NULL || (errno != EEXIST && errno != EBUSY)) {
		fprintf(stderr, "server: attached %s twice\n", CALC_NAME);
		return EXIT_FAILURE;
	}

	/* until somebody has said so, and the last has gone */
	while (!quitting || clients_now > 0) {
		rcvid = MsgReceive(attach->chid, &msg, sizeof(msg), &info);

		if (rcvid == -1) {
			perror("MsgReceive");
			return EXIT_FAILURE;
		}

		if (rcvid == 0) { /* Pulse received */
			switch (msg.pulse.code) {
			case _PULSE_CODE_DISCONNECT:
				/* a client disconnected all its connections by
				 * name_close() or terminated */
				*count_of(msg.pulse.scoid) = 0;
				for (rcvid = 0; rcvid < MAX_CLIENTS; rcvid++)
					if (clients[rcvid].scoid == msg.pulse.scoid)
						clients[rcvid].scoid = 0;
				if (ConnectDetach(msg.pulse.scoid) == -1)
					perror("ConnectDetach");
				clients_now--;
				break;
			case _PULSE_CODE_UNBLOCK:
				/* REPLY blocked client wants to unblock (was hit by
				 * a signal or timed out) */
				break;
			default:
				break;
			}
			continue;
		}

		/* name_open() sends a connect message, must EOK this */
		if (msg.type == _IO_CONNECT) {
			MsgReply(rcvid, EOK, NULL, 0);
			continue;
		}

		/* some other QNX IO message was received; reject it */
		if (msg.type > _IO_BASE && msg.type <= _IO_MAX) {
			MsgError(rcvid, ENOSYS);
			continue;
		}

		/* a message (presumably ours) received, handle */
		count = count_of(info.scoid);
		if (++*count == 1)
			clients_now++;
		reply.count = *count;
		served++;
		switch (msg.type) {
		case CALC_ADD:
			reply.result = msg.calc.a + msg.calc.b;
			MsgReply(rcvid, EOK, &reply, sizeof(reply));
			break;
		case CALC_MUL:
			reply.result = msg.calc.a * msg.calc.b;
			MsgReply(rcvid, EOK, &reply, sizeof(reply));
			break;
		case CALC_DIV:
			if (msg.calc.b == 0) {
				MsgError(rcvid, EDOM);
				break;
			}
			reply.result = msg.calc.a / msg.calc.b;
			MsgReply(rcvid, EOK, &reply, sizeof(reply));
			break;
		case CALC_QUIT:
			quitting = 1;
			MsgReply(rcvid, EOK, NULL, 0);
			break;
		default:
			MsgError(rcvid, ENOSYS);
		}
	}

	/* remove the name from the space */
	if (name_detach(attach, 0) == -1) {
		perror("name_detach");
		return EXIT_FAILURE;
	}
	if (name_open(CALC_NAME, 0) != -1 || errno != ENOENT) {
		fprintf(stderr, "server: the name is still there\n");
		return EXIT_FAILURE;
	}
	printf("served %d requests\n", served);
	return EXIT_SUCCESS;
}
