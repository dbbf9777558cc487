/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is there an order of steps that explains a history? An operation takes effect between its
 * beginning and its end, so one may only be begun while none that has ended before it began is
 * unfinished. Depth first, remembering where one has been (Wing and Gong, with a memory).
 */
#ifndef QMSG_SEARCH_H
#define QMSG_SEARCH_H

#include <stdlib.h>

#include "steps.h"

enum verdict { EXPLAINED, UNEXPLAINED, UNDECIDED };

#define VISITED_BITS	19
#define STATES_MAX	(1 << 18)	/* more than these are not looked at */

struct search {
	struct task t;
	unsigned int states;
	uint32_t place[STATES_MAX];		/* in visited[], of each */
	uint64_t visited[1 << VISITED_BITS];
};

static inline uint64_t model_hash(const struct model *m)
{
	const unsigned char *bytes = (const unsigned char *)m;
	uint64_t hash = 0xcbf29ce484222325ULL, word;
	size_t at;

	for (at = 0; at + 8 <= sizeof(*m); at += 8) {
		memcpy(&word, bytes + at, 8);
		hash = (hash ^ word) * 0x9e3779b97f4a7c15ULL;
		hash ^= hash >> 29;
	}
	for (; at < sizeof(*m); at++)
		hash = (hash ^ bytes[at]) * 0x100000001b3ULL;
	return hash | 1;
}

/* True the first time. */
static inline bool is_new(struct search *s, const struct model *m)
{
	uint64_t hash = model_hash(m);
	size_t at = hash >> (64 - VISITED_BITS);

	for (; s->visited[at]; at = (at + 1) % (1 << VISITED_BITS))
		if (s->visited[at] == hash)
			return false;
	s->visited[at] = hash;
	s->place[s->states++] = at;
	return true;
}

/* What begins later than this has to wait for an operation that is over. */
static inline uint32_t horizon(const struct task *t, const struct model *m)
{
	for (int i = 0; i < t->h->n; i++)
		if (m->phase[t->by_end[i]] != FINISHED)
			return end_of(t, t->by_end[i]);
	return 0;
}

static inline bool may_go_on(const struct task *t, const struct model *m, int o, uint32_t before)
{
	return m->phase[o] != FINISHED && op_of(t, o)->begin < before;
}

static inline bool somebody_receives(const struct task *t, const struct model *m, uint32_t before)
{
	for (int o = 0; o < t->h->n; o++)
		if ((op_of(t, o)->type == OP_RECEIVE || op_of(t, o)->type == OP_LOOK) &&
		    may_go_on(t, m, o, before))
			return true;
	return false;
}

/* All steps that need no choice; false if there were none. */
static inline bool make_progress(const struct task *t, struct model *m, uint32_t before)
{
	bool any = false;

	for (int o = 0; o < t->h->n; o++) {
		for (enum way way = WAY_ONLY; way < ways_of(t, o); way++) {
			struct model next;

			if (!may_go_on(t, m, o, before) || !is_harmless(t, m, o, way))
				continue;
			next = *m;
			if (!step_op(t, &next, o, way))
				continue;
			*m = next;
			any = true;
		}
	}
	return any;
}

static enum verdict explore(struct search *s, struct model m);

/* One step, and all that can come after it. */
static inline enum verdict try_op(struct search *s, const struct model *m, int o, enum way way)
{
	struct model next = *m;

	return step_op(&s->t, &next, o, way) ? explore(s, next) : UNEXPLAINED;
}

static inline enum verdict try_ops(struct search *s, const struct model *m, uint32_t before)
{
	for (int i = 0; i < s->t.h->n; i++) {
		int o = s->t.by_end[i];

		if (!may_go_on(&s->t, m, o, before))
			continue;
		for (enum way way = WAY_ONLY; way < ways_of(&s->t, o); way++) {
			enum verdict v = try_op(s, m, o, way);

			if (v != UNEXPLAINED)
				return v;
		}
	}
	return UNEXPLAINED;
}

static inline enum verdict try_events(struct search *s, const struct model *m, uint32_t before)
{
	bool receives = somebody_receives(&s->t, m, before);

	for (int o = 0; o < s->t.h->n; o++) {
		for (enum event ev = 0; ev < NR_EVENT && has_request(m, o); ev++) {
			struct model next = *m;
			enum verdict v;

			if (!step_event(&s->t, &next, o, ev, receives))
				continue;
			v = explore(s, next);
			if (v != UNEXPLAINED)
				return v;
		}
	}
	return UNEXPLAINED;
}

static inline enum verdict try_in_vain(struct search *s, const struct model *m, uint32_t before)
{
	for (int o = 0; o < s->t.h->n; o++) {
		struct model next = *m;
		enum verdict v;

		if (op_of(&s->t, o)->type != OP_RECEIVE || !may_go_on(&s->t, m, o, before) ||
		    !step_in_vain(&s->t, &next, o))
			continue;
		v = explore(s, next);
		if (v != UNEXPLAINED)
			return v;
	}
	return UNEXPLAINED;
}

static enum verdict explore(struct search *s, struct model m)
{
	uint32_t before = horizon(&s->t, &m);
	enum verdict v;

	while (before != NEVER && before && make_progress(&s->t, &m, before))
		before = horizon(&s->t, &m);
	/* What is left need not have come to anything. */
	if (before == NEVER || !before)
		return EXPLAINED;
	if (s->states >= STATES_MAX)
		return UNDECIDED;
	if (!is_new(s, &m))
		return UNEXPLAINED;
	v = try_ops(s, &m, before);
	if (v == UNEXPLAINED)
		v = try_events(s, &m, before);
	if (v == UNEXPLAINED)
		v = try_in_vain(s, &m, before);
	return v;
}

/* -------------------------------------------------------------- histories */

static inline int find_send(const struct history *h, const struct op *receive)
{
	for (int o = 0; o < h->n; o++)
		if (receive->type == OP_RECEIVE && !receive->ret && receive->rcvid > 0 &&
		    has_message(&h->op[o]) && h->op[o].value == receive->got)
			return o;
	return -1;
}

static inline void task_init(struct task *t, const struct history *h, uint32_t until)
{
	*t = (struct task){ .h = h, .until = until };
	for (int o = 0; o < h->n; o++) {
		int at = o;

		t->send_of[o] = find_send(h, &h->op[o]);
		for (; at > 0 && end_of(t, t->by_end[at - 1]) > end_of(t, o); at--)
			t->by_end[at] = t->by_end[at - 1];
		t->by_end[at] = o;
	}
}

/* What came back until then. */
static inline enum verdict explain_until(struct search *s, const struct history *h, uint32_t until)
{
	static struct model nothing_yet;

	task_init(&s->t, h, until);
	while (s->states)
		s->visited[s->place[--s->states]] = 0;
	return explore(s, nothing_yet);
}

static inline enum verdict explain(struct search *s, const struct history *h)
{
	return explain_until(s, h, NEVER - 1);
}

/* The operation whose coming back is the first that nothing explains; -1: none is. */
static inline int first_unexplained(struct search *s, const struct history *h)
{
	struct task ends;

	task_init(&ends, h, NEVER - 1);
	for (int i = 0; i < h->n; i++) {
		int o = ends.by_end[i];

		if (!came_back(&ends, o))
			break;
		if (explain_until(s, h, end_of(&ends, o)) != EXPLAINED)
			return o;
	}
	return -1;
}

#endif /* QMSG_SEARCH_H */
