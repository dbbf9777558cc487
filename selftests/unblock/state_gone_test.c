// SPDX-License-Identifier: GPL-2.0-only
/* Rows T25, T27 and the column "channel or server gone" of the table (S5.22). */
#include "scene.h"

#define EXPECT_GONE() do {							\
	EXPECT_EQ(-ESRCH, result(self));					\
	EXPECT_TRUE(is_dead(self->q, self->rcvid));				\
	ASSERT_EQ(0, client_send(self->c));					\
	EXPECT_EQ(-EBADF, result(self));					\
} while (0)

TEST_F(state, T25_channel_destroyed_in_reply)
{
	ASSERT_EQ(0, make_reply_blocked(self, PLAIN));
	ASSERT_EQ(0, peer_destroy(self->me, self->chid));
	EXPECT_GONE();
}

TEST_F(state, T25_channel_destroyed_in_reply_unblock)
{
	ASSERT_EQ(0, make_reply_blocked(self, UNBLOCK));
	ASSERT_EQ(0, peer_destroy(self->me, self->chid));
	EXPECT_GONE();
}

/* R9: the pulse goes with the channel, the client gets ESRCH and then its handler. */
TEST_F(state, T25_channel_destroyed_with_the_pulse_queued)
{
	ASSERT_EQ(0, make_unblock_requested(self));
	ASSERT_EQ(0, peer_destroy(self->me, self->chid));
	EXPECT_EQ(-ESRCH, result(self));
	EXPECT_EQ(1, self->c->w.handled_at_return);
	EXPECT_TRUE(is_dead(self->q, self->rcvid));
}

/* R9: who holds the pulse gets ESRCH from MsgInfo. */
TEST_F(state, T25_channel_destroyed_with_the_pulse_received)
{
	ASSERT_EQ(0, make_unblock_requested(self));
	ASSERT_EQ(0, expect_unblock(self));
	ASSERT_EQ(0, peer_destroy(self->me, self->chid));
	EXPECT_GONE();
}

/* S5.6, S11.4: the request on another channel after that starts from nothing. */
TEST_F(state, T25_no_phantom_request_on_the_next_channel)
{
	ASSERT_EQ(0, make_unblock_requested(self));
	ASSERT_EQ(0, peer_destroy(self->me, self->chid));
	ASSERT_EQ(-ESRCH, result(self));
	self->chid = peer_channel(self->me, UNBLOCK);
	self->c->args.coid = peer_attach(self->peer, self->me->pid, self->chid,
					 QMSG_SIDE_CHANNEL, 0);
	ASSERT_EQ(0, block_reply(self));
	EXPECT_EQ(0, request_flags(self->q, self->rcvid) & QMSG_MI_UNBLOCK_REQ);
	EXPECT_EQ(0, request_reasons(self->q, self->rcvid));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	EXPECT_EQ(0, expect_unblock(self));
	EXPECT_EQ(0, reply(self, 3));
	EXPECT_EQ(3, result(self));
}

/* All of them, in every state, by one destroy. */
TEST_F(state, T25_channel_destroyed_releases_everybody)
{
	struct client *queued;
	struct receiver *r;

	ASSERT_EQ(0, make_unblock_requested(self));
	queued = client_blocked(self->peer, self->me->pid, self->chid);
	ASSERT_NE(NULL, queued);
	r = receiver_new(self->me, self->chid);
	r->args.flags = QMSG_RECEIVE_PULSE;
	ASSERT_EQ(0, expect_unblock(self));
	ASSERT_EQ(0, receiver_go_blocked(r));
	ASSERT_EQ(0, peer_destroy(self->me, self->chid));
	EXPECT_EQ(-ESRCH, result(self));
	EXPECT_EQ(0, client_wait(queued));
	EXPECT_EQ(-ESRCH, client_result(queued));
	EXPECT_EQ(0, receiver_wait(r));
	EXPECT_EQ(-ESRCH, receiver_result(r));
}

/* The end of the server's context is the end of its channels. */
TEST_F(state, T25_server_closes_its_context)
{
	struct peer *server = peer_fork();
	int chid;

	ASSERT_NE(NULL, server);
	ASSERT_LE(0, peer_open(server));
	chid = peer_channel(server, UNBLOCK);
	self->c = client_blocked(self->peer, server->pid, chid);
	ASSERT_NE(NULL, self->c);
	ASSERT_EQ(0, peer_close(server, server->q));
	EXPECT_EQ(-ESRCH, result(self));
	ASSERT_EQ(0, client_send(self->c));
	EXPECT_EQ(-EBADF, result(self));
	EXPECT_EQ(0, peer_end(server));
}

/* A client that is held by a server process, which is then killed. */
static void server_killed(struct __test_metadata *_metadata, scene *self, unsigned int flags,
			  int sig)
{
	struct peer *server = peer_fork();
	struct receiver *r;
	int chid;

	ASSERT_NE(NULL, server);
	ASSERT_LE(0, peer_open(server));
	chid = peer_channel(server, flags);
	r = receiver_new(server, chid);
	self->c = client_connect(self->peer, server->pid, chid);
	ASSERT_NE(NULL, self->c);
	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR1, 0));
	ASSERT_EQ(0, receiver_go_blocked(r));
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, receiver_wait(r));
	ASSERT_LT(0, receiver_result(r));
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY"));
	if (flags & UNBLOCK) {
		ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
		ASSERT_EQ(0, wait_for_client(self->c, "REPLY+R"));
	}
	ASSERT_EQ(0, peer_kill(server, sig));
	EXPECT_EQ(-ESRCH, result(self));
	EXPECT_EQ(0, peer_reap(server, NULL));
	ASSERT_EQ(0, client_send(self->c));
	EXPECT_EQ(-EBADF, result(self));
}

TEST_F(state, T25_server_killed_in_reply)
{
	server_killed(_metadata, self, PLAIN, SIGKILL);
}

TEST_F(state, T25_server_killed_in_reply_unblock_requested)
{
	server_killed(_metadata, self, UNBLOCK, SIGKILL);
}

TEST_F(state, T25_server_terminated_in_reply_unblock_requested)
{
	server_killed(_metadata, self, UNBLOCK, SIGTERM);
}

/* A receiver that takes one message and ends; another thread answers (S1.30 k). */
static void receiving_thread_ends(struct __test_metadata *_metadata, scene *self)
{
	struct receiver *r = receiver_new(self->me, self->chid);

	ASSERT_EQ(0, receiver_go(r));
	ASSERT_EQ(0, receiver_wait(r));
	self->rcvid = receiver_result(r);
	self->info = r->info;
	ASSERT_LT(0, self->rcvid);
	ASSERT_EQ(0, worker_stop(&r->w));
	EXPECT_EQ(0, wait_for_client(self->c, "REPLY"));
	EXPECT_FALSE(client_done(self->c));
}

TEST_F(state, T27_receiving_thread_exits_and_another_replies)
{
	ASSERT_EQ(0, make_send_blocked(self, PLAIN));
	receiving_thread_ends(_metadata, self);
	EXPECT_EQ(0, reply(self, 5));
	EXPECT_EQ(5, result(self));
}

TEST_F(state, T27_receiving_thread_exits_and_the_unblock_pulse_still_comes)
{
	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR1, 0));
	ASSERT_EQ(0, make_send_blocked(self, UNBLOCK));
	receiving_thread_ends(_metadata, self);
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	EXPECT_EQ(0, expect_unblock(self));
	EXPECT_EQ(0, qmsg_msg_error(self->q, self->rcvid, QMSG_ERROR_REASON));
	EXPECT_EQ(-EINTR, result(self));
}

TEST_HARNESS_MAIN
