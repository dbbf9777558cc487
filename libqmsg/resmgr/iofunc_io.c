// SPDX-License-Identifier: MIT
/* Default handlers of an open file. */

#include <fcntl.h>
#include <unistd.h>

#include "internal.h"

/* What the descriptor is now counts more than how it was opened: fcntl(2) may have changed it. */
static int is_nonblock(const iofunc_ocb_t *ocb, uint32_t xtype)
{
	if (xtype & _IO_XFLAG_NONBLOCK)
		return 1;
	return !(xtype & _IO_XFLAG_BLOCK) && ocb->ioflag & O_NONBLOCK;
}

QMSG_API int iofunc_read_verify(resmgr_context_t *ctp, io_read_t *msg, void *o, int *nonblock)
{
	const iofunc_ocb_t *ocb = o;

	(void)ctp;
	if (nonblock)
		*nonblock = is_nonblock(ocb, msg->i.xtype);
	return ocb->ioflag & _IO_FLAG_RD ? EOK : EBADF;
}

QMSG_API int iofunc_write_verify(resmgr_context_t *ctp, io_write_t *msg, void *o, int *nonblock)
{
	const iofunc_ocb_t *ocb = o;

	(void)ctp;
	if (nonblock)
		*nonblock = is_nonblock(ocb, msg->i.xtype);
	return ocb->ioflag & _IO_FLAG_WR ? EOK : EBADF;
}

/* There is nothing. */
QMSG_API int iofunc_read_default(resmgr_context_t *ctp, io_read_t *msg, iofunc_ocb_t *ocb)
{
	int ret = iofunc_read_verify(ctp, msg, ocb, NULL);

	if (ret != EOK)
		return ret;
	ocb->attr->flags |= IOFUNC_ATTR_ATIME;
	_IO_SET_READ_NBYTES(ctp, 0);
	return EOK;
}

/* It is gone. */
QMSG_API int iofunc_write_default(resmgr_context_t *ctp, io_write_t *msg, iofunc_ocb_t *ocb)
{
	int ret = iofunc_write_verify(ctp, msg, ocb, NULL);

	if (ret != EOK)
		return ret;
	ocb->attr->flags |= IOFUNC_ATTR_MTIME | IOFUNC_ATTR_CTIME;
	_IO_SET_WRITE_NBYTES(ctp, msg->i.nbytes);
	return EOK;
}

QMSG_API int iofunc_close_ocb_default(resmgr_context_t *ctp, void *reserved, iofunc_ocb_t *ocb)
{
	(void)reserved;
	return iofunc_close_ocb(ctp, ocb, ocb->attr);
}

/* Locks are kept by the kernel, so there are none to be given up here. */
QMSG_API int iofunc_close_dup(resmgr_context_t *ctp, io_close_t *msg, void *ocb, void *attr)
{
	(void)ctp;
	(void)msg;
	(void)ocb;
	(void)attr;
	return EOK;
}

QMSG_API int iofunc_close_dup_default(resmgr_context_t *ctp, io_close_t *msg, iofunc_ocb_t *ocb)
{
	return iofunc_close_dup(ctp, msg, ocb, ocb->attr);
}

/* S10.10. The kernel keeps locks, so nobody waits here for one: it is the program's client. */
QMSG_API int iofunc_unblock(resmgr_context_t *ctp, void *attr)
{
	(void)ctp;
	(void)attr;
	return _RESMGR_DEFAULT;
}

QMSG_API int iofunc_unblock_default(resmgr_context_t *ctp, io_pulse_t *msg, iofunc_ocb_t *ocb)
{
	(void)msg;
	return iofunc_unblock(ctp, ocb->attr);
}

QMSG_API int iofunc_lock_ocb_default(resmgr_context_t *ctp, void *reserved, iofunc_ocb_t *ocb)
{
	(void)ctp;
	(void)reserved;
	return iofunc_attr_lock(ocb->attr) ? errno : EOK;
}

QMSG_API int iofunc_unlock_ocb_default(resmgr_context_t *ctp, void *reserved, iofunc_ocb_t *ocb)
{
	(void)ctp;
	(void)reserved;
	return iofunc_attr_unlock(ocb->attr) ? errno : EOK;
}

/* -1: not from there, or not to there. */
static off_t seek(const iofunc_ocb_t *ocb, const iofunc_attr_t *attr, const io_lseek_t *msg)
{
	off_t base, to;

	switch (msg->i.whence) {
	case SEEK_SET:
		base = 0;
		break;
	case SEEK_CUR:
		base = ocb->offset;
		break;
	case SEEK_END:
		base = attr->nbytes;
		break;
	default:
		return -1;
	}
	if (__builtin_add_overflow(base, (off_t)msg->i.offset, &to) || to < 0)
		return -1;
	return to;
}

QMSG_API int iofunc_lseek(resmgr_context_t *ctp, io_lseek_t *msg, void *o, void *attr)
{
	iofunc_ocb_t *ocb = o;
	off_t to = seek(ocb, attr, msg);

	if (to < 0)
		return EINVAL;
	ocb->offset = to;
	msg->o = (uint64_t)to;
	return _RESMGR_PTR(ctp, &msg->o, sizeof(msg->o));
}

QMSG_API int iofunc_lseek_default(resmgr_context_t *ctp, io_lseek_t *msg, iofunc_ocb_t *ocb)
{
	if (S_ISFIFO(ocb->attr->mode))
		return ESPIPE;
	return iofunc_lseek(ctp, msg, ocb, ocb->attr);
}

QMSG_API int iofunc_devctl(resmgr_context_t *ctp, io_devctl_t *msg, void *ocb, void *attr)
{
	(void)ctp;
	(void)msg;
	(void)ocb;
	(void)attr;
	return _RESMGR_DEFAULT;
}

QMSG_API int iofunc_devctl_default(resmgr_context_t *ctp, io_devctl_t *msg, iofunc_ocb_t *ocb)
{
	return iofunc_devctl(ctp, msg, ocb, ocb->attr);
}

/* Nothing is held back. */
QMSG_API int iofunc_sync_verify(resmgr_context_t *ctp, io_sync_t *msg, void *ocb)
{
	(void)ctp;
	(void)msg;
	(void)ocb;
	return EOK;
}

QMSG_API int iofunc_sync_default(resmgr_context_t *ctp, io_sync_t *msg, iofunc_ocb_t *ocb)
{
	return iofunc_sync_verify(ctp, msg, ocb);
}
