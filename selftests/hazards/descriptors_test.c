// SPDX-License-Identifier: GPL-2.0-only
/*
 * B4 - B6: connections that are descriptors, closed, duplicated and overwritten while
 * threads are blocked on them. A descriptor is the process's use of the connection: what
 * counts is the last one the process has.
 * Descriptors of a channel are in poll_test.c.
 */
#include "kselftest_harness.h"

#include <fcntl.h>

#include "hazard.h"

FIXTURE(descriptor)
{
	struct peer *client;	/* a process */
	int chid, coid;
	struct client *c;
	int64_t rcvid;
};

FIXTURE_VARIANT(descriptor)
{
	unsigned int flags;
};

FIXTURE_VARIANT_ADD(descriptor, plain)
{
	.flags = QMSG_CHF_DISCONNECT,
};

FIXTURE_VARIANT_ADD(descriptor, unblock)
{
	.flags = QMSG_CHF_DISCONNECT | QMSG_CHF_UNBLOCK,
};

FIXTURE_SETUP(descriptor)
{
	ASSERT_LE(0, peer_open(peer_self()));
	self->chid = qmsg_channel_create(Q, variant->flags);
	ASSERT_LT(0, self->chid);
	self->client = peer_fork();
	ASSERT_TRUE(self->client != NULL);
	ASSERT_LE(0, peer_open(self->client));
	self->coid = peer_attach(self->client, getpid(), self->chid, 0, 0);
	ASSERT_LE(0, self->coid);
	self->c = client_new(self->client, self->coid);
}

FIXTURE_TEARDOWN_PARENT(descriptor)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

enum { DUP, DUP2, DUP3, F_DUPFD_WAY, F_DUPFD_CLOEXEC_WAY, DUP_WAYS };

static int64_t do_dup(void *arg)
{
	struct numbers *n = arg;

	switch (n->n[1]) {
	case DUP:
		return dup(n->n[0]);
	case DUP2:
		return dup2(n->n[0], 200);
	case DUP3:
		return dup3(n->n[0], 201, O_CLOEXEC);
	case F_DUPFD_WAY:
		return fcntl(n->n[0], F_DUPFD, 100);
	default:
		return fcntl(n->n[0], F_DUPFD_CLOEXEC, 100);
	}
}

static int64_t do_overwrite(void *arg)
{
	struct numbers *n = arg;

	return dup2(0, n->n[0]);
}

static int duplicate(FIXTURE_DATA(descriptor) *self, int fd, int how)
{
	return in_peer(self->client, do_dup, fd, how);
}

/* The process's use of the connection ends, in one of the ways it can. */
static int lose(FIXTURE_DATA(descriptor) *self, int fd, bool overwrite)
{
	if (overwrite)
		return in_peer(self->client, do_overwrite, fd) - fd;
	return peer_close(self->client, fd);
}

/* One whole request through @coid; the server sees that number. */
static void expect_works(struct __test_metadata *_metadata, FIXTURE_DATA(descriptor) *self,
			 int coid)
{
	struct qmsg_msg_info info;
	int64_t rcvid;

	self->c->args.coid = coid;
	rcvid = client_send_received(self->c, Q, self->chid, &info);
	ASSERT_LT(0, rcvid);
	EXPECT_EQ(coid, info.coid);
	EXPECT_EQ(self->client->pid, info.pid);
	EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 9, NULL, 0));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(9, client_result(self->c));
}

/* The last link of the client has gone; nothing else is there. */
static void expect_disconnect(struct __test_metadata *_metadata, FIXTURE_DATA(descriptor) *self)
{
	struct qmsg_pulse pulse;

	ASSERT_EQ(0, expect_pulse(Q, self->chid, QMSG_PULSE_CODE_DISCONNECT, &pulse));
	EXPECT_EQ(0, qmsg_connect_detach(Q, pulse.scoid));
	EXPECT_EQ(0, expect_nothing(Q, self->chid));
}

TEST_F(descriptor, B5_it_lives_until_the_last_duplicate)
{
	for (int how = 0; how < DUP_WAYS; how++) {
		int coid = peer_attach(self->client, getpid(), self->chid, 50, 0);
		int copy = duplicate(self, coid, how);

		ASSERT_LE(50, coid);
		ASSERT_LE(0, copy) TH_LOG("way %d", how);
		if (how == 0) {
			ASSERT_EQ(0, peer_close(self->client, self->coid));
		}
		expect_works(_metadata, self, coid);
		expect_works(_metadata, self, copy);
		ASSERT_EQ(0, peer_close(self->client, coid));
		ASSERT_EQ(0, expect_nothing(Q, self->chid)) TH_LOG("way %d", how);
		expect_works(_metadata, self, copy);
		ASSERT_EQ(0, peer_close(self->client, copy));
		expect_disconnect(_metadata, self);
	}
}

TEST_F(descriptor, B5_two_connections_share_one_link)
{
	int second = peer_attach(self->client, getpid(), self->chid, 0, 0);

	ASSERT_LE(0, second);
	ASSERT_NE(self->coid, second);
	ASSERT_EQ(0, peer_close(self->client, self->coid));
	ASSERT_EQ(0, expect_nothing(Q, self->chid));
	expect_works(_metadata, self, second);
	ASSERT_EQ(0, peer_close(self->client, second));
	expect_disconnect(_metadata, self);
}

TEST_F(descriptor, B5_a_closed_one_is_EBADF_and_its_number_is_free)
{
	int again;

	ASSERT_EQ(0, peer_close(self->client, self->coid));
	expect_disconnect(_metadata, self);
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(-EBADF, client_result(self->c));
	again = peer_attach(self->client, getpid(), self->chid, 0, 0);
	EXPECT_EQ(self->coid, again);
	expect_works(_metadata, self, again);
}

/* Closing a duplicate that nobody is blocked on, then closing the one somebody is. */
TEST_F(descriptor, B5_closing_one_of_two_disturbs_nobody)
{
	int copy = duplicate(self, self->coid, DUP);

	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
	ASSERT_EQ(0, peer_close(self->client, copy));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
	copy = duplicate(self, self->coid, DUP);
	ASSERT_EQ(0, peer_close(self->client, self->coid));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
	self->rcvid = receive_any(Q, self->chid);
	ASSERT_LT(0, self->rcvid);
	EXPECT_EQ(0, expect_nothing(Q, self->chid));
	EXPECT_EQ(0, qmsg_msg_reply(Q, self->rcvid, 1, NULL, 0));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(1, client_result(self->c));
	expect_works(_metadata, self, copy);
}

static void lose_while_send_blocked(struct __test_metadata *_metadata,
				    FIXTURE_DATA(descriptor) *self, bool overwrite)
{
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
	ASSERT_EQ(0, lose(self, self->coid, overwrite));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(-EBADF, client_result(self->c));
	expect_disconnect(_metadata, self);
}

static void lose_while_reply_blocked(struct __test_metadata *_metadata,
				     FIXTURE_DATA(descriptor) *self, bool overwrite)
{
	self->rcvid = client_send_received(self->c, Q, self->chid, NULL);
	ASSERT_LT(0, self->rcvid);
	ASSERT_EQ(0, lose(self, self->coid, overwrite));
}

static void expect_left(struct __test_metadata *_metadata, FIXTURE_DATA(descriptor) *self)
{
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(-EBADF, client_result(self->c));
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(Q, self->rcvid, 0, NULL, 0));
	expect_disconnect(_metadata, self);
}

/* S1.30 h: told once, held until answered, DISCONNECT only then. */
static void expect_held(struct __test_metadata *_metadata, FIXTURE_DATA(descriptor) *self)
{
	struct qmsg_msg_info info;
	struct qmsg_pulse pulse;

	ASSERT_EQ(0, wait_for_client(self->c, "REPLY+R"));
	ASSERT_EQ(0, expect_pulse(Q, self->chid, QMSG_PULSE_CODE_UNBLOCK, &pulse));
	EXPECT_EQ(self->rcvid, (int64_t)pulse.value);
	ASSERT_EQ(0, qmsg_msg_info(Q, self->rcvid, &info));
	EXPECT_NE(0, info.flags & QMSG_MI_UNBLOCK_REQ);
	EXPECT_EQ(QMSG_UNBLOCK_DETACH, info.unblock_reasons);
	EXPECT_EQ(EBADF, info.unblock_error);
	EXPECT_EQ(0, expect_nothing(Q, self->chid));
	EXPECT_FALSE(client_done(self->c));
	EXPECT_EQ(0, qmsg_msg_error(Q, self->rcvid, QMSG_ERROR_REASON));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(-EBADF, client_result(self->c));
	expect_disconnect(_metadata, self);
}

TEST_F(descriptor, B4_closed_while_SEND_blocked)
{
	lose_while_send_blocked(_metadata, self, false);
}

TEST_F(descriptor, B6_overwritten_while_SEND_blocked)
{
	lose_while_send_blocked(_metadata, self, true);
}

TEST_F(descriptor, B4_closed_while_REPLY_blocked)
{
	lose_while_reply_blocked(_metadata, self, false);
	if (variant->flags & QMSG_CHF_UNBLOCK)
		expect_held(_metadata, self);
	else
		expect_left(_metadata, self);
}

TEST_F(descriptor, B6_overwritten_while_REPLY_blocked)
{
	lose_while_reply_blocked(_metadata, self, true);
	if (variant->flags & QMSG_CHF_UNBLOCK)
		expect_held(_metadata, self);
	else
		expect_left(_metadata, self);
}

/* R6 with the number taken again at once: the new connection is nobody's detach. */
TEST_F(descriptor, B4_the_number_is_reused_while_the_old_request_waits)
{
	struct client *other;
	int again;

	lose_while_reply_blocked(_metadata, self, false);
	if (!(variant->flags & QMSG_CHF_UNBLOCK))
		SKIP(return, "nobody is held on a channel without UNBLOCK");
	ASSERT_EQ(0, expect_pulse(Q, self->chid, QMSG_PULSE_CODE_UNBLOCK, NULL));
	again = peer_attach(self->client, getpid(), self->chid, 0, 0);
	ASSERT_EQ(self->coid, again);
	other = client_new(self->client, again);
	ASSERT_EQ(0, client_send(other));
	ASSERT_EQ(0, wait_for_client(other, "SEND"));
	EXPECT_EQ(0, qmsg_msg_error(Q, self->rcvid, QMSG_ERROR_REASON));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(-EBADF, client_result(self->c));
	self->rcvid = receive_any(Q, self->chid);
	ASSERT_LT(0, self->rcvid);
	EXPECT_EQ(0, qmsg_msg_reply(Q, self->rcvid, 4, NULL, 0));
	ASSERT_EQ(0, client_wait(other));
	EXPECT_EQ(4, client_result(other));
	EXPECT_EQ(0, expect_nothing(Q, self->chid));
}

/* A descriptor that is moved up to index takes the connection with it (S1.9). */
TEST_F(descriptor, S1_9_the_index_is_the_lowest_number)
{
	int coid = peer_attach(self->client, getpid(), self->chid, 300, 0);
	int next = peer_attach(self->client, getpid(), self->chid, 300, 0);

	EXPECT_EQ(300, coid);
	EXPECT_EQ(301, next);
	ASSERT_EQ(0, peer_close(self->client, self->coid));
	ASSERT_EQ(0, peer_close(self->client, next));
	expect_works(_metadata, self, coid);
	ASSERT_EQ(0, peer_close(self->client, coid));
	expect_disconnect(_metadata, self);
}

/* NOSHARE: a link, and so a DISCONNECT, of its own (S1.11). */
TEST_F(descriptor, S1_11_a_connection_that_does_not_share)
{
	int alone = peer_attach(self->client, getpid(), self->chid, 0, QMSG_COF_NOSHARE);

	ASSERT_LE(0, alone);
	expect_works(_metadata, self, alone);
	ASSERT_EQ(0, peer_close(self->client, alone));
	expect_disconnect(_metadata, self);
	expect_works(_metadata, self, self->coid);
}

TEST_HARNESS_MAIN
