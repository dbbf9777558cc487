// SPDX-License-Identifier: GPL-2.0-only
/* qmsg ps, qmsg tree: who is blocked, on whom, for how long. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "out.h"
#include "tool.h"

static const struct out_column columns[] = {
	{ "pid", "PID", OUT_NUMBER },
	{ "tid", "TID", OUT_NUMBER },
	{ "command", "COMMAND", OUT_TEXT },
	{ "priority", "PRIO", OUT_NUMBER },
	{ "state", "STATE", OUT_STATE },
	{ "age_ms", "FOR", OUT_AGE },
	{ "server_pid", "SERVER", OUT_NUMBER },
	{ "chid", "CHID", OUT_NUMBER },
	{ "server", "COMMAND", OUT_TEXT },
	{ "name", "NAME", OUT_TEXT },
	{ 0 }
};

static struct json_object *client_row(const struct model *m, const struct request *r)
{
	struct json_object *row = json_object_new_object();

	out_int(row, "pid", r->pid);
	out_int(row, "tid", r->tid);
	/* An orphan's number may be somebody else's now. */
	out_string(row, "command", r->state == QMSG_NL_STATE_ORPHAN ? "" : command_of(r->pid));
	out_int(row, "priority", r->priority);
	out_string(row, "state", state_name(r->state));
	out_int(row, "age_ms", r->age_ms);
	out_int(row, "server_pid", r->server_pid);
	out_int(row, "chid", r->chid);
	out_string(row, "server", command_of(r->server_pid));
	out_string(row, "name", model_name(m, r->server_pid, r->chid));
	out_int(row, "coid", r->coid);
	out_int(row, "scoid", r->scoid);
	out_int(row, "receiver_tid", r->receiver_tid);
	out_int(row, "unblock_reasons", r->reasons);
	return row;
}

static struct json_object *receiver_row(const struct model *m, const struct receiver *r)
{
	struct json_object *row = json_object_new_object();

	out_int(row, "pid", r->pid);
	out_int(row, "tid", r->tid);
	out_string(row, "command", command_of(r->pid));
	out_int(row, "priority", r->priority);
	out_string(row, "state", activity_name(r->activity));
	out_int(row, "age_ms", r->age_ms);
	json_object_object_add(row, "server_pid", NULL);
	out_int(row, "chid", r->chid);
	json_object_object_add(row, "server", NULL);
	out_string(row, "name", model_name(m, r->pid, r->chid));
	return row;
}

static int by_pid(const void *pa, const void *pb)
{
	struct json_object *a = *(struct json_object **)pa, *b = *(struct json_object **)pb;
	int64_t d = out_get_int(a, "pid") - out_get_int(b, "pid");

	d = d ?: out_get_int(a, "tid") - out_get_int(b, "tid");
	return d < 0 ? -1 : d > 0;
}

/* Threads that only have received are in no state of ours. */
int cmd_ps(int argc, char **argv)
{
	struct json_object *rows = json_object_new_array();
	struct model m;

	(void)argc, (void)argv;
	model_read(&m);
	for (size_t i = 0; i < m.nrequests; i++)
		json_object_array_add(rows, client_row(&m, &m.requests[i]));
	for (size_t i = 0; i < m.nreceivers; i++)
		if (m.receivers[i].activity != QMSG_NL_ACTIVITY_BUSY)
			json_object_array_add(rows, receiver_row(&m, &m.receivers[i]));
	json_object_array_sort(rows, by_pid);
	out_table(rows, columns);
	return QMSG_OK;
}

/* ---- tree: processes that have clients or receivers, their channels, the threads there ---- */

static void text_thread(struct json_object *t)
{
	const char *state = out_get_string(t, "state");
	char age[OUT_AGE_SIZE];

	printf("    %s%s%s %s (%lld/%lld)", out_state_color(state), state,
	       *out_state_color(state) ? out_plain() : "", out_get_string(t, "command"),
	       (long long)out_get_int(t, "pid"), (long long)out_get_int(t, "tid"));
	/* Since when it is busy nobody has noted. */
	if (strcmp(state, activity_name(QMSG_NL_ACTIVITY_BUSY)))
		printf(" %s", out_age(age, out_get_int(t, "age_ms")));
	putchar('\n');
}

static void text_channel(struct json_object *c)
{
	struct json_object *threads = json_object_object_get(c, "threads");

	out_channel(c);
	putchar('\n');
	for (size_t i = 0; i < json_object_array_length(threads); i++)
		text_thread(json_object_array_get_idx(threads, i));
}

/* That of @pid and @chid in @channels; made if it is not there. */
static struct json_object *threads_of(struct json_object *channels, const struct model *m,
				      int pid, int chid)
{
	struct json_object *c, *threads = json_object_new_array();

	for (size_t i = 0; i < json_object_array_length(channels); i++) {
		c = json_object_array_get_idx(channels, i);
		if (out_get_int(c, "pid") == pid && out_get_int(c, "chid") == chid) {
			json_object_put(threads);
			return json_object_object_get(c, "threads");
		}
	}
	c = json_object_new_object();
	out_int(c, "pid", pid);
	out_int(c, "chid", chid);
	out_string(c, "command", command_of(pid));
	out_string(c, "name", model_name(m, pid, chid));
	json_object_object_add(c, "threads", threads);
	json_object_array_add(channels, c);
	return threads;
}

int cmd_tree(int argc, char **argv)
{
	struct json_object *channels = json_object_new_array();
	struct model m;

	(void)argc, (void)argv;
	model_read(&m);
	for (size_t i = 0; i < m.nreceivers; i++)
		json_object_array_add(threads_of(channels, &m, m.receivers[i].pid,
						 m.receivers[i].chid),
				      receiver_row(&m, &m.receivers[i]));
	for (size_t i = 0; i < m.nrequests; i++)
		json_object_array_add(threads_of(channels, &m, m.requests[i].server_pid,
						 m.requests[i].chid),
				      client_row(&m, &m.requests[i]));
	if (options.json) {
		out_json(channels);
		return QMSG_OK;
	}
	for (size_t i = 0; i < json_object_array_length(channels); i++)
		text_channel(json_object_array_get_idx(channels, i));
	json_object_put(channels);
	return QMSG_OK;
}
