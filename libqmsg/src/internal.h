/* SPDX-License-Identifier: MIT */
/*
 * What the files of the library share.
 */
#ifndef QMSG_INTERNAL_H
#define QMSG_INTERNAL_H

#include <errno.h>
#include <stdint.h>

#include "ioctl.h"
#include "qmsg.h"

#define QMSG_API __attribute__((visibility("default")))

static inline uint64_t qmsg_ptr(const void *p)
{
	return (uintptr_t)p;
}

#endif /* QMSG_INTERNAL_H */
