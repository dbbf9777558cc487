// SPDX-License-Identifier: MIT
#include <stddef.h>

#include "internal.h"

/* The kernel writes a struct qmsg_pulse where the program expects a struct _pulse. */
#define SAME(member) \
	_Static_assert(offsetof(struct _pulse, member) == offsetof(struct qmsg_pulse, member), #member)

SAME(type);
SAME(subtype);
SAME(code);
SAME(zero);
SAME(value);
SAME(scoid);
_Static_assert(sizeof(struct _pulse) == sizeof(struct qmsg_pulse), "size of a pulse");

/* sival_int is the low half of the kernel's value only where that comes first. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "little-endian machines only");

/*
 * Priority 0 is 1, as since QNX 7.1 (S2.35): programs pass what SchedGet() returns, which
 * is a policy, and on Linux most often 0.
 */
static int send_pulse(int coid, int priority, int code, uint64_t value)
{
	int q = qmsg_qnx_context();

	return q < 0 ? -q : -qmsg_pulse_send(q, coid, priority ? priority : 1, code, value);
}

QMSG_API int MsgSendPulse_r(int coid, int priority, int code, long value)
{
	return send_pulse(coid, priority, code, (uint64_t)value);
}

QMSG_API int MsgSendPulse(int coid, int priority, int code, long value)
{
	return qmsg_qnx_success(MsgSendPulse_r(coid, priority, code, value));
}

QMSG_API int MsgSendPulsePtr_r(int coid, int priority, int code, void *value)
{
	return send_pulse(coid, priority, code, qmsg_qnx_ptr(value));
}

QMSG_API int MsgSendPulsePtr(int coid, int priority, int code, void *value)
{
	return qmsg_qnx_success(MsgSendPulsePtr_r(coid, priority, code, value));
}
