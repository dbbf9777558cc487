// SPDX-License-Identifier: MIT
#include "internal.h"

QMSG_API int qmsg_pulse_send(int q, int coid, int priority, int code, uint64_t value)
{
	struct qmsg_pulse_send args = {
		.size = sizeof(args),
		.coid = coid,
		.priority = priority,
		.code = code,
		.value = value,
	};

	return qmsg_ioctl(q, QMSG_IOC_PULSE_SEND, &args);
}
