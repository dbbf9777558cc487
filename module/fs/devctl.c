// SPDX-License-Identifier: GPL-2.0-only
/* ioctl and devctl. */

#include <linux/ioctl.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "qmsgfs.h"

static long result(struct qmsg_kcall *call, long status)
{
	const struct qmsgfs_devctl_reply *reply = call->reply;

	if (status < 0)
		return status;
	if (call->got < offsetofend(struct qmsgfs_devctl_reply, ret_val))
		return status;
	return reply->ret_val < 0 ? -EIO : reply->ret_val;
}

/* ioctl(2) has its own name for a command that is not known. */
static long result_of_ioctl(struct qmsg_kcall *call, long status)
{
	return status == -ENOSYS ? -ENOTTY : result(call, status);
}

typedef long devctl_result(struct qmsg_kcall *call, long status);

/* @data is sent, received, or both. */
static long devctl(struct file *file, s32 dcmd, void __user *data, u32 n, u32 how,
		   devctl_result *done)
{
	const struct qmsgfs_devctl msg = {
		.type = QMSGFS_DEVCTL,
		.combine_len = sizeof(msg),
		.dcmd = dcmd,
		.nbytes = n,
	};
	struct qmsgfs_devctl_reply reply = {};
	struct iov_iter to, from;
	struct qmsg_kcall call = {
		.head = &msg,
		.head_len = sizeof(msg),
		.data = how & QMSGFS_DEVCTL_SEND ? &from : NULL,
		.reply = &reply,
		.reply_len = sizeof(reply),
		.reply_data = how & QMSGFS_DEVCTL_RECEIVE ? &to : NULL,
		.max = INT_MAX,
		.done = done,
		.may_step_aside = true,
	};

	if (n && !access_ok(data, n))
		return -EFAULT;
	iov_iter_ubuf(&from, ITER_SOURCE, data, n);
	iov_iter_ubuf(&to, ITER_DEST, data, n);
	return qmsg_kclient_call(qmsgfs_client(file), &call);
}

static long devctl_call(struct file *file, struct qmsgfs_devctl_call __user *uargs)
{
	struct qmsgfs_devctl_call args;
	long ret;
	u32 size;

	if (get_user(size, &uargs->size))
		return -EFAULT;
	if (size < sizeof(args))
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	ret = copy_struct_from_user(&args, sizeof(args), uargs, size);
	if (ret)
		return ret;
	if (args.flags & ~(QMSGFS_DEVCTL_SEND | QMSGFS_DEVCTL_RECEIVE) || args.nbytes > INT_MAX)
		return -EINVAL;
	return devctl(file, args.dcmd, u64_to_user_ptr(args.data_ptr), args.nbytes, args.flags,
		      result);
}

/* The word says what @arg is; where it says nothing there is only the word. */
long qmsgfs_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	u32 how = 0;

	if (cmd == QMSGFS_IOC_DEVCTL)
		return devctl_call(file, (struct qmsgfs_devctl_call __user *)arg);
	if (_IOC_DIR(cmd) & _IOC_WRITE)
		how |= QMSGFS_DEVCTL_SEND;
	if (_IOC_DIR(cmd) & _IOC_READ)
		how |= QMSGFS_DEVCTL_RECEIVE;
	return devctl(file, cmd, (void __user *)arg, how ? _IOC_SIZE(cmd) : 0, how,
		      result_of_ioctl);
}
