// SPDX-License-Identifier: GPL-2.0-only
/* qmsg report: what a recording shows, as text, JSON, a picture or a trace for Perfetto. */

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "out.h"
#include "report.h"
#include "tool.h"

#define SVG_LIMIT	400

struct wanted {
	const char *file, *output;
	void (*draw)(const struct report *r);
	int64_t from, to;	/* ns */
	int *pids;
	size_t npids;
	long long limit;	/* 0: all */
};

enum { OPT_SVG = 256, OPT_PERFETTO, OPT_FROM, OPT_TO, OPT_LIMIT };

static const struct argp_option argp_options[] = {
	{ "svg", OPT_SVG, NULL, 0, "a message sequence chart", 0 },
	{ "perfetto", OPT_PERFETTO, NULL, 0, "a trace for ui.perfetto.dev or trace2html", 0 },
	{ "json-trace", OPT_PERFETTO, NULL, OPTION_ALIAS, NULL, 0 },
	{ "output", 'o', "FILE", 0, "where to write it, standard output if not said", 0 },
	{ "from", OPT_FROM, "SECONDS", 0, "leave out what was before, since the first event", 0 },
	{ "to", OPT_TO, "SECONDS", 0, "leave out what was after", 0 },
	{ "pid", 'p', "PID", 0, "only what this process has part in; may be given again", 0 },
	{ "limit", OPT_LIMIT, "COUNT", 0, "not more events than that; a picture has 400 if not said, "
	  "0 is all", 0 },
	{ 0 }
};

static int64_t seconds_arg(const char *text)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || !(seconds >= 0 && seconds < 1e9))
		die(QMSG_USAGE, "%s is not a number of seconds", text);
	return (int64_t)(seconds * 1e9 + .5);
}

static void draw_as(struct wanted *w, void (*draw)(const struct report *r))
{
	if (w->draw && w->draw != draw)
		die(QMSG_USAGE, "--svg or --perfetto, not both");
	w->draw = draw;
}

static error_t on_option(int key, char *arg, struct argp_state *state)
{
	struct wanted *w = state->input;

	switch (key) {
	case OPT_SVG:
		draw_as(w, report_svg);
		return 0;
	case OPT_PERFETTO:
		draw_as(w, report_perfetto);
		return 0;
	case OPT_FROM:
		w->from = seconds_arg(arg);
		return 0;
	case OPT_TO:
		w->to = seconds_arg(arg);
		return 0;
	case OPT_LIMIT:
		w->limit = number_arg(arg, 0, INT64_MAX);
		return 0;
	case 'o':
		w->output = arg;
		return 0;
	case 'p':
		ARRAY_ADD(w->pids, w->npids, (int)number_arg(arg, 1, 1 << 30));
		return 0;
	case ARGP_KEY_ARG:
		if (w->file)
			return ARGP_ERR_UNKNOWN;
		w->file = arg;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options = argp_options,
	.parser = on_option,
	.args_doc = "[FILE]",
	.doc = "Show what \"qmsg record\" has recorded in FILE (" TRACE_FILE " if not said, - is the "
	       "standard input): as text, or as a picture.",
};

/* ---- what is shown ---- */

static bool is_of(const struct wanted *w, int pid)
{
	for (size_t i = 0; i < w->npids; i++)
		if (w->pids[i] == pid)
			return true;
	return false;
}

static bool is_thread_of(const struct wanted *w, const struct scene *s, size_t thread)
{
	return thread != SCENE_NOBODY && is_of(w, s->threads[thread].pid);
}

static bool has_part(const struct wanted *w, const struct scene *s, size_t i)
{
	size_t request = s->request[i], pulse = s->pulse[i];

	return !w->npids || is_of(w, s->trace->events[i].server) ||
	       is_thread_of(w, s, s->actor[i]) ||
	       (request != SCENE_NONE && is_thread_of(w, s, s->requests[request].client)) ||
	       (pulse != SCENE_NONE && is_thread_of(w, s, s->pulses[pulse].poster));
}

static void choose(struct report *r, const struct wanted *w)
{
	const struct scene *s = r->scene;
	size_t n = s->trace->nevents;

	r->shown = calloc(n + 1, sizeof(bool));
	if (!r->shown)
		die(QMSG_ERROR, "out of memory");
	for (size_t i = 0; i < n; i++) {
		if (report_time(r, i) < w->from || report_time(r, i) > w->to || !has_part(w, s, i))
			continue;
		if (w->limit && r->nshown == (size_t)w->limit) {
			r->left_out++;
			continue;
		}
		r->first = r->nshown++ ? r->first : i;
		r->last = i;
		r->shown[i] = true;
	}
}

/* ---- text and JSON ---- */

static const struct out_column columns[] = {
	{ "time_ns", "TIME", OUT_SECONDS },
	{ "pid", "PID", OUT_NUMBER },
	{ "tid", "TID", OUT_NUMBER },
	{ "command", "COMMAND", OUT_TEXT },
	{ "event", "EVENT", OUT_TEXT },
	{ "request", "REQUEST", OUT_TEXT },
	{ "text", "WHAT", OUT_TEXT },
	{ 0 }
};

static void add_request(struct json_object *row, const struct scene *s, size_t i)
{
	const struct scene_request *r = &s->requests[s->request[i]];
	char tag[64];

	snprintf(tag, sizeof(tag), "%d:%d#%" PRIu64, r->server, r->chid, r->serial);
	out_string(row, "request", tag);
	out_int(row, "client_tid", r->client == SCENE_NOBODY ? 0 : s->threads[r->client].tid);
}

static struct json_object *row_of(const struct report *r, size_t i)
{
	const struct scene *s = r->scene;
	const struct trace_event *e = &s->trace->events[i];
	struct json_object *row = json_object_new_object();
	const struct scene_thread *t = s->actor[i] == SCENE_NOBODY ? NULL :
				       &s->threads[s->actor[i]];
	char text[SCENE_TEXT];

	out_int(row, "time_ns", report_time(r, i));
	out_int(row, "pid", t ? t->pid : 0);
	out_int(row, "tid", t ? t->tid : 0);
	out_string(row, "command", t ? t->name : "");
	out_string(row, "event", scene_word(s, i));
	if (s->request[i] != SCENE_NONE)
		add_request(row, s, i);
	out_int(row, "server_pid", e->server);
	out_int(row, "chid", e->chid);
	out_string(row, "from", e->from);
	out_string(row, "to", e->to);
	out_string(row, "text", scene_text(text, s, i));
	return row;
}

static void report_text(const struct report *r)
{
	struct json_object *rows = json_object_new_array();

	for (size_t i = 0; i < r->scene->trace->nevents; i++)
		if (r->shown[i])
			json_object_array_add(rows, row_of(r, i));
	out_table(rows, columns);
}

/* ---- */

static void warn(const struct report *r)
{
	const struct trace *t = r->scene->trace;

	if (t->lost)
		fprintf(stderr, "qmsg: %" PRIu64 " events were lost while recording: what is shown has gaps\n",
			t->lost);
	if (!t->complete)
		fputs("qmsg: the recording has no end: who wrote it was stopped, or is at it\n", stderr);
	if (r->left_out)
		fprintf(stderr, "qmsg: %zu more events are left out: --limit, --from, --to and --pid choose others\n",
			r->left_out);
}

static void draw(struct report *r, const struct wanted *w)
{
	r->out = w->output ? fopen(w->output, "we") : stdout;
	if (!r->out)
		die(QMSG_ERROR, "%s: %s", w->output, strerror(errno));
	w->draw(r);
	if (w->output && (fflush(r->out) || ferror(r->out) || fclose(r->out)))
		die(QMSG_ERROR, "%s: %s", w->output, strerror(errno));
}

int cmd_report(int argc, char **argv)
{
	struct wanted w = { .to = INT64_MAX, .limit = -1 };
	struct trace trace;
	struct scene scene;
	struct report r = { .scene = &scene };

	argv[0] = "qmsg report";
	argp_parse(&argp, argc, argv, 0, NULL, &w);
	if (w.output && !w.draw)
		die(QMSG_USAGE, "--output is for --svg and --perfetto");
	if (w.limit < 0)
		w.limit = w.draw == report_svg ? SVG_LIMIT : 0;
	trace_read(&trace, w.file ? w.file : TRACE_FILE);
	scene_make(&scene, &trace);
	choose(&r, &w);
	warn(&r);
	if (!r.nshown) {
		fputs("qmsg: there is no event to show\n", stderr);
		return QMSG_NOTHING;
	}
	if (w.draw)
		draw(&r, &w);
	else
		report_text(&r);
	free(r.shown);
	return QMSG_OK;
}
