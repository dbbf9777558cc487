/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A client process that is killed while it is blocked: by SIGKILL or by a signal it
 * does not handle, its sender being its first thread or another one.
 */
#ifndef KILL_SCENE_H
#define KILL_SCENE_H

#include "kselftest_harness.h"
#include "qmsg_test.h"

#define LONG_GRACE	60000		/* longer than any wait of a test */
#define FLAGS_ORPHAN	(QMSG_MI_UNBLOCK_REQ | QMSG_MI_CLIENT_GONE)

FIXTURE(killed) {
	struct peer *me;
	struct peer *peer;
	struct client *c;
	struct qmsg_msg_info info;
	int64_t rcvid;
	uint64_t killed_at;
	int q;
	int chid;
};

FIXTURE_VARIANT(killed) {
	int sig;
	bool leader;
};

FIXTURE_VARIANT_ADD(killed, SIGKILL) { .sig = SIGKILL };
FIXTURE_VARIANT_ADD(killed, SIGTERM) { .sig = SIGTERM };
FIXTURE_VARIANT_ADD(killed, SIGKILL_single) { .sig = SIGKILL, .leader = true };
FIXTURE_VARIANT_ADD(killed, SIGTERM_single) { .sig = SIGTERM, .leader = true };
/* One that dumps core: the kernel does not turn it into a SIGKILL for every thread at once. */
FIXTURE_VARIANT_ADD(killed, SIGQUIT) { .sig = SIGQUIT };
FIXTURE_VARIANT_ADD(killed, SIGQUIT_single) { .sig = SIGQUIT, .leader = true };

FIXTURE_SETUP(killed)
{
	self->me = peer_self();
	self->q = peer_open(self->me);
	ASSERT_LE(0, self->q);
	self->peer = peer_fork();
	ASSERT_NE(NULL, self->peer);
	ASSERT_LE(0, peer_open(self->peer));
}

FIXTURE_TEARDOWN(killed)
{
	close(self->q);
	kill(self->peer->pid, SIGKILL);
	reap(self->peer->pid, NULL);
	restore_params();
}

typedef FIXTURE_DATA(killed) scene;

static inline int make_client(scene *s, unsigned int flags, unsigned int grace_ms)
{
	s->chid = peer_channel_grace(s->me, flags, grace_ms);
	if (s->chid < 0)
		return s->chid;
	s->c = client_connect(s->peer, s->me->pid, s->chid);
	return s->c ? 0 : -ECONNREFUSED;
}

static inline int start_client(scene *s, bool leader)
{
	return leader ? client_send_in_leader(s->c) : client_send(s->c);
}

static inline int make_reply_blocked(scene *s, bool leader, unsigned int flags,
				     unsigned int grace_ms)
{
	int err = make_client(s, flags, grace_ms) ?: start_client(s, leader);

	if (err)
		return err;
	s->rcvid = receive_soon(s->q, s->chid, NULL, 0, &s->info);
	return s->rcvid > 0 ? 0 : -EBADMSG;
}

static inline int kill_client(scene *s, int sig)
{
	s->killed_at = now_ns();
	return peer_kill(s->peer, sig);
}

/* The client has ended, by this signal; 0: by any. */
static inline int client_died_of(scene *s, int sig)
{
	int status, err = peer_reap(s->peer, &status);

	if (err)
		return err;
	return WIFSIGNALED(status) && (!sig || WTERMSIG(status) == sig) ? 0 : -EPROTO;
}

static inline int wait_channel(scene *s, const char *field, long value)
{
	return wait_for_channel(s->me->pid, s->q, s->chid, field, value);
}

static inline int info_flags(scene *s)
{
	struct qmsg_msg_info info;
	int err = qmsg_msg_info(s->q, s->rcvid, &info);

	return err ?: (int)info.flags & FLAGS_ORPHAN;
}

static inline int expect_unblock(scene *s)
{
	struct qmsg_pulse pulse;
	int err = expect_pulse(s->q, s->chid, QMSG_PULSE_CODE_UNBLOCK, &pulse);

	if (err)
		return err;
	return (int64_t)pulse.value == s->rcvid && pulse.scoid == s->info.scoid ? 0 : -EBADMSG;
}

/* Kill it and wait until its grace is over: the request is an orphan. */
static inline int make_orphan(scene *s, bool leader, int sig, unsigned int flags)
{
	return make_reply_blocked(s, leader, QMSG_CHF_UNBLOCK | flags, 100) ?:
	       kill_client(s, sig) ?: client_died_of(s, sig) ?: wait_channel(s, "orphans", 1);
}

#endif
