/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /proc/PID/fdinfo/FD of a context: its channels, connections and requests.
 */
#ifndef QMSG_FDINFO_H
#define QMSG_FDINFO_H

struct file;
struct seq_file;

void qmsg_show_fdinfo(struct seq_file *m, struct file *file);

#endif /* QMSG_FDINFO_H */
