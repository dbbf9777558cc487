// SPDX-License-Identifier: GPL-2.0-only
/* What a recording shows, in words. */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "scene.h"

const char *scene_state_name(enum scene_state state)
{
	static const char * const names[SCENE_NR_STATES] = {
		[SCENE_SEND]	= "SEND-blocked",
		[SCENE_REPLY]	= "REPLY-blocked",
		[SCENE_ASKED]	= "REPLY-blocked, wants to leave",
		[SCENE_DYING]	= "REPLY-blocked, being killed",
		[SCENE_RECEIVE]	= "RECEIVE-blocked",
		[SCENE_WORK]	= "works",
	};

	return names[state];
}

const char *scene_error(int error)
{
	static char number[16];
	const char *name = strerrorname_np(error);

	snprintf(number, sizeof(number), "error %d", error);
	return name ? name : number;
}

const char *scene_word(const struct scene *s, size_t event)
{
	const struct trace_event *e = &s->trace->events[event];
	static const char * const words[] = {
		[TRACE_SEND]		= "send",
		[TRACE_PULSE_POST]	= "pulse",
		[TRACE_PULSE_RECEIVE]	= "receive-pulse",
		[TRACE_RECEIVE_BLOCK]	= "receive-blocked",
		[TRACE_RECEIVE_END]	= "receive-end",
		[TRACE_ANSWER_LATE]	= "answer-late",
		[TRACE_PRIORITY]	= "priority",
	};

	return e->kind == TRACE_STATE ? e->what : words[e->kind];
}

const char *scene_thread_text(char *buf, const struct scene *s, size_t thread)
{
	const struct scene_thread *t;

	if (thread == SCENE_NOBODY)
		return strcpy(buf, "?");
	t = &s->threads[thread];
	snprintf(buf, SCENE_TEXT, "%s %d/%d", *t->name ? t->name : "?", t->pid, t->tid);
	return buf;
}

/* A channel: "channel 1 of server 811". */
static const char *channel_text(char *buf, const struct scene *s, int pid, int chid)
{
	const char *name = "";

	for (size_t i = 0; i < s->nthreads && !*name; i++)
		if (s->threads[i].pid == pid)
			name = s->threads[i].process;
	snprintf(buf, SCENE_TEXT, "channel %d of %s%s%d", chid, name, *name ? " " : "", pid);
	return buf;
}

static void answer_text(char *buf, const struct scene *s, const struct trace_event *e, size_t client)
{
	char who[SCENE_TEXT];

	scene_thread_text(who, s, client);
	if (strcmp(e->to, "DONE") || !strcmp(e->from, "DONE"))
		snprintf(buf, SCENE_TEXT, "too early or too late for %.100s", who);
	else if (!strcmp(e->from, "ORPHAN"))
		snprintf(buf, SCENE_TEXT, "%.100s has gone: ESRCH", who);
	else if (e->error)
		snprintf(buf, SCENE_TEXT, "to %.100s: %s", who, scene_error(e->error));
	else
		snprintf(buf, SCENE_TEXT, "to %.100s: %" PRIu64 " bytes", who, e->len);
}

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

/* What makes the client want to leave, or leave. */
static void leave_text(char *buf, const struct trace_event *e)
{
	if (!strcmp(e->to, "ORPHAN"))
		strcpy(buf, "has gone, the request is an orphan");
	else if (!strcmp(e->from, "DONE"))
		strcpy(buf, "changes nothing");
	else if (!strcmp(e->to, "DONE"))
		snprintf(buf, SCENE_TEXT, "%s ends: %s", e->from, e->error ? scene_error(e->error) :
			 "nobody waits for it");
	else if (strcmp(e->from, e->to) && strcmp(e->from, "ASKED"))
		strcpy(buf, "asks the server to let it go");
	else if (strcmp(e->from, "SEND") && strcmp(e->from, "ORPHAN"))
		snprintf(buf, SCENE_TEXT, "asks once more, after %s", reasons_text(e->reasons));
	else
		strcpy(buf, "changes nothing");
}

static void state_text(char *buf, const struct scene *s, const struct trace_event *e, size_t event)
{
	const struct scene_request *r = &s->requests[s->request[event]];
	char who[SCENE_TEXT];

	if (!strcmp(e->what, "receive"))
		snprintf(buf, SCENE_TEXT, "from %.100s", scene_thread_text(who, s, r->client));
	else if (!strcmp(e->what, "answer"))
		answer_text(buf, s, e, r->client);
	else
		leave_text(buf, e);
}

static void pulse_text(char *buf, const struct scene *s, const struct trace_event *e)
{
	char where[SCENE_TEXT];

	snprintf(buf, SCENE_TEXT, "%s, code %d value %#" PRIx64 " priority %d, %s %.100s", e->what,
		 e->code, e->value, e->prio, e->kind == TRACE_PULSE_POST ? "to" : "on",
		 channel_text(where, s, e->server, e->chid));
}

const char *scene_text(char *buf, const struct scene *s, size_t event)
{
	const struct trace_event *e = &s->trace->events[event];
	char where[SCENE_TEXT];

	channel_text(where, s, e->server, e->chid);
	switch (e->kind) {
	case TRACE_SEND:
		snprintf(buf, SCENE_TEXT, "to %.100s: %" PRIu64 " bytes, priority %d", where, e->len,
			 e->prio);
		break;
	case TRACE_STATE:
		state_text(buf, s, e, event);
		break;
	case TRACE_PULSE_POST:
	case TRACE_PULSE_RECEIVE:
		pulse_text(buf, s, e);
		break;
	case TRACE_RECEIVE_BLOCK:
		snprintf(buf, SCENE_TEXT, "on %.100s", where);
		break;
	case TRACE_RECEIVE_END:
		snprintf(buf, SCENE_TEXT, "%s", e->error ? scene_error(e->error) : "has something");
		break;
	case TRACE_ANSWER_LATE:
		snprintf(buf, SCENE_TEXT, "to %#" PRIx64 ", which is over: ESRCH", e->rcvid);
		break;
	case TRACE_PRIORITY:
		snprintf(buf, SCENE_TEXT, "%d to %d", e->from_prio, e->prio);
		break;
	}
	return buf;
}
