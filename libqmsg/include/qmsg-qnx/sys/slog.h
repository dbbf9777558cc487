/* SPDX-License-Identifier: MIT */
/*
 * The system log: syslog(3) here.
 */
#ifndef QMSG_QNX_SYS_SLOG_H
#define QMSG_QNX_SYS_SLOG_H

#include <stdarg.h>
#include <sys/cdefs.h>
#include <sys/slogcodes.h>

__BEGIN_DECLS
int slogf(int __opcode, int __severity, const char *__format, ...)
	__asm__("qmsg_qnx_slogf") __attribute__((__format__(__printf__, 3, 4)));
int vslogf(int __opcode, int __severity, const char *__format, va_list __args)
	__asm__("qmsg_qnx_vslogf") __attribute__((__format__(__printf__, 3, 0)));
__END_DECLS

#endif
