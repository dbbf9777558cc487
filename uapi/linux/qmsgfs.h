/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * qmsgfs: files whose operations are messages to a channel of qmsg.
 */
#ifndef _UAPI_LINUX_QMSGFS_H
#define _UAPI_LINUX_QMSGFS_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * DOC: Conventions
 *
 * As in <linux/qmsg.h>: each struct begins with its size and grows at the end, and zero means
 * "as before".
 *
 * /dev/qmsgfs is for managers. A *node* belongs to the descriptor it was made through: it goes
 * when the process closes it, execs or exits, or when the node's channel ends, and leaves
 * nothing. Files that are open then get EIO.
 *
 * A name of a channel, NAME_ATTACH of <linux/qmsg.h>, that begins with "name/" is a node of mounts too,
 * "/dev/" and the name, if its server may have nodes. It is told of opens, by QMSGFS_CONNECT with
 * %QMSGFS_FTYPE_NAME, and of nothing else that the client has not asked for.
 *
 * A node "/dev/NAME" of a process with CAP_MKNOD and CAP_SYS_ADMIN, in the initial IPC namespace,
 * is also a device file of that name, made in
 * devtmpfs, which every process in the system can open; the manager decides about it. Every
 * node is in the mounts of qmsgfs of its IPC namespace, under its whole path; those of a
 * process without these capabilities can be opened only by processes whose ids are all its own.
 */

#define QMSGFS_IOC_MAGIC	0xbd

#define QMSGFS_IOC_ATTACH	_IO(QMSGFS_IOC_MAGIC, 0x00)
#define QMSGFS_IOC_DETACH	_IO(QMSGFS_IOC_MAGIC, 0x01)
#define QMSGFS_IOC_NOTIFY	_IO(QMSGFS_IOC_MAGIC, 0x02)
/* Of a file, not of /dev/qmsgfs */
#define QMSGFS_IOC_DEVCTL	_IO(QMSGFS_IOC_MAGIC, 0x10)

/** QMSGFS_PATH_MAX - longest path of a node, without the zero that it need not have */
#define QMSGFS_PATH_MAX		1023

/** QMSGFS_POS_NONE - offsets from here on are no offsets: the file's own place is meant */
#define QMSGFS_POS_NONE		0x4000000000000000LL

/**
 * struct qmsgfs_attach - make a node (QMSGFS_IOC_ATTACH)
 * @size: sizeof(struct qmsgfs_attach)
 * @flags: must be 0
 * @chid: a channel of the caller
 * @handle: comes with each &struct qmsgfs_connect for this node
 * @mode: type of the file: S_IFCHR, S_IFREG, S_IFDIR; permission bits that others see
 * @path_len: bytes at @path_ptr
 * @path_ptr: from the root, without ".", "..", "//" or a "/" at the end
 * @out_id: for %QMSGFS_IOC_DETACH
 * @out_dev: device number (st_dev) that its files have
 *
 * Errors: EEXIST: there is a node of this path, above or below it, or something else at it that
 * has the name in devtmpfs. ENOTDIR: what is above it there is no directory. EINVAL: not such a
 * path; no such @mode. ESRCH: no such channel. EPERM: the caller is in a user namespace, or lacks
 * a capability. EAGAIN: the user has as many nodes as he may. ENOSPC: there are as many as there
 * can be. EBADF: the descriptor has been closed by its process.
 */
struct qmsgfs_attach {
	__u32 size;
	__u32 flags;
	__s32 chid;
	__u32 handle;
	__u32 mode;
	__u32 path_len;
	__aligned_u64 path_ptr;
	__u32 out_id;
	__u32 out_dev;
};

/**
 * struct qmsgfs_detach - take a node away (QMSGFS_IOC_DETACH)
 * @size: sizeof(struct qmsgfs_detach)
 * @flags: must be 0
 * @id: of the node
 * @__reserved: must be 0
 *
 * Open files stay connected. Errors: ENOENT: no node of this descriptor's.
 */
struct qmsgfs_detach {
	__u32 size;
	__u32 flags;
	__u32 id;
	__u32 __reserved;
};

/**
 * struct qmsgfs_tell - conditions of a file have changed (QMSGFS_IOC_NOTIFY)
 * @size: sizeof(struct qmsgfs_tell)
 * @flags: QMSGFS_COND_* bits
 * @chid: a channel of the caller
 * @scoid: the file
 *
 * Whoever polls the file asks its manager again. Errors: ENOENT: no such file is open.
 */
struct qmsgfs_tell {
	__u32 size;
	__u32 flags;
	__s32 chid;
	__s32 scoid;
};

/**
 * struct qmsgfs_devctl_call - a devctl with its own length (QMSGFS_IOC_DEVCTL)
 * @size: sizeof(struct qmsgfs_devctl_call)
 * @flags: %QMSGFS_DEVCTL_SEND, %QMSGFS_DEVCTL_RECEIVE
 * @dcmd: the command
 * @nbytes: at @data_ptr
 * @data_ptr: sent, received, or both
 *
 * Returns ret_val of the answer. Errors: ENOTTY: not such a file. ENOSYS: its manager does not know
 * the command.
 */
struct qmsgfs_devctl_call {
	__u32 size;
	__u32 flags;
	__s32 dcmd;
	__u32 nbytes;
	__aligned_u64 data_ptr;
};

#define QMSGFS_DEVCTL_SEND	0x1
#define QMSGFS_DEVCTL_RECEIVE	0x2

/**
 * DOC: Messages
 *
 * What a server receives from a file. Types are those of QNX (10.3), and the layouts are what
 * its programs find in io_read_t and the like. All messages of one open file have one scoid,
 * which no other has; its disconnect pulse says that the file is closed. The status of the
 * answer is the result of the call: bytes of a read or write.
 */
#define QMSGFS_CONNECT		0x100
#define QMSGFS_READ		0x101
#define QMSGFS_WRITE		0x102
#define QMSGFS_STAT		0x104
#define QMSGFS_NOTIFY		0x105
#define QMSGFS_DEVCTL		0x106
#define QMSGFS_LSEEK		0x109
#define QMSGFS_CHMOD		0x10a
#define QMSGFS_CHOWN		0x10b
#define QMSGFS_UTIME		0x10c
#define QMSGFS_SPACE		0x110
#define QMSGFS_CLOSE		0x116
#define QMSGFS_SYNC		0x119

/** QMSGFS_CONNECT_COMBINE_CLOSE - subtype: opened for one message, which follows, and closed */
#define QMSGFS_CONNECT_COMBINE_CLOSE	1

/** QMSGFS_CONNECT_OPEN - subtype: a file is opened */
#define QMSGFS_CONNECT_OPEN	2

/** QMSGFS_CONNECT_UNLINK - subtype: a name is removed; @mode has S_IFDIR if it is a directory's */
#define QMSGFS_CONNECT_UNLINK	3

/** QMSGFS_CONNECT_RENAME - subtype: the path is the new name; the old one is the extra bytes */
#define QMSGFS_CONNECT_RENAME	4

/** QMSGFS_CONNECT_MKNOD - subtype: a directory, FIFO or the like is made, of type and @mode */
#define QMSGFS_CONNECT_MKNOD	5

/** QMSGFS_EXTRA_RENAME - extra_type: the old name, with a zero */
#define QMSGFS_EXTRA_RENAME	1

/** QMSGFS_FTYPE_NAME - file_type: what is opened is a name of the channel */
#define QMSGFS_FTYPE_NAME	12

/* qmsgfs_connect.ioflag, beside flags of open(2) */
#define QMSGFS_IOFLAG_READ	0x1
#define QMSGFS_IOFLAG_WRITE	0x2

/* qmsgfs_io.xtype: a kind and flags */
#define QMSGFS_XTYPE_NONE	0
#define QMSGFS_XTYPE_OFFSET	2	/* a __s64 follows the head: the offset */
#define QMSGFS_XTYPE_READDIR	5	/* struct qmsgfs_dirent are read, as many as fit, all whole */
#define QMSGFS_XFLAG_BLOCK	0x1000	/* the file is not O_NONBLOCK */
#define QMSGFS_XFLAG_NONBLOCK	0x2000	/* it is */

/**
 * struct qmsgfs_connect - head of QMSGFS_CONNECT; the path below the node follows, with a zero
 *
 * After that come the extra bytes; of QMSGFS_CONNECT_COMBINE_CLOSE, from the next multiple of 8 on,
 * the message.
 *
 * @type: %QMSGFS_CONNECT
 * @subtype: %QMSGFS_CONNECT_OPEN, …
 * @file_type: 0, or %QMSGFS_FTYPE_NAME
 * @reply_max: 0
 * @entry_max: 0
 * @key: 0
 * @handle: of the node
 * @ioflag: flags of open(2), with the access mode plus one
 * @mode: for a new file; of %QMSGFS_CONNECT_UNLINK its type
 * @sflag: 0
 * @access: 0
 * @zero: 0
 * @path_len: of the path, with its zero
 * @eflag: 0
 * @extra_type: 0, or %QMSGFS_EXTRA_RENAME
 * @extra_len: extra bytes
 */
struct qmsgfs_connect {
	__u16 type;
	__u16 subtype;
	__u32 file_type;
	__u16 reply_max;
	__u16 entry_max;
	__u32 key;
	__u32 handle;
	__u32 ioflag;
	__u32 mode;
	__u16 sflag;
	__u16 access;
	__u16 zero;
	__u16 path_len;
	__u8 eflag;
	__u8 extra_type;
	__u16 extra_len;
};

/* QMSGFS_READ, QMSGFS_WRITE: the latter's bytes follow, after the offset if there is one. */
struct qmsgfs_io {
	__u16 type;
	__u16 combine_len;
	__s32 nbytes;
	__u32 xtype;
	__u32 zero;
};

/* QMSGFS_LSEEK; the answer is a __u64, the new offset. */
struct qmsgfs_lseek {
	__u16 type;
	__u16 combine_len;
	__s16 whence;
	__u16 zero;
	__s64 offset __attribute__((aligned(8)));
};

/* QMSGFS_DEVCTL; bytes follow. */
struct qmsgfs_devctl {
	__u16 type;
	__u16 combine_len;
	__s32 dcmd;
	__s32 nbytes;
	__s32 zero;
};

/* Its answer; bytes follow. */
struct qmsgfs_devctl_reply {
	__u32 zero;
	__s32 ret_val;
	__s32 nbytes;
	__s32 zero2;
};

/* QMSGFS_CLOSE: the last descriptor is being closed. QMSGFS_SYNC: @flag has O_SYNC or O_DSYNC. */
struct qmsgfs_plain {
	__u16 type;
	__u16 combine_len;
	__u32 flag;
};

/** QMSGFS_STAT_PLAIN - qmsgfs_stat_ask.format: the answer is a &struct qmsgfs_stat */
#define QMSGFS_STAT_PLAIN	0x46535031

/* QMSGFS_STAT */
struct qmsgfs_stat_ask {
	__u16 type;
	__u16 combine_len;
	__u32 format;
};

/* Its answer, the same for servers of all word sizes. */
struct qmsgfs_stat {
	__u32 mode;
	__u32 nlink;
	__u32 uid;
	__u32 gid;
	__u64 ino;		/* 0: it has none */
	__u64 size;
	__u64 blocks;
	__u32 rdev_major;
	__u32 rdev_minor;
	__u32 blksize;
	__u32 atime_nsec;
	__s64 atime;
	__s64 mtime;
	__s64 ctime;
	__u32 mtime_nsec;
	__u32 ctime_nsec;
};

/* QMSGFS_CHMOD; the bits 07777 */
struct qmsgfs_chmod {
	__u16 type;
	__u16 combine_len;
	__u32 mode;
};

/* QMSGFS_CHOWN; -1: as it is */
struct qmsgfs_chown {
	__u16 type;
	__u16 combine_len;
	__s32 gid;
	__s32 uid;
};

/* QMSGFS_UTIME; @now: instead of these two */
struct qmsgfs_utime {
	__u16 type;
	__u16 combine_len;
	__s32 now;
	__s64 actime;
	__s64 modtime;
};

/** QMSGFS_SPACE_FREE - subtype: what is from @start on goes, and the file ends there */
#define QMSGFS_SPACE_FREE	11

/* QMSGFS_SPACE; @whence is SEEK_SET, @len 0: to the end */
struct qmsgfs_space {
	__u16 type;
	__u16 combine_len;
	__u16 subtype;
	__s16 whence;
	__u64 start;
	__u64 len;
};

/* An entry of a directory: the next one begins @reclen bytes on. */
struct qmsgfs_dirent {
	__u64 ino;		/* 0: it has none */
	__s64 offset;		/* where, for lseek, this one is */
	__s16 reclen;		/* a multiple of 8 */
	__s16 namelen;
	char name[4];		/* and more */
};

/* Conditions, as in QNX (S10.24) */
#define QMSGFS_COND_INPUT	0x10000000
#define QMSGFS_COND_OUTPUT	0x20000000
#define QMSGFS_COND_OBAND	0x40000000

/* Actions (S10.25). Who is told is not a process: %QMSGFS_IOC_NOTIFY, each time, till the close. */
#define QMSGFS_NOTIFY_POLL	0
#define QMSGFS_NOTIFY_POLLARM	1

/** QMSGFS_NOTIFY_POLLER - in place of a kind of event */
#define QMSGFS_NOTIFY_POLLER	0x46535031

/*
 * QMSGFS_NOTIFY; from @event_value on a struct sigevent of 64 bytes, whose kind is at one place
 * for a server of 64 bits and at another for one of 32.
 */
struct qmsgfs_notify {
	__u16 type;
	__u16 combine_len;
	__s32 action;
	__u32 flags;
	__s32 zero;
	__aligned_u64 event_value;
	__u32 event_notify_32;
	__u32 event_notify;
	__u8 event_rest[48];
};

/* Its answer: the conditions that hold. */
struct qmsgfs_notify_reply {
	__u32 flags;
	__u32 zero;
};

#endif /* _UAPI_LINUX_QMSGFS_H */
