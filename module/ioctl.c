// SPDX-License-Identifier: GPL-2.0-only
/* The front door: request numbers, sizes, copying in. */

#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "ctx.h"
#include "ioctl.h"
#include "park.h"
#include "words.h"

/* Any process that holds the descriptor may call it. */
#define ANYBODY	0x1

struct op {
	unsigned int cmd;
	unsigned int size;	/* of the kernel's struct */
	unsigned int min_size;	/* of its first version */
	u32 flags;		/* what the 32 bits behind the size may have */
	unsigned int who;
	long (*fn)(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg);
};

/* Whole words, so that they can be copied as such. */
#define OP(_cmd, _fn, _struct, _last, _flags, _who) [_IOC_NR(_cmd)] = {	\
	.cmd = _cmd, .fn = _fn, .flags = _flags, .who = _who,		\
	.size = sizeof(struct _struct) +				\
		BUILD_BUG_ON_ZERO(sizeof(struct _struct) % sizeof(u64)), \
	.min_size = offsetofend(struct _struct, _last),			\
}

#define CHANNEL_FLAGS (QMSG_CHF_FIXED_PRIORITY | QMSG_CHF_UNBLOCK | QMSG_CHF_DISCONNECT | \
		       QMSG_CHF_SENDER_LEN | QMSG_CHF_REPLY_LEN | QMSG_CHF_PRIVATE | \
		       QMSG_CHF_COID_DISCONNECT | QMSG_CHF_THREAD_DEATH | QMSG_CHF_DEADLOCK)
#define REPLY_FLAGS (QMSG_REPLY_DATA_IOV | QMSG_REPLY_IF_NOT_ASKED | QMSG_REPLY_IF_ASKED)
#define CONNECT_FLAGS (QMSG_COF_CLOEXEC | QMSG_COF_NOSHARE | QMSG_COF_NOEVENT | \
		       QMSG_COF_REG_EVENTS | QMSG_COF_UNREG_EVENTS)

static const struct op ops[] = {
	OP(QMSG_IOC_QUERY, qmsg_ioctl_query, qmsg_query, out_pulse_limit, 0, ANYBODY),
	OP(QMSG_IOC_SETUP, qmsg_ioctl_setup, qmsg_setup, __reserved, 0, 0),
	OP(QMSG_IOC_CHANNEL_CREATE, qmsg_ioctl_channel_create, qmsg_channel_create, pool_rearm,
	   CHANNEL_FLAGS, 0),
	OP(QMSG_IOC_CHANNEL_DESTROY, qmsg_ioctl_channel_destroy, qmsg_channel_destroy, __reserved,
	   0, 0),
	OP(QMSG_IOC_CHANNEL_ACCESS, qmsg_ioctl_channel_access, qmsg_channel_access, __reserved,
	   0, 0),
	OP(QMSG_IOC_CHANNEL_FD, qmsg_ioctl_channel_fd, qmsg_channel_fd, out_fd,
	   QMSG_CHANNEL_FD_CLOEXEC, 0),
	OP(QMSG_IOC_CONNECT_ATTACH, qmsg_ioctl_connect_attach, qmsg_connect_attach, __reserved,
	   CONNECT_FLAGS, 0),
	OP(QMSG_IOC_CONNECT_DETACH, qmsg_ioctl_connect_detach, qmsg_connect_detach, __reserved,
	   0, 0),
	OP(QMSG_IOC_CONNECT_FLAGS, qmsg_ioctl_connect_flags, qmsg_connect_flags, out_flags, 0, 0),
	OP(QMSG_IOC_CONNECT_INFO, qmsg_ioctl_connect_info, qmsg_connect_info, out_flags,
	   QMSG_CONNECT_INFO_NEXT | QMSG_CONNECT_INFO_LIVE, 0),
	OP(QMSG_IOC_CLIENT_INFO, qmsg_ioctl_client_info, qmsg_client_info, out_sgid, 0, 0),
	OP(QMSG_IOC_MSG_SEND, qmsg_ioctl_msg_send, qmsg_msg_send, out_reply_len,
	   QMSG_SEND_IOV | QMSG_REPLY_IOV, 0),
	OP(QMSG_IOC_MSG_RECEIVE, qmsg_ioctl_msg_receive, qmsg_msg_receive, out_rcvid,
	   QMSG_RECEIVE_IOV | QMSG_RECEIVE_PULSE, 0),
	OP(QMSG_IOC_MSG_REPLY, qmsg_ioctl_msg_reply, qmsg_msg_reply, buf_len, REPLY_FLAGS, 0),
	OP(QMSG_IOC_MSG_ERROR, qmsg_ioctl_msg_error, qmsg_msg_error, __reserved,
	   QMSG_REPLY_IF_NOT_ASKED | QMSG_REPLY_IF_ASKED, 0),
	OP(QMSG_IOC_MSG_READ, qmsg_ioctl_msg_read, qmsg_msg_copy, out_copied, QMSG_COPY_IOV, 0),
	OP(QMSG_IOC_MSG_WRITE, qmsg_ioctl_msg_write, qmsg_msg_copy, out_copied, QMSG_COPY_IOV, 0),
	OP(QMSG_IOC_MSG_INFO, qmsg_ioctl_msg_info, qmsg_msg_get_info, __reserved, 0, 0),
	OP(QMSG_IOC_MSG_REPLY_RECEIVE, qmsg_ioctl_msg_reply_receive, qmsg_msg_reply_receive,
	   out_rcvid, REPLY_FLAGS, 0),
	OP(QMSG_IOC_MSG_CURRENT, qmsg_ioctl_msg_current, qmsg_msg_current, rcvid, 0, 0),
	OP(QMSG_IOC_MSG_EVENTFD, qmsg_ioctl_msg_eventfd, qmsg_msg_eventfd, __reserved, 0, 0),
	OP(QMSG_IOC_PULSE_SEND, qmsg_ioctl_pulse_send, qmsg_pulse_send, value, 0, 0),
	OP(QMSG_IOC_NAME_ATTACH, qmsg_ioctl_name_attach, qmsg_name_attach, name_ptr, 0, 0),
	OP(QMSG_IOC_NAME_DETACH, qmsg_ioctl_name_detach, qmsg_name_detach, name_ptr, 0, 0),
	OP(QMSG_IOC_NAME_CONNECT, qmsg_ioctl_name_connect, qmsg_name_connect, __reserved,
	   CONNECT_FLAGS, 0),
	OP(QMSG_IOC_EVENT_DELIVER, qmsg_ioctl_event_deliver, qmsg_event_deliver, event,
	   QMSG_DELIVER_CHECK, 0),
	OP(QMSG_IOC_EVENT_REGISTER, qmsg_ioctl_event_register, qmsg_event_register, event, 0, 0),
	OP(QMSG_IOC_EVENT_UNREGISTER, qmsg_ioctl_event_unregister, qmsg_event_unregister,
	   __reserved, 0, 0),
	OP(QMSG_IOC_EVENT_KEEP, qmsg_ioctl_event_keep, qmsg_event_keep, rcvid, 0, 0),
	OP(QMSG_IOC_INTR_WAIT, qmsg_ioctl_intr_wait, qmsg_intr_wait, deadline, 0, 0),
	OP(QMSG_IOC_TIMER_CREATE, qmsg_ioctl_timer_create, qmsg_timer_create, event, 0, 0),
	OP(QMSG_IOC_TIMER_SETTIME, qmsg_ioctl_timer_settime, qmsg_timer_settime, out_interval,
	   QMSG_TIMER_ABSTIME, 0),
	OP(QMSG_IOC_TIMER_GETTIME, qmsg_ioctl_timer_gettime, qmsg_timer_gettime, out_interval,
	   0, 0),
	OP(QMSG_IOC_TIMER_DELETE, qmsg_ioctl_timer_delete, qmsg_timer_delete, __reserved, 0, 0),
};

/* What every struct begins with. */
struct head {
	u32 size;
	u32 flags;
};

union ucmd {
	struct head head;
	struct qmsg_query query;
	struct qmsg_setup setup;
	struct qmsg_channel_create channel_create;
	struct qmsg_channel_destroy channel_destroy;
	struct qmsg_channel_access channel_access;
	struct qmsg_channel_fd channel_fd;
	struct qmsg_connect_attach connect_attach;
	struct qmsg_connect_detach connect_detach;
	struct qmsg_connect_flags connect_flags;
	struct qmsg_connect_info connect_info;
	struct qmsg_client_info client_info;
	struct qmsg_msg_send send;
	struct qmsg_msg_receive receive;
	struct qmsg_msg_reply reply;
	struct qmsg_msg_error error;
	struct qmsg_msg_copy copy;
	struct qmsg_msg_get_info get_info;
	struct qmsg_msg_reply_receive reply_receive;
	struct qmsg_msg_current current_msg;
	struct qmsg_msg_eventfd msg_eventfd;
	struct qmsg_pulse_send pulse_send;
	struct qmsg_name_attach name_attach;
	struct qmsg_name_detach name_detach;
	struct qmsg_name_connect name_connect;
	struct qmsg_event_deliver event_deliver;
	struct qmsg_event_register event_register;
	struct qmsg_event_unregister event_unregister;
	struct qmsg_event_keep event_keep;
	struct qmsg_intr_wait intr_wait;
	struct qmsg_timer_create timer_create;
	struct qmsg_timer_settime timer_settime;
	struct qmsg_timer_gettime timer_gettime;
	struct qmsg_timer_delete timer_delete;
};

static const struct op *op_find(unsigned int cmd)
{
	unsigned int nr = _IOC_NR(cmd);
	const struct op *op;

	if (nr >= ARRAY_SIZE(ops))
		return NULL;
	op = &ops[array_index_nospec(nr, ARRAY_SIZE(ops))];
	/* A gap in the table has the command 0, and number 0 is no gap. */
	return op->cmd == cmd ? op : NULL;
}

/* A caller that was compiled with this struct; false: look closer. */
static __always_inline bool copy_in_same(const struct op *op, union ucmd *ucmd, void __user *uarg)
{
	return qmsg_words_from_user(ucmd, uarg, op->size) && likely(ucmd->head.size == op->size);
}

/* One that was compiled with a shorter or a longer one. */
static noinline int copy_in_other(const struct op *op, union ucmd *ucmd, void __user *uarg)
{
	u32 size;

	if (get_user(size, (u32 __user *)uarg))
		return -EFAULT;
	if (size < op->min_size)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	return copy_struct_from_user(ucmd, op->size, uarg, size);
}

static __always_inline int copy_in(const struct op *op, union ucmd *ucmd, void __user *uarg)
{
	int err = 0;

	if (unlikely(!copy_in_same(op, ucmd, uarg)))
		err = copy_in_other(op, ucmd, uarg);
	if (unlikely(err))
		return err;
	return unlikely(ucmd->head.flags & ~op->flags) ? -EINVAL : 0;
}

static __always_inline long call(const struct op *op, struct qmsg_ctx *ctx, void __user *uarg)
{
	union ucmd ucmd __qmsg_uninitialized;
	int err = 0;

	if (!(op->who & ANYBODY))
		err = qmsg_ctx_check_caller(ctx);
	if (likely(!err))
		err = copy_in(op, &ucmd, uarg);
	return likely(!err) ? op->fn(ctx, &ucmd, uarg) : err;
}

/* Where @cmd is known when this is compiled all of the table is, and nothing is looked up. */
#define CALL(cmd)	case cmd: return call(&ops[_IOC_NR(cmd)], ctx, uarg)

__qmsg_near long qmsg_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct qmsg_ctx *ctx = file->private_data;
	void __user *uarg = (void __user *)arg;
	const struct op *op;

	if (unlikely(!list_empty(&ctx->parked)))
		qmsg_parked_abandon(ctx);
	switch (cmd) {
	CALL(QMSG_IOC_MSG_SEND);
	CALL(QMSG_IOC_MSG_REPLY_RECEIVE);
	CALL(QMSG_IOC_MSG_RECEIVE);
	CALL(QMSG_IOC_MSG_REPLY);
	}
	op = op_find(cmd);
	return op ? call(op, ctx, uarg) : -ENOTTY;
}
