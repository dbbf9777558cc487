// SPDX-License-Identifier: GPL-2.0-only
/* Requests as the kernel sees them, and addresses that fault. */
#include "qmsg_test.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

int raw_ioctl(int fd, unsigned long request, void *arg)
{
	int ret = ioctl(fd, request, arg);

	return ret < 0 ? -errno : ret;
}

int raw_send(int q, struct qmsg_msg_send *args)
{
	args->size = sizeof(*args);
	return raw_ioctl(q, QMSG_IOC_MSG_SEND, args);
}

struct qmsg_msg_send send_args(int coid, const void *smsg, size_t slen, void *rmsg, size_t rlen)
{
	return (struct qmsg_msg_send){
		.size = sizeof(struct qmsg_msg_send),
		.coid = coid,
		.send_ptr = (uintptr_t)smsg,
		.send_len = slen,
		.reply_ptr = (uintptr_t)rmsg,
		.reply_len = rlen,
		.send_deadline = QMSG_NO_DEADLINE,
		.reply_deadline = QMSG_NO_DEADLINE,
	};
}

struct qmsg_msg_receive receive_args(int chid, void *buf, size_t len, struct qmsg_msg_info *info)
{
	return (struct qmsg_msg_receive){
		.size = sizeof(struct qmsg_msg_receive),
		.chid = chid,
		.info_len = info ? sizeof(*info) : 0,
		.buf_ptr = (uintptr_t)buf,
		.buf_len = len,
		.info_ptr = (uintptr_t)info,
		.deadline = QMSG_NO_DEADLINE,
	};
}

void *edge_page(size_t before)
{
	size_t page = sysconf(_SC_PAGESIZE);
	size_t good = (before + page - 1) / page * page;
	char *area = mmap(NULL, good + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);

	if (area == MAP_FAILED || mprotect(area + good, page, PROT_NONE))
		abort();
	return area + good - before;
}

void *unmapped_page(void)
{
	return edge_page(0);
}
