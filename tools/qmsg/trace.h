/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A recording, read: what has happened, in order of time.
 *
 * DOC: The lines are those of tracefs' "trace", as "trace-cmd report" prints them too: NAME-TID [CPU] ...
 * SECONDS: EVENT: KEY=VALUE... Those of other events are passed over. Comments tell the rest:
 * which threads there were, what was lost, and whether the recording has its end.
 */
#ifndef QMSG_TRACE_FILE_H
#define QMSG_TRACE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRACE_FILE	"qmsg.trace"
#define TRACE_MAGIC	"# qmsg recording 1"

enum trace_kind {
	TRACE_SEND,		/* SEND-blocked from here on */
	TRACE_STATE,		/* a request: event, from, to */
	TRACE_PULSE_POST,
	TRACE_PULSE_RECEIVE,
	TRACE_RECEIVE_BLOCK,
	TRACE_RECEIVE_END,
	TRACE_ANSWER_LATE,
	TRACE_PRIORITY,
};

/* What is 0 or "" has not been told. */
struct trace_event {
	enum trace_kind kind;
	int64_t time;			/* ns */
	size_t line;			/* where it stood */
	int cpu, tid;			/* of who did it */
	char name[16];			/* likewise */
	int pid;			/* the process of that thread, or of @client */
	int client, server, chid;	/* client: a thread; server: a process */
	int coid, code, scoid, error, prio, from_prio;
	unsigned int reasons;
	uint64_t serial, rcvid, value, len;
	char what[16];			/* of a state: its event; of a pulse: its origin */
	char from[8], to[8];
};

struct trace_thread {
	int tid, pid;
	char *name;
};

struct trace {
	struct trace_event *events;
	struct trace_thread *threads;
	size_t nevents, nthreads;
	char *command, *kernel;		/* "" if not told */
	uint64_t lost;
	bool complete;			/* it has its end */
};

void trace_read(struct trace *t, const char *path);

#endif /* QMSG_TRACE_FILE_H */
