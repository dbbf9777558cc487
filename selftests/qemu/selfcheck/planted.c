// SPDX-License-Identifier: GPL-2.0-only
/*
 * A module that looks like qmsg to the harness and does wrong on demand: one
 * ioctl per mistake.  It shows that the harness, and the debug kernels, see
 * the mistakes that they are there to see.  See ../selfcheck.sh.
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include "plants.h"

static int leaked_objects;
static int shared_word;
static DEFINE_SPINLOCK(first);
static DEFINE_SPINLOCK(second);
static DEFINE_MUTEX(sleeping);
static struct dentry *dir;

static int objects_show(struct seq_file *s, void *unused)
{
	seq_printf(s, "channels 0\nrequests %d\n", leaked_objects);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(objects);

static void stay_for_ever(void)
{
	set_current_state(TASK_UNINTERRUPTIBLE);
	schedule();
}

static void lock_both_ways(void)
{
	spin_lock(&first);
	spin_lock(&second);
	spin_unlock(&second);
	spin_unlock(&first);

	spin_lock(&second);
	spin_lock(&first);
	spin_unlock(&first);
	spin_unlock(&second);
}

static void sleep_under_a_lock(void)
{
	spin_lock(&first);
	mutex_lock(&sleeping);
	mutex_unlock(&sleeping);
	spin_unlock(&first);
}

static int use_after_free(void)
{
	char *p = kzalloc(64, GFP_KERNEL);

	kfree(p);
	OPTIMIZER_HIDE_VAR(p);
	return p ? READ_ONCE(p[3]) : 0;
}

static void write_out_of_bounds(void)
{
	char *p = kzalloc(60, GFP_KERNEL);
	int past = 60;

	OPTIMIZER_HIDE_VAR(past);
	if (p)
		WRITE_ONCE(p[past], 1);
	kfree(p);
}

static void free_twice(void)
{
	char *p = kzalloc(64, GFP_KERNEL), *q = p;

	OPTIMIZER_HIDE_VAR(q);
	kfree(p);
	kfree(q);
}

static void leak_memory(void)
{
	char *p = kmalloc(200, GFP_KERNEL);

	if (p)
		memset(p, 'q', 200);
	OPTIMIZER_HIDE_VAR(p);
}

static int shift_too_far(void)
{
	int bits = 40;

	OPTIMIZER_HIDE_VAR(bits);
	return 1 << bits;
}

static void saturate(void)
{
	refcount_t count = REFCOUNT_INIT(0);

	refcount_inc(&count);
}

static void never(struct timer_list *unused)
{
}

static void free_with_timer(void)
{
	struct timer_list *timer = kmalloc(sizeof(*timer), GFP_KERNEL);

	if (!timer)
		return;
	timer_setup(timer, never, 0);
	mod_timer(timer, jiffies + 1000 * HZ);
	kfree(timer);
}

static void corrupt_list(void)
{
	struct list_head list = LIST_HEAD_INIT(list), entry, other;

	list_add(&entry, &list);
	entry.next = &other;
	other.prev = &other;
	list_del(&entry);
}

/* Two threads of the test are here at once. */
static void race(void)
{
	int i;

	for (i = 0; i < 100000 && !fatal_signal_pending(current); i++) {
		shared_word++;
		barrier();
	}
}

static long planted_ioctl(struct file *file, unsigned int plant, unsigned long arg)
{
	switch (plant) {
	case PLANT_NOTHING: break;
	case PLANT_WARNING: WARN_ON(1); break;
	case PLANT_OOPS: WRITE_ONCE(*(int *)8, 1); break;
	case PLANT_PANIC: panic("planted");
	case PLANT_STUCK: stay_for_ever(); break;
	case PLANT_OBJECT: leaked_objects++; break;
	case PLANT_USE: __module_get(THIS_MODULE); break;
	case PLANT_TALK: pr_info("qmsg: somebody made me say this\n"); break;
	case PLANT_TAINT: add_taint(TAINT_USER, LOCKDEP_STILL_OK); break;
	case PLANT_INVERSION: lock_both_ways(); break;
	case PLANT_ATOMIC_SLEEP: sleep_under_a_lock(); break;
	case PLANT_HELD_LOCK: mutex_lock(&sleeping); break;
	case PLANT_UAF: return use_after_free() & 1;
	case PLANT_BOUNDS: write_out_of_bounds(); break;
	case PLANT_DOUBLE_FREE: free_twice(); break;
	case PLANT_LEAK: leak_memory(); break;
	case PLANT_SHIFT: return shift_too_far() & 1;
	case PLANT_REFCOUNT: saturate(); break;
	case PLANT_TIMER: free_with_timer(); break;
	case PLANT_LIST: corrupt_list(); break;
	case PLANT_RACE: race(); break;
	default: return -ENOTTY;
	}
	return 0;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = planted_ioctl,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "qmsg",
	.fops = &fops,
};

static int __init planted_init(void)
{
	int err = misc_register(&device);

	if (err)
		return err;
	dir = debugfs_create_dir("qmsg", NULL);
	debugfs_create_file("objects", 0444, dir, NULL, &objects_fops);
	return 0;
}

static void __exit planted_exit(void)
{
	debugfs_remove(dir);
	misc_deregister(&device);
}

module_init(planted_init);
module_exit(planted_exit);
MODULE_DESCRIPTION("Mistakes for the test harness to find");
MODULE_LICENSE("GPL");
