/* SPDX-License-Identifier: MIT */
/*
 * QNX's types below mutexes and the like. Programs use those of <pthread.h>.
 */
#ifndef QMSG_QNX_SYNC_H
#define QMSG_QNX_SYNC_H

#include <pthread.h>
#include <sys/types.h>
#include <time.h>

#endif
