// SPDX-License-Identifier: MIT
#include "internal.h"

QMSG_API int qmsg_msg_current(int q, int64_t rcvid)
{
	struct qmsg_msg_current args = { .size = sizeof(args), .rcvid = rcvid };

	return qmsg_ioctl(q, QMSG_IOC_MSG_CURRENT, &args);
}
