// SPDX-License-Identifier: MIT
#include "internal.h"

QMSG_API int qmsg_msg_reply_with(int q, struct qmsg_msg_reply *args)
{
	args->size = sizeof(*args);
	return qmsg_ioctl(q, QMSG_IOC_MSG_REPLY, args);
}

QMSG_API int qmsg_msg_reply(int q, int64_t rcvid, int64_t status, const void *msg, size_t len)
{
	struct qmsg_msg_reply args = {
		.size = sizeof(args),
		.rcvid = rcvid,
		.status = status,
		.buf_ptr = qmsg_ptr(msg),
		.buf_len = len,
	};

	return qmsg_ioctl(q, QMSG_IOC_MSG_REPLY, &args);
}

QMSG_API int qmsg_msg_error_with(int q, struct qmsg_msg_error *args)
{
	args->size = sizeof(*args);
	return qmsg_ioctl(q, QMSG_IOC_MSG_ERROR, args);
}

QMSG_API int qmsg_msg_error(int q, int64_t rcvid, int error)
{
	struct qmsg_msg_error args = { .rcvid = rcvid, .error = error };

	return qmsg_msg_error_with(q, &args);
}
