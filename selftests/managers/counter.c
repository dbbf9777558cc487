// SPDX-License-Identifier: GPL-2.0-only
/*
 * A counter: a read gives it as a line of text and adds one, a write sets it, and devctl()
 * gets, sets, adds and resets it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/iofunc.h>
#include <sys/dispatch.h>
#include "counter_cmds.h"

static int counter, opens;

int io_open(resmgr_context_t *ctp, io_open_t *msg, RESMGR_HANDLE_T *handle, void *extra)
{
	int status = iofunc_open_default(ctp, msg, handle, extra);

	if (status == EOK)
		opens++;
	return status;
}

int io_read(resmgr_context_t *ctp, io_read_t *msg, RESMGR_OCB_T *ocb)
{
	char text[32];
	int status, len, nbytes;

	if ((status = iofunc_read_verify(ctp, msg, ocb, NULL)) != EOK)
		return status;
	if ((msg->i.xtype & _IO_XTYPE_MASK) != _IO_XTYPE_NONE)
		return ENOSYS;
	/* One line for each open. */
	if (ocb->offset > 0) {
		_IO_SET_READ_NBYTES(ctp, 0);
		return _RESMGR_NPARTS(0);
	}
	len = snprintf(text, sizeof(text), "%d\n", counter++);
	nbytes = min(len, msg->i.nbytes);
	MsgReply(ctp->rcvid, nbytes, text, nbytes);
	ocb->offset += nbytes;
	ocb->attr->flags |= IOFUNC_ATTR_ATIME;
	return _RESMGR_NOREPLY;
}

int io_write(resmgr_context_t *ctp, io_write_t *msg, RESMGR_OCB_T *ocb)
{
	char text[32];
	int status;

	if ((status = iofunc_write_verify(ctp, msg, ocb, NULL)) != EOK)
		return status;
	if ((msg->i.xtype & _IO_XTYPE_MASK) != _IO_XTYPE_NONE)
		return ENOSYS;
	/* All of it is in the buffer already. */
	if (msg->i.nbytes != (int)(ctp->info.msglen - ctp->offset - sizeof(*msg)))
		return EBADMSG;
	if (msg->i.nbytes >= (int)sizeof(text))
		return EINVAL;
	memcpy(text, msg + 1, msg->i.nbytes);
	text[msg->i.nbytes] = '\0';
	counter = atoi(text);
	_IO_SET_WRITE_NBYTES(ctp, msg->i.nbytes);
	ocb->attr->flags |= IOFUNC_ATTR_MTIME | IOFUNC_ATTR_CTIME;
	return _RESMGR_NPARTS(0);
}

int io_devctl(resmgr_context_t *ctp, io_devctl_t *msg, RESMGR_OCB_T *ocb)
{
	int status, nbytes = 0, *data = _DEVCTL_DATA(msg->i);

	if ((status = iofunc_devctl_default(ctp, msg, ocb)) != _RESMGR_DEFAULT)
		return status;
	switch (msg->i.dcmd) {
	case COUNTER_GET:
		*data = counter;
		nbytes = sizeof(*data);
		break;
	case COUNTER_SET:
		counter = *data;
		break;
	case COUNTER_ADD:
		counter += *data;
		*data = counter;
		nbytes = sizeof(*data);
		break;
	case COUNTER_OPENS:
		*data = opens;
		nbytes = sizeof(*data);
		break;
	case COUNTER_RESET:
		counter = 0;
		break;
	default:
		return ENOSYS;
	}
	memset(&msg->o, 0, sizeof(msg->o));
	msg->o.ret_val = counter & 0xff;
	msg->o.nbytes = nbytes;
	return _RESMGR_PTR(ctp, &msg->o, sizeof(msg->o) + nbytes);
}

int main(void)
{
	resmgr_connect_funcs_t connect_funcs;
	resmgr_io_funcs_t io_funcs;
	dispatch_context_t *ctp;
	iofunc_attr_t attr;
	dispatch_t *dpp = dispatch_create();

	iofunc_func_init(_RESMGR_CONNECT_NFUNCS, &connect_funcs, _RESMGR_IO_NFUNCS, &io_funcs);
	connect_funcs.open = io_open;
	io_funcs.read = io_read;
	io_funcs.write = io_write;
	io_funcs.devctl = io_devctl;
	iofunc_attr_init(&attr, S_IFNAM | 0644, NULL, NULL);
	if (resmgr_attach(dpp, NULL, "/dev/local/counter", _FTYPE_ANY, 0, &connect_funcs,
			  &io_funcs, &attr) == -1) {
		perror("resmgr_attach");
		return EXIT_FAILURE;
	}
	ctp = dispatch_context_alloc(dpp);
	for (;;) {
		ctp = dispatch_block(ctp);
		if (!ctp)
			return EXIT_FAILURE;
		dispatch_handler(ctp);
	}
}
