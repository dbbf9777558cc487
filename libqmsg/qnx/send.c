// SPDX-License-Identifier: MIT
/*
 * Eight ways to describe two buffers, one request.
 */
#include "blocking.h"

typedef int send_fn(struct qmsg_msg_send *args);

struct buffer {
	const void *ptr;
	size_t len;
};

struct sending {
	send_fn *send;
	struct qmsg_msg_send *args;
};

static int send_it(void *arg)
{
	struct sending *s = arg;

	return s->send(s->args);
}

static __attribute__((noinline)) int send_timed(send_fn *send, struct qmsg_msg_send *args)
{
	struct qmsg_qnx_timeout timeout;
	struct sending s = { .send = send, .args = args };

	if (!qmsg_qnx_take_timeout(&timeout, _NTO_TIMEOUT_SEND | _NTO_TIMEOUT_REPLY))
		return send(args);
	args->send_deadline = qmsg_qnx_deadline(&timeout, _NTO_TIMEOUT_SEND);
	args->reply_deadline = qmsg_qnx_deadline(&timeout, _NTO_TIMEOUT_REPLY);
	return qmsg_qnx_guard(&timeout, send_it, &s);
}

/*
 * 0 or the errno, the server's or the kernel's, as it is. In each of those below, so that nothing
 * is handed on once more, and what is sent with is known.
 */
static inline __attribute__((always_inline)) int
send_message(send_fn *send, unsigned flags, int coid, struct buffer message, struct buffer reply,
	     long *status)
{
	struct qmsg_msg_send args = {
		.size = sizeof(args),
		.flags = flags,
		.coid = coid,
		.__reserved = 0,
		.send_ptr = qmsg_qnx_ptr(message.ptr),
		.send_len = message.len,
		.reply_ptr = qmsg_qnx_ptr(reply.ptr),
		.reply_len = reply.len,
		.send_deadline = QMSG_NO_DEADLINE,
		.reply_deadline = QMSG_NO_DEADLINE,
		.out_status = 0,
		.out_error = 0,
		.out_flags = 0,
		.out_reply_len = 0,
	};
	int ret;

	if (qmsg_qnx_timeout_armed())
		ret = send_timed(send, &args);
	else
		ret = send(&args);
	*status = (long)args.out_status;
	return ret < 0 ? -ret : args.out_error;
}

static inline __attribute__((always_inline)) long
send_r(send_fn *send, unsigned flags, int coid, struct buffer message, struct buffer reply)
{
	long status;
	int error = send_message(send, flags, coid, message, reply, &status);

	return error ? -(long)error : status;
}

/* A status of -1 leaves errno alone: that is how it differs from an error (S2.13). */
static inline __attribute__((always_inline)) long
send_errno(send_fn *send, unsigned flags, int coid, struct buffer message, struct buffer reply)
{
	long status;
	int error = send_message(send, flags, coid, message, reply, &status);

	if (!error)
		return status;
	errno = error;
	return -1;
}

QMSG_API long MsgSend(int coid, const void *smsg, size_t sbytes, void *rmsg, size_t rbytes)
{
	return send_errno(qmsg_qnx_send, 0, coid,
			  (struct buffer){ smsg, sbytes }, (struct buffer){ rmsg, rbytes });
}

QMSG_API long MsgSend_r(int coid, const void *smsg, size_t sbytes, void *rmsg, size_t rbytes)
{
	return send_r(qmsg_qnx_send, 0, coid,
		      (struct buffer){ smsg, sbytes }, (struct buffer){ rmsg, rbytes });
}

QMSG_API long MsgSendnc(int coid, const void *smsg, size_t sbytes, void *rmsg, size_t rbytes)
{
	return send_errno(qmsg_qnx_sendnc, 0, coid,
			  (struct buffer){ smsg, sbytes }, (struct buffer){ rmsg, rbytes });
}

QMSG_API long MsgSendnc_r(int coid, const void *smsg, size_t sbytes, void *rmsg, size_t rbytes)
{
	return send_r(qmsg_qnx_sendnc, 0, coid,
		      (struct buffer){ smsg, sbytes }, (struct buffer){ rmsg, rbytes });
}

QMSG_API long MsgSendsv(int coid, const void *smsg, size_t sbytes, const iov_t *riov, size_t rparts)
{
	return send_errno(qmsg_qnx_send, QMSG_REPLY_IOV, coid,
			  (struct buffer){ smsg, sbytes }, (struct buffer){ riov, rparts });
}

QMSG_API long MsgSendsv_r(int coid, const void *smsg, size_t sbytes, const iov_t *riov,
			  size_t rparts)
{
	return send_r(qmsg_qnx_send, QMSG_REPLY_IOV, coid,
		      (struct buffer){ smsg, sbytes }, (struct buffer){ riov, rparts });
}

QMSG_API long MsgSendsvnc(int coid, const void *smsg, size_t sbytes, const iov_t *riov,
			  size_t rparts)
{
	return send_errno(qmsg_qnx_sendnc, QMSG_REPLY_IOV, coid,
			  (struct buffer){ smsg, sbytes }, (struct buffer){ riov, rparts });
}

QMSG_API long MsgSendsvnc_r(int coid, const void *smsg, size_t sbytes, const iov_t *riov,
			    size_t rparts)
{
	return send_r(qmsg_qnx_sendnc, QMSG_REPLY_IOV, coid,
		      (struct buffer){ smsg, sbytes }, (struct buffer){ riov, rparts });
}

QMSG_API long MsgSendvs(int coid, const iov_t *siov, size_t sparts, void *rmsg, size_t rbytes)
{
	return send_errno(qmsg_qnx_send, QMSG_SEND_IOV, coid,
			  (struct buffer){ siov, sparts }, (struct buffer){ rmsg, rbytes });
}

QMSG_API long MsgSendvs_r(int coid, const iov_t *siov, size_t sparts, void *rmsg, size_t rbytes)
{
	return send_r(qmsg_qnx_send, QMSG_SEND_IOV, coid,
		      (struct buffer){ siov, sparts }, (struct buffer){ rmsg, rbytes });
}

QMSG_API long MsgSendvsnc(int coid, const iov_t *siov, size_t sparts, void *rmsg, size_t rbytes)
{
	return send_errno(qmsg_qnx_sendnc, QMSG_SEND_IOV, coid,
			  (struct buffer){ siov, sparts }, (struct buffer){ rmsg, rbytes });
}

QMSG_API long MsgSendvsnc_r(int coid, const iov_t *siov, size_t sparts, void *rmsg, size_t rbytes)
{
	return send_r(qmsg_qnx_sendnc, QMSG_SEND_IOV, coid,
		      (struct buffer){ siov, sparts }, (struct buffer){ rmsg, rbytes });
}

QMSG_API long MsgSendv(int coid, const iov_t *siov, size_t sparts, const iov_t *riov, size_t rparts)
{
	return send_errno(qmsg_qnx_send, QMSG_SEND_IOV | QMSG_REPLY_IOV, coid,
			  (struct buffer){ siov, sparts }, (struct buffer){ riov, rparts });
}

QMSG_API long MsgSendv_r(int coid, const iov_t *siov, size_t sparts, const iov_t *riov,
			 size_t rparts)
{
	return send_r(qmsg_qnx_send, QMSG_SEND_IOV | QMSG_REPLY_IOV, coid,
		      (struct buffer){ siov, sparts }, (struct buffer){ riov, rparts });
}

QMSG_API long MsgSendvnc(int coid, const iov_t *siov, size_t sparts, const iov_t *riov,
			 size_t rparts)
{
	return send_errno(qmsg_qnx_sendnc, QMSG_SEND_IOV | QMSG_REPLY_IOV, coid,
			  (struct buffer){ siov, sparts }, (struct buffer){ riov, rparts });
}

QMSG_API long MsgSendvnc_r(int coid, const iov_t *siov, size_t sparts, const iov_t *riov,
			   size_t rparts)
{
	return send_r(qmsg_qnx_sendnc, QMSG_SEND_IOV | QMSG_REPLY_IOV, coid,
		      (struct buffer){ siov, sparts }, (struct buffer){ riov, rparts });
}
