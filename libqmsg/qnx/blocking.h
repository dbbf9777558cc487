/* SPDX-License-Identifier: MIT */
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
#ifndef QMSG_QNX_BLOCKING_H
#define QMSG_QNX_BLOCKING_H

#include <pthread.h>

#include "internal.h"

static inline int qmsg_qnx_async_cancel(void)
{
	int type;

	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
	return type;
}

static inline void qmsg_qnx_restore_type(int type)
{
	pthread_setcanceltype(type, NULL);
}

/* All of these: 0 or -errno; the context is looked up there. */
static inline int qmsg_qnx_block(unsigned long request, void *args)
{
	int q = qmsg_qnx_q();
	int type;
	int ret;

	if (q < 0)
		return q;
	type = qmsg_qnx_async_cancel();
	ret = qmsg_ioctl(q, request, args);
	qmsg_qnx_restore_type(type);
	return ret;
}

/* In each MsgSend*(). */
static inline int qmsg_qnx_send(struct qmsg_msg_send *args)
{
	return qmsg_qnx_block(QMSG_IOC_MSG_SEND, args);
}

int qmsg_qnx_sendnc(struct qmsg_msg_send *args);
int qmsg_qnx_receive(struct qmsg_msg_receive *args);
int qmsg_qnx_intr_wait(struct qmsg_intr_wait *args);

#endif /* QMSG_QNX_BLOCKING_H */
