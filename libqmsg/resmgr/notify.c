// SPDX-License-Identifier: MIT
/*
 * Who wants to be told of what (S10.25, S10.26): clients, by events, once; and those who poll
 * the file, through the kernel, as long as it is open.
 */
#include <limits.h>
#include <linux/qmsgfs.h>

#include "internal.h"

_Static_assert(sizeof(struct qmsgfs_notify) == sizeof(struct _io_notify), "io_notify_t");
_Static_assert(offsetof(struct _io_notify, event.sigev_notify) ==
	       (sizeof(void *) == 8 ? offsetof(struct qmsgfs_notify, event_notify) :
				      offsetof(struct qmsgfs_notify, event_notify_32)), "its event");

#define CONDITIONS	3

struct _iofunc_notify_event {
	struct _iofunc_notify_event *next;
	rcvid_t rcvid;
	struct key key;
	int chid, count;
	bool poller;
	struct sigevent event;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int bit(int index)
{
	return _NOTIFY_COND_INPUT << index;
}

static bool same(struct key a, struct key b)
{
	return a.scoid == b.scoid && a.coid == b.coid;
}

static void recount_locked(iofunc_notify_t *n)
{
	const struct _iofunc_notify_event *e;

	n->cnt = INT_MAX;
	for (e = n->list; e; e = e->next)
		if (e->count < n->cnt)
			n->cnt = e->count;
}

/* Takes out those of @key, of either kind or of all clients. They are the caller's. */
static struct _iofunc_notify_event *take_locked(iofunc_notify_t *n, const struct key *key,
						bool pollers)
{
	struct _iofunc_notify_event **at = &n->list, *e, *taken = NULL;

	while ((e = *at)) {
		if ((key && !same(*key, e->key)) || (e->poller && !pollers)) {
			at = &e->next;
			continue;
		}
		*at = e->next;
		e->next = taken;
		taken = e;
	}
	recount_locked(n);
	return taken;
}

static void free_all(struct _iofunc_notify_event *e)
{
	struct _iofunc_notify_event *next;

	for (; e; e = next) {
		next = e->next;
		free(e);
	}
}

static bool has_poller_locked(const iofunc_notify_t *n, struct key key)
{
	const struct _iofunc_notify_event *e;

	for (e = n->list; e; e = e->next)
		if (e->poller && same(e->key, key))
			return true;
	return false;
}

bool notify_is_poller(const io_notify_t *msg)
{
	return msg->i.event.sigev_notify == QMSGFS_NOTIFY_POLLER;
}

static bool add_locked(resmgr_context_t *ctp, const io_notify_t *msg, iofunc_notify_t *n,
		       int count)
{
	struct _iofunc_notify_event *e;

	if (notify_is_poller(msg) && has_poller_locked(n, key_of(ctp)))
		return true;
	e = calloc(1, sizeof(*e));
	if (!e)
		return false;
	e->rcvid = ctp->rcvid;
	e->key = key_of(ctp);
	e->chid = ctp->info.chid;
	e->count = count;
	e->poller = notify_is_poller(msg);
	e->event = msg->i.event;
	e->next = n->list;
	n->list = e;
	recount_locked(n);
	return true;
}

/* What this client wanted before is forgotten. */
static void disarm_locked(resmgr_context_t *ctp, iofunc_notify_t *nop)
{
	struct key key = key_of(ctp);
	int i;

	for (i = 0; i < CONDITIONS; i++)
		free_all(take_locked(&nop[i], &key, false));
}

static bool arm_locked(resmgr_context_t *ctp, const io_notify_t *msg, iofunc_notify_t *nop,
		       const int *counts)
{
	int i;

	for (i = 0; i < CONDITIONS; i++)
		if (msg->i.flags & bit(i) &&
		    !add_locked(ctp, msg, &nop[i], counts ? counts[i] : 1))
			return false;
	return true;
}

static bool wants_arm(const io_notify_t *msg, int ready)
{
	if (msg->i.action == _NOTIFY_ACTION_POLL || msg->i.event.sigev_notify == SIGEV_NONE)
		return false;
	return msg->i.action == _NOTIFY_ACTION_TRANARM || !ready || notify_is_poller(msg);
}

QMSG_API int iofunc_notify(resmgr_context_t *ctp, io_notify_t *msg, iofunc_notify_t *nop,
			   int trig, const int *counts, int *armed)
{
	int ready = trig & msg->i.flags & (int)~_NOTIFY_COND_EXTEN;
	bool arm = wants_arm(msg, ready), ok = true;

	pthread_mutex_lock(&lock);
	if (!notify_is_poller(msg))
		disarm_locked(ctp, nop);
	if (arm)
		ok = arm_locked(ctp, msg, nop, counts);
	pthread_mutex_unlock(&lock);
	if (armed)
		*armed = arm && ok;
	if (!ok)
		return EAGAIN;
	msg->o.flags = msg->i.action == _NOTIFY_ACTION_TRANARM ? 0 : (uint32_t)ready;
	msg->o.zero = 0;
	return _RESMGR_PTR(ctp, &msg->o, sizeof(msg->o));
}

static void tell(const struct _iofunc_notify_event *e, int index)
{
	struct qmsgfs_tell args = {
		.size = sizeof(args),
		.flags = (uint32_t)bit(index),
		.chid = e->chid,
		.scoid = e->key.scoid,
	};

	control_ioctl(QMSGFS_IOC_NOTIFY, &args);
}

/* Takes out the clients that @count is enough for, and tells the pollers. */
static struct _iofunc_notify_event *take_due_locked(iofunc_notify_t *n, int count, int index)
{
	struct _iofunc_notify_event **at = &n->list, *e, *due = NULL;

	while ((e = *at)) {
		if (e->count <= count && e->poller)
			tell(e, index);
		if (e->count > count || e->poller) {
			at = &e->next;
			continue;
		}
		*at = e->next;
		e->next = due;
		due = e;
	}
	recount_locked(n);
	return due;
}

QMSG_API void iofunc_notify_trigger(iofunc_notify_t *nop, int count, int index)
{
	struct _iofunc_notify_event *due, *e;

	pthread_mutex_lock(&lock);
	due = take_due_locked(&nop[index], count, index);
	pthread_mutex_unlock(&lock);
	for (e = due; e; e = e->next)
		MsgDeliverEvent_r(e->rcvid, &e->event);
	free_all(due);
}

/* Those of the client that closes, or, without @ctp, of all. */
QMSG_API void iofunc_notify_remove(resmgr_context_t *ctp, iofunc_notify_t *nop)
{
	struct key key;
	int i;

	if (ctp)
		key = key_of(ctp);
	pthread_mutex_lock(&lock);
	for (i = 0; i < CONDITIONS; i++)
		free_all(take_locked(&nop[i], ctp ? &key : NULL, true));
	pthread_mutex_unlock(&lock);
}

/* The client's side: conditions that hold, or -1. */
QMSG_API int ionotify(int fd, int action, int flags, const struct sigevent *event)
{
	io_notify_t msg = {
		.i = {
			.type = _IO_NOTIFY,
			.combine_len = sizeof(msg.i),
			.action = action,
			.flags = flags,
		},
	};
	struct _io_notify_reply reply = { 0 };

	if (event)
		msg.i.event = *event;
	else
		msg.i.event.sigev_notify = SIGEV_NONE;
	if (MsgSendnc(fd, &msg.i, sizeof(msg.i), &reply, sizeof(reply)) == -1)
		return -1;
	return (int)reply.flags;
}
