/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * MsgSend, executed again after the task had to step aside (park.h).
 */
#ifndef QMSG_SEND_H
#define QMSG_SEND_H

#include "qmsg.h"

/* To be called first by every call while the context has parked requests. */
bool qmsg_send_resume(struct qmsg_ctx *ctx, unsigned int cmd, void __user *uarg, long *ret);

#endif /* QMSG_SEND_H */
