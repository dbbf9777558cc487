// SPDX-License-Identifier: MIT
/*
 * Events: from the program's struct sigevent to the kernel's struct qmsg_event.
 */
#include "internal.h"

#define PASSED_ON \
	(SIGEV_FLAG_UPDATEABLE | SIGEV_FLAG_HANDLE | SIGEV_FLAG_CODE_UPDATEABLE)

_Static_assert(SIGEV_FLAG_UPDATEABLE == QMSG_EVENT_UPDATEABLE, "UPDATEABLE");
_Static_assert(SIGEV_FLAG_HANDLE == QMSG_EVENT_HANDLE, "HANDLE");
_Static_assert(SIGEV_FLAG_CODE_UPDATEABLE == QMSG_EVENT_CODE_UPDATEABLE, "CODE_UPDATEABLE");
_Static_assert(SIGEV_PULSE_PRIO_INHERIT == QMSG_PRIORITY_SELF, "PRIO_INHERIT");
_Static_assert(sizeof(struct sigevent) == 64, "glibc's size");

/* The kind, or -errno. Only registration can make something of a SIGEV_THREAD. */
static int kind(const struct sigevent *event)
{
	switch (SIGEV_GET_TYPE(event)) {
	case SIGEV_NONE:
		return QMSG_EVENT_NONE;
	case SIGEV_SIGNAL:
		return QMSG_EVENT_SIGNAL;
	case SIGEV_SIGNAL_CODE:
		return QMSG_EVENT_SIGNAL_CODE;
	case SIGEV_SIGNAL_THREAD:
		return QMSG_EVENT_SIGNAL_THREAD;
	case SIGEV_PULSE:
		return QMSG_EVENT_PULSE;
	case SIGEV_UNBLOCK:
		return QMSG_EVENT_UNBLOCK;
	case SIGEV_INTR:
		return QMSG_EVENT_INTR;
	case SIGEV_THREAD:
	case SIGEV_MEMORY:
		return event->sigev_notify & SIGEV_FLAG_HANDLE ? QMSG_EVENT_NONE : -EACCES;
	default:
		return -EINVAL;
	}
}

/* What else the kind needs; the rest stays 0, whatever the program left there. */
static void fill(struct qmsg_event *to, const struct sigevent *from)
{
	switch (to->notify & QMSG_EVENT_TYPE_MASK) {
	case QMSG_EVENT_PULSE:
		to->priority = from->sigev_priority ? from->sigev_priority : 1;
		/* fall through */
	case QMSG_EVENT_SIGNAL_CODE:
	case QMSG_EVENT_SIGNAL_THREAD:
		to->code = from->sigev_code;
		/* fall through */
	case QMSG_EVENT_SIGNAL:
		to->id = from->sigev_id;
		to->value = qmsg_qnx_ptr(from->sigev_value.sival_ptr);
	}
}

int qmsg_qnx_event(struct qmsg_event *to, const struct sigevent *from)
{
	int notify;

	if (!from)
		return -EFAULT;
	notify = kind(from);
	if (notify < 0)
		return notify;
	*to = (struct qmsg_event){
		.notify = (uint32_t)(notify | (from->sigev_notify & PASSED_ON)),
	};
	fill(to, from);
	if (to->notify & QMSG_EVENT_HANDLE)
		to->id = from->sigev_id;
	return 0;
}

int qmsg_qnx_deliver(unsigned flags, rcvid_t rcvid, const struct sigevent *event)
{
	struct qmsg_event_deliver args = {
		.size = sizeof(args),
		.flags = flags,
		.rcvid = rcvid,
	};
	int ret = qmsg_qnx_event(&args.event, event);

	return ret ? ret : qmsg_qnx_ioctl(QMSG_IOC_EVENT_DELIVER, &args);
}

QMSG_API int MsgDeliverEvent_r(rcvid_t rcvid, const struct sigevent *event)
{
	return -qmsg_qnx_deliver(0, rcvid, event);
}

QMSG_API int MsgDeliverEvent(rcvid_t rcvid, const struct sigevent *event)
{
	return qmsg_qnx_success(MsgDeliverEvent_r(rcvid, event));
}

QMSG_API int MsgVerifyEvent_r(rcvid_t rcvid, const struct sigevent *event)
{
	return qmsg_qnx_deliver(QMSG_DELIVER_CHECK, rcvid, event);
}

QMSG_API int MsgVerifyEvent(rcvid_t rcvid, const struct sigevent *event)
{
	return (int)qmsg_qnx_number(MsgVerifyEvent_r(rcvid, event));
}
