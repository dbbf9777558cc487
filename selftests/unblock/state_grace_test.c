// SPDX-License-Identifier: GPL-2.0-only
/* Row T29 as qmsg has it (P3): how long a killed client is held, and for whom (D6). */
#include "kill_scene.h"

static uint64_t ms_since(uint64_t then)
{
	return (now_ns() - then) / 1000000;
}

/* T29 without a kill: a client that was only asked about stays for ever. */
TEST_F(killed, T29_unanswered_client_stays_without_a_kill)
{
	uint64_t until;

	ASSERT_EQ(0, write_param("kill_grace_ms", 50));
	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR1, 0));
	ASSERT_EQ(0, make_reply_blocked(self, variant->leader, QMSG_CHF_UNBLOCK, 0));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	ASSERT_EQ(0, expect_unblock(self));
	until = now_ns() + 150000000;
	ASSERT_TRUE(wait_until(now_ns() > until));
	EXPECT_EQ(0, wait_for_client(self->c, "REPLY+R"));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 3, NULL, 0));
	EXPECT_EQ(0, client_wait(self->c));
	EXPECT_EQ(3, client_result(self->c));
}

/* T29, P3: unanswered, a killed client leaves after its grace, not before. */
TEST_F(killed, T29_killed_client_leaves_after_the_channels_grace)
{
	ASSERT_EQ(0, make_reply_blocked(self, variant->leader, QMSG_CHF_UNBLOCK, 150));
	ASSERT_EQ(0, kill_client(self, variant->sig));
	EXPECT_EQ(0, expect_unblock(self));
	EXPECT_EQ(0, client_died_of(self, variant->sig));
	EXPECT_LE(150U, ms_since(self->killed_at));
	EXPECT_EQ(0, wait_channel(self, "orphans", 1));
}

/* D6: 0 is the module's parameter ... */
TEST_F(killed, T29_grace_of_the_module)
{
	ASSERT_EQ(0, write_param("kill_grace_ms", 120));
	ASSERT_EQ(0, make_reply_blocked(self, variant->leader, QMSG_CHF_UNBLOCK, 0));
	ASSERT_EQ(0, kill_client(self, variant->sig));
	EXPECT_EQ(0, client_died_of(self, variant->sig));
	EXPECT_LE(120U, ms_since(self->killed_at));
}

/* ... and a channel may ask for more: this client is still held long after that. */
TEST_F(killed, T29_channels_grace_can_be_longer_than_the_modules)
{
	uint64_t until;

	ASSERT_EQ(0, write_param("kill_grace_ms", 10));
	ASSERT_EQ(0, make_reply_blocked(self, variant->leader, QMSG_CHF_UNBLOCK, LONG_GRACE));
	ASSERT_EQ(0, kill_client(self, variant->sig));
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY+K"));
	until = now_ns() + 150000000;
	ASSERT_TRUE(wait_until(now_ns() > until));
	EXPECT_EQ(0, wait_for_client(self->c, "REPLY+K"));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 0, NULL, 0));
	EXPECT_EQ(0, client_died_of(self, variant->sig));
}

/* The default is what the documents say. */
TEST_F(killed, T29_defaults)
{
	struct qmsg_query query = { 0 };

	EXPECT_EQ(1000, read_param("kill_grace_ms"));
	EXPECT_EQ(60000, read_param("kill_grace_max_ms"));
	ASSERT_EQ(0, qmsg_query(self->q, &query));
	EXPECT_EQ(1000, query.out_kill_grace_ms);
	EXPECT_EQ(60000, query.out_kill_grace_max_ms);
}

/* D6: more than the administrator allows. */
TEST_F(killed, T29_grace_above_the_maximum_is_EPERM)
{
	ASSERT_EQ(0, write_param("kill_grace_max_ms", 2000));
	EXPECT_EQ(-EPERM, peer_channel_grace(self->me, QMSG_CHF_UNBLOCK, 2001));
	EXPECT_LT(0, peer_channel_grace(self->me, QMSG_CHF_UNBLOCK, 2000));
}

TEST_F(killed, T29_unlimited_grace_is_EPERM_unless_allowed)
{
	struct qmsg_query query = { 0 };

	EXPECT_EQ(-EPERM, peer_channel_grace(self->me, QMSG_CHF_UNBLOCK, QMSG_GRACE_UNLIMITED));
	ASSERT_EQ(0, write_param("kill_grace_max_ms", -1));
	EXPECT_LT(0, peer_channel_grace(self->me, QMSG_CHF_UNBLOCK, QMSG_GRACE_UNLIMITED));
	ASSERT_EQ(0, qmsg_query(self->q, &query));
	EXPECT_EQ(QMSG_GRACE_UNLIMITED, query.out_kill_grace_max_ms);
}

/* T29 as on QNX, where it is allowed: held until answered. */
TEST_F(killed, T29_unlimited_grace_holds_until_answered)
{
	uint64_t until;

	ASSERT_EQ(0, write_param("kill_grace_ms", 10));
	ASSERT_EQ(0, write_param("kill_grace_max_ms", -1));
	ASSERT_EQ(0, make_reply_blocked(self, variant->leader, QMSG_CHF_UNBLOCK,
					QMSG_GRACE_UNLIMITED));
	ASSERT_EQ(0, kill_client(self, variant->sig));
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY+K"));
	until = now_ns() + 300000000;
	ASSERT_TRUE(wait_until(now_ns() > until));
	EXPECT_EQ(0, wait_for_client(self->c, "REPLY+K"));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 0, NULL, 0));
	EXPECT_EQ(0, client_died_of(self, variant->sig));
}

/* D6: a held task is no load, and stands to no hung-task watch: it sleeps interruptibly or idle. */
TEST_F(killed, T29_held_client_does_not_count_as_uninterruptible)
{
	char state;

	ASSERT_EQ(0, make_reply_blocked(self, variant->leader, QMSG_CHF_UNBLOCK, LONG_GRACE));
	ASSERT_EQ(0, kill_client(self, variant->sig));
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY+K"));
	EXPECT_TRUE(wait_until((state = task_state(self->peer->pid, self->c->w.tid)) == 'S' ||
			       state == 'I'));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 0, NULL, 0));
}

/* A second kill changes nothing: neither at once, nor another pulse. */
TEST_F(killed, T29_second_kill_does_not_end_the_grace)
{
	ASSERT_EQ(0, make_reply_blocked(self, variant->leader, QMSG_CHF_UNBLOCK, 300));
	ASSERT_EQ(0, kill_client(self, variant->sig));
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY+K"));
	ASSERT_EQ(0, expect_unblock(self));
	ASSERT_EQ(0, peer_kill(self->peer, SIGKILL));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	EXPECT_EQ(0, client_died_of(self, 0));
	EXPECT_LE(300U, ms_since(self->killed_at));
}

TEST_HARNESS_MAIN
