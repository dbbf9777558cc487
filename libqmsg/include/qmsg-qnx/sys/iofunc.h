/* SPDX-License-Identifier: MIT */
/*
 * Included by programs that only attach a name, for what it includes.
 */
#ifndef QMSG_QNX_SYS_IOFUNC_H
#define QMSG_QNX_SYS_IOFUNC_H

#include <sys/dispatch.h>
#include <sys/iomsg.h>
#include <sys/resmgr.h>

#endif
