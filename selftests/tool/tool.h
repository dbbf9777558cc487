/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Running the tool, making what it prints comparable, and what most of its tests look at.
 */
#ifndef TOOL_H
#define TOOL_H

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "qmsg_test.h"

#define TOOL_OUTPUT	65536

struct tool_run {
	int status;			/* exit status; 128 + the signal */
	char text[TOOL_OUTPUT];		/* stdout, normalized */
	char raw[TOOL_OUTPUT];
};

/*
 * Every age becomes AGE, every run of blanks one blank, blanks at the ends of lines go: what is
 * left depends on nothing but what there is.
 */
static inline void normalize(char *to, const char *from)
{
	char *start = to;
	int n;

	while (*from) {
		n = 0;
		if (!sscanf(from, "%*[0-9].%*3[0-9] s%n", &n) && n &&
		    (to == start || !isdigit(to[-1]))) {
			to += sprintf(to, "AGE");
			from += n;
		} else if (!strncmp(from, "\"age_ms\":", 9)) {
			to += sprintf(to, "\"age_ms\":AGE");
			from += 9 + strspn(from + 9, "0123456789");
		} else if (*from == ' ' || *from == '\n') {
			n = strspn(from, " \n");
			if (to != start)
				*to++ = memchr(from, '\n', n) ? '\n' : ' ';
			from += n;
		} else {
			*to++ = *from++;
		}
	}
	while (to > start && isspace(to[-1]))
		to--;
	*to = 0;
}

static inline struct tool_run *tool(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* Until it is called again. As root if nothing else is in the command line. */
static inline struct tool_run *tool(const char *format, ...)
{
	static struct tool_run run;
	char command[512];
	va_list args;
	size_t n;
	FILE *f;
	int status;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	f = popen(command, "re");
	n = f ? fread(run.raw, 1, sizeof(run.raw) - 1, f) : 0;
	run.raw[n] = 0;
	status = f ? pclose(f) : -1;
	run.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	normalize(run.text, run.raw);
	return &run;
}

/* For comparing: what a test expects, from a format. Until it is called again. */
static inline const char *text(const char *format, ...) __attribute__((format(printf, 1, 2)));

static inline const char *text(const char *format, ...)
{
	static char buf[TOOL_OUTPUT];
	va_list args;

	va_start(args, format);
	vsnprintf(buf, sizeof(buf), format, args);
	va_end(args);
	return buf;
}

/* In the first thread of @p: receives what is there now. */
struct receive_call {
	int q, chid;
	char buf[64];
};

static inline int64_t do_receive(void *arg)
{
	struct receive_call *call = arg;

	return receive_now(call->q, call->chid, call->buf, sizeof(call->buf), NULL);
}

static inline int64_t receives(struct peer *p, int chid)
{
	struct receive_call *call = shared_alloc(sizeof(*call));

	call->q = p->q;
	call->chid = chid;
	return peer_call(p, do_receive, call);
}

/* A server with a channel, 1, that has UNBLOCK, and a client with a thread that sends to it. */
static inline int two_start(struct peer **server, struct peer **client, struct client **c)
{
	int err;

	*server = peer_fork();
	*client = peer_fork();
	if (peer_open(*server) < 0 || peer_open(*client) < 0 ||
	    peer_channel_grace(*server, QMSG_CHF_UNBLOCK, 1) != 1)
		return -EIO;
	err = peer_handle(*client, SIGUSR1, 0);
	*c = err ? NULL : client_connect(*client, (*server)->pid, 1);
	return *c ? 0 : -EIO;
}

/* What they leave behind, or 0. */
static inline int two_end(struct peer *server, struct peer *client)
{
	peer_kill(server, SIGKILL);
	peer_kill(client, SIGKILL);
	peer_reap(server, NULL);
	peer_reap(client, NULL);
	return wait_for_no_objects();
}

#endif
