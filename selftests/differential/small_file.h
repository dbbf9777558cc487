/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files so small that a model can have them: some cells, each with the number of the call that
 * has written it. A manager has such, and the model, so that there is no dispute between the two
 * about what a file is; what is disputed is what the module makes of it on the way.
 */
#ifndef QMSG_SMALL_FILE_H
#define QMSG_SMALL_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define CELLS	8
#define FILES	2

enum call_kind { C_NONE, C_OPEN, C_CLOSE, C_READ, C_WRITE, C_LSEEK, C_TELL, C_DEVCTL, C_TRUNCATE,
		 C_SYNC };

/* As the client makes it, and as the manager finds it in the message. */
struct call {
	uint8_t kind;
	uint8_t placed;		/* of read, write: it has its own offset */
	uint8_t cells;		/* of write */
	uint8_t place;		/* offset, new position or length, in cells; of open: which file */
	uint16_t number;	/* 0 where a message has no room for it: then, but for close, … */
	uint8_t turn;		/* … it differs from that of the thread's last call of this kind */
};

struct small_file {
	uint16_t cell[CELLS];	/* 0 from @cells on */
	uint16_t cells;
};

static inline unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* A read begins with its own number, so that it differs from all others. */
static inline int file_reads(const struct small_file *f, unsigned int at, unsigned int part,
			     uint16_t *cell)
{
	unsigned int n = at < f->cells ? least(part, f->cells - at) : 0;

	memcpy(cell, f->cell + at, n * sizeof(*cell));
	return n;
}

static inline int file_writes(struct small_file *f, unsigned int at, unsigned int n,
			      uint16_t number)
{
	n = at < CELLS ? least(n, CELLS - at) : 0;
	for (unsigned int i = at; i < at + n; i++)
		f->cell[i] = number;
	if (n && at + n > f->cells)
		f->cells = at + n;
	return n;
}

static inline void file_ends(struct small_file *f, unsigned int at)
{
	for (unsigned int i = at; i < CELLS; i++)
		f->cell[i] = 0;
	f->cells = at;
}

/* What a place looks like to who asks for it by @number. */
static inline int32_t place_told(uint16_t number, unsigned int place)
{
	return (int32_t)number << 8 | place;
}

/*
 * The result of @call, which is answered with no more than @part, for a description that is at
 * @at; and what it reads.
 */
static inline int32_t file_does(struct small_file *f, uint8_t *at, const struct call *call,
				unsigned int part, uint16_t *cell)
{
	unsigned int place = call->placed ? call->place : *at;
	int n;

	switch (call->kind) {
	case C_READ:
		n = file_reads(f, place, part, cell);
		*at += call->placed ? 0 : n;
		return (1 + n) * sizeof(*cell);
	case C_WRITE:
		n = file_writes(f, place, least(call->cells, part), call->number);
		*at += call->placed ? 0 : n;
		return n * sizeof(*cell);
	case C_LSEEK:
		*at = call->place;
		return place_told(call->number, *at);
	case C_TELL:
		return place_told(call->number, *at);
	case C_TRUNCATE:
		file_ends(f, call->place);
		return 0;
	case C_DEVCTL:
		return call->number;
	}
	return 0;
}

static inline bool is_same_call(const struct call *a, const struct call *b)
{
	return a->kind == b->kind && a->placed == b->placed && a->cells == b->cells &&
	       a->place == b->place && a->number == b->number && a->turn == b->turn;
}

#endif /* QMSG_SMALL_FILE_H */
