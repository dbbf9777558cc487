// SPDX-License-Identifier: MIT
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal.h"

/* Linux lets a program choose the codes below 0 only; SI_TKILL is the kernel's. */
static siginfo_t describe(int signo, int code, int value)
{
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	info.si_signo = signo;
	info.si_code = code < 0 && code != SI_TKILL ? code : SI_QUEUE;
	info.si_pid = getpid();
	info.si_uid = getuid();
	info.si_value.sival_int = value;
	return info;
}

static int send_signal(pid_t pid, int tid, int signo, int code, int value)
{
	siginfo_t info = describe(signo, code, value);

	/* Groups of processes, and the question whether there is one. */
	if (pid < 0 || !signo)
		return kill(pid, signo);
	if (tid)
		return (int)syscall(SYS_rt_tgsigqueueinfo, pid, tid, signo, &info);
	return (int)syscall(SYS_rt_sigqueueinfo, pid, signo, &info);
}

QMSG_API int SignalKill_r(uint32_t nd, pid_t pid, int tid, int signo, int code, int value)
{
	int saved = errno;
	int error;

	if (nd != ND_LOCAL_NODE)
		return ENOREMOTE;
	error = send_signal(pid ? pid : getpid(), tid, signo, code, value) ? errno : 0;
	errno = saved;
	return error;
}

QMSG_API int SignalKill(uint32_t nd, pid_t pid, int tid, int signo, int code, int value)
{
	return qmsg_qnx_success(SignalKill_r(nd, pid, tid, signo, code, value));
}
