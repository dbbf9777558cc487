/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pinning the caller's own pages, and paying for that.
 */
#ifndef QMSG_PIN_H
#define QMSG_PIN_H

#include "window.h"

int qmsg_pin(struct qmsg_span *span, struct qmsg_user *user, struct user_struct **payer,
	     const struct qmsg_iov *iov, size_t len, bool write);
void qmsg_unpin(struct qmsg_span *span, struct user_struct *payer, bool dirty);
void qmsg_pin_payer_put(struct user_struct **payer);

#endif /* QMSG_PIN_H */
