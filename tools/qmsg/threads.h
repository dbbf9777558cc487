/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The threads that a recording has met, with the names that they had then: when it is looked at they
 * may long be gone.
 */
#ifndef QMSG_THREADS_H
#define QMSG_THREADS_H

/* @tid has done something, to which @fields belong. */
void threads_meet(int tid, const char *fields);
/* Its name without anything that separates words. */
const char *threads_word(int tid);
/* @pid is 0 and @name "" where it had gone. */
void threads_each(void (*fn)(int tid, int pid, const char *name, void *arg), void *arg);

#endif /* QMSG_THREADS_H */
