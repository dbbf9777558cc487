// SPDX-License-Identifier: GPL-2.0-only
/* What of qmsgfs.ko has run, kept by qmsg.ko when it goes; see ../count.c. */

#include <linux/module.h>

#include "count.h"

MODULE_INFO(count, "counts what runs: for tests only");

extern const struct gcov_info *const qmsg_counts_first[];
static const struct gcov_info *const last[0] __used __section("qmsg_counts");

void qmsgfs_count_exit(void)
{
	qmsg_counts_keep(qmsg_counts_first, last);
}
