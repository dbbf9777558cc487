/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The front door. ioctl.c knows sizes and copying, the functions below what the calls
 * mean; each stands in the file of its object.
 */
#ifndef QMSG_IOCTL_H
#define QMSG_IOCTL_H

#include "qmsg.h"

struct file;

long qmsg_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

/* @ucmd: the kernel's copy of the struct at @uarg, which is for out_* members only. */
long qmsg_ioctl_query(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg);
long qmsg_ioctl_setup(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg);
long qmsg_ioctl_channel_create(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg);
long qmsg_ioctl_channel_destroy(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg);
long qmsg_ioctl_channel_access(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg);
long qmsg_ioctl_channel_fd(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg);
long qmsg_ioctl_connect_attach(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg);
long qmsg_ioctl_connect_detach(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg);
long qmsg_ioctl_connect_flags(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg);
long qmsg_ioctl_connect_info(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg);
long qmsg_ioctl_client_info(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg);
long qmsg_ioctl_msg_send(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg);
long qmsg_ioctl_msg_receive(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg);
long qmsg_ioctl_msg_reply(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg);
long qmsg_ioctl_msg_error(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg);
long qmsg_ioctl_msg_read(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg);
long qmsg_ioctl_msg_write(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg);
long qmsg_ioctl_msg_info(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg);
long qmsg_ioctl_msg_reply_receive(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg);
long qmsg_ioctl_msg_current(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg);
long qmsg_ioctl_msg_eventfd(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg);
long qmsg_ioctl_pulse_send(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg);
long qmsg_ioctl_name_attach(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg);
long qmsg_ioctl_name_detach(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg);
long qmsg_ioctl_name_connect(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg);
long qmsg_ioctl_event_deliver(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg);
long qmsg_ioctl_event_register(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg);
long qmsg_ioctl_event_unregister(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg);
long qmsg_ioctl_event_keep(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg);
long qmsg_ioctl_intr_wait(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg);
long qmsg_ioctl_timer_create(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg);
long qmsg_ioctl_timer_settime(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg);
long qmsg_ioctl_timer_gettime(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg);
long qmsg_ioctl_timer_delete(struct qmsg_ctx *ctx, void *ucmd, void __user *uarg);

#endif /* QMSG_IOCTL_H */
