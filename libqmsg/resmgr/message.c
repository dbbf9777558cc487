// SPDX-License-Identifier: MIT
/* Functions for ranges of messages and for pulses, and who gets what (S10.4, S10.33). */

#include "internal.h"

/* Under the handle's lock. */
static struct entry *find_locked(struct entry *list, int code)
{
	for (; list; list = list->next)
		if (list->low <= code && code <= list->high)
			return list;
	return NULL;
}

/* A copy, since it may be detached meanwhile. NULL: there is none. */
struct entry *entry_find(dispatch_t *dpp, struct entry *const *list, int code,
			 struct entry *copy)
{
	struct entry *e;

	pthread_mutex_lock(&dpp->lock);
	e = find_locked(*list, code);
	if (e)
		*copy = *e;
	pthread_mutex_unlock(&dpp->lock);
	return e ? copy : NULL;
}

static int add_locked(struct entry **list, const struct entry *e)
{
	struct entry *fresh = malloc(sizeof(*fresh));

	if (!fresh)
		return ENOMEM;
	*fresh = *e;
	fresh->next = *list;
	*list = fresh;
	return 0;
}

static int free_code_locked(dispatch_t *dpp)
{
	int code;

	for (code = _PULSE_CODE_MAXAVAIL; code >= _PULSE_CODE_MINAVAIL; code--)
		if (!find_locked(dpp->pulses, code))
			return code;
	return -1;
}

/* Under the handle's lock. A code, or -1. */
int pulse_code_take(dispatch_t *dpp, message_func *func)
{
	int code = free_code_locked(dpp);
	struct entry e = { .low = code, .high = code, .func = func };

	return code >= 0 && !add_locked(&dpp->pulses, &e) ? code : -1;
}

static bool overlap_locked(const struct entry *list, int low, int high)
{
	for (; list; list = list->next)
		if (list->low <= high && low <= list->high)
			return true;
	return false;
}

static int attach(dispatch_t *dpp, struct entry **list, const struct entry *e)
{
	int ret = dispatch_channel(dpp);

	if (ret < 0)
		return -ret;
	pthread_mutex_lock(&dpp->lock);
	ret = overlap_locked(*list, e->low, e->high) ? EINVAL : add_locked(list, e);
	pthread_mutex_unlock(&dpp->lock);
	return ret;
}

static int detach(dispatch_t *dpp, struct entry **list, int low, int high)
{
	struct entry *e = NULL;

	pthread_mutex_lock(&dpp->lock);
	for (; *list; list = &(*list)->next) {
		if ((*list)->low != low || (*list)->high != high)
			continue;
		e = *list;
		*list = e->next;
		break;
	}
	pthread_mutex_unlock(&dpp->lock);
	free(e);
	return e ? 0 : EINVAL;
}

QMSG_API int message_attach(dispatch_t *dpp, message_attr_t *attr, int low, int high,
			    message_func *func, void *handle)
{
	const message_attr_t none = { 0 }, *a = attr ? attr : &none;
	struct entry e = { .low = low, .high = high, .func = func, .handle = handle };
	bool rest = a->flags & MSG_FLAG_DEFAULT_FUNC;
	int error;

	if (!dpp || !func || a->flags & ~(unsigned)(MSG_FLAG_DEFAULT_FUNC | MSG_FLAG_CROSS_ENDIAN))
		return success(EINVAL);
	if (!rest && (low < 0 || high < low || high > UINT16_MAX))
		return success(EINVAL);
	error = attach(dpp, rest ? &dpp->rest : &dpp->messages, &e);
	if (!error)
		dispatch_grow(dpp, a->msg_max_size, a->nparts_max);
	return success(error);
}

QMSG_API int message_detach(dispatch_t *dpp, int low, int high, int flags)
{
	return success(!dpp || flags ? EINVAL : detach(dpp, &dpp->messages, low, high));
}

QMSG_API int message_connect(dispatch_t *dpp, int flags)
{
	int coid, chid;

	if (!dpp || flags & ~MSG_FLAG_SIDE_CHANNEL)
		return success(EINVAL);
	chid = dispatch_channel(dpp);
	if (chid < 0)
		return success(-chid);
	coid = ConnectAttach_r(ND_LOCAL_NODE, 0, chid,
			       flags & MSG_FLAG_SIDE_CHANNEL ? _NTO_SIDE_CHANNEL : 0, 0);
	return coid < 0 ? success(-coid) : coid;
}

static int attach_any_code(dispatch_t *dpp, int *code, message_func *func, void *handle)
{
	int ret = dispatch_channel(dpp);

	if (ret < 0)
		return -ret;
	pthread_mutex_lock(&dpp->lock);
	*code = pulse_code_take(dpp, func);
	if (*code >= 0)
		dpp->pulses->handle = handle;
	pthread_mutex_unlock(&dpp->lock);
	return *code >= 0 ? 0 : EAGAIN;
}

static int attach_code(dispatch_t *dpp, int code, message_func *func, void *handle)
{
	struct entry e = { .low = code, .high = code, .func = func, .handle = handle };

	if (code < INT8_MIN || code > INT8_MAX)
		return EINVAL;
	return attach(dpp, &dpp->pulses, &e);
}

/* The kernel's codes are below 0, as errors of others are: so these go beside the code. */
QMSG_API int pulse_attach(dispatch_t *dpp, int flags, int code, message_func *func, void *handle)
{
	int error;

	if (!dpp || !func || flags & ~MSG_FLAG_ALLOC_PULSE)
		return success(EINVAL);
	error = flags & MSG_FLAG_ALLOC_PULSE ? attach_any_code(dpp, &code, func, handle) :
					       attach_code(dpp, code, func, handle);
	if (error)
		return success(error);
	dispatch_grow(dpp, 0, 0);
	return code;
}

QMSG_API int pulse_detach(dispatch_t *dpp, int code, int flags)
{
	return success(!dpp || flags ? EINVAL : detach(dpp, &dpp->pulses, code, code));
}

/* The kernel's own are the library's where a program has not attached them itself. */
static int handle_pulse(resmgr_context_t *ctp)
{
	dispatch_t *dpp = ctp->dpp;
	int code = ctp->msg->pulse.code;
	struct entry e;

	if (entry_find(dpp, &dpp->pulses, code, &e)) {
		e.func(ctp, code, 0, e.handle);
		return 0;
	}
	if (dpp->resmgr && code == _PULSE_CODE_UNBLOCK)
		return resmgr_unblock_pulse(ctp);
	if (code == _PULSE_CODE_COIDDEATH && select_server_died(ctp))
		return 0;
	if (code == _PULSE_CODE_DISCONNECT)
		return resmgr_disconnect_pulse(ctp);
	return 0;
}

static int handle_message(resmgr_context_t *ctp)
{
	dispatch_t *dpp = ctp->dpp;
	int type = ctp->msg->type;
	struct entry e;

	if (dpp->resmgr && type >= _IO_BASE && type <= _IO_MAX)
		return resmgr_message(ctp);
	if (entry_find(dpp, &dpp->messages, type, &e) || entry_find(dpp, &dpp->rest, 0, &e)) {
		e.func(ctp, type, 0, e.handle);
		return 0;
	}
	if (dpp->other_func)
		return dpp->other_func(ctp, ctp->msg);
	MsgError_r(ctp->rcvid, ENOSYS);
	return -1;
}

QMSG_API int dispatch_handler(dispatch_context_t *both)
{
	resmgr_context_t *ctp = &both->resmgr_context;

	ctp->status = 0;
	ctp->offset = 0;
	ctp->id = 0;
	if (ctp->rcvid < 0)
		return 0;
	if (!ctp->rcvid)
		return handle_pulse(ctp);
	if (ctp->info.msglen >= (ssize_t)sizeof(ctp->msg->type))
		return handle_message(ctp);
	MsgError_r(ctp->rcvid, EINVAL);
	return -1;
}
