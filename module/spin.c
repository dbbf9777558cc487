// SPDX-License-Identifier: GPL-2.0-only
/* Waiting awake: how long it is worth. */

#include <linux/minmax.h>
#include <linux/module.h>

#include "spin.h"

unsigned int qmsg_spin_us = 100;
module_param_named(spin_us, qmsg_spin_us, uint, 0644);
MODULE_PARM_DESC(spin_us,
	"How long a thread at most looks for what it waits for before it sleeps, in us; 0: not at all (100)");

/* Less than this is not worth beginning, ns. */
#define SPIN_MIN	1000

/*
 * The wait has been slept out. Waking took a part of it, so one that was not much longer than
 * what would have been allowed could have been saved.
 */
void qmsg_spin_learn(struct qmsg_spin *s)
{
	u64 most = min(READ_ONCE(qmsg_spin_us), 1000u) * (u64)NSEC_PER_USEC;
	u32 hint = READ_ONCE(*s->hint);

	if (ktime_get_ns() - s->start < 4 * most)
		hint = most;
	else
		hint = hint / 2 < SPIN_MIN ? 0 : hint / 2;
	if (hint != READ_ONCE(*s->hint))
		WRITE_ONCE(*s->hint, hint);
}
