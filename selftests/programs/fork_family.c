// SPDX-License-Identifier: GPL-2.0-only
/*
 * Father waits for post from his children.  Channel 1 of the parent is known
 * to everybody, so a child only needs getppid().
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <sys/types.h>
#include <sys/iomsg.h>
#include <sys/wait.h>
#include <sys/neutrino.h>
#include <sys/netmgr.h>

#define CHILDREN 4
#define LETTERS  10

typedef struct {
	struct _pulse hdr;	/* room for a pulse at the front */
	int number;
	pid_t from;
	char text[40];
} letter_t;

static int child(int which)
{
	int coid, i, fd_coid;
	letter_t l;
	char answer[40], expect[40];

	/* what the parent had open is not ours */
	if (MsgSend(0x40000001, &l, sizeof(l), NULL, 0) != -1 || errno != EBADF) {
		fprintf(stderr, "child %d: inherited a side channel (%d)\n", which, errno);
		return 10;
	}
	coid = ConnectAttach(ND_LOCAL_NODE, getppid(), 1, _NTO_SIDE_CHANNEL, 0);
	fd_coid = ConnectAttach(ND_LOCAL_NODE, getppid(), 1, 0, 0);
	if (coid == -1 || fd_coid == -1) {
		fprintf(stderr, "child %d: %s\n", which, strerror(errno));
		return 11;
	}
	memset(&l, 0, sizeof(l));
	l.hdr.type = 0x7000;
	l.from = getpid();
	for (i = 0; i < LETTERS; i++) {
		l.number = i;
		sprintf(l.text, "letter %d of child %d", i, which);
		sprintf(expect, "read: %s", l.text);
		if (MsgSend(i & 1 ? coid : fd_coid, &l, sizeof(l), answer, sizeof(answer)) != i) {
			fprintf(stderr, "child %d: %s\n", which, strerror(errno));
			return 12;
		}
		if (strcmp(answer, expect)) {
			fprintf(stderr, "child %d: '%s'\n", which, answer);
			return 13;
		}
	}
	if (MsgSendPulse(coid, getprio(0), 17, which) == -1) {
		fprintf(stderr, "child %d: pulse: %s\n", which, strerror(errno));
		return 14;
	}
	/* the connections go with us */
	return which;
}

int main(void)
{
	int chid, self, i, status, rcvid;
	int letters = 0, goodbyes = 0, disconnects = 0;
	int seen[CHILDREN] = { 0 };
	pid_t pid[CHILDREN];
	struct _msg_info info;
	letter_t l;
	char answer[48];

	chid = ChannelCreate(_NTO_CHF_DISCONNECT);
	if (chid != 1) {
		fprintf(stderr, "our first channel is %d\n", chid);
		return EXIT_FAILURE;
	}
	self = ConnectAttach(ND_LOCAL_NODE, 0, chid, _NTO_SIDE_CHANNEL, 0);
	for (i = 0; i < CHILDREN; i++) {
		pid[i] = fork();
		if (pid[i] == -1) {
			perror("fork");
			return EXIT_FAILURE;
		}
		if (pid[i] == 0)
			_exit(child(i));
	}
	while (disconnects < CHILDREN || goodbyes < CHILDREN) {
		rcvid = MsgReceive(chid, &l, sizeof(l), &info);
		if (rcvid == -1) {
			perror("MsgReceive");
			return EXIT_FAILURE;
		}
		if (rcvid == 0) {
			if (l.hdr.code == 17) {
				seen[l.hdr.value.sival_int]++;
				goodbyes++;
			} else if (l.hdr.code == _PULSE_CODE_DISCONNECT) {
				if (ConnectDetach(l.hdr.scoid) == -1) {
					fprintf(stderr, "scoid %x: %s\n", l.hdr.scoid,
						strerror(errno));
					return EXIT_FAILURE;
				}
				disconnects++;
			} else {
				fprintf(stderr, "pulse %d\n", l.hdr.code);
				return EXIT_FAILURE;
			}
			continue;
		}
		if (l.hdr.type >= _IO_BASE && l.hdr.type <= _IO_MAX) {
			/* a file descriptor of the child is being closed */
			MsgError(rcvid, ENOSYS);
			continue;
		}
		if (l.hdr.type != 0x7000 || info.pid != l.from || info.msglen != sizeof(l)) {
			fprintf(stderr, "forged letter from %d\n", info.pid);
			return EXIT_FAILURE;
		}
		letters++;
		sprintf(answer, "read: %s", l.text);
		MsgReply(rcvid, l.number, answer, strlen(answer) + 1);
	}
	for (i = 0; i < CHILDREN; i++) {
		waitpid(pid[i], &status, 0);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != i || seen[i] != 1) {
			fprintf(stderr, "child %d: status %#x, %d goodbyes\n", i, status, seen[i]);
			return EXIT_FAILURE;
		}
	}
	if (letters != CHILDREN * LETTERS || goodbyes != CHILDREN) {
		fprintf(stderr, "%d letters, %d goodbyes\n", letters, goodbyes);
		return EXIT_FAILURE;
	}
	ConnectDetach(self);
	return EXIT_SUCCESS;
}
