// SPDX-License-Identifier: GPL-2.0-only
/* S4.1, S4.2, S4.6, S4.7, S4.13, S4.14, S4.15, S2.35: one pulse from sender to receiver. */
#include "scene.h"

#include <sys/uio.h>

/* S4.1, 3.5: every member, and the rest is zero. */
TEST_F(pulse, members)
{
	struct {
		struct qmsg_pulse pulse;
		char beyond[8];
	} buf;
	struct qmsg_msg_info info;
	struct client *c = client_new(self->me, self->coid);
	int64_t rcvid = client_send_received(c, self->q, self->chid, &info);

	ASSERT_LT(0, rcvid);
	memset(&buf, 0xee, sizeof(buf));
	ASSERT_EQ(0, qmsg_pulse_send(self->q, self->coid, 1, 77, 0x123456789abcdef0));
	ASSERT_EQ(0, receive_now(self->q, self->chid, &buf, sizeof(buf), NULL));
	EXPECT_EQ(0, buf.pulse.type);
	EXPECT_EQ(0, buf.pulse.subtype);
	EXPECT_EQ(77, buf.pulse.code);
	EXPECT_EQ(0, buf.pulse.zero[0] | buf.pulse.zero[1] | buf.pulse.zero[2]);
	EXPECT_EQ(0x123456789abcdef0, buf.pulse.value);
	EXPECT_EQ(info.scoid, buf.pulse.scoid);
	EXPECT_EQ(0U, buf.pulse.__reserved);
	EXPECT_EQ((char)0xee, buf.beyond[0]);
}

/* S4.2: to a receiver that waits. */
TEST_F(pulse, wakes_a_waiting_receiver)
{
	struct receiver *r = receiver_new(self->me, self->chid);

	ASSERT_EQ(0, receiver_go_blocked(r));
	ASSERT_EQ(0, put(self, 1, 5));
	ASSERT_EQ(0, receiver_wait(r));
	EXPECT_EQ(0, receiver_result(r));
	EXPECT_EQ(5, r->buf.pulse.code);
	EXPECT_EQ(-ETIMEDOUT, next(self));
}

/* S4.7, S9.2: the kernel's codes are the kernel's. */
TEST_F(pulse, codes_of_user_space)
{
	static const int bad[] = { -1, -32, -33, -128, 128, 255, 256, INT32_MAX, INT32_MIN };
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		EXPECT_EQ(-EINVAL, qmsg_pulse_send(self->q, self->coid, 1, bad[i], 0));
	EXPECT_EQ(0, put(self, 2, 0));
	EXPECT_EQ(0, put(self, 1, 127));
	EXPECT_EQ(0, next(self));
	EXPECT_EQ(127, next(self));
}

/* S4.6 */
TEST_F(pulse, priorities)
{
	static const int bad[] = { 0, 256, -2, INT32_MAX, INT32_MIN };
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		EXPECT_EQ(-EINVAL, put(self, bad[i], 1));
	EXPECT_EQ(0, put(self, 1, 1));
	EXPECT_EQ(0, put(self, 255, 2));
	EXPECT_EQ(2, next(self));
	EXPECT_EQ(1, next(self));
}

/* S4.6, S3.35: -1 is the sender's own. */
TEST_F(pulse, priority_of_the_sender)
{
	ASSERT_EQ(0, put(self, 19, 1));
	ASSERT_EQ(0, put(self, 21, 2));
	ASSERT_EQ(0, set_fifo_priority(0, 20));
	EXPECT_EQ(0, put(self, QMSG_PRIORITY_SELF, 3));
	ASSERT_EQ(0, set_fifo_priority(0, 0));
	EXPECT_EQ(0, put(self, QMSG_PRIORITY_SELF, 4));
	ASSERT_EQ(0, put(self, 1, 5));
	EXPECT_EQ(2, next(self));
	EXPECT_EQ(3, next(self));
	EXPECT_EQ(1, next(self));
	EXPECT_EQ(5, next(self));
	EXPECT_EQ(4, next(self));
}

/* S2.35 */
TEST_F(pulse, no_connection_is_EBADF)
{
	EXPECT_EQ(-EBADF, qmsg_pulse_send(self->q, self->coid + 1, 1, 1, 1));
	ASSERT_EQ(0, qmsg_channel_destroy(self->q, self->chid));
	EXPECT_EQ(-EBADF, put(self, 1, 1));
	ASSERT_EQ(0, qmsg_connect_detach(self->q, self->coid));
	EXPECT_EQ(-EBADF, put(self, 1, 1));
}

static int64_t receive_pulse_into(scene *self, void *buf, size_t len)
{
	return receive_now(self->q, self->chid, buf, len, NULL);
}

/* D13 (unlike S4.13, S2.22): a pulse that does not fit stays. */
TEST_F(pulse, short_buffer_keeps_the_pulse)
{
	struct qmsg_pulse pulse;

	ASSERT_EQ(0, put(self, 2, 6));
	ASSERT_EQ(0, put(self, 1, 7));
	EXPECT_EQ(-EFAULT, receive_pulse_into(self, &pulse, 0));
	EXPECT_EQ(-EFAULT, receive_pulse_into(self, &pulse, sizeof(pulse) - 1));
	EXPECT_EQ(2, read_channel(getpid(), self->q, self->chid, "pulses"));
	EXPECT_EQ(0, receive_pulse_into(self, &pulse, sizeof(pulse)));
	EXPECT_EQ(6, pulse.code);
	EXPECT_EQ(7, next(self));
}

TEST_F(pulse, bad_buffer_keeps_the_pulse)
{
	struct qmsg_pulse *half = edge_page(12), pulse;

	ASSERT_EQ(0, put(self, 2, 6));
	EXPECT_EQ(-EFAULT, receive_pulse_into(self, unmapped_page(), sizeof(pulse)));
	EXPECT_EQ(-EFAULT, receive_pulse_into(self, (void *)16, sizeof(pulse)));
	EXPECT_EQ(-EFAULT, receive_pulse_into(self, half, sizeof(pulse)));
	EXPECT_EQ(6, next(self));
}

/* D13 for a receiver that waited: the next one gets it, in its place. */
TEST_F(pulse, bad_buffer_of_a_waiting_receiver_keeps_the_pulse)
{
	struct receiver *r = receiver_new(self->me, self->chid);

	r->args.buf_ptr = (uintptr_t)unmapped_page();
	ASSERT_EQ(0, receiver_go_blocked(r));
	ASSERT_EQ(0, put(self, 2, 6));
	ASSERT_EQ(0, receiver_wait(r));
	EXPECT_EQ(-EFAULT, receiver_result(r));
	ASSERT_EQ(0, put(self, 2, 7));
	EXPECT_EQ(6, next(self));
	EXPECT_EQ(7, next(self));
}

/* D13 for compressed ones: the count is right afterwards. */
TEST_F(pulse, fault_does_not_change_the_count)
{
	int i;

	for (i = 0; i < 5; i++)
		ASSERT_EQ(0, put(self, 2, 6));
	EXPECT_EQ(6, next(self));
	EXPECT_EQ(-EFAULT, receive_pulse_into(self, unmapped_page(), 64));
	for (i = 0; i < 4; i++)
		EXPECT_EQ(6, next(self));
	EXPECT_EQ(-ETIMEDOUT, next(self));
}

/* Into a vector. */
TEST_F(pulse, vector)
{
	struct qmsg_pulse pulse;
	char rest[40];
	struct iovec iov[] = { { &pulse, sizeof(pulse) }, { rest, sizeof(rest) } };
	struct qmsg_msg_receive args = receive_args(self->chid, iov, 2, NULL);

	args.flags = QMSG_RECEIVE_IOV;
	ASSERT_EQ(0, put(self, 2, 6));
	ASSERT_EQ(0, qmsg_msg_receive_with(self->q, &args));
	EXPECT_EQ(0, args.out_rcvid);
	EXPECT_EQ(6, pulse.code);
}

/* No answer is possible (S4.1): 0 is no receive id. */
TEST_F(pulse, cannot_be_answered)
{
	ASSERT_EQ(0, put(self, 2, 6));
	ASSERT_EQ(6, next(self));
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(self->q, 0, 0, NULL, 0));
}

/* S4.15: it stays when its sender detaches ... */
TEST_F(pulse, outlives_the_senders_connection)
{
	ASSERT_EQ(0, put(self, 2, 6));
	ASSERT_EQ(0, qmsg_connect_detach(self->q, self->coid));
	EXPECT_EQ(6, next(self));
}

struct order {
	struct peer *p;
	int coid;
};

static int64_t do_pulse(void *arg)
{
	struct order *o = arg;

	return qmsg_pulse_send(o->p->q, o->coid, 9, 9, 9);
}

/* ... and when its process dies. */
TEST_F(pulse, outlives_the_senders_process)
{
	struct order *o = shared_alloc(sizeof(*o));

	o->p = peer_fork();
	ASSERT_LE(0, peer_open(o->p));
	o->coid = peer_attach(o->p, getpid(), self->chid, QMSG_SIDE_CHANNEL, 0);
	ASSERT_EQ(0, peer_call(o->p, do_pulse, o));
	ASSERT_EQ(0, peer_kill(o->p, SIGKILL));
	ASSERT_EQ(0, peer_reap(o->p, NULL));
	EXPECT_EQ(9, next(self));
}

TEST_HARNESS_MAIN
