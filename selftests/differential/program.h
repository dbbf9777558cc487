/* SPDX-License-Identifier: GPL-2.0-only */
/* A program: what each thread is to do. All of it follows from one number, the seed. */
#ifndef QMSG_PROGRAM_H
#define QMSG_PROGRAM_H

#include <errno.h>
#include <linux/qmsg.h>

#include "history.h"

#define ACTS_MAX 10

struct act {
	uint8_t type;		/* enum op_type; OP_NONE: left out */
	uint8_t how;
	bool pulse_only, at_once;
	uint8_t send_deadline, reply_deadline;	/* 0: none, 1: past, 2: soon */
	uint8_t prio;
	uint8_t target;		/* thread or process */
	bool restarts;		/* of a signal */
	uint8_t error, part;	/* of an answer */
	uint8_t pieces;		/* of a call on a file */
	struct call call;
	uint16_t pause;		/* microseconds, before it */
	uint32_t pick;		/* which of the receive ids there are */
};

struct program {
	uint64_t seed;
	unsigned int flags, pulse_limit;
	uint8_t prio[THREADS];	/* SCHED_FIFO, 0: none */
	uint8_t dies;		/* the process that is killed when all wind up; 0: none */
	struct act act[THREADS][ACTS_MAX];
};

/* splitmix64 */
static inline uint32_t roll(uint64_t *state, uint32_t sides)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return (uint32_t)((z ^ (z >> 31)) >> 32) % sides;
}

/* In one program of five. */
static inline uint8_t dies_from(uint64_t *dice)
{
	uint32_t process = roll(dice, 5 * (PROCESSES - 1));

	return process < PROCESSES - 1 ? 1 + process : 0;
}

static inline int process_of(int thread)
{
	return thread < CLIENTS ? 0 : 1 + (thread - CLIENTS) / 2;
}

static inline void act_of_server(struct act *a, uint64_t *dice)
{
	uint32_t r = roll(dice, 100);

	a->pick = roll(dice, 1 << 16);
	if (r < 48) {
		a->type = OP_RECEIVE;
		a->pulse_only = !roll(dice, 6);
		a->at_once = roll(dice, 2);
	} else if (r < 80) {
		a->type = OP_ANSWER;
		a->how = roll(dice, 3) ? BY_REPLY : roll(dice, NR_HOW);
		a->error = EIO;
	} else if (r < 93) {
		a->type = OP_INFO;
	} else {
		a->type = OP_READ;
	}
}

/* What sorts of acts there are depends on what is played. */
struct repertoire {
	void (*client)(struct act *a, uint64_t *dice);
	void (*server)(struct act *a, uint64_t *dice);
	void (*trouble)(struct act *a, uint64_t *dice);
};

static inline void thread_from(struct program *p, const struct repertoire *r, int thread,
			       uint64_t *dice)
{
	int acts = 3 + roll(dice, thread < CLIENTS ? ACTS_MAX - 2 : 4);

	p->prio[thread] = thread >= CLIENTS ? roll(dice, 4) : 0;
	for (int i = 0; i < acts; i++) {
		struct act *a = &p->act[thread][i];

		a->pause = roll(dice, 3) ? 0 : roll(dice, 300);
		if (thread >= CLIENTS)
			r->client(a, dice);
		else if (thread == TROUBLE)
			r->trouble(a, dice);
		else
			r->server(a, dice);
	}
}

#endif /* QMSG_PROGRAM_H */
