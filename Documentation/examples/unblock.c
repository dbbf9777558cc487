/* SPDX-License-Identifier: MIT */
/*
 * Unblock: a client that has been received is interrupted. It stays, the server is told by a
 * pulse, asks whether that is still so, and lets the client go.
 *
 * The server sends the signal itself, so that the lesson always goes the same way.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/neutrino.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;

static void on_signal(int signo)
{
	(void)signo;
	interrupted = 1;
}

static int client(int chid)
{
	int coid = ConnectAttach(0, getppid(), chid, _NTO_SIDE_CHANNEL, 0);

	signal(SIGUSR1, on_signal);
	if (MsgSend(coid, "work", 5, NULL, 0) != -1 || errno != EINTR)
		return EXIT_FAILURE;
	/* The handler has run by now, and not before the server's answer. */
	printf("client: interrupted\n");
	return interrupted ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* The request that the pulse speaks of may have been answered meanwhile: then this does nothing. */
static int let_go(const struct _pulse *pulse)
{
	int rcvid = pulse->value.sival_int;
	struct _msg_info info;

	if (MsgInfo(rcvid, &info) == -1 || !(info.flags & _NTO_MI_UNBLOCK_REQ))
		return -1;
	printf("server: process %d wants to leave\n", (int)info.pid);
	return MsgError(rcvid, -1);	/* with the reason for which it wants to */
}

int main(void)
{
	union { char text[16]; struct _pulse pulse; } msg;
	int chid = ChannelCreate(_NTO_CHF_UNBLOCK), rcvid, status;
	pid_t child = fork();

	if (child == 0)
		return client(chid);
	rcvid = MsgReceive(chid, &msg, sizeof(msg), NULL);
	if (rcvid <= 0)
		return EXIT_FAILURE;
	kill(child, SIGUSR1);
	if (MsgReceive(chid, &msg, sizeof(msg), NULL) != 0 ||
	    msg.pulse.code != _PULSE_CODE_UNBLOCK || msg.pulse.value.sival_int != rcvid)
		return EXIT_FAILURE;
	if (let_go(&msg.pulse) == -1)
		return EXIT_FAILURE;
	/* What comes too late reaches nobody. */
	if (MsgReply(rcvid, EOK, "done", 5) != -1 || errno != ESRCH)
		return EXIT_FAILURE;
	return wait(&status) == child && status == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
