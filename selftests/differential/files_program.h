/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs of files: clients that open, read, write and close, and a manager's threads. */
#ifndef QMSG_FILES_PROGRAM_H
#define QMSG_FILES_PROGRAM_H

#include "program.h"

static inline struct call call_from(uint64_t *dice)
{
	static const uint8_t kinds[] = { C_READ, C_READ, C_READ, C_WRITE, C_WRITE, C_WRITE, C_LSEEK,
					 C_TELL, C_DEVCTL, C_TRUNCATE, C_SYNC };

	return (struct call){
		.kind = kinds[roll(dice, sizeof(kinds))],
		.placed = !roll(dice, 3),
		.cells = 1 + roll(dice, 4),
		.place = roll(dice, CELLS),
	};
}

/* More closes than opens and dups, so that files come to be closed while they are used. */
static inline void act_of_files_client(struct act *a, uint64_t *dice)
{
	uint32_t r = roll(dice, 100);

	a->pick = roll(dice, 1 << 16);
	a->call = call_from(dice);
	a->pieces = 1 + roll(dice, 3);
	a->type = r < 68 ? OP_CALL : r < 76 ? OP_OPEN : r < 84 ? OP_DUP : OP_CLOSE;
	if (a->type == OP_OPEN)
		a->call.place = roll(dice, FILES);
}

static inline void act_of_manager(struct act *a, uint64_t *dice)
{
	act_of_server(a, dice);
	a->error = roll(dice, 2) ? ENOSPC : EINTR;
	a->part = roll(dice, 2) ? CELLS : roll(dice, 4);
}

static inline void act_of_files_trouble(struct act *a, uint64_t *dice)
{
	a->type = roll(dice, 100) < 90 ? OP_SIGNAL : OP_KILL;
	a->restarts = roll(dice, 2);
	a->target = a->type == OP_SIGNAL ? CLIENTS + roll(dice, THREADS - CLIENTS) :
					   1 + roll(dice, PROCESSES - 1);
}

static inline struct program files_from(uint64_t seed)
{
	static const struct repertoire r = {
		act_of_files_client, act_of_manager, act_of_files_trouble,
	};
	struct program p = { .seed = seed };
	uint64_t dice = seed;

	p.flags = QMSG_CHF_DISCONNECT | (roll(&dice, 4) ? QMSG_CHF_UNBLOCK : 0) |
		  (roll(&dice, 2) ? QMSG_CHF_FIXED_PRIORITY : 0);
	p.pulse_limit = 64;
	p.dies = dies_from(&dice);
	for (int thread = 1; thread < THREADS; thread++)
		thread_from(&p, &r, thread, &dice);
	return p;
}

#endif /* QMSG_FILES_PROGRAM_H */
