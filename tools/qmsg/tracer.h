/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's tracepoints of qmsg, in a trace instance of our own: other people's tracing is
 * not disturbed, nor ours by theirs.
 *
 * DOC: One at a time. Whatever fails ends the program with an error, and at every end of the
 * program the instance is taken away. What a program that was killed has left behind, the next
 * one takes away.
 */
#ifndef QMSG_TRACER_H
#define QMSG_TRACER_H

#include <stdint.h>

struct tracer_event {
	uint64_t time;		/* ns, CLOCK_MONOTONIC */
	int cpu, tid;
	const char *name;	/* qmsg_send */
	const char *fields;	/* client=1/1 server=2 ... */
};

void tracer_open(unsigned int buffer_kib);	/* for each CPU */
void tracer_start(void);
void tracer_stop(void);
/* What there is now, those of one CPU in order. */
void tracer_read(void (*fn)(const struct tracer_event *event, void *arg), void *arg);
uint64_t tracer_lost(void);			/* events that there was no room for */
/* Its name, as the scheduler last saw it; "" if it is not known. */
const char *tracer_command_of(int tid);
void tracer_close(void);

#endif /* QMSG_TRACER_H */
