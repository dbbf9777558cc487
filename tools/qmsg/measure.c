// SPDX-License-Identifier: GPL-2.0-only
/* How long requests take: having it measured, and reading it. */

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "measure.h"
#include "model.h"
#include "nl.h"

static void read_histogram(struct histogram *h, struct nlattr **a, int sum, int buckets)
{
	size_t len;
	const void *bytes = nl_bytes(a, buckets, &len);

	h->sum = nl_number(a, sum);
	memcpy(h->bucket, bytes, len < sizeof(h->bucket) ? len : sizeof(h->bucket));
}

static void on_stats(struct nlattr **a, void *arg)
{
	struct measure *list = arg;
	struct measured *m = grow(&list->items, &list->n, sizeof(*m));

	m->pid = nl_number(a, QMSG_NL_A_STATS_PID);
	m->chid = nl_number(a, QMSG_NL_A_STATS_CHID);
	m->since = nl_number(a, QMSG_NL_A_STATS_SINCE);
	m->ns = nl_number(a, QMSG_NL_A_STATS_MEASURED);
	m->pulses = nl_number(a, QMSG_NL_A_STATS_PULSES);
	read_histogram(&m->wait, a, QMSG_NL_A_STATS_WAIT_SUM, QMSG_NL_A_STATS_WAIT);
	read_histogram(&m->service, a, QMSG_NL_A_STATS_SERVICE_SUM, QMSG_NL_A_STATS_SERVICE);
}

static int compare(const void *pa, const void *pb)
{
	const struct measured *a = pa, *b = pb;

	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	return a->chid < b->chid ? -1 : a->chid > b->chid;
}

struct measure measure_read(void)
{
	struct measure list = { 0 };

	kernel_dump(QMSG_NL_CMD_STATS_GET, on_stats, &list);
	if (list.n)
		qsort(list.items, list.n, sizeof(*list.items), compare);
	return list;
}

static void subtract_histogram(struct histogram *h, const struct histogram *before)
{
	h->sum -= before->sum;
	for (int i = 0; i < QMSG_NL_BUCKETS; i++)
		h->bucket[i] -= before->bucket[i];
}

/* One that is measured anew, or has another's number, has nothing to be taken from. */
static void subtract(struct measured *m, const struct measured *before)
{
	if (m->since != before->since)
		return;
	m->ns -= before->ns;
	m->pulses -= before->pulses;
	subtract_histogram(&m->wait, &before->wait);
	subtract_histogram(&m->service, &before->service);
}

void measure_subtract(struct measure *now, const struct measure *before)
{
	const struct measured *was;

	for (size_t i = 0; before->n && i < now->n; i++) {
		was = bsearch(&now->items[i], before->items, before->n, sizeof(*was), compare);
		if (was)
			subtract(&now->items[i], was);
	}
}

/* Every second, so that the kernel goes on, and channels that are new are measured too. */
struct measure measure_for(long long seconds)
{
	struct measure before, now;

	if (!seconds)
		return measure_read();
	before = measure_read();
	while (seconds--) {
		sleep(1);
		if (seconds)
			free(measure_read().items);
	}
	now = measure_read();
	measure_subtract(&now, &before);
	free(before.items);
	return now;
}

uint64_t histogram_count(const struct histogram *h)
{
	uint64_t n = 0;

	for (int i = 0; i < QMSG_NL_BUCKETS; i++)
		n += h->bucket[i];
	return n;
}

uint64_t histogram_mean(const struct histogram *h)
{
	uint64_t n = histogram_count(h);

	return n ? h->sum / n : 0;
}
