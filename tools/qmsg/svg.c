// SPDX-License-Identifier: GPL-2.0-only
/* qmsg report --svg: a message sequence chart. */

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "chart.h"

#define TOP		96	/* title and legend */
#define BAR		4.5	/* half of its width */
#define WORK		7.5
#define STUB		64	/* what has no other end */
#define STEEP		160	/* it crosses much: it is paler */

/* ---- text ---- */

static void escaped(FILE *f, const char *text)
{
	for (; *text; text++) {
		if (*text == '<')
			fputs("&lt;", f);
		else if (*text == '>')
			fputs("&gt;", f);
		else if (*text == '&')
			fputs("&amp;", f);
		else if (*text == '"')
			fputs("&quot;", f);
		else
			fputc(*text, f);
	}
}

static void put_text(FILE *f, double x, double y, const char *class, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

static void put_text(FILE *f, double x, double y, const char *class, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fprintf(f, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", class, x, y);
	escaped(f, text);
	fputs("</text>\n", f);
}

/* What is told when the pointer rests on it: the event's line of the text report. */
static void put_tip(const struct chart *c, const char *before, size_t event)
{
	const struct scene *s = c->report->scene;
	char who[SCENE_TEXT], what[SCENE_TEXT];

	if (event >= s->trace->nevents)
		return;
	fputs("<title>", c->report->out);
	escaped(c->report->out, before);
	scene_thread_text(who, s, s->actor[event]);
	fprintf(c->report->out, "%.6f s: ", report_time(c->report, event) / 1e9);
	escaped(c->report->out, who);
	fprintf(c->report->out, ": %s ", scene_word(s, event));
	escaped(c->report->out, scene_text(what, s, event));
	fputs("</title>", c->report->out);
}

/* ---- time ---- */

struct unit {
	const char *name;
	double ns;
	int digits;
};

static struct unit unit_of(const struct report *r)
{
	int64_t end = report_time(r, r->last);

	if (end < 1000000)
		return (struct unit) { "\302\265s", 1e3, 1 };
	if (end < 10000000000)
		return (struct unit) { "ms", 1e6, 3 };
	return (struct unit) { "s", 1e9, 3 };
}

static const char *duration(char *buf, size_t size, int64_t ns)
{
	if (ns < 1000000)
		snprintf(buf, size, "%.1f \302\265s", ns / 1e3);
	else if (ns < 1000000000)
		snprintf(buf, size, "%.1f ms", ns / 1e6);
	else
		snprintf(buf, size, "%.3f s", ns / 1e9);
	return buf;
}

/* Nothing has happened for a long while: that the paper is not so long is to be seen. */
static void put_gap(const struct chart *c, double from, double to, int64_t ns)
{
	double middle = (from + to) / 2;
	char text[32];

	fprintf(c->report->out, "<rect class=\"gap\" x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"12\"/>\n",
		CHART_AXIS - 8, middle - 6, c->width - CHART_AXIS + 8 - CHART_RIGHT);
	put_text(c->report->out, CHART_AXIS - 14, middle + 4, "long", "+ %s",
		 duration(text, sizeof(text), ns));
}

static void put_axis(const struct chart *c)
{
	const struct report *r = c->report;
	struct unit unit = unit_of(r);
	double label = 0, before = 0;
	int64_t last = -1;

	put_text(r->out, CHART_AXIS - 14, c->top + 40, "unit", "%s", unit.name);
	for (size_t i = 0; i < r->scene->trace->nevents; i++) {
		int64_t time = report_time(r, i);

		if (!r->shown[i])
			continue;
		if (last >= 0 && time - last >= CHART_LONG_NS)
			put_gap(c, before, c->y[i], time - last);
		last = time;
		before = c->y[i];
		if (c->y[i] - label < 14)
			continue;
		label = c->y[i];
		fprintf(r->out, "<line class=\"grid\" x1=\"%d\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
			CHART_AXIS - 8, label, c->width - CHART_RIGHT, label);
		put_text(r->out, CHART_AXIS - 14, label + 3.5, "time", "%.*f", unit.digits,
			 time / unit.ns);
	}
}

/* ---- threads ---- */

static const char *fitting(char *buf, size_t size, const char *text, double width)
{
	size_t most = width / 7;

	if (most >= size)
		most = size - 1;
	if (strlen(text) <= most)
		snprintf(buf, size, "%s", text);
	else
		snprintf(buf, size, "%.*s..", (int)(most > 2 ? most - 2 : 0), text);
	return buf;
}

static double last_x_of_process(const struct chart *c, size_t column)
{
	while (column + 1 < c->ncolumns && !c->columns[column + 1].first)
		column++;
	return c->columns[column].x;
}

static void put_process(const struct chart *c, size_t column)
{
	const struct chart_column *k = &c->columns[column];
	const struct scene_thread *t = &c->report->scene->threads[k->thread];
	double left = k->x - c->pitch / 2 + 8, right = last_x_of_process(c, column) + c->pitch / 2 - 8;
	char name[64], text[128];

	fprintf(c->report->out, "<rect class=\"process\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
		"height=\"%.1f\" rx=\"6\"/>\n", left, c->top, right - left, c->bottom - c->top + 8);
	snprintf(text, sizeof(text), "%.63s %d", *t->process ? t->process : "process", t->pid);
	put_text(c->report->out, (left + right) / 2, c->top + 17, "name", "%s",
		 fitting(name, sizeof(name), text, right - left - 12));
}

static void put_thread(const struct chart *c, const struct chart_column *k)
{
	const struct scene_thread *t = &c->report->scene->threads[k->thread];
	char text[64], name[64];

	if (!strcmp(t->name, t->process) || !*t->name)
		snprintf(text, sizeof(text), "thread %d", t->tid);
	else
		snprintf(text, sizeof(text), "%.40s %d", t->name, t->tid);
	fprintf(c->report->out, "<rect class=\"head\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"22\" "
		"rx=\"4\"/>\n", k->x - c->pitch / 2 + 18, c->top + 25, c->pitch - 36);
	put_text(c->report->out, k->x, c->top + 40, "thread", "%s",
		 fitting(name, sizeof(name), text, c->pitch - 40));
	fprintf(c->report->out, "<line class=\"life\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
		k->x, c->top + 47, k->x, c->bottom);
}

/* ---- states ---- */

static const char * const classes[SCENE_NR_STATES] = {
	[SCENE_SEND] = "send", [SCENE_REPLY] = "reply", [SCENE_ASKED] = "asked",
	[SCENE_DYING] = "dying", [SCENE_RECEIVE] = "receive", [SCENE_WORK] = "work",
};

static void put_bar(const struct chart *c, const struct scene_bar *b)
{
	double x = c->x[b->thread], half = b->state == SCENE_WORK ? WORK : BAR;
	double from = chart_y(c, b->from), to = chart_y(c, b->to);
	char before[64];

	if (c->x[b->thread] < 0 || !report_overlaps(c->report, b))
		return;
	fprintf(c->report->out, "<g><rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
		"height=\"%.1f\" rx=\"1.5\"/>", classes[b->state], x - half, from, 2 * half,
		fmax(to - from, 2));
	snprintf(before, sizeof(before), "%s since ", scene_state_name(b->state));
	put_tip(c, before, b->from);
	fputs("</g>\n", c->report->out);
}

/* What a thread works on is behind what it is blocked in meanwhile. */
static void put_bars(const struct chart *c)
{
	const struct scene *s = c->report->scene;

	for (int work = 1; work >= 0; work--)
		for (size_t i = 0; i < s->nbars; i++)
			if (work == (s->bars[i].state == SCENE_WORK))
				put_bar(c, &s->bars[i]);
}

/* ---- arrows ---- */

struct arrow {
	const char *class;
	size_t from, to;		/* events */
	size_t from_thread, to_thread;	/* the first may be nobody */
	bool lost;			/* it did not arrive */
	char label[128];
};

static void put_cross(FILE *f, double x, double y)
{
	fprintf(f, "<path class=\"cross\" d=\"M%.1f %.1fl8 8m0 -8l-8 8\"/>", x - 4, y - 4);
}

/* From a thread to itself. */
static void put_loop(const struct chart *c, const struct arrow *a)
{
	double x = c->x[a->to_thread] + BAR, from = chart_y(c, a->from), to = chart_y(c, a->to);

	fprintf(c->report->out, "<g><path class=\"%s\" marker-end=\"url(#h-%s)\" "
		"d=\"M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f\"/>", a->class, a->class, x, from,
		x + 34, from, x + 34, to, x + 1, to);
	put_tip(c, "", a->from);
	fputs("</g>\n", c->report->out);
	put_text(c->report->out, x + 32, (from + to) / 2, "label left", "%s", a->label);
}

/* Above a line that goes down or not, from @x1, @y1 on, by @slope. */
static void put_label(const struct chart *c, const struct arrow *a, double x1, double y1, double x2,
		      double slope)
{
	double half = strlen(a->label) * 3.2, way = x2 > x1 ? 1 : -1;
	double at = x1 + way * fmin(fabs(x2 - x1) / 2, c->pitch / 2);

	put_text(c->report->out, at, y1 + slope * fmax(fabs(at - x1) - half, 0) - 5, "label middle",
		 "%s", a->label);
}

/* What was in the queue, and is taken out of it without having been received. */
static void put_queued(const struct chart *c, const char *class, double x, double from, double to)
{
	fprintf(c->report->out, "<line class=\"%s queued\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" "
		"y2=\"%.1f\"/>", class, x, from, x, to);
	put_cross(c->report->out, x, to);
}

static void put_line(const struct chart *c, const struct arrow *a, double x1, double x2)
{
	double y1 = chart_y(c, a->from), y2 = chart_y(c, a->to), way = x2 > x1 ? 1 : -1, end = y2;
	bool arrives = !a->lost && a->to != SCENE_AFTER && a->to <= c->report->last;

	x1 += way * BAR;
	x2 -= way * (a->lost ? 2.5 * BAR : BAR + 1);
	if (a->lost)
		y2 = fmin(y2, y1 + 14);
	fprintf(c->report->out, "<g><line class=\"%s%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"",
		a->class, y2 - y1 > STEEP ? " steep" : "", x1, y1, x2, y2);
	if (arrives)
		fprintf(c->report->out, " marker-end=\"url(#h-%s)\"", a->class);
	fputs("/>", c->report->out);
	if (a->lost)
		put_queued(c, a->class, x2, y2, end);
	put_tip(c, "", a->from);
	fputs("</g>\n", c->report->out);
	put_label(c, a, x1, y1, x2, (y2 - y1) / fabs(x2 - x1));
}

/* It comes from nobody in the picture. */
static void put_source(const struct chart *c, const struct arrow *a, double x)
{
	fprintf(c->report->out, "<circle class=\"source\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>\n", x,
		chart_y(c, a->from));
	put_text(c->report->out, x - 8, chart_y(c, a->from) + 4, "label right", "%s", a->label);
}

static void put_arrow(const struct chart *c, struct arrow *a)
{
	double x2 = a->to_thread == SCENE_NOBODY ? -1 : c->x[a->to_thread];
	double x1 = a->from_thread == SCENE_NOBODY ? -1 : c->x[a->from_thread];

	if ((!chart_has(c, a->from) && !chart_has(c, a->to)) || x2 < 0)
		return;
	if (x1 < 0) {
		x1 = x2 - STUB;
		put_source(c, a, x1);
		*a->label = 0;
	}
	if (x1 == x2)
		put_loop(c, a);
	else
		put_line(c, a, x1, x2);
}

static size_t target_of(const struct scene *s, const struct scene_request *q)
{
	return q->receiver == SCENE_NOBODY ? scene_thread_of_process(s, q->server) : q->receiver;
}

static void put_send(const struct chart *c, const struct scene_request *q)
{
	bool lost = q->received == SCENE_AFTER && q->ended != SCENE_AFTER;
	struct arrow a = {
		.class = "a-send", .from = q->sent, .to = lost ? q->ended : q->received,
		.from_thread = q->client, .to_thread = target_of(c->report->scene, q),
		.lost = lost,
	};
	int n;

	if (q->sent == SCENE_BEFORE)
		return;
	n = snprintf(a.label, sizeof(a.label), "#%" PRIu64 " %" PRIu64 " bytes", q->serial, q->len);
	if (q->prio)
		snprintf(a.label + n, sizeof(a.label) - n, ", priority %d", q->prio);
	put_arrow(c, &a);
}

static void put_answer(const struct chart *c, const struct scene_request *q)
{
	struct arrow a = {
		.class = q->gone != SCENE_AFTER ? "a-late" : q->error ? "a-error" : "a-reply",
		.from = q->ended, .to = q->ended,
		.from_thread = q->answerer, .to_thread = q->client,
		.lost = q->gone != SCENE_AFTER,
	};

	if (!q->answered)
		return;
	if (q->gone != SCENE_AFTER)
		snprintf(a.label, sizeof(a.label), "#%" PRIu64 " too late: ESRCH", q->serial);
	else if (q->error)
		snprintf(a.label, sizeof(a.label), "#%" PRIu64 " error %s", q->serial,
			 scene_error(q->error));
	else
		snprintf(a.label, sizeof(a.label), "#%" PRIu64 " reply, %" PRIu64 " bytes", q->serial,
			 q->answer_len);
	put_arrow(c, &a);
}

static void put_pulse(const struct chart *c, const struct scene_pulse *p)
{
	const struct scene *s = c->report->scene;
	bool unblock = !strcmp(p->origin, "unblock"), lost = p->withdrawn != SCENE_AFTER;
	struct arrow a = {
		.class = unblock ? "a-unblock" : "a-pulse",
		.from = p->posted, .to = lost ? p->withdrawn : p->received,
		.from_thread = p->poster, .lost = lost,
		.to_thread = p->receiver == SCENE_NOBODY ? scene_thread_of_process(s, p->server) :
			     p->receiver,
	};

	if (!strcmp(p->origin, "user"))
		snprintf(a.label, sizeof(a.label), "pulse %d, value %" PRIu64, p->code, p->value);
	else
		snprintf(a.label, sizeof(a.label), "%s pulse", p->origin);
	put_arrow(c, &a);
}

static void put_arrows(const struct chart *c)
{
	const struct scene *s = c->report->scene;

	for (size_t i = 0; i < s->nrequests; i++) {
		put_send(c, &s->requests[i]);
		put_answer(c, &s->requests[i]);
	}
	for (size_t i = 0; i < s->npulses; i++)
		put_pulse(c, &s->pulses[i]);
}

/* ---- what happens to one thread alone ---- */

static bool is_mark(const struct trace_event *e)
{
	switch (e->kind) {
	case TRACE_STATE:
		return strcmp(e->what, "receive") && strcmp(e->what, "answer") &&
		       strcmp(e->from, "DONE");
	case TRACE_RECEIVE_END:
		return e->error;
	case TRACE_ANSWER_LATE:
	case TRACE_PRIORITY:
		return true;
	default:
		return false;
	}
}

static void mark_text(char *buf, const struct trace_event *e)
{
	if (e->kind == TRACE_PRIORITY)
		snprintf(buf, SCENE_TEXT, "priority %d to %d", e->from_prio, e->prio);
	else if (e->kind == TRACE_ANSWER_LATE)
		snprintf(buf, SCENE_TEXT, "late answer: ESRCH");
	else if (e->kind == TRACE_RECEIVE_END)
		snprintf(buf, SCENE_TEXT, "%s", scene_error(e->error));
	else if (!strcmp(e->to, "ORPHAN"))
		snprintf(buf, SCENE_TEXT, "grace over: gone");
	else if (!strcmp(e->to, "DONE"))
		snprintf(buf, SCENE_TEXT, "%s: %s", e->what, scene_error(e->error));
	else
		snprintf(buf, SCENE_TEXT, "%s", e->what);
}

static void put_mark(const struct chart *c, size_t i)
{
	const struct trace_event *e = &c->report->scene->trace->events[i];
	double x = c->x[c->report->scene->actor[i]], y = c->y[i];
	bool ends = e->kind != TRACE_PRIORITY && (e->kind != TRACE_STATE || !strcmp(e->to, "DONE") ||
						  !strcmp(e->to, "ORPHAN"));
	char text[SCENE_TEXT];

	mark_text(text, e);
	fputs("<g>", c->report->out);
	if (ends)
		put_cross(c->report->out, x, y);
	else
		fprintf(c->report->out, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"5\"/>",
			e->kind == TRACE_PRIORITY ? "m-priority" : "m-ask", x, y);
	put_tip(c, "", i);
	fputs("</g>\n", c->report->out);
	put_text(c->report->out, x + 13, y + 4, e->kind == TRACE_PRIORITY ? "label left priority" :
		 "label left ask", "%s", text);
}

static void put_marks(const struct chart *c)
{
	const struct report *r = c->report;

	for (size_t i = 0; i < r->scene->trace->nevents; i++)
		if (r->shown[i] && is_mark(&r->scene->trace->events[i]) &&
		    r->scene->actor[i] != SCENE_NOBODY && c->x[r->scene->actor[i]] >= 0)
			put_mark(c, i);
}

/* ---- the sheet ---- */

static const char style[] =
	"text{font:11.5px 'DejaVu Sans',Verdana,sans-serif;fill:#222}\n"
	".title{font-size:15px;font-weight:bold}.sub{fill:#555}.warn{fill:#b00020;font-weight:bold}\n"
	".time,.unit,.long{text-anchor:end;fill:#555;font-size:10.5px}.unit{font-weight:bold}\n"
	".long{font-style:italic;fill:#8a6d00}\n"
	".name{text-anchor:middle;font-weight:bold}.thread{text-anchor:middle;font-size:11px}\n"
	".process{fill:#f6f8fa;stroke:#d0d7de}.head{fill:#fff;stroke:#8c959f}\n"
	".life{stroke:#8c959f;stroke-width:1}.grid{stroke:#e4e8ec;stroke-width:.8}\n"
	".gap{fill:#fff3c4}\n"
	".send{fill:#e69f00}.reply{fill:#4a90d9}.asked{fill:#d1242f}.dying{fill:#7d1a1a}\n"
	".receive{fill:#fff;stroke:#57606a;stroke-width:1.2;stroke-dasharray:3 2}\n"
	".work{fill:#a5d6a7;stroke:#66a96a;stroke-width:.8}\n"
	".a-send,.a-reply,.a-error,.a-pulse,.a-unblock,.a-late{fill:none;stroke-width:1.5}\n"
	".a-send{stroke:#222}.a-reply{stroke:#1b5fa8;stroke-dasharray:6 3}\n"
	".a-error{stroke:#b35900;stroke-dasharray:6 3}.a-late{stroke:#8c959f;stroke-dasharray:6 3}\n"
	".a-pulse{stroke:#7b3fb5;stroke-width:1.2}.a-unblock{stroke:#d1242f;stroke-width:1.8}\n"
	".cross{fill:none;stroke:#b00020;stroke-width:2}.source{fill:#fff;stroke:#7b3fb5}\n"
	".m-ask{fill:#d1242f;stroke:#fff}.m-priority{fill:#7b3fb5;stroke:#fff}\n"
	".label{font-size:11px;paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-linejoin:round}\n"
	".middle{text-anchor:middle}.left{text-anchor:start}.right{text-anchor:end}.queued{stroke-dasharray:2 3}.steep{opacity:.45}.ask{fill:#b00020;font-weight:bold}\n"
	".priority{fill:#5b2a8c}.key{font-size:11px}\n";

static void put_head_of(FILE *f, const char *class, const char *color, bool filled)
{
	fprintf(f, "<marker id=\"h-%s\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"9\" "
		"markerHeight=\"9\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0.8L9.5 "
		"5L0 9.2%s\" fill=\"%s\" stroke=\"%s\" stroke-width=\"1.4\"/></marker>\n", class,
		filled ? "z" : "", filled ? color : "none", color);
}

static void put_definitions(FILE *f)
{
	fprintf(f, "<style>%s</style>\n<defs>\n", style);
	put_head_of(f, "a-send", "#222", true);
	put_head_of(f, "a-reply", "#1b5fa8", false);
	put_head_of(f, "a-error", "#b35900", false);
	put_head_of(f, "a-late", "#8c959f", false);
	put_head_of(f, "a-pulse", "#7b3fb5", false);
	put_head_of(f, "a-unblock", "#d1242f", true);
	fputs("</defs>\n", f);
}

static double key_bar(FILE *f, double x, double y, enum scene_state state, const char *text)
{
	fprintf(f, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"9\" height=\"14\" rx=\"1.5\"/>\n",
		classes[state], x, y - 11);
	put_text(f, x + 15, y, "key", "%s", text);
	return x + 30 + 6.6 * strlen(text);
}

static double key_arrow(FILE *f, double x, double y, const char *class, const char *text)
{
	fprintf(f, "<line class=\"%s\" marker-end=\"url(#h-%s)\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" "
		"y2=\"%.1f\"/>\n", class, class, x, y - 4, x + 30, y - 4);
	put_text(f, x + 36, y, "key", "%s", text);
	return x + 52 + 6.6 * strlen(text);
}

static void put_legend(FILE *f, double y)
{
	double x = 16;

	x = key_bar(f, x, y, SCENE_SEND, "SEND-blocked");
	x = key_bar(f, x, y, SCENE_REPLY, "REPLY-blocked");
	x = key_bar(f, x, y, SCENE_ASKED, "... and wants to leave");
	x = key_bar(f, x, y, SCENE_DYING, "... and is being killed");
	x = key_bar(f, x, y, SCENE_RECEIVE, "RECEIVE-blocked");
	key_bar(f, x, y, SCENE_WORK, "has received something");
	x = key_arrow(f, 16, y + 20, "a-send", "message");
	x = key_arrow(f, x, y + 20, "a-reply", "reply");
	x = key_arrow(f, x, y + 20, "a-error", "reply with an error");
	x = key_arrow(f, x, y + 20, "a-pulse", "pulse");
	x = key_arrow(f, x, y + 20, "a-unblock", "unblock pulse");
	put_cross(f, x + 6, y + 16);
	put_text(f, x + 18, y + 20, "key", "did not arrive, or left without an answer");
}

static void put_title(const struct report *r)
{
	const struct trace *t = r->scene->trace;
	char text[32];

	put_text(r->out, 16, 26, "title", "%.90s", *t->command ? t->command : "qmsg");
	put_text(r->out, 16, 43, "sub", "%zu of %zu events in %s%s%s; distances are not proportional to time",
		 r->nshown, t->nevents,
		 duration(text, sizeof(text), report_time(r, r->last) - report_time(r, r->first)),
		 *t->kernel ? " on Linux " : "", t->kernel);
	if (t->lost)
		put_text(r->out, 16, TOP - 4 + 16, "warn", "%" PRIu64 " events were lost: there are gaps",
			 t->lost);
}

void report_svg(const struct report *r)
{
	double top = TOP + (r->scene->trace->lost ? 20 : 0) + 6;
	struct chart c;

	chart_layout(&c, r, top);
	fprintf(r->out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" "
		"width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\">\n", c.width, c.bottom + 24,
		c.width, c.bottom + 24);
	put_definitions(r->out);
	fputs("<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n", r->out);
	put_title(r);
	put_legend(r->out, 66);
	for (size_t i = 0; i < c.ncolumns; i++)
		if (c.columns[i].first)
			put_process(&c, i);
	put_axis(&c);
	for (size_t i = 0; i < c.ncolumns; i++)
		put_thread(&c, &c.columns[i]);
	put_bars(&c);
	put_arrows(&c);
	put_marks(&c);
	fputs("</svg>\n", r->out);
	free(c.columns);
	free(c.x);
	free(c.y);
}
