// SPDX-License-Identifier: GPL-2.0-only
/* Rows T1 - T5: what becomes of a send when it is made. */
#include "scene.h"

/* T1: a receiver waits: REPLY at once, it has the data and the receive id. */
TEST_F(state, T1_send_to_waiting_receiver_is_received)
{
	struct receiver *r;

	ASSERT_EQ(0, make_client(self, PLAIN));
	r = receiver_new(self->me, self->chid);
	ASSERT_EQ(0, receiver_go_blocked(r));
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, receiver_wait(r));
	ASSERT_LT(0, receiver_result(r));
	EXPECT_STREQ("ping", r->buf.bytes);
	EXPECT_EQ(receiver_result(r), r->info.rcvid);
	EXPECT_EQ(self->peer->pid, r->info.pid);
	EXPECT_EQ(self->c->w.tid, r->info.tid);
	EXPECT_EQ(self->c->args.coid, r->info.coid);
	EXPECT_EQ(self->chid, r->info.chid);
	EXPECT_EQ(0U, r->info.unblock_reasons);
	EXPECT_EQ(0, wait_for_client(self->c, "REPLY"));
	EXPECT_EQ(1, channel_field(self, "received"));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, receiver_result(r), 3, "pong", 5));
	EXPECT_EQ(3, result(self));
	EXPECT_STREQ("pong", self->c->reply);
}

/* T1: the receive id is good in every thread of the receiving process (S1.28). */
TEST_F(state, T1_another_thread_answers_what_a_receiver_got)
{
	struct receiver *r;

	ASSERT_EQ(0, make_client(self, UNBLOCK));
	r = receiver_new(self->me, self->chid);
	ASSERT_EQ(0, receiver_go_blocked(r));
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, receiver_wait(r));
	EXPECT_EQ(0, qmsg_msg_error(self->q, receiver_result(r), EIO));
	EXPECT_EQ(-EIO, result(self));
}

/* T2: nobody waits: SEND, queued; no effect on the server until it receives. */
TEST_F(state, T2_send_without_receiver_queues)
{
	ASSERT_EQ(0, make_send_blocked(self, PLAIN));
	EXPECT_EQ(1, channel_field(self, "queued"));
	EXPECT_EQ(0, channel_field(self, "received"));
	EXPECT_FALSE(client_done(self->c));
}

/* T2 as T1 for a receiver that only takes pulses: it is not there for messages (S4.9). */
TEST_F(state, T2_pulse_receiver_does_not_take_the_message)
{
	struct receiver *r;

	ASSERT_EQ(0, make_client(self, PLAIN));
	r = receiver_new(self->me, self->chid);
	r->args.flags = QMSG_RECEIVE_PULSE;
	ASSERT_EQ(0, receiver_go_blocked(r));
	ASSERT_EQ(0, block_send(self));
	EXPECT_EQ(1, channel_field(self, "queued"));
	EXPECT_EQ(1, channel_field(self, "receivers"));
}

/* T3, S2.29 */
TEST_F(state, T3_bad_connection_is_EBADF)
{
	ASSERT_EQ(0, make_client(self, PLAIN));
	self->c->args.coid |= 0x3ff;
	ASSERT_EQ(0, client_send(self->c));
	EXPECT_EQ(-EBADF, result(self));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

/* T3: EBADF is found before bad buffers (uapi: order of the errors). */
TEST_F(state, T3_bad_connection_comes_before_bad_buffer)
{
	ASSERT_EQ(0, make_client(self, PLAIN));
	self->c->args.coid |= 0x3ff;
	self->c->args.send_ptr = 16;
	ASSERT_EQ(0, client_send(self->c));
	EXPECT_EQ(-EBADF, result(self));
}

/* T3, S2.18: never queued. */
TEST_F(state, T3_bad_send_buffer_is_EFAULT)
{
	ASSERT_EQ(0, make_client(self, PLAIN));
	self->c->args.send_ptr = 16;
	ASSERT_EQ(0, client_send(self->c));
	EXPECT_EQ(-EFAULT, result(self));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

/* T3, S1.15: the channel is gone at the time of the call. */
TEST_F(state, T3_dead_connection_is_EBADF)
{
	ASSERT_EQ(0, make_client(self, UNBLOCK));
	ASSERT_EQ(0, peer_destroy(self->me, self->chid));
	ASSERT_EQ(0, client_send(self->c));
	EXPECT_EQ(-EBADF, result(self));
}

/* T3, S1.30 j: a terminating server takes no new messages and no new connections. */
TEST_F(state, T3_terminating_server_is_ENXIO)
{
	struct dying *d = dying_new(self->q, UNBLOCK);

	ASSERT_NE(NULL, d);
	self->c = client_connect(self->peer, d->peer->pid, d->chid);
	ASSERT_NE(NULL, self->c);
	ASSERT_EQ(0, dying_begin(d));
	ASSERT_EQ(0, client_send(self->c));
	EXPECT_EQ(-ENXIO, result(self));
	EXPECT_EQ(-ENXIO, peer_attach(self->peer, d->peer->pid, d->chid, QMSG_SIDE_CHANNEL, 0));
	EXPECT_EQ(0, dying_end(d, self->q));
	ASSERT_EQ(0, client_send(self->c));
	EXPECT_EQ(-EBADF, result(self));
}

/* T5, S7.6: immediate SEND deadline and nobody waits. */
TEST_F(state, T5_past_send_deadline_without_receiver_is_ETIMEDOUT)
{
	ASSERT_EQ(0, make_client(self, UNBLOCK));
	self->c->args.send_deadline = 0;
	ASSERT_EQ(0, client_send(self->c));
	EXPECT_EQ(-ETIMEDOUT, result(self));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

/* T5, S7.11: "send only if the server is waiting": one that waits gets it, every time. */
TEST_F(state, T5_past_send_deadline_with_receiver_is_received)
{
	int i, n = few_rounds(30);
	struct receiver *r;

	ASSERT_EQ(0, make_client(self, UNBLOCK));
	r = receiver_new(self->me, self->chid);
	self->c->args.send_deadline = 0;
	for (i = 0; i < n; i++) {
		ASSERT_EQ(0, receiver_go_blocked(r));
		ASSERT_EQ(0, client_send(self->c));
		ASSERT_TRUE(wait_until(worker_is_done(&r->w) || client_done(self->c)));
		ASSERT_FALSE(client_done(self->c)) TH_LOG("round %d: %ld", i, (long)result(self));
		ASSERT_EQ(0, receiver_wait(r));
		ASSERT_LT(0, receiver_result(r));
		EXPECT_EQ(0, wait_for_client(self->c, "REPLY"));
		EXPECT_EQ(0, qmsg_msg_reply(self->q, receiver_result(r), 7, NULL, 0));
		EXPECT_EQ(7, result(self));
	}
}

/* T5, S5.33: immediate REPLY deadline and a receiver waits: it is not involved. */
TEST_F(state, T5_past_reply_deadline_with_receiver_is_ETIMEDOUT)
{
	struct receiver *r;

	ASSERT_EQ(0, make_client(self, UNBLOCK));
	r = receiver_new(self->me, self->chid);
	ASSERT_EQ(0, receiver_go_blocked(r));
	self->c->args.reply_deadline = 0;
	ASSERT_EQ(0, client_send(self->c));
	EXPECT_EQ(-ETIMEDOUT, result(self));
	EXPECT_EQ(0, wait_channel(self, "receivers", 1));
	EXPECT_FALSE(worker_is_done(&r->w));
	EXPECT_EQ(0, channel_field(self, "received"));
}

TEST_HARNESS_MAIN
