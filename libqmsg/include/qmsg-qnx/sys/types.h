/* SPDX-License-Identifier: MIT */
#include_next <sys/types.h>

#ifndef QMSG_QNX_SYS_TYPES_H
#define QMSG_QNX_SYS_TYPES_H

#include <sys/platform.h>

typedef _Uintptrt paddr_t;
typedef _Uint64t paddr64_t;
typedef _Int64t pid64_t;

#endif
