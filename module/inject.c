// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/qmsg/inject, for tests that replay a race exactly. One line is written to it:
 *
 *	hold POINT TID		the thread waits at the point when it gets there, until
 *	go TID			... or until it has waited for a minute
 *	delay POINT TID USEC	it is late
 *	fail POINT TID ERRNO	what comes before the point fails
 *
 * each once. Read, it lists who is held, and where: "TID POINT".
 */

#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "inject.h"

MODULE_INFO(inject, "points at which threads can be held: for tests only");

#define ORDERS		32
#define HOLD_MAX	(60 * HZ)

enum what { UNUSED, HOLD, DELAY, FAIL, HELD };

static struct order {
	enum what what;
	enum qmsg_point point;
	pid_t tid;
	int number;
} orders[ORDERS];

static DEFINE_SPINLOCK(orders_lock);
static DECLARE_WAIT_QUEUE_HEAD(holding);

static const char *const names[QMSG_NR_POINTS] = {
	[QMSG_POINT_COPY]	= "copy",
	[QMSG_POINT_COMMIT]	= "commit",
	[QMSG_POINT_PULSE]	= "pulse",
	[QMSG_POINT_ANSWER]	= "answer",
	[QMSG_POINT_EVENT]	= "event",
	[QMSG_POINT_GRACE]	= "grace",
	[QMSG_POINT_RESULT]	= "result",
	[QMSG_POINT_UNBLOCK]	= "unblock",
	[QMSG_POINT_GROW]	= "grow",
	[QMSG_POINT_LEAVE]	= "leave",
	[QMSG_POINT_DETACH]	= "detach",
	[QMSG_POINT_USE]	= "use",
	[QMSG_POINT_GONE]	= "gone",
	[QMSG_POINT_SLEEP]	= "sleep",
	[QMSG_POINT_UNASK]	= "unask",
};

static struct order *order_for_locked(enum qmsg_point point, pid_t tid)
{
	struct order *o;

	for (o = orders; o < orders + ORDERS; o++)
		if (o->what != UNUSED && o->what != HELD && o->point == point && o->tid == tid)
			return o;
	return NULL;
}

static struct order take_order(enum qmsg_point point, struct order **mine)
{
	struct order *o, copy = { };

	spin_lock(&orders_lock);
	o = order_for_locked(point, task_pid_nr(current));
	if (o) {
		copy = *o;
		o->what = o->what == HOLD ? HELD : UNUSED;
	}
	*mine = o;
	spin_unlock(&orders_lock);
	return copy;
}

/* Whatever happens to the thread meanwhile: it is not there to notice. */
static void hold(struct order *o)
{
	long left = HOLD_MAX;
	DEFINE_WAIT(wait);

	while (READ_ONCE(o->what) == HELD && left) {
		prepare_to_wait(&holding, &wait, TASK_IDLE);
		if (READ_ONCE(o->what) == HELD)
			left = schedule_timeout(left);
	}
	finish_wait(&holding, &wait);
	WRITE_ONCE(o->what, UNUSED);
}

int qmsg_point_reached(enum qmsg_point point)
{
	struct order *mine;
	struct order o = take_order(point, &mine);

	switch (o.what) {
	case HOLD:
		hold(mine);
		break;
	case DELAY:
		fsleep(o.number);
		break;
	case FAIL:
		return -o.number;
	default:
		break;
	}
	return 0;
}

static int add_order(struct order new)
{
	struct order *o;
	int err = -ENOSPC;

	spin_lock(&orders_lock);
	for (o = orders; o < orders + ORDERS && err; o++) {
		if (o->what == UNUSED) {
			*o = new;
			err = 0;
		}
	}
	spin_unlock(&orders_lock);
	return err;
}

static int let_go(pid_t tid)
{
	struct order *o;
	int err = -ESRCH;

	spin_lock(&orders_lock);
	for (o = orders; o < orders + ORDERS; o++) {
		if (o->what != UNUSED && o->tid == tid) {
			WRITE_ONCE(o->what, UNUSED);
			err = 0;
		}
	}
	spin_unlock(&orders_lock);
	wake_up_all(&holding);
	return err;
}

static int obey(const char *line)
{
	static const char *const verbs[] = { [HOLD] = "hold", [DELAY] = "delay", [FAIL] = "fail" };
	char verb[8], point[12];
	struct order o = { };
	int p, v;

	if (sscanf(line, "go %d", &o.tid) == 1)
		return let_go(o.tid);
	if (sscanf(line, "%7s %11s %d %d", verb, point, &o.tid, &o.number) < 3 || o.number < 0)
		return -EINVAL;
	p = match_string(names, QMSG_NR_POINTS, point);
	v = match_string(verbs + HOLD, ARRAY_SIZE(verbs) - HOLD, verb);
	if (p < 0 || v < 0)
		return -EINVAL;
	o.point = p;
	o.what = HOLD + v;
	return add_order(o);
}

static ssize_t inject_write(struct file *file, const char __user *ubuf, size_t len, loff_t *pos)
{
	char line[64];
	int err;

	if (len >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, ubuf, len))
		return -EFAULT;
	line[len] = '\0';
	err = obey(line);
	return err ?: len;
}

static int inject_show(struct seq_file *m, void *unused)
{
	struct order *o;

	spin_lock(&orders_lock);
	for (o = orders; o < orders + ORDERS; o++)
		if (o->what == HELD)
			seq_printf(m, "%d %s\n", o->tid, names[o->point]);
	spin_unlock(&orders_lock);
	return 0;
}

static int inject_open(struct inode *inode, struct file *file)
{
	return single_open(file, inject_show, NULL);
}

static const struct file_operations inject_fops = {
	.owner		= THIS_MODULE,
	.open		= inject_open,
	.read		= seq_read,
	.write		= inject_write,
	.llseek		= seq_lseek,
	.release	= single_release,
};

void qmsg_inject_init(struct dentry *dir)
{
	debugfs_create_file("inject", 0600, dir, NULL, &inject_fops);
}
