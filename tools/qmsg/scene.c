// SPDX-License-Identifier: GPL-2.0-only
/* What a recording shows: one pass over its events. */

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "scene.h"
#include "tool.h"

/* ---- what is known by which numbers ---- */

enum table { BY_TID, BY_SERIAL, BY_RCVID, FIRST_PULSE, LAST_PULSE, BY_NAME, NR_TABLES };

struct known {
	uint64_t key[4];
	size_t value;
};

static void *tables[NR_TABLES];

static int by_key(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(((struct known *)NULL)->key));
}

/* The place of what belongs to the key; SCENE_NONE stands there the first time. */
static size_t *lookup(enum table table, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct known key = { .key = { a, b, c, d }, .value = SCENE_NONE }, **found;

	found = tsearch(&key, &tables[table], by_key);
	if (!found)
		die(QMSG_ERROR, "out of memory");
	if (*found == &key) {
		*found = malloc(sizeof(key));
		if (!*found)
			die(QMSG_ERROR, "out of memory");
		**found = key;
	}
	return &(*found)->value;
}

/* ---- threads ---- */

static void read_names(const struct trace *t)
{
	for (size_t i = 0; i < t->nthreads; i++)
		*lookup(BY_NAME, t->threads[i].tid, 0, 0, 0) = i;
}

static const struct trace_thread *told(const struct trace *t, int tid)
{
	size_t i = *lookup(BY_NAME, tid, 0, 0, 0);

	return i == SCENE_NONE ? NULL : &t->threads[i];
}

static size_t thread_new(struct scene *s, int tid, size_t event)
{
	const struct trace_event *e = &s->trace->events[event];
	const struct trace_thread *is = told(s->trace, tid);
	struct scene_thread t = { .tid = tid, .first = event, .name = "", .process = "" };

	if (is)
		t = (struct scene_thread) { tid, is->pid, is->name, "", false, false, event };
	else if (e->tid == tid)
		t.name = e->name;
	ARRAY_ADD(s->threads, s->nthreads, t);
	return s->nthreads - 1;
}

/* @pid: of its process, 0 if that is not known here. */
static size_t thread_of(struct scene *s, int tid, int pid, size_t event)
{
	size_t *at = lookup(BY_TID, tid, 0, 0, 0);

	if (*at == SCENE_NONE)
		*at = thread_new(s, tid, event);
	if (pid)
		s->threads[*at].pid = pid;
	return *at;
}

static void name_processes(struct scene *s)
{
	for (size_t i = 0; i < s->nthreads; i++) {
		struct scene_thread *t = &s->threads[i];
		const struct trace_thread *is = told(s->trace, t->pid);

		t->process = is ? is->name : t->pid == t->tid ? t->name : "";
	}
}

/* ---- the states of a thread ---- */

/* A bar of each thread that is not ended yet; of those that are no request's. */
struct open {
	bool is;
	struct scene_bar bar;
};

static struct open *open_of(size_t thread, enum scene_state state)
{
	static struct {
		struct open *at;
		size_t n;
	} opens;

	while (opens.n <= 2 * thread + 1)
		ARRAY_ADD(opens.at, opens.n, (struct open) { 0 });
	return &opens.at[2 * thread + (state == SCENE_WORK)];
}

static void bar_add(struct scene *s, enum scene_state state, size_t thread, size_t from, size_t to,
		    size_t request)
{
	ARRAY_ADD(s->bars, s->nbars, ((struct scene_bar) { state, thread, from, to, request }));
}

static void bar_end(struct scene *s, enum scene_state state, size_t thread, size_t event)
{
	struct open *o = open_of(thread, state);

	if (!o->is)
		return;
	o->is = false;
	bar_add(s, state, thread, o->bar.from, event, o->bar.request);
}

static void bar_begin(struct scene *s, enum scene_state state, size_t thread, size_t event,
		      size_t request)
{
	bar_end(s, state, thread, event);
	*open_of(thread, state) = (struct open) { true, { state, thread, event, 0, request } };
}

/* It has something in hand now. */
static void begins_work(struct scene *s, size_t thread, size_t event, size_t request)
{
	s->threads[thread].receives = true;
	bar_end(s, SCENE_RECEIVE, thread, event);
	bar_begin(s, SCENE_WORK, thread, event, request);
}

static void ends_work_on(struct scene *s, size_t thread, size_t event, size_t request)
{
	struct open *o = open_of(thread, SCENE_WORK);

	if (o->is && o->bar.request == request)
		bar_end(s, SCENE_WORK, thread, event);
}

/* ---- requests ---- */

static size_t request_new(struct scene *s, const struct trace_event *e)
{
	const struct scene_request r = {
		.server = e->server, .chid = e->chid, .serial = e->serial,
		.client = SCENE_NOBODY, .receiver = SCENE_NOBODY, .answerer = SCENE_NOBODY,
		.sent = SCENE_BEFORE, .received = SCENE_BEFORE, .ended = SCENE_AFTER,
		.gone = SCENE_AFTER, .since = SCENE_BEFORE, .pulse = SCENE_NONE,
	};

	ARRAY_ADD(s->requests, s->nrequests, r);
	return s->nrequests - 1;
}

static size_t request_of(struct scene *s, const struct trace_event *e)
{
	size_t *at = lookup(BY_SERIAL, e->server, e->chid, e->serial, 0);

	if (*at == SCENE_NONE)
		*at = request_new(s, e);
	return *at;
}

/* What the client is in while its request is in @state; SCENE_NR_STATES if nothing of ours. */
static enum scene_state state_of(const char *state)
{
	static const struct { const char *name; enum scene_state state; } states[] = {
		{ "SEND", SCENE_SEND }, { "REPLY", SCENE_REPLY }, { "HELD", SCENE_REPLY },
		{ "ASKED", SCENE_ASKED }, { "DYING", SCENE_DYING },
	};

	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
		if (!strcmp(state, states[i].name))
			return states[i].state;
	return SCENE_NR_STATES;
}

static void on_send(struct scene *s, const struct trace_event *e, size_t i)
{
	size_t n = request_of(s, e);
	struct scene_request *r = &s->requests[n];

	r->client = thread_of(s, e->client, e->pid, i);
	s->threads[r->client].sends = true;
	r->sent = r->since = i;
	r->received = SCENE_AFTER;
	r->prio = e->prio;
	r->len = e->len;
	s->actor[i] = r->client;
	s->request[i] = n;
}

static void withdraw(struct scene *s, size_t pulse, size_t event);

static void has_ended(struct scene *s, struct scene_request *r, const struct trace_event *e, size_t i)
{
	r->ended = i;
	r->error = e->error;
	r->answer_len = e->len;
	r->answered = !strcmp(e->what, "answer");
	if (r->pulse != SCENE_NONE)
		withdraw(s, r->pulse, i);
	if (r->receiver != SCENE_NOBODY)
		ends_work_on(s, r->receiver, i, r - s->requests);
}

static void was_received(struct scene *s, size_t n, const struct trace_event *e, size_t i)
{
	struct scene_request *r = &s->requests[n];

	r->receiver = thread_of(s, e->tid, e->server, i);
	r->received = i;
	*lookup(BY_RCVID, e->server, e->rcvid, 0, 0) = n;
	s->actor[i] = r->receiver;
	begins_work(s, r->receiver, i, n);
}

static void was_answered(struct scene *s, size_t n, const struct trace_event *e, size_t i)
{
	struct scene_request *r = &s->requests[n];

	r->answerer = thread_of(s, e->tid, e->server, i);
	s->actor[i] = r->answerer;
}

static void changes_state(struct scene *s, size_t n, const struct trace_event *e, size_t i)
{
	struct scene_request *r = &s->requests[n];
	enum scene_state was = state_of(e->from);

	if (!strcmp(e->from, e->to))
		return;
	if (was != SCENE_NR_STATES)
		bar_add(s, was, r->client, r->since, i, n);
	r->since = i;
	if (!strcmp(e->to, "ORPHAN"))
		r->gone = i;
	if (!strcmp(e->to, "DONE"))
		has_ended(s, r, e, i);
}

static void on_state(struct scene *s, const struct trace_event *e, size_t i)
{
	size_t n = request_of(s, e);
	struct scene_request *r = &s->requests[n];

	if (r->client == SCENE_NOBODY) {
		r->client = thread_of(s, e->client, 0, i);
		s->threads[r->client].sends = true;
		if (e->rcvid)
			*lookup(BY_RCVID, e->server, e->rcvid, 0, 0) = n;
	}
	s->actor[i] = r->client;
	s->request[i] = n;
	if (!strcmp(e->what, "receive"))
		was_received(s, n, e, i);
	else if (!strcmp(e->what, "answer"))
		was_answered(s, n, e, i);
	changes_state(s, n, e, i);
}

/* ---- pulses: those that look the same are received in the order they were posted ---- */

static size_t *pulse_slot(enum table table, const struct trace_event *e)
{
	return lookup(table, (uint64_t)e->server << 32 | (uint32_t)e->chid, e->code, e->value,
		      *e->what);
}

static void withdraw(struct scene *s, size_t pulse, size_t event)
{
	struct scene_pulse *p = &s->pulses[pulse];

	if (p->received != SCENE_AFTER)
		return;
	p->withdrawn = event;
	*pulse_slot(FIRST_PULSE, &s->trace->events[p->posted]) = p->next;
}

/* In an interrupt nobody has posted it; the kernel's own pulses, only those who are in the scene. */
static size_t poster_of(struct scene *s, const struct trace_event *e, size_t i)
{
	if (!e->pid || !strcmp(e->what, "timer"))
		return SCENE_NOBODY;
	if (strcmp(e->what, "user") && *lookup(BY_TID, e->tid, 0, 0, 0) == SCENE_NONE)
		return SCENE_NOBODY;
	return thread_of(s, e->tid, e->pid, i);
}

static void on_pulse_post(struct scene *s, const struct trace_event *e, size_t i)
{
	size_t *first = pulse_slot(FIRST_PULSE, e), *last = pulse_slot(LAST_PULSE, e), request;
	const struct scene_pulse p = {
		.server = e->server, .chid = e->chid, .code = e->code, .prio = e->prio,
		.value = e->value, .origin = e->what,
		.poster = poster_of(s, e, i), .receiver = SCENE_NOBODY,
		.posted = i, .received = SCENE_AFTER, .withdrawn = SCENE_AFTER, .next = SCENE_NONE,
	};

	s->actor[i] = p.poster;
	s->pulse[i] = s->npulses;
	if (*first == SCENE_NONE)
		*first = s->npulses;
	else
		s->pulses[*last].next = s->npulses;
	*last = s->npulses;
	request = strcmp(e->what, "unblock") ? SCENE_NONE :
		  *lookup(BY_RCVID, e->server, e->value, 0, 0);
	if (request != SCENE_NONE) {
		s->requests[request].pulse = s->npulses;
		s->request[i] = request;
	}
	ARRAY_ADD(s->pulses, s->npulses, p);
}

static void on_pulse_receive(struct scene *s, const struct trace_event *e, size_t i)
{
	size_t *first = pulse_slot(FIRST_PULSE, e), thread = thread_of(s, e->tid, e->server, i);

	s->actor[i] = thread;
	begins_work(s, thread, i, SCENE_NONE);
	if (*first == SCENE_NONE)
		return;
	s->pulse[i] = *first;
	s->pulses[*first].receiver = thread;
	s->pulses[*first].received = i;
	*first = s->pulses[*first].next;
}

/* ---- the rest ---- */

static void on_receive_block(struct scene *s, const struct trace_event *e, size_t i)
{
	size_t thread = thread_of(s, e->tid, e->server, i);

	s->actor[i] = thread;
	s->threads[thread].receives = true;
	bar_end(s, SCENE_WORK, thread, i);
	bar_begin(s, SCENE_RECEIVE, thread, i, SCENE_NONE);
}

static void on_receive_end(struct scene *s, const struct trace_event *e, size_t i)
{
	size_t thread = thread_of(s, e->tid, e->server, i);

	s->actor[i] = thread;
	s->threads[thread].receives = true;
	if (!open_of(thread, SCENE_RECEIVE)->is)
		bar_begin(s, SCENE_RECEIVE, thread, SCENE_BEFORE, SCENE_NONE);
	bar_end(s, SCENE_RECEIVE, thread, i);
}

static void on_event(struct scene *s, size_t i)
{
	const struct trace_event *e = &s->trace->events[i];

	s->actor[i] = SCENE_NOBODY;
	s->request[i] = s->pulse[i] = SCENE_NONE;
	switch (e->kind) {
	case TRACE_SEND:
		return on_send(s, e, i);
	case TRACE_STATE:
		return on_state(s, e, i);
	case TRACE_PULSE_POST:
		return on_pulse_post(s, e, i);
	case TRACE_PULSE_RECEIVE:
		return on_pulse_receive(s, e, i);
	case TRACE_RECEIVE_BLOCK:
		return on_receive_block(s, e, i);
	case TRACE_RECEIVE_END:
		return on_receive_end(s, e, i);
	case TRACE_ANSWER_LATE:
		s->actor[i] = thread_of(s, e->tid, e->server, i);
		return;
	case TRACE_PRIORITY:
		s->actor[i] = thread_of(s, e->client, e->pid, i);
		return;
	}
}

/* What has not ended is in the state that the last event of it has led to. */
static void last_states(struct scene *s)
{
	static const enum scene_state states[] = { SCENE_RECEIVE, SCENE_WORK };

	for (size_t i = 0; i < s->trace->nevents; i++) {
		const struct trace_event *e = &s->trace->events[i];
		enum scene_state state = e->kind == TRACE_SEND ? SCENE_SEND : state_of(e->to);
		size_t n = s->request[i];

		if (n != SCENE_NONE && s->requests[n].since == i && state != SCENE_NR_STATES)
			bar_add(s, state, s->requests[n].client, i, SCENE_AFTER, n);
	}
	for (size_t t = 0; t < s->nthreads; t++)
		for (size_t k = 0; k < 2; k++)
			bar_end(s, states[k], t, SCENE_AFTER);
}

size_t scene_thread_of_process(const struct scene *s, int pid)
{
	for (size_t t = 0; t < s->nthreads; t++)
		if (s->threads[t].pid == pid)
			return t;
	return SCENE_NOBODY;
}

static void server_new(struct scene *s, int pid, size_t event)
{
	size_t thread = thread_of(s, pid, pid, event);

	s->threads[thread].receives = true;
}

/* A server that has done nothing is there as well, for what was sent to it to have an end. */
static void add_silent_servers(struct scene *s)
{
	for (size_t i = 0; i < s->nrequests; i++) {
		struct scene_request *r = &s->requests[i];
		size_t event = r->sent == SCENE_BEFORE ? 0 : r->sent;

		if (r->receiver == SCENE_NOBODY &&
		    scene_thread_of_process(s, r->server) == SCENE_NOBODY)
			server_new(s, r->server, event);
	}
}

void scene_make(struct scene *s, const struct trace *trace)
{
	size_t n = trace->nevents;

	*s = (struct scene) { .trace = trace };
	s->actor = calloc(n + 1, sizeof(size_t));
	s->request = calloc(n + 1, sizeof(size_t));
	s->pulse = calloc(n + 1, sizeof(size_t));
	if (!s->actor || !s->request || !s->pulse)
		die(QMSG_ERROR, "out of memory");
	read_names(trace);
	for (size_t i = 0; i < n; i++)
		on_event(s, i);
	last_states(s);
	add_silent_servers(s);
	name_processes(s);
}
