// SPDX-License-Identifier: MIT
/* Attributes and OCBs. */

#include <unistd.h>

#include "internal.h"

QMSG_API void iofunc_attr_init(void *p, mode_t mode, void *dp, struct _client_info *info)
{
	iofunc_attr_t *attr = p, *dattr = dp;
	pthread_mutexattr_t recursive;

	memset(attr, 0, sizeof(*attr));
	attr->mode = mode;
	attr->nlink = 1;
	attr->uid = info ? info->cred.euid : geteuid();
	attr->gid = info ? info->cred.egid : getegid();
	if (dattr)
		attr->mount = dattr->mount;
	attr->flags = IOFUNC_ATTR_ATIME | IOFUNC_ATTR_MTIME | IOFUNC_ATTR_CTIME;
	pthread_mutexattr_init(&recursive);
	pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&attr->__lock, &recursive);
	pthread_mutexattr_destroy(&recursive);
	iofunc_time_update(attr);
}

static void locked(iofunc_attr_t *attr)
{
	attr->lock_tid = gettid();
	attr->lock_count++;
}

QMSG_API int iofunc_attr_lock(void *p)
{
	iofunc_attr_t *attr = p;
	int error = pthread_mutex_lock(&attr->__lock);

	if (!error)
		locked(attr);
	return success(error);
}

QMSG_API int iofunc_attr_trylock(void *p)
{
	iofunc_attr_t *attr = p;
	int error = pthread_mutex_trylock(&attr->__lock);

	if (!error)
		locked(attr);
	return success(error);
}

QMSG_API int iofunc_attr_unlock(void *p)
{
	iofunc_attr_t *attr = p;

	if (!--attr->lock_count)
		attr->lock_tid = 0;
	return success(pthread_mutex_unlock(&attr->__lock));
}

QMSG_API int iofunc_time_update(void *p)
{
	iofunc_attr_t *attr = p;
	time_t now = time(NULL);

	if (attr->flags & IOFUNC_ATTR_ATIME)
		attr->atime = now;
	if (attr->flags & IOFUNC_ATTR_MTIME)
		attr->mtime = now;
	if (attr->flags & IOFUNC_ATTR_CTIME)
		attr->ctime = now;
	attr->flags &= ~(unsigned)(IOFUNC_ATTR_ATIME | IOFUNC_ATTR_MTIME | IOFUNC_ATTR_CTIME);
	return EOK;
}

QMSG_API iofunc_ocb_t *iofunc_ocb_calloc(resmgr_context_t *ctp, iofunc_attr_t *attr)
{
	(void)ctp;
	(void)attr;
	return calloc(1, sizeof(iofunc_ocb_t));
}

QMSG_API void iofunc_ocb_free(iofunc_ocb_t *ocb)
{
	free(ocb);
}

/* A program's own, if it has any. */
static const iofunc_funcs_t *funcs_of(const iofunc_attr_t *attr)
{
	static const iofunc_funcs_t ours = {
		_IOFUNC_NFUNCS, iofunc_ocb_calloc, iofunc_ocb_free
	};

	return attr->mount && attr->mount->funcs ? attr->mount->funcs : &ours;
}

/* What is open counts, and may read or write. */
static void count(iofunc_attr_t *attr, int ioflag, int by)
{
	attr->count = (uint16_t)(attr->count + by);
	if (ioflag & _IO_FLAG_RD)
		attr->rcount = (uint16_t)(attr->rcount + by);
	if (ioflag & _IO_FLAG_WR)
		attr->wcount = (uint16_t)(attr->wcount + by);
}

/* S10.8: everything is in place when it is bound. */
QMSG_API int iofunc_ocb_attach(resmgr_context_t *ctp, io_open_t *msg, void *o, void *a,
			       const resmgr_io_funcs_t *io)
{
	iofunc_attr_t *attr = a;
	iofunc_ocb_t *ocb = o ? o : funcs_of(attr)->ocb_calloc(ctp, attr);

	if (!ocb)
		return ENOMEM;
	ocb->attr = attr;
	ocb->ioflag = (int32_t)msg->connect.ioflag;
	ocb->sflag = msg->connect.sflag;
	count(attr, ocb->ioflag, 1);
	if (!resmgr_open_bind(ctp, ocb, io))
		return EOK;
	count(attr, ocb->ioflag, -1);
	if (!o)
		funcs_of(attr)->ocb_free(ocb);
	return errno;
}

QMSG_API int iofunc_ocb_detach(resmgr_context_t *ctp, void *o)
{
	iofunc_ocb_t *ocb = o;

	(void)ctp;
	count(ocb->attr, ocb->ioflag, -1);
	return 0;
}

QMSG_API int iofunc_close_ocb(resmgr_context_t *ctp, void *o, void *a)
{
	iofunc_attr_t *attr = a;

	iofunc_attr_lock(attr);
	iofunc_ocb_detach(ctp, o);
	iofunc_time_update(attr);
	iofunc_attr_unlock(attr);
	funcs_of(attr)->ocb_free(o);
	return EOK;
}
