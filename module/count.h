/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which of the module's code has run: for "make coverage" and "make fuzz". The compiler puts the
 * counting in, with "make QMSG_COUNT=1" only.
 */
#ifndef QMSG_COUNT_H
#define QMSG_COUNT_H

struct dentry;

#ifdef QMSG_COUNT
struct gcov_info;

void qmsg_count_init(struct dentry *dir);
void qmsg_count_exit(void);
void qmsg_counts_keep(const struct gcov_info *const *info, const struct gcov_info *const *end);
void qmsgfs_count_exit(void);
#else
#define qmsg_count_init(dir)	((void)(dir))
#define qmsg_count_exit()	do { } while (0)
#define qmsgfs_count_exit()	do { } while (0)
#endif

#endif /* QMSG_COUNT_H */
