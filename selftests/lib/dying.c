// SPDX-License-Identifier: GPL-2.0-only
/*
 * A server process that was killed but is not gone: one of its threads is itself a
 * client, held for a long grace by a channel of the test, so that the process keeps
 * its descriptors while its group exit has begun (S1.30 j, T18, T26).
 */
#include "qmsg_test.h"

struct dying *dying_new(int q, unsigned int flags)
{
	struct qmsg_channel_create holder = { .flags = QMSG_CHF_UNBLOCK, .kill_grace_ms = 30000 };
	struct dying *d = shared_alloc(sizeof(*d));

	d->holder_chid = qmsg_channel_create_with(q, &holder);
	d->peer = peer_fork();
	if (d->holder_chid < 0 || !d->peer || peer_open(d->peer) < 0)
		return NULL;
	d->chid = peer_channel(d->peer, flags);
	d->holder = client_connect(d->peer, getpid(), d->holder_chid);
	if (d->chid < 0 || !d->holder)
		return NULL;
	d->holder_rcvid = client_send_received(d->holder, q, d->holder_chid, NULL);
	return d->holder_rcvid > 0 ? d : NULL;
}

/* The first thread is a zombie when all but the held thread have gone. */
int dying_begin(struct dying *d)
{
	int err = peer_kill(d->peer, SIGKILL) ?: wait_for_client(d->holder, "REPLY+K");

	return err ?: wait_for_task_state(d->peer->pid, d->peer->pid, 'Z');
}

int dying_end(struct dying *d, int q)
{
	int err = qmsg_msg_reply(q, d->holder_rcvid, 0, NULL, 0);

	return err ?: peer_reap(d->peer, NULL) ?: qmsg_channel_destroy(q, d->holder_chid);
}
