// SPDX-License-Identifier: MIT
#include "internal.h"

QMSG_API int qmsg_msg_receive_with(int q, struct qmsg_msg_receive *args)
{
	args->size = sizeof(*args);
	return qmsg_ioctl(q, QMSG_IOC_MSG_RECEIVE, args);
}

static int64_t receive(int q, unsigned flags, int chid, void *buf, size_t len,
		       struct qmsg_msg_info *info)
{
	struct qmsg_msg_receive args = {
		.size = sizeof(args),
		.flags = flags,
		.chid = chid,
		.info_len = info ? sizeof(*info) : 0,
		.buf_ptr = qmsg_ptr(buf),
		.buf_len = len,
		.info_ptr = qmsg_ptr(info),
		.deadline = QMSG_NO_DEADLINE,
		.out_rcvid = 0,
		.out_msglen = 0,
	};
	int ret = qmsg_ioctl(q, QMSG_IOC_MSG_RECEIVE, &args);

	return ret < 0 ? ret : args.out_rcvid;
}

QMSG_API int64_t qmsg_msg_receive(int q, int chid, void *buf, size_t len,
				  struct qmsg_msg_info *info)
{
	return receive(q, 0, chid, buf, len, info);
}

QMSG_API int64_t qmsg_msg_receive_pulse(int q, int chid, void *buf, size_t len,
					struct qmsg_msg_info *info)
{
	return receive(q, QMSG_RECEIVE_PULSE, chid, buf, len, info);
}
