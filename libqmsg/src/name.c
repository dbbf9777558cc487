// SPDX-License-Identifier: MIT
#include <string.h>

#include "coid.h"
#include "internal.h"

/* One too many is enough to be refused. */
static uint32_t length_of(const char *name)
{
	return (uint32_t)strnlen(name, QMSG_NAME_MAX + 1);
}

QMSG_API int qmsg_name_attach(int q, int chid, const char *name)
{
	struct qmsg_name_attach args = {
		.size = sizeof(args),
		.chid = chid,
		.name_len = length_of(name),
		.name_ptr = qmsg_ptr(name),
	};

	return qmsg_ioctl(q, QMSG_IOC_NAME_ATTACH, &args);
}

QMSG_API int qmsg_name_detach(int q, int chid, const char *name)
{
	struct qmsg_name_detach args = {
		.size = sizeof(args),
		.chid = chid,
		.name_len = length_of(name),
		.name_ptr = qmsg_ptr(name),
	};

	return qmsg_ioctl(q, QMSG_IOC_NAME_DETACH, &args);
}

QMSG_API int qmsg_name_connect(int q, const char *name, unsigned index, unsigned flags)
{
	struct qmsg_name_connect args = {
		.size = sizeof(args),
		.flags = flags,
		.name_len = length_of(name),
		.index = index,
		.name_ptr = qmsg_ptr(name),
	};
	int ret = qmsg_coid_check_index(index);

	if (!ret)
		ret = qmsg_ioctl(q, QMSG_IOC_NAME_CONNECT, &args);
	return ret < 0 ? ret : qmsg_coid_place(args.out_coid, index, flags);
}
