/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A task of another process, blocked in each of the states, to which things are done
 * that are not signals (P6). It must stay as it is, and work as before afterwards.
 */
#ifndef STILL_SCENE_H
#define STILL_SCENE_H

#include "kselftest_harness.h"
#include "qmsg_test.h"

enum still_state { IN_SEND, IN_REPLY, IN_REPLY_R, IN_RECEIVE };

FIXTURE(still) {
	struct peer *me;
	struct peer *peer;
	struct client *c;		/* the task, unless IN_RECEIVE */
	struct receiver *r;		/* the task IN_RECEIVE: the server is the peer then */
	struct qmsg_msg_info info;
	int64_t rcvid;
	int q;
	int chid;
};

FIXTURE_VARIANT(still) {
	enum still_state state;
	unsigned int flags;
};

FIXTURE_VARIANT_ADD(still, SEND) { IN_SEND, QMSG_CHF_UNBLOCK };
FIXTURE_VARIANT_ADD(still, SEND_plain) { IN_SEND, 0 };
FIXTURE_VARIANT_ADD(still, REPLY) { IN_REPLY, QMSG_CHF_UNBLOCK };
FIXTURE_VARIANT_ADD(still, REPLY_plain) { IN_REPLY, 0 };
FIXTURE_VARIANT_ADD(still, REPLY_R) { IN_REPLY_R, QMSG_CHF_UNBLOCK };
FIXTURE_VARIANT_ADD(still, RECEIVE) { IN_RECEIVE, QMSG_CHF_UNBLOCK };

typedef FIXTURE_DATA(still) scene;
typedef FIXTURE_VARIANT(still) variety;

static const char *const state_names[] = { "SEND", "REPLY", "REPLY+R" };

static inline int receive_it(scene *s)
{
	s->rcvid = receive_soon(s->q, s->chid, NULL, 0, &s->info);
	return s->rcvid > 0 ? 0 : -EBADMSG;
}

static inline int block_client(scene *s, const variety *v)
{
	int err;

	s->chid = peer_channel_grace(s->me, v->flags, 60000);
	s->c = client_connect(s->peer, s->me->pid, s->chid);
	err = s->c ? client_send(s->c) : -ECONNREFUSED;
	if (!err && v->state != IN_SEND)
		err = receive_it(s);
	if (!err && v->state == IN_REPLY_R)
		err = peer_handle(s->peer, SIGUSR1, 0) ?: client_signal(s->c, SIGUSR1) ?:
		      wait_for_client(s->c, "REPLY+R") ?:
		      expect_pulse(s->q, s->chid, QMSG_PULSE_CODE_UNBLOCK, NULL);
	return err ?: wait_for_client(s->c, state_names[v->state]);
}

static inline int block_receiver(scene *s)
{
	s->chid = peer_channel(s->peer, 0);
	s->r = receiver_new(s->peer, s->chid);
	return receiver_go_blocked(s->r);
}

static inline struct worker *task(scene *s)
{
	return s->c ? &s->c->w : &s->r->w;
}

FIXTURE_SETUP(still)
{
	self->me = peer_self();
	self->q = peer_open(self->me);
	ASSERT_LE(0, self->q);
	self->peer = peer_fork();
	ASSERT_NE(NULL, self->peer);
	ASSERT_LE(0, peer_open(self->peer));
	if (variant->state == IN_RECEIVE) {
		ASSERT_EQ(0, block_receiver(self));
	} else {
		ASSERT_EQ(0, block_client(self, variant));
	}
}

FIXTURE_TEARDOWN(still)
{
	close(self->q);
	kill(self->peer->pid, SIGKILL);
	reap(self->peer->pid, NULL);
}

/*
 * It is where it was: not returned, not asked to leave, no pulse under way. A stopped
 * receiver may leave the channel's waiters and come back: others serve meanwhile.
 */
static inline bool undisturbed(scene *s, const variety *v)
{
	struct qmsg_msg_info info;

	if (worker_is_done(task(s)))
		return false;
	if (v->state == IN_RECEIVE)
		return true;
	if (wait_for_client(s->c, state_names[v->state]))
		return false;
	if (read_channel(s->me->pid, s->q, s->chid, "pulses"))
		return false;
	if (v->state != IN_REPLY)
		return true;
	return !qmsg_msg_info(s->q, s->rcvid, &info) && !info.unblock_reasons;
}

static inline bool is_received(const variety *v)
{
	return v->flags && (v->state == IN_REPLY || v->state == IN_REPLY_R);
}

static inline bool kill_is_seen(scene *s)
{
	struct qmsg_msg_info info;

	return !qmsg_msg_info(s->q, s->rcvid, &info) &&
	       info.unblock_reasons & QMSG_UNBLOCK_KILL &&
	       !(info.flags & QMSG_MI_CLIENT_GONE);
}

/*
 * T16 for a task that is stopped or frozen when it is killed. It may not come back to its
 * call, but the process has its grace all the same, and the server is told as ever: one
 * pulse if there was none before, the reason, and its answer lets the process go.
 */
static inline bool is_held_in_its_grace(scene *s, const variety *v)
{
	if (v->state == IN_REPLY &&
	    expect_pulse(s->q, s->chid, QMSG_PULSE_CODE_UNBLOCK, NULL))
		return false;
	if (!wait_until(kill_is_seen(s)) || expect_nothing(s->q, s->chid))
		return false;
	return !is_reapable(s->peer->pid) && !qmsg_msg_reply(s->q, s->rcvid, 0, NULL, 0);
}

static inline int answer(scene *s, const variety *v)
{
	int err = v->state == IN_SEND ? receive_it(s) : 0;

	return err ?: qmsg_msg_reply(s->q, s->rcvid, 99, "done", 5);
}

/* What a task in RECEIVE waits for. */
static inline int send_to_receiver(scene *s)
{
	s->c = client_connect(s->me, s->peer->pid, s->chid);
	return s->c ? client_send(s->c) : -ECONNREFUSED;
}

/* After all that it gets what it waits for, and nothing else. */
static inline bool goes_on(scene *s, const variety *v)
{
	if (v->state == IN_RECEIVE)
		return !send_to_receiver(s) && !receiver_wait(s->r) && receiver_result(s->r) > 0;
	return !answer(s, v) && !client_wait(s->c) && client_result(s->c) == 99 &&
	       !strcmp(s->c->reply, "done") && !expect_nothing(s->q, s->chid);
}

#endif
