// SPDX-License-Identifier: MIT
#include "internal.h"

QMSG_API int MsgInfo_r(rcvid_t rcvid, struct _msg_info *info)
{
	struct qmsg_msg_info native;
	int q = qmsg_qnx_context();
	int error;

	if (q < 0)
		return -q;
	if (!info)
		return EFAULT;
	error = -qmsg_msg_info(q, rcvid, &native);
	if (!error)
		qmsg_qnx_info(info, &native);
	return error;
}

QMSG_API int MsgInfo(rcvid_t rcvid, struct _msg_info *info)
{
	return qmsg_qnx_success(MsgInfo_r(rcvid, info));
}
