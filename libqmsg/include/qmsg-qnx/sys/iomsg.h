/* SPDX-License-Identifier: MIT */
/*
 * Types of the messages between the C library and resource managers of QNX. A server that
 * has attached a name gets an _IO_CONNECT from each name_open() (S10.30, S10.31).
 */
#ifndef QMSG_QNX_SYS_IOMSG_H
#define QMSG_QNX_SYS_IOMSG_H

#include <stdint.h>
#include <sys/ftype.h>
#include <sys/types.h>

#define _IO_BASE	0x100
#define _IO_CONNECT	0x100
#define _IO_READ	0x101
#define _IO_WRITE	0x102
#define _IO_STAT	0x104
#define _IO_NOTIFY	0x105
#define _IO_DEVCTL	0x106
#define _IO_PATHCONF	0x108
#define _IO_LSEEK	0x109
#define _IO_CHMOD	0x10a
#define _IO_CHOWN	0x10b
#define _IO_UTIME	0x10c
#define _IO_OPENFD	0x10d
#define _IO_FDINFO	0x10e
#define _IO_LOCK	0x10f
#define _IO_SPACE	0x110
#define _IO_SHUTDOWN	0x111
#define _IO_MMAP	0x112
#define _IO_MSG		0x113
#define _IO_RSVD	0x114
#define _IO_DUP		0x115
#define _IO_CLOSE	0x116
#define _IO_SYNC	0x119
#define _IO_POWER	0x11a
#define _IO_ACL		0x11b
#define _IO_MAX		0x1ff

/* Subtypes of _IO_CONNECT */
#define _IO_CONNECT_COMBINE		0
#define _IO_CONNECT_COMBINE_CLOSE	1
#define _IO_CONNECT_OPEN		2
#define _IO_CONNECT_UNLINK		3
#define _IO_CONNECT_RENAME		4
#define _IO_CONNECT_MKNOD		5
#define _IO_CONNECT_READLINK		6
#define _IO_CONNECT_LINK		7
#define _IO_CONNECT_MOUNT		9

/* _io_connect.extra_type */
#define _IO_CONNECT_EXTRA_NONE		0

/* _io_connect.ioflag: as open()'s flags, plus one */
#define _IO_FLAG_RD	0x00000001
#define _IO_FLAG_WR	0x00000002

/**
 * struct _io_connect - what name_open() sends
 * @type: %_IO_CONNECT
 * @subtype: %_IO_CONNECT_OPEN
 * @file_type: %_FTYPE_NAME
 * @reply_max: 0
 * @entry_max: 0
 * @key: 0
 * @handle: 0
 * @ioflag: %_IO_FLAG_RD | %_IO_FLAG_WR
 * @mode: 0
 * @sflag: 0
 * @access: 0
 * @zero: 0
 * @path_len: of @path, with its zero
 * @eflag: 0
 * @extra_type: %_IO_CONNECT_EXTRA_NONE
 * @extra_len: 0
 * @path: the name, which goes on after the struct
 */
struct _io_connect {
	uint16_t type;
	uint16_t subtype;
	uint32_t file_type;
	uint16_t reply_max;
	uint16_t entry_max;
	uint32_t key;
	uint32_t handle;
	uint32_t ioflag;
	uint32_t mode;
	uint16_t sflag;
	uint16_t access;
	uint16_t zero;
	uint16_t path_len;
	uint8_t eflag;
	uint8_t extra_type;
	uint16_t extra_len;
	char path[1];
};

typedef union {
	struct _io_connect connect;
} io_open_t;

/* How every other message to a resource manager begins. */
struct _io_combine {
	uint16_t type;
	uint16_t combine_len;
};

/**
 * struct _io_msg - head of a program's own message to a resource manager
 * @type: %_IO_MSG
 * @combine_len: of this struct
 * @mgrid: whom it is for: _IOMGR_*
 * @subtype: the program's own
 */
struct _io_msg {
	uint16_t type;
	uint16_t combine_len;
	uint16_t mgrid;
	uint16_t subtype;
};

#endif
