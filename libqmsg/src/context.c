// SPDX-License-Identifier: MIT
/*
 * A context is one open of the device.
 */
#include "fd.h"
#include "internal.h"

QMSG_API int qmsg_open(void)
{
	return qmsg_fd_open("/dev/qmsg", O_RDWR | O_CLOEXEC);
}

QMSG_API int qmsg_close(int q)
{
	return qmsg_fd_close(q);
}

QMSG_API int qmsg_query(int q, struct qmsg_query *out)
{
	*out = (struct qmsg_query){ .size = sizeof(*out) };
	return qmsg_ioctl(q, QMSG_IOC_QUERY, out);
}

QMSG_API int qmsg_setup(int q, unsigned rcvid_bits)
{
	struct qmsg_setup args = { .size = sizeof(args), .rcvid_bits = rcvid_bits };

	return qmsg_ioctl(q, QMSG_IOC_SETUP, &args);
}
