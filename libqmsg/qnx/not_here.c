// SPDX-License-Identifier: MIT
/*
 * Calls that only fail, so that a program which has another way when they do takes that.
 */
#include <sys/procmgr.h>

#include "internal.h"

#define NOT_HERE(name, sign, ...) \
	QMSG_API int name##_r(__VA_ARGS__) { return (sign) * ENOSYS; } \
	QMSG_API int name(__VA_ARGS__) { return qmsg_qnx_success(ENOSYS); }

#pragma GCC diagnostic ignored "-Wunused-parameter"

NOT_HERE(ChannelCtl, -1, int chid, int cmd, void *data)
NOT_HERE(MsgReadiov, -1, rcvid_t rcvid, const iov_t *iov, size_t parts, size_t offset, int flags)
NOT_HERE(MsgKeyData, 1, rcvid_t rcvid, int op, uint32_t key, uint32_t *newkey, const iov_t *msg,
	 int parts)
NOT_HERE(MsgPause, 1, rcvid_t rcvid, unsigned cookie)

QMSG_API int MsgSendAsync(int coid)
{
	return qmsg_qnx_success(ENOSYS);
}

QMSG_API int MsgSendAsyncGbl(int coid, const void *smsg, size_t sbytes, unsigned priority)
{
	return qmsg_qnx_success(ENOSYS);
}

QMSG_API int MsgReceiveAsync(int chid, const iov_t *iov, unsigned parts)
{
	return qmsg_qnx_success(ENOSYS);
}

QMSG_API int MsgReceiveAsyncGbl(int chid, void *rmsg, size_t rbytes, struct _msg_info *info,
				int coid)
{
	return qmsg_qnx_success(ENOSYS);
}

QMSG_API int procmgr_event_notify(unsigned flags, const struct sigevent *event)
{
	return qmsg_qnx_success(ENOSYS);
}

QMSG_API int procmgr_event_notify_add(unsigned flags, const struct sigevent *event)
{
	return qmsg_qnx_success(ENOSYS);
}

QMSG_API int procmgr_event_notify_delete(int handle)
{
	return qmsg_qnx_success(ENOSYS);
}
