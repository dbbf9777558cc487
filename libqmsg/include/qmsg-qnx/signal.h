/* SPDX-License-Identifier: MIT */
/*
 * <signal.h> of QNX brings the events with it. The waiting calls heed TimerTimeout().
 */
#include_next <signal.h>

#ifndef QMSG_QNX_SIGNAL_H
#define QMSG_QNX_SIGNAL_H

#include <sys/siginfo.h>

__BEGIN_DECLS
#ifdef __USE_POSIX
extern int sigsuspend(const sigset_t *__set) __asm__("qmsg_qnx_sigsuspend");
#endif
#ifdef __USE_POSIX199309
extern int sigwaitinfo(const sigset_t *__restrict __set, siginfo_t *__restrict __info)
	__asm__("qmsg_qnx_sigwaitinfo");
#endif
__END_DECLS

#endif
