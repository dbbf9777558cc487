/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/neutrino.h>

int main(void)
{
	union { char text[64]; struct _pulse pulse; } msg;
	struct _msg_info info;
	int chid = ChannelCreate(_NTO_CHF_UNBLOCK), rcvid;

	printf("%d %d\n", (int)getpid(), chid);
	fflush(stdout);
	while ((rcvid = MsgReceive(chid, &msg, sizeof(msg), &info)) != -1) {
		if (rcvid == 0 && msg.pulse.code == _PULSE_CODE_UNBLOCK)
			MsgError(msg.pulse.value.sival_int, -1);	/* it wants to leave */
		else if (rcvid > 0 && (info.msglen != 4 || memcmp(msg.text, "wait", 4)))
			MsgReply(rcvid, 0, msg.text, info.msglen);
	}
	perror("server");
	return 1;
}
