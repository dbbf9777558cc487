/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Connections that are file descriptors.
 *
 * DOC: A coid without the side-channel bit is a descriptor (D1): made by ConnectAttach,
 * numbered, passed on, inherited and closed as any other. The file itself only refers to
 * the channel. Each context that sends through it gets a connection of its own on first
 * use, so a child or a receiver of the descriptor is a client in its own right, with its
 * own scoid. It ends with the process' last descriptor of the file.
 *
 * A file of qmsgfs can be used so as well, beside what is done with it by read and write: then
 * a message tells the file's scoid besides.
 */
#ifndef QMSG_CONNFILE_H
#define QMSG_CONNFILE_H

#include <linux/fs.h>

#include "qmsg.h"

struct qmsg_conn_view;

int qmsg_connfile_attach(struct qmsg_ctx *ctx, struct qmsg_channel *ch, u32 flags,
			 s32 __user *out_coid);
struct qmsg_conn *qmsg_connfile_find(struct qmsg_ctx *ctx, int fd);
struct qmsg_conn *qmsg_connfile_find_used(struct qmsg_ctx *ctx, int fd);
bool qmsg_connfile_view(struct qmsg_ctx *ctx, int fd, u32 how, struct qmsg_conn_view *view);
void qmsg_connfile_close_all(struct qmsg_ctx *ctx);
struct qmsg_connfile *qmsg_connfile_alloc(struct qmsg_channel *ch, u32 flags, int scoid);
int qmsg_connfile_flush(struct file *file, fl_owner_t id);
void qmsg_connfile_also(const struct file_operations *fops);
void qmsg_connfile_put(struct qmsg_connfile *cf);

#endif /* QMSG_CONNFILE_H */
