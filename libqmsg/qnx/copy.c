// SPDX-License-Identifier: MIT
/*
 * MsgRead() and MsgWrite(). The client's memory is never at fault here: its message was
 * copied when it was sent, and it stores its reply itself.
 */
#include "internal.h"

static ssize_t copy(unsigned long request, unsigned flags, rcvid_t rcvid, const void *buf,
		    size_t len, size_t offset)
{
	struct qmsg_msg_copy args = {
		.flags = flags,
		.rcvid = rcvid,
		.offset = offset,
		.buf_ptr = qmsg_qnx_ptr(buf),
		.buf_len = len,
	};
	int q = qmsg_qnx_context();
	int ret;

	if (q < 0)
		return q;
	ret = qmsg_qnx_server_fault(qmsg_msg_copy_with(q, request, &args));
	return ret < 0 ? ret : (ssize_t)args.out_copied;
}

QMSG_API ssize_t MsgRead_r(rcvid_t rcvid, void *msg, size_t bytes, size_t offset)
{
	ssize_t n = copy(QMSG_IOC_MSG_READ, 0, rcvid, msg, bytes, offset);

	if (n > 0)
		qmsg_qnx_keep(rcvid, msg, (size_t)n);
	return n;
}

QMSG_API ssize_t MsgRead(rcvid_t rcvid, void *msg, size_t bytes, size_t offset)
{
	return qmsg_qnx_number(MsgRead_r(rcvid, msg, bytes, offset));
}

QMSG_API ssize_t MsgReadv_r(rcvid_t rcvid, const iov_t *iov, size_t parts, size_t offset)
{
	ssize_t n = copy(QMSG_IOC_MSG_READ, QMSG_COPY_IOV, rcvid, iov, parts, offset);

	if (n > 0)
		qmsg_qnx_keepv(rcvid, iov, parts, (size_t)n);
	return n;
}

QMSG_API ssize_t MsgReadv(rcvid_t rcvid, const iov_t *iov, size_t parts, size_t offset)
{
	return qmsg_qnx_number(MsgReadv_r(rcvid, iov, parts, offset));
}

QMSG_API ssize_t MsgWrite_r(rcvid_t rcvid, const void *msg, size_t bytes, size_t offset)
{
	return copy(QMSG_IOC_MSG_WRITE, 0, rcvid, msg, bytes, offset);
}

QMSG_API ssize_t MsgWrite(rcvid_t rcvid, const void *msg, size_t bytes, size_t offset)
{
	return qmsg_qnx_number(MsgWrite_r(rcvid, msg, bytes, offset));
}

QMSG_API ssize_t MsgWritev_r(rcvid_t rcvid, const iov_t *iov, size_t parts, size_t offset)
{
	return copy(QMSG_IOC_MSG_WRITE, QMSG_COPY_IOV, rcvid, iov, parts, offset);
}

QMSG_API ssize_t MsgWritev(rcvid_t rcvid, const iov_t *iov, size_t parts, size_t offset)
{
	return qmsg_qnx_number(MsgWritev_r(rcvid, iov, parts, offset));
}
