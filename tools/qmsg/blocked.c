// SPDX-License-Identifier: GPL-2.0-only
/* qmsg blocked: the chain of who waits for whom, from one process on. */

#include <stdio.h>
#include <stdlib.h>

#include "model.h"
#include "out.h"
#include "tool.h"
#include "wait.h"

struct chain {
	const struct model *m;
	const bool *stuck;
	bool *above;			/* requests on the way to here */
	struct json_object *to;		/* where the next goes */
};

static struct json_object *link_of(struct chain *c, int tid);

static void add_link(int tid, void *arg)
{
	struct chain *c = arg;

	json_object_array_add(c->to, link_of(c, tid));
}

/* One that is not blocked by a message of its own: it receives, or works, or sleeps elsewhere. */
static void end_link(const struct chain *c, struct json_object *link, int tid)
{
	const struct receiver *r = model_receiver(c->m, tid);

	out_int(link, "pid", r ? r->pid : 0);
	out_int(link, "tid", tid);
	out_string(link, "command", command_of(tid));
	out_string(link, "state", r ? activity_name(r->activity) : "busy");
	out_int(link, "age_ms", r ? r->age_ms : 0);
}

static void client_link(const struct chain *c, struct json_object *link, const struct request *r)
{
	out_int(link, "pid", r->pid);
	out_int(link, "tid", r->tid);
	out_string(link, "command", command_of(r->tid));
	out_string(link, "state", state_name(r->state));
	out_int(link, "age_ms", r->age_ms);
	out_int(link, "server_pid", r->server_pid);
	out_int(link, "chid", r->chid);
	out_string(link, "server", command_of(r->server_pid));
	out_string(link, "name", model_name(c->m, r->server_pid, r->chid));
	json_object_object_add(link, "cycle",
			       json_object_new_boolean(wait_cycle(c->m, c->stuck, r)));
}

static struct json_object *request_link(struct chain *c, const struct request *r)
{
	struct json_object *link = json_object_new_object(), *outer = c->to;
	bool *above = &c->above[r - c->m->requests];

	client_link(c, link, r);
	json_object_object_add(link, "repeats", json_object_new_boolean(*above));
	if (*above)
		return link;
	*above = true;
	c->to = json_object_new_array();
	json_object_object_add(link, "waits_for", c->to);
	wait_each(c->m, r, add_link, c);
	c->to = outer;
	*above = false;
	return link;
}

static struct json_object *link_of(struct chain *c, int tid)
{
	const struct request *r = model_request_of(c->m, tid);
	struct json_object *link;

	if (r)
		return request_link(c, r);
	link = json_object_new_object();
	end_link(c, link, tid);
	return link;
}

static void text_link(struct json_object *link, int depth)
{
	struct json_object *next = json_object_object_get(link, "waits_for");
	const char *state = out_get_string(link, "state");
	const char *name = out_get_string(link, "name");
	bool cycle = out_get_int(link, "cycle");
	char age[OUT_AGE_SIZE];

	printf("%*s%s%s (%lld/%lld) %s", 2 * depth, "", cycle ? out_red() : "",
	       out_get_string(link, "command"), (long long)out_get_int(link, "pid"),
	       (long long)out_get_int(link, "tid"), state);
	if (out_get_int(link, "server_pid"))
		printf("-blocked %s on %s (%lld) channel %lld%s%s",
		       out_age(age, out_get_int(link, "age_ms")), out_get_string(link, "server"),
		       (long long)out_get_int(link, "server_pid"),
		       (long long)out_get_int(link, "chid"), *name ? " " : "", name);
	printf("%s%s\n", out_get_int(link, "repeats") ? " [cycle]" : "", cycle ? out_plain() : "");
	for (size_t i = 0; next && i < json_object_array_length(next); i++)
		text_link(json_object_array_get_idx(next, i), depth + 1);
}

static struct json_object *chains(struct chain *c, int pid, bool *cycle)
{
	struct json_object *list = json_object_new_array(), *link;

	for (size_t i = 0; i < c->m->nrequests; i++) {
		const struct request *r = &c->m->requests[i];

		if ((pid && r->pid != pid && r->tid != pid) || r->state == QMSG_NL_STATE_ORPHAN)
			continue;
		link = request_link(c, r);
		*cycle |= out_get_int(link, "cycle");
		json_object_array_add(list, link);
	}
	return list;
}

int cmd_blocked(int argc, char **argv)
{
	int pid = argc > 1 ? number_arg(argv[1], 1, 1 << 30) : 0;
	struct json_object *list;
	struct chain c = { 0 };
	bool cycle = false;
	struct model m;
	size_t n;

	model_read(&m);
	c.m = &m;
	c.stuck = wait_stuck(&m);
	c.above = calloc(m.nrequests + 1, 1);
	if (!c.above)
		die(QMSG_ERROR, "out of memory");
	list = chains(&c, pid, &cycle);
	n = json_object_array_length(list);
	if (options.json) {
		out_json(list);
		return cycle ? QMSG_CYCLE : n ? QMSG_OK : QMSG_NOTHING;
	}
	for (size_t i = 0; i < n; i++)
		text_link(json_object_array_get_idx(list, i), 0);
	json_object_put(list);
	if (cycle)
		printf("%scycle%s: they wait for each other\n", out_red(), out_plain());
	return cycle ? QMSG_CYCLE : n ? QMSG_OK : QMSG_NOTHING;
}
