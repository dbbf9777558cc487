/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What happens to a process besides its calls of the module: signals, memory that changes,
 * descriptors, forks, quotas, memory that is not to be had.
 */
#ifndef SELFTESTS_FUZZ_DEEDS_H
#define SELFTESTS_FUZZ_DEEDS_H

struct actor;
struct insn;

void deed_signal(struct actor *a, const struct insn *insn);
void deed_kill(struct actor *a, const struct insn *insn);
void deed_fail(struct actor *a, const struct insn *insn);
void deed_close(struct actor *a, const struct insn *insn);
void deed_open(struct actor *a, const struct insn *insn);
void deed_dup(struct actor *a, const struct insn *insn);
void deed_eventfd(struct actor *a, const struct insn *insn);
void deed_poll(struct actor *a, const struct insn *insn);
void deed_protect(struct actor *a, const struct insn *insn);
void deed_forget(struct actor *a, const struct insn *insn);
void deed_fork(struct actor *a, const struct insn *insn);
void deed_end(struct actor *a, const struct insn *insn);
void deed_fifo(struct actor *a, const struct insn *insn);
void deed_nobody(struct actor *a, const struct insn *insn);
void deed_look(struct actor *a, const struct insn *insn);
void deed_param(struct actor *a, const struct insn *insn);
void deed_garbage(struct actor *a, const struct insn *insn);

#define DEEDS								\
	{ .name = "signal", .run = deed_signal },			\
	{ .name = "kill", .run = deed_kill },				\
	{ .name = "fail", .run = deed_fail },				\
	{ .name = "close", .run = deed_close },				\
	{ .name = "open", .run = deed_open },				\
	{ .name = "dup", .run = deed_dup },				\
	{ .name = "eventfd", .run = deed_eventfd },			\
	{ .name = "poll", .run = deed_poll, .blocks = true },		\
	{ .name = "protect", .run = deed_protect },			\
	{ .name = "forget", .run = deed_forget },			\
	{ .name = "fork", .run = deed_fork, .blocks = true },		\
	{ .name = "end", .run = deed_end },				\
	{ .name = "fifo", .run = deed_fifo },				\
	{ .name = "nobody", .run = deed_nobody },			\
	{ .name = "look", .run = deed_look },				\
	{ .name = "param", .run = deed_param },				\
	{ .name = "garbage", .run = deed_garbage, .blocks = true },

#endif
