// SPDX-License-Identifier: MIT
/*
 * A connection id is a small integer of the context or, without QMSG_SIDE_CHANNEL,
 * a file descriptor. The kernel gives the lowest free descriptor; QNX's "at this
 * number or above" is made here (S1.9).
 */
#include <sys/resource.h>

#include "fd.h"
#include "internal.h"

/* Asked first, because a connection made and given up again is seen by the server. */
static int check_index(unsigned index)
{
	int saved = errno;
	struct rlimit limit;
	int ret = 0;

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

QMSG_API int qmsg_connect_attach(int q, pid_t pid, int chid, unsigned index, unsigned flags)
{
	struct qmsg_connect_attach args = {
		.size = sizeof(args),
		.flags = flags,
		.pid = pid,
		.chid = chid,
		.index = index,
	};
	int is_fd = !(index & QMSG_SIDE_CHANNEL);
	int ret;

	if (is_fd && index) {
		ret = check_index(index);
		if (ret)
			return ret;
	}
	ret = qmsg_ioctl(q, QMSG_IOC_CONNECT_ATTACH, &args);
	if (ret < 0)
		return ret;
	if (is_fd && (unsigned)args.out_coid < index)
		return move_up(args.out_coid, index, flags);
	return args.out_coid;
}

QMSG_API int qmsg_connect_detach(int q, int coid)
{
	struct qmsg_connect_detach args = { .size = sizeof(args), .coid = coid };

	if (coid >= 0 && !(coid & QMSG_SIDE_CHANNEL))
		return qmsg_fd_close(coid);
	return qmsg_ioctl(q, QMSG_IOC_CONNECT_DETACH, &args);
}
