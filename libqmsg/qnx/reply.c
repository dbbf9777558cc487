// SPDX-License-Identifier: MIT
#include "internal.h"

static int reply(unsigned flags, rcvid_t rcvid, long status, const void *buf, size_t len)
{
	struct qmsg_msg_reply args = {
		.size = sizeof(args),
		.flags = flags,
		.rcvid = rcvid,
		.status = status,
		.buf_ptr = qmsg_qnx_ptr(buf),
		.buf_len = len,
	};

	return qmsg_qnx_server_fault(qmsg_qnx_ioctl(QMSG_IOC_MSG_REPLY, &args));
}

QMSG_API int MsgReply_r(rcvid_t rcvid, long status, const void *msg, size_t bytes)
{
	return reply(0, rcvid, status, msg, bytes);
}

QMSG_API int MsgReply(rcvid_t rcvid, long status, const void *msg, size_t bytes)
{
	return (int)qmsg_qnx_number(reply(0, rcvid, status, msg, bytes));
}

QMSG_API int MsgReplyv_r(rcvid_t rcvid, long status, const iov_t *iov, size_t parts)
{
	return reply(QMSG_REPLY_DATA_IOV, rcvid, status, iov, parts);
}

QMSG_API int MsgReplyv(rcvid_t rcvid, long status, const iov_t *iov, size_t parts)
{
	return (int)qmsg_qnx_number(MsgReplyv_r(rcvid, status, iov, parts));
}

QMSG_API int MsgError_r(rcvid_t rcvid, int error)
{
	int q = qmsg_qnx_q();

	return q < 0 ? -q : -qmsg_msg_error(q, rcvid, error);
}

QMSG_API int MsgError(rcvid_t rcvid, int error)
{
	return qmsg_qnx_success(MsgError_r(rcvid, error));
}
