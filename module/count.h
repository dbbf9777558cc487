/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which of the module's code has run: for "make coverage" and "make fuzz". The compiler puts the
 * counting in, with "make QMSG_COUNT=1" only.
 */
#ifndef QMSG_COUNT_H
#define QMSG_COUNT_H

struct dentry;

#ifdef QMSG_COUNT
void qmsg_count_init(struct dentry *dir);
#else
#define qmsg_count_init(dir)	((void)(dir))
#endif

#endif /* QMSG_COUNT_H */
