// SPDX-License-Identifier: GPL-2.0-only
/* qmsg: QNX-style synchronous message passing. Loading and unloading. */

#include <linux/miscdevice.h>
#include <linux/module.h>

#include "channel.h"
#include "connect.h"
#include "ctx.h"
#include "debugfs.h"
#include "netlink.h"
#include "park.h"
#include "request.h"
#include "slow.h"
#include "stats.h"
#include "threaddeath.h"
#include "timer.h"

/* Root's alone until an administrator's udev rule says otherwise. */
static struct miscdevice qmsg_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "qmsg",
	.fops	= &qmsg_ctx_fops,
	.mode	= 0600,
};

/* What has to be there before the first process comes, in this order. */
static const struct {
	int (*init)(void);
	void (*exit)(void);
} parts[] = {
	{ qmsg_requests_init, qmsg_requests_exit },
	{ qmsg_channels_init, qmsg_channels_exit },
	{ qmsg_conns_init, qmsg_conns_exit },
	{ qmsg_thread_deaths_init, qmsg_thread_deaths_exit },
	{ qmsg_parking_init, qmsg_parking_exit },
	{ qmsg_timers_init, qmsg_timers_exit },
	{ qmsg_netlink_init, qmsg_netlink_exit },
	{ qmsg_slow_init, qmsg_slow_exit },
};

static void parts_exit(int n)
{
	while (n--)
		parts[n].exit();
}

static int parts_init(void)
{
	int i, err;

	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		err = parts[i].init();
		if (!err)
			continue;
		parts_exit(i);
		return err;
	}
	return 0;
}

static int __init qmsg_init(void)
{
	int err = parts_init();

	if (err)
		return err;
	qmsg_debugfs_init();
	err = misc_register(&qmsg_device);
	if (!err)
		return 0;
	qmsg_debugfs_exit();
	parts_exit(ARRAY_SIZE(parts));
	return err;
}

static void __exit qmsg_exit(void)
{
	misc_deregister(&qmsg_device);
	qmsg_debugfs_exit();
	qmsg_stats_exit();
	parts_exit(ARRAY_SIZE(parts));
}

module_init(qmsg_init);
module_exit(qmsg_exit);

MODULE_DESCRIPTION("QNX-style synchronous message passing");
MODULE_AUTHOR("The qmsg authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(QMSG_VERSION);
