/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stage on which a program runs: two processes of two threads, made anew for each. What they
 * do takes turns in the program's order, unless an instruction says otherwise. Nothing waits for
 * ever: when all that is left are calls that wait, the processes are killed, and that they go
 * is part of the test.
 */
#ifndef SELFTESTS_FUZZ_STAGE_H
#define SELFTESTS_FUZZ_STAGE_H

#include <stdatomic.h>
#include <sys/types.h>

#include "program.h"
#include "values.h"

/* In shared memory. */
struct stage {
	struct program program;
	_Atomic uint32_t turn;			/* a futex: the instruction that is next */
	_Atomic uint32_t steps;			/* grows with all that happens */
	_Atomic uint32_t ended;			/* threads that have done all they had to do */
	_Atomic uint32_t busy;			/* bit of each thread that is in a call others need not wait for */
	_Atomic uint32_t made[SLOT_KINDS];
	_Atomic int64_t slots[SLOT_KINDS][SLOTS];
	_Atomic int params_changed;
	pid_t pids[2];
	_Atomic pid_t tids[ACTORS];
	int foreign;				/* a context of neither */
};

/* Of the module, which programs change, and what they were before. */
#define PARAMS 9
extern struct param {
	const char *name;
	long value;
} params[PARAMS];

struct actor {
	struct stage *stage;
	int number;
	int q[2];				/* its process's contexts */
	int fail_nth;				/* file, or -1 */
	struct memory memory;
};

int stage_open(struct stage **stage);		/* once; -errno */
void stage_close(struct stage *s);
/* 0, or -ETIMEDOUT: something could not be killed. */
int stage_run(struct stage *s, const struct program *p);

/* In one of the processes: */
void act(struct actor *a);
void slot_add(struct stage *s, enum slot kind, int64_t value);

#endif
