/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a program is played: memory that all its processes and threads have, and in it what each
 * of them has done, and been told.
 */
#ifndef QMSG_STAGE_H
#define QMSG_STAGE_H

#include "../races/race.h"

#include "program.h"

#define SLOT_OPS	224	/* operations of one thread */
#define HELD_MAX	128
#define FD_SLOTS	6
#define SOON_NS		1500000
#define GRACE_MS	20

struct slot {
	_Atomic unsigned int n;
	struct op op[SLOT_OPS];
};

/* A receive id that has been seen, and which operation has. */
struct held {
	int64_t rcvid, number;
	struct call call;	/* of a file */
	int32_t scoid;
	int16_t of;
};

struct client_process {
	pid_t pid;
	_Atomic int coid;
	_Atomic int fd[FD_SLOTS];	/* descriptors of files, -1: none */
	int q;
	_Atomic uint32_t leaves;	/* when it begins to end by itself */
	bool reaped;
};

/* Shared by all processes. */
struct stage {
	struct program p;
	_Atomic uint32_t clock;
	struct race_step go;
	struct race_step ready;
	struct race_step opened;
	_Atomic int over;		/* threads of the server's process */
	_Atomic int nheld;
	struct held held[HELD_MAX];
	struct client_process process[PROCESSES];
	_Atomic pid_t tid[THREADS];
	_Atomic bool strange;
	int q, chid;
	pid_t server;
	struct slot slot[THREADS];
};

static inline void stage_strange(struct stage *s, const char *what, int64_t value)
{
	if (!atomic_exchange(&s->strange, true))
		printf("# strange: %s %lld\n", what, (long long)value);
}

/* An operation's name in a stage, which a history then replaces by its place there. */
static inline int16_t op_id(const struct stage *s, int thread, const struct op *op)
{
	return thread * SLOT_OPS + (op - s->slot[thread].op);
}

/* Also in a handler, between any two instructions of another. */
static inline struct op *op_begin(struct stage *s, int thread, enum op_type type)
{
	struct slot *slot = &s->slot[thread];
	unsigned int n = atomic_fetch_add(&slot->n, 1);
	struct op *op = &slot->op[n];

	if (n >= SLOT_OPS)
		abort();
	*op = (struct op){ .type = type, .thread = thread, .process = process_of(thread) };
	op->begin = atomic_fetch_add(&s->clock, 1) + 1;
	return op;
}

static inline void op_end(struct stage *s, struct op *op, int ret)
{
	op->ret = ret;
	atomic_thread_fence(memory_order_release);
	op->end = atomic_fetch_add(&s->clock, 1) + 1;
}

/* One that has come to nothing, and need not be known of. */
static inline void op_forget(struct stage *s, int thread)
{
	s->slot[thread].n--;
}

static inline void keep_id(struct stage *s, const struct held *new)
{
	int at = atomic_load(&s->nheld);
	struct held *held;

	do {
		if (at == HELD_MAX)
			abort();
	} while (!atomic_compare_exchange_weak(&s->nheld, &at, at + 1));
	held = &s->held[at];
	*held = *new;
	held->of = 0;
	__atomic_store_n(&held->of, new->of, __ATOMIC_RELEASE);
}

/* One that has been received at some time, answered or not; NULL: none has. */
static inline struct held *pick_id(struct stage *s, uint32_t pick)
{
	int n = atomic_load(&s->nheld);
	struct held *held = n ? &s->held[pick % n] : NULL;

	/* of: 0 until it is all there; operation 0 is never one. */
	return held && __atomic_load_n(&held->of, __ATOMIC_ACQUIRE) ? held : NULL;
}

/* What was done, in one row; receives are named by their places there. False: it is too much. */
static inline bool stage_history(const struct stage *s, struct history *h)
{
	int16_t id[OPS_MAX], place[THREADS * SLOT_OPS];

	*h = (struct history){ .flags = s->p.flags, .pulse_limit = s->p.pulse_limit };
	for (int thread = 0; thread < THREADS; thread++) {
		for (unsigned int i = 0; i < s->slot[thread].n; i++) {
			const struct op *op = &s->slot[thread].op[i];
			int at = h->n;

			if (!op->begin)
				continue;
			if (h->n == OPS_MAX)
				return false;
			h->n++;
			for (; at > 0 && h->op[at - 1].begin > op->begin; at--) {
				h->op[at] = h->op[at - 1];
				id[at] = id[at - 1];
			}
			h->op[at] = *op;
			id[at] = thread * SLOT_OPS + i;
		}
	}
	for (int at = 0; at < h->n; at++)
		place[id[at]] = at;
	for (int at = 0; at < h->n; at++)
		if (h->op[at].of)
			h->op[at].of = place[h->op[at].of];
	return true;
}

#endif /* QMSG_STAGE_H */
