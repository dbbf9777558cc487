// SPDX-License-Identifier: MIT
#include <sys/trace.h>

#include "internal.h"

/* Without a trace that runs, QNX too drops what is added to it. To start one is refused. */
QMSG_API int TraceEvent(int code, ...)
{
	if (code >= _NTO_TRACE_INSERTEVENT && code <= _NTO_TRACE_INSERTSCLASSEVENT)
		return 0;
	return qmsg_qnx_success(ENOSYS);
}
