// SPDX-License-Identifier: MIT
/* The calls that block: see blocking.h. */
#include "blocking.h"

/* Disabled, because since 2.41 glibc's signal would interrupt a deferred thread too. */
static int send_disabled(struct qmsg_msg_send *args)
{
	int q = qmsg_qnx_q();
	int state;
	int ret;

	if (q < 0)
		return q;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	ret = qmsg_ioctl(q, QMSG_IOC_MSG_SEND, args);
	pthread_setcancelstate(state, NULL);
	return ret;
}

/* A thread whose own type is asynchronous is cancelled here as anywhere (S5.17). */
int qmsg_qnx_sendnc(struct qmsg_msg_send *args)
{
	int type;
	int ret;

	pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &type);
	if (type == PTHREAD_CANCEL_DEFERRED)
		return send_disabled(args);
	ret = qmsg_qnx_send(args);
	qmsg_qnx_restore_type(type);
	return ret;
}

/*
 * The thread was cancelled after the kernel had given it a message and before the program
 * saw it. Nobody would ever answer: let the client send it again, to another thread.
 */
static void give_back(void *arg)
{
	const struct qmsg_msg_receive *args = arg;

	if (args->out_rcvid > 0)
		qmsg_msg_error(qmsg_qnx_context(), args->out_rcvid, ERESTART);
}

int qmsg_qnx_receive(struct qmsg_msg_receive *args)
{
	int q = qmsg_qnx_q();
	int type;
	int ret;

	if (q < 0)
		return q;
	args->out_rcvid = 0;
	pthread_cleanup_push(give_back, args);
	type = qmsg_qnx_async_cancel();
	ret = qmsg_ioctl(q, QMSG_IOC_MSG_RECEIVE, args);
	qmsg_qnx_restore_type(type);
	pthread_cleanup_pop(0);
	return ret;
}

int qmsg_qnx_intr_wait(struct qmsg_intr_wait *args)
{
	return qmsg_qnx_block(QMSG_IOC_INTR_WAIT, args);
}
