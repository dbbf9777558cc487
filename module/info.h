/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a server is told about a request.
 */
#ifndef QMSG_INFO_H
#define QMSG_INFO_H

#include "qmsg.h"

void qmsg_info_fill(const struct qmsg_request *req, struct qmsg_msg_info *info);
int qmsg_info_put(const struct qmsg_msg_info *info, u64 ptr, u32 len);

#endif /* QMSG_INFO_H */
