/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /sys/kernel/debug/qmsg: how many objects of each kind are alive.
 */
#ifndef QMSG_DEBUGFS_H
#define QMSG_DEBUGFS_H

void qmsg_debugfs_init(void);
void qmsg_debugfs_exit(void);

#endif /* QMSG_DEBUGFS_H */
