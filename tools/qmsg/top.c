// SPDX-License-Identifier: GPL-2.0-only
/* qmsg top: what the channels do, again and again. */

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "measure.h"
#include "model.h"
#include "nl.h"
#include "out.h"
#include "tool.h"

static const struct out_column columns[] = {
	{ "pid", "PID", OUT_NUMBER },
	{ "chid", "CHID", OUT_NUMBER },
	{ "command", "COMMAND", OUT_TEXT },
	{ "messages_per_s", "MSG/S", OUT_NUMBER },
	{ "pulses_per_s", "PULSE/S", OUT_NUMBER },
	{ "queued", "QUEUED", OUT_NUMBER },
	{ "pulses_queued", "PULSES", OUT_NUMBER },
	{ "receivers", "RECEIVING", OUT_NUMBER },
	{ "received", "UNANSWERED", OUT_NUMBER },
	{ "wait_ns", "WAIT", OUT_NS },
	{ "service_ns", "SERVICE", OUT_NS },
	{ "name", "NAME", OUT_TEXT },
	{ 0 }
};

/* How deep the queues are. */
struct depth {
	int pid, chid;
	int64_t queued, pulses, receivers, received;
};

struct depths {
	struct depth *items;
	size_t n;
};

static void on_channel(struct nlattr **a, void *arg)
{
	struct depths *list = arg;
	struct depth *d = grow(&list->items, &list->n, sizeof(*d));

	d->pid = nl_number(a, QMSG_NL_A_CHANNEL_PID);
	d->chid = nl_number(a, QMSG_NL_A_CHANNEL_CHID);
	d->queued = nl_number(a, QMSG_NL_A_CHANNEL_QUEUED);
	d->pulses = nl_number(a, QMSG_NL_A_CHANNEL_PULSES);
	d->receivers = nl_number(a, QMSG_NL_A_CHANNEL_RECEIVERS);
	d->received = nl_number(a, QMSG_NL_A_CHANNEL_RECEIVED);
}

static const struct measured *find(const struct measure *list, const struct depth *d)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->items[i].pid == d->pid && list->items[i].chid == d->chid)
			return &list->items[i];
	return NULL;
}

static int64_t per_second(uint64_t count, uint64_t ns)
{
	return ns ? (int64_t)((double)count * 1e9 / ns + 0.5) : 0;
}

/* Nothing where there was none. */
static void add_mean(struct json_object *row, const char *key, const struct histogram *h)
{
	json_object_object_add(row, key, histogram_count(h) ?
			       json_object_new_int64(histogram_mean(h)) : NULL);
}

static struct json_object *row_of(const struct model *m, const struct depth *d,
				  const struct measured *c)
{
	struct json_object *row = json_object_new_object();
	uint64_t messages = histogram_count(&c->service);

	out_int(row, "pid", d->pid);
	out_int(row, "chid", d->chid);
	out_string(row, "command", command_of(d->pid));
	out_string(row, "name", model_name(m, d->pid, d->chid));
	out_int(row, "measured_ns", c->ns);
	out_int(row, "messages", messages);
	out_int(row, "messages_per_s", per_second(messages, c->ns));
	out_int(row, "pulses", c->pulses);
	out_int(row, "pulses_per_s", per_second(c->pulses, c->ns));
	out_int(row, "queued", d->queued);
	out_int(row, "pulses_queued", d->pulses);
	out_int(row, "receivers", d->receivers);
	out_int(row, "received", d->received);
	add_mean(row, "wait_ns", &c->wait);
	add_mean(row, "service_ns", &c->service);
	return row;
}

/* The busiest first, then those where most wait. */
static int by_load(const void *pa, const void *pb)
{
	static const char * const keys[] = { "messages_per_s", "pulses_per_s", "queued", "received" };
	struct json_object *a = *(struct json_object **)pa, *b = *(struct json_object **)pb;
	int64_t d = 0;

	for (size_t i = 0; !d && i < sizeof(keys) / sizeof(*keys); i++)
		d = out_get_int(b, keys[i]) - out_get_int(a, keys[i]);
	d = d ?: out_get_int(a, "pid") - out_get_int(b, "pid");
	d = d ?: out_get_int(a, "chid") - out_get_int(b, "chid");
	return d < 0 ? -1 : d > 0;
}

/* What has come or gone between the two dumps is not shown. */
static struct json_object *rows_of(const struct measure *list)
{
	struct json_object *rows = json_object_new_array();
	struct depths depths = { 0 };
	struct model m;

	kernel_dump(QMSG_NL_CMD_CHANNEL_GET, on_channel, &depths);
	model_read_names(&m);
	for (size_t i = 0; i < depths.n; i++) {
		const struct measured *c = find(list, &depths.items[i]);

		if (c)
			json_object_array_add(rows, row_of(&m, &depths.items[i], c));
	}
	json_object_array_sort(rows, by_load);
	model_free_names(&m);
	free(depths.items);
	return rows;
}

/* On a terminal, as many as it has room for, in the place of the last. */
static void show(struct json_object *rows, bool first)
{
	struct winsize size;
	size_t n = json_object_array_length(rows);

	if (options.json) {
		puts(json_object_to_json_string_ext(rows, JSON_C_TO_STRING_PLAIN |
						    JSON_C_TO_STRING_NOSLASHESCAPE));
		json_object_put(rows);
		return;
	}
	if (!isatty(STDOUT_FILENO)) {
		if (!first)
			putchar('\n');
	} else {
		fputs("\033[H\033[J", stdout);
		if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row > 2 &&
		    n > size.ws_row - 2u)
			json_object_array_del_idx(rows, size.ws_row - 2u, n - (size.ws_row - 2u));
	}
	out_table(rows, columns);
}

static void die_of_usage(void)
{
	die(QMSG_USAGE, "usage: qmsg top [-n COUNT | --once] [SECONDS]");
}

/* How often, and how long each time. */
static void parse(int argc, char **argv, long long *count, long long *seconds)
{
	static const struct option long_options[] = {
		{ "count", required_argument, NULL, 'n' },
		{ "once", no_argument, NULL, '1' },
		{ 0 }
	};
	int c;

	opterr = 0;
	optind = 0;
	while ((c = getopt_long(argc, argv, "n:1", long_options, NULL)) != -1) {
		if (c == 'n')
			*count = number_arg(optarg, 1, 1LL << 40);
		else if (c == '1')
			*count = 1;
		else
			die_of_usage();
	}
	if (argc - optind > 1)
		die_of_usage();
	if (argc - optind)
		*seconds = number_arg(argv[optind], 1, 1 << 30);
}

int cmd_top(int argc, char **argv)
{
	long long count = 0, seconds = 1;
	bool first = true;

	parse(argc, argv, &count, &seconds);
	do {
		struct measure list = measure_for(seconds);

		show(rows_of(&list), first);
		free(list.items);
		if (fflush(stdout))
			return QMSG_OK;		/* main() says why */
		first = false;
	} while (!count || --count);
	return QMSG_OK;
}
