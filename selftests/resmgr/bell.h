/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A resource manager that is polled: each write rings the bell once, each read takes one ring,
 * or fails with EAGAIN. It is ready for input when it has rung, and always for output.
 */
#ifndef RESMGR_BELL_H
#define RESMGR_BELL_H

#include <stdio.h>
#include <sys/iofunc.h>
#include <sys/dispatch.h>

#include "module.h"

#define BELL	"/dev/bell"

/* What the test sees of it. */
struct bell {
	atomic_int ready;
	atomic_int rung;
	atomic_int asked;	/* for conditions */
	atomic_int asked_by;	/* the last time: the process */
	atomic_bool hold;	/* a question is answered by the next write */
	atomic_int closed;
	pid_t pid;
};

static struct bell *bell;
static iofunc_notify_t bell_notify[3];
static rcvid_t bell_held;

static int bell_read(resmgr_context_t *ctp, io_read_t *msg, RESMGR_OCB_T *ocb)
{
	(void)msg;
	(void)ocb;
	if (!bell->rung)
		return EAGAIN;
	bell->rung--;
	_IO_SET_READ_NBYTES(ctp, 1);
	SETIOV(ctp->iov, "!", 1);
	return _RESMGR_NPARTS(1);
}

static int bell_write(resmgr_context_t *ctp, io_write_t *msg, RESMGR_OCB_T *ocb)
{
	struct _io_notify_reply nothing = { 0 };

	(void)ocb;
	if (bell_held) {
		MsgReply(bell_held, 0, &nothing, sizeof(nothing));
		bell_held = 0;
	}
	if (msg->i.nbytes) {
		bell->rung++;
		iofunc_notify_trigger(bell_notify, bell->rung, IOFUNC_NOTIFY_INPUT);
	}
	_IO_SET_WRITE_NBYTES(ctp, msg->i.nbytes);
	return EOK;
}

static int bell_conditions(resmgr_context_t *ctp, io_notify_t *msg, RESMGR_OCB_T *ocb)
{
	int trig = _NOTIFY_COND_OUTPUT | (bell->rung ? _NOTIFY_COND_INPUT : 0);

	(void)ocb;
	bell->asked_by = ctp->info.pid;
	bell->asked++;
	if (bell->hold) {
		bell_held = ctp->rcvid;
		return _RESMGR_NOREPLY;
	}
	return iofunc_notify(ctp, msg, bell_notify, trig, NULL, NULL);
}

static int bell_close(resmgr_context_t *ctp, void *reserved, RESMGR_OCB_T *ocb)
{
	iofunc_notify_remove(ctp, bell_notify);
	bell->closed++;
	return iofunc_close_ocb_default(ctp, reserved, ocb);
}

static int be_bell(void *arg)
{
	static resmgr_connect_funcs_t connect_funcs;
	static resmgr_io_funcs_t io_funcs;
	static iofunc_attr_t attr;
	dispatch_context_t *ctp;
	dispatch_t *dpp;

	bell = arg;
	IOFUNC_NOTIFY_INIT(bell_notify);
	dpp = dispatch_create();
	iofunc_func_init(_RESMGR_CONNECT_NFUNCS, &connect_funcs, _RESMGR_IO_NFUNCS, &io_funcs);
	io_funcs.read = bell_read;
	io_funcs.write = bell_write;
	io_funcs.notify = bell_conditions;
	io_funcs.close_ocb = bell_close;
	iofunc_attr_init(&attr, S_IFCHR | 0666, NULL, NULL);
	if (resmgr_attach(dpp, NULL, BELL, _FTYPE_ANY, 0, &connect_funcs, &io_funcs, &attr) == -1) {
		perror("resmgr_attach");
		return 1;
	}
	ctp = dispatch_context_alloc(dpp);
	bell->ready = 1;
	while ((ctp = dispatch_block(ctp)))
		dispatch_handler(ctp);
	return 1;
}

static inline bool bell_start(struct bell *b)
{
	b->pid = fork_child(be_bell, b);
	return b->pid > 0 && wait_until(b->ready);
}

static inline int bell_end(struct bell *b)
{
	kill(b->pid, SIGKILL);
	return reap(b->pid, NULL);
}

/* It serves nobody until it goes on. */
static inline bool bell_pause(struct bell *b)
{
	int status;

	return !kill(b->pid, SIGSTOP) && waitpid(b->pid, &status, WUNTRACED) == b->pid;
}

static inline bool bell_go_on(struct bell *b)
{
	return !kill(b->pid, SIGCONT);
}

#endif
