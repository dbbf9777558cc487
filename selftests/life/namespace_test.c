// SPDX-License-Identifier: GPL-2.0-only
/* D3, D21: pid and user namespaces: who can name whom, and what the server is told. */
#include "kselftest_harness.h"
#include "qmsg_test.h"

#define SIDE QMSG_SIDE_CHANNEL
#define OVERFLOW_ID 65534

FIXTURE(ns) {
	struct peer *me;
	struct peer *inner;		/* the first process of a pid namespace of its own */
	int q;
	int chid;
};

FIXTURE_SETUP(ns)
{
	self->me = peer_self();
	self->q = peer_open(self->me);
	ASSERT_LE(0, self->q);
	self->chid = qmsg_channel_create(self->q, QMSG_CHF_UNBLOCK | QMSG_CHF_DISCONNECT);
	ASSERT_LT(0, self->chid);
}

FIXTURE_TEARDOWN(ns)
{
	close(self->q);
	if (self->inner) {
		peer_kill(self->inner, SIGKILL);
		peer_reap(self->inner, NULL);
	}
}

#define MAKE_INNER(flags) do {							\
	self->inner = peer_fork_in(flags);					\
	if (!self->inner)							\
		SKIP(return, "no such namespaces");				\
	ASSERT_LE(0, peer_open(self->inner));					\
} while (0)

/* From outside to inside: the server cannot see the client. */
TEST_F(ns, server_inside_client_outside)
{
	struct receiver *r;
	struct client *c;
	int chid;

	MAKE_INNER(CLONE_NEWPID);
	chid = peer_channel(self->inner, 0);
	r = receiver_new(self->inner, chid);
	c = client_connect(self->me, self->inner->pid, chid);
	ASSERT_NE(NULL, c);
	ASSERT_EQ(0, receiver_go_blocked(r));
	ASSERT_EQ(0, client_send(c));
	ASSERT_EQ(0, receiver_wait(r));
	ASSERT_LT(0, receiver_result(r));
	EXPECT_EQ(0, r->info.pid);
	EXPECT_EQ(0, r->info.tid);
	EXPECT_EQ(0U, r->info.uid);
	EXPECT_EQ(0, wait_for_client(c, "REPLY"));
}

/* From inside it cannot be named: the numbers are those of the caller's namespace. */
TEST_F(ns, client_inside_cannot_name_a_server_outside)
{
	MAKE_INNER(CLONE_NEWPID);
	EXPECT_EQ(-ESRCH, peer_attach(self->inner, getpid(), self->chid, SIDE, 0));
	/* Its own number inside is 1, and it has no channel. */
	EXPECT_EQ(-ESRCH, peer_attach(self->inner, 1, self->chid, SIDE, 0));
}

/* With a connection that it was given it can send; the server sees it by its own numbers. */
TEST_F(ns, client_inside_with_an_inherited_connection)
{
	int fd = qmsg_connect_attach(self->q, 0, self->chid, 0, 0);
	struct qmsg_msg_info info;
	struct client *c;
	int64_t rcvid;

	MAKE_INNER(CLONE_NEWPID);
	c = client_new(self->inner, fd);
	rcvid = client_send_received(c, self->q, self->chid, &info);
	ASSERT_LT(0, rcvid);
	EXPECT_EQ(self->inner->pid, info.pid);
	EXPECT_EQ(c->w.tid, info.tid);
	EXPECT_EQ(0, wait_for_client(c, "REPLY"));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, rcvid, 3, NULL, 0));
	EXPECT_EQ(0, client_wait(c));
	EXPECT_EQ(3, client_result(c));
}

/* Both inside: the numbers are the inner ones. */
TEST_F(ns, both_inside)
{
	struct receiver *r;
	struct client *c;
	int chid, coid;

	MAKE_INNER(CLONE_NEWPID);
	chid = peer_channel(self->inner, 0);
	r = receiver_new(self->inner, chid);
	coid = peer_attach(self->inner, 1, chid, SIDE, 0);
	ASSERT_LT(0, coid);
	c = client_new(self->inner, coid);
	ASSERT_EQ(0, receiver_go_blocked(r));
	ASSERT_EQ(0, client_send(c));
	ASSERT_EQ(0, receiver_wait(r));
	ASSERT_LT(0, receiver_result(r));
	EXPECT_EQ(1, r->info.pid);
	EXPECT_LT(1, r->info.tid);
	EXPECT_GT(100, r->info.tid);
}

/* Two namespaces side by side: the server cannot see the client, but can serve it. */
TEST_F(ns, siblings)
{
	struct peer *server;
	struct receiver *r;
	struct client *c;
	int chid, fd;

	server = peer_fork_in(CLONE_NEWPID);
	if (!server)
		SKIP(return, "no pid namespaces");
	ASSERT_LE(0, peer_open(server));
	chid = peer_channel(server, 0);
	fd = qmsg_connect_attach(self->q, server->pid, chid, 0, 0);
	ASSERT_LE(0, fd);
	MAKE_INNER(CLONE_NEWPID);
	c = client_new(self->inner, fd);
	r = receiver_new(server, chid);
	ASSERT_EQ(0, receiver_go_blocked(r));
	ASSERT_EQ(0, client_send(c));
	ASSERT_EQ(0, receiver_wait(r));
	ASSERT_LT(0, receiver_result(r));
	EXPECT_EQ(0, r->info.pid);
	EXPECT_EQ(0, r->info.tid);
	ASSERT_EQ(0, peer_kill(server, SIGKILL));
	EXPECT_EQ(0, client_wait(c));
	EXPECT_EQ(-ESRCH, client_result(c));
	EXPECT_EQ(0, peer_reap(server, NULL));
}

/* T16 across the border. */
TEST_F(ns, kill_across_namespaces)
{
	int fd = qmsg_connect_attach(self->q, 0, self->chid, 0, 0);
	struct client *c;
	int64_t rcvid;

	MAKE_INNER(CLONE_NEWPID);
	c = client_new(self->inner, fd);
	rcvid = client_send_received(c, self->q, self->chid, NULL);
	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, peer_kill(self->inner, SIGKILL));
	ASSERT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_UNBLOCK, NULL));
	EXPECT_FALSE(is_reapable(self->inner->pid));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, rcvid, 0, NULL, 0));
	EXPECT_EQ(0, peer_reap(self->inner, NULL));
	self->inner = NULL;
	EXPECT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_DISCONNECT, NULL));
}

/* A user of another namespace: shown as far as it has a name in the receiver's. */
TEST_F(ns, uid_is_translated_for_the_receiver)
{
	struct receiver *r;
	struct client *c;
	int chid;

	MAKE_INNER(CLONE_NEWUSER);
	chid = peer_channel(self->inner, 0);
	ASSERT_LT(0, chid);
	r = receiver_new(self->inner, chid);
	c = client_connect(self->me, self->inner->pid, chid);
	ASSERT_NE(NULL, c);
	ASSERT_EQ(0, receiver_go_blocked(r));
	ASSERT_EQ(0, client_send(c));
	ASSERT_EQ(0, receiver_wait(r));
	ASSERT_LT(0, receiver_result(r));
	EXPECT_EQ(OVERFLOW_ID, r->info.uid);
	EXPECT_EQ(OVERFLOW_ID, r->info.gid);
	EXPECT_EQ(OVERFLOW_ID, r->info.connect_uid);
	EXPECT_EQ(getpid(), r->info.pid);
}

TEST_HARNESS_MAIN
