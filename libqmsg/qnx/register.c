// SPDX-License-Identifier: MIT
/*
 * Registered events (S8.12): the kernel keeps the event, the program gets a handle of it
 * in the same struct sigevent.
 */
#include "internal.h"

_Static_assert(_NTO_REGEVENT_ALLOW_ANY_SERVER == QMSG_REGISTER_ANY_SERVER, "any server");
_Static_assert(_NTO_REGEVENT_ALLOW_SELF == QMSG_REGISTER_SELF, "self");

static int register_event(struct qmsg_event_register *args, struct sigevent *event)
{
	int ret = qmsg_qnx_ioctl(QMSG_IOC_EVENT_REGISTER, args);

	if (ret)
		return ret;
	event->sigev_notify |= SIGEV_FLAG_HANDLE;
	event->sigev_handle = (int)args->out_handle;
	return 0;
}

/* The pulse to the library's own thread is registered in its place. */
static int register_thread(struct qmsg_event_register *args, struct sigevent *event)
{
	uint64_t id;
	int ret = qmsg_qnx_thread_event(&args->event, event, &id);

	if (ret)
		return ret;
	ret = register_event(args, event);
	qmsg_qnx_thread_event_is(id, ret ? 0 : args->out_handle);
	return ret;
}

QMSG_API int MsgRegisterEvent_r(struct sigevent *event, int coid)
{
	struct qmsg_event_register args = { .size = sizeof(args), .coid = coid };
	int ret;

	if (!event)
		return EFAULT;
	if (event->sigev_notify & SIGEV_FLAG_HANDLE)
		return EINVAL;
	if (SIGEV_GET_TYPE(event) == SIGEV_THREAD)
		return -register_thread(&args, event);
	ret = qmsg_qnx_event(&args.event, event);
	return ret ? -ret : -register_event(&args, event);
}

QMSG_API int MsgRegisterEvent(struct sigevent *event, int coid)
{
	return qmsg_qnx_success(MsgRegisterEvent_r(event, coid));
}

QMSG_API int MsgUnregisterEvent_r(const struct sigevent *event)
{
	struct qmsg_event_unregister args = { .size = sizeof(args) };
	int ret;

	if (!event)
		return EFAULT;
	if (!(event->sigev_notify & SIGEV_FLAG_HANDLE))
		return EINVAL;
	args.handle = (uint32_t)event->sigev_handle;
	ret = qmsg_qnx_ioctl(QMSG_IOC_EVENT_UNREGISTER, &args);
	if (!ret && SIGEV_GET_TYPE(event) == SIGEV_THREAD)
		qmsg_qnx_thread_event_end(args.handle);
	return -ret;
}

QMSG_API int MsgUnregisterEvent(const struct sigevent *event)
{
	return qmsg_qnx_success(MsgUnregisterEvent_r(event));
}
