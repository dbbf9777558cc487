/* SPDX-License-Identifier: MIT */
#ifndef QMSG_QNX_SYS_TARGET_NTO_H
#define QMSG_QNX_SYS_TARGET_NTO_H

#include <sys/platform.h>

#endif
