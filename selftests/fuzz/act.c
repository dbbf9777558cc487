// SPDX-License-Identifier: GPL-2.0-only
/* What one thread of a program does: its instructions, each when it is its turn. */
#include <errno.h>
#include <linux/futex.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "ops.h"
#include "stage.h"

/* A thread that is in a call is waited for so long before the others pass its turn over. */
#define PATIENCE_NS	3000000
#define TURNS_MAX	100
#define ARG_BYTES	256

void slot_add(struct stage *s, enum slot kind, int64_t value)
{
	s->slots[kind][s->made[kind]++ % SLOTS] = value;
}

static void wake_others(struct stage *s)
{
	s->steps++;
	syscall(SYS_futex, &s->turn, FUTEX_WAKE, ACTORS, NULL, NULL, 0);
}

static void pass_turn(struct stage *s, uint32_t done)
{
	uint32_t turn = s->turn;

	while (turn <= done && !atomic_compare_exchange_weak(&s->turn, &turn, done + 1))
		;
	wake_others(s);
}

/* Who should be next has ended, or is in a call that takes its time. */
static bool is_away(struct stage *s, uint32_t turn)
{
	uint32_t bit;

	if (turn >= (uint32_t)s->program.n)
		return false;
	bit = 1U << (s->program.insns[turn].who & WHO_ACTOR);
	return (s->busy | s->ended) & bit;
}

static void await_turn(struct stage *s, uint32_t mine)
{
	struct timespec patience = { .tv_nsec = PATIENCE_NS };

	for (int n = 0; n < TURNS_MAX; n++) {
		uint32_t turn = s->turn;

		if (turn >= mine)
			return;
		if (is_away(s, turn) && (s->ended & 1U << (s->program.insns[turn].who & WHO_ACTOR)))
			pass_turn(s, turn);
		else if (syscall(SYS_futex, &s->turn, FUTEX_WAIT, turn, &patience, NULL, 0) &&
			 errno == ETIMEDOUT && is_away(s, turn))
			pass_turn(s, turn);
	}
}

/* Most callers were compiled with this header. */
static uint32_t size_of(const struct op *op, uint8_t byte)
{
	if (byte < 224)
		return op->size;
	switch (byte % 5) {
	case 0: return op->size + 8;
	case 1: return op->size - 8;
	case 2: return 0;
	case 3: return 8192;
	default: return byte;
	}
}

static void put(void *arg, const struct field *f, uint64_t value)
{
	memcpy((char *)arg + f->at, &value, f->bytes);
}

static int64_t get(const void *arg, const struct result *r)
{
	int32_t narrow;
	int64_t wide;

	if (r->bytes == sizeof(wide)) {
		memcpy(&wide, (const char *)arg + r->at, sizeof(wide));
		return wide;
	}
	memcpy(&narrow, (const char *)arg + r->at, sizeof(narrow));
	return narrow;
}

static void call(struct actor *a, const struct op *op, const struct insn *insn)
{
	_Alignas(8) char arg[ARG_BYTES] = { 0 };
	const struct field *f = op->fields;
	uint32_t size = size_of(op, insn->args[0]);

	memcpy(arg, &size, sizeof(size));
	for (int i = 2; f < op->fields + MAX_FIELDS && f->kind != END; f++, i++)
		put(arg, f, value_of(a, f->kind, f->known, insn->args[i]));
	if (!ioctl(file_of(a, insn->args[1]), op->request, arg) && op->result.slot)
		slot_add(a->stage, op->result.slot, get(arg, &op->result));
}

/* What was to fail, and has not, does not fail for us: at most this write does. */
static void stop_failing(struct actor *a)
{
	for (int i = 0; i < 3 && a->fail_nth >= 0; i++)
		if (pwrite(a->fail_nth, "0", 1, 0) == 1)
			return;
}

static void act_once(struct actor *a, uint32_t at)
{
	struct stage *s = a->stage;
	const struct insn *insn = &s->program.insns[at];
	const struct op *op = op_get(insn->op);
	bool async = op->blocks || insn->who & WHO_ASYNC;

	if (!(insn->who & WHO_FREE))
		await_turn(s, at);
	if (async) {
		s->busy |= 1U << a->number;
		pass_turn(s, at);
	}
	if (op->run) {
		op->run(a, insn);
	} else {
		call(a, op, insn);
		stop_failing(a);
	}
	s->busy &= ~(1U << a->number);
	if (!async)
		pass_turn(s, at);
	s->steps++;
}

void act(struct actor *a)
{
	struct stage *s = a->stage;

	for (int i = 0; i < s->program.n; i++)
		if ((s->program.insns[i].who & WHO_ACTOR) == a->number)
			act_once(a, i);
	s->ended |= 1U << a->number;
	wake_others(s);
}
