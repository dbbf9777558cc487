// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every pair of events that can meet in a state (T1 - T30, R10; hazards K1, K2, K5), in
 * both orders, exactly: whoever brings the second is held when it is about to take the lock, and
 * goes on when the first has happened. What has to come of it is computed here, from the rules
 * and not from the module's table.
 */
#include "inject.h"

#define ANSWERED	7
#define GRACE_MS	60000

enum ev { ANSWER, SIGNAL, KILL, UNBLOCK_EV, DETACH, GONE, RECEIVE, NR_EVS };

static const char *const names[NR_EVS] = {
	"answer", "signal", "kill", "unblock", "detach", "gone", "receive",
};

/* Where whoever brings it is held. */
static const char *const points[NR_EVS] = {
	"answer", "event", "event", "unblock", "detach", "gone", "commit",
};

enum st { IN_SEND, IN_REPLY, IN_ASKED, IN_DYING, OVER };

static const char *const state_names[] = { "SEND", "REPLY", "REPLY+R", "REPLY+K", "over" };

/* ---- what has to come of it ---- */

struct expected {
	unsigned int flags;		/* of the channel */
	enum st st;
	int64_t result;			/* the client's, when it is over */
	unsigned int reasons;
	int answers;			/* that were taken */
};

static const struct {
	int error;
	unsigned int reason;
} leaves[NR_EVS] = {
	[SIGNAL]	= { EINTR, QMSG_UNBLOCK_SIGNAL },
	[KILL]		= { EINTR, QMSG_UNBLOCK_KILL },
	[UNBLOCK_EV]	= { ETIMEDOUT, QMSG_UNBLOCK_TIMEOUT },
	[DETACH]	= { EBADF, QMSG_UNBLOCK_DETACH },
};

static void end_with(struct expected *e, int64_t result)
{
	e->st = OVER;
	e->result = result;
}

static void wants_to_leave(struct expected *e, enum ev ev)
{
	if (e->st == IN_SEND || !(e->flags & UNBLOCK)) {
		end_with(e, -leaves[ev].error);		/* T8, T14 */
		return;
	}
	e->reasons |= leaves[ev].reason;		/* T15, T16, T20 */
	if (ev == KILL)
		e->st = IN_DYING;
	else if (e->st == IN_REPLY)
		e->st = IN_ASKED;
}

static void happens(struct expected *e, enum ev ev)
{
	if (e->st == OVER)
		return;
	switch (ev) {
	case ANSWER:
		e->answers++;
		end_with(e, ANSWERED);			/* T12, T21, T22 */
		break;
	case GONE:
		end_with(e, -ESRCH);			/* T11, T25 */
		break;
	case RECEIVE:
		e->st = IN_REPLY;			/* T6 */
		break;
	default:
		wants_to_leave(e, ev);
	}
}

/* ---- who brings the events ---- */

FIXTURE(pairs) {
	scene s;
	struct actor *servers[2];	/* threads of the server, one for each event */
	struct actor *sibling;		/* of the client */
	struct receiver *receiver;
	bool killed;
};

typedef FIXTURE_DATA(pairs) pairs;

FIXTURE_SETUP(pairs)
{
	if (access(INJECT, F_OK))
		SKIP(return, "this module has no points to stop at");
}

FIXTURE_TEARDOWN(pairs)
{
}

static int64_t call_answer(scene *s, struct peer *p)
{
	(void)p;
	return qmsg_msg_reply(s->q, s->rcvid, ANSWERED, NULL, 0);
}

static int64_t call_unblock(scene *s, struct peer *p)
{
	struct qmsg_event ev = { .notify = QMSG_EVENT_UNBLOCK };

	(void)p;
	return qmsg_event_deliver(s->q, s->rcvid, &ev);
}

static int64_t call_detach(scene *s, struct peer *p)
{
	return qmsg_connect_detach(p->q, s->c->args.coid);
}

static int64_t call_destroy(scene *s, struct peer *p)
{
	(void)p;
	return qmsg_channel_destroy(s->q, s->chid);
}

/* The thread that brings it. */
static pid_t tid_of(pairs *f, enum ev ev, int which)
{
	switch (ev) {
	case SIGNAL:
	case KILL:
		return f->s.c->w.tid;
	case DETACH:
		return f->sibling->w.tid;
	case RECEIVE:
		return f->receiver->w.tid;
	default:
		return f->servers[which]->w.tid;
	}
}

static int begin(pairs *f, enum ev ev, int which)
{
	switch (ev) {
	case ANSWER:
		return actor_go(f->servers[which], &f->s, call_answer);
	case UNBLOCK_EV:
		return actor_go(f->servers[which], &f->s, call_unblock);
	case GONE:
		return actor_go(f->servers[which], &f->s, call_destroy);
	case DETACH:
		return actor_go(f->sibling, &f->s, call_detach);
	case SIGNAL:
		return client_signal(f->s.c, SIGUSR1);
	case KILL:
		f->killed = true;
		return peer_kill(f->s.peer, SIGKILL);
	default:
		return receiver_go(f->receiver);
	}
}

static bool is_over(pairs *f)
{
	struct qmsg_msg_info info;

	if (!f->killed)
		return client_done(f->s.c);
	return f->s.rcvid ? qmsg_msg_info(f->s.q, f->s.rcvid, &info) == -ESRCH :
			    is_reapable(f->s.peer->pid);
}

static bool is_as_expected(pairs *f, const struct expected *e)
{
	if (e->st == OVER)
		return is_over(f);
	return e->st == IN_SEND || !f->s.rcvid ||
	       request_reasons(f->s.q, f->s.rcvid) == (int)e->reasons;
}

/* It has happened: the call has returned, and the request is where it has to be. */
static int finish(pairs *f, enum ev ev, int which, const struct expected *e)
{
	struct worker *w = ev == DETACH ? &f->sibling->w :
			   ev == RECEIVE ? &f->receiver->w : &f->servers[which]->w;

	/* A thread of a process that is killed goes before it could say that it has returned. */
	if (ev == RECEIVE && e->st == OVER)
		goto state;	/* it waits for the next message */
	if (ev != SIGNAL && ev != KILL && !(ev == DETACH && f->killed) && worker_wait(w))
		return -ETIMEDOUT;
	if (ev == RECEIVE)
		f->s.rcvid = receiver_result(f->receiver);
state:
	return wait_until(is_as_expected(f, e)) ? 0 : -EBADMSG;
}

/* ---- one pair ---- */

static int open_pair(pairs *f, unsigned int flags)
{
	scene *s = &f->s;

	memset(f, 0, sizeof(*f));
	s->me = peer_self();
	s->q = peer_open(s->me);
	s->peer = peer_fork();
	if (s->q < 0 || !s->peer || peer_open(s->peer) < 0)
		return -1;
	s->chid = peer_channel_grace(s->me, flags, GRACE_MS);
	s->c = client_connect(s->peer, s->me->pid, s->chid);
	f->receiver = receiver_new(s->me, s->chid);
	f->sibling = actor_new(s, s->peer);
	for (int i = 0; i < 2; i++)
		f->servers[i] = actor_new(s, s->me);
	return s->c && f->sibling && f->servers[1] ? peer_handle(s->peer, SIGUSR1, 0) : -2;
}

/* The receiver has never run, and so has no thread that could be told to stop. */
static int make_receiver(pairs *f)
{
	scene *s = &f->s;
	int64_t rcvid;

	if (receiver_go_blocked(f->receiver) || client_send(s->c) || receiver_wait(f->receiver))
		return -1;
	rcvid = receiver_result(f->receiver);
	return rcvid > 0 ? qmsg_msg_reply(s->q, rcvid, 0, NULL, 0) ?: client_wait(s->c) : -2;
}

static int go_to(pairs *f, struct expected *e, enum st st)
{
	scene *s = &f->s;
	int err;

	if (st == IN_SEND)
		return make_receiver(f) ?: block_send(s);
	err = block_reply(s);
	e->st = IN_REPLY;
	if (!err && st != IN_REPLY) {
		enum ev ev = st == IN_ASKED ? UNBLOCK_EV : KILL;

		happens(e, ev);
		err = begin(f, ev, 0) ?: finish(f, ev, 0, e);
	}
	return err;
}

static void say_state(struct __test_metadata *_metadata, pairs *f, const char *pair)
{
	struct qmsg_msg_info info = { 0 };
	int err = f->s.rcvid ? qmsg_msg_info(f->s.q, f->s.rcvid, &info) : -ENOENT;

	TH_LOG("%s: client %s %lld, info %d, reasons %#x", pair,
	       client_done(f->s.c) ? "done" : "blocked", (long long)client_result(f->s.c), err,
	       info.unblock_reasons);
}

/* Neither a pulse too few nor one too many, and the request is what it has to be. */
static void check_end(struct __test_metadata *_metadata, pairs *f, struct expected *e, bool gone,
		      const char *pair)
{
	scene *s = &f->s;

	if (e->st != OVER && !e->reasons) {
		EXPECT_EQ(0, expect_nothing(s->q, s->chid)) TH_LOG("%s", pair);
	} else if (e->st != OVER) {
		struct qmsg_pulse pulse;

		EXPECT_EQ(0, expect_pulse(s->q, s->chid, QMSG_PULSE_CODE_UNBLOCK, &pulse))
			TH_LOG("%s", pair);
		EXPECT_EQ(s->rcvid, (int64_t)pulse.value) TH_LOG("%s", pair);
		EXPECT_EQ(0, expect_nothing(s->q, s->chid)) TH_LOG("%s", pair);
		EXPECT_EQ(QMSG_MI_UNBLOCK_REQ, request_flags(s->q, s->rcvid) & QMSG_MI_UNBLOCK_REQ);
	} else if (!gone) {
		EXPECT_EQ(0, expect_nothing(s->q, s->chid)) TH_LOG("%s", pair);
	}
	if (e->st != OVER) {
		happens(e, ANSWER);
		ASSERT_EQ(0, qmsg_msg_reply(s->q, s->rcvid, ANSWERED, NULL, 0)) TH_LOG("%s", pair);
		ASSERT_TRUE(wait_until(is_over(f))) TH_LOG("%s", pair);
	}
	if (s->rcvid) {
		EXPECT_TRUE(is_dead(s->q, s->rcvid)) TH_LOG("%s", pair);
	}
	if (!f->killed) {
		EXPECT_EQ(e->result, client_result(s->c)) TH_LOG("%s", pair);
	}
}

static int answers_taken(pairs *f, enum ev first, enum ev second)
{
	return (first == ANSWER && !f->servers[0]->ret) + (second == ANSWER && !f->servers[1]->ret);
}

static void close_pair(struct __test_metadata *_metadata, pairs *f, const char *pair)
{
	close(f->s.q);
	EXPECT_EQ(0, f->killed ? peer_reap(f->s.peer, NULL) : peer_end(f->s.peer)) TH_LOG("%s", pair);
}

/* A client that is held cannot return; the call that brings the first event can. */
static int finish_first(pairs *f, enum ev first, enum ev second, const struct expected *e)
{
	bool client_is_held = second == SIGNAL || second == KILL;

	if (first == RECEIVE || !client_is_held)
		return finish(f, first, 0, e);
	return worker_wait(first == DETACH ? &f->sibling->w : &f->servers[0]->w);
}

/* @second is held when it is about to happen, and @first happens meanwhile. */
static void replay(struct __test_metadata *_metadata, pairs *f, unsigned int flags, enum st st,
		   enum ev first, enum ev second)
{
	struct expected e = { .flags = flags };
	char pair[96];
	int taken;
	pid_t tid;

	snprintf(pair, sizeof(pair), "%s, %s: %s before %s", flags ? "UNBLOCK" : "plain",
		 state_names[st], names[first], names[second]);
	ASSERT_EQ(0, open_pair(f, flags)) TH_LOG("%s", pair);
	ASSERT_EQ(0, go_to(f, &e, st)) say_state(_metadata, f, pair);
	tid = tid_of(f, second, 1);
	ASSERT_EQ(0, inject("hold %s %d", points[second], tid)) TH_LOG("%s", pair);
	ASSERT_EQ(0, begin(f, second, 1)) TH_LOG("%s", pair);
	ASSERT_EQ(0, wait_held(tid, points[second])) say_state(_metadata, f, pair);

	happens(&e, first);
	ASSERT_EQ(0, begin(f, first, 0)) TH_LOG("%s", pair);
	ASSERT_EQ(0, finish_first(f, first, second, &e)) say_state(_metadata, f, pair);

	happens(&e, second);
	ASSERT_EQ(0, inject("go %d", tid)) TH_LOG("%s", pair);
	ASSERT_EQ(0, finish(f, second, 1, &e)) say_state(_metadata, f, pair);
	taken = answers_taken(f, first, second);
	EXPECT_EQ(e.answers, taken) TH_LOG("%s", pair);
	check_end(_metadata, f, &e, first == GONE || second == GONE, pair);
	close_pair(_metadata, f, pair);
}

/* The client's own thread brings both, one after the other; a channel ends once, as a connection. */
static bool can_meet(enum st st, enum ev first, enum ev second)
{
	bool own_first = first == SIGNAL || first == KILL;
	bool own_second = second == SIGNAL || second == KILL;

	if (own_first && own_second)
		return false;
	if (first == second && (first == GONE || first == DETACH))
		return false;
	/* What comes through a receive id needs one. */
	if (st == IN_SEND && (first == ANSWER || first == UNBLOCK_EV || second == ANSWER ||
			      second == UNBLOCK_EV))
		return false;
	/* Nobody receives from a channel that is ending. */
	if (st == IN_SEND)
		return first == RECEIVE ? second != RECEIVE && second != GONE : second == RECEIVE;
	if (first == RECEIVE || second == RECEIVE)
		return false;
	/* A process that is killed begins no call, and no event finds it any more. */
	if (st == IN_DYING)
		return (first == ANSWER || first == GONE) && (second == ANSWER || second == GONE);
	return second != KILL || first == ANSWER || first == GONE;
}

static void replay_all(struct __test_metadata *_metadata, pairs *f, unsigned int flags, enum st st)
{
	int n = 0;

	for (int first = 0; first < NR_EVS; first++)
		for (int second = 0; second < NR_EVS; second++)
			if (can_meet(st, first, second)) {
				replay(_metadata, f, flags, st, first, second);
				n++;
			}
	TH_LOG("%d pairs", n);
}

TEST_F_TIMEOUT(pairs, SEND_on_a_plain_channel, 600)
{
	replay_all(_metadata, self, PLAIN, IN_SEND);
}

TEST_F_TIMEOUT(pairs, SEND_on_an_UNBLOCK_channel, 600)
{
	replay_all(_metadata, self, UNBLOCK, IN_SEND);
}

TEST_F_TIMEOUT(pairs, REPLY_on_a_plain_channel, 600)
{
	replay_all(_metadata, self, PLAIN, IN_REPLY);
}

TEST_F_TIMEOUT(pairs, REPLY_on_an_UNBLOCK_channel, 600)
{
	replay_all(_metadata, self, UNBLOCK, IN_REPLY);
}

TEST_F_TIMEOUT(pairs, asked_to_unblock, 600)
{
	replay_all(_metadata, self, UNBLOCK, IN_ASKED);
}

TEST_F_TIMEOUT(pairs, being_killed, 600)
{
	replay_all(_metadata, self, UNBLOCK, IN_DYING);
}

TEST_HARNESS_MAIN
