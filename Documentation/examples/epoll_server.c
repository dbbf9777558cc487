/* SPDX-License-Identifier: MIT */
/*
 * A server that has a loop with epoll already: a descriptor of its channel goes into the set. It
 * is readable when a receive would find something; it is not read, the receive is made.
 *
 * QNX has nothing of the kind. The native call is used beside the others, on their context.
 */
#include <qmsg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/neutrino.h>
#include <sys/wait.h>
#include <unistd.h>

static int client(int chid)
{
	int coid = ConnectAttach(0, getppid(), chid, _NTO_SIDE_CHANNEL, 0);
	char reply[8] = "";

	if (MsgSend(coid, "hello", 6, reply, sizeof(reply)) == -1)
		return EXIT_FAILURE;
	printf("client: %s\n", reply);
	return EXIT_SUCCESS;
}

static int watch(int epoll, int fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	event.data.fd = fd;
	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

int main(void)
{
	int chid = ChannelCreate(0), epoll = epoll_create1(EPOLL_CLOEXEC), ends[2], status = 1;
	int channel = qmsg_channel_fd(qmsg_qnx_context(), chid, 0);
	bool answered = false, child_ended = false;
	struct epoll_event event;
	char msg[16];
	int rcvid;

	/* The other descriptor: its end of file says that the client's process is gone. */
	if (channel < 0 || pipe(ends) || watch(epoll, channel) || watch(epoll, ends[0]))
		return EXIT_FAILURE;
	if (fork() == 0)
		return client(chid);
	close(ends[1]);
	while (!child_ended && epoll_wait(epoll, &event, 1, -1) == 1) {
		if (event.data.fd == channel) {
			rcvid = MsgReceive(chid, msg, sizeof(msg), NULL);
			if (rcvid <= 0)
				return EXIT_FAILURE;
			printf("server: a message: %s\n", msg);
			answered = MsgReply(rcvid, EOK, "world", 6) != -1;
		} else {
			child_ended = read(ends[0], msg, 1) == 0;
		}
	}
	return wait(&status) != -1 && status == 0 && answered ? EXIT_SUCCESS : EXIT_FAILURE;
}
