// SPDX-License-Identifier: GPL-2.0-only
/* The IPC namespace that nodes and mounts belong to: one tree each. */

#include <linux/ipc_namespace.h>
#include <linux/nsproxy.h>
#include <linux/proc_ns.h>
#include <linux/sched.h>

#include "qmsgfs.h"

/* The current task's, with a reference. */
struct ipc_namespace *qmsgfs_ns_get(void)
{
	return get_ipc_ns(current->nsproxy->ipc_ns);
}

/* put_ipc_ns() is not for modules, but /proc/PID/ns has it too. */
void qmsgfs_ns_put(struct ipc_namespace *ns)
{
	if (IS_ENABLED(CONFIG_IPC_NS) && ns)
		ns->ns.ops->put(&ns->ns);
}

bool qmsgfs_ns_is_first(const struct ipc_namespace *ns)
{
	return ns->ns.inum == PROC_IPC_INIT_INO;
}
