// SPDX-License-Identifier: MIT
#include "internal.h"

QMSG_API int qmsg_msg_info(int q, int64_t rcvid, struct qmsg_msg_info *info)
{
	struct qmsg_msg_get_info args = {
		.size = sizeof(args),
		.rcvid = rcvid,
		.info_ptr = qmsg_ptr(info),
		.info_len = sizeof(*info),
	};

	return qmsg_ioctl(q, QMSG_IOC_MSG_INFO, &args);
}

QMSG_API int qmsg_msg_eventfd(int q, int64_t rcvid, int fd)
{
	struct qmsg_msg_eventfd args = { .size = sizeof(args), .rcvid = rcvid, .fd = fd };

	return qmsg_ioctl(q, QMSG_IOC_MSG_EVENTFD, &args);
}
