// SPDX-License-Identifier: MIT
/* Messages of files: to the functions of a link or of a binding, and the answer. */

#include "internal.h"

typedef int io_func(resmgr_context_t *ctp, void *msg, void *ocb);

/* S10.17. */
int resmgr_answer(resmgr_context_t *ctp, rcvid_t rcvid, int ret)
{
	if (ret == _RESMGR_NOREPLY)
		return 0;
	if (ret == _RESMGR_DEFAULT)
		ret = ENOSYS;
	if (ret > 0)
		return -MsgError_r(rcvid, ret);
	return -MsgReplyv_r(rcvid, ctp->status, ctp->iov, (size_t)-ret);
}

/* The function of a connect subtype, all of which look alike. */
typedef int connect_func(resmgr_context_t *ctp, void *msg, void *handle, void *extra);

static connect_func *connect_func_of(const resmgr_connect_funcs_t *f, int subtype)
{
	switch (subtype) {
	case _IO_CONNECT_OPEN:
		return (connect_func *)f->open;
	case _IO_CONNECT_RSVD_UNBLOCK:
		return (connect_func *)f->unblock;
	case _IO_CONNECT_UNLINK:
		return (connect_func *)f->unlink;
	case _IO_CONNECT_RENAME:
		return (connect_func *)f->rename;
	case _IO_CONNECT_MKNOD:
		return (connect_func *)f->mknod;
	case _IO_CONNECT_READLINK:
		return (connect_func *)f->readlink;
	case _IO_CONNECT_LINK:
		return (connect_func *)f->link;
	case _IO_CONNECT_MOUNT:
		return (connect_func *)f->mount;
	}
	return NULL;
}

/* It follows the path. Of an unblock, only the beginning of the message has been read. */
static void *extra_of(struct _io_connect *msg, int subtype)
{
	if (!msg->extra_len || subtype == _IO_CONNECT_RSVD_UNBLOCK)
		return NULL;
	return msg->path + msg->path_len;
}

/*
 * Who opens a file has been let in by its mode, and the kernel says so: no program can. Its
 * messages come over the file, whose scoid nobody else can send with.
 */
static bool is_from_kernel(const resmgr_context_t *ctp)
{
	return ctp->info.reserved && !is_by_hand(ctp);
}

int resmgr_connect(resmgr_context_t *ctp, int subtype)
{
	struct link link;
	connect_func *func;

	/* A name on this channel is opened (S10.31). */
	if (ctp->msg->connect.file_type == _FTYPE_NAME)
		return subtype == _IO_CONNECT_OPEN ? EOK : _RESMGR_DEFAULT;
	if (!is_from_kernel(ctp))
		return EPERM;
	if (!link_find(ctp->dpp, (int)ctp->msg->connect.handle, &link))
		return ENXIO;
	ctp->id = link.id;
	ctp->extra = extra_of(&ctp->msg->connect, subtype);
	func = connect_func_of(link.connect, subtype);
	return func ? func(ctp, ctp->msg, link.handle, ctp->extra) : _RESMGR_DEFAULT;
}

/* The order of the functions is that of the types; these four are no messages. */
static io_func *io_func_of(const resmgr_io_funcs_t *io, int type)
{
	io_func *const *first = (io_func *const *)&io->read;
	unsigned i = (unsigned)(type - _IO_READ);

	if (&io->close_ocb == (void *)&first[i] || &io->unblock == (void *)&first[i] ||
	    &io->lock_ocb == (void *)&first[i] || &io->unlock_ocb == (void *)&first[i])
		return NULL;
	return i < io->nfuncs && i < _RESMGR_IO_NFUNCS ? first[i] : NULL;
}

/* What @ctp->msg says is a close; nobody finds the binding any more. */
static int end_binding(resmgr_context_t *ctp, struct binding *b)
{
	int ret = EOK;

	ctp->id = b->id;
	if (b->io->close_dup)
		ret = b->io->close_dup(ctp, &ctp->msg->close, b->ocb);
	binding_put(ctp, b);
	return ret;
}

/* S10.14. The file itself is closed by close(2), for all. */
static int io_close(resmgr_context_t *ctp)
{
	struct binding *b;

	if (is_by_hand(ctp))
		return EPERM;
	b = binding_take(ctp->dpp, key_of(ctp));
	return b ? end_binding(ctp, b) : EBADF;
}

/*
 * What is at @ctp->offset: the message, or one of several that came together. A handler may
 * use as much room as any message or its answer takes.
 */
static struct _io_combine *current_of(resmgr_context_t *ctp)
{
	if (ctp->offset % sizeof(uint32_t) ||
	    ctp->offset + MSG_ROOM > ctp->msg_max_size ||
	    ctp->offset + sizeof(struct _io_combine) > (size_t)ctp->info.msglen)
		return NULL;
	return (struct _io_combine *)((char *)ctp->msg + ctp->offset);
}

/*
 * A message that a program has made, through a file that it may have been given. Only what the
 * descriptor is good for, and nothing that is the kernel's to say: that others poll it.
 */
static int check_by_hand(const struct _io_combine *msg, const struct binding *b)
{
	switch (msg->type) {
	case _IO_READ:
		return b->ioflag & _IO_FLAG_RD ? EOK : EBADF;
	case _IO_WRITE:
	case _IO_SPACE:
		return b->ioflag & _IO_FLAG_WR ? EOK : EBADF;
	case _IO_NOTIFY:
		return notify_is_poller((const io_notify_t *)msg) ? EPERM : EOK;
	case _IO_DUP:
	case _IO_OPENFD:
		return EPERM;
	}
	return EOK;
}

static int call_one(resmgr_context_t *ctp, struct binding *b, struct _io_combine *msg)
{
	io_func *func = io_func_of(b->io, msg->type);
	bool plain = plain_is_stat(msg);
	int ret = is_by_hand(ctp) ? check_by_hand(msg, b) : EOK;

	if (msg->type == _IO_CONNECT || msg->type == _IO_CLOSE)
		return EINVAL;
	if (ret != EOK)
		return ret;
	if (!func)
		return _RESMGR_DEFAULT;
	plain_utime(msg);
	ret = func(ctp, msg, b->ocb);
	return plain ? plain_stat(ctp, msg, ret) : ret;
}

/*
 * S10.16: one after the other, the last of which has the answer. What one before it would have
 * answered with is nobody's.
 */
static int call_all(resmgr_context_t *ctp, struct binding *b)
{
	struct _io_combine *msg;
	uint16_t len;
	int ret;

	for (;;) {
		msg = current_of(ctp);
		if (!msg)
			return EMSGSIZE;
		len = msg->combine_len;
		ret = call_one(ctp, b, msg);
		if (!(len & _IO_COMBINE_FLAG) || ret > 0 || ret == _RESMGR_NOREPLY ||
		    ret == _RESMGR_DEFAULT)
			return ret;
		len &= (uint16_t)~_IO_COMBINE_FLAG;
		if (len < sizeof(*msg))
			return EINVAL;
		ctp->offset += len;
		ctp->status = 0;
	}
}

static int call_locked(resmgr_context_t *ctp, struct binding *b)
{
	int ret;

	if (b->io->lock_ocb) {
		ret = b->io->lock_ocb(ctp, NULL, b->ocb);
		if (ret != EOK)
			return ret;
	}
	ret = call_all(ctp, b);
	if (b->io->unlock_ocb)
		b->io->unlock_ocb(ctp, NULL, b->ocb);
	return ret;
}

static int io(resmgr_context_t *ctp)
{
	struct binding *b = binding_get(ctp->dpp, key_of(ctp));
	int ret;

	if (!b)
		return EBADF;
	ctp->id = b->id;
	ret = call_locked(ctp, b);
	binding_put(ctp, b);
	return ret;
}

/* Where the first message after a connect message begins. */
static size_t end_of_connect(const struct _io_connect *msg)
{
	size_t len = offsetof(struct _io_connect, path) + msg->path_len + msg->extra_len;

	return (len + 7) & ~(size_t)7;
}

/*
 * An open, and messages to what it has opened. If the open handler leaves its client waiting, or
 * answers it, they are not seen.
 */
static int connect_combined(resmgr_context_t *ctp)
{
	size_t end = end_of_connect(&ctp->msg->connect);
	int ret = resmgr_connect(ctp, _IO_CONNECT_OPEN);

	if (ret > 0 || ret == _RESMGR_NOREPLY || ret == _RESMGR_DEFAULT)
		return ret;
	ctp->offset = end;
	ctp->status = 0;
	return io(ctp);
}

/*
 * It is taken before the answer: after that its connection may end, and be another's. It is ended
 * after the answer, which may be in what is freed then.
 */
static int answer_and_close(resmgr_context_t *ctp, rcvid_t rcvid)
{
	int ret = connect_combined(ctp);
	struct binding *b = binding_take(ctp->dpp, key_of(ctp));

	ret = resmgr_answer(ctp, rcvid, ret);
	if (!b)
		return ret;
	ctp->rcvid = 0;
	ctp->msg->close.i = (struct _io_close){
		.type = _IO_CLOSE,
		.combine_len = sizeof(ctp->msg->close.i),
	};
	end_binding(ctp, b);
	return ret;
}

/* Who sends less than a message has, has sent zeros: not what another has left there. */
static void pad(resmgr_context_t *ctp)
{
	size_t len = (size_t)ctp->info.msglen, left;

	if (len >= ctp->msg_max_size)
		return;
	left = ctp->msg_max_size - len;
	memset((char *)ctp->msg + len, 0, left < MSG_ROOM ? left : MSG_ROOM);
}

static int message(resmgr_context_t *ctp)
{
	if (ctp->msg->type == _IO_CLOSE)
		return io_close(ctp);
	if (ctp->msg->type != _IO_CONNECT)
		return io(ctp);
	if (ctp->msg->connect.subtype == _IO_CONNECT_COMBINE)
		return connect_combined(ctp);
	return resmgr_connect(ctp, ctp->msg->connect.subtype);
}

int resmgr_message(resmgr_context_t *ctp)
{
	rcvid_t rcvid = ctp->rcvid;
	int ret;

	pad(ctp);
	if (ctp->msg->type == _IO_CONNECT && is_from_kernel(ctp) &&
	    ctp->msg->connect.subtype == _IO_CONNECT_COMBINE_CLOSE)
		return answer_and_close(ctp, rcvid);
	ret = message(ctp);
	if (ret == _RESMGR_DEFAULT && ctp->dpp->other_func)
		ret = ctp->dpp->other_func(ctp, ctp->msg);
	return resmgr_answer(ctp, rcvid, ret);
}

/* S10.18: what was left unanswered is handled as if it had just come. */
QMSG_API int resmgr_msg_again(resmgr_context_t *ctp, rcvid_t rcvid)
{
	ssize_t n;
	int error = MsgInfo_r(rcvid, &ctp->info);

	if (error)
		return success(error);
	n = MsgRead_r(rcvid, ctp->msg, ctp->msg_max_size, 0);
	if (n < 0)
		return success((int)-n);
	MsgCurrent_r(rcvid);
	ctp->info.msglen = n;
	ctp->rcvid = rcvid;
	return dispatch_handler((dispatch_context_t *)ctp);
}

QMSG_API ssize_t resmgr_msgread(resmgr_context_t *ctp, void *msg, size_t size, size_t offset)
{
	return MsgRead(ctp->rcvid, msg, size, ctp->offset + offset);
}

QMSG_API ssize_t resmgr_msgreadv(resmgr_context_t *ctp, const iov_t *iov, size_t parts,
				 size_t offset)
{
	return MsgReadv(ctp->rcvid, iov, parts, ctp->offset + offset);
}

QMSG_API ssize_t resmgr_msgwrite(resmgr_context_t *ctp, const void *msg, size_t size,
				 size_t offset)
{
	return MsgWrite(ctp->rcvid, msg, size, ctp->offset + offset);
}

QMSG_API ssize_t resmgr_msgwritev(resmgr_context_t *ctp, const iov_t *iov, size_t parts,
				  size_t offset)
{
	return MsgWritev(ctp->rcvid, iov, parts, ctp->offset + offset);
}

/* Of the message: what the buffer has of it has been received. */
static size_t received(const resmgr_context_t *ctp)
{
	size_t n = (size_t)ctp->info.msglen;

	return n < ctp->msg_max_size ? n : ctp->msg_max_size;
}

/* Like resmgr_msgread(), but only what is not there yet is fetched. */
QMSG_API ssize_t resmgr_msgget(resmgr_context_t *ctp, void *msg, size_t size, size_t offset)
{
	size_t at = ctp->offset + offset, there = received(ctp), n = 0;
	ssize_t more = 0;

	if (at < there) {
		n = there - at < size ? there - at : size;
		memcpy(msg, (const char *)ctp->msg + at, n);
	}
	if (n < size && at + n < (size_t)ctp->info.srcmsglen)
		more = MsgRead(ctp->rcvid, (char *)msg + n, size - n, at + n);
	return more < 0 ? more : (ssize_t)n + more;
}

QMSG_API ssize_t resmgr_msggetv(resmgr_context_t *ctp, const iov_t *iov, size_t parts,
				size_t offset)
{
	ssize_t total = 0, n;
	size_t i;

	for (i = 0; i < parts; i++) {
		n = resmgr_msgget(ctp, iov[i].iov_base, iov[i].iov_len, offset + (size_t)total);
		if (n < 0)
			return n;
		total += n;
		if ((size_t)n < iov[i].iov_len)
			break;
	}
	return total;
}

QMSG_API int resmgr_msgreply(resmgr_context_t *ctp, const void *msg, size_t size)
{
	return MsgReply(ctp->rcvid, ctp->status, msg, size);
}
