// SPDX-License-Identifier: GPL-2.0-only
/* S4.17, S4.18, S4.19, S4.20, S4.21, S5.9, D12: how many pulses a channel holds, and which always find room. */
#include "kselftest_harness.h"
#include "qmsg_test.h"

FIXTURE(pool) {
	struct peer *me;
	int q;
	int chid;
	int coid;
};

#define LIMIT 4

FIXTURE_SETUP(pool)
{
	struct qmsg_channel_create args = {
		.flags = QMSG_CHF_UNBLOCK | QMSG_CHF_DISCONNECT,
		.pulse_limit = LIMIT,
	};

	self->me = peer_self();
	self->q = peer_open(self->me);
	ASSERT_LE(0, self->q);
	self->chid = qmsg_channel_create_with(self->q, &args);
	self->coid = qmsg_connect_attach(self->q, 0, self->chid, QMSG_SIDE_CHANNEL, 0);
	ASSERT_LT(0, self->coid);
}

FIXTURE_TEARDOWN(pool)
{
	close(self->q);
}

typedef FIXTURE_DATA(pool) pool_scene;

static int fill(pool_scene *self)
{
	int i, err = 0;

	for (i = 0; i < LIMIT && !err; i++)
		err = qmsg_pulse_send(self->q, self->coid, 1, i, 0);
	return err;
}

/* Full is the sender's error, and nothing else happens. */
TEST_F(pool, full_is_EAGAIN)
{
	ASSERT_EQ(0, fill(self));
	EXPECT_EQ(-EAGAIN, qmsg_pulse_send(self->q, self->coid, 1, 50, 0));
	EXPECT_EQ(-EAGAIN, qmsg_pulse_send(self->q, self->coid, 255, 50, 0));
	EXPECT_EQ(LIMIT, read_channel(getpid(), self->q, self->chid, "pulses"));
	EXPECT_EQ(0, expect_pulse(self->q, self->chid, 0, NULL));
}

/* One received makes room for one. */
TEST_F(pool, receiving_makes_room)
{
	int i;

	ASSERT_EQ(0, fill(self));
	for (i = 0; i < 10; i++) {
		ASSERT_EQ(-EAGAIN, qmsg_pulse_send(self->q, self->coid, 1, LIMIT + i, 0));
		ASSERT_EQ(0, expect_pulse(self->q, self->chid, i, NULL));
		ASSERT_EQ(0, qmsg_pulse_send(self->q, self->coid, 1, LIMIT + i, 0));
	}
	for (; i < 10 + LIMIT; i++)
		EXPECT_EQ(0, expect_pulse(self->q, self->chid, i, NULL));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

/* S4.5: identical ones take one place together. */
TEST_F(pool, identical_pulses_take_one_place)
{
	int i;

	ASSERT_EQ(0, fill(self));
	for (i = 0; i < 100; i++)
		ASSERT_EQ(0, qmsg_pulse_send(self->q, self->coid, 1, LIMIT - 1, 0));
	EXPECT_EQ(-EAGAIN, qmsg_pulse_send(self->q, self->coid, 1, LIMIT, 0));
	for (i = 0; i < LIMIT - 1; i++)
		EXPECT_EQ(0, expect_pulse(self->q, self->chid, i, NULL));
	for (i = 0; i < 101; i++)
		ASSERT_EQ(0, expect_pulse(self->q, self->chid, LIMIT - 1, NULL));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	/* And the place is free again. */
	EXPECT_EQ(0, fill(self));
}

/* D12: what the kernel has to say always arrives: UNBLOCK ... */
TEST_F(pool, unblock_pulse_needs_no_room)
{
	struct client *c = client_new(self->me, self->coid);
	int64_t rcvid;
	int i;

	ASSERT_EQ(0, peer_handle(self->me, SIGUSR1, 0));
	rcvid = client_send_received(c, self->q, self->chid, NULL);
	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, fill(self));
	ASSERT_EQ(0, client_signal(c, SIGUSR1));
	ASSERT_EQ(0, wait_for_client(c, "REPLY+R"));
	for (i = 0; i < LIMIT; i++)
		EXPECT_EQ(0, expect_pulse(self->q, self->chid, i, NULL));
	EXPECT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_UNBLOCK, NULL));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, rcvid, 0, NULL, 0));
	EXPECT_EQ(0, client_wait(c));
}

/* ... and DISCONNECT, of as many clients as there are. */
TEST_F(pool, disconnect_pulses_need_no_room)
{
	int i, coids[20];

	for (i = 0; i < 20; i++) {
		coids[i] = qmsg_connect_attach(self->q, 0, self->chid, QMSG_SIDE_CHANNEL,
					       QMSG_COF_NOSHARE);
		ASSERT_LT(0, coids[i]);
	}
	ASSERT_EQ(0, fill(self));
	for (i = 0; i < 20; i++)
		ASSERT_EQ(0, qmsg_connect_detach(self->q, coids[i]));
	for (i = 0; i < 20; i++)
		EXPECT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_DISCONNECT, NULL));
	for (i = 0; i < LIMIT; i++)
		EXPECT_EQ(0, expect_pulse(self->q, self->chid, i, NULL));
}

/* Messages do not count, and are not counted out. */
TEST_F(pool, messages_need_no_room)
{
	struct client *c = client_new(self->me, self->coid);

	ASSERT_EQ(0, fill(self));
	ASSERT_EQ(0, client_send(c));
	EXPECT_EQ(0, wait_for_client(c, "SEND"));
}

/* Each channel has its own. */
TEST_F(pool, another_channel_has_its_own)
{
	int chid = qmsg_channel_create(self->q, 0);
	int coid = qmsg_connect_attach(self->q, 0, chid, QMSG_SIDE_CHANNEL, 0);

	ASSERT_EQ(0, fill(self));
	ASSERT_EQ(-EAGAIN, qmsg_pulse_send(self->q, self->coid, 1, 50, 0));
	EXPECT_EQ(0, qmsg_pulse_send(self->q, coid, 1, 50, 0));
}

/* The default is what QUERY says. */
TEST_F(pool, default_limit)
{
	struct qmsg_query query = { 0 };
	int coid, chid = qmsg_channel_create(self->q, 0);
	unsigned int i;

	coid = qmsg_connect_attach(self->q, 0, chid, QMSG_SIDE_CHANNEL, 0);
	ASSERT_EQ(0, qmsg_query(self->q, &query));
	EXPECT_EQ(1024U, query.out_pulse_limit);
	for (i = 0; i < query.out_pulse_limit; i++)
		ASSERT_EQ(0, qmsg_pulse_send(self->q, coid, 1, 1, i));
	EXPECT_EQ(-EAGAIN, qmsg_pulse_send(self->q, coid, 1, 1, i));
}

/* A receiver that waits takes it without needing a place. */
TEST_F(pool, delivery_to_a_waiting_receiver_leaves_the_pool_alone)
{
	struct receiver *r = receiver_new(self->me, self->chid);
	int i;

	for (i = 0; i < LIMIT * 3; i++) {
		ASSERT_EQ(0, receiver_go_blocked(r));
		ASSERT_EQ(0, qmsg_pulse_send(self->q, self->coid, 1, i, 0));
		ASSERT_EQ(0, receiver_wait(r));
		EXPECT_EQ(i, r->buf.pulse.code);
	}
	EXPECT_EQ(0, fill(self));
}

TEST_HARNESS_MAIN
