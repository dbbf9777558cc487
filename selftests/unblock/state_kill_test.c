// SPDX-License-Identifier: GPL-2.0-only
/* Row T16 (kill) and the column "fatal signal" of the table; T20 and T21 with K. */
#include "kill_scene.h"

/* T8: queued: leaves at once, grace or not; the server never sees it. */
TEST_F(killed, T8_kill_in_send_leaves_at_once)
{
	ASSERT_EQ(0, make_client(self, QMSG_CHF_UNBLOCK, LONG_GRACE));
	ASSERT_EQ(0, start_client(self, variant->leader));
	ASSERT_EQ(0, wait_channel(self, "queued", 1));
	ASSERT_EQ(0, kill_client(self, variant->sig));
	EXPECT_EQ(0, client_died_of(self, variant->sig));
	EXPECT_EQ(0, wait_channel(self, "queued", 0));
	EXPECT_EQ(0, read_channel(self->me->pid, self->q, self->chid, "orphans"));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

TEST_F(killed, T8_kill_in_send_gives_DISCONNECT)
{
	struct qmsg_pulse pulse;

	ASSERT_EQ(0, make_client(self, QMSG_CHF_UNBLOCK | QMSG_CHF_DISCONNECT, LONG_GRACE));
	ASSERT_EQ(0, start_client(self, variant->leader));
	ASSERT_EQ(0, wait_channel(self, "queued", 1));
	ASSERT_EQ(0, kill_client(self, variant->sig));
	EXPECT_EQ(0, client_died_of(self, variant->sig));
	EXPECT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_DISCONNECT, &pulse));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

/* T14, S1.30 b: at once, no pulse, the receive id is dead. */
TEST_F(killed, T14_kill_in_reply_leaves_at_once)
{
	char byte;

	ASSERT_EQ(0, make_reply_blocked(self, variant->leader, 0, LONG_GRACE));
	ASSERT_EQ(0, kill_client(self, variant->sig));
	EXPECT_EQ(0, client_died_of(self, variant->sig));
	EXPECT_EQ(0, wait_channel(self, "received", 0));
	EXPECT_EQ(0, read_channel(self->me->pid, self->q, self->chid, "orphans"));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	EXPECT_EQ(-ESRCH, info_flags(self));
	EXPECT_EQ(-ESRCH, qmsg_msg_read(self->q, self->rcvid, &byte, 1, 0));
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(self->q, self->rcvid, 0, NULL, 0));
}

TEST_F(killed, T14_kill_in_reply_gives_DISCONNECT)
{
	struct qmsg_pulse pulse;

	ASSERT_EQ(0, make_reply_blocked(self, variant->leader, QMSG_CHF_DISCONNECT, LONG_GRACE));
	ASSERT_EQ(0, kill_client(self, variant->sig));
	EXPECT_EQ(0, client_died_of(self, variant->sig));
	EXPECT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_DISCONNECT, &pulse));
	EXPECT_EQ(self->info.scoid, pulse.scoid);
	EXPECT_EQ(-ESRCH, info_flags(self));
}

/* T16, S1.30 c: held, one pulse, REQ; it is not an orphan while it is held. */
TEST_F(killed, T16_kill_in_reply_unblock_posts_one_pulse_and_holds)
{
	struct qmsg_msg_info info;

	ASSERT_EQ(0, make_reply_blocked(self, variant->leader, QMSG_CHF_UNBLOCK, LONG_GRACE));
	ASSERT_EQ(0, kill_client(self, variant->sig));
	EXPECT_EQ(0, wait_for_client(self->c, "REPLY+K"));
	EXPECT_EQ(0, expect_unblock(self));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	EXPECT_EQ(0, qmsg_msg_info(self->q, self->rcvid, &info));
	EXPECT_EQ(QMSG_MI_UNBLOCK_REQ, info.flags & FLAGS_ORPHAN);
	EXPECT_EQ(QMSG_UNBLOCK_KILL, info.unblock_reasons);
	EXPECT_EQ(EINTR, info.unblock_error);
	EXPECT_FALSE(is_reapable(self->peer->pid));
	EXPECT_EQ(0, read_channel(self->me->pid, self->q, self->chid, "orphans"));
}

/* T22 with K: dies when the server has answered. */
TEST_F(killed, T22_killed_client_dies_when_answered)
{
	ASSERT_EQ(0, make_reply_blocked(self, variant->leader, QMSG_CHF_UNBLOCK, LONG_GRACE));
	ASSERT_EQ(0, kill_client(self, variant->sig));
	ASSERT_EQ(0, expect_unblock(self));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 0, "pong", 5));
	EXPECT_EQ(0, client_died_of(self, variant->sig));
	EXPECT_EQ(0, wait_channel(self, "received", 0));
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(self->q, self->rcvid, 0, NULL, 0));
}

/* T21 with K: the pulse that nobody has received is withdrawn. */
TEST_F(killed, T21_reply_to_killed_client_withdraws_the_pulse)
{
	ASSERT_EQ(0, make_reply_blocked(self, variant->leader, QMSG_CHF_UNBLOCK, LONG_GRACE));
	ASSERT_EQ(0, kill_client(self, variant->sig));
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY+K"));
	EXPECT_EQ(0, qmsg_msg_error(self->q, self->rcvid, QMSG_ERROR_REASON));
	EXPECT_EQ(0, client_died_of(self, variant->sig));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

/* T23 with K: a killed client does not send again. */
TEST_F(killed, T23_ERESTART_to_killed_client_does_not_send_again)
{
	ASSERT_EQ(0, make_reply_blocked(self, variant->leader, QMSG_CHF_UNBLOCK, LONG_GRACE));
	ASSERT_EQ(0, kill_client(self, variant->sig));
	ASSERT_EQ(0, expect_unblock(self));
	EXPECT_EQ(0, qmsg_msg_error(self->q, self->rcvid, ERESTART));
	EXPECT_EQ(0, client_died_of(self, variant->sig));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

/* T20: K after R: no second pulse, both reasons, the first one's errno. */
TEST_F(killed, T20_kill_after_detach_posts_no_second_pulse)
{
	struct qmsg_msg_info info;

	if (variant->leader)
		SKIP(return, "needs a second thread in the client");
	ASSERT_EQ(0, make_reply_blocked(self, false, QMSG_CHF_UNBLOCK, LONG_GRACE));
	ASSERT_EQ(0, peer_detach(self->peer, self->c->args.coid));
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY+R"));
	ASSERT_EQ(0, expect_unblock(self));
	ASSERT_EQ(0, kill_client(self, variant->sig));
	EXPECT_EQ(0, wait_for_client(self->c, "REPLY+K"));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	EXPECT_EQ(0, qmsg_msg_info(self->q, self->rcvid, &info));
	EXPECT_EQ(QMSG_UNBLOCK_DETACH | QMSG_UNBLOCK_KILL, info.unblock_reasons);
	EXPECT_EQ(EBADF, info.unblock_error);
	EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 0, NULL, 0));
	EXPECT_EQ(0, client_died_of(self, variant->sig));
}

/* T20: K after a handled signal; what the default action kills is not kept off (P3). */
TEST_F(killed, T20_kill_after_handled_signal_posts_no_second_pulse)
{
	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR1, 0));
	ASSERT_EQ(0, make_reply_blocked(self, variant->leader, QMSG_CHF_UNBLOCK, LONG_GRACE));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY+R"));
	ASSERT_EQ(0, kill_client(self, variant->sig));
	EXPECT_EQ(0, wait_for_client(self->c, "REPLY+K"));
	EXPECT_EQ(0, expect_unblock(self));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 0, NULL, 0));
	EXPECT_EQ(0, client_died_of(self, variant->sig));
}

/* T25 with K: released by the end of the channel, grace or not. */
TEST_F(killed, T25_channel_destroyed_releases_a_killed_client)
{
	ASSERT_EQ(0, make_reply_blocked(self, variant->leader, QMSG_CHF_UNBLOCK, LONG_GRACE));
	ASSERT_EQ(0, kill_client(self, variant->sig));
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY+K"));
	ASSERT_EQ(0, peer_destroy(self->me, self->chid));
	EXPECT_EQ(0, client_died_of(self, variant->sig));
	EXPECT_EQ(-ESRCH, info_flags(self));
}

/* The next thread that is asked about gets its answer: its receive id, or -errno. */
static int64_t answer_next(scene *self)
{
	struct qmsg_pulse pulse;
	int err = expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_UNBLOCK, &pulse);

	return err ?: qmsg_msg_reply(self->q, pulse.value, 0, NULL, 0) ?: (int64_t)pulse.value;
}

/*
 * Two threads of one process: each is asked about, once, and the process ends with the
 * second answer. At once, except for a signal that dumps core and has hit a held thread:
 * that one must be released before it kills its siblings (S5.21).
 */
TEST_F(killed, T16_every_blocked_thread_of_the_process_is_asked_about)
{
	struct client *second;
	int64_t rcvid, first;

	ASSERT_EQ(0, make_client(self, QMSG_CHF_UNBLOCK, LONG_GRACE));
	second = client_connect(self->peer, self->me->pid, self->chid);
	ASSERT_NE(NULL, second);
	rcvid = client_send_received(second, self->q, self->chid, NULL);
	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, start_client(self, variant->leader));
	self->rcvid = receive_soon(self->q, self->chid, NULL, 0, &self->info);
	ASSERT_LT(0, self->rcvid);
	ASSERT_EQ(0, kill_client(self, variant->sig));
	if (variant->sig != SIGQUIT) {
		EXPECT_EQ(0, wait_channel(self, "pulses", 2));
	}
	first = answer_next(self);
	EXPECT_TRUE(first == rcvid || first == self->rcvid);
	EXPECT_FALSE(is_reapable(self->peer->pid));
	EXPECT_EQ(rcvid ^ self->rcvid ^ first, answer_next(self));
	EXPECT_EQ(0, client_died_of(self, variant->sig));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

TEST_HARNESS_MAIN
