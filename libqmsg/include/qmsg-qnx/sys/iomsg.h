/* SPDX-License-Identifier: MIT */
/*
 * Types of the messages between the C library and resource managers of QNX. A server that
 * has attached a name gets an _IO_CONNECT from each name_open() (S10.30, S10.31).
 */
#ifndef QMSG_QNX_SYS_IOMSG_H
#define QMSG_QNX_SYS_IOMSG_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/cdefs.h>
#include <sys/ftype.h>
#include <sys/neutrino.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <utime.h>

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
#define _IO_CONNECT_RSVD_UNBLOCK	8
#define _IO_CONNECT_MOUNT		9

/* _io_connect.extra_type */
#define _IO_CONNECT_EXTRA_NONE		0
#define _IO_CONNECT_EXTRA_RENAME	1

/* _io_connect.ioflag: as open()'s flags, plus one */
#define _IO_FLAG_RD	0x00000001
#define _IO_FLAG_WR	0x00000002

/**
 * struct _io_connect - what name_open() sends, and what is sent of a path
 * @type: %_IO_CONNECT
 * @subtype: _IO_CONNECT_*
 * @file_type: %_FTYPE_NAME if it is name_open()
 * @reply_max: 0
 * @entry_max: 0
 * @key: 0
 * @handle: of a path, the library's
 * @ioflag: of an open, %_IO_FLAG_RD, %_IO_FLAG_WR and O_ flags
 * @mode: of what is made; of an unlink, S_IFDIR if a directory is meant
 * @sflag: 0
 * @access: 0
 * @zero: 0
 * @path_len: of @path, with its zero
 * @eflag: 0
 * @extra_type: %_IO_CONNECT_EXTRA_NONE, %_IO_CONNECT_EXTRA_RENAME
 * @extra_len: of what follows @path: a handler is given it
 * @path: the name, which goes on after the struct; of a rename the new one
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

/* What a handler of a connect message may reply with, beside a status. */
struct _io_connect_link_reply {
	uint32_t reserved1[2];
	uint8_t eflag;
	uint8_t reserved2[3];
	uint32_t umask;
	uint16_t nentries;
	uint16_t path_len;
};

#define _IO_CONNECT_RET_FLAG	0x00000000
#define _IO_SET_CONNECT_RET(ctp, ret)	((ctp)->status = (ret))

typedef union {
	struct _io_connect connect;
	struct _io_connect_link_reply link_reply;
} io_open_t;

typedef io_open_t io_unlink_t, io_rename_t, io_mknod_t, io_readlink_t, io_link_t, io_mount_t;

/* The name that is to be another, which goes on after the union. */
typedef union _io_rename_extra {
	char path[1];
} io_rename_extra_t;

/* The pulse that an unblock handler is called for. */
typedef struct _pulse io_pulse_t;

/* How every other message to a resource manager begins. */
struct _io_combine {
	uint16_t type;
	uint16_t combine_len;
};

/* combine_len: another message follows. */
#define _IO_COMBINE_FLAG	0x8000

/* xtype of a read or write: a kind, and flags. */
#define _IO_XTYPE_NONE		0
#define _IO_XTYPE_READCOND	1
#define _IO_XTYPE_OFFSET	2
#define _IO_XTYPE_READDIR	5
#define _IO_XTYPE_MASK		0x000000ff
#define _IO_XFLAG_BLOCK		0x00001000
#define _IO_XFLAG_NONBLOCK	0x00002000

/* Follows a head whose xtype is %_IO_XTYPE_OFFSET. */
struct _xtype_offset {
	int64_t offset;
};

struct _io_read {
	uint16_t type;
	uint16_t combine_len;
	int32_t nbytes;
	uint32_t xtype;
	uint32_t zero;
};

typedef union {
	struct _io_read i;
} io_read_t;

/**
 * struct _io_dirent - what a read with %_IO_XTYPE_READDIR returns: QNX's struct dirent, whose name
 * the C library of Linux has for another
 * @d_ino: number of the file, 0: it has none
 * @d_offset: of this entry, for lseek()
 * @d_reclen: to the next one, a multiple of 8
 * @d_namelen: of @d_name
 * @d_name: which goes on after the struct
 */
struct _io_dirent {
	uint64_t d_ino;
	int64_t d_offset;
	int16_t d_reclen;
	int16_t d_namelen;
	char d_name[1];
};

/* How long one with a name of @n bytes is. */
#define _IO_DIRENT_RECLEN(n) \
	((int16_t)((offsetof(struct _io_dirent, d_name) + (size_t)(n) + 1 + 7) & ~(size_t)7))

/* The bytes follow. */
struct _io_write {
	uint16_t type;
	uint16_t combine_len;
	int32_t nbytes;
	uint32_t xtype;
	uint32_t zero;
};

typedef union {
	struct _io_write i;
} io_write_t;

#define _IO_SET_READ_NBYTES(ctp, n)	((ctp)->status = (long)(n))
#define _IO_SET_WRITE_NBYTES(ctp, n)	((ctp)->status = (long)(n))
#define _IO_READ_GET_NBYTES(msg)	((size_t)(msg)->i.nbytes)
#define _IO_WRITE_GET_NBYTES(msg)	((size_t)(msg)->i.nbytes)

struct _io_lseek {
	uint16_t type;
	uint16_t combine_len;
	short whence;
	uint16_t zero;
	uint64_t offset;
};

typedef union {
	struct _io_lseek i;
	uint64_t o;
} io_lseek_t;

struct _io_stat {
	uint16_t type;
	uint16_t combine_len;
	uint32_t zero;
};

typedef union {
	struct _io_stat i;
	struct stat o;
} io_stat_t;

struct _io_devctl {
	uint16_t type;
	uint16_t combine_len;
	int32_t dcmd;
	int32_t nbytes;
	int32_t zero;
};

struct _io_devctl_reply {
	uint32_t zero;
	int32_t ret_val;
	int32_t nbytes;
	int32_t zero2;
};

typedef union {
	struct _io_devctl i;
	struct _io_devctl_reply o;
} io_devctl_t;

#define _DEVCTL_DATA(msg)	((void *)(sizeof(msg) + (char *)&(msg)))

struct _io_notify {
	uint16_t type;
	uint16_t combine_len;
	int32_t action;
	int32_t flags;
	int32_t zero;
	struct sigevent event;
};

struct _io_notify_reply {
	uint32_t flags;
	uint32_t zero;
};

typedef union {
	struct _io_notify i;
	struct _io_notify_reply o;
} io_notify_t;

#define _NOTIFY_ACTION_POLL		0
#define _NOTIFY_ACTION_POLLARM		1
#define _NOTIFY_ACTION_TRANARM		2
#define _NOTIFY_COND_INPUT		0x10000000
#define _NOTIFY_COND_OUTPUT		0x20000000
#define _NOTIFY_COND_OBAND		0x40000000
#define _NOTIFY_COND_EXTEN		0x80000000u
#define _NOTIFY_COND_MASK		0xf0000000u
#define _NOTIFY_DATA_MASK		0x0fffffff

__BEGIN_DECLS
int ionotify(int __fd, int __action, int __flags, const struct sigevent *__event);
__END_DECLS

struct _io_chmod {
	uint16_t type;
	uint16_t combine_len;
	mode_t mode;
};

typedef union {
	struct _io_chmod i;
} io_chmod_t;

struct _io_chown {
	uint16_t type;
	uint16_t combine_len;
	int32_t gid;
	int32_t uid;
};

typedef union {
	struct _io_chown i;
} io_chown_t;

struct _io_utime {
	uint16_t type;
	uint16_t combine_len;
	int32_t cur_flag;
	struct utimbuf times;
};

typedef union {
	struct _io_utime i;
} io_utime_t;

struct _io_pathconf {
	uint16_t type;
	uint16_t combine_len;
	short name;
	uint16_t zero;
};

typedef union {
	struct _io_pathconf i;
} io_pathconf_t;

struct _io_sync {
	uint16_t type;
	uint16_t combine_len;
	uint32_t flag;
};

typedef union {
	struct _io_sync i;
} io_sync_t;

/* struct _io_space.subtype: what is from @start on goes */
#ifndef F_FREESP
#define F_FREESP	11
#endif

struct _io_space {
	uint16_t type;
	uint16_t combine_len;
	uint16_t subtype;
	short whence;
	uint64_t start;
	uint64_t len;
};

typedef union {
	struct _io_space i;
	uint64_t o;
} io_space_t;

struct _io_lock {
	uint16_t type;
	uint16_t combine_len;
	uint32_t subtype;
	int32_t nbytes;
};

typedef union {
	struct _io_lock i;
} io_lock_t;

struct _io_close {
	uint16_t type;
	uint16_t combine_len;
	uint32_t zero;
};

typedef union {
	struct _io_close i;
} io_close_t;

typedef union {
	struct _io_combine i;
} io_openfd_t, io_fdinfo_t, io_mmap_t, io_shutdown_t, io_dup_t, io_power_t, io_acl_t,
  io_pause_t, io_unpause_t;

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

typedef union {
	struct _io_msg i;
} io_msg_t;

#endif
