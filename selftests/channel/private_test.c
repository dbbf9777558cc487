// SPDX-License-Identifier: GPL-2.0-only
/* S3.13, S9.5, S9.6: a PRIVATE channel is for the owning process alone. */
#include "kselftest_harness.h"

#include "../hazards/hazard.h"

#define SIDE QMSG_SIDE_CHANNEL

FIXTURE(private) {
	int chid;
	int fd;			/* a connection that is a descriptor */
	int sock[2];
	struct peer *child;	/* has inherited it */
};

FIXTURE_SETUP(private)
{
	struct qmsg_channel_create args = { .flags = QMSG_CHF_PRIVATE, .mode = 0222 };

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, self->sock));
	ASSERT_LE(0, peer_open(peer_self()));
	self->chid = qmsg_channel_create_with(Q, &args);
	ASSERT_LT(0, self->chid);
	self->fd = qmsg_connect_attach(Q, 0, self->chid, 0, 0);
	ASSERT_LE(0, self->fd);
	self->child = peer_fork();
	ASSERT_NE(NULL, self->child);
}

FIXTURE_TEARDOWN_PARENT(private)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

/* Its own threads, and its other contexts. */
TEST_F(private, S3_13_the_owner_may)
{
	int other = qmsg_open();
	int coid = qmsg_connect_attach(other, getpid(), self->chid, SIDE, 0);

	EXPECT_LT(0, coid);
	EXPECT_EQ(0, qmsg_pulse_send(other, coid, 1, 1, 0));
	EXPECT_EQ(0, expect_pulse(Q, self->chid, 1, NULL));
	EXPECT_EQ(0, qmsg_pulse_send(Q, self->fd, 1, 2, 0));
	EXPECT_EQ(0, expect_pulse(Q, self->chid, 2, NULL));
	EXPECT_EQ(0, qmsg_pulse_send(other, self->fd, 1, 3, 0));
	EXPECT_EQ(0, expect_pulse(Q, self->chid, 3, NULL));
}

/* Whatever the mode says, and root or not. */
TEST_F(private, S3_13_another_process_is_EACCES)
{
	ASSERT_LE(0, peer_open(self->child));
	EXPECT_EQ(-EACCES, peer_attach(self->child, getpid(), self->chid, SIDE, 0));
	EXPECT_EQ(-EACCES, peer_attach(self->child, getpid(), self->chid, 0, 0));
	EXPECT_EQ(0, peer_end(self->child));
}

static int64_t do_use(void *arg)
{
	struct numbers *n = arg;
	int q = n->n[0], fd = n->n[1];
	struct qmsg_connect_info info = { .coid = fd };

	if (qmsg_msg_send(q, fd, NULL, 0, NULL, 0) != -EACCES)
		return 1;
	if (qmsg_pulse_send(q, fd, 1, 1, 0) != -EACCES)
		return 2;
	if (qmsg_connect_flags(q, fd, 0, 0) != -EACCES)
		return 3;
	if (qmsg_connect_info(q, &info) || info.out_scoid != -1)
		return 4;
	return 0;
}

TEST_F(private, S3_13_an_inherited_descriptor_does_not_help)
{
	int q = peer_open(self->child);

	ASSERT_LE(0, q);
	EXPECT_EQ(0, in_peer(self->child, do_use, q, self->fd));
	EXPECT_EQ(0, expect_nothing(Q, self->chid));
	EXPECT_EQ(0, peer_end(self->child));
}

TEST_F(private, S3_13_a_descriptor_that_was_sent_does_not_help)
{
	int q = peer_open(self->child), fd;

	ASSERT_LE(0, q);
	ASSERT_EQ(0, peer_close(self->child, self->fd));
	ASSERT_EQ(0, send_fd(self->sock[0], self->fd));
	fd = in_peer(self->child, do_receive_fd, self->sock[1]);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, in_peer(self->child, do_use, q, fd));
	EXPECT_EQ(0, expect_nothing(Q, self->chid));
	/* The owner's own use is not disturbed by all this. */
	EXPECT_EQ(0, peer_end(self->child));
	EXPECT_EQ(0, qmsg_pulse_send(Q, self->fd, 1, 2, 0));
	EXPECT_EQ(0, expect_pulse(Q, self->chid, 2, NULL));
}

TEST_HARNESS_MAIN
