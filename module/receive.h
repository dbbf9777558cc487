/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Receiving, as both calls that do it ask for it.
 */
#ifndef QMSG_RECEIVE_H
#define QMSG_RECEIVE_H

#include "iov.h"
#include "qmsg.h"

struct qmsg_receive {
	u32 flags;			/* QMSG_RECEIVE_* */
	s32 chid;
	u64 info_ptr;
	u32 info_len;
	u64 deadline;
	struct qmsg_received __user *out;
	bool wants_msglen;
	int bad_buffer;			/* or information; an error, or: */
	struct qmsg_iov iov;
};

/* How both structs end. Shorter ones end with the id. */
struct qmsg_received {
	s64 rcvid;
	u64 msglen;
};

/* Both structs have the same names for it. qmsg_receive() and qmsg_receive_end() have to follow. */
#define QMSG_RECEIVE_BEGIN(rx, args, uargs) do {			\
	(rx)->flags = (args)->flags;					\
	(rx)->chid = (args)->chid;					\
	(rx)->info_ptr = (args)->info_ptr;				\
	(rx)->info_len = (args)->info_len;				\
	(rx)->deadline = qmsg_deadline_of_caller((args)->deadline);	\
	(rx)->out = (void __user *)&(uargs)->out_rcvid;			\
	(rx)->wants_msglen = (args)->size >= sizeof(*(args));		\
	qmsg_receive_begin(rx, (args)->buf_ptr, (args)->buf_len);	\
} while (0)

void qmsg_receive_begin(struct qmsg_receive *rx, u64 buf_ptr, u64 buf_len);
int qmsg_receive(struct qmsg_ctx *ctx, const struct qmsg_receive *rx, struct qmsg_channel *held);

static inline void qmsg_receive_end(struct qmsg_receive *rx)
{
	qmsg_iov_free(&rx->iov);
}

#endif /* QMSG_RECEIVE_H */
