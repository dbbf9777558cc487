// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "mutate.h"
#include "ops.h"

static uint64_t state = 1;

void random_seed(uint64_t seed)
{
	state = seed * 2 + 1;
}

/* xorshift64* */
uint32_t random_below(uint32_t n)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (state * 0x2545f4914f6cdd1dULL >> 32) % n;
}

static bool one_in(uint32_t n)
{
	return random_below(n) == 0;
}

/* Small more often than not: what small bytes stand for is what works. */
static uint8_t random_byte(void)
{
	switch (random_below(4)) {
	case 0: return 0;
	case 1: return random_below(8);
	case 2: return random_below(64);
	default: return random_below(256);
	}
}

static struct insn random_insn(void)
{
	struct insn insn = { .op = random_below(op_count()), .who = random_below(ACTORS) };

	if (one_in(8))
		insn.who |= WHO_ASYNC;
	if (one_in(8))
		insn.who |= WHO_FREE;
	/* Sizes and files are seldom wrong, or nothing else would be tried. */
	for (int i = 0; i < ARGS; i++)
		if (i >= 2 || one_in(16))
			insn.args[i] = random_byte();
	return insn;
}

void program_invent(struct program *p)
{
	int n = 2 + random_below(MAX_INSNS / 2);
	struct insn insn;

	p->n = 0;
	while (p->n < n) {
		insn = random_insn();
		program_insert(p, p->n, &insn);
	}
}

static void change_arg(struct program *p)
{
	struct insn *insn = &p->insns[random_below(p->n)];
	uint8_t *arg = &insn->args[random_below(ARGS)];

	switch (random_below(3)) {
	case 0: *arg = random_byte(); break;
	case 1: *arg ^= 1 << random_below(8); break;
	default: *arg += random_below(9) - 4; break;
	}
}

static void insert(struct program *p)
{
	struct insn insn = one_in(3) ? p->insns[random_below(p->n)] : random_insn();

	program_insert(p, random_below(p->n + 1), &insn);
}

static void drop(struct program *p)
{
	if (p->n > 1)
		program_remove(p, random_below(p->n));
}

static void exchange(struct program *p)
{
	struct insn *a = &p->insns[random_below(p->n)], *b = &p->insns[random_below(p->n)];
	struct insn kept = *a;

	*a = *b;
	*b = kept;
}

/* A piece of another program, at the end or anywhere. */
static void splice(struct program *p, const struct program *other)
{
	int from = random_below(other->n), n = 1 + random_below(other->n - from);
	int at = one_in(2) ? p->n : (int)random_below(p->n + 1);

	for (int i = 0; i < n; i++)
		program_insert(p, at + i, &other->insns[from + i]);
}

void program_mutate(struct program *p, const struct program *other)
{
	int n = 1 + random_below(4);

	while (n--) {
		switch (random_below(10)) {
		case 0: p->insns[random_below(p->n)].who = random_below(16); break;
		case 1: exchange(p); break;
		case 2: drop(p); break;
		case 3: splice(p, other); break;
		case 4: case 5: insert(p); break;
		default: change_arg(p); break;
		}
	}
}
