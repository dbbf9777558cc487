/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Threads that are blocked here, found from outside.
 */
#ifndef QMSG_UNBLOCK_H
#define QMSG_UNBLOCK_H

#include "qmsg.h"

struct qmsg_target;
struct task_struct;

u32 qmsg_reply_blocked(struct qmsg_proc *proc, struct task_struct **tasks, int n);
int qmsg_unblock_thread(const struct qmsg_target *to, bool check);

#endif /* QMSG_UNBLOCK_H */
