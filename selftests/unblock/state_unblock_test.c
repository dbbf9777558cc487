// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rows T15, T17, T19 - T24, T30 (S5.35), row "REPLY, UNBLOCK channel" of the table: the
 * client that wants to leave stays, the server is told by one pulse (S3.2, S5.1, S5.4,
 * S5.5, S5.7).
 */
#include "scene.h"

#define EXPECT_HELD(reasons_) do {						\
	EXPECT_EQ(0, wait_for_client(self->c, "REPLY+R"));			\
	EXPECT_EQ(0, wait_for_request_reasons(self->peer->pid, self->peer->q,	\
					      self->c->w.tid, reasons_));	\
	EXPECT_EQ(1, channel_field(self, "pulses"));				\
	EXPECT_EQ(QMSG_MI_UNBLOCK_REQ,						\
		  request_flags(self->q, self->rcvid) & QMSG_MI_UNBLOCK_REQ);	\
	EXPECT_EQ((int)(reasons_), request_reasons(self->q, self->rcvid));	\
	EXPECT_FALSE(client_done(self->c));					\
} while (0)

/* S5.8: code, value, scoid; S5.10: one; the client stays. */
TEST_F(state, T15_signal_in_reply_unblock_posts_one_pulse)
{
	ASSERT_EQ(0, make_reply_blocked_handled(self, UNBLOCK));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	EXPECT_HELD(QMSG_UNBLOCK_SIGNAL);
	EXPECT_EQ(0, expect_unblock(self));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	EXPECT_EQ(0, self->c->w.handled);
	EXPECT_EQ(0, reply(self, 9));
	EXPECT_EQ(9, result(self));
}

/* S5.16, S5.31: no limit after that. The client gets what the server says (S5.32). */
TEST_F(state, T15_reply_deadline_in_reply_unblock_posts_one_pulse)
{
	ASSERT_EQ(0, make_client(self, UNBLOCK));
	self->c->args.reply_deadline = deadline_in_ms(1500);
	ASSERT_EQ(0, client_send(self->c));
	self->rcvid = receive_soon(self->q, self->chid, NULL, 0, &self->info);
	ASSERT_LT(0, self->rcvid);
	EXPECT_HELD(QMSG_UNBLOCK_TIMEOUT);
	EXPECT_EQ(0, expect_unblock(self));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	EXPECT_EQ(0, reply(self, 10));
	EXPECT_EQ(10, result(self));
}

/* S1.30 h */
TEST_F(state, T15_sibling_detach_in_reply_unblock_posts_one_pulse)
{
	ASSERT_EQ(0, make_reply_blocked(self, UNBLOCK));
	ASSERT_EQ(0, peer_detach(self->peer, self->c->args.coid));
	EXPECT_HELD(QMSG_UNBLOCK_DETACH);
	EXPECT_EQ(0, expect_unblock(self));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	EXPECT_EQ(0, reply(self, 11));
	EXPECT_EQ(11, result(self));
}

/* S5.8: the client's priority at that moment, in normal queue order. */
TEST_F(state, T15_pulse_has_the_clients_priority)
{
	struct qmsg_pulse pulse;
	int coid;

	ASSERT_EQ(0, make_client(self, UNBLOCK | QMSG_CHF_FIXED_PRIORITY));
	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR1, 0));
	ASSERT_EQ(0, block_reply(self));
	coid = peer_attach(self->me, 0, self->chid, QMSG_SIDE_CHANNEL, 0);
	ASSERT_EQ(0, qmsg_pulse_send(self->q, coid, 20, 20, 0));
	ASSERT_EQ(0, qmsg_pulse_send(self->q, coid, 30, 29, 0));
	ASSERT_EQ(0, set_fifo_priority(self->c->w.tid, 30));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY+R"));
	ASSERT_EQ(0, qmsg_pulse_send(self->q, coid, 30, 31, 0));
	ASSERT_EQ(0, qmsg_pulse_send(self->q, coid, 40, 40, 0));
	EXPECT_EQ(0, expect_pulse(self->q, self->chid, 40, &pulse));
	EXPECT_EQ(0, expect_pulse(self->q, self->chid, 29, &pulse));
	EXPECT_EQ(0, expect_unblock(self));
	EXPECT_EQ(0, expect_pulse(self->q, self->chid, 31, &pulse));
	EXPECT_EQ(0, expect_pulse(self->q, self->chid, 20, &pulse));
}

/* S5.11: it goes to whoever receives, also to one that only takes pulses. */
TEST_F(state, T15_pulse_goes_to_a_waiting_receiver)
{
	struct receiver *r;

	ASSERT_EQ(0, make_reply_blocked_handled(self, UNBLOCK));
	r = receiver_new(self->me, self->chid);
	r->args.flags = QMSG_RECEIVE_PULSE;
	ASSERT_EQ(0, receiver_go_blocked(r));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	ASSERT_EQ(0, receiver_wait(r));
	EXPECT_EQ(0, receiver_result(r));
	EXPECT_EQ(QMSG_PULSE_CODE_UNBLOCK, r->buf.pulse.code);
	EXPECT_EQ(self->rcvid, (int64_t)r->buf.pulse.value);
	EXPECT_EQ(self->info.scoid, r->buf.pulse.scoid);
	EXPECT_EQ(0, wait_for_client(self->c, "REPLY+R"));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

/* T17 cannot happen: the pulse takes no place in the pool of the channel (D12). */
TEST_F(state, T17_full_pulse_pool_does_not_stop_the_unblock_pulse)
{
	struct qmsg_channel_create args = { .flags = UNBLOCK, .pulse_limit = 1 };
	struct qmsg_pulse pulse;
	int coid;

	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR1, 0));
	self->chid = qmsg_channel_create_with(self->q, &args);
	self->c = client_connect(self->peer, self->me->pid, self->chid);
	ASSERT_NE(NULL, self->c);
	ASSERT_EQ(0, block_reply(self));
	coid = peer_attach(self->me, 0, self->chid, QMSG_SIDE_CHANNEL, 0);
	ASSERT_EQ(0, qmsg_pulse_send(self->q, coid, 1, 1, 0));
	ASSERT_EQ(-EAGAIN, qmsg_pulse_send(self->q, coid, 1, 2, 0));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY+R"));
	EXPECT_EQ(0, expect_pulse(self->q, self->chid, 1, &pulse));
	EXPECT_EQ(0, expect_unblock(self));
}

/* T19: REQ stays set when the pulse has been taken. */
TEST_F(state, T19_request_stays_set_after_the_pulse_is_received)
{
	ASSERT_EQ(0, make_unblock_requested(self));
	ASSERT_EQ(0, expect_unblock(self));
	EXPECT_EQ(0, wait_for_client(self->c, "REPLY+R"));
	EXPECT_EQ(QMSG_MI_UNBLOCK_REQ,
		  request_flags(self->q, self->rcvid) & QMSG_MI_UNBLOCK_REQ);
	EXPECT_EQ(0, channel_field(self, "pulses"));
	EXPECT_FALSE(client_done(self->c));
}

/* T20, S5.10, S5.43: a second event of another kind only adds its reason. */
TEST_F(state, T20_second_event_posts_no_second_pulse)
{
	ASSERT_EQ(0, make_unblock_requested(self));
	ASSERT_EQ(0, peer_detach(self->peer, self->c->args.coid));
	EXPECT_HELD(QMSG_UNBLOCK_SIGNAL | QMSG_UNBLOCK_DETACH);
	EXPECT_EQ(0, expect_unblock(self));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

/* T20 after T19: nor when the first pulse has been received. */
TEST_F(state, T20_event_after_the_pulse_was_received_posts_no_second)
{
	ASSERT_EQ(0, make_unblock_requested(self));
	ASSERT_EQ(0, expect_unblock(self));
	ASSERT_EQ(0, peer_detach(self->peer, self->c->args.coid));
	EXPECT_EQ(0, wait_for_request_reasons(self->peer->pid, self->peer->q, self->c->w.tid,
					      QMSG_UNBLOCK_SIGNAL | QMSG_UNBLOCK_DETACH));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	EXPECT_EQ(0, reply(self, 12));
	EXPECT_EQ(12, result(self));
}

/* T20 after T19 once more, S5.10: the deadline comes after the signal. */
TEST_F(state, T20_deadline_after_the_pulse_was_received_posts_no_second)
{
	ASSERT_EQ(0, make_client(self, UNBLOCK));
	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR1, 0));
	self->c->args.reply_deadline = deadline_in_ms(1500);
	ASSERT_EQ(0, block_reply(self));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	ASSERT_EQ(0, expect_unblock(self));
	EXPECT_EQ(0, wait_for_request_reasons(self->peer->pid, self->peer->q, self->c->w.tid,
					      QMSG_UNBLOCK_SIGNAL | QMSG_UNBLOCK_TIMEOUT));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	EXPECT_EQ(0, reply(self, 14));
	EXPECT_EQ(14, result(self));
}

/* T20 with a signal each time: the handlers run after the answer, no second pulse. */
TEST_F(state, T20_second_signal_posts_no_second_pulse)
{
	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR2, 0));
	ASSERT_EQ(0, make_unblock_requested(self));
	ASSERT_EQ(0, expect_unblock(self));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR2));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	EXPECT_EQ(0, wait_for_client(self->c, "REPLY+R"));
	EXPECT_EQ(0, self->c->w.handled);
	EXPECT_EQ(0, reply(self, 13));
	EXPECT_EQ(13, result(self));
	EXPECT_EQ(2, self->c->w.handled_at_return);
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

/* T21, S4.16, S5.12: an answer before the pulse is received withdraws it. */
TEST_F(state, T21_reply_withdraws_the_queued_pulse)
{
	ASSERT_EQ(0, make_unblock_requested(self));
	EXPECT_EQ(1, channel_field(self, "pulses"));
	EXPECT_EQ(0, reply(self, 14));
	EXPECT_EQ(14, result(self));
	EXPECT_EQ(0, channel_field(self, "pulses"));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

TEST_F(state, T21_error_withdraws_the_queued_pulse)
{
	ASSERT_EQ(0, make_unblock_requested(self));
	EXPECT_EQ(0, qmsg_msg_error(self->q, self->rcvid, EINTR));
	EXPECT_EQ(-EINTR, result(self));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

/* T22: the thread that holds the pulse holds a stale id. */
TEST_F(state, T22_reply_after_the_pulse_leaves_a_stale_receive_id)
{
	ASSERT_EQ(0, make_unblock_requested(self));
	ASSERT_EQ(0, expect_unblock(self));
	EXPECT_EQ(0, reply(self, 15));
	EXPECT_EQ(15, result(self));
	EXPECT_TRUE(is_dead(self->q, self->rcvid));
}

/* T22 with the client's next request (R3): the pulse's id does not name it. */
TEST_F(state, T22_pulse_receive_id_does_not_name_the_next_request)
{
	int64_t old;

	ASSERT_EQ(0, make_unblock_requested(self));
	ASSERT_EQ(0, expect_unblock(self));
	old = self->rcvid;
	ASSERT_EQ(0, reply(self, 16));
	ASSERT_EQ(16, result(self));
	ASSERT_EQ(0, block_reply(self));
	EXPECT_TRUE(is_dead(self->q, old));
	EXPECT_EQ(0, wait_for_client(self->c, "REPLY"));
	EXPECT_EQ(0, reply(self, 17));
	EXPECT_EQ(17, result(self));
}

/* S5.6: nothing is left of the request for the next one of the same thread. */
TEST_F(state, T22_next_request_starts_without_REQ_and_gets_its_own_pulse)
{
	ASSERT_EQ(0, make_unblock_requested(self));
	ASSERT_EQ(0, expect_unblock(self));
	ASSERT_EQ(0, reply(self, 18));
	ASSERT_EQ(18, result(self));
	ASSERT_EQ(0, block_reply(self));
	EXPECT_EQ(0U, self->info.flags & QMSG_MI_UNBLOCK_REQ);
	EXPECT_EQ(0, request_flags(self->q, self->rcvid) & QMSG_MI_UNBLOCK_REQ);
	EXPECT_EQ(0, request_reasons(self->q, self->rcvid));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	EXPECT_HELD(QMSG_UNBLOCK_SIGNAL);
	EXPECT_EQ(0, expect_unblock(self));
}

/* T23: the pending handler runs first, then the call is made again. */
TEST_F(state, T23_ERESTART_runs_the_handler_and_sends_again)
{
	int64_t old;

	ASSERT_EQ(0, make_unblock_requested(self));
	old = self->rcvid;
	EXPECT_EQ(0, self->c->w.handled);
	ASSERT_EQ(0, qmsg_msg_error(self->q, old, ERESTART));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
	EXPECT_EQ(1, self->c->w.handled);
	EXPECT_FALSE(client_done(self->c));
	/* T21 holds for it too: the pulse of the first execution is gone. */
	self->rcvid = receive_now(self->q, self->chid, NULL, 0, NULL);
	ASSERT_LT(0, self->rcvid);
	EXPECT_TRUE(is_dead(self->q, old));
	EXPECT_EQ(0, request_flags(self->q, self->rcvid) & QMSG_MI_UNBLOCK_REQ);
	EXPECT_EQ(0, wait_for_client(self->c, "REPLY"));
	EXPECT_EQ(0, reply(self, 19));
	EXPECT_EQ(19, result(self));
}

/* T24, S2.14: the errno of the event. */
TEST_F(state, T24_error_minus_1_after_signal_is_EINTR)
{
	ASSERT_EQ(0, make_unblock_requested(self));
	EXPECT_EQ(0, qmsg_msg_error(self->q, self->rcvid, QMSG_ERROR_REASON));
	EXPECT_EQ(-EINTR, result(self));
}

TEST_F(state, T24_error_minus_1_after_timeout_is_ETIMEDOUT)
{
	ASSERT_EQ(0, make_client(self, UNBLOCK));
	self->c->args.reply_deadline = deadline_in_ms(1500);
	ASSERT_EQ(0, client_send(self->c));
	self->rcvid = receive_soon(self->q, self->chid, NULL, 0, NULL);
	ASSERT_LT(0, self->rcvid);
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY+R"));
	EXPECT_EQ(0, qmsg_msg_error(self->q, self->rcvid, QMSG_ERROR_REASON));
	EXPECT_EQ(-ETIMEDOUT, result(self));
}

TEST_F(state, T24_error_minus_1_after_detach_is_EBADF)
{
	ASSERT_EQ(0, make_reply_blocked(self, UNBLOCK));
	ASSERT_EQ(0, peer_detach(self->peer, self->c->args.coid));
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY+R"));
	EXPECT_EQ(0, qmsg_msg_error(self->q, self->rcvid, QMSG_ERROR_REASON));
	EXPECT_EQ(-EBADF, result(self));
}

/* T24: of the first event, whatever came after. */
TEST_F(state, T24_error_minus_1_gives_the_first_reason)
{
	struct qmsg_msg_info info;

	ASSERT_EQ(0, make_reply_blocked_handled(self, UNBLOCK));
	ASSERT_EQ(0, peer_detach(self->peer, self->c->args.coid));
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY+R"));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	ASSERT_EQ(0, wait_for_request_reasons(self->peer->pid, self->peer->q, self->c->w.tid,
					      QMSG_UNBLOCK_SIGNAL | QMSG_UNBLOCK_DETACH));
	EXPECT_EQ(0, qmsg_msg_info(self->q, self->rcvid, &info));
	EXPECT_EQ(EBADF, info.unblock_error);
	EXPECT_EQ(0, qmsg_msg_error(self->q, self->rcvid, QMSG_ERROR_REASON));
	EXPECT_EQ(-EBADF, result(self));
}

/* T24 without a request to unblock: EINVAL for the server, nothing for the client. */
TEST_F(state, T24_error_minus_1_without_request_is_EINVAL)
{
	ASSERT_EQ(0, make_reply_blocked(self, UNBLOCK));
	EXPECT_EQ(-EINVAL, qmsg_msg_error(self->q, self->rcvid, QMSG_ERROR_REASON));
	EXPECT_EQ(0, wait_for_client(self->c, "REPLY"));
	EXPECT_EQ(0, reply(self, 20));
	EXPECT_EQ(20, result(self));
}

/* T30, S1.13: the message keeps the scoid; DISCONNECT comes after the answer. */
TEST_F(state, T30_scoid_outlives_the_last_detach_until_the_answer)
{
	struct qmsg_pulse pulse;

	ASSERT_EQ(0, make_reply_blocked(self, UNBLOCK | QMSG_CHF_DISCONNECT));
	ASSERT_EQ(0, peer_detach(self->peer, self->c->args.coid));
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY+R"));
	ASSERT_EQ(0, expect_unblock(self));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	EXPECT_EQ(-EINVAL, qmsg_connect_detach(self->q, self->info.scoid));
	ASSERT_EQ(0, reply(self, 21));
	EXPECT_EQ(21, result(self));
	ASSERT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_DISCONNECT, &pulse));
	EXPECT_EQ(self->info.scoid, pulse.scoid);
	EXPECT_EQ(0, qmsg_connect_detach(self->q, pulse.scoid));
	EXPECT_EQ(-EINVAL, qmsg_connect_detach(self->q, pulse.scoid));
}

TEST_HARNESS_MAIN
