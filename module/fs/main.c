// SPDX-License-Identifier: GPL-2.0-only
/* qmsgfs: files whose operations are messages. Loading and unloading. */

#include <linux/module.h>

#include "count.h"
#include "qmsgfs.h"

static const struct {
	int (*init)(void);
	void (*exit)(void);
} parts[] = {
	{ qmsgfs_devices_init, qmsgfs_devices_exit },
	{ qmsgfs_watch_init, qmsgfs_watch_exit },
	{ qmsgfs_super_init, qmsgfs_super_exit },
	{ qmsgfs_control_init, qmsgfs_control_exit },
};

static void parts_exit(int n)
{
	while (n--)
		parts[n].exit();
	qmsgfs_nodes_exit();
}

static int __init qmsgfs_init(void)
{
	int i, err;

	qmsg_kclient_files(&qmsgfs_file_fops);
	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		err = parts[i].init();
		if (!err)
			continue;
		parts_exit(i);
		qmsg_kclient_files(NULL);
		return err;
	}
	return 0;
}

static void __exit qmsgfs_exit(void)
{
	parts_exit(ARRAY_SIZE(parts));
	qmsg_kclient_files(NULL);
	qmsgfs_count_exit();
}

module_init(qmsgfs_init);
module_exit(qmsgfs_exit);

MODULE_DESCRIPTION("Files whose operations are messages");
MODULE_AUTHOR("The qmsg authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(QMSG_VERSION);
MODULE_IMPORT_NS(QMSG);
