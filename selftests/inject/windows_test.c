// SPDX-License-Identifier: GPL-2.0-only
/*
 * Windows between two critical sections that no call of user space can hit but by luck: a
 * message or pulse in hand, an answer on its way, a client that knows its result (T7, T12 - T22,
 * R1 - R3, R7, R10; C6 - C9, D13).
 */
#include "inject.h"

#define GRACE_MS	60000

FIXTURE(windows) {
	scene s;
	struct actor *server;
	struct receiver *receiver;
};

typedef FIXTURE_DATA(windows) windows;

static int open_windows(windows *f, unsigned int flags, unsigned int grace_ms)
{
	scene *s = &f->s;

	s->chid = peer_channel_grace(s->me, flags, grace_ms);
	s->c = client_connect(s->peer, s->me->pid, s->chid);
	f->server = actor_new(s, s->me);
	f->receiver = receiver_new(s->me, s->chid);
	return s->c && f->server ? peer_handle(s->peer, SIGUSR1, 0) : -1;
}

FIXTURE_SETUP(windows)
{
	scene *s = &self->s;

	if (access(INJECT, F_OK))
		SKIP(return, "this module has no points to stop at");
	s->me = peer_self();
	s->q = peer_open(s->me);
	ASSERT_LE(0, s->q);
	s->peer = peer_fork();
	ASSERT_NE(NULL, s->peer);
	ASSERT_LE(0, peer_open(s->peer));
}

FIXTURE_TEARDOWN(windows)
{
	if (!self->s.peer)
		return;
	close(self->s.q);
	kill(self->s.peer->pid, SIGKILL);
	reap(self->s.peer->pid, NULL);
}

static int64_t call_reply(scene *s, struct peer *p)
{
	(void)p;
	return qmsg_msg_reply(s->q, s->rcvid, 7, NULL, 0);
}

/* A thread has found the request and is about to answer it. */
static int answer_held(windows *f)
{
	return inject("hold answer %d", f->server->w.tid) ?:
	       actor_go(f->server, &f->s, call_reply) ?: wait_held(f->server->w.tid, "answer");
}

static int64_t answer_goes_on(windows *f)
{
	return inject("go %d", f->server->w.tid) ?: worker_wait(&f->server->w) ?: f->server->ret;
}

/* Text 001, R1: the client gave up and has sent again; the answer it did not wait for comes. */
TEST_F(windows, R1_answer_on_its_way_when_the_client_sends_again)
{
	scene *s = &self->s;
	int64_t first;

	ASSERT_EQ(0, open_windows(self, PLAIN, 0));
	ASSERT_EQ(0, block_reply(s));
	ASSERT_EQ(0, answer_held(self));
	ASSERT_EQ(0, client_signal(s->c, SIGUSR1));
	ASSERT_EQ(-EINTR, result(s));
	first = s->rcvid;
	ASSERT_EQ(0, block_reply(s));
	EXPECT_NE(first, s->rcvid);
	EXPECT_EQ(-ESRCH, answer_goes_on(self));
	EXPECT_FALSE(client_done(s->c));
	ASSERT_EQ(0, reply(s, 8));
	EXPECT_EQ(8, result(s));
}

/* Text 000's figure, R2: the pulse's thread was faster than the worker. */
TEST_F(windows, R2_worker_about_to_answer_when_the_pulse_is_handled)
{
	scene *s = &self->s;

	ASSERT_EQ(0, open_windows(self, UNBLOCK, 0));
	ASSERT_EQ(0, block_reply(s));
	ASSERT_EQ(0, answer_held(self));
	ASSERT_EQ(0, client_signal(s->c, SIGUSR1));
	ASSERT_EQ(0, expect_unblock(s));
	ASSERT_EQ(0, qmsg_msg_error(s->q, s->rcvid, EINTR));
	ASSERT_EQ(-EINTR, result(s));
	ASSERT_EQ(0, block_reply(s));
	EXPECT_EQ(0, request_flags(s->q, s->rcvid) & QMSG_MI_UNBLOCK_REQ);
	EXPECT_EQ(-ESRCH, answer_goes_on(self));
	EXPECT_FALSE(client_done(s->c));
	ASSERT_EQ(0, reply(s, 8));
	EXPECT_EQ(8, result(s));
}

static int64_t call_abort(scene *s, struct peer *p)
{
	(void)p;
	return qmsg_msg_error(s->q, s->rcvid, EINTR);
}

/* R3, the other way round: the worker was faster, and the abort comes to the next request. */
TEST_F(windows, R3_abort_about_to_be_made_when_the_worker_answers)
{
	scene *s = &self->s;

	ASSERT_EQ(0, open_windows(self, UNBLOCK, 0));
	ASSERT_EQ(0, block_reply(s));
	ASSERT_EQ(0, client_signal(s->c, SIGUSR1));
	ASSERT_EQ(0, expect_unblock(s));
	ASSERT_EQ(0, inject("hold answer %d", self->server->w.tid));
	ASSERT_EQ(0, actor_go(self->server, s, call_abort));
	ASSERT_EQ(0, wait_held(self->server->w.tid, "answer"));
	ASSERT_EQ(0, reply(s, 7));
	ASSERT_EQ(7, result(s));
	ASSERT_EQ(0, block_reply(s));
	EXPECT_EQ(-ESRCH, answer_goes_on(self));
	EXPECT_FALSE(client_done(s->c));
	ASSERT_EQ(0, reply(s, 8));
	EXPECT_EQ(8, result(s));
}

/* A pulse in hand is withdrawn with its request: who has it in hand never shows it (T21). */
TEST_F(windows, T21_answer_while_the_pulse_is_being_received)
{
	scene *s = &self->s;
	struct receiver *r = self->receiver;

	ASSERT_EQ(0, open_windows(self, UNBLOCK, 0));
	r = self->receiver;
	ASSERT_EQ(0, block_reply(s));
	ASSERT_EQ(0, receiver_go_blocked(r));
	ASSERT_EQ(0, inject("hold pulse %d", r->w.tid));
	ASSERT_EQ(0, client_signal(s->c, SIGUSR1));
	ASSERT_EQ(0, wait_held(r->w.tid, "pulse"));
	ASSERT_EQ(0, reply(s, 7));
	ASSERT_EQ(7, result(s));
	ASSERT_EQ(0, inject("go %d", r->w.tid));
	ASSERT_EQ(0, wait_channel(s, "receivers", 1));
	ASSERT_EQ(0, qmsg_channel_destroy(s->q, s->chid));
	ASSERT_EQ(0, receiver_wait(r));
	EXPECT_EQ(-ESRCH, receiver_result(r));
}

/* D13: a pulse that could not be taken is there for the next. */
TEST_F(windows, D13_pulse_that_fails_in_hand)
{
	scene *s = &self->s;

	ASSERT_EQ(0, open_windows(self, UNBLOCK, 0));
	ASSERT_EQ(0, block_reply(s));
	ASSERT_EQ(0, receiver_go_blocked(self->receiver));
	ASSERT_EQ(0, inject("fail pulse %d %d", self->receiver->w.tid, EFAULT));
	ASSERT_EQ(0, client_signal(s->c, SIGUSR1));
	ASSERT_EQ(0, receiver_wait(self->receiver));
	EXPECT_EQ(-EFAULT, receiver_result(self->receiver));
	EXPECT_EQ(0, expect_unblock(s));
	EXPECT_EQ(0, expect_nothing(s->q, s->chid));
	ASSERT_EQ(0, reply(s, 7));
	EXPECT_EQ(7, result(s));
}

/* S2.21: a message that could not be taken keeps its place, and its id was nobody's. */
TEST_F(windows, S2_21_message_that_fails_in_hand)
{
	scene *s = &self->s;

	ASSERT_EQ(0, open_windows(self, UNBLOCK, 0));
	ASSERT_EQ(0, receiver_go_blocked(self->receiver));
	ASSERT_EQ(0, inject("fail commit %d %d", self->receiver->w.tid, EFAULT));
	ASSERT_EQ(0, block_send(s));
	ASSERT_EQ(0, receiver_wait(self->receiver));
	EXPECT_EQ(-EFAULT, receiver_result(self->receiver));
	EXPECT_TRUE(is_dead(s->q, self->receiver->args.out_rcvid));
	ASSERT_EQ(0, receiver_go(self->receiver));
	ASSERT_EQ(0, receiver_wait(self->receiver));
	s->rcvid = receiver_result(self->receiver);
	ASSERT_LT(0, s->rcvid);
	ASSERT_EQ(0, reply(s, 7));
	EXPECT_EQ(7, result(s));
}

/* C6: it knows that it has an answer; what comes then is for later. */
TEST_F(windows, C6_signal_to_a_client_that_has_its_answer)
{
	scene *s = &self->s;

	ASSERT_EQ(0, open_windows(self, UNBLOCK, 0));
	ASSERT_EQ(0, block_reply(s));
	ASSERT_EQ(0, inject("hold result %d", s->c->w.tid));
	ASSERT_EQ(0, reply(s, 7));
	ASSERT_EQ(0, wait_held(s->c->w.tid, "result"));
	ASSERT_EQ(0, client_signal(s->c, SIGUSR1));
	EXPECT_EQ(0, expect_nothing(s->q, s->chid));
	ASSERT_EQ(0, inject("go %d", s->c->w.tid));
	EXPECT_EQ(7, result(s));
	EXPECT_TRUE(wait_until(s->c->w.handled == 1));
}

/* R7: the answer comes when the grace is over, and before the client has gone. */
TEST_F(windows, R7_answer_at_the_end_of_the_grace)
{
	scene *s = &self->s;

	ASSERT_EQ(0, open_windows(self, UNBLOCK, 1));
	ASSERT_EQ(0, block_reply(s));
	ASSERT_EQ(0, inject("hold grace %d", s->c->w.tid));
	ASSERT_EQ(0, peer_kill(s->peer, SIGKILL));
	ASSERT_EQ(0, wait_held(s->c->w.tid, "grace"));
	EXPECT_EQ(0, reply(s, 7));
	ASSERT_EQ(0, inject("go %d", s->c->w.tid));
	EXPECT_EQ(0, peer_reap(s->peer, NULL));
	EXPECT_EQ(0, channel_field(s, "orphans"));
	EXPECT_EQ(0, expect_nothing(s->q, s->chid));
}

static int64_t call_send(scene *s, struct peer *p)
{
	return qmsg_msg_send(p->q, s->c->args.coid, "", 1, NULL, 0);
}

/*
 * S1.14: a sibling closes the descriptor that a thread has just looked up. The server hears
 * once that the client has gone, and nothing of what was made and undone after that.
 */
TEST_F(windows, S1_14_descriptor_closed_between_lookup_and_use)
{
	scene *s = &self->s;
	struct qmsg_pulse pulse;
	struct actor *sender;
	int fd;

	ASSERT_EQ(0, open_windows(self, QMSG_CHF_DISCONNECT, 0));
	sender = actor_new(s, s->peer);
	ASSERT_NE(NULL, sender);
	fd = peer_attach(s->peer, s->me->pid, s->chid, 0, 0);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, peer_detach(s->peer, s->c->args.coid));
	s->c->args.coid = fd;
	ASSERT_EQ(0, inject("hold use %d", sender->w.tid));
	ASSERT_EQ(0, actor_go(sender, s, call_send));
	ASSERT_EQ(0, wait_held(sender->w.tid, "use"));
	ASSERT_EQ(0, peer_close(s->peer, fd));
	ASSERT_EQ(0, inject("go %d", sender->w.tid));
	ASSERT_EQ(0, worker_wait(&sender->w));
	EXPECT_EQ(-EBADF, sender->ret);
	EXPECT_EQ(0, qmsg_msg_receive_pulse(s->q, s->chid, &pulse, sizeof(pulse), NULL));
	EXPECT_EQ(QMSG_PULSE_CODE_DISCONNECT, pulse.code);
	EXPECT_EQ(0, expect_nothing(s->q, s->chid));
	EXPECT_EQ(0, qmsg_connect_detach(s->q, pulse.scoid));
}

/* With 8 bits there are 128 ids, and half of them may be out: the first table has 64. */
#define FIRST_OUT	32

static int64_t client_number(scene *s, struct actor **a)
{
	*a = actor_new(s, s->peer);
	return *a ? actor_go(*a, s, call_send) : -ENOMEM;
}

/*
 * D4: two clients find the table of ids full at the same time, and both make it larger: it is that
 * once, so the second has its place, although there cannot be a larger one.
 */
TEST_F(windows, D4_two_make_room_for_their_ids)
{
	struct actor *client[FIRST_OUT], *first, *second;
	scene *s = &self->s;
	int i;

	ASSERT_EQ(0, qmsg_setup(s->q, 8));
	ASSERT_EQ(0, open_windows(self, PLAIN, 0));
	for (i = 0; i < FIRST_OUT; i++) {
		ASSERT_EQ(0, client_number(s, &client[i]));
		ASSERT_EQ(0, wait_channel(s, "queued", i + 1));
	}
	first = actor_new(s, s->peer);
	ASSERT_NE(NULL, first);
	ASSERT_EQ(0, inject("hold grow %d", first->w.tid));
	ASSERT_EQ(0, actor_go(first, s, call_send));
	ASSERT_EQ(0, wait_held(first->w.tid, "grow"));
	ASSERT_EQ(0, client_number(s, &second));
	ASSERT_EQ(0, wait_channel(s, "queued", FIRST_OUT + 1));
	ASSERT_EQ(0, inject("go %d", first->w.tid));
	EXPECT_EQ(0, wait_channel(s, "queued", FIRST_OUT + 2));
	ASSERT_EQ(0, qmsg_channel_destroy(s->q, s->chid));
	ASSERT_EQ(0, worker_wait(&first->w));
	EXPECT_EQ(-ESRCH, first->ret);
}

/*
 * T5: a message that is sent only if somebody waits comes back from who could not take it while its
 * client goes to sleep, for the answer as it thinks.
 */
TEST_F(windows, T5_message_that_comes_back_while_its_client_goes_to_sleep)
{
	scene *s = &self->s;
	struct client *c;

	ASSERT_EQ(0, open_windows(self, PLAIN, 0));
	c = s->c;
	c->args.send_deadline = 0;
	ASSERT_EQ(0, client_send(c));
	ASSERT_EQ(0, client_wait(c));
	ASSERT_EQ(-ETIMEDOUT, client_result(c));
	self->receiver->args.buf_ptr = 1;
	ASSERT_EQ(0, receiver_go_blocked(self->receiver));
	ASSERT_EQ(0, inject("hold copy %d", self->receiver->w.tid));
	ASSERT_EQ(0, inject("hold sleep %d", c->w.tid));
	ASSERT_EQ(0, client_send(c));
	ASSERT_EQ(0, wait_held(self->receiver->w.tid, "copy"));
	ASSERT_EQ(0, wait_held(c->w.tid, "sleep"));
	ASSERT_EQ(0, inject("go %d", self->receiver->w.tid));
	ASSERT_EQ(0, receiver_wait(self->receiver));
	ASSERT_EQ(-EFAULT, receiver_result(self->receiver));
	ASSERT_EQ(0, inject("go %d", c->w.tid));
	ASSERT_EQ(0, client_wait(c));
	EXPECT_EQ(-ETIMEDOUT, client_result(c));
}

static int64_t call_unblock(scene *s, struct peer *p)
{
	const struct qmsg_event ev = { .notify = QMSG_EVENT_UNBLOCK };

	(void)p;
	return qmsg_event_deliver(s->q, s->rcvid, &ev);
}

/* Somebody has found the request to unblock, and its client leaves an orphan: counted once. */
TEST_F(windows, T29_unblock_event_that_comes_to_an_orphan)
{
	scene *s = &self->s;

	ASSERT_EQ(0, open_windows(self, UNBLOCK, 100));
	ASSERT_EQ(0, block_reply(s));
	ASSERT_EQ(0, inject("hold unblock %d", self->server->w.tid));
	ASSERT_EQ(0, actor_go(self->server, s, call_unblock));
	ASSERT_EQ(0, wait_held(self->server->w.tid, "unblock"));
	ASSERT_EQ(0, peer_kill(s->peer, SIGKILL));
	ASSERT_EQ(0, wait_for_channel(getpid(), s->q, s->chid, "orphans", 1));
	ASSERT_EQ(0, inject("go %d", self->server->w.tid));
	ASSERT_EQ(0, worker_wait(&self->server->w));
	EXPECT_EQ(1, read_channel(getpid(), s->q, s->chid, "orphans"));
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(s->q, s->rcvid, 0, NULL, 0));
	EXPECT_EQ(0, read_channel(getpid(), s->q, s->chid, "orphans"));
}

static int64_t call_destroy(scene *s, struct peer *p)
{
	(void)p;
	return qmsg_channel_destroy(s->q, s->chid);
}

/* T11: a channel has ended, but not all of its requests; its number is another's by now. */
TEST_F(windows, T11_channel_of_the_same_number)
{
	struct qmsg_msg_reply_receive args;
	scene *s = &self->s;
	char buf[8];

	ASSERT_EQ(0, open_windows(self, PLAIN, 0));
	ASSERT_EQ(0, block_reply(s));
	ASSERT_EQ(0, inject("hold gone %d", self->server->w.tid));
	ASSERT_EQ(0, actor_go(self->server, s, call_destroy));
	ASSERT_EQ(0, wait_held(self->server->w.tid, "gone"));
	ASSERT_EQ(s->chid, qmsg_channel_create(s->q, 0));
	EXPECT_EQ(-ETIMEDOUT, receive_now(s->q, s->chid, buf, sizeof(buf), NULL));
	args = (struct qmsg_msg_reply_receive){
		.size = sizeof(args),
		.rcvid = s->rcvid,
		.status = 7,
		.chid = s->chid,
	};
	EXPECT_EQ(-ETIMEDOUT, qmsg_msg_reply_receive_with(s->q, &args));
	EXPECT_EQ(7, result(s));
	ASSERT_EQ(0, inject("go %d", self->server->w.tid));
	ASSERT_EQ(0, worker_wait(&self->server->w));
	EXPECT_EQ(0, self->server->ret);
}

TEST_HARNESS_MAIN
