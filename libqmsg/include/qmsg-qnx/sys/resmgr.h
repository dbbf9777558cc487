/* SPDX-License-Identifier: MIT */
/*
 * What servers that only attach a name use of this header: the message types.
 */
#ifndef QMSG_QNX_SYS_RESMGR_H
#define QMSG_QNX_SYS_RESMGR_H

#include <sys/iomgr.h>
#include <sys/iomsg.h>
#include <sys/neutrino.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <utime.h>

#endif
