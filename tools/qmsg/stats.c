// SPDX-License-Identifier: GPL-2.0-only
/* qmsg stats: histograms of how long requests wait, and how long they are worked on. */

#include <stdio.h>
#include <stdlib.h>

#include "measure.h"
#include "model.h"
#include "out.h"
#include "tool.h"

#define BAR	40	/* of the longest */

/* The last one has no end. */
static struct json_object *bucket_row(int i, uint64_t count)
{
	struct json_object *row = json_object_new_object();

	out_int(row, "from_ns", i ? 1LL << i : 0);
	if (i < QMSG_NL_BUCKETS - 1)
		out_int(row, "to_ns", 1LL << (i + 1));
	else
		json_object_object_add(row, "to_ns", NULL);
	out_int(row, "count", count);
	return row;
}

/* From the first that is not empty to the last. */
static struct json_object *buckets_of(const struct histogram *h)
{
	struct json_object *list = json_object_new_array();
	int first = 0, last = QMSG_NL_BUCKETS - 1;

	while (first < QMSG_NL_BUCKETS && !h->bucket[first])
		first++;
	while (last > first && !h->bucket[last])
		last--;
	for (int i = first; i <= last; i++)
		json_object_array_add(list, bucket_row(i, h->bucket[i]));
	return list;
}

static struct json_object *histogram_row(const struct histogram *h)
{
	struct json_object *row = json_object_new_object();

	out_int(row, "count", histogram_count(h));
	out_int(row, "mean_ns", histogram_mean(h));
	json_object_object_add(row, "buckets", buckets_of(h));
	return row;
}

static struct json_object *channel_row(const struct model *m, const struct measured *c)
{
	struct json_object *row = json_object_new_object();

	out_int(row, "pid", c->pid);
	out_int(row, "chid", c->chid);
	out_string(row, "command", command_of(c->pid));
	out_string(row, "name", model_name(m, c->pid, c->chid));
	out_int(row, "measured_ns", c->ns);
	out_int(row, "pulses", c->pulses);
	json_object_object_add(row, "wait", histogram_row(&c->wait));
	json_object_object_add(row, "service", histogram_row(&c->service));
	return row;
}

static int64_t longest(struct json_object *buckets)
{
	int64_t count, max = 1;

	for (size_t i = 0; i < json_object_array_length(buckets); i++) {
		count = out_get_int(json_object_array_get_idx(buckets, i), "count");
		max = count > max ? count : max;
	}
	return max;
}

/* Whatever is in a bucket can be seen. */
static void text_bucket(struct json_object *bucket, int64_t max)
{
	int64_t count = out_get_int(bucket, "count");
	int bar = count * BAR / max ?: count > 0;
	char from[OUT_NS_SIZE], to[OUT_NS_SIZE];

	out_ns(from, out_get_int(bucket, "from_ns"));
	out_ns(to, out_get_int(bucket, "to_ns"));
	printf("    %9s ... %9s  |%-*.*s| %lld\n", from, out_get_int(bucket, "to_ns") ? to : "",
	       BAR, bar, "########################################", (long long)count);
}

static void text_histogram(const char *title, struct json_object *h)
{
	struct json_object *buckets = json_object_object_get(h, "buckets");
	int64_t max = longest(buckets);
	char mean[OUT_NS_SIZE];

	printf("  %s: %lld", title, (long long)out_get_int(h, "count"));
	if (out_get_int(h, "count"))
		printf(", mean %s", out_ns(mean, out_get_int(h, "mean_ns")));
	putchar('\n');
	for (size_t i = 0; i < json_object_array_length(buckets); i++)
		text_bucket(json_object_array_get_idx(buckets, i), max);
}

static void text_channel(struct json_object *c)
{
	out_channel(c);
	putchar('\n');
	text_histogram("wait", json_object_object_get(c, "wait"));
	text_histogram("service", json_object_object_get(c, "service"));
	if (out_get_int(c, "pulses"))
		printf("  pulses: %lld\n", (long long)out_get_int(c, "pulses"));
}

/* Of process @pid, or all of them. */
static struct json_object *channel_rows(const struct measure *list, int pid)
{
	struct json_object *rows = json_object_new_array();
	struct model m;

	model_read_names(&m);
	for (size_t i = 0; i < list->n; i++)
		if (!pid || list->items[i].pid == pid)
			json_object_array_add(rows, channel_row(&m, &list->items[i]));
	model_free_names(&m);
	return rows;
}

int cmd_stats(int argc, char **argv)
{
	long long seconds = argc > 1 ? number_arg(argv[1], 0, 1 << 30) : 1;
	int pid = argc > 2 ? number_arg(argv[2], 1, 1 << 30) : 0;
	struct measure list = measure_for(seconds);
	struct json_object *rows = channel_rows(&list, pid);
	size_t n = json_object_array_length(rows);

	free(list.items);
	if (options.json) {
		out_json(rows);
		return n || !pid ? QMSG_OK : QMSG_NOTHING;
	}
	for (size_t i = 0; i < n; i++)
		text_channel(json_object_array_get_idx(rows, i));
	json_object_put(rows);
	return n || !pid ? QMSG_OK : QMSG_NOTHING;
}
