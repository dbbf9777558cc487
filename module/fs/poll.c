// SPDX-License-Identifier: GPL-2.0-only
/*
 * poll, select, epoll: what the manager says, and when it says so.
 *
 * DOC: Whoever polls may have locks that others need, epoll's mutex for one, so nothing here
 * waits for a manager. A poll that knows nothing asks, and says that nothing is ready; the
 * answer wakes whoever waits, and then it is known. So it is with each that begins to wait. The
 * manager is to tell of changes from the first question on, through its descriptor of
 * /dev/qmsgfs, until the file is closed: not once, as others are told, since with EPOLLET nobody
 * would ask again. So what does not hold is known until it does. What holds may not any more
 * when it has been given to a poller, since others read too: it then counts for a moment, in
 * which others that were woken come, or until something is sent through the file.
 */

#include <linux/cred.h>
#include <linux/hashtable.h>
#include <linux/jiffies.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#include "qmsgfs.h"

/* How long a condition that holds counts, from the first poller that it is given to. */
#define GIVEN_JIFFIES	(HZ / 100 + 1)

static DEFINE_HASHTABLE(files, 8);	/* open ones, by scoid */
static DEFINE_SPINLOCK(lock);

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

static void forget_locked(struct qmsgfs_conditions *c, u32 which)
{
	c->known &= ~which;
	c->hold &= c->known;
	c->given = false;
}

/* For all that anybody has wanted. */
static bool begin_question_locked(struct qmsgfs_conditions *c)
{
	if (c->asking || c->mute || c->dead)
		return false;
	c->asking = true;
	c->asked = c->wanted;
	c->stale = 0;
	return true;
}

static int ask_as_caller(struct qmsgfs_file *f, u32 wanted)
{
	const struct qmsgfs_notify msg = {
		.type = QMSGFS_NOTIFY,
		.combine_len = sizeof(msg),
		.action = QMSGFS_NOTIFY_POLLARM,
		.flags = wanted,
		.event_notify = QMSGFS_NOTIFY_POLLER,
		.event_notify_32 = QMSGFS_NOTIFY_POLLER,
	};
	const struct qmsg_kcall call = {
		.head = &msg,
		.head_len = sizeof(msg),
		.reply_len = sizeof(struct qmsgfs_notify_reply),
	};

	return qmsg_kclient_ask(&f->link.client, &call, &f->ask);
}

/* For aio a thread of the kernel's may look again: it asks for who has opened the file. */
static int ask(const struct file *file, u32 wanted)
{
	const struct cred *was;
	int err;

	if (!(current->flags & PF_KTHREAD))
		return ask_as_caller(file->private_data, wanted);
	was = override_creds(file->f_cred);
	err = ask_as_caller(file->private_data, wanted);
	revert_creds(was);
	return err;
}

/* The question that has been begun. Not to be asked: an error that is told at once. */
static __poll_t put_question(const struct file *file)
{
	struct qmsgfs_file *f = file->private_data;
	struct qmsgfs_conditions *c = &f->conditions;
	int err = ask(file, READ_ONCE(c->asked));

	if (!err)
		return 0;
	spin_lock(&c->lock);
	c->asking = false;
	spin_unlock(&c->lock);
	return err == -EIO ? EPOLLERR | EPOLLHUP : EPOLLERR;
}

/*
 * What has happened since the question was put may have changed what its answer says, so of that
 * it says nothing, and whoever polls is woken to put it again. A second time what it says that
 * holds is taken, or one who reads without a pause could keep others from ever hearing anything.
 */
static __poll_t learn_conditions_locked(struct qmsgfs_conditions *c, u32 hold)
{
	u32 fresh = c->asked & ~c->stale;

	if (c->repeated)
		fresh |= c->asked & hold;
	c->stale &= ~fresh;
	/* What was told meanwhile holds, whatever the answer says. */
	c->hold |= hold & fresh;
	c->known |= fresh;
	c->given = false;
	return events_of(c->hold);
}

/* What an answer tells, and what it is to pollers. */
static __poll_t learn_locked(struct qmsgfs_conditions *c, long ret)
{
	c->asking = false;
	if (ret == -ENOSYS) {
		/* Neither does it say anything, nor need it be asked again. */
		c->mute = true;
		return DEFAULT_POLLMASK;
	}
	if (ret == -EINTR)
		return learn_conditions_locked(c, 0);
	if (ret >= 0)
		return learn_conditions_locked(c, ret);
	c->error = ret == -EIO ? EPOLLERR | EPOLLHUP : EPOLLERR;
	return c->error;
}

/*
 * Those who poll for it look again, and ask, as themselves: who this is the manager need not know.
 * What they are woken with says nothing, or it would be taken for an event, by io_uring for one.
 */
static bool repeat_locked(struct qmsgfs_conditions *c)
{
	c->repeated = c->stale;
	return !c->dead && !c->mute && c->stale;
}

static void answered(struct work_struct *work)
{
	struct qmsgfs_file *f = container_of(work, struct qmsgfs_file, ask.work);
	struct qmsgfs_conditions *c = &f->conditions;
	struct qmsgfs_notify_reply reply = {};
	struct qmsg_kcall call = {
		.reply = &reply,
		.reply_len = sizeof(reply),
		.max = LONG_MAX,
	};
	long ret = qmsg_kclient_answer(&f->ask, &call);
	__poll_t events;
	bool repeat;

	spin_lock(&c->lock);
	events = learn_locked(c, ret < 0 ? ret : (long)reply.flags);
	repeat = repeat_locked(c);
	spin_unlock(&c->lock);
	if (events)
		wake_up_poll(&f->pollers, events);
	if (repeat)
		wake_up(&f->pollers);
}

/*
 * Somebody has read or written through the file: of @which, what held may not any more. What did
 * not is told when it does.
 */
void qmsgfs_poll_changed(struct qmsgfs_file *f, u32 which)
{
	struct qmsgfs_conditions *c = &f->conditions;

	if (likely(!READ_ONCE(c->wanted)))
		return;
	spin_lock(&c->lock);
	forget_locked(c, c->hold & which);
	if (c->asking)
		c->stale |= which & c->asked;
	spin_unlock(&c->lock);
}

static void told(struct qmsgfs_file *f, u32 flags)
{
	struct qmsgfs_conditions *c = &f->conditions;

	spin_lock(&c->lock);
	c->known |= flags;
	c->hold |= flags;
	c->given = false;
	spin_unlock(&c->lock);
	wake_up_poll(&f->pollers, events_of(flags));
}

/* The manager @ch says that something has changed for the file @scoid. */
int qmsgfs_poll_tell(const struct qmsg_channel *ch, int scoid, u32 flags)
{
	struct qmsgfs_file *f;
	int err = -ENOENT;

	spin_lock(&lock);
	hash_for_each_possible(files, f, node, scoid) {
		if (qmsg_kclient_scoid(&f->link.client) != scoid ||
		    !qmsg_kclient_is_to(&f->link.client, ch))
			continue;
		told(f, conditions_of(events_of(flags)));
		err = 0;
	}
	spin_unlock(&lock);
	return err;
}

static void hang_up(struct qmsgfs_file *f)
{
	spin_lock(&f->conditions.lock);
	f->conditions.dead = true;
	spin_unlock(&f->conditions.lock);
	wake_up_poll(&f->pollers, EPOLLERR | EPOLLHUP);
}

static void hang_up_those(bool (*fn)(const struct qmsgfs_file *f, const void *arg), const void *arg)
{
	struct qmsgfs_file *f;
	int bucket;

	spin_lock(&lock);
	hash_for_each(files, bucket, f, node)
		if (fn(f, arg))
			hang_up(f);
	spin_unlock(&lock);
}

static bool is_to(const struct qmsgfs_file *f, const void *ch)
{
	return qmsg_kclient_is_to(&f->link.client, ch);
}

static bool is_of(const struct qmsgfs_file *f, const void *sb)
{
	return f->link.sb == sb;
}

/* The manager @ch has gone. */
void qmsgfs_poll_hang_up(const struct qmsg_channel *ch)
{
	hang_up_those(is_to, ch);
}

/* The files of @sb have been given up. */
void qmsgfs_poll_abort(const struct super_block *sb)
{
	hang_up_those(is_of, sb);
}

/* Who goes before this is in the table is seen to be gone after it. */
void qmsgfs_poll_begin(struct qmsgfs_file *f)
{
	init_waitqueue_head(&f->pollers);
	spin_lock_init(&f->conditions.lock);
	INIT_WORK(&f->ask.work, answered);
	f->conditions.mute = f->link.is_name;
	spin_lock(&lock);
	hash_add(files, &f->node, qmsg_kclient_scoid(&f->link.client));
	spin_unlock(&lock);
	if (qmsg_kclient_is_dead(&f->link.client))
		hang_up(f);
}

void qmsgfs_poll_end(struct qmsgfs_file *f)
{
	spin_lock(&lock);
	hash_del(&f->node);
	spin_unlock(&lock);
	/* No new question from an answer. */
	hang_up(f);
	qmsg_kclient_ask_end(&f->link.client, &f->ask);
}

/* What holds and still counts. */
static u32 give_locked(struct qmsgfs_conditions *c, u32 wanted)
{
	if (c->given && time_after(jiffies, c->since + GIVEN_JIFFIES))
		forget_locked(c, c->hold);
	if (!(c->hold & wanted))
		return 0;
	if (!c->given)
		c->since = jiffies;
	c->given = true;
	return c->hold & wanted;
}

static __poll_t take_error_locked(struct qmsgfs_conditions *c)
{
	__poll_t error = c->error;

	c->error = 0;
	return error;
}

/* What is known. *@ask: a question has been begun, and is to be put. */
static __poll_t look_locked(struct qmsgfs_conditions *c, u32 wanted, bool begins, bool *ask)
{
	u32 hold;

	*ask = false;
	if (c->dead)
		return EPOLLERR | EPOLLHUP;
	if (c->mute)
		return DEFAULT_POLLMASK;
	if (c->error)
		return take_error_locked(c);
	WRITE_ONCE(c->wanted, c->wanted | wanted);
	/* One that is on its way may be too old, or not be for all of them. */
	if (c->asking)
		c->stale |= begins ? wanted : wanted & ~c->known & ~c->asked;
	else if (begins)
		forget_locked(c, c->wanted);
	hold = give_locked(c, wanted);
	if (!hold && wanted & ~c->known)
		*ask = begin_question_locked(c);
	return events_of(hold);
}

__poll_t qmsgfs_poll(struct file *file, struct poll_table_struct *wait)
{
	u32 wanted = conditions_of(poll_requested_events(wait));
	struct qmsgfs_file *f = file->private_data;
	struct qmsgfs_conditions *c = &f->conditions;
	__poll_t events;
	bool asks;

	poll_wait(file, &f->pollers, wait);
	spin_lock(&c->lock);
	events = look_locked(c, wanted, !poll_does_not_wait(wait), &asks);
	spin_unlock(&c->lock);
	return asks ? events | put_question(file) : events;
}
