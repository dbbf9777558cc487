/* SPDX-License-Identifier: GPL-2.0-only */
/* Histories by hand, and what the model thinks of them. */
#ifndef QMSG_PEN_H
#define QMSG_PEN_H

#include "search.h"

#define SERVER	1	/* threads */
#define SERVER2	2
#define CLIENT	CLIENTS
#define OTHER	(CLIENTS + 2)	/* of another process */
#define COID	0x40000001
#define SCOID	0x40000005

static struct search search;

/* The pen that writes: operations come one after the other unless told to stay open. */
struct pen {
	struct history h;
	uint32_t clock;
};

static inline struct op *begin(struct pen *w, int thread, enum op_type type)
{
	struct op *op = &w->h.op[w->h.n++];

	*op = (struct op){ .type = type, .thread = thread, .begin = ++w->clock,
			   .process = thread < CLIENTS ? 0 : 1 + (thread - CLIENTS) / 2 };
	return op;
}

static inline struct op *end(struct pen *w, struct op *op, int ret)
{
	op->ret = ret;
	op->end = ++w->clock;
	return op;
}

static inline int place(const struct pen *w, const struct op *op)
{
	return op - w->h.op;
}

static inline struct pen *new_pen(unsigned int flags)
{
	static struct pen w;

	w = (struct pen){ .h = { .flags = flags, .pulse_limit = 4 } };
	return &w;
}

static inline void attach(struct pen *w, int thread)
{
	end(w, begin(w, thread, OP_ATTACH), COID);
}

static inline struct op *send(struct pen *w, int thread, int64_t number, int prio)
{
	struct op *op = begin(w, thread, OP_SEND);

	op->coid = COID;
	op->value = number;
	op->prio = prio;
	return op;
}

static inline struct op *receive(struct pen *w, const struct op *from, int64_t rcvid)
{
	struct op *op = end(w, begin(w, SERVER, OP_RECEIVE), 0);

	op->rcvid = rcvid;
	op->got = from->value;
	op->prio = from->prio;
	op->scoid = SCOID + from->process;
	return op;
}

static inline struct op *receive_pulse(struct pen *w, int code, int64_t value, int process)
{
	struct op *op = end(w, begin(w, SERVER, OP_RECEIVE), 0);

	op->code = code;
	op->got = value;
	op->scoid = SCOID + process;
	return op;
}

static inline void receive_nothing(struct pen *w)
{
	end(w, begin(w, SERVER, OP_RECEIVE), -ETIMEDOUT);
}

static inline struct op *answer(struct pen *w, const struct op *received, int64_t with, int ret)
{
	struct op *op = begin(w, SERVER2, OP_ANSWER);

	op->of = place(w, received);
	op->value = with;
	return end(w, op, ret);
}

static inline void answered(struct pen *w, struct op *sent, int64_t with)
{
	sent->got = with;
	end(w, sent, 0);
}

static inline void left(struct pen *w, struct op *sent, int error, bool undelivered)
{
	sent->undelivered = undelivered;
	end(w, sent, -error);
}

static inline void signal_to(struct pen *w, int thread)
{
	struct op *op = begin(w, TROUBLE, OP_SIGNAL);

	op->target = thread;
	end(w, op, 0);
}

static inline void info(struct pen *w, const struct op *received, uint32_t flags, uint32_t reasons)
{
	struct op *op = begin(w, SERVER2, OP_INFO);

	op->of = place(w, received);
	op->flags = flags;
	op->reasons = reasons;
	end(w, op, 0);
}

static inline struct op *pulse(struct pen *w, int64_t value, int prio, int ret)
{
	struct op *op = begin(w, CLIENT, OP_PULSE);

	op->coid = COID;
	op->value = value;
	op->prio = prio;
	return end(w, op, ret);
}

static inline void exits(struct pen *w, enum op_type how, int process)
{
	struct op *op = begin(w, TROUBLE, how);

	op->process = process;
	end(w, op, 0);
}

#define SOUND(w)	EXPECT_EQ(EXPLAINED, explain(&search, &(w)->h))
#define BROKEN(w)	EXPECT_EQ(UNEXPLAINED, explain(&search, &(w)->h))

#endif /* QMSG_PEN_H */
