// SPDX-License-Identifier: GPL-2.0-only
/* /dev/qmsgfs: where managers make their nodes. */

#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "qmsgfs.h"

/* Like a context of /dev/qmsg it is its opener's, whoever else comes to hold the descriptor. */
struct control {
	struct pid *tgid;		/* with a reference */
	u64 exec_id;
	struct qmsgfs_owner owner;
};

static int control_open(struct inode *inode, struct file *file)
{
	struct control *c = kzalloc(sizeof(*c), GFP_KERNEL_ACCOUNT);

	if (!c)
		return -ENOMEM;
	c->owner.user = qmsg_user_of_current();
	if (!c->owner.user) {
		kfree(c);
		return -ENOMEM;
	}
	INIT_LIST_HEAD(&c->owner.nodes);
	c->tgid = get_pid(task_tgid(current));
	c->exec_id = current->self_exec_id;
	file->private_data = c;
	return nonseekable_open(inode, file);
}

static int control_flush(struct file *file, fl_owner_t id)
{
	struct control *c = file->private_data;

	if (task_tgid(current) == c->tgid && qmsg_is_last_close(file))
		qmsgfs_owner_end(&c->owner);
	return 0;
}

static int control_release(struct inode *inode, struct file *file)
{
	struct control *c = file->private_data;

	qmsgfs_owner_end(&c->owner);
	qmsg_user_let_go(c->owner.user);
	put_pid(c->tgid);
	kfree(c);
	return 0;
}

static long make_node(struct control *c, struct qmsgfs_attach *args, const char *path)
{
	struct qmsg_channel *ch = qmsg_own_channel(args->chid);

	return IS_ERR(ch) ? PTR_ERR(ch) : qmsgfs_node_make(&c->owner, ch, args, path);
}

static long attach(struct control *c, struct qmsgfs_attach __user *uargs, u32 size)
{
	struct qmsgfs_attach args;
	char *path;
	long err;

	err = copy_struct_from_user(&args, sizeof(args), uargs, size);
	if (err)
		return err;
	if (args.flags || !args.path_len || args.path_len > QMSGFS_PATH_MAX)
		return -EINVAL;
	path = memdup_user_nul(u64_to_user_ptr(args.path_ptr), args.path_len);
	if (IS_ERR(path))
		return PTR_ERR(path);
	err = make_node(c, &args, path);
	kfree(path);
	if (!err && copy_to_user(uargs, &args, min_t(size_t, size, sizeof(args)))) {
		qmsgfs_node_detach(&c->owner, args.out_id);
		err = -EFAULT;
	}
	return err;
}

static long detach(struct control *c, struct qmsgfs_detach __user *uargs, u32 size)
{
	struct qmsgfs_detach args;
	long err;

	err = copy_struct_from_user(&args, sizeof(args), uargs, size);
	if (err)
		return err;
	if (args.flags || args.__reserved)
		return -EINVAL;
	return qmsgfs_node_detach(&c->owner, args.id);
}

static long tell(struct control *c, struct qmsgfs_tell __user *uargs, u32 size)
{
	struct qmsg_channel *ch;
	struct qmsgfs_tell args;
	long err;

	err = copy_struct_from_user(&args, sizeof(args), uargs, size);
	if (err)
		return err;
	ch = qmsg_own_channel(args.chid);
	if (IS_ERR(ch))
		return PTR_ERR(ch);
	err = qmsgfs_poll_tell(ch, args.scoid, args.flags);
	qmsg_channel_let_go(ch);
	return err;
}

static u32 min_size(unsigned int cmd)
{
	switch (cmd) {
	case QMSGFS_IOC_ATTACH:
		return sizeof(struct qmsgfs_attach);
	case QMSGFS_IOC_DETACH:
		return sizeof(struct qmsgfs_detach);
	case QMSGFS_IOC_NOTIFY:
		return sizeof(struct qmsgfs_tell);
	}
	return 0;
}

static long call(struct control *c, unsigned int cmd, void __user *uarg, u32 size)
{
	switch (cmd) {
	case QMSGFS_IOC_ATTACH:
		return attach(c, uarg, size);
	case QMSGFS_IOC_DETACH:
		return detach(c, uarg, size);
	default:
		return tell(c, uarg, size);
	}
}

static long control_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct control *c = file->private_data;
	void __user *uarg = (void __user *)arg;
	u32 size;

	if (!min_size(cmd))
		return -ENOTTY;
	if (task_tgid(current) != c->tgid || current->self_exec_id != c->exec_id)
		return -EBADF;
	if (get_user(size, (u32 __user *)uarg))
		return -EFAULT;
	if (size < min_size(cmd))
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	return call(c, cmd, uarg, size);
}

static const struct file_operations control_fops = {
	.owner		= THIS_MODULE,
	.open		= control_open,
	.flush		= control_flush,
	.release	= control_release,
	.unlocked_ioctl	= control_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};

/* Root's alone, as /dev/qmsg is, until an administrator's udev rule says otherwise. */
static struct miscdevice control_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "qmsgfs",
	.fops	= &control_fops,
	.mode	= 0600,
};

int qmsgfs_control_init(void)
{
	return misc_register(&control_device);
}

void qmsgfs_control_exit(void)
{
	misc_deregister(&control_device);
}
