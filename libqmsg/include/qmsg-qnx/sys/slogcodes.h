/* SPDX-License-Identifier: MIT */
/*
 * Who writes to the system log, and how much it matters.
 */
#ifndef QMSG_QNX_SYS_SLOGCODES_H
#define QMSG_QNX_SYS_SLOGCODES_H

#define _SLOG_SETCODE(major, minor)	(((major) << 20) | (minor))
#define _SLOG_GETMAJOR(code)		(((unsigned)(code) >> 20) & 0xfff)
#define _SLOG_GETMINOR(code)		((unsigned)(code) & 0xfffff)

#define _SLOGC_TEST		0
#define _SLOGC_PROC		1
#define _SLOGC_CONSOLE		2
#define _SLOGC_CHAR		3
#define _SLOGC_MOUNT		4
#define _SLOGC_USB		12
#define _SLOGC_NETWORK		14
#define _SLOGC_PRIVATE_START	1000
#define _SLOGC_PRIVATE_END	1999

#define _SLOG_SHUTDOWN	0
#define _SLOG_CRITICAL	1
#define _SLOG_ERROR	2
#define _SLOG_WARNING	3
#define _SLOG_NOTICE	4
#define _SLOG_INFO	5
#define _SLOG_DEBUG1	6
#define _SLOG_DEBUG2	7

#endif
