/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests that take too long.
 */
#ifndef QMSG_SLOW_H
#define QMSG_SLOW_H

int qmsg_slow_init(void);
void qmsg_slow_exit(void);

#endif /* QMSG_SLOW_H */
