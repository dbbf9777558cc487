// SPDX-License-Identifier: MIT
/* Who may open what. */

#include <fcntl.h>

#include "internal.h"

QMSG_API int iofunc_client_info(resmgr_context_t *ctp, int ioflag, struct _client_info *info)
{
	(void)ioflag;
	return ConnectClientInfo_r(ctp->info.scoid, info,
				   sizeof(info->cred.grouplist) / sizeof(info->cred.grouplist[0]));
}

static bool is_in_group(const struct _cred_info *cred, gid_t gid)
{
	unsigned i, n = sizeof(cred->grouplist) / sizeof(cred->grouplist[0]);

	if (cred->egid == gid)
		return true;
	for (i = 0; i < n && i < cred->ngroups; i++)
		if (cred->grouplist[i] == gid)
			return true;
	return false;
}

/* @check: S_IREAD, S_IWRITE, S_IEXEC, and S_ISUID for "the owner". */
QMSG_API int iofunc_check_access(resmgr_context_t *ctp, const void *a, mode_t check,
				 const struct _client_info *info)
{
	const iofunc_attr_t *attr = a;
	mode_t bits = check & (S_IRUSR | S_IWUSR | S_IXUSR), may = attr->mode;

	(void)ctp;
	if (!info)
		return ENOSYS;
	if (info->cred.euid == 0)
		return EOK;
	if (check & S_ISUID && info->cred.euid != attr->uid)
		return EPERM;
	if (info->cred.euid == attr->uid)
		return (may & bits) == bits ? EOK : EACCES;
	bits >>= is_in_group(&info->cred, attr->gid) ? 3 : 6;
	return (may & bits) == bits ? EOK : EACCES;
}

static mode_t wanted(uint32_t ioflag)
{
	return (ioflag & _IO_FLAG_RD ? S_IRUSR : 0) | (ioflag & _IO_FLAG_WR ? S_IWUSR : 0);
}

static void truncate_attr(iofunc_attr_t *attr)
{
	attr->nbytes = 0;
	attr->flags |= IOFUNC_ATTR_MTIME | IOFUNC_ATTR_CTIME | IOFUNC_ATTR_DIRTY_SIZE;
}

static int open_old(resmgr_context_t *ctp, const io_open_t *msg, iofunc_attr_t *attr,
		    struct _client_info *info)
{
	uint32_t ioflag = msg->connect.ioflag;
	int error;

	if ((ioflag & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		return EEXIST;
	if (S_ISDIR(attr->mode) && ioflag & _IO_FLAG_WR)
		return EISDIR;
	error = iofunc_check_access(ctp, attr, wanted(ioflag), info);
	if (!error && ioflag & O_TRUNC && ioflag & _IO_FLAG_WR)
		truncate_attr(attr);
	return error;
}

QMSG_API int iofunc_open(resmgr_context_t *ctp, io_open_t *msg, void *attr, void *dattr,
			 struct _client_info *info)
{
	struct _client_info own;
	int error;

	if (!info) {
		error = iofunc_client_info(ctp, (int)msg->connect.ioflag, &own);
		if (error)
			return error;
		info = &own;
	}
	if (dattr && msg->connect.ioflag & O_CREAT)
		return iofunc_mknod(ctp, msg, attr, dattr, info);
	return open_old(ctp, msg, attr, info);
}

QMSG_API int iofunc_open_default(resmgr_context_t *ctp, io_open_t *msg, RESMGR_HANDLE_T *attr,
				 void *extra)
{
	int ret;

	(void)extra;
	iofunc_attr_lock(attr);
	ret = iofunc_open(ctp, msg, attr, NULL, NULL);
	if (ret == EOK)
		ret = iofunc_ocb_attach(ctp, msg, NULL, attr, NULL);
	iofunc_attr_unlock(attr);
	return ret;
}
