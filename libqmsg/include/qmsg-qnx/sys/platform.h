/* SPDX-License-Identifier: MIT */
/*
 * QNX's own names of the integer types.
 */
#ifndef QMSG_QNX_SYS_PLATFORM_H
#define QMSG_QNX_SYS_PLATFORM_H

#include <bits/types.h>
#include <sys/cdefs.h>

typedef __int8_t _Int8t;
typedef __uint8_t _Uint8t;
typedef __int16_t _Int16t;
typedef __uint16_t _Uint16t;
typedef __int32_t _Int32t;
typedef __uint32_t _Uint32t;
typedef __int64_t _Int64t;
typedef __uint64_t _Uint64t;
typedef __INTPTR_TYPE__ _Intptrt;
typedef __UINTPTR_TYPE__ _Uintptrt;

typedef __int8_t _int8;
typedef __uint8_t _uint8;
typedef __int16_t _int16;
typedef __uint16_t _uint16;
typedef __int32_t _int32;
typedef __uint32_t _uint32;
typedef __int64_t _int64;
typedef __uint64_t _uint64;

#endif
