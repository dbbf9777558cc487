/* SPDX-License-Identifier: MIT */
/*
 * Commands to a device: devctl(3). A command is a word that is also one of Linux's for
 * ioctl(2), which reaches a resource manager as the same message.
 */
#ifndef QMSG_QNX_DEVCTL_H
#define QMSG_QNX_DEVCTL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/cdefs.h>
#include <sys/types.h>

#define DEVDIR_NONE	0x00000000U
#define DEVDIR_TO	0x40000000U	/* bytes go to the device */
#define DEVDIR_FROM	0x80000000U	/* … and from it */
#define DEVDIR_TOFROM	(DEVDIR_TO | DEVDIR_FROM)

/* int, so that a command can be a case label in C++ too. */
#define _IODIR(class, cmd, dir, size) \
	((int)((dir) | ((unsigned)(size) & 0x3fffU) << 16 | (unsigned)(class) << 8 | (unsigned)(cmd)))

#define __DION(class, cmd)		_IODIR(class, cmd, DEVDIR_NONE, 0)
#define __DIOF(class, cmd, data)	_IODIR(class, cmd, DEVDIR_FROM, sizeof(data))
#define __DIOT(class, cmd, data)	_IODIR(class, cmd, DEVDIR_TO, sizeof(data))
#define __DIOTF(class, cmd, data)	_IODIR(class, cmd, DEVDIR_TOFROM, sizeof(data))

#define _DCMD_ALL	0x01
#define _DCMD_FSYS	0x02
#define _DCMD_BLK	0x03
#define _DCMD_CHR	0x04
#define _DCMD_NET	0x05
#define _DCMD_MISC	0x06
#define _DCMD_MEDIA	0x07
#define _DCMD_CAM	0x0c
#define _DCMD_INPUT	0x0d
#define _DCMD_PROC	0x10

__BEGIN_DECLS
int devctl(int __fd, int __dcmd, void *__data, size_t __nbytes, int *__info);
__END_DECLS

#endif
