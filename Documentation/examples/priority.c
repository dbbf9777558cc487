/* SPDX-License-Identifier: MIT */
/*
 * Priority: a server is as urgent as the client that it works for, and itself again afterwards.
 *
 * Needs the right to real-time scheduling: root, or a limit on rtprio.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/neutrino.h>
#include <sys/wait.h>
#include <unistd.h>

#define CLIENT	30
#define SERVER	10

static int be(int priority)
{
	struct sched_param param = { .sched_priority = priority };

	return pthread_setschedparam(pthread_self(), SCHED_FIFO, &param);
}

static int mine(void)
{
	struct sched_param param;
	int policy;

	return pthread_getschedparam(pthread_self(), &policy, &param) ? -1 : param.sched_priority;
}

static int client(int chid)
{
	int coid = ConnectAttach(0, getppid(), chid, _NTO_SIDE_CHANNEL, 0);

	if (be(CLIENT))
		return EXIT_FAILURE;
	return MsgSend(coid, "work", 5, NULL, 0) == EOK ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(void)
{
	int chid = ChannelCreate(0), rcvid, serving, after, status;
	char msg[16];

	if (be(SERVER)) {
		fprintf(stderr, "no right to real-time scheduling\n");
		return EXIT_FAILURE;
	}
	if (fork() == 0)
		return client(chid);
	rcvid = MsgReceive(chid, msg, sizeof(msg), NULL);
	serving = mine();
	if (rcvid <= 0 || MsgReply(rcvid, EOK, NULL, 0) == -1)
		return EXIT_FAILURE;
	after = mine();
	printf("serving with %d, afterwards %d\n", serving, after);
	if (serving != CLIENT || after != SERVER)
		return EXIT_FAILURE;
	return wait(&status) != -1 && status == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
