/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A resource manager as text 002 has it: readers of /dev/sample are parked until somebody
 * writes, and its unblock handler finds the parked client by its receive id.
 */
#ifndef RESMGR_PARKING_H
#define RESMGR_PARKING_H

#include <stdio.h>
#include <sys/iofunc.h>
#include <sys/dispatch.h>

#include "module.h"

#define SAMPLE	"/dev/sample"
#define PLACES	256

/* What the test sees of it. */
struct parking {
	/* Set before it starts. */
	bool no_handler;	/* clients stay REPLY-blocked (S10.12) */
	bool hold_open;		/* an open is parked as well */
	bool trusting;		/* reads and writes are not verified */
	bool too_much;		/* a read has more bytes than its status says, at once */
	const char *path;

	atomic_int ready;
	atomic_int parked;
	atomic_int unblocked;	/* by the io handler, with UNBLOCK_REQ seen */
	atomic_int open_unblocked; /* by the connect handler */
	atomic_int not_asked;	/* the handler was called without UNBLOCK_REQ */
	atomic_int opened, closed;
	atomic_int reads;
	struct _client_info reader; /* of the last read: who opened the file */
	atomic_int reader_error;
	pid_t pid;
};

static struct parking *parking;
static rcvid_t places[PLACES];

static void park(rcvid_t rcvid)
{
	int i;

	for (i = 0; i < PLACES && places[i]; i++)
		;
	places[i] = rcvid;
	parking->parked++;
}

static bool unpark(rcvid_t rcvid)
{
	int i;

	for (i = 0; i < PLACES; i++) {
		if (places[i] != rcvid)
			continue;
		places[i] = 0;
		parking->parked--;
		return true;
	}
	return false;
}

static int sample_open(resmgr_context_t *ctp, io_open_t *msg, RESMGR_HANDLE_T *handle, void *extra)
{
	if (parking->hold_open) {
		park(ctp->rcvid);
		return _RESMGR_NOREPLY;
	}
	parking->opened++;
	return iofunc_open_default(ctp, msg, handle, extra);
}

static int sample_read(resmgr_context_t *ctp, io_read_t *msg, RESMGR_OCB_T *ocb)
{
	int status, nonblock = 0;

	parking->reader_error = ConnectClientInfo_r(ctp->info.scoid, &parking->reader, 0);
	parking->reads++;
	if (parking->too_much)
		return MsgReply(ctp->rcvid, 2, "too much", 8) ? errno : _RESMGR_NOREPLY;
	if (parking->trusting) {
		park(ctp->rcvid);
		return _RESMGR_NOREPLY;
	}
	if ((status = iofunc_read_verify(ctp, msg, ocb, &nonblock)) != EOK)
		return status;
	if ((msg->i.xtype & _IO_XTYPE_MASK) != _IO_XTYPE_NONE)
		return ENOSYS;
	if (nonblock)
		return EAGAIN;
	park(ctp->rcvid);
	return _RESMGR_NOREPLY;
}

/* Everybody who waits gets what is written. */
static int sample_write(resmgr_context_t *ctp, io_write_t *msg, RESMGR_OCB_T *ocb)
{
	char text[256];
	int status, i, n;

	status = parking->trusting ? EOK : iofunc_write_verify(ctp, msg, ocb, NULL);
	if (status != EOK)
		return status;
	if (msg->i.nbytes > (int)sizeof(text))
		return EMSGSIZE;
	n = resmgr_msgread(ctp, text, msg->i.nbytes, sizeof(msg->i));
	for (i = 0; i < PLACES; i++) {
		if (!places[i])
			continue;
		MsgReply(places[i], n, text, n);
		places[i] = 0;
		parking->parked--;
	}
	_IO_SET_WRITE_NBYTES(ctp, n);
	return EOK;
}

static bool is_asked(rcvid_t rcvid)
{
	struct _msg_info info;

	return MsgInfo(rcvid, &info) != -1 && info.flags & _NTO_MI_UNBLOCK_REQ;
}

static int sample_unblock(resmgr_context_t *ctp, io_pulse_t *msg, RESMGR_OCB_T *ocb)
{
	int status;

	if ((status = iofunc_unblock_default(ctp, msg, ocb)) != _RESMGR_DEFAULT)
		return status;
	if (!is_asked(ctp->rcvid)) {
		parking->not_asked++;
		return _RESMGR_NOREPLY;
	}
	if (!unpark(ctp->rcvid))
		return _RESMGR_NOREPLY;
	parking->unblocked++;
	return MsgError(ctp->rcvid, -1) ? errno : _RESMGR_NOREPLY;
}

static int sample_open_unblock(resmgr_context_t *ctp, io_pulse_t *msg, RESMGR_HANDLE_T *handle,
			       void *reserved)
{
	(void)msg;
	(void)handle;
	(void)reserved;
	if (!unpark(ctp->rcvid) || !is_asked(ctp->rcvid))
		return _RESMGR_NOREPLY;
	parking->open_unblocked++;
	return EINTR;
}

static int sample_close(resmgr_context_t *ctp, void *reserved, RESMGR_OCB_T *ocb)
{
	parking->closed++;
	return iofunc_close_ocb_default(ctp, reserved, ocb);
}

static resmgr_connect_funcs_t connect_funcs;
static resmgr_io_funcs_t io_funcs;
static iofunc_attr_t attr;

static int manager(void *arg)
{
	dispatch_context_t *ctp;
	dispatch_t *dpp;

	parking = arg;
	dpp = dispatch_create();
	iofunc_func_init(_RESMGR_CONNECT_NFUNCS, &connect_funcs, _RESMGR_IO_NFUNCS, &io_funcs);
	connect_funcs.open = sample_open;
	connect_funcs.unblock = sample_open_unblock;
	io_funcs.read = sample_read;
	io_funcs.write = sample_write;
	io_funcs.close_ocb = sample_close;
	io_funcs.unblock = parking->no_handler ? NULL : sample_unblock;
	iofunc_attr_init(&attr, S_IFCHR | 0666, NULL, NULL);
	if (resmgr_attach(dpp, NULL, parking->path ? parking->path : SAMPLE, _FTYPE_ANY, 0,
			  &connect_funcs, &io_funcs, &attr) == -1) {
		perror("resmgr_attach");
		return 1;
	}
	ctp = dispatch_context_alloc(dpp);
	parking->ready = 1;
	while ((ctp = dispatch_block(ctp)))
		dispatch_handler(ctp);
	perror("dispatch_block");
	return 1;
}

static inline bool parking_start(struct parking *p)
{
	p->pid = fork_child(manager, p);
	return p->pid > 0 && wait_until(p->ready);
}

static inline int parking_end(struct parking *p)
{
	kill(p->pid, SIGKILL);
	return reap(p->pid, NULL);
}

#endif
