// SPDX-License-Identifier: GPL-2.0-only
/*
 * poll, select, epoll: what the manager says, and when it says so.
 *
 * Each poll asks the manager for its conditions. If somebody waits, the manager is to tell of
 * changes from then on, through its descriptor of /dev/qmsgfs, until the file is closed: not
 * once, as others are told, since with EPOLLET nobody would ask again.
 */

#include <linux/hashtable.h>
#include <linux/poll.h>
#include <linux/spinlock.h>

#include "qmsgfs.h"

static DEFINE_HASHTABLE(files, 8);	/* open ones, by scoid */
static DEFINE_SPINLOCK(lock);

void qmsgfs_poll_begin(struct qmsgfs_file *f)
{
	init_waitqueue_head(&f->pollers);
	spin_lock(&lock);
	hash_add(files, &f->node, qmsg_kclient_scoid(&f->client));
	spin_unlock(&lock);
}

void qmsgfs_poll_end(struct qmsgfs_file *f)
{
	spin_lock(&lock);
	hash_del(&f->node);
	spin_unlock(&lock);
}

static const struct {
	u32 condition;
	__poll_t events;
} conditions[] = {
	{ QMSGFS_COND_INPUT, EPOLLIN | EPOLLRDNORM },
	{ QMSGFS_COND_OUTPUT, EPOLLOUT | EPOLLWRNORM },
	{ QMSGFS_COND_OBAND, EPOLLPRI | EPOLLRDBAND },
};

static __poll_t events_of(u32 flags)
{
	__poll_t events = 0;
	int i;

	for (i = 0; i < ARRAY_SIZE(conditions); i++)
		if (flags & conditions[i].condition)
			events |= conditions[i].events;
	return events;
}

static u32 conditions_of(__poll_t events)
{
	u32 flags = 0;
	int i;

	for (i = 0; i < ARRAY_SIZE(conditions); i++)
		if (events & conditions[i].events)
			flags |= conditions[i].condition;
	return flags;
}

/* The manager @ch says that something has changed for the file @scoid. */
int qmsgfs_poll_tell(const struct qmsg_channel *ch, int scoid, u32 flags)
{
	struct qmsgfs_file *f;
	int err = -ENOENT;

	spin_lock(&lock);
	hash_for_each_possible(files, f, node, scoid) {
		if (qmsg_kclient_scoid(&f->client) != scoid ||
		    !qmsg_kclient_is_to(&f->client, ch))
			continue;
		wake_up_poll(&f->pollers, events_of(flags));
		err = 0;
	}
	spin_unlock(&lock);
	return err;
}

/* It has gone. */
void qmsgfs_poll_hang_up(const struct qmsg_channel *ch)
{
	struct qmsgfs_file *f;
	int bucket;

	spin_lock(&lock);
	hash_for_each(files, bucket, f, node)
		if (qmsg_kclient_is_to(&f->client, ch))
			wake_up_poll(&f->pollers, EPOLLERR | EPOLLHUP);
	spin_unlock(&lock);
}

/* Conditions that hold, or an error. */
static long ask(struct qmsgfs_file *f, u32 wanted, bool arm)
{
	const struct qmsgfs_notify msg = {
		.type = QMSGFS_NOTIFY,
		.combine_len = sizeof(msg),
		.action = arm ? QMSGFS_NOTIFY_POLLARM : QMSGFS_NOTIFY_POLL,
		.flags = wanted,
		.event_notify = QMSGFS_NOTIFY_POLLER,
		.event_notify_32 = QMSGFS_NOTIFY_POLLER,
	};
	struct qmsgfs_notify_reply reply = {};
	struct qmsg_kcall call = {
		.head = &msg,
		.head_len = sizeof(msg),
		.reply = &reply,
		.reply_len = sizeof(reply),
		.max = LONG_MAX,
	};
	long ret = qmsg_kclient_call(&f->client, &call);

	return ret < 0 ? ret : reply.flags;
}

__poll_t qmsgfs_poll(struct file *file, struct poll_table_struct *wait)
{
	struct qmsgfs_file *f = file->private_data;
	long ret;

	poll_wait(file, &f->pollers, wait);
	if (READ_ONCE(f->is_mute))
		return DEFAULT_POLLMASK;
	ret = ask(f, conditions_of(poll_requested_events(wait)), waitqueue_active(&f->pollers));
	switch (ret) {
	case -ENOSYS:
		/* Neither does it say anything, nor need it be asked again. */
		WRITE_ONCE(f->is_mute, true);
		return DEFAULT_POLLMASK;
	case -EINTR:
		return 0;
	case -EIO:
		return EPOLLERR | EPOLLHUP;
	}
	return ret < 0 ? EPOLLERR : events_of(ret);
}
