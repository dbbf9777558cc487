// SPDX-License-Identifier: GPL-2.0-only
/*
 * A message queue: each write is a message, each read takes one. A full queue and an empty one
 * make the other side wait. ionotify() and poll() tell when there is something, or room.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/iofunc.h>
#include <sys/dispatch.h>

#define DEPTH	4
#define LENGTH	256

static struct {
	char text[LENGTH];
	int len;
} queue[DEPTH];
static int first, count;
static int readers[64], nreaders;
static iofunc_notify_t notify[3];

static int take(int rcvid)
{
	int i = first;

	first = (first + 1) % DEPTH;
	count--;
	MsgReply(rcvid, queue[i].len, queue[i].text, queue[i].len);
	iofunc_notify_trigger(notify, DEPTH - count, IOFUNC_NOTIFY_OUTPUT);
	return _RESMGR_NOREPLY;
}

int io_read(resmgr_context_t *ctp, io_read_t *msg, RESMGR_OCB_T *ocb)
{
	int status, nonblock = 0;

	if ((status = iofunc_read_verify(ctp, msg, ocb, &nonblock)) != EOK)
		return status;
	if (count)
		return take(ctp->rcvid);
	if (nonblock || nreaders == 64)
		return EAGAIN;
	readers[nreaders++] = ctp->rcvid;
	return _RESMGR_NOREPLY;
}

int io_write(resmgr_context_t *ctp, io_write_t *msg, RESMGR_OCB_T *ocb)
{
	int status, at = (first + count) % DEPTH;

	if ((status = iofunc_write_verify(ctp, msg, ocb, NULL)) != EOK)
		return status;
	if (msg->i.nbytes > LENGTH)
		return EMSGSIZE;
	if (count == DEPTH)
		return EAGAIN;
	queue[at].len = resmgr_msgread(ctp, queue[at].text, msg->i.nbytes, sizeof(msg->i));
	count++;
	_IO_SET_WRITE_NBYTES(ctp, queue[at].len);
	if (nreaders) {
		take(readers[0]);
		memmove(readers, readers + 1, --nreaders * sizeof(readers[0]));
	} else {
		iofunc_notify_trigger(notify, count, IOFUNC_NOTIFY_INPUT);
	}
	return EOK;
}

int io_notify(resmgr_context_t *ctp, io_notify_t *msg, RESMGR_OCB_T *ocb)
{
	int trig = (count ? _NOTIFY_COND_INPUT : 0) |
		   (count < DEPTH ? _NOTIFY_COND_OUTPUT : 0);

	return iofunc_notify(ctp, msg, notify, trig, NULL, NULL);
}

int io_unblock(resmgr_context_t *ctp, io_pulse_t *msg, RESMGR_OCB_T *ocb)
{
	int i;

	for (i = 0; i < nreaders; i++) {
		if (readers[i] != ctp->rcvid)
			continue;
		memmove(readers + i, readers + i + 1, (--nreaders - i) * sizeof(readers[0]));
		return EINTR;
	}
	return _RESMGR_NOREPLY;
}

int io_close_ocb(resmgr_context_t *ctp, void *reserved, RESMGR_OCB_T *ocb)
{
	iofunc_notify_remove(ctp, notify);
	return iofunc_close_ocb_default(ctp, reserved, ocb);
}

int main(void)
{
	resmgr_connect_funcs_t connect_funcs;
	resmgr_io_funcs_t io_funcs;
	dispatch_context_t *ctp;
	iofunc_attr_t attr;
	dispatch_t *dpp = dispatch_create();

	IOFUNC_NOTIFY_INIT(notify);
	iofunc_func_init(_RESMGR_CONNECT_NFUNCS, &connect_funcs, _RESMGR_IO_NFUNCS, &io_funcs);
	io_funcs.read = io_read;
	io_funcs.write = io_write;
	io_funcs.notify = io_notify;
	io_funcs.unblock = io_unblock;
	io_funcs.close_ocb = io_close_ocb;
	iofunc_attr_init(&attr, S_IFNAM | 0666, NULL, NULL);
	if (resmgr_attach(dpp, NULL, "/dev/mq/sample", _FTYPE_MQUEUE, 0, &connect_funcs,
			  &io_funcs, &attr) == -1) {
		perror("resmgr_attach");
		return EXIT_FAILURE;
	}
	ctp = dispatch_context_alloc(dpp);
	while ((ctp = dispatch_block(ctp)) != NULL)
		dispatch_handler(ctp);
	return EXIT_FAILURE;
}
