// SPDX-License-Identifier: GPL-2.0-only
/* Who waits for whom. */

#include <stdlib.h>
#include <string.h>

#include "tool.h"
#include "wait.h"

static void each_of_channel(const struct model *m, const struct request *r,
			    void (*fn)(int tid, void *arg), void *arg)
{
	for (size_t i = 0; i < m->nreceivers; i++)
		if (m->receivers[i].pid == r->server_pid && m->receivers[i].chid == r->chid)
			fn(m->receivers[i].tid, arg);
}

void wait_each(const struct model *m, const struct request *r, void (*fn)(int tid, void *arg),
	       void *arg)
{
	if (r->state == QMSG_NL_STATE_SEND)
		each_of_channel(m, r, fn, arg);
	else if (r->receiver_tid)
		fn(r->receiver_tid, arg);
}

struct search {
	const struct model *m;
	const bool *stuck;
	bool *seen;
	int start;
	bool moves, alone, found;
};

static void look_whether_moves(int tid, void *arg)
{
	struct search *s = arg;
	const struct request *r = model_request_of(s->m, tid);

	s->alone = false;
	if (!r || !s->stuck[r - s->m->requests])
		s->moves = true;
}

static bool may_move(const struct model *m, const bool *stuck, const struct request *r)
{
	struct search s = { .m = m, .stuck = stuck, .alone = true };

	wait_each(m, r, look_whether_moves, &s);
	return s.moves || s.alone;
}

/* All are taken for stuck; whoever waits for one that may move, may move; until none is left. */
bool *wait_stuck(const struct model *m)
{
	bool *stuck = malloc(m->nrequests + 1), again = true;

	if (!stuck)
		die(QMSG_ERROR, "out of memory");
	for (size_t i = 0; i < m->nrequests; i++)
		stuck[i] = m->requests[i].state != QMSG_NL_STATE_ORPHAN;
	while (again) {
		again = false;
		for (size_t i = 0; i < m->nrequests; i++) {
			if (!stuck[i] || !may_move(m, stuck, &m->requests[i]))
				continue;
			stuck[i] = false;
			again = true;
		}
	}
	return stuck;
}

static void look_for_start(int tid, void *arg)
{
	struct search *s = arg;
	const struct request *r = model_request_of(s->m, tid);

	if (tid == s->start)
		s->found = true;
	if (s->found || !r || !s->stuck[r - s->m->requests] || s->seen[r - s->m->requests])
		return;
	s->seen[r - s->m->requests] = true;
	wait_each(s->m, r, look_for_start, s);
}

bool wait_cycle(const struct model *m, const bool *stuck, const struct request *r)
{
	struct search s = { .m = m, .stuck = stuck, .start = r->tid };

	if (!stuck[r - m->requests])
		return false;
	s.seen = calloc(m->nrequests, 1);
	if (!s.seen)
		die(QMSG_ERROR, "out of memory");
	wait_each(m, r, look_for_start, &s);
	free(s.seen);
	return s.found;
}
