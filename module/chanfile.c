// SPDX-License-Identifier: GPL-2.0-only
/*
 * A descriptor to poll a channel with (D1). It keeps the channel's memory, not its life.
 * Who is told, and when: qmsg_channel_tell_locked(); being told means nothing but to look
 * again (D11), for the entry may have been received or withdrawn meanwhile.
 */

#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/uaccess.h>

#include "channel.h"
#include "ioctl.h"

static __poll_t events_locked(const struct qmsg_channel *ch)
{
	__poll_t events = 0;

	if (ch->dead)
		return EPOLLHUP;
	if (ch->queue.count[QMSG_KIND_REQUEST])
		events |= EPOLLIN | EPOLLRDNORM;
	if (ch->queue.count[QMSG_KIND_PULSE])
		events |= EPOLLIN | EPOLLPRI;
	return events;
}

/* The lock is what makes qmsg_channel_tell_locked() see who waits. */
static __poll_t chanfile_poll(struct file *file, struct poll_table_struct *wait)
{
	struct qmsg_channel *ch = file->private_data;
	__poll_t events;

	poll_wait(file, &ch->pollers, wait);
	spin_lock(ch->lock);
	events = events_locked(ch);
	qmsg_channel_unlock(ch);
	return events;
}

static int chanfile_release(struct inode *inode, struct file *file)
{
	qmsg_channel_put(file->private_data);
	return 0;
}

static const struct file_operations chanfile_fops = {
	.owner		= THIS_MODULE,
	.poll		= chanfile_poll,
	.release	= chanfile_release,
};

static struct file *chanfile_open(struct qmsg_channel *ch)
{
	struct file *file = anon_inode_getfile("[qmsg-channel]", &chanfile_fops, ch, O_RDONLY);

	if (!IS_ERR(file))
		qmsg_channel_get(ch);
	return file;
}

/* The number is told first: nothing can fail once it means something. */
static int chanfile_install(struct qmsg_channel *ch, int fd, s32 __user *out_fd)
{
	struct file *file;

	if (put_user(fd, out_fd))
		return -EFAULT;
	file = chanfile_open(ch);
	if (IS_ERR(file))
		return PTR_ERR(file);
	fd_install(fd, file);
	return 0;
}

long qmsg_ioctl_channel_fd(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg)
{
	struct qmsg_channel_fd __user *uargs = uarg;
	const struct qmsg_channel_fd *args = ucmd;
	struct qmsg_channel *ch;
	int fd, err;

	ch = qmsg_channel_find(ctx, args->chid);
	if (!ch)
		return -ESRCH;
	fd = get_unused_fd_flags(args->flags & QMSG_CHANNEL_FD_CLOEXEC ? O_CLOEXEC : 0);
	err = fd < 0 ? fd : chanfile_install(ch, fd, &uargs->out_fd);
	if (err && fd >= 0)
		put_unused_fd(fd);
	qmsg_channel_put(ch);
	return err;
}
