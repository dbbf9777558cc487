// SPDX-License-Identifier: GPL-2.0-only
/* Probes of the kernel's tracepoints. */

#include <linux/kconfig.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "probe.h"

static void look_for(struct tracepoint *point, void *arg)
{
	struct qmsg_probe *probe = arg;

	if (!strcmp(point->name, probe->name))
		probe->point = point;
}

/* 0 also where there is no such tracepoint. */
int qmsg_probe_register(struct qmsg_probe *probe)
{
	if (!IS_ENABLED(CONFIG_TRACEPOINTS))
		return 0;
	for_each_kernel_tracepoint(look_for, probe);
	return probe->point ? tracepoint_probe_register(probe->point, probe->fn, NULL) : 0;
}

/* It does not run any more in text that goes. */
void qmsg_probe_unregister(struct qmsg_probe *probe)
{
	if (!IS_ENABLED(CONFIG_TRACEPOINTS) || !probe->point)
		return;
	tracepoint_probe_unregister(probe->point, probe->fn, NULL);
	tracepoint_synchronize_unregister();
}
