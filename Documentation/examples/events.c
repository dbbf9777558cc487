/* SPDX-License-Identifier: MIT */
/*
 * Events: a client tells a server how it wants to be notified, and goes on. The server need not
 * know whether that is a pulse or a signal: it keeps the event and the receive id, and delivers.
 *
 * This is how a server that would have to wait answers at once, and how it sends to its clients
 * without ever being blocked by one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/neutrino.h>
#include <sys/wait.h>
#include <unistd.h>

#define CODE_NEWS	(_PULSE_CODE_MINAVAIL + 2)

static int client(int server_chid)
{
	int chid = ChannelCreate(0), status;
	int self = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);
	int coid = ConnectAttach(0, getppid(), server_chid, _NTO_SIDE_CHANNEL, 0);
	struct sigevent event;
	struct _pulse pulse;

	SIGEV_PULSE_INIT(&event, self, SIGEV_PULSE_PRIO_INHERIT, CODE_NEWS, 2026);
	/* Only the server at the other end of coid can deliver it, and no other event of ours. */
	if (MsgRegisterEvent(&event, coid) == -1)
		return EXIT_FAILURE;
	status = MsgSend(coid, &event, sizeof(event), NULL, 0);
	printf("client: asked, and goes on\n");
	if (status == -1 || MsgReceivePulse(chid, &pulse, sizeof(pulse), NULL) == -1)
		return EXIT_FAILURE;
	printf("client: news: %d\n", pulse.value.sival_int);
	return pulse.code == CODE_NEWS && pulse.value.sival_int == 2026 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(void)
{
	int chid = ChannelCreate(0), rcvid, status;
	struct sigevent event;

	if (fork() == 0)
		return client(chid);
	rcvid = MsgReceive(chid, &event, sizeof(event), NULL);
	if (rcvid <= 0 || MsgReply(rcvid, EOK, NULL, 0) == -1)
		return EXIT_FAILURE;
	/* Later. The receive id says whom; it has been answered, and still serves for this. */
	printf("server: delivers\n");
	if (MsgDeliverEvent(rcvid, &event) == -1)
		return EXIT_FAILURE;
	return wait(&status) != -1 && status == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
