/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of long messages need beyond msg/pair.h: to know whether a client's memory
 * is shown to the server (module/window.h) or copied twice, and to have it shown.
 */
#ifndef SELFTESTS_WINDOW_WINDOW_H
#define SELFTESTS_WINDOW_WINDOW_H

#include "../msg/pair.h"

#define PAGE		4096UL
#define WINDOW_MIN	4096UL		/* the parameter's default */
#define SNAPSHOT	256UL
#define GUARD		64UL

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/*
 * The client is REPLY-blocked with @len bytes at @message, which this process sees as well.
 * Whether the server sees a change of the last one.
 */
static inline bool message_is_shown(int q, int64_t rcvid, volatile char *message, size_t len)
{
	char was = message[len - 1], now = 0;

	message[len - 1] = ~was;
	if (qmsg_msg_read(q, rcvid, &now, 1, len - 1) != 1)
		return false;
	message[len - 1] = was;
	return now != was;
}

/*
 * Likewise for @len bytes of room for the reply: whether the last one has what was written
 * there before there is an answer. Leaves FILL in it.
 */
static inline bool room_is_shown(int q, int64_t rcvid, volatile char *room, size_t len)
{
	static const char other = (char)(FILL ^ 0xff);
	bool shown;

	room[len - 1] = (char)FILL;
	if (qmsg_msg_write(q, rcvid, &other, 1, len - 1) != 1)
		return false;
	shown = room[len - 1] == other;
	room[len - 1] = (char)FILL;
	return shown;
}

/* Room for replies is shown where one of @len bytes has come over the connection before. */
static inline int64_t have_room_shown(scene *s, size_t len)
{
	int err;

	set_lengths(s, 1, len);
	err = deliver(s, 1) ?: qmsg_msg_reply(s->q, s->rcvid, 0, s->answer, len);
	if (!err)
		err = result(s);
	memset(s->room, FILL, len);
	return err;
}

#endif
