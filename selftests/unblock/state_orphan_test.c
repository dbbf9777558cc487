// SPDX-License-Identifier: GPL-2.0-only
/* D7: what the server has in hand when a killed client has left after its grace. */
#include "kill_scene.h"

#define MAKE_ORPHAN(flags) \
	ASSERT_EQ(0, make_orphan(self, variant->leader, variant->sig, flags))

TEST_F(killed, T29_orphan_is_seen_by_MsgInfo)
{
	struct qmsg_msg_info info;

	MAKE_ORPHAN(0);
	ASSERT_EQ(0, qmsg_msg_info(self->q, self->rcvid, &info));
	EXPECT_EQ(FLAGS_ORPHAN, info.flags & FLAGS_ORPHAN);
	EXPECT_EQ(QMSG_UNBLOCK_KILL, info.unblock_reasons);
	EXPECT_EQ(self->rcvid, info.rcvid);
	EXPECT_EQ(self->info.scoid, info.scoid);
	EXPECT_EQ(self->chid, info.chid);
}

/* The pulse stands for the orphan as it stood for the client. */
TEST_F(killed, T29_orphans_pulse_can_still_be_received)
{
	MAKE_ORPHAN(0);
	EXPECT_EQ(0, expect_unblock(self));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	EXPECT_EQ(FLAGS_ORPHAN, info_flags(self));
}

/* Reading and writing touch nothing of the dead, and do not end the orphan. */
TEST_F(killed, T29_read_and_write_of_orphan_are_ESRCH)
{
	char byte = 0;

	MAKE_ORPHAN(0);
	EXPECT_EQ(-ESRCH, qmsg_msg_read(self->q, self->rcvid, &byte, 1, 0));
	EXPECT_EQ(-ESRCH, qmsg_msg_write(self->q, self->rcvid, &byte, 1, 0));
	EXPECT_EQ(FLAGS_ORPHAN, info_flags(self));
	EXPECT_EQ(1, read_channel(self->me->pid, self->q, self->chid, "orphans"));
}

TEST_F(killed, T29_reply_ends_the_orphan_with_ESRCH)
{
	MAKE_ORPHAN(0);
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(self->q, self->rcvid, 0, "x", 1));
	EXPECT_EQ(-ESRCH, info_flags(self));
	EXPECT_EQ(0, wait_channel(self, "orphans", 0));
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(self->q, self->rcvid, 0, "x", 1));
}

TEST_F(killed, T29_error_ends_the_orphan_with_ESRCH)
{
	MAKE_ORPHAN(0);
	EXPECT_EQ(-ESRCH, qmsg_msg_error(self->q, self->rcvid, QMSG_ERROR_REASON));
	EXPECT_EQ(-ESRCH, info_flags(self));
	EXPECT_EQ(0, wait_channel(self, "orphans", 0));
}

/* S5.12 */
TEST_F(killed, T21_ending_the_orphan_withdraws_its_pulse)
{
	MAKE_ORPHAN(0);
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(self->q, self->rcvid, 0, NULL, 0));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

/* T30: the link is kept until the orphan is ended; DISCONNECT comes after it. */
TEST_F(killed, T30_orphan_keeps_the_scoid)
{
	struct qmsg_pulse pulse;

	MAKE_ORPHAN(QMSG_CHF_DISCONNECT);
	ASSERT_EQ(0, expect_unblock(self));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	EXPECT_EQ(-EINVAL, qmsg_connect_detach(self->q, self->info.scoid));
	EXPECT_EQ(-ESRCH, qmsg_msg_error(self->q, self->rcvid, EINTR));
	ASSERT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_DISCONNECT, &pulse));
	EXPECT_EQ(self->info.scoid, pulse.scoid);
	EXPECT_EQ(0, qmsg_connect_detach(self->q, pulse.scoid));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

/* The reply half of a fused call: refused, and the receive goes on. */
TEST_F(killed, T29_reply_receive_ends_the_orphan)
{
	struct qmsg_msg_reply_receive args = {
		.rcvid = 0, .chid = 0, .deadline = 0,
	};

	MAKE_ORPHAN(0);
	ASSERT_EQ(0, expect_unblock(self));
	args.rcvid = self->rcvid;
	args.chid = self->chid;
	EXPECT_EQ(-ETIMEDOUT, qmsg_msg_reply_receive_with(self->q, &args));
	EXPECT_EQ(ESRCH, args.out_reply_error);
	EXPECT_EQ(0, args.rcvid);
	EXPECT_EQ(0, wait_channel(self, "orphans", 0));
}

/* T25: an orphan goes with its channel. */
TEST_F(killed, T25_channel_destroyed_ends_the_orphan)
{
	MAKE_ORPHAN(QMSG_CHF_DISCONNECT);
	ASSERT_EQ(0, peer_destroy(self->me, self->chid));
	EXPECT_EQ(-ESRCH, info_flags(self));
}

/* S5.6: the next client of the channel has nothing of it. */
TEST_F(killed, T29_orphan_does_not_disturb_the_next_client)
{
	struct client *next;
	int64_t rcvid;

	MAKE_ORPHAN(0);
	ASSERT_EQ(0, expect_unblock(self));
	next = client_connect(self->me, self->me->pid, self->chid);
	ASSERT_NE(NULL, next);
	rcvid = client_send_received(next, self->q, self->chid, NULL);
	ASSERT_LT(0, rcvid);
	EXPECT_NE(self->rcvid, rcvid);
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(self->q, self->rcvid, 1, NULL, 0));
	EXPECT_FALSE(client_done(next));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, rcvid, 2, NULL, 0));
	EXPECT_EQ(0, client_wait(next));
	EXPECT_EQ(2, client_result(next));
}

TEST_HARNESS_MAIN
