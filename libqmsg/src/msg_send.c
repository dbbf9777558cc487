// SPDX-License-Identifier: MIT
#include "internal.h"

QMSG_API int qmsg_msg_send_with(int q, struct qmsg_msg_send *args)
{
	args->size = sizeof(*args);
	return qmsg_ioctl(q, QMSG_IOC_MSG_SEND, args);
}

QMSG_API int64_t qmsg_msg_send(int q, int coid, const void *smsg, size_t slen, void *rmsg,
			       size_t rlen)
{
	struct qmsg_msg_send args = {
		.size = sizeof(args),
		.flags = 0,
		.coid = coid,
		.__reserved = 0,
		.send_ptr = qmsg_ptr(smsg),
		.send_len = slen,
		.reply_ptr = qmsg_ptr(rmsg),
		.reply_len = rlen,
		.send_deadline = QMSG_NO_DEADLINE,
		.reply_deadline = QMSG_NO_DEADLINE,
		.out_status = 0,
		.out_error = 0,
		.out_flags = 0,
		.out_reply_len = 0,
	};
	int ret = qmsg_ioctl(q, QMSG_IOC_MSG_SEND, &args);

	if (ret < 0)
		return ret;
	return args.out_error ? -(int64_t)args.out_error : args.out_status;
}
