/* SPDX-License-Identifier: MIT */
#include_next <stdlib.h>

#ifndef QMSG_QNX_STDLIB_H
#define QMSG_QNX_STDLIB_H

#include <sys/cdefs.h>

#define __min(a, b)	((a) < (b) ? (a) : (b))
#define __max(a, b)	((a) > (b) ? (a) : (b))

__BEGIN_DECLS
char *itoa(int __value, char *__buffer, int __radix) __asm__("qmsg_qnx_itoa");
char *ltoa(long __value, char *__buffer, int __radix) __asm__("qmsg_qnx_ltoa");
char *utoa(unsigned int __value, char *__buffer, int __radix) __asm__("qmsg_qnx_utoa");
char *ultoa(unsigned long __value, char *__buffer, int __radix) __asm__("qmsg_qnx_ultoa");
__END_DECLS

#endif

/* Only for a program that asks for this header itself: prelude.h must not take the names. */
#if !defined(__cplusplus) && !defined(QMSG_QNX_IN_PRELUDE)
#ifndef min
#define min(a, b)	__min(a, b)
#endif
#ifndef max
#define max(a, b)	__max(a, b)
#endif
#endif
