// SPDX-License-Identifier: MIT
/*
 * Attributes as the kernel's file system wants them, which is the same for all programs, however
 * long their time_t and off_t are.
 */

#include <linux/qmsgfs.h>
#include <sys/sysmacros.h>

#include "internal.h"

_Static_assert(sizeof(struct qmsgfs_stat) <= MSG_ROOM, "its answer");
_Static_assert(sizeof(struct _io_chmod) == sizeof(struct qmsgfs_chmod), "io_chmod_t");
_Static_assert(sizeof(struct _io_chown) == sizeof(struct qmsgfs_chown), "io_chown_t");
_Static_assert(sizeof(struct _io_space) == sizeof(struct qmsgfs_space), "io_space_t");
_Static_assert(offsetof(struct _io_dirent, d_name) == offsetof(struct qmsgfs_dirent, name),
	       "struct _io_dirent");

bool plain_is_stat(const struct _io_combine *msg)
{
	return msg->type == _IO_STAT &&
	       ((const struct qmsgfs_stat_ask *)msg)->format == QMSGFS_STAT_PLAIN;
}

/* What a handler has answered with, which may be anywhere, put where the message was. */
int plain_stat(resmgr_context_t *ctp, struct _io_combine *msg, int ret)
{
	struct qmsgfs_stat *plain = (struct qmsgfs_stat *)msg;
	struct stat st;

	if (ret != _RESMGR_NPARTS(1) || ctp->iov->iov_len < sizeof(st))
		return ret;
	memcpy(&st, ctp->iov->iov_base, sizeof(st));
	*plain = (struct qmsgfs_stat){
		.mode = st.st_mode,
		.nlink = (uint32_t)st.st_nlink,
		.uid = st.st_uid,
		.gid = st.st_gid,
		.ino = st.st_ino,
		.size = (uint64_t)st.st_size,
		.blocks = (uint64_t)st.st_blocks,
		.rdev_major = major(st.st_rdev),
		.rdev_minor = minor(st.st_rdev),
		.blksize = (uint32_t)st.st_blksize,
		.atime = st.st_atim.tv_sec,
		.mtime = st.st_mtim.tv_sec,
		.ctime = st.st_ctim.tv_sec,
		.atime_nsec = (uint32_t)st.st_atim.tv_nsec,
		.mtime_nsec = (uint32_t)st.st_mtim.tv_nsec,
		.ctime_nsec = (uint32_t)st.st_ctim.tv_nsec,
	};
	return _RESMGR_PTR(ctp, plain, sizeof(*plain));
}

/* Where a time is shorter than the kernel's, it is made so in place. */
void plain_utime(struct _io_combine *msg)
{
	const struct qmsgfs_utime plain = *(struct qmsgfs_utime *)msg;
	struct _io_utime *own = (struct _io_utime *)msg;

	if (sizeof(*own) == sizeof(plain) || msg->type != _IO_UTIME ||
	    (plain.combine_len & ~_IO_COMBINE_FLAG) != sizeof(plain))
		return;
	own->times.actime = (time_t)plain.actime;
	own->times.modtime = (time_t)plain.modtime;
}
