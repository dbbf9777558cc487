// SPDX-License-Identifier: GPL-2.0-only
/* S1.1, S1.2, S1.3, S1.4, S1.5, S2.36, S2.37, S1.30 i: making and ending channels. */
#include "kselftest_harness.h"
#include "qmsg_test.h"

#include <sys/mman.h>

FIXTURE(channel) {
	struct peer *me;
	int q;
};

FIXTURE_SETUP(channel)
{
	self->me = peer_self();
	self->q = peer_open(self->me);
	ASSERT_LE(0, self->q);
}

FIXTURE_TEARDOWN(channel)
{
	close(self->q);
}

/* S1.2, D1: positive, from 1, lowest free first. */
TEST_F(channel, ids_start_at_1_and_lowest_free_is_used)
{
	EXPECT_EQ(1, qmsg_channel_create(self->q, 0));
	EXPECT_EQ(2, qmsg_channel_create(self->q, 0));
	EXPECT_EQ(3, qmsg_channel_create(self->q, 0));
	EXPECT_EQ(0, qmsg_channel_destroy(self->q, 2));
	EXPECT_EQ(0, qmsg_channel_destroy(self->q, 1));
	EXPECT_EQ(1, qmsg_channel_create(self->q, 0));
	EXPECT_EQ(2, qmsg_channel_create(self->q, 0));
	EXPECT_EQ(4, qmsg_channel_create(self->q, 0));
}

/* Unique per process: a second context of it does not give the same number again. */
TEST_F(channel, ids_are_unique_in_the_process)
{
	int other = qmsg_open();

	ASSERT_LE(0, other);
	EXPECT_EQ(1, qmsg_channel_create(self->q, 0));
	EXPECT_EQ(2, qmsg_channel_create(other, 0));
	EXPECT_EQ(3, qmsg_channel_create(self->q, 0));
	EXPECT_EQ(-EINVAL, qmsg_channel_destroy(self->q, 2));
	EXPECT_EQ(0, qmsg_channel_destroy(other, 2));
}

/* Another process starts at 1 again. */
TEST_F(channel, ids_are_the_processes_own)
{
	struct peer *peer = peer_fork();

	ASSERT_EQ(1, qmsg_channel_create(self->q, 0));
	ASSERT_LE(0, peer_open(peer));
	EXPECT_EQ(1, peer_channel(peer, 0));
	EXPECT_EQ(0, peer_end(peer));
}

/* S2.37 */
TEST_F(channel, destroy_of_no_channel_is_EINVAL)
{
	static const int never[] = { 0, -1, 1, 2, INT32_MAX, INT32_MIN, QMSG_SIDE_CHANNEL | 1 };
	unsigned int i;

	for (i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		EXPECT_EQ(-EINVAL, qmsg_channel_destroy(self->q, never[i]));
	ASSERT_EQ(1, qmsg_channel_create(self->q, 0));
	EXPECT_EQ(0, qmsg_channel_destroy(self->q, 1));
	EXPECT_EQ(-EINVAL, qmsg_channel_destroy(self->q, 1));
}

/* S2.30: on no channel, on one that was destroyed, on one of another context. */
TEST_F(channel, receive_on_no_channel_is_ESRCH)
{
	int other = qmsg_open();
	char buf[64];

	EXPECT_EQ(-ESRCH, receive_now(self->q, 1, buf, sizeof(buf), NULL));
	EXPECT_EQ(-ESRCH, receive_now(self->q, 0, buf, sizeof(buf), NULL));
	EXPECT_EQ(-ESRCH, receive_now(self->q, -1, buf, sizeof(buf), NULL));
	ASSERT_EQ(1, qmsg_channel_create(self->q, 0));
	EXPECT_EQ(-ETIMEDOUT, receive_now(self->q, 1, buf, sizeof(buf), NULL));
	EXPECT_EQ(-ESRCH, receive_now(other, 1, buf, sizeof(buf), NULL));
	ASSERT_EQ(0, qmsg_channel_destroy(self->q, 1));
	EXPECT_EQ(-ESRCH, receive_now(self->q, 1, buf, sizeof(buf), NULL));
}

/* S1.30 i: RECEIVE-blocked threads, all of them. */
TEST_F(channel, destroy_ends_every_receive)
{
	struct receiver *r[3];
	int i, chid = qmsg_channel_create(self->q, 0);

	for (i = 0; i < 3; i++) {
		r[i] = receiver_new(self->me, chid);
		r[i]->args.flags = i == 1 ? QMSG_RECEIVE_PULSE : 0;
		ASSERT_EQ(0, receiver_go_blocked(r[i]));
	}
	ASSERT_EQ(0, qmsg_channel_destroy(self->q, chid));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, receiver_wait(r[i]));
		EXPECT_EQ(-ESRCH, receiver_result(r[i]));
	}
}

/* S1.30 i, S4.14: queued pulses vanish, and the new channel of that number has none of them. */
TEST_F(channel, destroy_discards_pulses)
{
	int chid = qmsg_channel_create(self->q, 0);
	int coid = qmsg_connect_attach(self->q, 0, chid, QMSG_SIDE_CHANNEL, 0);

	ASSERT_EQ(0, qmsg_pulse_send(self->q, coid, 1, 1, 1));
	ASSERT_EQ(0, qmsg_channel_destroy(self->q, chid));
	ASSERT_EQ(chid, qmsg_channel_create(self->q, 0));
	EXPECT_EQ(0, expect_nothing(self->q, chid));
	/* S1.15: nor does the old connection reach it. */
	EXPECT_EQ(-EBADF, qmsg_pulse_send(self->q, coid, 1, 1, 1));
}

/* S1.30 i: no DISCONNECT pulses; the scoids are free at once. */
TEST_F(channel, destroy_frees_the_scoids)
{
	int chid = qmsg_channel_create(self->q, QMSG_CHF_DISCONNECT | QMSG_CHF_UNBLOCK);
	struct peer *peer = peer_fork();
	struct qmsg_msg_info info;
	struct client *c;

	ASSERT_LE(0, peer_open(peer));
	c = client_connect(peer, getpid(), chid);
	ASSERT_NE(NULL, c);
	ASSERT_LT(0, client_send_received(c, self->q, chid, &info));
	ASSERT_EQ(0, qmsg_channel_destroy(self->q, chid));
	EXPECT_EQ(0, client_wait(c));
	EXPECT_EQ(-ESRCH, client_result(c));
	EXPECT_EQ(-EINVAL, qmsg_connect_detach(self->q, info.scoid));
	EXPECT_EQ(0, peer_end(peer));
}

/* S2.36, S3.17: each flag alone and all together; every other bit is refused. */
TEST_F(channel, flags)
{
	unsigned int known = QMSG_CHF_FIXED_PRIORITY | QMSG_CHF_UNBLOCK | QMSG_CHF_DISCONNECT |
			     QMSG_CHF_SENDER_LEN | QMSG_CHF_REPLY_LEN | QMSG_CHF_PRIVATE |
			     QMSG_CHF_DEADLOCK;
	unsigned int once = QMSG_CHF_THREAD_DEATH | QMSG_CHF_COID_DISCONNECT;
	int bit;

	EXPECT_LT(0, qmsg_channel_create(self->q, known));
	for (bit = 0; bit < 32; bit++)
		if (1U << bit & known) {
			EXPECT_LT(0, qmsg_channel_create(self->q, 1U << bit));
		} else if (!(1U << bit & once)) {
			EXPECT_EQ(-EINVAL, qmsg_channel_create(self->q, 1U << bit));
		}
}

/* The other members, wrong one at a time. */
TEST_F(channel, arguments_out_of_range_are_EINVAL)
{
	struct qmsg_channel_create good = { .mode = 0020, .gid = 5, .pulse_limit = 65536 };
	struct qmsg_channel_create args = good;

	EXPECT_LT(0, qmsg_channel_create_with(self->q, &args));
	args = good;
	args.mode = 0400;
	EXPECT_EQ(-EINVAL, qmsg_channel_create_with(self->q, &args));
	args = good;
	args.mode = 01000;
	EXPECT_EQ(-EINVAL, qmsg_channel_create_with(self->q, &args));
	args = good;
	args.mode = 0002;
	EXPECT_EQ(-EINVAL, qmsg_channel_create_with(self->q, &args));
	args = good;
	args.gid = -1;
	EXPECT_EQ(-EINVAL, qmsg_channel_create_with(self->q, &args));
	args = good;
	args.pulse_limit = 65537;
	EXPECT_EQ(-EINVAL, qmsg_channel_create_with(self->q, &args));
	args = good;
	args.pool_rearm = 1;
	EXPECT_EQ(-EINVAL, qmsg_channel_create_with(self->q, &args));
}

/* A failed create takes no number. */
TEST_F(channel, failed_create_leaves_nothing)
{
	EXPECT_EQ(-EINVAL, qmsg_channel_create(self->q, ~0U));
	EXPECT_EQ(1, qmsg_channel_create(self->q, 0));
}

/* The kernel cannot write out_chid: EFAULT and no channel (uapi: no side effect). */
TEST_F(channel, unwritable_result_leaves_no_channel)
{
	struct qmsg_channel_create *args = edge_page(sizeof(*args));

	/* The page before the edge is good, so only out_* can fail: struct at its very end, read-only. */
	memset(args, 0, sizeof(*args));
	args->size = sizeof(*args);
	ASSERT_EQ(0, mprotect((void *)((uintptr_t)args & ~4095UL), 4096, PROT_READ));
	EXPECT_EQ(-EFAULT, raw_ioctl(self->q, QMSG_IOC_CHANNEL_CREATE, args));
	EXPECT_EQ(1, qmsg_channel_create(self->q, 0));
}

/* S1.1: any thread of the process receives. */
TEST_F(channel, any_thread_may_receive)
{
	int chid = qmsg_channel_create(self->q, 0);
	struct client *c = client_connect(self->me, getpid(), chid);
	struct receiver *r = receiver_new(self->me, chid);

	ASSERT_NE(NULL, c);
	ASSERT_EQ(0, receiver_go_blocked(r));
	ASSERT_EQ(0, client_send(c));
	ASSERT_EQ(0, receiver_wait(r));
	EXPECT_LT(0, receiver_result(r));
}

/* S7.11: a receive deadline; one that is past polls. */
TEST_F(channel, receive_deadline_is_ETIMEDOUT)
{
	int chid = qmsg_channel_create(self->q, 0);
	struct receiver *r = receiver_new(self->me, chid);
	uint64_t deadline = deadline_in_ms(200);

	r->args.deadline = deadline;
	ASSERT_EQ(0, receiver_go(r));
	EXPECT_EQ(0, receiver_wait(r));
	EXPECT_EQ(-ETIMEDOUT, receiver_result(r));
	EXPECT_LE(deadline, now_ns());
	EXPECT_EQ(0, wait_for_channel(getpid(), self->q, chid, "receivers", 0));
}

/* S7.11: polling takes what is there. */
TEST_F(channel, polling_receive_takes_what_is_there)
{
	int chid = qmsg_channel_create(self->q, 0);
	struct client *c = client_blocked(self->me, getpid(), chid);
	char buf[8];

	ASSERT_NE(NULL, c);
	EXPECT_LT(0, receive_now(self->q, chid, buf, sizeof(buf), NULL));
	EXPECT_STREQ("ping", buf);
	EXPECT_EQ(0, expect_nothing(self->q, chid));
}

TEST_HARNESS_MAIN
