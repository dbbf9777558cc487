/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Waiting for a QMSG_EVENT_INTR.
 *
 * DOC: One bit per thread, kept with the process from the first event or the first wait of
 * the thread until somebody notices that it has gone.
 */
#ifndef QMSG_INTR_H
#define QMSG_INTR_H

#include "qmsg.h"

struct qmsg_target;

int qmsg_intr_thread(const struct qmsg_target *to, bool check);
void qmsg_intr_wake_all(struct qmsg_proc *proc);
void qmsg_intr_free_all(struct qmsg_proc *proc);

#endif /* QMSG_INTR_H */
