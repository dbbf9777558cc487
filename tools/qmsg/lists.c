// SPDX-License-Identifier: GPL-2.0-only
/* qmsg channels, connections, names, limits: the kernel's lists as they are. */

#include <stdlib.h>

#include "model.h"
#include "nl.h"
#include "out.h"
#include "tool.h"

/* An attribute, and the column it goes to. */
struct field {
	int type;
	struct out_column column;
};

struct listing {
	const struct field *fields;
	struct json_object *rows;
};

static void add_field(struct json_object *row, struct nlattr **attrs, const struct field *f)
{
	const char *bytes;
	char *text;
	size_t len;

	if (f->column.kind != OUT_TEXT) {
		int64_t n = nl_number(attrs, f->type);

		out_int(row, f->column.key, f->column.kind == OUT_HEX ? (uint32_t)n : n);
		return;
	}
	bytes = nl_bytes(attrs, f->type, &len);
	/* What ends with a zero is a string. */
	text = printable(bytes, len && !bytes[len - 1] ? len - 1 : len);
	out_string(row, f->column.key, text);
	free(text);
}

static void on_item(struct nlattr **attrs, void *arg)
{
	struct listing *l = arg;
	struct json_object *row = json_object_new_object();

	for (const struct field *f = l->fields; f->type; f++)
		add_field(row, attrs, f);
	json_object_array_add(l->rows, row);
}

static int list(int cmd, const struct field *fields)
{
	struct listing l = { .fields = fields, .rows = json_object_new_array() };
	struct out_column columns[16] = { 0 };

	kernel_dump(cmd, on_item, &l);
	for (int i = 0; fields[i].type; i++)
		columns[i] = fields[i].column;
	out_table(l.rows, columns);
	return QMSG_OK;
}

int cmd_channels(int argc, char **argv)
{
	static const struct field fields[] = {
		{ QMSG_NL_A_CHANNEL_PID, { "pid", "PID", OUT_NUMBER } },
		{ QMSG_NL_A_CHANNEL_CHID, { "chid", "CHID", OUT_NUMBER } },
		{ QMSG_NL_A_CHANNEL_UID, { "uid", "UID", OUT_NUMBER } },
		{ QMSG_NL_A_CHANNEL_FLAGS, { "flags", "FLAGS", OUT_HEX } },
		{ QMSG_NL_A_CHANNEL_QUEUED, { "queued", "QUEUED", OUT_NUMBER } },
		{ QMSG_NL_A_CHANNEL_PULSES, { "pulses", "PULSES", OUT_NUMBER } },
		{ QMSG_NL_A_CHANNEL_PULSE_LIMIT, { "pulse_limit", "LIMIT", OUT_NUMBER } },
		{ QMSG_NL_A_CHANNEL_RECEIVERS, { "receivers", "RECEIVING", OUT_NUMBER } },
		{ QMSG_NL_A_CHANNEL_RECEIVED, { "received", "UNANSWERED", OUT_NUMBER } },
		{ QMSG_NL_A_CHANNEL_ORPHANS, { "orphans", "ORPHANS", OUT_NUMBER } },
		{ 0 }
	};

	(void)argc, (void)argv;
	return list(QMSG_NL_CMD_CHANNEL_GET, fields);
}

int cmd_connections(int argc, char **argv)
{
	static const struct field fields[] = {
		{ QMSG_NL_A_CONNECTION_PID, { "pid", "PID", OUT_NUMBER } },
		{ QMSG_NL_A_CONNECTION_COID, { "coid", "COID", OUT_HEX } },
		{ QMSG_NL_A_CONNECTION_UID, { "uid", "UID", OUT_NUMBER } },
		{ QMSG_NL_A_CONNECTION_FLAGS, { "flags", "FLAGS", OUT_HEX } },
		{ QMSG_NL_A_CONNECTION_SERVER_PID, { "server_pid", "SERVER", OUT_NUMBER } },
		{ QMSG_NL_A_CONNECTION_CHID, { "chid", "CHID", OUT_NUMBER } },
		{ QMSG_NL_A_CONNECTION_SCOID, { "scoid", "SCOID", OUT_HEX } },
		{ QMSG_NL_A_CONNECTION_DEAD, { "dead", "DEAD", OUT_NUMBER } },
		{ 0 }
	};

	(void)argc, (void)argv;
	return list(QMSG_NL_CMD_CONNECTION_GET, fields);
}

int cmd_names(int argc, char **argv)
{
	static const struct field fields[] = {
		{ QMSG_NL_A_NAME_PID, { "pid", "PID", OUT_NUMBER } },
		{ QMSG_NL_A_NAME_CHID, { "chid", "CHID", OUT_NUMBER } },
		{ QMSG_NL_A_NAME_NAME, { "name", "NAME", OUT_TEXT } },
		{ 0 }
	};

	(void)argc, (void)argv;
	return list(QMSG_NL_CMD_NAME_GET, fields);
}

int cmd_limits(int argc, char **argv)
{
	static const struct field fields[] = {
		{ QMSG_NL_A_LIMIT_UID, { "uid", "UID", OUT_NUMBER } },
		{ QMSG_NL_A_LIMIT_NAME, { "limit", "OF", OUT_TEXT } },
		{ QMSG_NL_A_LIMIT_USED, { "used", "USED", OUT_NUMBER } },
		{ QMSG_NL_A_LIMIT_MAX_USE, { "max", "MAX", OUT_NUMBER } },
		{ 0 }
	};

	(void)argc, (void)argv;
	return list(QMSG_NL_CMD_LIMIT_GET, fields);
}
