/* SPDX-License-Identifier: MIT */
/*
 * Included by many programs for what it includes. There is no such server here, so
 * none of its messages.
 */
#ifndef QMSG_QNX_SYS_PATHMGR_H
#define QMSG_QNX_SYS_PATHMGR_H

#include <sys/iomsg.h>
#include <sys/sysmgr.h>
#include <sys/types.h>

#endif
