// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/neutrino.h>
#include <process.h>

#define SMALL 16

// counts the words of what two clients send; the small buffer is on purpose

int main(void)
{
	int chid, rcvid, n = 0;
	char small[SMALL];
	char *all;
	struct _msg_info info;

	chid = ChannelCreate(0);
	if (chid != 1) {
		fprintf(stderr, "chid is %d, clients will not find me\n", chid);
		return 1;
	}
	printf("server pid %d, chid %d, listening\n", getpid(), chid);

	while (n < 2) {
		int words = 0, in_word = 0, got;
		char *p;

		rcvid = MsgReceive(chid, small, sizeof(small), &info);
		if (rcvid == -1) {
			perror("MsgReceive");
			return 1;
		}
		printf("message from pid %d, tid %d\n", info.pid, info.tid);
		all = malloc(info.srcmsglen + 1);
		memcpy(all, small, info.msglen);
		if (info.srcmsglen > info.msglen) {
			/* fetch the rest of it */
			got = MsgRead(rcvid, all + info.msglen, info.srcmsglen - info.msglen,
				      info.msglen);
			if (got != (int)(info.srcmsglen - info.msglen)) {
				fprintf(stderr, "MsgRead: %d\n", got);
				return 1;
			}
		}
		all[info.srcmsglen] = 0;
		for (p = all; *p; p++) {
			if (*p == ' ')
				in_word = 0;
			else if (!in_word++)
				words++;
		}
		if (MsgReply(rcvid, words, all, strlen(all) + 1) == -1) {
			perror("MsgReply");
			return 1;
		}
		free(all);
		n++;
	}
	ChannelDestroy(chid);
	return 0;
}
