// SPDX-License-Identifier: MIT
#include "internal.h"

QMSG_API int qmsg_timer_create(int q, int clockid, const struct qmsg_event *event)
{
	struct qmsg_timer_create args = {
		.size = sizeof(args),
		.clockid = clockid,
		.event = *event,
	};
	int err = qmsg_ioctl(q, QMSG_IOC_TIMER_CREATE, &args);

	return err ? err : args.out_timer;
}

QMSG_API int qmsg_timer_settime(int q, struct qmsg_timer_settime *args)
{
	args->size = sizeof(*args);
	return qmsg_ioctl(q, QMSG_IOC_TIMER_SETTIME, args);
}

QMSG_API int qmsg_timer_gettime(int q, struct qmsg_timer_gettime *args)
{
	args->size = sizeof(*args);
	return qmsg_ioctl(q, QMSG_IOC_TIMER_GETTIME, args);
}

QMSG_API int qmsg_timer_delete(int q, int timer)
{
	struct qmsg_timer_delete args = {
		.size = sizeof(args),
		.timer = timer,
	};

	return qmsg_ioctl(q, QMSG_IOC_TIMER_DELETE, &args);
}
