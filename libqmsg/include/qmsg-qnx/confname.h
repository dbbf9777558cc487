/* SPDX-License-Identifier: MIT */
/*
 * Names for sysconf(), pathconf() and confstr(): glibc has them in <unistd.h>.
 */
#ifndef QMSG_QNX_CONFNAME_H
#define QMSG_QNX_CONFNAME_H

#include <unistd.h>

#endif
