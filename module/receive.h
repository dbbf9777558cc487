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
	struct qmsg_received __user *out;
	bool wants_msglen;
};

/* How both structs end. Shorter ones end with the id. */
struct qmsg_received {
	s64 rcvid;
	u64 msglen;
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
	.out = (void __user *)&(uargs)->out_rcvid,	\
	.wants_msglen = (args)->size >= sizeof(*(args)), \
}

int qmsg_receive(struct qmsg_ctx *ctx, const struct qmsg_receive *rx);

#endif /* QMSG_RECEIVE_H */
