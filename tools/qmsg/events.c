// SPDX-License-Identifier: GPL-2.0-only
/* qmsg events: what rare things happen, as they do. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nl.h"
#include "out.h"
#include "tool.h"

static const char *kind_name(unsigned int kind)
{
	static const char * const names[] = { "unblock", "orphan", "pulse-overflow", "slow",
					      "cycle" };

	return kind < sizeof(names) / sizeof(*names) ? names[kind] : "?";
}

/* QMSG_UNBLOCK_* in the order of their bits. */
static const char *reasons_text(unsigned int reasons)
{
	static const char * const names[] = { "signal", "timeout", "detach", "kill" };
	static char text[64];

	*text = 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (reasons & 1U << i)
			sprintf(text + strlen(text), "%s%s", *text ? "," : "", names[i]);
	return text;
}

static struct json_object *row_of(struct nlattr **a)
{
	struct json_object *row = json_object_new_object();

	out_string(row, "event", kind_name(nl_number(a, QMSG_NL_A_EVENT_KIND)));
	out_int(row, "pid", nl_number(a, QMSG_NL_A_EVENT_PID));
	out_int(row, "tid", nl_number(a, QMSG_NL_A_EVENT_TID));
	out_int(row, "server_pid", nl_number(a, QMSG_NL_A_EVENT_SERVER_PID));
	out_int(row, "chid", nl_number(a, QMSG_NL_A_EVENT_CHID));
	out_string(row, "reasons", reasons_text(nl_number(a, QMSG_NL_A_EVENT_REASONS)));
	out_int(row, "serial", nl_number(a, QMSG_NL_A_EVENT_SERIAL));
	out_int(row, "age_ms", nl_number(a, QMSG_NL_A_EVENT_AGE_MS));
	json_object_object_add(row, "refused", json_object_new_boolean(
		nl_number(a, QMSG_NL_A_EVENT_REFUSED)));
	return row;
}

static void print_text(struct json_object *row)
{
	const char *kind = out_get_string(row, "event"), *reasons = out_get_string(row, "reasons");
	char age[OUT_AGE_SIZE];

	printf("%s client %lld/%lld server %lld channel %lld", kind,
	       (long long)out_get_int(row, "pid"), (long long)out_get_int(row, "tid"),
	       (long long)out_get_int(row, "server_pid"), (long long)out_get_int(row, "chid"));
	if (*reasons)
		printf(" %s", reasons);
	if (*reasons || !strcmp(kind, "slow"))
		printf(" after %s", out_age(age, out_get_int(row, "age_ms")));
	puts(out_get_int(row, "refused") ? " refused" : "");
}

/* One line each, so that a reader can take them one by one. */
static bool on_event(struct nlattr **attrs, void *arg)
{
	struct json_object *row = row_of(attrs);
	long long *left = arg;

	if (options.json)
		puts(json_object_to_json_string_ext(row, JSON_C_TO_STRING_PLAIN));
	else
		print_text(row);
	json_object_put(row);
	fflush(stdout);
	return !*left || --*left;
}

static void listening(void)
{
	if (options.json)
		return;
	puts("listening");
	fflush(stdout);
}

int cmd_events(int argc, char **argv)
{
	long long left = argc > 1 ? number_arg(argv[1], 1, 1LL << 40) : 0;

	kernel_listen(listening, on_event, &left);
	return QMSG_OK;
}
