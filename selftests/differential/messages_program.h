/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs of messages. */
#ifndef QMSG_MESSAGES_PROGRAM_H
#define QMSG_MESSAGES_PROGRAM_H

#include "program.h"

static inline void act_of_client(struct act *a, uint64_t *dice)
{
	uint32_t r = roll(dice, 100);

	if (r < 66) {
		a->type = OP_SEND;
		a->send_deadline = roll(dice, 8) ? 0 : 1 + roll(dice, 2);
		a->reply_deadline = roll(dice, 5) ? 0 : 1 + roll(dice, 2);
	} else if (r < 86) {
		a->type = OP_PULSE;
		a->prio = 1 + roll(dice, 3);
	} else if (r < 91) {
		a->type = OP_DETACH;
	} else if (r < 98) {
		a->type = OP_ATTACH;
	} else {
		a->type = OP_FORK;
	}
}

/* Few kills, and the channel's end only as the last of all. */
static inline void act_of_trouble(struct act *a, uint64_t *dice)
{
	uint32_t r = roll(dice, 100);

	a->type = r < 86 ? OP_SIGNAL : r < 97 ? OP_KILL : OP_DESTROY;
	a->target = a->type == OP_SIGNAL ? CLIENTS + roll(dice, THREADS - CLIENTS) :
					   1 + roll(dice, PROCESSES - 1);
}

static inline struct program messages_from(uint64_t seed)
{
	static const struct repertoire r = { act_of_client, act_of_server, act_of_trouble };
	struct program p = { .seed = seed };
	uint64_t dice = seed;

	p.flags = (roll(&dice, 4) ? QMSG_CHF_UNBLOCK : 0) |
		  (roll(&dice, 4) ? QMSG_CHF_DISCONNECT : 0) |
		  (roll(&dice, 2) ? QMSG_CHF_FIXED_PRIORITY : 0);
	p.pulse_limit = roll(&dice, 3) ? 64 : 2;
	p.dies = dies_from(&dice);
	for (int thread = 1; thread < THREADS; thread++)
		thread_from(&p, &r, thread, &dice);
	return p;
}

#endif /* QMSG_MESSAGES_PROGRAM_H */
