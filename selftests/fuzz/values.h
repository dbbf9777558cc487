/* SPDX-License-Identifier: GPL-2.0-only */
/* What the bytes of an instruction stand for: small numbers, for what is worth trying. */
#ifndef SELFTESTS_FUZZ_VALUES_H
#define SELFTESTS_FUZZ_VALUES_H

#include <stdint.h>

enum kind {
	END,		/* of a table of fields */
	FLAGS,		/* known bits, by position; from 0xf0 on also one that is unknown */
	NUMBER,		/* itself, or from 200 on something extreme */
	WORD,		/* itself times something large: any value will do */
	MODE,		/* of a channel */
	GRACE,		/* ms */
	PID,		/* one of the two processes, or another */
	CHID, COID, SCOID, RCVID, TIMER, HANDLE, FD,	/* what has been made so far, or not */
	EVENT_ID,	/* connection, signal or handle */
	CLOCK,
	LENGTH,
	POINTER,
	DEADLINE,
	NANOSECONDS,
	NAME,		/* a pointer to one ... */
	NAME_LENGTH,	/* ... and how long it is */
	ERROR,
	PRIORITY,
};

/* What is made is kept, the last few of each, for all threads. */
enum slot { NOTHING, CHIDS, COIDS, RCVIDS, TIMERS, HANDLES, FDS, SLOT_KINDS };
#define SLOTS 8

struct actor;

uint64_t value_of(struct actor *a, enum kind kind, uint32_t known, uint8_t byte);
/* The file that a call is made on. */
int file_of(struct actor *a, uint8_t byte);

/* Memory at which pointers point, of each actor; made before it runs. */
struct memory {
	char *plain;		/* MEMORY_BYTES */
	char *edge;		/* behind a page of it nothing is mapped */
	char *constant;		/* can be read only */
	char *toggled;		/* its protection changes */
	char *cut;		/* of a file that ends before it */
	struct iovec *pieces;	/* 1024 of one byte */
	struct iovec *odd;	/* a few, one of them bad */
};

#define MEMORY_BYTES	(1 << 20)
#define EDGE_BYTES	4096

void memory_make(struct memory *m);

#endif
