/* SPDX-License-Identifier: MIT */
#include_next <sched.h>

#ifndef QMSG_QNX_SCHED_H
#define QMSG_QNX_SCHED_H

#include <sys/cdefs.h>
#include <sys/types.h>

/* Linux tells one priority of a thread, not its own and what it runs at. */
#define sched_curpriority	sched_priority

__BEGIN_DECLS
int getprio(pid_t __pid) __asm__("qmsg_qnx_getprio");
int setprio(pid_t __pid, int __priority) __asm__("qmsg_qnx_setprio");
__END_DECLS

#endif
