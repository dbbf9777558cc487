// SPDX-License-Identifier: MIT
#include "internal.h"

QMSG_API int qmsg_channel_create_with(int q, struct qmsg_channel_create *args)
{
	int ret;

	args->size = sizeof(*args);
	ret = qmsg_ioctl(q, QMSG_IOC_CHANNEL_CREATE, args);
	return ret < 0 ? ret : args->out_chid;
}

QMSG_API int qmsg_channel_create(int q, unsigned flags)
{
	struct qmsg_channel_create args = { .flags = flags };

	return qmsg_channel_create_with(q, &args);
}

QMSG_API int qmsg_channel_access(int q, int chid, mode_t mode, gid_t gid)
{
	struct qmsg_channel_access args = {
		.size = sizeof(args),
		.chid = chid,
		.mode = mode,
		.gid = gid,
	};

	return qmsg_ioctl(q, QMSG_IOC_CHANNEL_ACCESS, &args);
}

QMSG_API int qmsg_channel_fd(int q, int chid, unsigned flags)
{
	struct qmsg_channel_fd args = { .size = sizeof(args), .flags = flags, .chid = chid };
	int ret = qmsg_ioctl(q, QMSG_IOC_CHANNEL_FD, &args);

	return ret < 0 ? ret : args.out_fd;
}

QMSG_API int qmsg_channel_destroy(int q, int chid)
{
	struct qmsg_channel_destroy args = { .size = sizeof(args), .chid = chid };

	return qmsg_ioctl(q, QMSG_IOC_CHANNEL_DESTROY, &args);
}
