// SPDX-License-Identifier: GPL-2.0-only
/*
 * The example of text 002, with what is around it: threads, a table of clients that are blocked,
 * and an unblock handler that calls the default one first, looks for its client, makes sure with
 * MsgInfo() that it still wants to leave, and answers it. Nothing of this library's own is used.
 *
 * What is written to /dev/sample goes to all who are blocked. /dev/sample_state says how many
 * that are, and what the handler has seen.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define THREAD_POOL_PARAM_T dispatch_context_t
#include <sys/iofunc.h>
#include <sys/dispatch.h>

#define MAX_BLOCKED 64

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
/* Under it. */
static int blocked[MAX_BLOCKED], nblocked;
static int unblocked, not_pending, not_found;

static iofunc_attr_t sample_attr, state_attr;

static int find_locked(int rcvid)
{
	int i;

	for (i = 0; i < nblocked; i++)
		if (blocked[i] == rcvid)
			return i;
	return -1;
}

int io_read(resmgr_context_t *ctp, io_read_t *msg, RESMGR_OCB_T *ocb)
{
	int status, nonblock;

	if ((status = iofunc_read_verify(ctp, msg, ocb, &nonblock)) != EOK)
		return status;
	if ((msg->i.xtype & _IO_XTYPE_MASK) != _IO_XTYPE_NONE)
		return ENOSYS;
	if (nonblock)
		return EAGAIN;
	pthread_mutex_lock(&mutex);
	status = nblocked < MAX_BLOCKED ? _RESMGR_NOREPLY : EAGAIN;
	if (status == _RESMGR_NOREPLY)
		blocked[nblocked++] = ctp->rcvid;
	pthread_mutex_unlock(&mutex);
	return status;
}

int io_write(resmgr_context_t *ctp, io_write_t *msg, RESMGR_OCB_T *ocb)
{
	char text[512];
	int status, n;

	if ((status = iofunc_write_verify(ctp, msg, ocb, NULL)) != EOK)
		return status;
	if (msg->i.nbytes > (int)sizeof(text))
		return EMSGSIZE;
	if ((n = resmgr_msgread(ctp, text, msg->i.nbytes, sizeof(msg->i))) == -1)
		return errno;
	pthread_mutex_lock(&mutex);
	while (nblocked > 0)
		MsgReply(blocked[--nblocked], n, text, n);
	pthread_mutex_unlock(&mutex);
	_IO_SET_WRITE_NBYTES(ctp, n);
	return _RESMGR_NPARTS(0);
}

int io_unblock(resmgr_context_t *ctp, io_pulse_t *msg, RESMGR_OCB_T *ocb)
{
	struct _msg_info info;
	int status, i;

	if ((status = iofunc_unblock_default(ctp, msg, ocb)) != _RESMGR_DEFAULT)
		return status;
	pthread_mutex_lock(&mutex);
	/* Check if rcvid is still valid and still has an unblock request pending. */
	if (MsgInfo(ctp->rcvid, &info) == -1 || !(info.flags & _NTO_MI_UNBLOCK_REQ)) {
		not_pending++;
	} else if ((i = find_locked(ctp->rcvid)) == -1) {
		not_found++;
	} else {
		blocked[i] = blocked[--nblocked];
		unblocked++;
		MsgError(ctp->rcvid, -1);
	}
	pthread_mutex_unlock(&mutex);
	return _RESMGR_NOREPLY;
}

int state_read(resmgr_context_t *ctp, io_read_t *msg, RESMGR_OCB_T *ocb)
{
	char text[80];
	int status, n;

	if ((status = iofunc_read_verify(ctp, msg, ocb, NULL)) != EOK)
		return status;
	pthread_mutex_lock(&mutex);
	n = snprintf(text, sizeof(text), "blocked %d unblocked %d not_pending %d not_found %d\n",
		     nblocked, unblocked, not_pending, not_found);
	pthread_mutex_unlock(&mutex);
	n = ocb->offset ? 0 : min(n, msg->i.nbytes);
	ocb->offset += n;
	MsgReply(ctp->rcvid, n, text, n);
	return _RESMGR_NOREPLY;
}

static thread_pool_t *make_pool(dispatch_t *dpp)
{
	thread_pool_attr_t pool_attr;

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
	return thread_pool_create(&pool_attr, POOL_FLAG_EXIT_SELF);
}

int main(void)
{
	static resmgr_connect_funcs_t connect_funcs;
	static resmgr_io_funcs_t io_funcs, state_funcs;
	dispatch_t *dpp = dispatch_create();
	thread_pool_t *tpp;

	iofunc_func_init(_RESMGR_CONNECT_NFUNCS, &connect_funcs, _RESMGR_IO_NFUNCS, &io_funcs);
	state_funcs = io_funcs;
	state_funcs.read = state_read;
	io_funcs.read = io_read;
	io_funcs.write = io_write;
	io_funcs.unblock = io_unblock;
	iofunc_attr_init(&sample_attr, S_IFCHR | 0666, NULL, NULL);
	iofunc_attr_init(&state_attr, S_IFCHR | 0444, NULL, NULL);
	if (resmgr_attach(dpp, NULL, "/dev/sample", _FTYPE_ANY, 0, &connect_funcs, &io_funcs,
			  &sample_attr) == -1 ||
	    resmgr_attach(dpp, NULL, "/dev/sample_state", _FTYPE_ANY, 0, &connect_funcs,
			  &state_funcs, &state_attr) == -1) {
		perror("resmgr_attach");
		return EXIT_FAILURE;
	}
	if ((tpp = make_pool(dpp)) == NULL) {
		perror("thread_pool_create");
		return EXIT_FAILURE;
	}
	thread_pool_start(tpp);
	return EXIT_FAILURE;
}
