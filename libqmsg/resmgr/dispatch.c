// SPDX-License-Identifier: MIT
/* Dispatch handles: one channel and what listens on it (S10.1 … S10.4). */

#include "internal.h"

#define FLAGS	(_NTO_CHF_UNBLOCK | _NTO_CHF_DISCONNECT)

/* One channel of a process has the COIDDEATH pulses; it may be another already (S2.36). */
static int create_channel(void)
{
	int chid = ChannelCreate_r(FLAGS | _NTO_CHF_COID_DISCONNECT);

	return chid == -EBUSY ? ChannelCreate_r(FLAGS) : chid;
}

static int channel_locked(dispatch_t *dpp)
{
	int chid;

	if (dpp->chid >= 0)
		return dpp->chid;
	chid = create_channel();
	if (chid < 0)
		return chid;
	dpp->chid = chid;
	dpp->own = true;
	return chid;
}

/* Made by the first that needs it. */
int dispatch_channel(dispatch_t *dpp)
{
	int chid;

	pthread_mutex_lock(&dpp->lock);
	chid = channel_locked(dpp);
	pthread_mutex_unlock(&dpp->lock);
	return chid;
}

int dispatch_self(dispatch_t *dpp)
{
	int ret;

	pthread_mutex_lock(&dpp->lock);
	ret = channel_locked(dpp);
	if (ret >= 0 && dpp->coid < 0) {
		ret = ConnectAttach_r(ND_LOCAL_NODE, 0, ret, _NTO_SIDE_CHANNEL, 0);
		if (ret >= 0)
			dpp->coid = ret;
	}
	if (ret >= 0)
		ret = dpp->coid;
	pthread_mutex_unlock(&dpp->lock);
	return ret;
}

void dispatch_grow(dispatch_t *dpp, size_t msg_max_size, unsigned nparts_max)
{
	pthread_mutex_lock(&dpp->lock);
	dpp->attached = true;
	if (dpp->msg_max_size < msg_max_size)
		dpp->msg_max_size = msg_max_size;
	if (dpp->nparts_max < nparts_max)
		dpp->nparts_max = nparts_max;
	pthread_mutex_unlock(&dpp->lock);
}

/* From here on opens of names are answered: name_open(3). */
static int named(dispatch_t *dpp)
{
	int chid = dispatch_channel(dpp);

	if (chid < 0)
		return chid;
	dispatch_grow(dpp, MSG_ROOM, 1);
	pthread_mutex_lock(&dpp->lock);
	dpp->resmgr = true;
	pthread_mutex_unlock(&dpp->lock);
	return chid;
}

static dispatch_t *create(int chid)
{
	dispatch_t *dpp = calloc(1, sizeof(*dpp));

	if (!dpp)
		return NULL;
	dpp->named = named;
	dpp->destroy = dispatch_destroy;
	pthread_mutex_init(&dpp->lock, NULL);
	dpp->chid = chid;
	dpp->coid = -1;
	dpp->wake_code = -1;
	dpp->nparts_max = 1;
	return dpp;
}

QMSG_API dispatch_t *dispatch_create(void)
{
	return create(-1);
}

QMSG_API dispatch_t *dispatch_create_channel(int chid, unsigned flags)
{
	if (flags & ~(unsigned)DISPATCH_FLAG_NOLOCK || chid < -1) {
		errno = EINVAL;
		return NULL;
	}
	return create(chid);
}

static void entries_free(struct entry *e)
{
	struct entry *next;

	for (; e; e = next) {
		next = e->next;
		free(e);
	}
}

QMSG_API int dispatch_destroy(dispatch_t *dpp)
{
	if (!dpp)
		return success(EINVAL);
	select_end(dpp);
	links_free(dpp);
	if (dpp->coid >= 0)
		ConnectDetach_r(dpp->coid);
	if (dpp->own)
		ChannelDestroy_r(dpp->chid);
	bindings_free(dpp);
	entries_free(dpp->messages);
	entries_free(dpp->pulses);
	entries_free(dpp->rest);
	pthread_mutex_destroy(&dpp->lock);
	free(dpp);
	return 0;
}

QMSG_API int dispatch_timeout(dispatch_t *dpp, struct timespec *reltime)
{
	if (!dpp || (reltime && (reltime->tv_nsec < 0 || reltime->tv_nsec >= 1000000000)))
		return success(EINVAL);
	pthread_mutex_lock(&dpp->lock);
	dpp->timeout = !reltime ? 0 :
		(uint64_t)reltime->tv_sec * 1000000000 + (uint64_t)reltime->tv_nsec;
	pthread_mutex_unlock(&dpp->lock);
	return 0;
}
