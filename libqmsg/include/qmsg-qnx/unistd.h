/* SPDX-License-Identifier: MIT */
#include_next <unistd.h>

#ifndef QMSG_QNX_UNISTD_H
#define QMSG_QNX_UNISTD_H

#include <process.h>
#include <sys/cdefs.h>

__BEGIN_DECLS
/* Sleep for milliseconds: what is left of them after a signal. napms() as in curses. */
unsigned int delay(unsigned int __msec) __asm__("qmsg_qnx_delay");
unsigned int nap(unsigned int __msec) __asm__("qmsg_qnx_nap");
int napms(int __msec) __asm__("qmsg_qnx_napms");
__END_DECLS

#endif
