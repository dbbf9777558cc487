// SPDX-License-Identifier: GPL-2.0-only
/* Linked before all other objects: here their counts begin (count.c). */

#include <linux/compiler.h>

struct gcov_info;
extern const struct gcov_info *const qmsg_counts_first[];
const struct gcov_info *const qmsg_counts_first[0] __section("qmsg_counts");
