/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program of the fuzzer: what up to four threads in two processes do, in order. Every
 * sequence of bytes is one; what they mean says values.h.
 *
 * As text, one line an instruction and an empty line behind each program:
 *
 *	2& msg_send 0 0 1
 *
 * Thread 2 sends; "&": the others go on meanwhile; "~": it does not wait for its turn either.
 * Numbers left out at the end are 0, and # begins a comment.
 */
#ifndef SELFTESTS_FUZZ_PROGRAM_H
#define SELFTESTS_FUZZ_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define ACTORS		4	/* 0 and 1 in one process, 2 and 3 in another */
#define ARGS		14
#define MAX_INSNS	40

#define WHO_ACTOR	0x3
#define WHO_ASYNC	0x4
#define WHO_FREE	0x8

struct insn {
	uint8_t op, who, args[ARGS];
};

struct program {
	int n;
	struct insn insns[MAX_INSNS];
};

/* The next one of @f; false at its end. A line that is none ends the run. */
bool program_read(FILE *f, struct program *p);
void program_write(FILE *f, const struct program *p);
void program_remove(struct program *p, int at);
/* False: there is no room. */
bool program_insert(struct program *p, int at, const struct insn *insn);

#endif
