// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does the model see what it is there for in files? Histories as a broken module would have made
 * them, beside their sound twins; it needs no module.
 */
#include "kselftest_harness.h"

#include "pen.h"

#define FD	5
#define HOLDS	(QMSG_CHF_UNBLOCK | QMSG_CHF_DISCONNECT)
#define LETS_GO	QMSG_CHF_DISCONNECT

/* The first file's server connection, and those of later ones. */
static int32_t next_scoid;

static struct op *file_op(struct pen *w, int thread, enum op_type type, enum call_kind kind)
{
	static uint16_t number;
	struct op *op = begin(w, thread, type);

	op->coid = FD;
	op->call.kind = kind;
	op->value = op->call.number = ++number;
	return op;
}

static struct op *arrives(struct pen *w, const struct op *from, int64_t rcvid)
{
	struct op *op = receive(w, from, rcvid);

	op->scoid = next_scoid;
	return op;
}

static struct op *reply(struct pen *w, const struct op *received, int part)
{
	struct op *op = answer(w, received, 100, 0);

	op->part = part;
	return op;
}

static void error(struct pen *w, const struct op *received, int error)
{
	struct op *op = answer(w, received, 100, 0);

	op->how = BY_ERROR;
	op->error = error;
}

/* Opens a file: the only one that there is. */
static struct pen *opened(unsigned int flags)
{
	struct pen *w = new_pen(flags);
	struct op *op = file_op(w, CLIENT, OP_OPEN, C_OPEN);

	next_scoid = SCOID;
	reply(w, arrives(w, op, 50), CELLS);
	end(w, op, FD);
	return w;
}

static struct op *reads(struct pen *w, int thread)
{
	return file_op(w, thread, OP_CALL, C_READ);
}

/* A whole call, with as much of its answer as @part. */
static struct op *writes(struct pen *w, int cells, int part, int wrote)
{
	struct op *op = file_op(w, CLIENT, OP_CALL, C_WRITE);

	op->call.cells = cells;
	reply(w, arrives(w, op, 60), part);
	return end(w, op, wrote * sizeof(*op->cell));
}

static struct op *has_read(struct pen *w, struct op *op, int cells, uint16_t number)
{
	for (int i = 0; i < cells; i++)
		op->cell[i] = number;
	return end(w, op, (1 + cells) * sizeof(*op->cell));
}

static void seeks(struct pen *w, int place)
{
	struct op *op = file_op(w, CLIENT, OP_CALL, C_LSEEK);

	op->call.place = place;
	reply(w, arrives(w, op, 61), CELLS);
	end(w, op, place_told(op->call.number, place));
}

static void tells(struct pen *w, int place)
{
	struct op *op = file_op(w, CLIENT, OP_CALL, C_TELL);

	reply(w, arrives(w, op, 62), CELLS);
	end(w, op, place_told(op->call.number, place));
}

static struct op *signals(struct pen *w, bool restarts)
{
	struct op *op = begin(w, TROUBLE, OP_SIGNAL);

	op->target = CLIENT;
	op->restarts = restarts;
	return end(w, op, 0);
}

static void handles(struct pen *w, bool restarts)
{
	end(w, begin(w, CLIENT, OP_HANDLED), 0)->restarts = restarts;
}

/* ---- one call, one message ---- */

static struct pen *a_read(int messages)
{
	struct pen *w = opened(HOLDS);
	struct op *op = reads(w, CLIENT);

	for (int i = 0; i < messages; i++)
		reply(w, arrives(w, op, 70 + i), CELLS);
	has_read(w, op, 0, 0);
	receive_nothing(w);
	return w;
}

TEST(a_call_is_one_message)
{
	SOUND(a_read(1));
	BROKEN(a_read(0));
	BROKEN(a_read(2));
}

TEST(a_message_is_what_was_called_for)
{
	struct pen *w = a_read(1);

	w->h.op[w->h.n - 3].garbled = true;
	BROKEN(w);
}

TEST(an_answer_is_for_its_own_call)
{
	struct pen *w = opened(HOLDS);
	struct op *a = file_op(w, CLIENT, OP_CALL, C_DEVCTL);
	struct op *b = file_op(w, CLIENT + 1, OP_CALL, C_DEVCTL);
	struct op *to_a = arrives(w, a, 70), *to_b = arrives(w, b, 71);

	answer(w, to_a, 1, 0);
	answer(w, to_b, 2, 0);
	a->got = 1;
	b->got = 2;
	end(w, a, a->call.number);
	end(w, b, b->call.number);
	SOUND(w);
	a->got = 2;
	b->got = 1;
	BROKEN(w);
}

/* ---- the place, which all descriptors of a description have in common ---- */

static struct pen *short_write(int asked, int taken, int place)
{
	struct pen *w = opened(HOLDS);

	writes(w, asked, taken, taken);
	tells(w, place);
	return w;
}

TEST(the_place_moves_by_what_was_answered)
{
	SOUND(short_write(3, 3, 3));
	SOUND(short_write(3, 2, 2));
	BROKEN(short_write(3, 2, 3));
	BROKEN(short_write(3, 3, 0));
}

TEST(a_placed_read_moves_nothing)
{
	struct pen *w = opened(HOLDS);
	struct op *wrote = writes(w, 3, CELLS, 3), *read = reads(w, CLIENT);

	read->call.placed = true;
	read->call.place = 1;
	reply(w, arrives(w, read, 70), CELLS);
	has_read(w, read, 2, wrote->call.number);
	tells(w, 3);
	SOUND(w);
	w->h.op[w->h.n - 1].ret += 2;
	BROKEN(w);
}

TEST(what_was_written_is_read)
{
	struct pen *w = opened(HOLDS);
	struct op *wrote = writes(w, 2, CELLS, 2), *read;

	seeks(w, 0);
	read = reads(w, CLIENT);
	reply(w, arrives(w, read, 70), CELLS);
	has_read(w, read, 2, wrote->call.number);
	SOUND(w);
	read->cell[1] = 0;
	BROKEN(w);
}

static struct pen *two_descriptors(int place)
{
	struct pen *w = opened(HOLDS);
	struct op *dup = file_op(w, CLIENT, OP_DUP, C_NONE), *op;

	end(w, dup, FD + 1);
	writes(w, 2, CELLS, 2);
	op = file_op(w, CLIENT, OP_CALL, C_TELL);
	op->coid = FD + 1;
	reply(w, arrives(w, op, 70), CELLS);
	end(w, op, place_told(op->call.number, place));
	return w;
}

TEST(a_dup_has_the_same_place)
{
	SOUND(two_descriptors(2));
	BROKEN(two_descriptors(0));
}

/* ---- signals ---- */

/* One that nobody has received, or that somebody has. */
static struct pen *leaves(unsigned int flags, bool restarts, bool received)
{
	struct pen *w = opened(flags);
	struct op *op = reads(w, CLIENT);

	if (received)
		arrives(w, op, 70);
	signals(w, restarts);
	handles(w, restarts);
	end(w, op, -EINTR);
	return w;
}

TEST(nobody_leaves_unasked)
{
	SOUND(leaves(HOLDS, false, false));
	BROKEN(leaves(HOLDS, false, true));
	SOUND(leaves(LETS_GO, false, true));
}

TEST(nobody_leaves_for_a_handler_that_restarts)
{
	BROKEN(leaves(HOLDS, true, false));
	BROKEN(leaves(HOLDS, true, true));
	BROKEN(leaves(LETS_GO, true, true));
}

TEST(nobody_leaves_without_a_signal)
{
	struct pen *w = opened(HOLDS);

	end(w, reads(w, CLIENT), -EINTR);
	BROKEN(w);
}

/* The manager lets go: then the call is over, or begins anew. */
static struct pen *let_go(bool restarts, bool anew)
{
	struct pen *w = opened(HOLDS);
	struct op *op = reads(w, CLIENT);
	struct op *received = arrives(w, op, 70);

	signals(w, restarts);
	receive_pulse(w, QMSG_PULSE_CODE_UNBLOCK, 70, 0)->scoid = next_scoid;
	error(w, received, EINTR);
	handles(w, restarts);
	if (!anew) {
		end(w, op, -EINTR);
		return w;
	}
	reply(w, arrives(w, op, 71), CELLS);
	has_read(w, op, 0, 0);
	return w;
}

TEST(who_is_let_go_has_what_its_handler_says)
{
	SOUND(let_go(false, false));
	BROKEN(let_go(false, true));
	SOUND(let_go(true, true));
	BROKEN(let_go(true, false));
}

static struct pen *handler(bool before_the_answer)
{
	struct pen *w = opened(HOLDS);
	struct op *op = reads(w, CLIENT);
	struct op *received = arrives(w, op, 70);

	signals(w, true);
	if (before_the_answer)
		handles(w, true);
	reply(w, received, CELLS);
	if (!before_the_answer)
		handles(w, true);
	has_read(w, op, 0, 0);
	return w;
}

TEST(handlers_wait_for_the_answer)
{
	SOUND(handler(false));
	BROKEN(handler(true));
}

/* ---- close ---- */

static void closes(struct pen *w, int fd, bool told)
{
	struct op *op = file_op(w, CLIENT, OP_CLOSE, C_CLOSE);

	op->coid = fd;
	if (told)
		reply(w, arrives(w, op, 80 + fd), CELLS);
	end(w, op, 0);
}

static void disconnected(struct pen *w)
{
	receive_pulse(w, QMSG_PULSE_CODE_DISCONNECT, 0, 0)->scoid = next_scoid;
}

/* Two descriptors of one description. */
static struct pen *closed(bool first, bool second)
{
	struct pen *w = opened(HOLDS);

	end(w, file_op(w, CLIENT, OP_DUP, C_NONE), FD + 1);
	closes(w, FD, first);
	closes(w, FD + 1, second);
	disconnected(w);
	receive_nothing(w);
	return w;
}

TEST(the_last_close_is_told)
{
	SOUND(closed(false, true));
	BROKEN(closed(false, false));
	BROKEN(closed(true, true));
	BROKEN(closed(true, false));
}

TEST(a_close_is_told_once)
{
	struct pen *w = opened(HOLDS);
	struct op *op = file_op(w, CLIENT, OP_CLOSE, C_CLOSE);

	reply(w, arrives(w, op, 80), CELLS);
	reply(w, arrives(w, op, 81), CELLS);
	end(w, op, 0);
	BROKEN(w);
}

static struct pen *gone(int pulses)
{
	struct pen *w = opened(HOLDS);

	closes(w, FD, true);
	while (pulses--)
		disconnected(w);
	receive_nothing(w);
	return w;
}

TEST(a_file_is_gone_once)
{
	SOUND(gone(1));
	BROKEN(gone(0));
	BROKEN(gone(2));
}

TEST(nothing_comes_after_the_close)
{
	struct pen *w = opened(HOLDS);
	struct op *op;

	closes(w, FD, true);
	op = reads(w, CLIENT);
	end(w, op, -EBADF);
	SOUND(w);
	w = opened(HOLDS);
	closes(w, FD, true);
	op = reads(w, CLIENT);
	reply(w, arrives(w, op, 70), CELLS);
	has_read(w, op, 0, 0);
	BROKEN(w);
}

/* Who has it in a call, has it: then nobody can be sure to be the last. */
TEST(a_close_within_a_call_is_not_told)
{
	struct pen *w = opened(HOLDS);
	struct op *op = reads(w, CLIENT + 1);
	struct op *received = arrives(w, op, 70);

	closes(w, FD, false);
	reply(w, received, CELLS);
	has_read(w, op, 0, 0);
	disconnected(w);
	SOUND(w);
}

/* Of a call that never came back it is not known when it has looked for its file. */
TEST(a_call_of_who_is_killed_may_find_the_next_file)
{
	struct pen *w = opened(HOLDS);
	struct op *read = reads(w, CLIENT + 1), *open, *kill;

	closes(w, FD, true);
	disconnected(w);
	next_scoid++;
	open = file_op(w, CLIENT, OP_OPEN, C_OPEN);
	reply(w, arrives(w, open, 51), CELLS);
	end(w, open, FD);
	kill = begin(w, TROUBLE, OP_KILL);
	kill->process = 1;
	arrives(w, read, 70);
	end(w, kill, 0);
	SOUND(w);
}

/* A process has its descriptors until it ends, and what another has as well stays open. */
static struct pen *two_processes(bool told)
{
	struct pen *w = new_pen(HOLDS);
	struct op *op = file_op(w, TROUBLE, OP_OPEN, C_OPEN);

	next_scoid = SCOID;
	reply(w, arrives(w, op, 50), CELLS);
	end(w, op, FD);
	for (int i = 1; i < PROCESSES; i++)
		end(w, begin(w, SERVER, OP_INHERIT), 0)->process = i;
	end(w, file_op(w, TROUBLE, OP_CLOSE, C_CLOSE), 0);
	exits(w, OP_KILL, 1);
	receive_nothing(w);
	op = file_op(w, OTHER, OP_CLOSE, C_CLOSE);
	if (told)
		reply(w, arrives(w, op, 51), CELLS);
	end(w, op, 0);
	disconnected(w);
	return w;
}

TEST(what_another_process_has_stays_open)
{
	SOUND(two_processes(true));
	BROKEN(two_processes(false));
}

TEST_HARNESS_MAIN
