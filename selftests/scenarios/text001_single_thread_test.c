// SPDX-License-Identifier: GPL-2.0-only
/*
 * Source 001, the single-threaded server: the table row by row, the two ways to act on
 * the pulse, and what happens without the flag. One thread is the whole server.
 */
#include "kselftest_harness.h"
#include "../races/chart.h"

#define CODE_HARDWARE	5	/* a pulse of the server's own hardware */

FIXTURE(single) {
	struct chart s;
	struct player *client, *server;
};

FIXTURE_VARIANT(single) {
	unsigned int flags;
};

FIXTURE_VARIANT_ADD(single, unblock) { .flags = QMSG_CHF_UNBLOCK };
FIXTURE_VARIANT_ADD(single, no_unblock) { .flags = 0 };

FIXTURE_SETUP(single)
{
	ASSERT_EQ(0, chart_open(&self->s, variant->flags, 31));
	self->client = &self->s.c;
	self->server = &self->s.w;
}

FIXTURE_TEARDOWN(single)
{
	chart_close(&self->s);
}

static bool is_unblock(const FIXTURE_VARIANT(single) *variant)
{
	return variant->flags & QMSG_CHF_UNBLOCK;
}

TEST_F(single, table_of_the_text)
{
	if (!is_unblock(variant))
		SKIP(return, "the table is about the flag");

	/* Client sends to server: blocked, processing */
	ASSERT_EQ(0, sends(self->client, 1));
	ASSERT_EQ(0, receives(self->server));
	ASSERT_EQ(0, becomes(self->client, "REPLY"));
	EXPECT_EQ(0, self->server->info.flags & QMSG_MI_UNBLOCK_REQ);

	/* Client gets hit with signal: blocked, processing */
	ASSERT_EQ(0, asks_to_leave(self->client));
	EXPECT_FALSE(worker_is_done(&self->client->w));
	EXPECT_EQ(0, atomic_load(&self->client->w.handled));

	/* Kernel sends pulse to server: blocked, still processing the first message */
	EXPECT_EQ(1, read_channel(getpid(), self->s.qs, self->s.chid, "pulses"));
	EXPECT_TRUE(is_now(self->client, "REPLY+R"));

	/* Server completes the first request: client unblocked with correct data */
	EXPECT_EQ(0, replies(self->server));
	ASSERT_EQ(0, ends(self->client));
	EXPECT_TRUE(answered(self->client, 1));
	EXPECT_EQ(1, self->client->w.handled_at_return);

	/* The pulse the server would now "most likely ignore" was taken back (S5.12) */
	EXPECT_EQ(0, expect_nothing(self->s.qs, self->s.chid));
}

/* "The problem is limited to multithreaded servers": B waits in SEND, A is wasted work. */
TEST_F(single, without_the_flag_work_is_wasted)
{
	if (is_unblock(variant))
		SKIP(return, "about a channel without the flag");
	ASSERT_EQ(0, sends(self->client, 1));
	ASSERT_EQ(0, receives(self->server));
	ASSERT_EQ(0, becomes(self->client, "REPLY"));
	ASSERT_EQ(0, is_hit(self->client));
	EXPECT_EQ(-EINTR, ends(self->client));
	EXPECT_TRUE(no_pulse(&self->s));

	ASSERT_EQ(0, sends(self->client, 2));
	ASSERT_EQ(0, becomes(self->client, "SEND"));
	EXPECT_EQ(-ESRCH, replies(self->server));
	EXPECT_TRUE(is_now(self->client, "SEND"));
	ASSERT_EQ(0, receives(self->server));
	EXPECT_EQ(2, self->server->number);
	EXPECT_EQ(0, replies(self->server));
	ASSERT_EQ(0, ends(self->client));
	EXPECT_TRUE(answered(self->client, 2));
}

/* The second case: hardware does the work, the thread is back in MsgReceive. */
TEST_F(single, waiting_for_hardware_the_server_gets_the_unblock_pulse)
{
	int64_t parked;

	if (!is_unblock(variant))
		SKIP(return, "about the flag");
	ASSERT_EQ(0, sends(self->client, 1));
	ASSERT_EQ(0, receives(self->server));
	parked = self->server->rcvid;
	ASSERT_EQ(0, player_start(self->server, act_receive));
	ASSERT_EQ(0, becomes(self->client, "REPLY"));
	ASSERT_EQ(0, is_hit(self->client));
	ASSERT_EQ(0, player_end(self->server));
	ASSERT_TRUE(got_unblock(self->server, parked));
	EXPECT_EQ(0, fails(self->server, parked, EINTR));
	ASSERT_EQ(0, ends(self->client));
	EXPECT_TRUE(aborted(self->client, EINTR));

	/* the client's next request is served as if nothing had been */
	ASSERT_EQ(0, sends(self->client, 2));
	ASSERT_EQ(0, receives(self->server));
	EXPECT_EQ(0, replies(self->server));
	ASSERT_EQ(0, ends(self->client));
	EXPECT_TRUE(answered(self->client, 2));
}

/* ... or the hardware's pulse, and answers with the result; rcvid 0 tells the pulse. */
TEST_F(single, waiting_for_hardware_the_server_gets_its_pulse)
{
	int coid = qmsg_connect_attach(self->s.qs, 0, self->s.chid, QMSG_SIDE_CHANNEL, 0);
	int64_t parked;

	ASSERT_LT(0, coid);
	ASSERT_EQ(0, sends(self->client, 1));
	ASSERT_EQ(0, receives(self->server));
	parked = self->server->rcvid;
	ASSERT_EQ(0, player_start(self->server, act_receive));
	ASSERT_EQ(0, qmsg_pulse_send(self->s.qs, coid, 1, CODE_HARDWARE, 0x12345678));
	ASSERT_EQ(0, player_end(self->server));
	EXPECT_EQ(0, self->server->rcvid);
	EXPECT_EQ(0, self->server->pulse.type);
	EXPECT_EQ(0, self->server->pulse.subtype);
	EXPECT_EQ(CODE_HARDWARE, self->server->pulse.code);
	EXPECT_EQ(0x12345678, self->server->pulse.value);
	self->server->rcvid = parked;
	EXPECT_EQ(0, replies(self->server));
	ASSERT_EQ(0, ends(self->client));
	EXPECT_TRUE(answered(self->client, 1));
}

/* MsgReceivePulse: the client stays SEND-blocked, pulses come through meanwhile. */
TEST_F(single, receiving_pulses_only_leaves_the_client_queued)
{
	int coid = qmsg_connect_attach(self->s.qs, 0, self->s.chid, QMSG_SIDE_CHANNEL, 0);
	struct qmsg_pulse pulse;

	ASSERT_LT(0, coid);
	ASSERT_EQ(0, sends(self->client, 1));
	ASSERT_EQ(0, becomes(self->client, "SEND"));
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, qmsg_pulse_send(self->s.qs, coid, 1, i, 0));
		ASSERT_EQ(0, qmsg_msg_receive_pulse(self->s.qs, self->s.chid, &pulse,
						    sizeof(pulse), NULL));
		EXPECT_EQ(i, pulse.code);
		EXPECT_TRUE(is_now(self->client, "SEND"));
	}
	ASSERT_EQ(0, receives(self->server));
	EXPECT_EQ(1, self->server->number);
	EXPECT_EQ(0, replies(self->server));
	ASSERT_EQ(0, ends(self->client));
	EXPECT_TRUE(answered(self->client, 1));
}

/* "In either case, the server must reply to the client, otherwise it remains blocked." */
TEST_F(single, without_an_answer_the_client_remains_blocked)
{
	if (!is_unblock(variant))
		SKIP(return, "about the flag");
	ASSERT_EQ(0, sends(self->client, 1));
	ASSERT_EQ(0, receives(self->server));
	ASSERT_EQ(0, becomes(self->client, "REPLY"));
	ASSERT_EQ(0, asks_to_leave(self->client));
	ASSERT_EQ(0, player_do(self->server, act_receive));
	EXPECT_EQ(QMSG_PULSE_CODE_UNBLOCK, self->server->pulse.code);
	for (int i = 0; i < 100; i++) {
		ASSERT_EQ(0, is_hit(self->client));
		ASSERT_TRUE(is_now(self->client, "REPLY+R"));
	}
	EXPECT_EQ(0, expect_nothing(self->s.qs, self->s.chid));
	EXPECT_EQ(0, atomic_load(&self->client->w.handled));
	EXPECT_EQ(0, qmsg_msg_error(self->s.qs, self->server->pulse.value, EINTR));
	ASSERT_EQ(0, ends(self->client));
	EXPECT_TRUE(aborted(self->client, EINTR));
	EXPECT_LE(1, self->client->w.handled_at_return);
}

TEST_HARNESS_MAIN
