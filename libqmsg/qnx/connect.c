// SPDX-License-Identifier: MIT
#include "internal.h"

QMSG_API int ConnectAttach_r(uint32_t nd, pid_t pid, int chid, unsigned index, int flags)
{
	int q = qmsg_qnx_context();

	if (q < 0)
		return q;
	if (nd != ND_LOCAL_NODE)
		return -ENOREMOTE;
	return qmsg_connect_attach(q, pid, chid, index, (unsigned)flags & ~_NTO_COF_DEAD);
}

QMSG_API int ConnectAttach(uint32_t nd, pid_t pid, int chid, unsigned index, int flags)
{
	return (int)qmsg_qnx_number(ConnectAttach_r(nd, pid, chid, index, flags));
}

/* A descriptor that is not open is to QNX a coid that is free (S2.39). */
QMSG_API int ConnectDetach_r(int coid)
{
	int q = qmsg_qnx_context();
	int error;

	if (q < 0)
		return -q;
	error = -qmsg_connect_detach(q, coid);
	return error == EBADF ? EINVAL : error;
}

QMSG_API int ConnectDetach(int coid)
{
	return qmsg_qnx_success(ConnectDetach_r(coid));
}
