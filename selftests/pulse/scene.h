/* SPDX-License-Identifier: GPL-2.0-only */
/* A channel of this process and a connection of its own to it. */
#ifndef SCENE_H
#define SCENE_H

#include "kselftest_harness.h"
#include "qmsg_test.h"

FIXTURE(pulse) {
	struct peer *me;
	int q;
	int chid;
	int coid;
};

FIXTURE_SETUP(pulse)
{
	self->me = peer_self();
	self->q = peer_open(self->me);
	ASSERT_LE(0, self->q);
	self->chid = qmsg_channel_create(self->q, QMSG_CHF_FIXED_PRIORITY);
	self->coid = qmsg_connect_attach(self->q, 0, self->chid, QMSG_SIDE_CHANNEL, 0);
	ASSERT_LT(0, self->coid);
}

FIXTURE_TEARDOWN(pulse)
{
	close(self->q);
}

typedef FIXTURE_DATA(pulse) scene;

static inline int put(scene *s, int priority, int code)
{
	return qmsg_pulse_send(s->q, s->coid, priority, code, code);
}

/* The code of the pulse that comes next, 1000 for a message, -errno. */
static inline int next(scene *s)
{
	union {
		struct qmsg_pulse pulse;
		char bytes[64];
	} buf;
	int64_t rcvid = receive_now(s->q, s->chid, &buf, sizeof(buf), NULL);

	if (rcvid < 0)
		return rcvid;
	return rcvid ? 1000 : buf.pulse.code;
}

#endif
