// SPDX-License-Identifier: GPL-2.0-only
/* read, write, lseek, fsync. */

#include <linux/fs.h>
#include <linux/uio.h>

#include "qmsgfs.h"

/* Head of a read or a write, with the offset that some have. */
struct io_message {
	struct qmsgfs_io head;
	__s64 offset;
};

/*
 * The file's own position says that it is none: who splices may move it a little. Beyond are only
 * such as somebody has chosen.
 */
static bool is_bad_place(const struct kiocb *iocb)
{
	return iocb->ki_pos > QMSGFS_POS_NONE && iocb->ki_pos != iocb->ki_filp->f_pos;
}

static u32 flags_of(const struct kiocb *iocb)
{
	return iocb->ki_filp->f_flags & O_NONBLOCK || iocb->ki_flags & IOCB_NOWAIT ?
	       QMSGFS_XFLAG_NONBLOCK : QMSGFS_XFLAG_BLOCK;
}

/* Returns the length of the head. */
static size_t make_head(struct io_message *msg, u16 type, const struct kiocb *iocb, size_t n)
{
	bool placed = iocb->ki_pos < QMSGFS_POS_NONE;

	*msg = (struct io_message) {
		.head = {
			.type = type,
			.nbytes = n,
			.xtype = flags_of(iocb) |
				 (placed ? QMSGFS_XTYPE_OFFSET : QMSGFS_XTYPE_NONE),
		},
		.offset = iocb->ki_pos,
	};
	msg->head.combine_len = placed ? sizeof(*msg) : sizeof(msg->head);
	return msg->head.combine_len;
}

/*
 * The position is the manager's, so the file's own does not move; but one that the caller has
 * chosen does, as who splices from there on expects.
 */
static ssize_t moved(struct kiocb *iocb, ssize_t n)
{
	if (n > 0 && iocb->ki_pos < QMSGFS_POS_NONE)
		iocb->ki_pos += n;
	return n;
}

/* Of one call only: to the end of a file that was not opened so, which no message says. */
static bool appends_once(const struct kiocb *iocb)
{
	return iocb->ki_flags & IOCB_APPEND && !(iocb->ki_filp->f_flags & O_APPEND);
}

/* Likewise: a file that was opened so is synchronous by its manager's doing. */
static bool syncs_once(const struct kiocb *iocb)
{
	return iocb->ki_flags & IOCB_DSYNC && !(iocb->ki_filp->f_flags & O_DSYNC);
}

/* What it @ends for pollers may be read, or full, now. */
static ssize_t transfer(struct kiocb *iocb, struct qmsg_kcall *call, u32 ends)
{
	struct file *file = iocb->ki_filp;
	ssize_t ret;

	if (is_bad_place(iocb))
		return -EINVAL;
	if (appends_once(iocb))
		return -EOPNOTSUPP;
	ret = moved(iocb, qmsg_kclient_call(qmsgfs_client(file), call));
	qmsgfs_poll_changed(file->private_data, ends);
	return ret;
}

/* One call, one message. */
ssize_t qmsgfs_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	size_t n = iov_iter_count(to);
	struct io_message msg;
	struct qmsg_kcall call = {
		.head = &msg,
		.head_len = make_head(&msg, QMSGFS_READ, iocb, n),
		.reply_data = to,
		.max = n,
		.may_step_aside = is_sync_kiocb(iocb),
	};

	return transfer(iocb, &call, QMSGFS_COND_INPUT | QMSGFS_COND_OBAND);
}

ssize_t qmsgfs_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	size_t n = iov_iter_count(from);
	struct io_message msg;
	struct qmsg_kcall call = {
		.head = &msg,
		.head_len = make_head(&msg, QMSGFS_WRITE, iocb, n),
		.data = from,
		.max = n,
		.may_step_aside = is_sync_kiocb(iocb) && user_backed_iter(from) &&
				  !syncs_once(iocb),
	};
	ssize_t ret = transfer(iocb, &call, QMSGFS_COND_OUTPUT);

	return ret > 0 && syncs_once(iocb) ? qmsgfs_fsync(iocb->ki_filp, 0, LLONG_MAX, 1) ?: ret : ret;
}

static long new_offset(struct qmsg_kcall *call, long status)
{
	u64 offset;

	if (status < 0)
		return status;
	if (call->got < sizeof(offset))
		return status;
	memcpy(&offset, call->reply, sizeof(offset));
	return offset > LONG_MAX ? -EOVERFLOW : (long)offset;
}

loff_t qmsgfs_llseek(struct file *file, loff_t offset, int whence)
{
	const struct qmsgfs_lseek msg = {
		.type = QMSGFS_LSEEK,
		.combine_len = sizeof(msg),
		.whence = whence,
		.offset = offset,
	};
	u64 reply = 0;
	struct qmsg_kcall call = {
		.head = &msg,
		.head_len = sizeof(msg),
		.reply = &reply,
		.reply_len = sizeof(reply),
		.max = LONG_MAX,
		.done = new_offset,
		.may_step_aside = true,
	};

	return qmsg_kclient_call(qmsgfs_client(file), &call);
}

int qmsgfs_fsync(struct file *file, loff_t start, loff_t end, int datasync)
{
	const struct qmsgfs_plain msg = {
		.type = QMSGFS_SYNC,
		.combine_len = sizeof(msg),
		.flag = datasync ? O_DSYNC : O_SYNC,
	};
	struct qmsg_kcall call = { .head = &msg, .head_len = sizeof(msg), .max = LONG_MAX };
	long ret = qmsg_kclient_call(qmsgfs_client(file), &call);

	return ret < 0 ? ret : 0;
}
