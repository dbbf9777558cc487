// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <sys/slog.h>
#include <syslog.h>

#include "internal.h"

static const int priorities[] = {
	[_SLOG_SHUTDOWN] = LOG_EMERG,
	[_SLOG_CRITICAL] = LOG_CRIT,
	[_SLOG_ERROR] = LOG_ERR,
	[_SLOG_WARNING] = LOG_WARNING,
	[_SLOG_NOTICE] = LOG_NOTICE,
	[_SLOG_INFO] = LOG_INFO,
	[_SLOG_DEBUG1] = LOG_DEBUG,
	[_SLOG_DEBUG2] = LOG_DEBUG,
};

/* The number of bytes of the text. */
QMSG_API int vslogf(int opcode, int severity, const char *format, va_list args)
{
	char text[1024];
	int n;

	if (severity < _SLOG_SHUTDOWN || severity > _SLOG_DEBUG2)
		return qmsg_qnx_success(EINVAL);
	n = vsnprintf(text, sizeof(text), format, args);
	if (n < 0)
		return -1;
	syslog(LOG_USER | priorities[severity], "[%u %u] %s", _SLOG_GETMAJOR(opcode),
	       _SLOG_GETMINOR(opcode), text);
	return n;
}

QMSG_API int slogf(int opcode, int severity, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vslogf(opcode, severity, format, args);
	va_end(args);
	return n;
}
