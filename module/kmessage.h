/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What clients in the kernel share that wait for their answers (kcall.c) and that do not (kask.c).
 */
#ifndef QMSG_KMESSAGE_H
#define QMSG_KMESSAGE_H

#include <linux/sched.h>

#include "kclient.h"

struct qmsg_request *qmsg_kmessage_new(struct qmsg_kclient *kc, const struct qmsg_kcall *call);
long qmsg_kmessage_error(int err);
long qmsg_kmessage_take(const struct qmsg_request *req, struct qmsg_kcall *call);

/* Workers of io_uring and the like: there is no user mode to come back from. */
static inline bool qmsg_is_worker(void)
{
	return current->flags & (PF_KTHREAD | PF_IO_WORKER);
}

#endif /* QMSG_KMESSAGE_H */
