/* SPDX-License-Identifier: MIT */
/*
 * The errors QNX has and Linux has not. The numbers lie above all that Linux gives
 * to programs and below those it uses inside.
 */
#ifndef QMSG_QNX_ERRNO_H
#define QMSG_QNX_ERRNO_H

#include_next <errno.h>

#define EOK		0

#define ESRVRFAULT	301	/* a fault in the server's memory, not in the caller's */
#define ENOREMOTE	302	/* not possible on another node */
#define EBADFSYS	303	/* the attributes of a resource manager are not in order */

#endif
