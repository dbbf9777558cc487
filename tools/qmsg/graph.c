// SPDX-License-Identifier: GPL-2.0-only
/* qmsg graph: who waits for whom, in the language of dot(1). */

#include <stdio.h>
#include <stdlib.h>

#include "model.h"
#include "out.h"
#include "tool.h"
#include "wait.h"

struct edge {
	const struct request *r;
	bool cycle;
};

/* A label is in double quotes: a command's name may have some. */
static void quoted(const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
}

static void node(int pid, int tid, const char *state)
{
	printf("\tt%d [label=\"", tid);
	quoted(command_of(tid));
	printf("\\n%d/%d\\n%s\"];\n", pid, tid, state);
}

static void print_edge(int tid, void *arg)
{
	const struct edge *e = arg;
	char age[OUT_AGE_SIZE];

	printf("\tt%d -> t%d [label=\"%s %s\"%s%s];\n", e->r->tid, tid, state_name(e->r->state),
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

int cmd_graph(int argc, char **argv)
{
	struct model m;
	bool *stuck;

	(void)argc, (void)argv;
	if (options.json)
		die(QMSG_USAGE, "graph has no JSON; blocked --json has the same");
	model_read(&m);
	stuck = wait_stuck(&m);
	puts("digraph qmsg {\n\tnode [shape=box, fontname=\"sans-serif\"];\n"
	     "\tedge [fontname=\"sans-serif\", fontsize=10];");
	nodes(&m);
	for (size_t i = 0; i < m.nrequests; i++) {
		struct edge e = { .r = &m.requests[i] };

		if (e.r->state == QMSG_NL_STATE_ORPHAN)
			continue;
		e.cycle = wait_cycle(&m, stuck, e.r);
		wait_each(&m, e.r, print_edge, &e);
	}
	puts("}");
	free(stuck);
	return QMSG_OK;
}
