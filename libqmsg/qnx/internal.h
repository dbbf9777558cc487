/* SPDX-License-Identifier: MIT */
/*
 * What the files of the QNX layer share.
 */
#ifndef QMSG_QNX_INTERNAL_H
#define QMSG_QNX_INTERNAL_H

#include <errno.h>
#include <stdint.h>

#include "qmsg.h"
#include <sys/neutrino.h>

#define QMSG_API __attribute__((visibility("default")))

static inline uint64_t qmsg_qnx_ptr(const void *p)
{
	return (uintptr_t)p;
}

/* Plain form of a call whose twin returns a number or -errno. */
static inline long qmsg_qnx_number(long ret)
{
	if (ret >= 0)
		return ret;
	errno = (int)-ret;
	return -1;
}

/* Plain form of a call whose twin returns EOK or +errno. */
static inline int qmsg_qnx_success(int error)
{
	if (!error)
		return 0;
	errno = error;
	return -1;
}

/* What is a fault of the caller to the kernel is one of the server in QNX's words. */
static inline int qmsg_qnx_server_fault(int ret)
{
	return ret == -EFAULT ? -ESRVRFAULT : ret;
}

void qmsg_qnx_info(struct _msg_info *to, const struct qmsg_msg_info *from);

/* blocking.c: 0 or -errno; the context is looked up there */
int qmsg_qnx_send(struct qmsg_msg_send *args);
int qmsg_qnx_sendnc(struct qmsg_msg_send *args);
int qmsg_qnx_receive(struct qmsg_msg_receive *args);

/* timeout.c */
struct qmsg_qnx_timeout {
	uint32_t states;	/* _NTO_TIMEOUT_* bits, 0 for none */
	uint64_t deadline;
};

struct qmsg_qnx_timeout qmsg_qnx_take_timeout(void);
void qmsg_qnx_forget_timeout(void);

static inline uint64_t qmsg_qnx_deadline(struct qmsg_qnx_timeout t, uint32_t state)
{
	return t.states & state ? t.deadline : QMSG_NO_DEADLINE;
}

#endif /* QMSG_QNX_INTERNAL_H */
