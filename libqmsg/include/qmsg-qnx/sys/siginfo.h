/* SPDX-License-Identifier: MIT */
/*
 * What QNX has in a sigevent and glibc has not. The values lie above all that glibc
 * and the kernel know, so that neither can take one for its own.
 */
#ifndef QMSG_QNX_SYS_SIGINFO_H
#define QMSG_QNX_SYS_SIGINFO_H

#include <signal.h>

/* End the blocking call with ETIMEDOUT: the only event TimerTimeout() takes. */
#define SIGEV_UNBLOCK	0x105

#define SIGEV_UNBLOCK_INIT(event)	((event)->sigev_notify = SIGEV_UNBLOCK)

#endif
