// SPDX-License-Identifier: GPL-2.0-only
/*
 * C22: messages and pulses of many priorities wait together. They come out by priority,
 * and within one in the order they came (S4.3); a receiver of pulses passes over messages.
 */
#include "kselftest_harness.h"

#include "hazard.h"

#define N	48

FIXTURE(order)
{
	int chid, coid;
	bool real_time;
	/* the entry that was queued as number i */
	struct client *c[N];	/* NULL: a pulse */
	int priority[N];
	bool taken[N];
};

FIXTURE_SETUP(order)
{
	ASSERT_LE(0, peer_open(peer_self()));
	self->chid = qmsg_channel_create(Q, QMSG_CHF_FIXED_PRIORITY);
	self->coid = qmsg_connect_attach(Q, 0, self->chid, QMSG_SIDE_CHANNEL, 0);
	ASSERT_LT(0, self->coid);
	self->real_time = !set_fifo_priority(0, 1) && !set_fifo_priority(0, 0);
}

FIXTURE_TEARDOWN_PARENT(order)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

/* Every third is a message; the priorities come in no order, and each several times. */
static void queue_all(struct __test_metadata *_metadata, FIXTURE_DATA(order) *self)
{
	for (int i = 0; i < N; i++) {
		self->priority[i] = i * 7 % 5 + 1;
		if (i % 3) {
			ASSERT_EQ(0, qmsg_pulse_send(Q, self->coid, self->priority[i], i, i));
			continue;
		}
		self->c[i] = client_new(peer_self(), self->coid);
		self->c[i]->w.priority = self->priority[i];
		ASSERT_EQ(0, client_send(self->c[i]));
		ASSERT_EQ(0, wait_for_client(self->c[i], "SEND"));
	}
}

/* The entry that has to come next, of those the receiver may take. */
static int expected_next(FIXTURE_DATA(order) *self, bool pulses_only)
{
	int best = -1;

	for (int i = 0; i < N; i++) {
		if (self->taken[i] || (pulses_only && self->c[i]))
			continue;
		if (best < 0 || self->priority[i] > self->priority[best])
			best = i;
	}
	return best;
}

/* Receives one entry; its number. */
static int take(FIXTURE_DATA(order) *self, bool pulses_only)
{
	char buf[CLIENT_BYTES];
	struct qmsg_msg_info info;
	struct qmsg_msg_receive args = receive_args(self->chid, buf, sizeof(buf), &info);
	struct qmsg_pulse pulse;

	args.deadline = 0;
	args.flags = pulses_only ? QMSG_RECEIVE_PULSE : 0;
	if (qmsg_msg_receive_with(Q, &args))
		return -1;
	memcpy(&pulse, buf, sizeof(pulse));
	if (!args.out_rcvid)
		return pulse.code;
	qmsg_msg_reply(Q, args.out_rcvid, 0, NULL, 0);
	for (int i = 0; i < N; i++)
		if (self->c[i] && self->c[i]->w.tid == info.tid)
			return i;
	return -1;
}

static void take_all(struct __test_metadata *_metadata, FIXTURE_DATA(order) *self, bool pulses_only)
{
	for (;;) {
		int next = expected_next(self, pulses_only);

		ASSERT_EQ(next, take(self, pulses_only));
		if (next < 0)
			break;
		self->taken[next] = true;
	}
}

TEST_F(order, C22_by_priority_and_then_by_arrival)
{
	if (!self->real_time)
		SKIP(return, "no real-time priorities here");
	queue_all(_metadata, self);
	take_all(_metadata, self, false);
	for (int i = 0; i < N; i += 3) {
		ASSERT_EQ(0, client_wait(self->c[i]));
	}
}

TEST_F(order, C22_pulses_alone_and_then_the_messages)
{
	if (!self->real_time)
		SKIP(return, "no real-time priorities here");
	queue_all(_metadata, self);
	take_all(_metadata, self, true);
	for (int i = 0; i < N; i += 3) {
		ASSERT_EQ(0, wait_for_client(self->c[i], "SEND"));
	}
	take_all(_metadata, self, false);
	for (int i = 0; i < N; i += 3) {
		ASSERT_EQ(0, client_wait(self->c[i]));
	}
}

/* One that leaves from the middle of the queue takes nobody with it. */
TEST_F(order, C22_some_leave_before_they_are_received)
{
	if (!self->real_time)
		SKIP(return, "no real-time priorities here");
	ASSERT_EQ(0, peer_handle(peer_self(), SIGUSR1, 0));
	queue_all(_metadata, self);
	for (int i = 0; i < N; i += 6) {
		ASSERT_EQ(0, client_signal(self->c[i], SIGUSR1));
		ASSERT_EQ(0, client_wait(self->c[i]));
		ASSERT_EQ(-EINTR, client_result(self->c[i]));
		self->taken[i] = true;
	}
	take_all(_metadata, self, false);
	for (int i = 3; i < N; i += 6) {
		ASSERT_EQ(0, client_wait(self->c[i]));
		EXPECT_EQ(0, client_result(self->c[i]));
	}
}

TEST_HARNESS_MAIN
