// SPDX-License-Identifier: GPL-2.0-only
/* Rows T12 - T14 and T28, row "REPLY, channel without UNBLOCK" of the table. */
#include "scene.h"

/* The client has left, the server was not told, the receive id is dead (S5.1, S5.3, S5.27). */
#define EXPECT_LEFT(errno_) do {						\
	EXPECT_EQ(-(errno_), result(self));					\
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));			\
	EXPECT_TRUE(is_dead(self->q, self->rcvid));				\
	EXPECT_EQ(0, channel_field(self, "received"));				\
} while (0)

TEST_F(state, T12_reply_returns_status_and_data)
{
	ASSERT_EQ(0, make_reply_blocked(self, PLAIN));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 42, "pong", 5));
	EXPECT_EQ(42, result(self));
	EXPECT_STREQ("pong", self->c->reply);
	EXPECT_EQ(5U, self->c->args.out_reply_len);
	EXPECT_TRUE(is_dead(self->q, self->rcvid));
}

TEST_F(state, T12_reply_returns_status_and_data_on_UNBLOCK_channel)
{
	ASSERT_EQ(0, make_reply_blocked(self, UNBLOCK));
	EXPECT_EQ(0, request_flags(self->q, self->rcvid) & QMSG_MI_UNBLOCK_REQ);
	EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 42, "pong", 5));
	EXPECT_EQ(42, result(self));
	EXPECT_STREQ("pong", self->c->reply);
	EXPECT_TRUE(is_dead(self->q, self->rcvid));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

/* S2.13: passed through verbatim, -1 and 64 bits too. */
TEST_F(state, T12_status_is_verbatim)
{
	static const int64_t values[] = { 0, 1, -1, -EINTR, INT64_MAX, INT64_MIN, 1LL << 40 };
	unsigned int i;

	ASSERT_EQ(0, make_client(self, UNBLOCK));
	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		ASSERT_EQ(0, block_reply(self));
		ASSERT_EQ(0, reply(self, values[i]));
		ASSERT_EQ(0, client_wait(self->c));
		EXPECT_EQ(0, self->c->ret);
		EXPECT_EQ(0, self->c->args.out_error);
		EXPECT_EQ(values[i], self->c->args.out_status);
	}
}

/* S2.14: the errno is the client's, no data, and the call itself succeeded. */
TEST_F(state, T12_error_is_the_clients_errno)
{
	static const int errors[] = { EIO, EINTR, ETIMEDOUT, ESRCH, ENOSYS, 133 };
	unsigned int i;

	ASSERT_EQ(0, make_client(self, UNBLOCK));
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		ASSERT_EQ(0, block_reply(self));
		ASSERT_EQ(0, qmsg_msg_error(self->q, self->rcvid, errors[i]));
		ASSERT_EQ(0, client_wait(self->c));
		EXPECT_EQ(0, self->c->ret);
		EXPECT_EQ(errors[i], self->c->args.out_error);
		EXPECT_EQ(0U, self->c->args.out_reply_len);
		EXPECT_EQ(CLIENT_FILL, self->c->reply[0]);
	}
}

/* S2.14: EOK makes MsgSend return 0. */
TEST_F(state, T12_error_0_is_success)
{
	ASSERT_EQ(0, make_reply_blocked(self, PLAIN));
	EXPECT_EQ(0, qmsg_msg_error(self->q, self->rcvid, 0));
	EXPECT_EQ(0, result(self));
	EXPECT_EQ(0, self->c->args.out_error);
	EXPECT_EQ(0, self->c->args.out_status);
}

/* One answer wins, the second is refused and touches nothing. */
TEST_F(state, T12_second_answer_is_ESRCH)
{
	ASSERT_EQ(0, make_reply_blocked(self, PLAIN));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 1, "one", 4));
	EXPECT_EQ(1, result(self));
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(self->q, self->rcvid, 2, "two", 4));
	EXPECT_EQ(-ESRCH, qmsg_msg_error(self->q, self->rcvid, EIO));
	EXPECT_STREQ("one", self->c->reply);
}

/* S11.1, P1: the next request of the same thread is not reached by the old receive id. */
TEST_F(state, T12_old_receive_id_does_not_reach_the_next_request)
{
	int64_t old;

	ASSERT_EQ(0, make_reply_blocked(self, PLAIN));
	old = self->rcvid;
	ASSERT_EQ(0, reply(self, 1));
	ASSERT_EQ(1, result(self));
	ASSERT_EQ(0, block_reply(self));
	EXPECT_NE(old, self->rcvid);
	EXPECT_TRUE(is_dead(self->q, old));
	EXPECT_EQ(0, wait_for_client(self->c, "REPLY"));
	EXPECT_EQ(0, reply(self, 2));
	EXPECT_EQ(2, result(self));
}

/* T13: executed again from scratch: a new request with a new id, and new bytes. */
TEST_F(state, T13_ERESTART_queues_again)
{
	int64_t old;
	char buf[8];

	ASSERT_EQ(0, make_reply_blocked(self, PLAIN));
	old = self->rcvid;
	strcpy(self->c->message, "gnip");
	ASSERT_EQ(0, qmsg_msg_error(self->q, old, ERESTART));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
	EXPECT_TRUE(is_dead(self->q, old));
	self->rcvid = receive_now(self->q, self->chid, buf, sizeof(buf), NULL);
	ASSERT_LT(0, self->rcvid);
	EXPECT_NE(old, self->rcvid);
	EXPECT_STREQ("gnip", buf);
	EXPECT_FALSE(client_done(self->c));
	EXPECT_EQ(0, reply(self, 5));
	EXPECT_EQ(5, result(self));
}

TEST_F(state, T13_ERESTART_goes_to_a_waiting_receiver)
{
	struct receiver *r;

	ASSERT_EQ(0, make_reply_blocked(self, UNBLOCK));
	r = receiver_new(self->me, self->chid);
	ASSERT_EQ(0, receiver_go_blocked(r));
	ASSERT_EQ(0, qmsg_msg_error(self->q, self->rcvid, ERESTART));
	ASSERT_EQ(0, receiver_wait(r));
	ASSERT_LT(0, receiver_result(r));
	EXPECT_NE(self->rcvid, receiver_result(r));
	EXPECT_STREQ("ping", r->buf.bytes);
	EXPECT_EQ(0U, r->info.unblock_reasons);
	EXPECT_EQ(0, qmsg_msg_reply(self->q, receiver_result(r), 6, NULL, 0));
	EXPECT_EQ(6, result(self));
}

/* T13 again and again: no state is kept from one execution to the next. */
TEST_F(state, T13_ERESTART_can_be_repeated)
{
	int i, n = few_rounds(20);

	ASSERT_EQ(0, make_client(self, UNBLOCK));
	ASSERT_EQ(0, block_reply(self));
	for (i = 0; i < n; i++) {
		ASSERT_EQ(0, qmsg_msg_error(self->q, self->rcvid, ERESTART));
		self->rcvid = receive_soon(self->q, self->chid, NULL, 0, NULL);
		ASSERT_LT(0, self->rcvid);
	}
	EXPECT_EQ(0, reply(self, i));
	EXPECT_EQ(n, result(self));
}

/* T13: deadlines are absolute; a restart does not lengthen them (D8). */
TEST_F(state, T13_ERESTART_after_the_deadline_is_ETIMEDOUT)
{
	uint64_t deadline;

	ASSERT_EQ(0, make_client(self, UNBLOCK));
	deadline = deadline_in_ms(500);
	self->c->args.reply_deadline = deadline;
	self->c->args.send_deadline = deadline;
	ASSERT_EQ(0, client_send(self->c));
	self->rcvid = receive_soon(self->q, self->chid, NULL, 0, NULL);
	ASSERT_LT(0, self->rcvid);
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY+R"));
	ASSERT_EQ(0, qmsg_msg_error(self->q, self->rcvid, ERESTART));
	EXPECT_EQ(-ETIMEDOUT, result(self));
	EXPECT_LE(deadline, now_ns());
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

TEST_F(state, T14_signal_leaves_with_EINTR)
{
	ASSERT_EQ(0, make_reply_blocked_handled(self, PLAIN));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	EXPECT_LEFT(EINTR);
	EXPECT_EQ(1, self->c->w.handled_at_return);
}

TEST_F(state, T14_SA_RESTART_does_not_restart)
{
	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR2, SA_RESTART));
	ASSERT_EQ(0, make_reply_blocked(self, PLAIN));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR2));
	EXPECT_LEFT(EINTR);
	EXPECT_EQ(1, self->c->w.handled_at_return);
}

TEST_F(state, T14_reply_deadline_leaves_with_ETIMEDOUT)
{
	uint64_t ms, deadline = 0;

	ASSERT_EQ(0, make_client(self, PLAIN));
	for (ms = 250; ms < 30000 && self->rcvid <= 0; ms *= 4) {
		deadline = deadline_in_ms(ms);
		self->c->args.reply_deadline = deadline;
		ASSERT_EQ(0, client_send(self->c));
		ASSERT_TRUE(wait_until(channel_field(self, "queued") || client_done(self->c)));
		self->rcvid = receive_now(self->q, self->chid, NULL, 0, NULL);
	}
	ASSERT_LT(0, self->rcvid);
	EXPECT_LEFT(ETIMEDOUT);
	EXPECT_LE(deadline, now_ns());
}

/* S1.30 g */
TEST_F(state, T14_sibling_detach_leaves_with_EBADF)
{
	ASSERT_EQ(0, make_reply_blocked(self, PLAIN));
	ASSERT_EQ(0, peer_detach(self->peer, self->c->args.coid));
	EXPECT_LEFT(EBADF);
}

/* S1.13: the link of the message goes at once, then DISCONNECT; every rcvid is dead. */
TEST_F(state, T14_sibling_detach_gives_DISCONNECT)
{
	struct qmsg_pulse pulse;

	ASSERT_EQ(0, make_reply_blocked(self, QMSG_CHF_DISCONNECT));
	ASSERT_EQ(0, peer_detach(self->peer, self->c->args.coid));
	EXPECT_EQ(-EBADF, result(self));
	ASSERT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_DISCONNECT, &pulse));
	EXPECT_EQ(self->info.scoid, pulse.scoid);
	EXPECT_TRUE(is_dead(self->q, self->rcvid));
}

/* The server's late answer after the client has left and sent again (R1, P1). */
TEST_F(state, T14_late_reply_does_not_reach_the_next_request)
{
	int64_t old;

	ASSERT_EQ(0, make_reply_blocked_handled(self, PLAIN));
	old = self->rcvid;
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	ASSERT_EQ(-EINTR, result(self));
	ASSERT_EQ(0, block_reply(self));
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(self->q, old, 1, "late", 5));
	EXPECT_EQ(0, wait_for_client(self->c, "REPLY"));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 2, "true", 5));
	EXPECT_EQ(2, result(self));
	EXPECT_STREQ("true", self->c->reply);
}

/* T28, S2.10, S2.11: reading, writing and looking change nothing. */
static void look_around(struct __test_metadata *_metadata, scene *self, unsigned int flags)
{
	struct qmsg_msg_info info;
	char buf[8] = "";

	EXPECT_EQ(5, qmsg_msg_read(self->q, self->rcvid, buf, sizeof(buf), 0));
	EXPECT_STREQ("ping", buf);
	EXPECT_EQ(2, qmsg_msg_read(self->q, self->rcvid, buf, 2, 1));
	EXPECT_EQ(3, qmsg_msg_write(self->q, self->rcvid, "abc", 3, 10));
	EXPECT_EQ(0, qmsg_msg_info(self->q, self->rcvid, &info));
	EXPECT_EQ(flags, info.flags & (QMSG_MI_UNBLOCK_REQ | QMSG_MI_CLIENT_GONE));
	EXPECT_FALSE(client_done(self->c));
	EXPECT_EQ(0, reply(self, 8));
	EXPECT_EQ(8, result(self));
	EXPECT_EQ(0, memcmp("abc", self->c->reply + 10, 3));
}

TEST_F(state, T28_read_write_info_in_REPLY)
{
	ASSERT_EQ(0, make_reply_blocked(self, PLAIN));
	look_around(_metadata, self, 0);
}

TEST_F(state, T28_read_write_info_in_REPLY_on_UNBLOCK_channel)
{
	ASSERT_EQ(0, make_reply_blocked(self, UNBLOCK));
	look_around(_metadata, self, 0);
}

TEST_F(state, T28_read_write_info_in_REPLY_R)
{
	ASSERT_EQ(0, make_unblock_requested(self));
	look_around(_metadata, self, QMSG_MI_UNBLOCK_REQ);
}

TEST_HARNESS_MAIN
