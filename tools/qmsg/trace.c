// SPDX-License-Identifier: GPL-2.0-only
/* A recording, read. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "tool.h"
#include "trace.h"

static const char * const kinds[] = {
	[TRACE_SEND]		= "qmsg_send",
	[TRACE_STATE]		= "qmsg_state",
	[TRACE_PULSE_POST]	= "qmsg_pulse_post",
	[TRACE_PULSE_RECEIVE]	= "qmsg_pulse_receive",
	[TRACE_RECEIVE_BLOCK]	= "qmsg_receive_block",
	[TRACE_RECEIVE_END]	= "qmsg_receive_end",
	[TRACE_ANSWER_LATE]	= "qmsg_answer_late",
	[TRACE_PRIORITY]	= "qmsg_priority",
};

#define NR_KINDS	(sizeof(kinds) / sizeof(*kinds))

static void put_number(struct trace_event *e, const char *key, const char *text)
{
	const struct { const char *key; int *to; } ints[] = {
		{ "server", &e->server }, { "chid", &e->chid }, { "coid", &e->coid },
		{ "code", &e->code }, { "scoid", &e->scoid }, { "error", &e->error },
		{ "prio", &e->prio }, { "pid", &e->pid },
	};
	const struct { const char *key; uint64_t *to; } words[] = {
		{ "serial", &e->serial }, { "rcvid", &e->rcvid }, { "value", &e->value },
		{ "len", &e->len },
	};

	for (size_t i = 0; i < sizeof(ints) / sizeof(*ints); i++)
		if (!strcmp(key, ints[i].key))
			*ints[i].to = strtoll(text, NULL, 0);
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(key, words[i].key))
			*words[i].to = strtoull(text, NULL, 0);
}

/* PID/TID, or TID alone. */
static void put_client(struct trace_event *e, const char *text)
{
	if (sscanf(text, "%d/%d", &e->pid, &e->client) != 2)
		e->client = atoi(text);
}

static void put_field(struct trace_event *e, const char *key, const char *text)
{
	if (!strcmp(key, "client") || !strcmp(key, "thread"))
		put_client(e, text);
	else if (!strcmp(key, "event") || !strcmp(key, "origin"))
		snprintf(e->what, sizeof(e->what), "%s", text);
	else if (!strcmp(key, "reasons"))
		e->reasons = strtoul(text, NULL, 0);
	else if (e->kind == TRACE_PRIORITY && !strcmp(key, "from"))
		e->from_prio = atoi(text);
	else if (e->kind == TRACE_PRIORITY && !strcmp(key, "to"))
		e->prio = atoi(text);
	else if (!strcmp(key, "from"))
		snprintf(e->from, sizeof(e->from), "%s", text);
	else if (!strcmp(key, "to"))
		snprintf(e->to, sizeof(e->to), "%s", text);
	else
		put_number(e, key, text);
}

static void put_fields(struct trace_event *e, char *text)
{
	char *word, *next = text, *is;

	while ((word = strsep(&next, " \t\n"))) {
		is = strchr(word, '=');
		if (!is)
			continue;
		*is = 0;
		put_field(e, word, is + 1);
	}
}

/* SECONDS.FRACTION: as nanoseconds. */
static bool get_time(const char *word, int64_t *time)
{
	uint64_t seconds, fraction;
	int before, after;

	if (sscanf(word, "%" SCNu64 ".%n%" SCNu64 "%n", &seconds, &before, &fraction, &after) != 2 ||
	    strcmp(word + after, ":"))
		return false;
	for (int digits = after - before; digits < 9; digits++)
		fraction *= 10;
	*time = seconds * 1000000000 + fraction;
	return true;
}

/* The thread's name may have spaces: what is looked for is -TID [CPU]. */
static char *get_thread(char *line, struct trace_event *e)
{
	int n = 0;

	line += strspn(line, " \t");
	for (char *dash = strchr(line, '-'); dash; dash = strchr(dash + 1, '-')) {
		if (sscanf(dash, "-%d [%d]%n", &e->tid, &e->cpu, &n) != 2 || !n)
			continue;
		snprintf(e->name, sizeof(e->name), "%.*s", (int)(dash - line), line);
		return dash + n;
	}
	return NULL;
}

static bool get_event(char *line, struct trace_event *e)
{
	char *next = get_thread(line, e), *word;
	size_t kind;

	do {
		word = next ? strsep(&next, " \t") : NULL;
		if (!word)
			return false;
	} while (!get_time(word, &e->time));
	do
		word = strsep(&next, " \t");
	while (word && !*word);
	for (kind = 0; word && kind < NR_KINDS; kind++)
		if (!strncmp(word, kinds[kind], strlen(kinds[kind])) &&
		    !strcmp(word + strlen(kinds[kind]), ":"))
			break;
	if (!word || !next || kind == NR_KINDS)
		return false;
	e->kind = kind;
	put_fields(e, next);
	return true;
}

static void add_event(struct trace *t, char *line)
{
	struct trace_event e = { 0 };

	if (!get_event(line, &e))
		return;
	e.line = t->nevents;
	ARRAY_ADD(t->events, t->nevents, e);
}

static void add_thread(struct trace *t, const char *text)
{
	struct trace_thread thread;
	int n = 0;

	if (sscanf(text, "%d %d %n", &thread.pid, &thread.tid, &n) < 2)
		return;
	thread.name = strdup(text + n);
	ARRAY_ADD(t->threads, t->nthreads, thread);
}

static void add_comment(struct trace *t, char *line)
{
	line[strcspn(line, "\n")] = 0;
	if (!strncmp(line, "# command: ", 11))
		t->command = strdup(line + 11);
	else if (!strncmp(line, "# kernel: ", 10))
		t->kernel = strdup(line + 10);
	else if (!strncmp(line, "# thread: ", 10))
		add_thread(t, line + 10);
	else if (!strncmp(line, "# lost: ", 8))
		t->lost = strtoull(line + 8, NULL, 10);
	else if (!strcmp(line, "# end"))
		t->complete = true;
}

/* Those of one CPU are in order in the file, and stay so where the clock did not move. */
static int by_time(const void *pa, const void *pb)
{
	const struct trace_event *a = pa, *b = pb;

	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	return a->line < b->line ? -1 : 1;
}

void trace_read(struct trace *t, const char *path)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "re") : stdin;
	size_t size = 0;
	char *line = NULL;

	if (!f)
		die(QMSG_ERROR, "%s: %s", path, strerror(errno));
	*t = (struct trace) { .command = "", .kernel = "" };
	while (getline(&line, &size, f) > 0) {
		if (*line == '#')
			add_comment(t, line);
		else
			add_event(t, line);
	}
	if (ferror(f))
		die(QMSG_ERROR, "%s: %s", path, strerror(errno));
	free(line);
	if (f != stdin)
		fclose(f);
	if (t->nevents)
		qsort(t->events, t->nevents, sizeof(*t->events), by_time);
}
