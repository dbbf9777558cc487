/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a recording shows: threads, the states that they were in, and what went from one to
 * another. What it is drawn as is not known here.
 *
 * DOC: Moments are numbers of events; SCENE_BEFORE and SCENE_AFTER are those outside of the
 * recording, where a state began before it or had not ended.
 */
#ifndef QMSG_SCENE_H
#define QMSG_SCENE_H

#include "trace.h"

#define SCENE_BEFORE	((size_t)-2)
#define SCENE_AFTER	((size_t)-1)
#define SCENE_NOBODY	((size_t)-1)	/* for a thread */
#define SCENE_NONE	((size_t)-1)	/* for a request */

struct scene_thread {
	int tid, pid;
	const char *name, *process;	/* "" if not known */
	bool sends, receives;
	size_t first;			/* the event that it first is in */
};

enum scene_state {
	SCENE_SEND,		/* SEND-blocked */
	SCENE_REPLY,		/* REPLY-blocked */
	SCENE_ASKED,		/* REPLY-blocked, and wants to leave */
	SCENE_DYING,		/* likewise, being killed */
	SCENE_RECEIVE,		/* RECEIVE-blocked */
	SCENE_WORK,		/* has received something, and has not answered nor received again */
	SCENE_NR_STATES,
};

struct scene_bar {
	enum scene_state state;
	size_t thread, from, to;
	size_t request;			/* or SCENE_NONE */
};

struct scene_request {
	int server, chid;
	uint64_t serial, rcvid;
	size_t client, receiver, answerer;	/* threads, or SCENE_NOBODY */
	size_t sent, received, ended;
	size_t gone;				/* the client has left an orphan */
	bool answered;				/* that was its end */
	int prio, error;
	uint64_t len, answer_len;
	size_t since;				/* in the state that the last event has led to */
	size_t pulse;				/* that asks to let it go, or SCENE_NONE */
};

/* Neither received nor withdrawn: it was still on its way. */
struct scene_pulse {
	int server, chid, code, prio;
	uint64_t value;
	const char *origin;
	size_t poster, receiver;		/* threads, or SCENE_NOBODY */
	size_t posted, received, withdrawn;
	size_t next;				/* after it, of those that look the same */
};

struct scene {
	const struct trace *trace;
	struct scene_thread *threads;
	struct scene_bar *bars;
	struct scene_request *requests;
	struct scene_pulse *pulses;
	size_t nthreads, nbars, nrequests, npulses;
	/* For each event, who does it or whom it happens to, and what it is about; or none. */
	size_t *actor, *request, *pulse;
};

/* The first of its threads that the recording knows; there is one for each server. */
size_t scene_thread_of_process(const struct scene *s, int pid);
void scene_make(struct scene *s, const struct trace *trace);
const char *scene_state_name(enum scene_state state);
const char *scene_error(int error);				/* "EINTR" */
const char *scene_word(const struct scene *s, size_t event);	/* "send", "receive", "signal" ... */

/* Texts of the caller's. */
#define SCENE_TEXT	256
/* "server 811/812", with what is known of it. */
const char *scene_thread_text(char *buf, const struct scene *s, size_t thread);
/* What the event is to a person, besides its word and who the actor is. */
const char *scene_text(char *buf, const struct scene *s, size_t event);

#endif /* QMSG_SCENE_H */
