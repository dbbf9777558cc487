/* SPDX-License-Identifier: MIT */
#include_next <string.h>

#ifndef QMSG_QNX_STRING_H
#define QMSG_QNX_STRING_H

#include <strings.h>
#include <sys/cdefs.h>

__BEGIN_DECLS

/* glibc has these two since 2.38; a program built before keeps ours. */
#if __GLIBC_PREREQ(2, 38)
size_t qmsg_qnx_strlcpy(char *__dst, const char *__src, size_t __size);
size_t qmsg_qnx_strlcat(char *__dst, const char *__src, size_t __size);
#else
size_t strlcpy(char *__dst, const char *__src, size_t __size) __asm__("qmsg_qnx_strlcpy");
size_t strlcat(char *__dst, const char *__src, size_t __size) __asm__("qmsg_qnx_strlcat");
#endif

int stricmp(const char *__a, const char *__b) __asm__("qmsg_qnx_stricmp");
int strcmpi(const char *__a, const char *__b) __asm__("qmsg_qnx_strcmpi");
int strnicmp(const char *__a, const char *__b, size_t __n) __asm__("qmsg_qnx_strnicmp");
char *strlwr(char *__s) __asm__("qmsg_qnx_strlwr");
char *strupr(char *__s) __asm__("qmsg_qnx_strupr");
char *strrev(char *__s) __asm__("qmsg_qnx_strrev");

__END_DECLS

#endif
