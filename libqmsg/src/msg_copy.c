// SPDX-License-Identifier: MIT
/*
 * MsgRead and MsgWrite: one struct, two directions.
 */
#include "internal.h"

QMSG_API int qmsg_msg_copy_with(int q, unsigned long request, struct qmsg_msg_copy *args)
{
	if (request != QMSG_IOC_MSG_READ && request != QMSG_IOC_MSG_WRITE)
		return -EINVAL;
	args->size = sizeof(*args);
	return qmsg_ioctl(q, request, args);
}

static ssize_t copy(int q, unsigned long request, int64_t rcvid, const void *buf, size_t len,
		    uint64_t offset)
{
	struct qmsg_msg_copy args = {
		.rcvid = rcvid,
		.offset = offset,
		.buf_ptr = qmsg_ptr(buf),
		.buf_len = len,
	};
	int ret = qmsg_msg_copy_with(q, request, &args);

	return ret < 0 ? ret : (ssize_t)args.out_copied;
}

QMSG_API ssize_t qmsg_msg_read(int q, int64_t rcvid, void *buf, size_t len, uint64_t offset)
{
	return copy(q, QMSG_IOC_MSG_READ, rcvid, buf, len, offset);
}

QMSG_API ssize_t qmsg_msg_write(int q, int64_t rcvid, const void *buf, size_t len, uint64_t offset)
{
	return copy(q, QMSG_IOC_MSG_WRITE, rcvid, buf, len, offset);
}
