// SPDX-License-Identifier: MIT
/* Contexts: what one thread receives with (S10.2, S10.3). */

#include "internal.h"

/* Rounded up, so that the buffer behind the parts is aligned for any message. */
static size_t head_size(unsigned nparts)
{
	size_t size = offsetof(resmgr_context_t, iov) + nparts * sizeof(iov_t);

	return (size + 15) & ~(size_t)15;
}

static resmgr_context_t *context_alloc(dispatch_t *dpp, unsigned nparts, size_t msg_max_size)
{
	size_t head = head_size(nparts);
	resmgr_context_t *ctp = calloc(1, head + msg_max_size);

	if (!ctp)
		return NULL;
	ctp->dpp = dpp;
	ctp->msg = (void *)((char *)ctp + head);
	ctp->msg_max_size = msg_max_size;
	return ctp;
}

QMSG_API dispatch_context_t *dispatch_context_alloc(dispatch_t *dpp)
{
	unsigned nparts;
	bool attached;
	size_t size;

	if (!dpp) {
		errno = EINVAL;
		return NULL;
	}
	pthread_mutex_lock(&dpp->lock);
	attached = dpp->attached;
	nparts = dpp->nparts_max;
	size = dpp->msg_max_size;
	pthread_mutex_unlock(&dpp->lock);
	if (!attached) {
		errno = EINVAL;
		return NULL;
	}
	if (size < MSG_ROOM)
		size = MSG_ROOM;
	return (dispatch_context_t *)context_alloc(dpp, nparts, size);
}

QMSG_API void dispatch_context_free(dispatch_context_t *ctp)
{
	free(ctp);
}

/* A timeout is no error: the context comes back with a receive id that is none. */
QMSG_API dispatch_context_t *dispatch_block(dispatch_context_t *both)
{
	resmgr_context_t *ctp = &both->resmgr_context;
	dispatch_t *dpp = ctp->dpp;
	uint64_t timeout;
	rcvid_t rcvid;

	pthread_mutex_lock(&dpp->lock);
	timeout = dpp->timeout;
	pthread_mutex_unlock(&dpp->lock);
	if (timeout)
		TimerTimeout_r(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, NULL, &timeout, NULL);
	rcvid = MsgReceive_r(dpp->chid, ctp->msg, ctp->msg_max_size, &ctp->info);
	if (rcvid < 0 && rcvid != -ETIMEDOUT) {
		errno = (int)-rcvid;
		return NULL;
	}
	ctp->rcvid = rcvid < 0 ? -1 : rcvid;
	return both;
}

static int woken(message_context_t *ctp, int code, unsigned flags, void *handle)
{
	(void)ctp;
	(void)code;
	(void)flags;
	(void)handle;
	return 0;
}

/* A pulse to itself (S10.6): one of the program's own codes, which are all that may be sent. */
static int wake_code(dispatch_t *dpp)
{
	int code;

	pthread_mutex_lock(&dpp->lock);
	if (dpp->wake_code < 0)
		dpp->wake_code = pulse_code_take(dpp, woken);
	code = dpp->wake_code;
	pthread_mutex_unlock(&dpp->lock);
	return code;
}

QMSG_API void dispatch_unblock(dispatch_context_t *both)
{
	dispatch_t *dpp = both->resmgr_context.dpp;
	int coid = dispatch_self(dpp), code = wake_code(dpp);

	if (coid >= 0 && code >= 0)
		MsgSendPulse_r(coid, -1, code, 0);
}

/* The same under the names of QNX's first resource managers. */
QMSG_API resmgr_context_t *resmgr_context_alloc(dispatch_t *dpp)
{
	return (resmgr_context_t *)dispatch_context_alloc(dpp);
}

QMSG_API void resmgr_context_free(resmgr_context_t *ctp)
{
	free(ctp);
}

QMSG_API resmgr_context_t *resmgr_block(resmgr_context_t *ctp)
{
	return (resmgr_context_t *)dispatch_block((dispatch_context_t *)ctp);
}

QMSG_API void resmgr_unblock(resmgr_context_t *ctp)
{
	dispatch_unblock((dispatch_context_t *)ctp);
}

QMSG_API int resmgr_handler(resmgr_context_t *ctp)
{
	return dispatch_handler((dispatch_context_t *)ctp);
}
