// SPDX-License-Identifier: GPL-2.0-only
/* qmsg: QNX-style synchronous message passing. Loading and unloading. */

#include <linux/miscdevice.h>
#include <linux/module.h>

#include "ctx.h"
#include "debugfs.h"
#include "request.h"
#include "threaddeath.h"
#include "timer.h"

/* Root's alone until an administrator's udev rule says otherwise. */
static struct miscdevice qmsg_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "qmsg",
	.fops	= &qmsg_ctx_fops,
	.mode	= 0600,
};

static int __init qmsg_init(void)
{
	int err;

	err = qmsg_requests_init();
	if (err)
		return err;
	err = qmsg_thread_deaths_init();
	if (err)
		goto err_requests;
	err = qmsg_timers_init();
	if (err)
		goto err_deaths;
	qmsg_debugfs_init();
	err = misc_register(&qmsg_device);
	if (err)
		goto err_debugfs;
	return 0;

err_debugfs:
	qmsg_debugfs_exit();
	qmsg_timers_exit();
err_deaths:
	qmsg_thread_deaths_exit();
err_requests:
	qmsg_requests_exit();
	return err;
}

static void __exit qmsg_exit(void)
{
	misc_deregister(&qmsg_device);
	qmsg_debugfs_exit();
	qmsg_timers_exit();
	qmsg_thread_deaths_exit();
	qmsg_requests_exit();
}

module_init(qmsg_init);
module_exit(qmsg_exit);

MODULE_DESCRIPTION("QNX-style synchronous message passing");
MODULE_AUTHOR("The qmsg authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(QMSG_VERSION);
