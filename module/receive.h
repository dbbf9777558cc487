/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Receiving, as both calls that do it ask for it.
 */
#ifndef QMSG_RECEIVE_H
#define QMSG_RECEIVE_H

#include "qmsg.h"

struct qmsg_receive {
	u32 flags;			/* QMSG_RECEIVE_* */
	s32 chid;
	u64 buf_ptr, buf_len;
	u64 info_ptr;
	u32 info_len;
	u64 deadline;
	s64 __user *out_rcvid;
};

/* Both structs have the same names for it. */
#define QMSG_RECEIVE_OF(args, uargs) {			\
	.flags = (args)->flags,				\
	.chid = (args)->chid,				\
	.buf_ptr = (args)->buf_ptr,			\
	.buf_len = (args)->buf_len,			\
	.info_ptr = (args)->info_ptr,			\
	.info_len = (args)->info_len,			\
	.deadline = qmsg_deadline_of_caller((args)->deadline), \
	.out_rcvid = &(uargs)->out_rcvid,		\
}

int qmsg_receive(struct qmsg_ctx *ctx, const struct qmsg_receive *rx);

#endif /* QMSG_RECEIVE_H */
