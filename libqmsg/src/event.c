// SPDX-License-Identifier: MIT
#include "internal.h"

static int deliver(int q, int64_t rcvid, const struct qmsg_event *event, unsigned int flags)
{
	struct qmsg_event_deliver args = {
		.size = sizeof(args),
		.flags = flags,
		.rcvid = rcvid,
		.event = *event,
	};

	return qmsg_ioctl(q, QMSG_IOC_EVENT_DELIVER, &args);
}

QMSG_API int qmsg_event_deliver(int q, int64_t rcvid, const struct qmsg_event *event)
{
	return deliver(q, rcvid, event, 0);
}

QMSG_API int qmsg_event_check(int q, int64_t rcvid, const struct qmsg_event *event)
{
	return deliver(q, rcvid, event, QMSG_DELIVER_CHECK);
}

QMSG_API int qmsg_event_register(int q, int coid, const struct qmsg_event *event,
				 uint32_t *handle)
{
	struct qmsg_event_register args = {
		.size = sizeof(args),
		.coid = coid,
		.event = *event,
	};
	int err = qmsg_ioctl(q, QMSG_IOC_EVENT_REGISTER, &args);

	if (!err)
		*handle = args.out_handle;
	return err;
}

QMSG_API int qmsg_event_unregister(int q, uint32_t handle)
{
	struct qmsg_event_unregister args = { .size = sizeof(args), .handle = handle };

	return qmsg_ioctl(q, QMSG_IOC_EVENT_UNREGISTER, &args);
}

QMSG_API int qmsg_event_keep(int q, int64_t rcvid)
{
	struct qmsg_event_keep args = { .size = sizeof(args), .rcvid = rcvid };

	return qmsg_ioctl(q, QMSG_IOC_EVENT_KEEP, &args);
}

QMSG_API int qmsg_intr_wait(int q, uint64_t deadline)
{
	struct qmsg_intr_wait args = { .size = sizeof(args), .deadline = deadline };

	return qmsg_ioctl(q, QMSG_IOC_INTR_WAIT, &args);
}
