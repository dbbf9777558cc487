/* SPDX-License-Identifier: MIT */
/*
 * Traditional calls that have since moved elsewhere.
 */
#ifndef QMSG_QNX_UNIX_H
#define QMSG_QNX_UNIX_H

#include <fcntl.h>
#include <strings.h>
#include <sys/time.h>
#include <sys/types.h>
#include <unistd.h>

#endif
