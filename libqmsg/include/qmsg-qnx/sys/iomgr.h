/* SPDX-License-Identifier: MIT */
/*
 * Numbers for struct _io_msg.mgrid: who defines the subtype.
 */
#ifndef QMSG_QNX_SYS_IOMGR_H
#define QMSG_QNX_SYS_IOMGR_H

#define _IOMGR_PRIVATE_BASE	0xf000
#define _IOMGR_PRIVATE_MAX	0xffff

#endif
