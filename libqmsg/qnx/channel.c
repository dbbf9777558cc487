// SPDX-License-Identifier: MIT
#include "internal.h"

QMSG_API int ChannelCreate_r(unsigned flags)
{
	int q = qmsg_qnx_context();

	return q < 0 ? q : qmsg_channel_create(q, flags);
}

QMSG_API int ChannelCreate(unsigned flags)
{
	return (int)qmsg_qnx_number(ChannelCreate_r(flags));
}

QMSG_API int ChannelDestroy_r(int chid)
{
	int q = qmsg_qnx_context();

	return q < 0 ? -q : -qmsg_channel_destroy(q, chid);
}

QMSG_API int ChannelDestroy(int chid)
{
	return qmsg_qnx_success(ChannelDestroy_r(chid));
}
