// SPDX-License-Identifier: GPL-2.0-only
/* S4.3 - S4.5, S4.9, S4.10: the one queue of messages and pulses, and who takes from it. */
#include "scene.h"

/* S4.3: highest first, first in first out inside one. */
TEST_F(pulse, priority_order_and_FIFO_inside)
{
	static const struct {
		int priority, code;
	} in[] = { { 10, 1 }, { 5, 2 }, { 10, 3 }, { 255, 4 }, { 1, 5 }, { 5, 6 }, { 10, 7 } };
	static const int out[] = { 4, 1, 3, 7, 2, 6, 5 };
	unsigned int i, n = sizeof(out) / sizeof(out[0]);

	for (i = 0; i < n; i++)
		ASSERT_EQ(0, put(self, in[i].priority, in[i].code));
	for (i = 0; i < n; i++)
		EXPECT_EQ(out[i], next(self));
	EXPECT_EQ(-ETIMEDOUT, next(self));
}

/* A client of priority @priority, SEND-blocked. */
static struct client *queue_message(scene *self, int priority)
{
	struct client *c = client_new(self->me, self->coid);

	c->w.priority = priority;
	return client_send(c) || wait_for_client(c, "SEND") ? NULL : c;
}

/* S4.3: neither kind is preferred; at equal priority the earlier one comes first. */
TEST_F(pulse, messages_and_pulses_are_in_one_order)
{
	static const int out[] = { 1, 1000, 2, 1000, 3, 4, 1000 };
	unsigned int i;

	ASSERT_EQ(0, put(self, 20, 3));
	ASSERT_EQ(0, put(self, 30, 1));
	ASSERT_NE(NULL, queue_message(self, 30));
	ASSERT_EQ(0, put(self, 30, 2));
	ASSERT_NE(NULL, queue_message(self, 30));
	ASSERT_NE(NULL, queue_message(self, 10));
	ASSERT_EQ(0, put(self, 20, 4));
	for (i = 0; i < sizeof(out) / sizeof(out[0]); i++)
		EXPECT_EQ(out[i], next(self));
	EXPECT_EQ(-ETIMEDOUT, next(self));
}

/* Below every pulse: a client without real-time priority has 0. */
TEST_F(pulse, ordinary_client_comes_after_every_pulse)
{
	ASSERT_NE(NULL, queue_message(self, 0));
	ASSERT_EQ(0, put(self, 1, 1));
	EXPECT_EQ(1, next(self));
	EXPECT_EQ(1000, next(self));
}

/* S4.4: DISCONNECT in front of everything, also of priority 255, in its own order. */
TEST_F(pulse, DISCONNECT_comes_first)
{
	int a, b, chid = qmsg_channel_create(self->q, QMSG_CHF_DISCONNECT);
	struct qmsg_pulse first, second;

	self->chid = chid;
	self->coid = qmsg_connect_attach(self->q, 0, chid, QMSG_SIDE_CHANNEL, 0);
	a = qmsg_connect_attach(self->q, 0, chid, QMSG_SIDE_CHANNEL, QMSG_COF_NOSHARE);
	b = qmsg_connect_attach(self->q, 0, chid, QMSG_SIDE_CHANNEL, QMSG_COF_NOSHARE);
	ASSERT_EQ(0, put(self, 255, 9));
	ASSERT_EQ(0, qmsg_connect_detach(self->q, a));
	ASSERT_EQ(0, put(self, 255, 8));
	ASSERT_EQ(0, qmsg_connect_detach(self->q, b));
	ASSERT_EQ(0, expect_pulse(self->q, chid, QMSG_PULSE_CODE_DISCONNECT, &first));
	ASSERT_EQ(0, expect_pulse(self->q, chid, QMSG_PULSE_CODE_DISCONNECT, &second));
	EXPECT_NE(first.scoid, second.scoid);
	EXPECT_EQ(9, next(self));
	EXPECT_EQ(8, next(self));
}

/* S4.5: identical ones are kept as one but received as many. */
TEST_F(pulse, identical_pulses_are_all_received)
{
	int i, n = few_rounds(100);

	for (i = 0; i < n; i++)
		ASSERT_EQ(0, put(self, 7, 70));
	ASSERT_EQ(0, put(self, 7, 71));
	EXPECT_EQ(n + 1, read_channel(getpid(), self->q, self->chid, "pulses"));
	for (i = 0; i < n; i++)
		ASSERT_EQ(70, next(self));
	EXPECT_EQ(71, next(self));
	EXPECT_EQ(-ETIMEDOUT, next(self));
}

/* S4.5: the same again after another one comes after that one. */
TEST_F(pulse, compression_does_not_change_the_order)
{
	static const int codes[] = { 1, 1, 2, 1, 2, 2, 1 };
	unsigned int i, n = sizeof(codes) / sizeof(codes[0]);

	for (i = 0; i < n; i++)
		ASSERT_EQ(0, put(self, 7, codes[i]));
	for (i = 0; i < n; i++)
		EXPECT_EQ(codes[i], next(self));
}

/* S4.5: another value, priority or sender makes another pulse. */
TEST_F(pulse, pulses_that_differ_are_kept_apart)
{
	static const struct {
		int priority;
		uint64_t value;
	} in[] = { { 5, 1 }, { 5, 2 }, { 6, 2 }, { 6, 1ULL << 32 | 2 } };
	static const uint64_t out[] = { 2, 1ULL << 32 | 2, 1, 2 };
	struct qmsg_pulse pulse;
	unsigned int i;
	int other = qmsg_connect_attach(self->q, 0, self->chid, QMSG_SIDE_CHANNEL,
					QMSG_COF_NOSHARE);

	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, qmsg_pulse_send(self->q, self->coid, in[i].priority, 3, in[i].value));
	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, expect_pulse(self->q, self->chid, 3, &pulse));
		EXPECT_EQ(out[i], pulse.value);
	}
	ASSERT_EQ(0, qmsg_pulse_send(self->q, self->coid, 5, 3, 1));
	ASSERT_EQ(0, qmsg_pulse_send(self->q, other, 5, 3, 1));
	ASSERT_EQ(0, expect_pulse(self->q, self->chid, 3, &pulse));
	i = pulse.scoid;
	ASSERT_EQ(0, expect_pulse(self->q, self->chid, 3, &pulse));
	EXPECT_NE((int)i, pulse.scoid);
}

static struct receiver *waiting(scene *self, unsigned int flags)
{
	struct receiver *r = receiver_new(self->me, self->chid);

	r->args.flags = flags;
	return receiver_go_blocked(r) ? NULL : r;
}

/* S4.9: a pulse goes to a MsgReceive waiter if there is one, whoever came first. */
TEST_F(pulse, MsgReceive_waiter_is_preferred_for_a_pulse)
{
	struct receiver *plain, *pulses;
	int turn;

	for (turn = 0; turn < 2; turn++) {
		plain = turn ? waiting(self, 0) : NULL;
		pulses = waiting(self, QMSG_RECEIVE_PULSE);
		plain = plain ?: waiting(self, 0);
		ASSERT_NE(NULL, plain);
		ASSERT_NE(NULL, pulses);
		ASSERT_EQ(0, put(self, 1, 1));
		EXPECT_EQ(0, receiver_wait(plain));
		EXPECT_EQ(0, receiver_result(plain));
		EXPECT_FALSE(worker_is_done(&pulses->w));
		ASSERT_EQ(0, put(self, 1, 2));
		EXPECT_EQ(0, receiver_wait(pulses));
		EXPECT_EQ(2, pulses->buf.pulse.code);
	}
}

/* S4.9: messages never go to a MsgReceivePulse waiter. */
TEST_F(pulse, MsgReceivePulse_waiter_takes_no_message)
{
	struct receiver *pulses = waiting(self, QMSG_RECEIVE_PULSE);
	struct client *c = queue_message(self, 0);

	ASSERT_NE(NULL, pulses);
	ASSERT_NE(NULL, c);
	EXPECT_FALSE(worker_is_done(&pulses->w));
	ASSERT_EQ(0, put(self, 1, 1));
	EXPECT_EQ(0, receiver_wait(pulses));
	EXPECT_EQ(1, pulses->buf.pulse.code);
	EXPECT_EQ(1000, next(self));
}

/* S4.9: the most recent waiter first. */
TEST_F(pulse, waiters_are_served_last_in_first_out)
{
	struct receiver *first = waiting(self, 0), *second = waiting(self, 0);

	ASSERT_NE(NULL, first);
	ASSERT_NE(NULL, second);
	ASSERT_EQ(0, put(self, 1, 1));
	EXPECT_EQ(0, receiver_wait(second));
	EXPECT_FALSE(worker_is_done(&first->w));
	ASSERT_EQ(0, put(self, 1, 2));
	EXPECT_EQ(0, receiver_wait(first));
	EXPECT_EQ(2, first->buf.pulse.code);
}

/* S4.10: it skips messages and takes the first pulse. */
TEST_F(pulse, MsgReceivePulse_skips_messages)
{
	struct qmsg_pulse pulse;

	ASSERT_NE(NULL, queue_message(self, 50));
	ASSERT_EQ(0, put(self, 3, 3));
	ASSERT_EQ(0, put(self, 4, 4));
	ASSERT_EQ(0, qmsg_msg_receive_pulse(self->q, self->chid, &pulse, sizeof(pulse), NULL));
	EXPECT_EQ(4, pulse.code);
	EXPECT_EQ(1000, next(self));
	EXPECT_EQ(3, next(self));
}

/* S4.10: and finds nothing if there are only messages. */
TEST_F(pulse, MsgReceivePulse_finds_no_message)
{
	struct qmsg_msg_receive args = receive_args(self->chid, &(char[64]){ 0 }, 64, NULL);

	args.flags = QMSG_RECEIVE_PULSE;
	args.deadline = 0;
	ASSERT_NE(NULL, queue_message(self, 0));
	EXPECT_EQ(-ETIMEDOUT, qmsg_msg_receive_with(self->q, &args));
	EXPECT_EQ(1000, next(self));
}

TEST_HARNESS_MAIN
