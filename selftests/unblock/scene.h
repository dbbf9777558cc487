/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The scene of the state tests: this process is the server, the client is a thread
 * of it or of another process. Flags of the channel are each test's choice.
 */
#ifndef SCENE_H
#define SCENE_H

#include "kselftest_harness.h"
#include "qmsg_test.h"

#define PLAIN	0			/* a channel without UNBLOCK */
#define UNBLOCK	QMSG_CHF_UNBLOCK

FIXTURE(state) {
	struct peer *me;
	struct peer *peer;		/* where the client is */
	struct client *c;
	struct qmsg_msg_info info;
	int64_t rcvid;
	int q;				/* the server's context */
	int chid;
};

FIXTURE_VARIANT(state) {
	bool process;
};

FIXTURE_VARIANT_ADD(state, thread) { .process = false };
FIXTURE_VARIANT_ADD(state, process) { .process = true };

FIXTURE_SETUP(state)
{
	self->me = peer_self();
	self->q = peer_open(self->me);
	ASSERT_LE(0, self->q);
	self->peer = self->me;
	if (variant->process) {
		self->peer = peer_fork();
		ASSERT_NE(NULL, self->peer);
		ASSERT_LE(0, peer_open(self->peer));
	}
}

/* A client that is still blocked leaves with the context. */
FIXTURE_TEARDOWN(state)
{
	close(self->q);
	EXPECT_EQ(0, peer_end(self->peer));
}

typedef FIXTURE_DATA(state) scene;

/* A channel with @flags and a client of it that has sent nothing yet. 0 or -errno. */
static inline int make_client(scene *s, unsigned int flags)
{
	s->chid = peer_channel(s->me, flags);
	if (s->chid < 0)
		return s->chid;
	s->c = client_connect(s->peer, s->me->pid, s->chid);
	return s->c ? 0 : -ECONNREFUSED;
}

static inline int block_send(scene *s)
{
	return client_send(s->c) ?: wait_for_client(s->c, "SEND");
}

static inline int block_reply(scene *s)
{
	s->rcvid = client_send_received(s->c, s->q, s->chid, &s->info);
	if (s->rcvid <= 0)
		return s->rcvid ?: -EBADMSG;
	return wait_for_client(s->c, "REPLY");
}

static inline int make_send_blocked(scene *s, unsigned int flags)
{
	return make_client(s, flags) ?: block_send(s);
}

static inline int make_reply_blocked(scene *s, unsigned int flags)
{
	return make_client(s, flags) ?: block_reply(s);
}

/* REPLY-blocked with a handler for SIGUSR1 */
static inline int make_reply_blocked_handled(scene *s, unsigned int flags)
{
	return peer_handle(s->peer, SIGUSR1, 0) ?: make_reply_blocked(s, flags);
}

/* REPLY+R by a handled signal; the pulse is queued */
static inline int make_unblock_requested(scene *s)
{
	return make_reply_blocked_handled(s, UNBLOCK) ?: client_signal(s->c, SIGUSR1) ?:
	       wait_for_client(s->c, "REPLY+R");
}

static inline int wait_channel(scene *s, const char *field, long value)
{
	return wait_for_channel(s->me->pid, s->q, s->chid, field, value);
}

static inline long channel_field(scene *s, const char *field)
{
	return read_channel(s->me->pid, s->q, s->chid, field);
}

/* Waits until the client is out of its send; what came of it. */
static inline int64_t result(scene *s)
{
	return client_wait(s->c) ?: client_result(s->c);
}

static inline int reply(scene *s, int64_t status)
{
	return qmsg_msg_reply(s->q, s->rcvid, status, NULL, 0);
}

/* Every call that takes a receive id refuses this one. */
static inline bool is_dead(int q, int64_t rcvid)
{
	struct qmsg_msg_info info;
	char byte = 0;

	return qmsg_msg_info(q, rcvid, &info) == -ESRCH &&
	       qmsg_msg_read(q, rcvid, &byte, 1, 0) == -ESRCH &&
	       qmsg_msg_write(q, rcvid, &byte, 1, 0) == -ESRCH &&
	       qmsg_msg_error(q, rcvid, EIO) == -ESRCH &&
	       qmsg_msg_reply(q, rcvid, 0, NULL, 0) == -ESRCH;
}

static inline int request_flags(int q, int64_t rcvid)
{
	struct qmsg_msg_info info;
	int err = qmsg_msg_info(q, rcvid, &info);

	return err ?: (int)info.flags;
}

static inline int request_reasons(int q, int64_t rcvid)
{
	struct qmsg_msg_info info;
	int err = qmsg_msg_info(q, rcvid, &info);

	return err ?: (int)info.unblock_reasons;
}

static inline int expect_unblock(scene *s)
{
	struct qmsg_pulse pulse;
	int err = expect_pulse(s->q, s->chid, QMSG_PULSE_CODE_UNBLOCK, &pulse);

	if (err)
		return err;
	return (int64_t)pulse.value == s->rcvid && pulse.scoid == s->info.scoid ? 0 : -EBADMSG;
}

#endif
