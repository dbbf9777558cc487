/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who may attach to a channel (D21), and who may use it at all (S3.13).
 */
#ifndef QMSG_ACCESS_H
#define QMSG_ACCESS_H

#include <linux/types.h>
#include <linux/uidgid.h>

#include "qmsg.h"

struct qmsg_access {
	umode_t mode;
	kgid_t gid;
};

int qmsg_access_make(struct qmsg_access *access, u32 mode, u32 gid);
bool qmsg_channel_may_be_used(const struct qmsg_channel *ch);
int qmsg_channel_may_attach(struct qmsg_channel *ch);

#endif /* QMSG_ACCESS_H */
