// SPDX-License-Identifier: MIT
#include <sys/resource.h>

#include "coid.h"
#include "fd.h"
#include "internal.h"

/* Asked first, because a connection made and given up again is seen by the server. */
int qmsg_coid_check_index(unsigned index)
{
	int saved = errno;
	struct rlimit limit;
	int ret = 0;

	if (!index || index & QMSG_SIDE_CHANNEL)
		return 0;
	if (!getrlimit(RLIMIT_NOFILE, &limit) && index >= limit.rlim_cur)
		ret = -EINVAL;
	errno = saved;
	return ret;
}

static int move_up(int fd, unsigned index, unsigned flags)
{
	int cmd = flags & QMSG_COF_CLOEXEC ? F_DUPFD_CLOEXEC : F_DUPFD;
	int saved = errno;
	int moved = fcntl(fd, cmd, (int)index);

	if (moved < 0)
		moved = -errno;
	errno = saved;
	qmsg_fd_close(fd);
	return moved;
}

int qmsg_coid_place(int coid, unsigned index, unsigned flags)
{
	if (coid & QMSG_SIDE_CHANNEL || (unsigned)coid >= index)
		return coid;
	return move_up(coid, index, flags);
}

QMSG_API int qmsg_connect_attach(int q, pid_t pid, int chid, unsigned index, unsigned flags)
{
	struct qmsg_connect_attach args = {
		.size = sizeof(args),
		.flags = flags,
		.pid = pid,
		.chid = chid,
		.index = index,
	};
	int ret = qmsg_coid_check_index(index);

	if (!ret)
		ret = qmsg_ioctl(q, QMSG_IOC_CONNECT_ATTACH, &args);
	return ret < 0 ? ret : qmsg_coid_place(args.out_coid, index, flags);
}

QMSG_API int qmsg_connect_detach(int q, int coid)
{
	struct qmsg_connect_detach args = { .size = sizeof(args), .coid = coid };

	if (coid >= 0 && !(coid & QMSG_SIDE_CHANNEL))
		return qmsg_fd_close(coid);
	return qmsg_ioctl(q, QMSG_IOC_CONNECT_DETACH, &args);
}
