/* SPDX-License-Identifier: GPL-2.0-only */
/* What a tracer does to a thread that is blocked in a call. */
#ifndef SELFTESTS_HAZARDS_TRACER_H
#define SELFTESTS_HAZARDS_TRACER_H

#include <errno.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

static inline int seize(pid_t tid)
{
	return ptrace(PTRACE_SEIZE, tid, NULL, PTRACE_O_TRACESYSGOOD) ? -errno : 0;
}

static inline int wait_stopped(pid_t tid)
{
	int status;

	if (waitpid(tid, &status, __WALL) != tid)
		return -errno;
	return WIFSTOPPED(status) ? WSTOPSIG(status) : -EPROTO;
}

#ifdef __x86_64__

/* The stopped thread's call does not start again: it returns EINTR to the program. */
static inline int cancel_call(pid_t tid)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_INTERRUPT, tid, NULL, NULL))
		return -errno;
	if (wait_stopped(tid) < 0 || ptrace(PTRACE_GETREGS, tid, NULL, &regs))
		return -EPROTO;
	regs.orig_rax = -1;
	regs.rax = -EINTR;
	if (ptrace(PTRACE_SETREGS, tid, NULL, &regs) || ptrace(PTRACE_DETACH, tid, NULL, NULL))
		return -errno;
	return 0;
}

#endif

#endif
