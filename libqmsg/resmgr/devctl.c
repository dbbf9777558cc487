// SPDX-License-Identifier: MIT
/* devctl(): a command to what is behind a descriptor. */

#include <limits.h>
#include <linux/qmsgfs.h>
#include <sys/ioctl.h>

#include "internal.h"

/* A file that is no resource manager's gets it as ioctl(2), which has the same words. */
static int plain(int fd, int dcmd, void *data, int *info)
{
	int ret = ioctl(fd, (unsigned long)(unsigned)dcmd, data);

	if (ret < 0)
		return errno;
	if (info)
		*info = ret;
	return EOK;
}

/* Returns an error, and leaves errno alone. */
QMSG_API int devctl(int fd, int dcmd, void *data, size_t nbytes, int *info)
{
	struct qmsgfs_devctl_call args = {
		.size = sizeof(args),
		.flags = ((unsigned)dcmd & DEVDIR_TO ? QMSGFS_DEVCTL_SEND : 0) |
			 ((unsigned)dcmd & DEVDIR_FROM ? QMSGFS_DEVCTL_RECEIVE : 0),
		.dcmd = dcmd,
		.nbytes = (uint32_t)nbytes,
		.data_ptr = (uintptr_t)data,
	};
	int saved = errno, ret;

	if (nbytes > INT_MAX)
		return EINVAL;
	ret = ioctl(fd, QMSGFS_IOC_DEVCTL, &args);
	if (ret >= 0 && info)
		*info = ret;
	ret = ret < 0 ? errno : EOK;
	/* A manager that does not know the command is not asked again. */
	if (ret == ENOTTY)
		ret = plain(fd, dcmd, data, info);
	else if (ret == ENOSYS)
		ret = ENOTTY;
	errno = saved;
	return ret;
}
