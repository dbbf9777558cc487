// SPDX-License-Identifier: GPL-2.0-only
/*
 * G9: channels, connections, messages and pulses without number, one after the other. What
 * has gone takes no memory.
 */
#include "kselftest_harness.h"

#include <stdlib.h>

#include "cgroup.h"

#define KIB	1024L

FIXTURE(churn)
{
	struct peer *p;		/* in a group of its own: whose memory it is */
	int chid, theirs;
	struct echo *echo;
};

FIXTURE_SETUP(churn)
{
	int err = cgroup_make();

	if (err == -ENOENT)
		SKIP(return, "no memory controller of cgroup v2");
	ASSERT_EQ(0, err);
	ASSERT_EQ(0, cgroup_limit("max"));
	ASSERT_LE(0, peer_open(peer_self()));
	self->chid = qmsg_channel_create(Q, QMSG_CHF_DISCONNECT);
	self->echo = echo_start(peer_self(), self->chid);
	self->p = peer_fork();
	ASSERT_TRUE(self->p != NULL);
	ASSERT_EQ(0, cgroup_enter(self->p));
	ASSERT_LE(0, peer_open(self->p));
	self->theirs = peer_channel(self->p, 0);
	ASSERT_LT(0, self->theirs);
}

FIXTURE_TEARDOWN_PARENT(churn)
{
	EXPECT_EQ(0, wait_for_no_objects());
	EXPECT_EQ(0, cgroup_remove());
}

/* In the peer. n: how often, the other's channel and process. */
static int one_turn(int chid, pid_t pid, int i)
{
	struct qmsg_msg_send args;
	char reply[64];
	int own = qmsg_channel_create(Q, i & 1 ? QMSG_CHF_UNBLOCK : 0);
	int coid = qmsg_connect_attach(Q, pid, chid, i & 2 ? QMSG_SIDE_CHANNEL : 0, 0);
	int self = qmsg_connect_attach(Q, 0, own, QMSG_SIDE_CHANNEL, 0);
	int err = own < 0 ? own : coid < 0 ? coid : self < 0 ? self : 0;

	for (int k = 0; k < 3 && !err; k++)
		err = qmsg_msg_send(Q, coid, "message", 8, reply, sizeof(reply)) == 8 ? 0 : -EIO;
	err = err ?: qmsg_pulse_send(Q, self, 1, 1, i);
	args = send_args(self, reply, sizeof(reply), NULL, 0);
	args.send_deadline = 0;
	if (!err && qmsg_msg_send_with(Q, &args) != -ETIMEDOUT)
		err = -EPROTO;
	err = err ?: i & 2 ? qmsg_connect_detach(Q, coid) : close(coid);
	err = err ?: qmsg_connect_detach(Q, self);
	return err ?: qmsg_channel_destroy(Q, own);
}

static int64_t do_churn(void *arg)
{
	struct numbers *n = arg;
	int err = 0;

	for (int i = 0; i < n->n[0] && !err; i++)
		err = one_turn(n->n[1], n->n[2], i);
	return err;
}

static int64_t churn(FIXTURE_DATA(churn) *self, long n)
{
	return in_peer(self->p, do_churn, n, self->chid, getpid());
}

TEST_F(churn, G9_everything_made_and_ended_again_and_again)
{
	long n = rounds_by(50), part = 200, before;
	long long bytes;

	ASSERT_EQ(0, churn(self, part));
	bytes = object_count("bytes");
	before = cgroup_bytes();
	/* in parts: a wait has a limit */
	for (long done = 0; done < n; done += part) {
		ASSERT_EQ(0, churn(self, part));
	}
	TH_LOG("%ld bytes, then %ld", before, cgroup_bytes());
	/* the kernel counts in batches of some pages for each processor */
	EXPECT_GT(before + 512 * KIB, cgroup_bytes());
	EXPECT_EQ(bytes, object_count("bytes"));
}

TEST_HARNESS_MAIN
