// SPDX-License-Identifier: MIT
/*
 * Who may make, remove and move names, and what becomes of the attributes. The names themselves are
 * the manager's.
 */
#include "internal.h"

/* @own is used if the manager has not asked who it is. */
static int who(resmgr_context_t *ctp, struct _client_info **info, struct _client_info *own)
{
	if (*info)
		return EOK;
	*info = own;
	return iofunc_client_info(ctp, 0, own);
}

static int check_dir(resmgr_context_t *ctp, const iofunc_attr_t *dattr,
		     const struct _client_info *info)
{
	return iofunc_check_access(ctp, dattr, S_IWUSR | S_IXUSR, info);
}

/* In a sticky directory names are their owners'. */
static int check_sticky(const iofunc_attr_t *attr, const iofunc_attr_t *dattr,
			const struct _client_info *info)
{
	uid_t uid = info->cred.euid;

	return dattr->mode & S_ISVTX && uid && uid != attr->uid && uid != dattr->uid ? EPERM : EOK;
}

static int check_removal(resmgr_context_t *ctp, const iofunc_attr_t *attr,
			 const iofunc_attr_t *dattr, const struct _client_info *info)
{
	int error = check_dir(ctp, dattr, info);

	return error ? error : check_sticky(attr, dattr, info);
}

static void changed(iofunc_attr_t *dattr)
{
	dattr->flags |= IOFUNC_ATTR_MTIME | IOFUNC_ATTR_CTIME | IOFUNC_ATTR_DIRTY_TIME;
}

static void lost_name(iofunc_attr_t *attr)
{
	attr->nlink--;
	attr->flags |= IOFUNC_ATTR_CTIME | IOFUNC_ATTR_DIRTY_NLINK;
}

/* Subdirectories have a link to it. Of files the manager knows. */
static bool has_subdirectories(const iofunc_attr_t *attr)
{
	return S_ISDIR(attr->mode) && attr->nlink > 2;
}

/* @attr, if not NULL, is that of what is to be made in the directory @dattr. */
QMSG_API int iofunc_mknod(resmgr_context_t *ctp, io_mknod_t *msg, void *attr, void *dattr,
			  struct _client_info *info)
{
	struct _client_info own;
	int error;

	if (!dattr)
		return EBADFSYS;
	error = who(ctp, &info, &own);
	if (!error)
		error = check_dir(ctp, dattr, info);
	if (error)
		return error;
	if (attr)
		iofunc_attr_init(attr, msg->connect.mode, dattr, info);
	changed(dattr);
	return EOK;
}

static int check_unlink(resmgr_context_t *ctp, const io_unlink_t *msg, const iofunc_attr_t *attr,
			const iofunc_attr_t *dattr, const struct _client_info *info)
{
	bool as_dir = S_ISDIR(msg->connect.mode);

	if (as_dir != S_ISDIR(attr->mode))
		return as_dir ? ENOTDIR : EISDIR;
	if (has_subdirectories(attr))
		return ENOTEMPTY;
	/* Nothing is known of where it is: it is its owner's. */
	if (!dattr)
		return iofunc_check_access(ctp, attr, S_ISUID, info);
	return check_removal(ctp, attr, dattr, info);
}

QMSG_API int iofunc_unlink(resmgr_context_t *ctp, io_unlink_t *msg, void *attr, void *dattr,
			   struct _client_info *info)
{
	struct _client_info own;
	int error;

	if (!attr)
		return EBADFSYS;
	error = who(ctp, &info, &own);
	if (!error)
		error = check_unlink(ctp, msg, attr, dattr, info);
	if (error)
		return error;
	lost_name(attr);
	if (dattr)
		changed(dattr);
	return EOK;
}

/* What is there may be replaced. */
static int check_target(const iofunc_attr_t *from, const iofunc_attr_t *to,
			const iofunc_attr_t *dattr, const struct _client_info *info)
{
	if (S_ISDIR(from->mode) != S_ISDIR(to->mode))
		return S_ISDIR(to->mode) ? EISDIR : ENOTDIR;
	if (has_subdirectories(to))
		return ENOTEMPTY;
	return check_sticky(to, dattr, info);
}

static int check_rename(resmgr_context_t *ctp, const iofunc_attr_t *from,
			const iofunc_attr_t *from_dir, const iofunc_attr_t *to,
			const iofunc_attr_t *to_dir, const struct _client_info *info)
{
	int error = check_removal(ctp, from, from_dir, info);

	if (!error)
		error = check_dir(ctp, to_dir, info);
	/* Another directory is above it then. */
	if (!error && S_ISDIR(from->mode) && from_dir != to_dir)
		error = iofunc_check_access(ctp, from, S_IWUSR, info);
	return error || !to ? error : check_target(from, to, to_dir, info);
}

/* @newattr: of what has the new name so far, or NULL. */
QMSG_API int iofunc_rename(resmgr_context_t *ctp, io_rename_t *msg, void *oldattr, void *olddattr,
			   void *newattr, void *newdattr, struct _client_info *info)
{
	iofunc_attr_t *from = oldattr;
	struct _client_info own;
	int error;

	(void)msg;
	if (!oldattr || !olddattr || !newdattr)
		return EBADFSYS;
	if (oldattr == newattr)
		return EOK;
	error = who(ctp, &info, &own);
	if (!error)
		error = check_rename(ctp, from, olddattr, newattr, newdattr, info);
	if (error)
		return error;
	if (newattr)
		lost_name(newattr);
	from->flags |= IOFUNC_ATTR_CTIME;
	changed(olddattr);
	changed(newdattr);
	return EOK;
}
