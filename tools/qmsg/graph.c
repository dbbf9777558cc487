// SPDX-License-Identifier: GPL-2.0-only
/* qmsg graph: who waits for whom, in the language of dot(1), or as dot draws it. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "model.h"
#include "out.h"
#include "tool.h"
#include "wait.h"

#define NOT_FOUND	127	/* the shell's */

struct edge {
	const struct request *r;
	bool cycle;
};

static FILE *out;

/* A label is in double quotes: a command's name may have some. */
static void quoted(const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
}

static void node(int pid, int tid, const char *state)
{
	fprintf(out, "\tt%d [label=\"", tid);
	quoted(command_of(tid));
	fprintf(out, "\\n%d/%d\\n%s\"];\n", pid, tid, state);
}

static void print_edge(int tid, void *arg)
{
	const struct edge *e = arg;
	char age[OUT_AGE_SIZE];

	fprintf(out, "\tt%d -> t%d [label=\" %s %s \"%s%s];\n", e->r->tid, tid, state_name(e->r->state),
	       out_age(age, e->r->age_ms), e->r->state == QMSG_NL_STATE_SEND ? ", style=dashed" : "",
	       e->cycle ? ", color=red, fontcolor=red, penwidth=2" : "");
}

static void nodes(const struct model *m)
{
	for (size_t i = 0; i < m->nreceivers; i++)
		if (!model_request_of(m, m->receivers[i].tid))
			node(m->receivers[i].pid, m->receivers[i].tid,
			     activity_name(m->receivers[i].activity));
	for (size_t i = 0; i < m->nrequests; i++)
		if (m->requests[i].state != QMSG_NL_STATE_ORPHAN)
			node(m->requests[i].pid, m->requests[i].tid,
			     state_name(m->requests[i].state));
}

static void graph(const struct model *m, const bool *stuck)
{
	fputs("digraph qmsg {\n\tgraph [nodesep=0.6, ranksep=0.7];\n\tnode [shape=box, fontname=\"sans-serif\"];\n"
	      "\tedge [fontname=\"sans-serif\", fontsize=10];\n", out);
	nodes(m);
	for (size_t i = 0; i < m->nrequests; i++) {
		struct edge e = { .r = &m->requests[i] };

		if (e.r->state == QMSG_NL_STATE_ORPHAN)
			continue;
		e.cycle = wait_cycle(m, stuck, e.r);
		wait_each(m, e.r, print_edge, &e);
	}
	fputs("}\n", out);
}

/* It writes where we would. */
static FILE *start_dot(void)
{
	FILE *dot;

	signal(SIGPIPE, SIG_IGN);	/* it may not be there */
	dot = popen("exec dot -Tsvg 2>/dev/null", "we");
	if (!dot)
		die(QMSG_ERROR, "cannot run dot");
	return dot;
}

static void end_dot(void)
{
	int status = pclose(out);

	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND)
		die(QMSG_ERROR, "there is no dot(1), which draws it: it is in the package graphviz");
	if (status)
		die(QMSG_ERROR, "dot(1) has failed");
}

int cmd_graph(int argc, char **argv)
{
	bool svg = argc > 1;
	struct model m;
	bool *stuck;

	if (options.json)
		die(QMSG_USAGE, "graph has no JSON; blocked --json has the same");
	if (svg && strcmp(argv[1], "--svg"))
		die(QMSG_USAGE, "graph has one option, --svg");
	model_read(&m);
	stuck = wait_stuck(&m);
	out = svg ? start_dot() : stdout;
	graph(&m, stuck);
	if (svg)
		end_dot();
	free(stuck);
	return QMSG_OK;
}
