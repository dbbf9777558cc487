// SPDX-License-Identifier: MIT
/* Attributes that clients see and change. */

#include "internal.h"

QMSG_API int iofunc_stat(resmgr_context_t *ctp, void *a, struct stat *st)
{
	iofunc_attr_t *attr = a;

	(void)ctp;
	iofunc_time_update(attr);
	memset(st, 0, sizeof(*st));
	st->st_ino = attr->inode;
	st->st_mode = attr->mode;
	st->st_nlink = attr->nlink;
	st->st_uid = attr->uid;
	st->st_gid = attr->gid;
	st->st_rdev = attr->rdev;
	st->st_size = attr->nbytes;
	st->st_dev = attr->mount ? attr->mount->dev : 0;
	st->st_blksize = attr->mount && attr->mount->blocksize ? attr->mount->blocksize : 512;
	st->st_blocks = (attr->nbytes + 511) / 512;
	st->st_atime = attr->atime;
	st->st_mtime = attr->mtime;
	st->st_ctime = attr->ctime;
	return EOK;
}

QMSG_API int iofunc_stat_default(resmgr_context_t *ctp, io_stat_t *msg, iofunc_ocb_t *ocb)
{
	iofunc_stat(ctp, ocb->attr, &msg->o);
	return _RESMGR_PTR(ctp, &msg->o, sizeof(msg->o));
}

/* What only the owner may do. */
static int check_owner(resmgr_context_t *ctp, const iofunc_attr_t *attr,
		       struct _client_info *info)
{
	int error = iofunc_client_info(ctp, 0, info);

	return error ? error : iofunc_check_access(ctp, attr, S_ISUID, info);
}

QMSG_API int iofunc_chmod(resmgr_context_t *ctp, io_chmod_t *msg, void *ocb, void *a)
{
	struct _client_info info;
	iofunc_attr_t *attr = a;
	int error = check_owner(ctp, attr, &info);

	(void)ocb;
	if (error)
		return error;
	attr->mode = (attr->mode & ~07777u) | (msg->i.mode & 07777u);
	attr->flags |= IOFUNC_ATTR_CTIME | IOFUNC_ATTR_DIRTY_MODE;
	return EOK;
}

QMSG_API int iofunc_chmod_default(resmgr_context_t *ctp, io_chmod_t *msg, iofunc_ocb_t *ocb)
{
	return iofunc_chmod(ctp, msg, ocb, ocb->attr);
}

/* Only root gives a file away. */
QMSG_API int iofunc_chown(resmgr_context_t *ctp, io_chown_t *msg, void *ocb, void *a)
{
	struct _client_info info;
	iofunc_attr_t *attr = a;
	int error = check_owner(ctp, attr, &info);

	(void)ocb;
	if (error)
		return error;
	if (info.cred.euid && msg->i.uid != -1 && (uid_t)msg->i.uid != attr->uid)
		return EPERM;
	if (msg->i.uid != -1)
		attr->uid = (uid_t)msg->i.uid;
	if (msg->i.gid != -1)
		attr->gid = (gid_t)msg->i.gid;
	attr->flags |= IOFUNC_ATTR_CTIME | IOFUNC_ATTR_DIRTY_OWNER;
	return EOK;
}

QMSG_API int iofunc_chown_default(resmgr_context_t *ctp, io_chown_t *msg, iofunc_ocb_t *ocb)
{
	return iofunc_chown(ctp, msg, ocb, ocb->attr);
}

QMSG_API int iofunc_utime(resmgr_context_t *ctp, io_utime_t *msg, void *ocb, void *a)
{
	struct _client_info info;
	iofunc_attr_t *attr = a;
	int error = check_owner(ctp, attr, &info);

	(void)ocb;
	if (error)
		return error;
	if (msg->i.cur_flag) {
		attr->flags |= IOFUNC_ATTR_ATIME | IOFUNC_ATTR_MTIME;
	} else {
		attr->atime = msg->i.times.actime;
		attr->mtime = msg->i.times.modtime;
		attr->flags &= ~(unsigned)(IOFUNC_ATTR_ATIME | IOFUNC_ATTR_MTIME);
	}
	attr->flags |= IOFUNC_ATTR_CTIME | IOFUNC_ATTR_DIRTY_TIME;
	return EOK;
}

QMSG_API int iofunc_utime_default(resmgr_context_t *ctp, io_utime_t *msg, iofunc_ocb_t *ocb)
{
	return iofunc_utime(ctp, msg, ocb, ocb->attr);
}
