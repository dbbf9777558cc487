// SPDX-License-Identifier: MIT
#include <stddef.h>

#include "blocking.h"

/* A struct _msg_info has 16 bits for flags: what QNX has no bit for is left out. */
void qmsg_qnx_info(struct _msg_info *to, const struct qmsg_msg_info *from)
{
	*to = (struct _msg_info){
		.pid = from->pid,
		.tid = from->tid,
		.chid = from->chid,
		.scoid = from->scoid,
		.coid = from->coid,
		.priority = (int16_t)from->priority,
		.flags = (int16_t)(from->flags & 0x7fff),
		.msglen = (ssize_t)from->msglen,
		.srcmsglen = (ssize_t)from->srcmsglen,
		.dstmsglen = (ssize_t)from->dstmsglen,
		.reserved = (uint32_t)from->file,
	};
}

static int receive_it(void *arg)
{
	return qmsg_qnx_receive(arg);
}

static int receive_timed(struct qmsg_msg_receive *args)
{
	struct qmsg_qnx_timeout timeout;

	if (!qmsg_qnx_timeout_armed() || !qmsg_qnx_take_timeout(&timeout, _NTO_TIMEOUT_RECEIVE))
		return qmsg_qnx_receive(args);
	args->deadline = qmsg_qnx_deadline(&timeout, _NTO_TIMEOUT_RECEIVE);
	return qmsg_qnx_guard(&timeout, receive_it, args);
}

static void keep(const struct qmsg_msg_receive *args, const void *buf, size_t msglen)
{
	if (args->flags & QMSG_RECEIVE_IOV)
		qmsg_qnx_keepv((rcvid_t)args->out_rcvid, buf, args->buf_len, msglen);
	else
		qmsg_qnx_keep((rcvid_t)args->out_rcvid, buf, msglen);
}

/* A struct _msg_info has nothing of what follows. */
#define INFO_LEN	offsetof(struct qmsg_msg_info, uid)

static rcvid_t receive(unsigned flags, int chid, const void *buf, size_t len,
		       struct _msg_info *info)
{
	struct qmsg_msg_info native;
	struct qmsg_msg_receive args = {
		.size = sizeof(args),
		.flags = flags,
		.chid = chid,
		.info_len = INFO_LEN,
		.buf_ptr = qmsg_qnx_ptr(buf),
		.buf_len = len,
		.info_ptr = info ? qmsg_qnx_ptr(&native) : 0,
		.deadline = QMSG_NO_DEADLINE,
	};
	int ret = receive_timed(&args);

	if (ret < 0)
		return ret;
	if (info)
		qmsg_qnx_info(info, &native);
	if (len && args.out_rcvid > 0)
		keep(&args, buf, (size_t)args.out_msglen);
	return (rcvid_t)args.out_rcvid;
}

QMSG_API rcvid_t MsgReceive_r(int chid, void *msg, size_t bytes, struct _msg_info *info)
{
	return receive(0, chid, msg, bytes, info);
}

QMSG_API rcvid_t MsgReceive(int chid, void *msg, size_t bytes, struct _msg_info *info)
{
	return qmsg_qnx_number(receive(0, chid, msg, bytes, info));
}

QMSG_API rcvid_t MsgReceivev_r(int chid, const iov_t *iov, size_t parts, struct _msg_info *info)
{
	return receive(QMSG_RECEIVE_IOV, chid, iov, parts, info);
}

QMSG_API rcvid_t MsgReceivev(int chid, const iov_t *iov, size_t parts, struct _msg_info *info)
{
	return qmsg_qnx_number(MsgReceivev_r(chid, iov, parts, info));
}

QMSG_API int MsgReceivePulse_r(int chid, void *pulse, size_t bytes, struct _msg_info *info)
{
	return (int)receive(QMSG_RECEIVE_PULSE, chid, pulse, bytes, info);
}

QMSG_API int MsgReceivePulse(int chid, void *pulse, size_t bytes, struct _msg_info *info)
{
	return (int)qmsg_qnx_number(MsgReceivePulse_r(chid, pulse, bytes, info));
}

QMSG_API int MsgReceivePulsev_r(int chid, const iov_t *iov, size_t parts, struct _msg_info *info)
{
	return (int)receive(QMSG_RECEIVE_PULSE | QMSG_RECEIVE_IOV, chid, iov, parts, info);
}

QMSG_API int MsgReceivePulsev(int chid, const iov_t *iov, size_t parts, struct _msg_info *info)
{
	return (int)qmsg_qnx_number(MsgReceivePulsev_r(chid, iov, parts, info));
}
