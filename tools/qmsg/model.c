// SPDX-License-Identifier: GPL-2.0-only
/* What there is: reading it. */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "nl.h"
#include "tool.h"

void *grow(void *list, size_t *n, size_t size)
{
	void **at = list;
	void *more = *n & (*n - 1) ? *at : realloc(*at, (*n ? 2 * *n : 1) * size);

	if (!more)
		die(QMSG_ERROR, "out of memory");
	*at = more;
	return memset((char *)more + (*n)++ * size, 0, size);
}

struct request_list {
	struct request *items;
	size_t n;
};

static void on_request(struct nlattr **a, void *arg)
{
	struct request_list *list = arg;
	struct request *r = grow(&list->items, &list->n, sizeof(*r));

	r->pid = nl_number(a, QMSG_NL_A_REQUEST_PID);
	r->tid = nl_number(a, QMSG_NL_A_REQUEST_TID);
	r->coid = nl_number(a, QMSG_NL_A_REQUEST_COID);
	r->server_pid = nl_number(a, QMSG_NL_A_REQUEST_SERVER_PID);
	r->chid = nl_number(a, QMSG_NL_A_REQUEST_CHID);
	r->scoid = nl_number(a, QMSG_NL_A_REQUEST_SCOID);
	r->serial = nl_number(a, QMSG_NL_A_REQUEST_SERIAL);
	r->state = nl_number(a, QMSG_NL_A_REQUEST_STATE);
	r->age_ms = nl_number(a, QMSG_NL_A_REQUEST_AGE_MS);
	r->priority = nl_number(a, QMSG_NL_A_REQUEST_PRIORITY);
	r->reasons = nl_number(a, QMSG_NL_A_REQUEST_REASONS);
	r->receiver_tid = nl_number(a, QMSG_NL_A_REQUEST_RECEIVER_TID);
}

static void on_receiver(struct nlattr **a, void *arg)
{
	struct model *m = arg;
	struct receiver *r = grow(&m->receivers, &m->nreceivers, sizeof(*r));

	r->pid = nl_number(a, QMSG_NL_A_RECEIVER_PID);
	r->tid = nl_number(a, QMSG_NL_A_RECEIVER_TID);
	r->chid = nl_number(a, QMSG_NL_A_RECEIVER_CHID);
	r->activity = nl_number(a, QMSG_NL_A_RECEIVER_ACTIVITY);
	r->age_ms = nl_number(a, QMSG_NL_A_RECEIVER_AGE_MS);
	r->priority = nl_number(a, QMSG_NL_A_RECEIVER_PRIORITY);
}

/* A name has any bytes: those that are not printable ASCII, and backslashes, as \xNN. */
char *printable(const char *bytes, size_t len)
{
	char *text = malloc(4 * len + 1), *to = text;

	if (!text)
		die(QMSG_ERROR, "out of memory");
	for (size_t i = 0; i < len; i++) {
		unsigned char c = bytes[i];

		if (c < 0x80 && isprint(c) && c != '\\')
			*to++ = c;
		else
			to += sprintf(to, "\\x%02x", c);
	}
	*to = 0;
	return text;
}

static void on_name(struct nlattr **a, void *arg)
{
	struct model *m = arg;
	struct name *n = grow(&m->names, &m->nnames, sizeof(*n));
	const char *bytes;
	size_t len;

	bytes = nl_bytes(a, QMSG_NL_A_NAME_NAME, &len);
	n->pid = nl_number(a, QMSG_NL_A_NAME_PID);
	n->chid = nl_number(a, QMSG_NL_A_NAME_CHID);
	n->text = printable(bytes, len);
}

/* In an order that says which is which. */
static int compare(const void *pa, const void *pb)
{
	const struct request *a = pa, *b = pb;

	if (a->server_pid != b->server_pid)
		return a->server_pid < b->server_pid ? -1 : 1;
	if (a->chid != b->chid)
		return a->chid < b->chid ? -1 : 1;
	if (a->tid != b->tid)
		return a->tid < b->tid ? -1 : 1;
	if (a->serial != b->serial)
		return a->serial < b->serial ? -1 : 1;
	return a->state < b->state ? -1 : a->state > b->state;
}

static struct request_list read_requests(void)
{
	struct request_list list = { 0 };

	kernel_dump(QMSG_NL_CMD_REQUEST_GET, on_request, &list);
	if (list.n)
		qsort(list.items, list.n, sizeof(*list.items), compare);
	return list;
}

static bool was_there(const struct request_list *list, const struct request *r)
{
	return list->n && bsearch(r, list->items, list->n, sizeof(*r), compare);
}

void model_read_names(struct model *m)
{
	memset(m, 0, sizeof(*m));
	kernel_dump(QMSG_NL_CMD_NAME_GET, on_name, m);
}

void model_free_names(struct model *m)
{
	while (m->nnames)
		free(m->names[--m->nnames].text);
	free(m->names);
}

void model_read(struct model *m)
{
	struct request_list before = read_requests(), now;

	model_read_names(m);
	kernel_dump(QMSG_NL_CMD_RECEIVER_GET, on_receiver, m);
	now = read_requests();
	m->requests = now.items;
	for (size_t i = 0; i < now.n; i++) {
		struct request *last = m->nrequests ? &m->requests[m->nrequests - 1] : NULL;

		if (was_there(&before, &now.items[i]) && (!last || compare(last, &now.items[i])))
			m->requests[m->nrequests++] = now.items[i];
	}
	free(before.items);
}

const char *model_name(const struct model *m, int pid, int chid)
{
	for (size_t i = 0; i < m->nnames; i++)
		if (m->names[i].pid == pid && m->names[i].chid == chid)
			return m->names[i].text;
	return "";
}

/* The client of an orphan has gone, and its number may be another's. */
const struct request *model_request_of(const struct model *m, int tid)
{
	for (size_t i = 0; i < m->nrequests; i++)
		if (m->requests[i].tid == tid && m->requests[i].state != QMSG_NL_STATE_ORPHAN)
			return &m->requests[i];
	return NULL;
}

const struct receiver *model_receiver(const struct model *m, int tid)
{
	for (size_t i = 0; i < m->nreceivers; i++)
		if (m->receivers[i].tid == tid)
			return &m->receivers[i];
	return NULL;
}

const char *state_name(unsigned int state)
{
	static const char * const names[] = { "SEND", "REPLY", "REPLY+R", "REPLY+K", "ORPHAN" };

	return state < sizeof(names) / sizeof(*names) ? names[state] : "?";
}

const char *activity_name(unsigned int activity)
{
	static const char * const names[] = { "busy", "RECEIVE", "RECEIVE" };

	return activity < sizeof(names) / sizeof(*names) ? names[activity] : "?";
}

const char *command_of(int pid)
{
	static char text[64];
	char path[32];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	f = fopen(path, "re");
	n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;
	if (f)
		fclose(f);
	text[n] = 0;
	text[strcspn(text, "\n")] = 0;
	return text;
}
