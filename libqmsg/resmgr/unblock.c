// SPDX-License-Identifier: MIT
/* From the kernel's pulses to unblock and close handlers (S10.7 … S10.13). */

#include "internal.h"

static int unblock_io(resmgr_context_t *ctp, struct binding *b)
{
	int ret = _RESMGR_DEFAULT;

	ctp->id = b->id;
	/* Without lock_ocb(): the thread that parks clients may have the lock (S10.7). */
	if (b->io->unblock)
		ret = b->io->unblock(ctp, &ctp->msg->pulse, b->ocb);
	binding_put(ctp, b);
	return ret;
}

/* There is no binding yet: an open may be in progress, whose message says for what. */
static int unblock_connect(resmgr_context_t *ctp, rcvid_t rcvid)
{
	ssize_t n = MsgRead_r(rcvid, ctp->msg, sizeof(ctp->msg->connect), 0);

	if (n < (ssize_t)offsetof(struct _io_connect, path) || ctp->msg->type != _IO_CONNECT)
		return _RESMGR_DEFAULT;
	ctp->msg->connect.subtype = _IO_CONNECT_RSVD_UNBLOCK;
	return resmgr_connect(ctp, _IO_CONNECT_RSVD_UNBLOCK);
}

static int unblock(resmgr_context_t *ctp, rcvid_t rcvid)
{
	struct binding *b;

	if (MsgInfo_r(rcvid, &ctp->info))
		return _RESMGR_DEFAULT;
	ctp->rcvid = rcvid;
	b = binding_get(ctp->dpp, key_of(ctp));
	return b ? unblock_io(ctp, b) : unblock_connect(ctp, rcvid);
}

/* What a handler returns answers the client, not the pulse. */
int resmgr_unblock_pulse(resmgr_context_t *ctp)
{
	rcvid_t rcvid = ctp->msg->pulse.value.sival_int;
	int ret = unblock(ctp, rcvid);

	if (ret != _RESMGR_DEFAULT)
		return resmgr_answer(ctp, rcvid, ret);
	ctp->rcvid = 0;
	return ctp->dpp->other_func ? ctp->dpp->other_func(ctp, ctp->msg) : 0;
}

/* S10.13: what the client had open is closed for it. */
int resmgr_disconnect_pulse(resmgr_context_t *ctp)
{
	int scoid = ctp->msg->pulse.scoid;
	struct binding *b;

	ctp->info.scoid = scoid;
	ctp->info.reserved = 0;
	while ((b = binding_take_any(ctp->dpp, scoid))) {
		ctp->info.coid = b->key.coid;
		ctp->id = b->id;
		ctp->msg->close.i = (struct _io_close){
			.type = _IO_CLOSE,
			.combine_len = sizeof(ctp->msg->close.i),
		};
		if (b->io->close_dup)
			b->io->close_dup(ctp, &ctp->msg->close, b->ocb);
		binding_put(ctp, b);
	}
	ConnectDetach_r(scoid);
	return 0;
}
