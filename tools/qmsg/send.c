// SPDX-License-Identifier: GPL-2.0-only
/* qmsg send, qmsg pulse: try a server from the shell. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <qmsg.h>

#include "model.h"
#include "out.h"
#include "tool.h"

#define REPLY_MAX	65536

/* By number, or, after "-", by name. */
static int attach(int q, char **argv)
{
	if (!strcmp(argv[1], "-"))
		return qmsg_name_connect(q, argv[2], QMSG_SIDE_CHANNEL, 0);
	return qmsg_connect_attach(q, number_arg(argv[1], 1, 1 << 30),
				   number_arg(argv[2], 1, 0xfffe), QMSG_SIDE_CHANNEL, 0);
}

static int open_and_attach(char **argv, int *coid)
{
	int q = qmsg_open();

	if (q < 0)
		die(QMSG_ERROR, "/dev/qmsg: %s", strerror(-q));
	*coid = attach(q, argv);
	if (*coid < 0)
		die(QMSG_ERROR, "cannot connect to %s %s: %s", argv[1], argv[2],
		    strerror(-*coid));
	return q;
}

static void print_reply(const struct qmsg_msg_send *args, const char *reply)
{
	char *text = printable(reply, args->out_reply_len);
	struct json_object *answer = json_object_new_object();

	out_int(answer, "status", args->out_status);
	out_int(answer, "error", args->out_error);
	out_int(answer, "reply_len", args->out_reply_len);
	out_string(answer, "reply", text);
	free(text);
	if (options.json) {
		out_json(answer);
		return;
	}
	if (args->out_reply_len)
		puts(out_get_string(answer, "reply"));
	json_object_put(answer);
}

int cmd_send(int argc, char **argv)
{
	static char reply[REPLY_MAX];
	struct qmsg_msg_send args = {
		.send_ptr = (uintptr_t)argv[3],
		.send_len = strlen(argv[3]),
		.reply_ptr = (uintptr_t)reply,
		.reply_len = sizeof(reply),
		.send_deadline = QMSG_NO_DEADLINE,
		.reply_deadline = QMSG_NO_DEADLINE,
	};
	int err, q = open_and_attach(argv, &args.coid);

	(void)argc;
	err = qmsg_msg_send_with(q, &args);
	if (err < 0)
		die(QMSG_ERROR, "not answered: %s", strerror(-err));
	print_reply(&args, reply);
	if (args.out_error)
		die(QMSG_ERROR, "answered with an error: %s", strerror(args.out_error));
	return QMSG_OK;
}

int cmd_pulse(int argc, char **argv)
{
	int code = number_arg(argv[3], 0, 127);
	long long value = argc > 4 ? number_arg(argv[4], INT64_MIN, INT64_MAX) : 0;
	int coid, q = open_and_attach(argv, &coid);
	int err = qmsg_pulse_send(q, coid, QMSG_PRIORITY_SELF, code, value);

	if (err < 0)
		die(QMSG_ERROR, "pulse not sent: %s", strerror(-err));
	return QMSG_OK;
}
