// SPDX-License-Identifier: GPL-2.0-only
/* Where things are in a message sequence chart. */

#include <math.h>
#include <stdlib.h>

#include "array.h"
#include "chart.h"
#include "tool.h"

#define HEAD		58	/* the boxes above the lines */
#define ROW		25	/* an event that has a label */
#define SMALL_ROW	11
#define PROCESS_GAP	26
#define MIN_WIDTH	940

bool chart_has(const struct chart *c, size_t event)
{
	return event < c->report->scene->trace->nevents && c->report->shown[event];
}

double chart_y(const struct chart *c, size_t event)
{
	if (event == SCENE_BEFORE || (event < c->report->first))
		return c->top + HEAD;
	if (event > c->report->last)
		return c->bottom;
	return c->y[event];
}

/* ---- columns ---- */

static int role(const struct scene_thread *t)
{
	return !t->receives ? 0 : t->sends ? 1 : 2;
}

struct process {
	int pid, role;
	size_t first;
};

/* A process is as far right as the one of its threads that is farthest left. */
static struct process process_of(const struct scene *s, const bool *used, size_t thread)
{
	const struct scene_thread *t = &s->threads[thread];
	struct process p = { t->pid ? t->pid : -t->tid, role(t), t->first };

	for (size_t i = 0; t->pid && i < s->nthreads; i++) {
		const struct scene_thread *other = &s->threads[i];

		if (!used[i] || other->pid != t->pid)
			continue;
		if (role(other) < p.role)
			p.role = role(other);
		if (other->first < p.first)
			p.first = other->first;
	}
	return p;
}

struct place {
	struct process process;
	size_t thread, first;
};

static int by_place(const void *pa, const void *pb)
{
	const struct place *a = pa, *b = pb;

	if (a->process.role != b->process.role)
		return a->process.role - b->process.role;
	if (a->process.first != b->process.first)
		return a->process.first < b->process.first ? -1 : 1;
	if (a->process.pid != b->process.pid)
		return a->process.pid < b->process.pid ? -1 : 1;
	return a->first < b->first ? -1 : a->first > b->first;
}

static void use(bool *used, size_t thread)
{
	if (thread != SCENE_NOBODY)
		used[thread] = true;
}

/* Those that wait all the time for a server that is shown. */
static void use_waiting(const struct report *r, bool *used)
{
	const struct scene *s = r->scene;

	for (size_t i = 0; i < s->nbars; i++) {
		const struct scene_bar *b = &s->bars[i];
		size_t receiver = b->request == SCENE_NONE ? SCENE_NOBODY :
				  s->requests[b->request].receiver;

		if (b->state != SCENE_WORK && receiver != SCENE_NOBODY && used[receiver] &&
		    report_overlaps(r, b))
			use(used, b->thread);
	}
}

/* Those that any event that is shown is about. */
static bool *used_threads(const struct report *r)
{
	const struct scene *s = r->scene;
	bool *used = calloc(s->nthreads + 1, sizeof(bool));

	if (!used)
		die(QMSG_ERROR, "out of memory");
	for (size_t i = 0; i < s->trace->nevents; i++) {
		if (!r->shown[i])
			continue;
		use(used, s->actor[i]);
		if (s->request[i] != SCENE_NONE) {
			const struct scene_request *q = &s->requests[s->request[i]];

			use(used, q->client);
			use(used, q->receiver == SCENE_NOBODY ? scene_thread_of_process(s, q->server) :
				  q->receiver);
		}
		if (s->pulse[i] != SCENE_NONE)
			use(used, s->pulses[s->pulse[i]].receiver);
	}
	use_waiting(r, used);
	return used;
}

static void columns(struct chart *c)
{
	const struct scene *s = c->report->scene;
	bool *used = used_threads(c->report);
	struct place *places = NULL;
	size_t n = 0;

	for (size_t i = 0; i < s->nthreads; i++)
		if (used[i])
			ARRAY_ADD(places, n, ((struct place) { process_of(s, used, i), i,
							       s->threads[i].first }));
	if (n)
		qsort(places, n, sizeof(*places), by_place);
	c->x = malloc((s->nthreads + 1) * sizeof(*c->x));
	if (!c->x)
		die(QMSG_ERROR, "out of memory");
	for (size_t i = 0; i < s->nthreads; i++)
		c->x[i] = -1;
	c->pitch = n <= 2 ? 300 : n <= 4 ? 220 : n <= 8 ? 180 : 150;
	c->width = CHART_AXIS;
	for (size_t i = 0; i < n; i++) {
		bool first = !i || places[i].process.pid != places[i - 1].process.pid;
		double x = c->width + c->pitch / 2 + (first && i ? PROCESS_GAP : 0);

		c->x[places[i].thread] = x;
		c->width = x + c->pitch / 2;
		ARRAY_ADD(c->columns, c->ncolumns,
			  ((struct chart_column) { places[i].thread, x, first }));
	}
	c->width += CHART_RIGHT;
	free(places);
	free(used);
}

/* ---- rows ---- */

static double height(const struct trace_event *e)
{
	switch (e->kind) {
	case TRACE_RECEIVE_BLOCK:
		return SMALL_ROW;
	case TRACE_RECEIVE_END:
		return e->error ? ROW : SMALL_ROW;
	default:
		return ROW;
	}
}

static double stretch(int64_t ns)
{
	return ns > 1000 ? 7 * log10(ns / 1000.) + (ns >= CHART_LONG_NS ? 18 : 0) : 0;
}

static void rows(struct chart *c)
{
	const struct trace *t = c->report->scene->trace;
	double y = c->top + HEAD;
	size_t before = SCENE_NONE;

	c->y = malloc(t->nevents * sizeof(*c->y));
	if (!c->y)
		die(QMSG_ERROR, "out of memory");
	for (size_t i = 0; i < t->nevents; i++) {
		if (c->report->shown[i]) {
			y += height(&t->events[i]);
			if (before != SCENE_NONE)
				y += stretch(t->events[i].time - t->events[before].time);
			before = i;
		}
		c->y[i] = y;
	}
	c->bottom = y + ROW;
}

void chart_layout(struct chart *c, const struct report *r, double top)
{
	*c = (struct chart) { .report = r, .top = top };
	columns(c);
	if (c->width < MIN_WIDTH)
		c->width = MIN_WIDTH;
	rows(c);
}
