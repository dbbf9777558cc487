// SPDX-License-Identifier: MIT
#include "internal.h"

QMSG_API int qmsg_msg_reply_receive_with(int q, struct qmsg_msg_reply_receive *args)
{
	args->size = sizeof(*args);
	return qmsg_ioctl(q, QMSG_IOC_MSG_REPLY_RECEIVE, args);
}

QMSG_API int64_t qmsg_msg_reply_receive(int q, int64_t rcvid, int64_t status, const void *rmsg,
					size_t rlen, int chid, void *buf, size_t len,
					struct qmsg_msg_info *info)
{
	struct qmsg_msg_reply_receive args = {
		.size = sizeof(args),
		.reply_flags = 0,
		.rcvid = rcvid,
		.status = status,
		.reply_ptr = qmsg_ptr(rmsg),
		.reply_len = rlen,
		.flags = 0,
		.chid = chid,
		.info_len = info ? sizeof(*info) : 0,
		.out_reply_error = 0,
		.buf_ptr = qmsg_ptr(buf),
		.buf_len = len,
		.info_ptr = qmsg_ptr(info),
		.deadline = QMSG_NO_DEADLINE,
		.out_rcvid = 0,
		.out_msglen = 0,
	};
	int ret = qmsg_ioctl(q, QMSG_IOC_MSG_REPLY_RECEIVE, &args);

	return ret < 0 ? ret : args.out_rcvid;
}
