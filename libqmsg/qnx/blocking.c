// SPDX-License-Identifier: MIT
/*
 * The calls that block, and cancellation.
 *
 * A thread that waits in the kernel is not woken by pthread_cancel(): glibc sends its signal
 * only to a thread of asynchronous cancel type (before 2.41) or acts on it only in its
 * own cancellation points (since). So the type is asynchronous around the wait, which
 * also acts on a cancel that is pending already, before anything is sent (T4). With
 * cancellation disabled none of this has an effect.
 *
 * To the kernel the cancel is a signal with a handler: a client on an UNBLOCK channel
 * stays until the server has answered, and the handler, which never returns, runs then (S5.17).
 *
 * What is done in between must stand being cut off anywhere. It does: one system call, and
 * where it is the C library's ioctl() the dynamic linker knows its address already (-z now).
 */
#include <pthread.h>

#include "internal.h"

static int async_cancel(void)
{
	int type;

	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
	return type;
}

static void restore_type(int type)
{
	pthread_setcanceltype(type, NULL);
}

int qmsg_qnx_send(struct qmsg_msg_send *args)
{
	int q = qmsg_qnx_q();
	int type;
	int ret;

	if (q < 0)
		return q;
	type = async_cancel();
	ret = qmsg_ioctl(q, QMSG_IOC_MSG_SEND, args);
	restore_type(type);
	return ret;
}

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
	restore_type(type);
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
	type = async_cancel();
	ret = qmsg_ioctl(q, QMSG_IOC_MSG_RECEIVE, args);
	restore_type(type);
	pthread_cleanup_pop(0);
	return ret;
}

int qmsg_qnx_intr_wait(struct qmsg_intr_wait *args)
{
	int q = qmsg_qnx_q();
	int type;
	int ret;

	if (q < 0)
		return q;
	type = async_cancel();
	ret = qmsg_qnx_ioctl(QMSG_IOC_INTR_WAIT, args);
	restore_type(type);
	return ret;
}
