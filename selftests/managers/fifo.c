// SPDX-License-Identifier: GPL-2.0-only
/*
 * A pipe with threads: readers are parked until somebody writes. Text 002: the unblock
 * handler lets the client go that wants to leave; close_dup lets go whoever is still parked for
 * a descriptor that is closed. All of them look and act under one lock.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define THREAD_POOL_PARAM_T dispatch_context_t
#include <sys/iofunc.h>
#include <sys/dispatch.h>

#define SIZE 65536

static resmgr_waiters_t readers;
/* Under its lock. */
static char buffer[SIZE];
static int used;

static void serve(rcvid_t rcvid, int nbytes)
{
	int n = min(nbytes, used);

	/* Who has left meanwhile takes nothing along. */
	if (MsgReply(rcvid, n, buffer, n) == -1)
		return;
	used -= n;
	memmove(buffer, buffer + n, used);
}

int io_read(resmgr_context_t *ctp, io_read_t *msg, RESMGR_OCB_T *ocb)
{
	int status, nonblock;

	if ((status = iofunc_read_verify(ctp, msg, ocb, &nonblock)) != EOK)
		return status;
	resmgr_waiters_lock(&readers);
	status = _RESMGR_NOREPLY;
	if (used)
		serve(ctp->rcvid, msg->i.nbytes);
	else
		status = nonblock ? EAGAIN :
			resmgr_waiters_park(&readers, ctp, msg->i.nbytes, NULL);
	resmgr_waiters_unlock(&readers);
	return status;
}

int io_write(resmgr_context_t *ctp, io_write_t *msg, RESMGR_OCB_T *ocb)
{
	resmgr_waiter_t reader;
	int status, n;

	if ((status = iofunc_write_verify(ctp, msg, ocb, NULL)) != EOK)
		return status;
	resmgr_waiters_lock(&readers);
	n = min(msg->i.nbytes, SIZE - used);
	n = resmgr_msgread(ctp, buffer + used, n, sizeof(msg->i));
	if (n > 0)
		used += n;
	while (used && resmgr_waiters_take(&readers, &reader))
		serve(reader.rcvid, reader.nbytes);
	resmgr_waiters_unlock(&readers);
	if (n < 0)
		return errno;
	_IO_SET_WRITE_NBYTES(ctp, n);
	return EOK;
}

int io_unblock(resmgr_context_t *ctp, io_pulse_t *msg, RESMGR_OCB_T *ocb)
{
	int status;

	if ((status = iofunc_unblock_default(ctp, msg, ocb)) != _RESMGR_DEFAULT)
		return status;
	return resmgr_waiters_unblock(&readers, ctp);
}

int io_close_dup(resmgr_context_t *ctp, io_close_t *msg, RESMGR_OCB_T *ocb)
{
	resmgr_waiters_close(&readers, ctp, EBADF);
	return iofunc_close_dup_default(ctp, msg, ocb);
}

int main(void)
{
	static resmgr_connect_funcs_t connect_funcs;
	static resmgr_io_funcs_t io_funcs;
	static iofunc_attr_t attr;
	thread_pool_attr_t pool_attr;
	thread_pool_t *tpp;
	dispatch_t *dpp = dispatch_create();

	resmgr_waiters_init(&readers);
	iofunc_func_init(_RESMGR_CONNECT_NFUNCS, &connect_funcs, _RESMGR_IO_NFUNCS, &io_funcs);
	io_funcs.read = io_read;
	io_funcs.write = io_write;
	io_funcs.unblock = io_unblock;
	io_funcs.close_dup = io_close_dup;
	iofunc_attr_init(&attr, S_IFIFO | 0666, NULL, NULL);
	if (resmgr_attach(dpp, NULL, "/dev/fifo", _FTYPE_ANY, 0, &connect_funcs, &io_funcs,
			  &attr) == -1) {
		perror("resmgr_attach");
		return EXIT_FAILURE;
	}
	memset(&pool_attr, 0, sizeof(pool_attr));
	pool_attr.handle = dpp;
	pool_attr.context_alloc = dispatch_context_alloc;
	pool_attr.block_func = dispatch_block;
	pool_attr.unblock_func = dispatch_unblock;
	pool_attr.handler_func = dispatch_handler;
	pool_attr.context_free = dispatch_context_free;
	pool_attr.lo_water = 2;
	pool_attr.hi_water = 4;
	pool_attr.increment = 1;
	pool_attr.maximum = 8;
	if ((tpp = thread_pool_create(&pool_attr, POOL_FLAG_EXIT_SELF)) == NULL) {
		perror("thread_pool_create");
		return EXIT_FAILURE;
	}
	thread_pool_start(tpp);
	return EXIT_FAILURE;
}
