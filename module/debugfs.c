// SPDX-License-Identifier: GPL-2.0-only
/* /sys/kernel/debug/qmsg: how many objects of each kind are alive. */

#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "count.h"
#include "debugfs.h"
#include "inject.h"
#include "limits.h"

static struct dentry *dir;

static int objects_show(struct seq_file *m, void *unused)
{
	int what;

	for (what = 0; what < QMSG_NR_OBJECTS; what++)
		seq_printf(m, "%s %ld\n", qmsg_object_name(what), qmsg_counted(what));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(objects);

void qmsg_debugfs_init(void)
{
	dir = debugfs_create_dir("qmsg", NULL);
	debugfs_create_file("objects", 0400, dir, NULL, &objects_fops);
	qmsg_inject_init(dir);
	qmsg_count_init(dir);
}

void qmsg_debugfs_exit(void)
{
	debugfs_remove_recursive(dir);
	qmsg_count_exit();
}
