// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two things at the same instant (R10): whichever the kernel puts first, the client
 * gets one whole result, the server's view agrees with it, and nothing is left over.
 */
#include "scene.h"

#define DATA "from the server"

/* A thread that does one thing the moment the test does the other. */
struct rival {
	pthread_barrier_t barrier;
	void (*act)(scene *self);
	scene *self;
};

static void *rival_main(void *arg)
{
	struct rival *r = arg;

	pthread_barrier_wait(&r->barrier);
	r->act(r->self);
	return NULL;
}

static pthread_t rival_start(struct rival *r, scene *self, void (*act)(scene *))
{
	pthread_t thread;

	r->act = act;
	r->self = self;
	pthread_barrier_init(&r->barrier, NULL, 2);
	if (pthread_create(&thread, NULL, rival_main, r))
		abort();
	return thread;
}

static void act_signal(scene *self)
{
	client_signal(self->c, SIGUSR1);
}

static void act_detach(scene *self)
{
	peer_detach(self->peer, self->c->args.coid);
}

static void act_destroy(scene *self)
{
	qmsg_channel_destroy(self->q, self->chid);
}

/* An unblock event is at most one pulse, and a stale one names a dead request. */
static int drain_pulses(scene *self)
{
	union {
		struct qmsg_pulse pulse;
		char bytes[64];
	} buf;
	int n = 0;

	while (!receive_now(self->q, self->chid, &buf, sizeof(buf), NULL))
		if (buf.pulse.code == QMSG_PULSE_CODE_UNBLOCK)
			n++;
	return n;
}

/* Reply against signal: on an UNBLOCK channel the reply always arrives whole. */
TEST_F(state, R10_reply_and_signal_on_UNBLOCK_channel)
{
	int i, n = few_rounds(40);

	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR1, 0));
	ASSERT_EQ(0, make_client(self, UNBLOCK));
	for (i = 0; i < n; i++) {
		struct rival r;
		pthread_t thread;

		ASSERT_EQ(0, block_reply(self));
		thread = rival_start(&r, self, act_signal);
		pthread_barrier_wait(&r.barrier);
		EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, i, DATA, sizeof(DATA)));
		pthread_join(thread, NULL);
		ASSERT_EQ(i, result(self));
		EXPECT_STREQ(DATA, self->c->reply);
		/* The answer came first: the signal finds no request; else its pulse went with it. */
		EXPECT_EQ(0, drain_pulses(self));
		ASSERT_TRUE(wait_until(self->c->w.handled == i + 1));
		memset(self->c->reply, 0, sizeof(DATA));
	}
}

/* On a plain channel: either EINTR and the server's reply is refused, or the reply whole. */
TEST_F(state, R10_reply_and_signal_on_plain_channel)
{
	int i, n = few_rounds(40);

	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR1, 0));
	ASSERT_EQ(0, make_client(self, PLAIN));
	for (i = 0; i < n; i++) {
		struct rival r;
		pthread_t thread;
		int err;

		ASSERT_EQ(0, block_reply(self));
		thread = rival_start(&r, self, act_signal);
		pthread_barrier_wait(&r.barrier);
		err = qmsg_msg_reply(self->q, self->rcvid, i, DATA, sizeof(DATA));
		pthread_join(thread, NULL);
		if (err) {
			EXPECT_EQ(-ESRCH, err);
			ASSERT_EQ(-EINTR, result(self));
		} else {
			ASSERT_EQ(i, result(self));
			EXPECT_STREQ(DATA, self->c->reply);
		}
		ASSERT_TRUE(wait_until(self->c->w.handled == i + 1));
		memset(self->c->reply, 0, sizeof(DATA));
	}
}

/* Reply against detach by a sibling. */
TEST_F(state, R10_reply_and_detach_on_plain_channel)
{
	int i, n = few_rounds(40);

	ASSERT_EQ(0, make_client(self, PLAIN));
	for (i = 0; i < n; i++) {
		struct rival r;
		pthread_t thread;
		int err;

		ASSERT_EQ(0, block_reply(self));
		thread = rival_start(&r, self, act_detach);
		pthread_barrier_wait(&r.barrier);
		err = reply(self, i);
		pthread_join(thread, NULL);
		EXPECT_TRUE(err == 0 || err == -ESRCH);
		ASSERT_EQ(err ? -EBADF : i, result(self));
		self->c->args.coid = peer_attach(self->peer, self->me->pid, self->chid,
						 QMSG_SIDE_CHANNEL, 0);
		ASSERT_LT(0, self->c->args.coid);
	}
}

/* Reply against the end of the channel: one of the two, and the server knows which. */
TEST_F(state, R10_reply_and_destroy)
{
	int i, n = few_rounds(20);

	for (i = 0; i < n; i++) {
		struct rival r;
		pthread_t thread;
		int err;

		ASSERT_EQ(0, make_reply_blocked(self, UNBLOCK));
		thread = rival_start(&r, self, act_destroy);
		pthread_barrier_wait(&r.barrier);
		err = reply(self, i);
		pthread_join(thread, NULL);
		EXPECT_TRUE(err == 0 || err == -ESRCH);
		ASSERT_EQ(err ? -ESRCH : i, result(self));
		ASSERT_EQ(0, peer_detach(self->peer, self->c->args.coid));
		client_free(self->c);
	}
}

/* Signal against the end of the channel: ESRCH, or EINTR only on a plain channel. */
TEST_F(state, R10_signal_and_destroy)
{
	int i, n = few_rounds(20);

	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR1, 0));
	for (i = 0; i < n; i++) {
		unsigned int flags = i & 1 ? UNBLOCK : PLAIN;
		struct rival r;
		pthread_t thread;
		int64_t res;

		ASSERT_EQ(0, make_reply_blocked(self, flags));
		thread = rival_start(&r, self, act_signal);
		pthread_barrier_wait(&r.barrier);
		qmsg_channel_destroy(self->q, self->chid);
		pthread_join(thread, NULL);
		res = result(self);
		EXPECT_TRUE(res == -ESRCH || (!flags && res == -EINTR));
		ASSERT_EQ(0, peer_detach(self->peer, self->c->args.coid));
		ASSERT_TRUE(wait_until(self->c->w.handled == 1));
		client_free(self->c);
	}
}

/* Signal against receive: either never seen by the server, or received and then asked about. */
TEST_F(state, R11_signal_and_receive)
{
	int i, n = few_rounds(40);

	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR1, 0));
	ASSERT_EQ(0, make_client(self, UNBLOCK));
	for (i = 0; i < n; i++) {
		struct rival r;
		pthread_t thread;

		ASSERT_EQ(0, block_send(self));
		thread = rival_start(&r, self, act_signal);
		pthread_barrier_wait(&r.barrier);
		self->rcvid = receive_now(self->q, self->chid, NULL, 0, &self->info);
		pthread_join(thread, NULL);
		if (self->rcvid > 0) {
			ASSERT_EQ(0, wait_for_client(self->c, "REPLY+R"));
			EXPECT_EQ(0, expect_unblock(self));
			EXPECT_EQ(0, reply(self, i));
			ASSERT_EQ(i, result(self));
		} else {
			EXPECT_EQ(-ETIMEDOUT, self->rcvid);
			ASSERT_EQ(-EINTR, result(self));
		}
		ASSERT_TRUE(wait_until(self->c->w.handled == i + 1));
	}
}

/* Two unblock events at once: one pulse, and the reason of one of them. */
TEST_F(state, S5_10_signal_and_detach_post_one_pulse)
{
	int i, n = few_rounds(20);

	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR1, 0));
	ASSERT_EQ(0, make_client(self, UNBLOCK));
	for (i = 0; i < n; i++) {
		struct rival r;
		pthread_t thread;
		int64_t res;

		ASSERT_EQ(0, block_reply(self));
		thread = rival_start(&r, self, act_signal);
		pthread_barrier_wait(&r.barrier);
		act_detach(self);
		pthread_join(thread, NULL);
		ASSERT_EQ(0, wait_for_request_reasons(self->peer->pid, self->peer->q,
						      self->c->w.tid, QMSG_UNBLOCK_SIGNAL |
						      QMSG_UNBLOCK_DETACH));
		EXPECT_EQ(1, drain_pulses(self));
		EXPECT_EQ(0, qmsg_msg_error(self->q, self->rcvid, QMSG_ERROR_REASON));
		res = result(self);
		EXPECT_TRUE(res == -EINTR || res == -EBADF);
		self->c->args.coid = peer_attach(self->peer, self->me->pid, self->chid,
						 QMSG_SIDE_CHANNEL, 0);
		ASSERT_LT(0, self->c->args.coid);
	}
}

TEST_HARNESS_MAIN
