/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * qmsg-demo: what goes wrong with receive ids that are only slot numbers, the same
 * on the real module, and then a busy server whose clients keep changing their minds.
 */
#ifndef QMSG_DEMO_H
#define QMSG_DEMO_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <stdbool.h>

/* Every act prints its own lines and returns whether it went as it must. */
bool act_slots(void);
bool act_qmsg(void);
bool act_load(unsigned long requests);

#endif /* QMSG_DEMO_H */
