// SPDX-License-Identifier: GPL-2.0-only
/* Rows T6 - T11, row SEND of the table: the message has not been received. */
#include "scene.h"

/* The client has left, the entry with it, and nobody was told (S5.2). */
#define EXPECT_LEFT_UNSEEN(errno_) do {						\
	EXPECT_EQ(-(errno_), result(self));					\
	EXPECT_EQ(0, wait_channel(self, "queued", 0));				\
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));			\
} while (0)

TEST_F(state, T6_receive_makes_it_reply_blocked)
{
	ASSERT_EQ(0, make_send_blocked(self, PLAIN));
	self->rcvid = receive_now(self->q, self->chid, NULL, 0, &self->info);
	ASSERT_LT(0, self->rcvid);
	EXPECT_EQ(0, wait_for_client(self->c, "REPLY"));
	EXPECT_EQ(0, channel_field(self, "queued"));
	EXPECT_EQ(1, channel_field(self, "received"));
	EXPECT_EQ(0, reply(self, 0));
	EXPECT_EQ(0, result(self));
	EXPECT_EQ(0, channel_field(self, "received"));
}

/* S1.29: a receive that fails does not make it received. */
TEST_F(state, T6_failed_receive_leaves_it_queued)
{
	ASSERT_EQ(0, make_send_blocked(self, UNBLOCK));
	EXPECT_EQ(-EFAULT, receive_now(self->q, self->chid, (void *)16, 16, NULL));
	EXPECT_EQ(0, wait_for_client(self->c, "SEND"));
	EXPECT_EQ(1, channel_field(self, "queued"));
	EXPECT_LT(0, receive_now(self->q, self->chid, NULL, 0, NULL));
}

/* T7, S5.33: skipped when it would be received; the receiver takes the next entry. */
TEST_F(state, T7_past_reply_deadline_is_skipped_by_the_receiver)
{
	struct client *next;
	char buf[8];

	ASSERT_EQ(0, make_client(self, UNBLOCK));
	self->c->args.reply_deadline = 0;
	ASSERT_EQ(0, block_send(self));
	next = client_blocked(self->peer, self->me->pid, self->chid);
	ASSERT_NE(NULL, next);
	self->rcvid = receive_now(self->q, self->chid, buf, sizeof(buf), &self->info);
	ASSERT_LT(0, self->rcvid);
	EXPECT_EQ(next->w.tid, self->info.tid);
	EXPECT_EQ(-ETIMEDOUT, result(self));
	EXPECT_EQ(0, reply(self, 1));
	EXPECT_EQ(0, client_wait(next));
	EXPECT_EQ(1, client_result(next));
}

TEST_F(state, T8_signal_in_send_leaves_with_EINTR)
{
	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR1, 0));
	ASSERT_EQ(0, make_send_blocked(self, UNBLOCK));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	EXPECT_LEFT_UNSEEN(EINTR);
	EXPECT_EQ(1, self->c->w.handled_at_return);
}

TEST_F(state, T8_signal_in_send_leaves_with_EINTR_on_plain_channel)
{
	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR1, 0));
	ASSERT_EQ(0, make_send_blocked(self, PLAIN));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	EXPECT_LEFT_UNSEEN(EINTR);
}

/* S5.28 */
TEST_F(state, T8_SA_RESTART_does_not_restart_a_send)
{
	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR1, SA_RESTART));
	ASSERT_EQ(0, make_send_blocked(self, UNBLOCK));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	EXPECT_LEFT_UNSEEN(EINTR);
	EXPECT_EQ(1, self->c->w.handled_at_return);
}

TEST_F(state, T8_send_deadline_leaves_with_ETIMEDOUT)
{
	uint64_t deadline;

	ASSERT_EQ(0, make_client(self, UNBLOCK));
	deadline = deadline_in_ms(200);
	self->c->args.send_deadline = deadline;
	ASSERT_EQ(0, client_send(self->c));
	EXPECT_LEFT_UNSEEN(ETIMEDOUT);
	EXPECT_LE(deadline, now_ns());
}

/* S1.30 f */
TEST_F(state, T8_sibling_detach_leaves_with_EBADF)
{
	ASSERT_EQ(0, make_send_blocked(self, UNBLOCK));
	ASSERT_EQ(0, peer_detach(self->peer, self->c->args.coid));
	EXPECT_LEFT_UNSEEN(EBADF);
}

TEST_F(state, T8_sibling_detach_leaves_with_EBADF_on_plain_channel)
{
	ASSERT_EQ(0, make_send_blocked(self, PLAIN));
	ASSERT_EQ(0, peer_detach(self->peer, self->c->args.coid));
	EXPECT_LEFT_UNSEEN(EBADF);
}

/* The link of the message goes with it: DISCONNECT when it was the last (S1.13). */
TEST_F(state, T8_sibling_detach_gives_DISCONNECT_and_no_unblock_pulse)
{
	struct qmsg_pulse pulse;

	ASSERT_EQ(0, make_send_blocked(self, UNBLOCK | QMSG_CHF_DISCONNECT));
	ASSERT_EQ(0, peer_detach(self->peer, self->c->args.coid));
	EXPECT_EQ(-EBADF, result(self));
	ASSERT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_DISCONNECT, &pulse));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	EXPECT_EQ(0, qmsg_connect_detach(self->q, pulse.scoid));
}

/* One client leaves; the others keep their places. */
TEST_F(state, T8_the_rest_of_the_queue_keeps_its_order)
{
	struct client *first, *last;
	struct qmsg_msg_info info;

	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR1, 0));
	ASSERT_EQ(0, make_client(self, UNBLOCK));
	first = client_blocked(self->peer, self->me->pid, self->chid);
	ASSERT_NE(NULL, first);
	ASSERT_EQ(0, block_send(self));
	last = client_blocked(self->peer, self->me->pid, self->chid);
	ASSERT_NE(NULL, last);
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	EXPECT_EQ(-EINTR, result(self));
	ASSERT_LT(0, receive_now(self->q, self->chid, NULL, 0, &info));
	EXPECT_EQ(first->w.tid, info.tid);
	ASSERT_LT(0, receive_now(self->q, self->chid, NULL, 0, &info));
	EXPECT_EQ(last->w.tid, info.tid);
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

/* T9: a REPLY deadline says nothing about SEND ... */
TEST_F(state, T9_reply_deadline_does_not_end_SEND)
{
	uint64_t deadline = deadline_in_ms(100);

	ASSERT_EQ(0, make_client(self, UNBLOCK));
	self->c->args.reply_deadline = deadline;
	ASSERT_EQ(0, block_send(self));
	ASSERT_TRUE(wait_until(now_ns() > deadline + 50000000));
	EXPECT_FALSE(client_done(self->c));
	EXPECT_EQ(0, wait_for_client(self->c, "SEND"));
	/* ... but is past when the message would be received (T7). */
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	EXPECT_EQ(-ETIMEDOUT, result(self));
}

/* T9: it is armed on entering REPLY, after having queued (not the quirk S7.9). */
TEST_F(state, T9_reply_deadline_counts_after_having_queued)
{
	uint64_t ms;

	ASSERT_EQ(0, make_client(self, PLAIN));
	/* Received before the deadline, however slow the machine is. */
	for (ms = 250; ms < 30000 && self->rcvid <= 0; ms *= 4) {
		self->c->args.reply_deadline = deadline_in_ms(ms);
		ASSERT_EQ(0, block_send(self));
		self->rcvid = receive_now(self->q, self->chid, NULL, 0, NULL);
	}
	ASSERT_LT(0, self->rcvid);
	EXPECT_EQ(-ETIMEDOUT, result(self));
	EXPECT_TRUE(is_dead(self->q, self->rcvid));
}

/* A SEND deadline says nothing about REPLY (not the quirk S7.10). */
TEST_F(state, T9_send_deadline_does_not_end_REPLY)
{
	uint64_t deadline = 0, ms;

	ASSERT_EQ(0, make_client(self, PLAIN));
	for (ms = 250; ms < 30000 && self->rcvid <= 0; ms *= 4) {
		deadline = deadline_in_ms(ms);
		self->c->args.send_deadline = deadline;
		ASSERT_EQ(0, client_send(self->c));
		ASSERT_TRUE(wait_until(channel_field(self, "queued") || client_done(self->c)));
		self->rcvid = receive_now(self->q, self->chid, NULL, 0, NULL);
		if (self->rcvid <= 0) {
			ASSERT_EQ(-ETIMEDOUT, result(self));
		}
	}
	ASSERT_LT(0, self->rcvid);
	ASSERT_TRUE(wait_until(now_ns() > deadline + 50000000));
	EXPECT_EQ(0, wait_for_client(self->c, "REPLY"));
	EXPECT_EQ(0, reply(self, 4));
	EXPECT_EQ(4, result(self));
}

/* T10, S6.1: the queue is in the order of the priorities at the time of the receive. */
TEST_F(state, T10_queue_follows_priority_changes)
{
	struct qmsg_msg_info info;
	struct client *high;

	ASSERT_EQ(0, make_client(self, QMSG_CHF_FIXED_PRIORITY));
	self->c->w.priority = 10;
	ASSERT_EQ(0, block_send(self));
	high = client_connect(self->peer, self->me->pid, self->chid);
	ASSERT_NE(NULL, high);
	high->w.priority = 20;
	ASSERT_EQ(0, client_send(high));
	ASSERT_EQ(0, wait_for_client(high, "SEND"));
	ASSERT_EQ(0, set_fifo_priority(self->c->w.tid, 30));
	ASSERT_LT(0, receive_now(self->q, self->chid, NULL, 0, &info));
	EXPECT_EQ(self->c->w.tid, info.tid);
	EXPECT_EQ(30, info.priority);
	ASSERT_LT(0, receive_now(self->q, self->chid, NULL, 0, &info));
	EXPECT_EQ(high->w.tid, info.tid);
	EXPECT_EQ(20, info.priority);
}

/* T10 the other way: lowered below one that queued later. */
TEST_F(state, T10_queue_follows_a_priority_that_drops)
{
	struct qmsg_msg_info info;
	struct client *low;

	ASSERT_EQ(0, make_client(self, QMSG_CHF_FIXED_PRIORITY));
	self->c->w.priority = 20;
	ASSERT_EQ(0, block_send(self));
	low = client_connect(self->peer, self->me->pid, self->chid);
	ASSERT_NE(NULL, low);
	low->w.priority = 10;
	ASSERT_EQ(0, client_send(low));
	ASSERT_EQ(0, wait_for_client(low, "SEND"));
	ASSERT_EQ(0, set_fifo_priority(self->c->w.tid, 0));
	ASSERT_LT(0, receive_now(self->q, self->chid, NULL, 0, &info));
	EXPECT_EQ(low->w.tid, info.tid);
	ASSERT_LT(0, receive_now(self->q, self->chid, NULL, 0, &info));
	EXPECT_EQ(self->c->w.tid, info.tid);
	EXPECT_EQ(0, info.priority);
}

/* T10 without change, as the measure of the two above. */
TEST_F(state, T10_queue_is_by_priority)
{
	struct qmsg_msg_info info;
	struct client *high;

	ASSERT_EQ(0, make_client(self, QMSG_CHF_FIXED_PRIORITY));
	self->c->w.priority = 10;
	ASSERT_EQ(0, block_send(self));
	high = client_connect(self->peer, self->me->pid, self->chid);
	ASSERT_NE(NULL, high);
	high->w.priority = 20;
	ASSERT_EQ(0, client_send(high));
	ASSERT_EQ(0, wait_for_client(high, "SEND"));
	ASSERT_LT(0, receive_now(self->q, self->chid, NULL, 0, &info));
	EXPECT_EQ(high->w.tid, info.tid);
}

/* T11, S1.30 i */
TEST_F(state, T11_channel_destroyed_is_ESRCH)
{
	ASSERT_EQ(0, make_send_blocked(self, UNBLOCK));
	ASSERT_EQ(0, peer_destroy(self->me, self->chid));
	EXPECT_EQ(-ESRCH, result(self));
}

TEST_F(state, T11_channel_destroyed_is_ESRCH_on_plain_channel)
{
	ASSERT_EQ(0, make_send_blocked(self, PLAIN));
	ASSERT_EQ(0, peer_destroy(self->me, self->chid));
	EXPECT_EQ(-ESRCH, result(self));
}

/* T11: the server process is killed. Afterwards the connection is dead: EBADF (S1.34). */
TEST_F(state, T11_server_killed_is_ESRCH)
{
	struct peer *server = peer_fork();
	int chid;

	ASSERT_NE(NULL, server);
	ASSERT_LE(0, peer_open(server));
	chid = peer_channel(server, UNBLOCK);
	self->c = client_blocked(self->peer, server->pid, chid);
	ASSERT_NE(NULL, self->c);
	ASSERT_EQ(0, peer_kill(server, SIGKILL));
	EXPECT_EQ(-ESRCH, result(self));
	EXPECT_EQ(0, peer_reap(server, NULL));
	ASSERT_EQ(0, client_send(self->c));
	EXPECT_EQ(-EBADF, result(self));
}

TEST_HARNESS_MAIN
