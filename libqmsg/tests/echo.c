// SPDX-License-Identifier: MIT
/*
 * A QNX program as its author wrote it: an echo server and its client in one process.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/neutrino.h>
#include <unistd.h>

static void *server(void *arg)
{
	int chid = *(int *)arg;
	char msg[64];
	struct _msg_info info;

	for (;;) {
		int rcvid = MsgReceive(chid, msg, sizeof(msg), &info);

		if (rcvid == -1)
			return NULL;
		if (rcvid > 0)
			MsgReply(rcvid, EOK, msg, info.msglen);
	}
}

int main(void)
{
	int chid = ChannelCreate(0);
	pthread_t tid;
	char reply[64];
	int coid;

	if (chid == -1) {
		perror("ChannelCreate");
		return EXIT_FAILURE;
	}
	pthread_create(&tid, NULL, server, &chid);
	coid = ConnectAttach(ND_LOCAL_NODE, getpid(), chid, _NTO_SIDE_CHANNEL, 0);
	if (MsgSend(coid, "hello", 6, reply, sizeof(reply)) == -1) {
		perror("MsgSend");
		return EXIT_FAILURE;
	}
	puts(reply);
	ConnectDetach(coid);
	ChannelDestroy(chid);
	pthread_join(tid, NULL);
	return strcmp(reply, "hello") != 0;
}
