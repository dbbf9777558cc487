// SPDX-License-Identifier: GPL-2.0-only
/* S4.3: a timer's pulse has its place among messages and other pulses. */
#include "scene.h"

/* Codes in the order they are received, -1 for a message. */
static int next_code(scene *s)
{
	union {
		struct qmsg_pulse pulse;
		char bytes[CLIENT_BYTES];
	} buf;
	int64_t rcvid = receive_now(s->q, s->chid, &buf, sizeof(buf), NULL);

	if (rcvid < 0)
		return rcvid;
	if (!rcvid)
		return buf.pulse.code;
	qmsg_msg_reply(s->q, rcvid, 0, NULL, 0);
	return 1000;
}

static int make_at(scene *s, int priority, int code)
{
	struct qmsg_event ev = pulse_event(s->coid, priority, code, 0);

	return qmsg_timer_create(s->q, CLOCK_MONOTONIC, &ev);
}

TEST_F(timer, priority_order)
{
	int low = make_at(self, 5, 5), high = make_at(self, 50, 50), top = make_at(self, 255, 127);

	ASSERT_EQ(0, set(self, low, 1, 0));
	ASSERT_TRUE(wait_until(has_pulse(self, 1)));
	ASSERT_EQ(0, set(self, high, 1, 0));
	ASSERT_TRUE(wait_until(has_pulse(self, 2)));
	ASSERT_EQ(0, set(self, top, 1, 0));
	ASSERT_TRUE(wait_until(has_pulse(self, 3)));
	ASSERT_EQ(0, qmsg_pulse_send(self->q, self->coid, 20, 20, 0));
	EXPECT_EQ(127, next_code(self));
	EXPECT_EQ(50, next_code(self));
	EXPECT_EQ(20, next_code(self));
	EXPECT_EQ(5, next_code(self));
}

/* Before a message of lower priority, behind one that came earlier at the same. */
TEST_F(timer, among_messages)
{
	struct client *first = client_new(self->me, self->coid);
	struct client *later = client_new(self->me, self->coid);
	int same = make_at(self, 30, 30), high = make_at(self, 31, 31);

	first->w.priority = 30;
	later->w.priority = 30;
	ASSERT_EQ(0, client_send(first));
	ASSERT_EQ(0, wait_for_client(first, "SEND"));
	ASSERT_EQ(0, set(self, same, 1, 0));
	ASSERT_TRUE(wait_until(has_pulse(self, 1)));
	ASSERT_EQ(0, client_send(later));
	ASSERT_EQ(0, wait_for_client(later, "SEND"));
	ASSERT_EQ(0, set(self, high, 1, 0));
	ASSERT_TRUE(wait_until(has_pulse(self, 2)));
	EXPECT_EQ(31, next_code(self));
	EXPECT_EQ(1000, next_code(self));
	EXPECT_EQ(30, next_code(self));
	EXPECT_EQ(1000, next_code(self));
	EXPECT_EQ(0, client_wait(first));
	EXPECT_EQ(0, client_wait(later));
}

/* Each expiry queues anew: a timer does not keep the place of its last pulse. */
TEST_F(timer, new_place_each_time)
{
	int t = make_at(self, 10, 1);

	ASSERT_EQ(0, set(self, t, 1, 0));
	ASSERT_EQ(0, expect_pulse(self->q, self->chid, 1, NULL));
	ASSERT_EQ(0, qmsg_pulse_send(self->q, self->coid, 10, 2, 0));
	ASSERT_EQ(0, set(self, t, 1, 0));
	ASSERT_TRUE(wait_until(has_pulse(self, 2)));
	EXPECT_EQ(2, next_code(self));
	EXPECT_EQ(1, next_code(self));
	/* The same after it was taken back. */
	ASSERT_EQ(0, set(self, t, 1, 0));
	ASSERT_TRUE(wait_until(has_pulse(self, 1)));
	ASSERT_EQ(0, qmsg_pulse_send(self->q, self->coid, 10, 3, 0));
	ASSERT_EQ(0, set(self, t, 1, 0));
	ASSERT_TRUE(wait_until(has_pulse(self, 2)));
	EXPECT_EQ(3, next_code(self));
	EXPECT_EQ(1, next_code(self));
}

static int64_t make_self_priority(void *arg)
{
	scene *s = arg;

	return make_at(s, QMSG_PRIORITY_SELF, 40);
}

/* S3.35: QMSG_PRIORITY_SELF is that of the thread that made the timer. */
TEST_F(timer, own_priority)
{
	int64_t t;

	ASSERT_EQ(0, set_fifo_priority(0, 40));
	t = peer_call(self->me, make_self_priority, self);
	ASSERT_EQ(0, set_fifo_priority(0, 0));
	ASSERT_EQ(0, t);
	ASSERT_EQ(0, qmsg_pulse_send(self->q, self->coid, 39, 39, 0));
	ASSERT_EQ(0, qmsg_pulse_send(self->q, self->coid, 41, 41, 0));
	ASSERT_EQ(0, set(self, t, 1, 0));
	ASSERT_TRUE(wait_until(has_pulse(self, 3)));
	EXPECT_EQ(41, next_code(self));
	EXPECT_EQ(40, next_code(self));
	EXPECT_EQ(39, next_code(self));
}

/* S4.9: to MsgReceivePulse too. */
TEST_F(timer, pulse_receiver)
{
	struct receiver *r = receiver_new(self->me, self->chid);
	int t = make_at(self, 10, 1);

	r->args.flags = QMSG_RECEIVE_PULSE;
	ASSERT_EQ(0, receiver_go_blocked(r));
	ASSERT_EQ(0, set(self, t, 1, 0));
	ASSERT_EQ(0, receiver_wait(r));
	EXPECT_EQ(0, receiver_result(r));
	EXPECT_EQ(1, r->buf.pulse.code);
}

TEST_HARNESS_MAIN
