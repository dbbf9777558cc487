// SPDX-License-Identifier: MIT
/* A connection's flags, and who is at its other end. */
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "internal.h"

/* Only the process itself can be asked about. */
static int check_pid(pid_t pid)
{
	int saved = errno;
	int ret = 0;

	if (pid && pid != getpid())
		ret = kill(pid, 0) && errno == ESRCH ? -ESRCH : -EPERM;
	errno = saved;
	return ret;
}

/* Close-on-exec is the descriptor's: old flag, or -errno. */
static int change_cloexec(int fd, unsigned mask, unsigned bits)
{
	int saved = errno;
	int old = fcntl(fd, F_GETFD);
	int new = bits & _NTO_COF_CLOEXEC ? FD_CLOEXEC : 0;
	int ret = old;

	if (old >= 0 && mask & _NTO_COF_CLOEXEC)
		ret = fcntl(fd, F_SETFD, new);
	if (ret < 0)
		old = -errno;
	errno = saved;
	if (old < 0)
		return old;
	return old & FD_CLOEXEC ? _NTO_COF_CLOEXEC : 0;
}

static int change_flags(int coid, unsigned mask, unsigned bits)
{
	struct qmsg_connect_flags args = {
		.size = sizeof(args),
		.coid = coid,
		.mask = mask,
		.bits = bits & mask,
	};
	int ret = qmsg_qnx_ioctl(QMSG_IOC_CONNECT_FLAGS, &args);

	return ret ? ret : (int)args.out_flags;
}

QMSG_API int ConnectFlags_r(pid_t pid, int coid, unsigned mask, unsigned bits)
{
	int ret = check_pid(pid);
	int cloexec;

	if (ret)
		return ret;
	if (coid & _NTO_SIDE_CHANNEL)
		return change_flags(coid, mask, bits);
	ret = change_flags(coid, mask & ~(unsigned)_NTO_COF_CLOEXEC, bits);
	if (ret < 0)
		return ret;
	cloexec = change_cloexec(coid, mask, bits);
	return cloexec < 0 ? cloexec : (ret & ~_NTO_COF_CLOEXEC) | cloexec;
}

QMSG_API int ConnectFlags(pid_t pid, int coid, unsigned mask, unsigned bits)
{
	return (int)qmsg_qnx_number(ConnectFlags_r(pid, coid, mask, bits));
}

QMSG_API int ConnectServerInfo_r(pid_t pid, int coid, struct _server_info *info)
{
	struct qmsg_connect_info args = {
		.size = sizeof(args),
		.flags = QMSG_CONNECT_INFO_NEXT | (info ? 0 : QMSG_CONNECT_INFO_LIVE),
		.coid = coid,
	};
	int ret = check_pid(pid);

	if (!ret)
		ret = qmsg_qnx_ioctl(QMSG_IOC_CONNECT_INFO, &args);
	if (ret)
		return ret;
	if (info)
		*info = (struct _server_info){
			.pid = args.out_pid,
			.chid = args.out_chid,
			.scoid = args.out_scoid,
			.coid = args.out_coid,
			.flags = (int16_t)(args.out_flags & 0x7fff),
		};
	return args.out_coid;
}

QMSG_API int ConnectServerInfo(pid_t pid, int coid, struct _server_info *info)
{
	return (int)qmsg_qnx_number(ConnectServerInfo_r(pid, coid, info));
}
