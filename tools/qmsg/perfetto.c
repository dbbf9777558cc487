// SPDX-License-Identifier: GPL-2.0-only
/*
 * qmsg report --perfetto: the trace event format, which ui.perfetto.dev and trace2html open.
 *
 * Each thread is a track of slices, the states it is in. A request is a flow: from the slice of its
 * SEND-blocked client to that of the thread that has received it, and from there back.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "out.h"
#include "report.h"

#define CATEGORY	"qmsg"

struct writer {
	const struct report *r;
	bool some;
};

/* The format counts in microseconds. */
static double micros(int64_t ns)
{
	return ns / 1000.;
}

static int64_t time_of(const struct writer *w, size_t event)
{
	const struct report *r = w->r;

	if (event == SCENE_BEFORE || event < r->first)
		return report_time(r, r->first);
	return report_time(r, event > r->last ? r->last : event);
}

static void put_micros(struct json_object *o, const char *key, int64_t ns)
{
	char text[32];

	snprintf(text, sizeof(text), "%.3f", micros(ns));
	json_object_object_add(o, key, json_object_new_double_s(micros(ns), text));
}

static struct json_object *item(const char *phase, const char *name, const struct scene_thread *t)
{
	struct json_object *o = json_object_new_object();

	out_string(o, "ph", phase);
	out_string(o, "name", name);
	out_int(o, "pid", t->pid);
	out_int(o, "tid", t->tid);
	return o;
}

static void put(struct writer *w, struct json_object *o)
{
	fprintf(w->r->out, "%s\n%s", w->some ? "," : "",
		json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
					       JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
	w->some = true;
}

static struct json_object *at(struct json_object *o, int64_t ns)
{
	out_string(o, "cat", CATEGORY);
	put_micros(o, "ts", ns);
	return o;
}

/* ---- names ---- */

static void put_name(struct writer *w, const char *what, const struct scene_thread *t,
		     const char *name)
{
	struct json_object *o = item("M", what, t), *args = json_object_new_object();

	out_string(args, "name", name);
	json_object_object_add(o, "args", args);
	put(w, o);
}

static void put_names(struct writer *w)
{
	const struct scene *s = w->r->scene;

	for (size_t i = 0; i < s->nthreads; i++) {
		const struct scene_thread *t = &s->threads[i];

		if (scene_thread_of_process(s, t->pid) == i && *t->process)
			put_name(w, "process_name", t, t->process);
		if (*t->name)
			put_name(w, "thread_name", t, t->name);
	}
}

/* ---- slices ---- */

static struct json_object *request_args(const struct scene *s, size_t request)
{
	const struct scene_request *q = &s->requests[request];
	struct json_object *args = json_object_new_object();

	out_int(args, "server_pid", q->server);
	out_int(args, "chid", q->chid);
	out_int(args, "serial", q->serial);
	if (q->sent != SCENE_BEFORE) {
		out_int(args, "bytes", q->len);
		out_int(args, "priority", q->prio);
	}
	if (q->ended != SCENE_AFTER)
		out_string(args, "result", q->error ? scene_error(q->error) :
			   q->answered ? "answered" : "gone");
	return args;
}

static void put_slice(struct writer *w, const struct scene_bar *b)
{
	const struct scene *s = w->r->scene;
	int64_t from = time_of(w, b->from), to = time_of(w, b->to);
	struct json_object *o;

	if (!report_overlaps(w->r, b))
		return;
	o = at(item("X", scene_state_name(b->state), &s->threads[b->thread]), from);
	put_micros(o, "dur", to - from);
	if (b->request != SCENE_NONE)
		json_object_object_add(o, "args", request_args(s, b->request));
	put(w, o);
}

/* ---- flows ---- */

/* One end of an arrow; it holds to the slice that is there. */
static void put_flow(struct writer *w, const char *phase, const char *name, uint64_t id, size_t thread,
		     int64_t ns)
{
	struct json_object *o = at(item(phase, name, &w->r->scene->threads[thread]), ns);

	out_int(o, "id", id);
	if (*phase == 'f')
		out_string(o, "bp", "e");
	put(w, o);
}

static bool is_shown(const struct report *r, size_t event)
{
	return event < r->scene->trace->nevents && event >= r->first && event <= r->last;
}

/* Its slice has ended when the client is told, and so the arrow ends just before that. */
static void put_flows(struct writer *w, size_t i)
{
	const struct scene_request *q = &w->r->scene->requests[i];
	bool received = is_shown(w->r, q->received) && q->receiver != SCENE_NOBODY;

	if (received && is_shown(w->r, q->sent)) {
		put_flow(w, "s", "send", 2 * i, q->client, time_of(w, q->sent));
		put_flow(w, "f", "send", 2 * i, q->receiver, time_of(w, q->received));
	}
	if (received && q->answered && q->gone == SCENE_AFTER && is_shown(w->r, q->ended) &&
	    q->answerer == q->receiver) {
		put_flow(w, "s", "reply", 2 * i + 1, q->answerer, time_of(w, q->ended) - 1);
		put_flow(w, "f", "reply", 2 * i + 1, q->client, time_of(w, q->ended) - 1);
	}
}

/* ---- instants and priorities ---- */

static void put_instant(struct writer *w, size_t i)
{
	const struct scene *s = w->r->scene;
	struct json_object *o = at(item("i", scene_word(s, i), &s->threads[s->actor[i]]),
				   report_time(w->r, i));
	struct json_object *args = json_object_new_object();
	char text[SCENE_TEXT];

	out_string(o, "s", "t");
	out_string(args, "what", scene_text(text, s, i));
	json_object_object_add(o, "args", args);
	put(w, o);
}

static void put_priority(struct writer *w, size_t i)
{
	const struct scene *s = w->r->scene;
	const struct scene_thread *t = &s->threads[s->actor[i]];
	struct json_object *o, *args = json_object_new_object();
	char name[64];

	snprintf(name, sizeof(name), "priority of %d", t->tid);
	o = at(item("C", name, t), report_time(w->r, i));
	out_int(args, "priority", s->trace->events[i].prio);
	json_object_object_add(o, "args", args);
	put(w, o);
}

/* What the slices and flows do not show. */
static bool is_instant(const struct trace_event *e)
{
	switch (e->kind) {
	case TRACE_STATE:
		return strcmp(e->what, "receive");
	case TRACE_PULSE_POST:
	case TRACE_PULSE_RECEIVE:
	case TRACE_ANSWER_LATE:
		return true;
	case TRACE_RECEIVE_END:
		return e->error;
	default:
		return false;
	}
}

static void put_events(struct writer *w)
{
	const struct scene *s = w->r->scene;

	for (size_t i = 0; i < s->trace->nevents; i++) {
		if (!w->r->shown[i] || s->actor[i] == SCENE_NOBODY)
			continue;
		if (s->trace->events[i].kind == TRACE_PRIORITY)
			put_priority(w, i);
		else if (is_instant(&s->trace->events[i]))
			put_instant(w, i);
	}
}

static void put_other(const struct report *r)
{
	const struct trace *t = r->scene->trace;
	struct json_object *other = json_object_new_object();

	out_string(other, "command", t->command);
	out_string(other, "kernel", t->kernel);
	out_int(other, "events_lost", t->lost);
	fprintf(r->out, "\n],\n\"otherData\":%s}\n",
		json_object_to_json_string_ext(other, JSON_C_TO_STRING_PLAIN |
					       JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(other);
}

void report_perfetto(const struct report *r)
{
	struct writer w = { .r = r };

	fputs("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[", r->out);
	put_names(&w);
	for (size_t i = 0; i < r->scene->nbars; i++)
		put_slice(&w, &r->scene->bars[i]);
	for (size_t i = 0; i < r->scene->nrequests; i++)
		put_flows(&w, i);
	put_events(&w);
	put_other(r);
}
