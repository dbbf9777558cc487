/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The generic netlink family: Documentation/netlink/specs/qmsg.yaml.
 */
#ifndef QMSG_NETLINK_H
#define QMSG_NETLINK_H

struct genl_family;

extern struct genl_family qmsg_netlink_family;

int qmsg_netlink_init(void);
void qmsg_netlink_exit(void);

#endif /* QMSG_NETLINK_H */
