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

/* Close-on-exec of a connection that is a descriptor is the descriptor's. */
static int change_cloexec(int fd, unsigned bits)
{
	int saved = errno;
	int ret = 0;

	if (fcntl(fd, F_SETFD, bits & QMSG_COF_CLOEXEC ? FD_CLOEXEC : 0))
		ret = -errno;
	errno = saved;
	return ret;
}

QMSG_API int qmsg_connect_flags(int q, int coid, unsigned mask, unsigned bits)
{
	struct qmsg_connect_flags args = {
		.size = sizeof(args),
		.coid = coid,
		.mask = mask,
		.bits = bits,
	};
	int cloexec = !(coid & QMSG_SIDE_CHANNEL) && mask & QMSG_COF_CLOEXEC;
	int ret;

	if (bits & ~mask)
		return -EINVAL;
	if (cloexec) {
		args.mask &= ~QMSG_COF_CLOEXEC;
		args.bits &= ~QMSG_COF_CLOEXEC;
	}
	ret = qmsg_ioctl(q, QMSG_IOC_CONNECT_FLAGS, &args);
	if (!ret && cloexec)
		ret = change_cloexec(coid, bits);
	return ret < 0 ? ret : (int)args.out_flags;
}

QMSG_API int qmsg_connect_info(int q, struct qmsg_connect_info *args)
{
	args->size = sizeof(*args);
	return qmsg_ioctl(q, QMSG_IOC_CONNECT_INFO, args);
}

QMSG_API int qmsg_client_info(int q, struct qmsg_client_info *args)
{
	args->size = sizeof(*args);
	return qmsg_ioctl(q, QMSG_IOC_CLIENT_INFO, args);
}

QMSG_API int qmsg_connect_detach(int q, int coid)
{
	struct qmsg_connect_detach args = { .size = sizeof(args), .coid = coid };

	if (coid >= 0 && !(coid & QMSG_SIDE_CHANNEL))
		return qmsg_fd_close(coid);
	return qmsg_ioctl(q, QMSG_IOC_CONNECT_DETACH, &args);
}
