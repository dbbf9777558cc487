/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's init, in a few files of one idea each:
 *
 *   init.c    what happens, in order
 *   tap.c     the report on the second serial port
 *   run.c     one test program: start, listen, time out
 *   tasks.c   which processes are there; getting rid of them
 *   klog.c    the kernel log since the last look
 *   race.c    whose data race it tells of
 *   module.c  the module: load, unload, counters, use count
 *   leaks.c   kmemleak, and whether lockdep is still awake
 *   memory.c  how much of it is left
 *   soak.c    all programs beside each other, for as long as asked for
 *   binder.c  what the benchmark compares with, if the kernel has it
 *   files.c   files for the host on the third serial port
 */
#ifndef QMSG_GUEST_H
#define QMSG_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* How much slower than a stock kernel under emulation this one is. */
extern int slow;

/* init.c */
long long now_ms(void);
long env_long(const char *name, long otherwise);
/* Read a small file as a string; false if that cannot be done. */
bool read_file(const char *path, char *buf, size_t size);
bool write_file(const char *path, const char *text);
/* Call until it returns true; false if it did not within some seconds. */
bool wait_until(bool (*condition)(void), int seconds);
/* Every test program, in alphabetical order: its path, its DIRECTORY/NAME. */
void for_each_test(void (*fn)(const char *path, const char *name));

/* tap.c */
/* A serial port that passes on every byte as it is. */
int open_serial(const char *device);
void tap_open(const char *device);
void tap_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
bool tap_result(bool ok, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void tap_subtest(const char *name);
void tap_sub_line(const char *line);
/* Does what the subtest printed agree with how it ended? */
bool tap_sub_complete(int exit_status);
void tap_verdict(void);

/* run.c */
/* In a session of its own, with ARGS= for arguments; its pid. */
pid_t program_start(const char *path, int out, int err);
void run_test(const char *path, const char *name);
/* What it prints goes to the device as it is; errors are still part of the report. */
void run_shown(const char *path, const char *name, const char *device);

/* tasks.c */
int tasks_show(void);
bool tasks_none(void);
bool tasks_check(const char *who);
void tasks_kill(void);
/*
 * What tests have run at real-time priorities may take a whole processor, and must not keep a
 * real-time kernel's own threads from it: a lock of theirs is in the way of the other's timers.
 */
void tasks_let_time_go_on(void);

struct task_states {
	int all, running, uninterruptible, zombies;
};

struct task_states tasks_states(void);

/* klog.c */
void klog_open(void);
void klog_marker(const char *text);
/* Has it complained since the last look? quiet: the module may not have said anything either */
bool klog_complains(bool quiet);
bool klog_check(const char *who, bool quiet);

/* race.c: what a line of the kernel log is to the report of a data race, if there is one */
enum race {
	RACE_NONE,		/* nothing */
	RACE_UNDECIDED,		/* it is in one */
	RACE_OURS,		/* the end of one that is the module's, which has been told */
	RACE_OTHERS,		/* likewise, of the kernel's own */
};
enum race race_line(const char *text);

/* module.c */
bool module_load(const char *path);
bool module_check(const char *who);
bool module_unload(void);
/* What is alive in it, all kinds together. */
long long module_objects(void);

/* leaks.c */
void leaks_forget(void);
void leaks_check(const char *when);
void lockdep_check(void);

/* memory.c */
struct memory {
	long available, slab;		/* KiB */
};

struct memory memory_now(void);
/* Without what the kernel only keeps because there is room. */
struct memory memory_at_rest(void);

/* soak.c */
void soak(long minutes);

/* binder.c */
void binder_provide(void);

/* files.c */
void files_send(const char *device);

#endif
