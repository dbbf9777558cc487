// SPDX-License-Identifier: GPL-2.0-only
/*
 * The same on /dev/qmsg: one context, a channel that tells its server of clients that
 * want to leave, and a connection to it.
 */
#include "demo.h"
#include "story.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include <qmsg.h>

static int q, chid, coid;

static void interrupted(int sig)
{
	(void)sig;
}

static int real_open(void)
{
	struct sigaction action = { .sa_handler = interrupted };

	sigaction(SIGUSR1, &action, NULL);
	q = qmsg_open();
	if (q < 0)
		return q;
	chid = qmsg_channel_create(q, QMSG_CHF_UNBLOCK);
	if (chid < 0)
		return chid;
	coid = qmsg_connect_attach(q, 0, chid, QMSG_SIDE_CHANNEL, 0);
	return coid < 0 ? coid : 0;
}

static void real_close(void)
{
	qmsg_connect_detach(q, coid);
	qmsg_channel_destroy(q, chid);
	qmsg_close(q);
}

static int real_send(const char *msg, char *reply)
{
	return qmsg_msg_send(q, coid, msg, strlen(msg) + 1, reply, STORY_TEXT);
}

static int64_t real_receive(char *msg, int64_t *unblock)
{
	union {
		char text[STORY_TEXT];
		struct qmsg_pulse pulse;
	} in = { .text = "" };
	int64_t rcvid = qmsg_msg_receive(q, chid, &in, sizeof(in), NULL);

	if (rcvid == 0 && in.pulse.code == QMSG_PULSE_CODE_UNBLOCK)
		*unblock = in.pulse.value;
	else if (rcvid > 0)
		strcpy(msg, in.text);
	return rcvid;
}

static int real_reply(int64_t rcvid, const char *text)
{
	return qmsg_msg_reply(q, rcvid, 0, text, strlen(text) + 1);
}

static int real_abort(int64_t rcvid)
{
	return qmsg_msg_error(q, rcvid, QMSG_ERROR_REASON);
}

static void real_signal(pthread_t client)
{
	pthread_kill(client, SIGUSR1);
}

const struct story_ipc story_qmsg = {
	.open = real_open,
	.close = real_close,
	.send = real_send,
	.receive = real_receive,
	.reply = real_reply,
	.abort = real_abort,
	.signal = real_signal,
};
