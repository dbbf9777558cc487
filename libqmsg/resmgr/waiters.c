// SPDX-License-Identifier: MIT
/*
 * Clients that wait for their answer. Who answers one takes it out of the list under the lock,
 * so nobody else does; who is asked to let one go looks whether that is still so under the same
 * lock (S11.25).
 */

#include "internal.h"

QMSG_API int resmgr_waiters_init(resmgr_waiters_t *w)
{
	pthread_mutexattr_t recursive;
	int error;

	w->first = NULL;
	pthread_mutexattr_init(&recursive);
	pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
	error = pthread_mutex_init(&w->__lock, &recursive);
	pthread_mutexattr_destroy(&recursive);
	return success(error);
}

QMSG_API int resmgr_waiters_lock(resmgr_waiters_t *w)
{
	return success(pthread_mutex_lock(&w->__lock));
}

QMSG_API int resmgr_waiters_unlock(resmgr_waiters_t *w)
{
	return success(pthread_mutex_unlock(&w->__lock));
}

static resmgr_waiter_t **end_of(resmgr_waiters_t *w)
{
	resmgr_waiter_t **at = &w->first;

	while (*at)
		at = &(*at)->next;
	return at;
}

QMSG_API int resmgr_waiters_park(resmgr_waiters_t *w, resmgr_context_t *ctp, size_t nbytes,
				 void *data)
{
	resmgr_waiter_t *one = malloc(sizeof(*one));
	struct key key = key_of(ctp);

	if (!one)
		return ENOMEM;
	*one = (resmgr_waiter_t){
		.rcvid = ctp->rcvid,
		.scoid = key.scoid,
		.coid = key.coid,
		.nbytes = nbytes,
		.data = data,
	};
	pthread_mutex_lock(&w->__lock);
	*end_of(w) = one;
	pthread_mutex_unlock(&w->__lock);
	return _RESMGR_NOREPLY;
}

static resmgr_waiter_t *take_locked(resmgr_waiter_t **at)
{
	resmgr_waiter_t *one = *at;

	if (one)
		*at = one->next;
	return one;
}

/* The one that has waited longest. 0: nobody waits. */
QMSG_API int resmgr_waiters_take(resmgr_waiters_t *w, resmgr_waiter_t *copy)
{
	resmgr_waiter_t *one;

	pthread_mutex_lock(&w->__lock);
	one = take_locked(&w->first);
	pthread_mutex_unlock(&w->__lock);
	if (!one)
		return 0;
	*copy = *one;
	copy->next = NULL;
	free(one);
	return 1;
}

static resmgr_waiter_t **find_locked(resmgr_waiters_t *w, rcvid_t rcvid)
{
	resmgr_waiter_t **at = &w->first;

	while (*at && (*at)->rcvid != rcvid)
		at = &(*at)->next;
	return at;
}

static bool is_asked(rcvid_t rcvid)
{
	struct _msg_info info;

	return !MsgInfo_r(rcvid, &info) && info.flags & _NTO_MI_UNBLOCK_REQ;
}

/* For an unblock handler, which returns what this does. */
QMSG_API int resmgr_waiters_unblock(resmgr_waiters_t *w, resmgr_context_t *ctp)
{
	resmgr_waiter_t **at, *one = NULL;

	pthread_mutex_lock(&w->__lock);
	at = find_locked(w, ctp->rcvid);
	if (*at && is_asked(ctp->rcvid))
		one = take_locked(at);
	pthread_mutex_unlock(&w->__lock);
	if (one)
		MsgError_r(one->rcvid, -1);
	free(one);
	return _RESMGR_NOREPLY;
}

static resmgr_waiter_t **find_client_locked(resmgr_waiters_t *w, struct key key)
{
	resmgr_waiter_t **at = &w->first;

	while (*at && ((*at)->scoid != key.scoid || (*at)->coid != key.coid))
		at = &(*at)->next;
	return at;
}

/* For a close_dup handler: nobody else would ever answer them (R6). */
QMSG_API int resmgr_waiters_close(resmgr_waiters_t *w, resmgr_context_t *ctp, int error)
{
	struct key key = key_of(ctp);
	resmgr_waiter_t *one;
	int n = 0;

	pthread_mutex_lock(&w->__lock);
	while ((one = take_locked(find_client_locked(w, key)))) {
		MsgError_r(one->rcvid, error);
		free(one);
		n++;
	}
	pthread_mutex_unlock(&w->__lock);
	return n;
}
