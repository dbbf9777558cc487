/* SPDX-License-Identifier: MIT */
/*
 * Security policies. None is in force here.
 */
#ifndef QMSG_QNX_SECPOL_SECPOL_H
#define QMSG_QNX_SECPOL_SECPOL_H

#include <stdint.h>
#include <sys/cdefs.h>

typedef struct secpol_file secpol_file_t;

__BEGIN_DECLS
int secpol_transition_type(secpol_file_t *__handle, const char *__type, uint32_t __flags);
__END_DECLS

#endif
