/* SPDX-License-Identifier: MIT */
/*
 * Reply later: a receive id is all that a server has to keep of a client that waits.
 *
 * Three clients ask for a ticket. The server receives all of them before it answers any, and
 * answers the last one first: a request may be answered at any time, in any order.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/neutrino.h>
#include <sys/wait.h>
#include <unistd.h>

#define CLIENTS 3

static int client(int chid, int number)
{
	int coid = ConnectAttach(0, getppid(), chid, _NTO_SIDE_CHANNEL, 0);
	int ticket = -1;
	int status = MsgSend(coid, &number, sizeof(number), &ticket, sizeof(ticket));

	printf("client %d has ticket %d\n", number, ticket);
	return status == EOK && ticket == number * 100 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(void)
{
	int chid = ChannelCreate(0), rcvid[CLIENTS], number[CLIENTS], i, status, failed = 0;

	for (i = 0; i < CLIENTS; i++)
		if (fork() == 0)
			return client(chid, i);

	for (i = 0; i < CLIENTS; i++) {
		rcvid[i] = MsgReceive(chid, &number[i], sizeof(number[i]), NULL);
		if (rcvid[i] == -1)
			return EXIT_FAILURE;
		printf("client %d waits\n", number[i]);
	}
	while (i-- > 0) {
		int ticket = number[i] * 100;

		if (MsgReply(rcvid[i], EOK, &ticket, sizeof(ticket)) == -1)
			return EXIT_FAILURE;
	}
	while (wait(&status) != -1)
		failed |= status;
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
