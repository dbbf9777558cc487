// SPDX-License-Identifier: GPL-2.0-only
/* S1.11 - S1.14, S1.30 d, e: server connections, what they count and how they end. */
#include "kselftest_harness.h"
#include "qmsg_test.h"

#define SIDE QMSG_SIDE_CHANNEL
#define FLAGS (QMSG_CHF_DISCONNECT | QMSG_CHF_UNBLOCK)

FIXTURE(scoid) {
	struct peer *peer;		/* the clients' process */
	struct qmsg_msg_info info;
	int64_t rcvid;
	int q;				/* the server's context */
	int chid;
};

FIXTURE_SETUP(scoid)
{
	self->q = peer_open(peer_self());
	ASSERT_LE(0, self->q);
	self->chid = qmsg_channel_create(self->q, FLAGS);
	ASSERT_LT(0, self->chid);
	self->peer = peer_fork();
	ASSERT_NE(NULL, self->peer);
	ASSERT_LE(0, peer_open(self->peer));
}

FIXTURE_TEARDOWN(scoid)
{
	close(self->q);
	peer_kill(self->peer, SIGKILL);
	peer_reap(self->peer, NULL);
}

typedef FIXTURE_DATA(scoid) scene;

static int attach(scene *s, unsigned int index, unsigned int flags)
{
	return peer_attach(s->peer, getpid(), s->chid, index, flags);
}

/* One message over @coid of @p, answered: the scoid it came on, or -errno. */
static int scoid_of(scene *s, struct peer *p, int coid)
{
	struct client *c = client_new(p, coid);

	s->rcvid = client_send_received(c, s->q, s->chid, &s->info);
	if (s->rcvid <= 0)
		return s->rcvid;
	if (s->info.coid != coid || qmsg_msg_reply(s->q, s->rcvid, 0, NULL, 0) || client_wait(c))
		return -EPROTO;
	client_free(c);
	return s->info.scoid;
}

static int expect_disconnect(scene *s, int scoid)
{
	struct qmsg_pulse pulse;
	int err = expect_pulse(s->q, s->chid, QMSG_PULSE_CODE_DISCONNECT, &pulse);

	if (err)
		return err;
	return pulse.scoid == scoid && !pulse.value ? 0 : -EBADMSG;
}

/* S1.11, S1.12 */
TEST_F(scoid, connections_of_one_client_share_a_scoid)
{
	int a = attach(self, SIDE, 0), b = attach(self, SIDE, 0), fd = attach(self, 0, 0);
	int scoid = scoid_of(self, self->peer, a);

	EXPECT_NE(a, b);
	EXPECT_LT(0, scoid);
	EXPECT_EQ(SIDE, scoid & SIDE);
	EXPECT_EQ(scoid, scoid_of(self, self->peer, b));
	EXPECT_EQ(scoid, scoid_of(self, self->peer, fd));
}

/* S1.11, S3.23 */
TEST_F(scoid, NOSHARE_has_its_own)
{
	int shared = scoid_of(self, self->peer, attach(self, SIDE, 0));
	int own = scoid_of(self, self->peer, attach(self, SIDE, QMSG_COF_NOSHARE));
	int own2 = scoid_of(self, self->peer, attach(self, SIDE, QMSG_COF_NOSHARE));

	EXPECT_LT(0, own);
	EXPECT_NE(shared, own);
	EXPECT_NE(shared, own2);
	EXPECT_NE(own, own2);
	/* A later one without the flag does not get into one of those. */
	EXPECT_EQ(shared, scoid_of(self, self->peer, attach(self, SIDE, 0)));
}

TEST_F(scoid, another_process_has_its_own)
{
	struct peer *other = peer_fork();
	int coid;

	ASSERT_LE(0, peer_open(other));
	coid = peer_attach(other, getpid(), self->chid, SIDE, 0);
	EXPECT_NE(scoid_of(self, self->peer, attach(self, SIDE, 0)),
		  scoid_of(self, other, coid));
	EXPECT_EQ(0, peer_end(other));
}

TEST_F(scoid, another_channel_has_its_own)
{
	int first = self->chid, a = scoid_of(self, self->peer, attach(self, SIDE, 0));

	self->chid = qmsg_channel_create(self->q, FLAGS);
	ASSERT_NE(first, self->chid);
	EXPECT_NE(a, scoid_of(self, self->peer, attach(self, SIDE, 0)));
}

/* S1.13, S1.30 e, S3.4: DISCONNECT when the last one goes, not before. */
TEST_F(scoid, DISCONNECT_comes_with_the_last_detach)
{
	int a = attach(self, SIDE, 0), b = attach(self, SIDE, 0), fd = attach(self, 0, 0);
	int scoid = scoid_of(self, self->peer, a);

	EXPECT_EQ(0, peer_detach(self->peer, a));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	EXPECT_EQ(0, peer_close(self->peer, fd));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	EXPECT_EQ(scoid, scoid_of(self, self->peer, b));
	EXPECT_EQ(0, peer_detach(self->peer, b));
	EXPECT_EQ(0, expect_disconnect(self, scoid));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

TEST_F(scoid, DISCONNECT_comes_with_the_last_close)
{
	int fd = attach(self, 0, 0);
	int scoid = scoid_of(self, self->peer, fd);

	EXPECT_EQ(0, peer_close(self->peer, fd));
	EXPECT_EQ(0, expect_disconnect(self, scoid));
}

/* A connection over which nothing was ever sent has a scoid too. */
TEST_F(scoid, DISCONNECT_comes_for_an_unused_connection)
{
	int coid = attach(self, SIDE, 0);

	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	EXPECT_EQ(0, peer_detach(self->peer, coid));
	EXPECT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_DISCONNECT, NULL));
}

TEST_F(scoid, NOSHARE_disconnects_by_itself)
{
	int shared = scoid_of(self, self->peer, attach(self, SIDE, 0));
	int coid = attach(self, SIDE, QMSG_COF_NOSHARE);
	int own = scoid_of(self, self->peer, coid);

	EXPECT_EQ(0, peer_detach(self->peer, coid));
	EXPECT_EQ(0, expect_disconnect(self, own));
	EXPECT_NE(shared, own);
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

/* S1.30 d, and one pulse per scoid. */
TEST_F(scoid, exit_of_the_client_gives_one_DISCONNECT)
{
	int a = attach(self, SIDE, 0), scoid = scoid_of(self, self->peer, a);

	ASSERT_LT(0, attach(self, SIDE, 0));
	ASSERT_LE(0, attach(self, 0, 0));
	ASSERT_EQ(0, peer_kill(self->peer, SIGKILL));
	EXPECT_EQ(0, expect_disconnect(self, scoid));
	ASSERT_EQ(0, peer_reap(self->peer, NULL));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

/* D2: closing the context gives up everything in it. */
TEST_F(scoid, close_of_the_clients_context_gives_DISCONNECT)
{
	int scoid = scoid_of(self, self->peer, attach(self, SIDE, 0));

	ASSERT_EQ(0, peer_close(self->peer, self->peer->q));
	EXPECT_EQ(0, expect_disconnect(self, scoid));
}

/* S1.14: a zombie is not given out again until the server detaches it. */
TEST_F(scoid, zombie_is_kept_until_it_is_detached)
{
	int coid = attach(self, SIDE, 0), zombie = scoid_of(self, self->peer, coid), next;

	EXPECT_EQ(-EINVAL, qmsg_connect_detach(self->q, zombie));
	ASSERT_EQ(0, peer_detach(self->peer, coid));
	ASSERT_EQ(0, expect_disconnect(self, zombie));
	next = scoid_of(self, self->peer, attach(self, SIDE, 0));
	EXPECT_LT(0, next);
	EXPECT_NE(zombie, next);
	EXPECT_EQ(0, qmsg_connect_detach(self->q, zombie));
	EXPECT_EQ(-EINVAL, qmsg_connect_detach(self->q, zombie));
	EXPECT_EQ(-EINVAL, qmsg_connect_detach(self->q, next));
}

/* S1.14: it can be detached before its pulse was received. */
TEST_F(scoid, zombie_can_be_detached_before_its_pulse_is_received)
{
	int coid = attach(self, SIDE, 0), zombie = scoid_of(self, self->peer, coid);

	ASSERT_EQ(0, peer_detach(self->peer, coid));
	ASSERT_EQ(0, wait_for_channel(getpid(), self->q, self->chid, "pulses", 1));
	EXPECT_EQ(0, qmsg_connect_detach(self->q, zombie));
	EXPECT_EQ(-EINVAL, qmsg_connect_detach(self->q, zombie));
}

/* S1.14: without the flag it is free at once, and nobody is told. */
TEST_F(scoid, without_the_flag_it_is_freed_at_once)
{
	int coid, scoid;

	self->chid = qmsg_channel_create(self->q, QMSG_CHF_UNBLOCK);
	coid = attach(self, SIDE, 0);
	scoid = scoid_of(self, self->peer, coid);
	EXPECT_LT(0, scoid);
	ASSERT_EQ(0, peer_detach(self->peer, coid));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	EXPECT_EQ(-EINVAL, qmsg_connect_detach(self->q, scoid));
}

/* S1.13: a message that is out counts as a link. */
TEST_F(scoid, outstanding_message_is_a_link)
{
	int coid = attach(self, SIDE, 0);
	struct client *c = client_new(self->peer, coid);

	self->rcvid = client_send_received(c, self->q, self->chid, &self->info);
	ASSERT_LT(0, self->rcvid);
	ASSERT_EQ(0, peer_detach(self->peer, coid));
	ASSERT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_UNBLOCK, NULL));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 1, NULL, 0));
	EXPECT_EQ(0, expect_disconnect(self, self->info.scoid));
	EXPECT_EQ(0, client_wait(c));
	EXPECT_EQ(1, client_result(c));
}

/* Another coid of the scoid does not ask for the message of this one. */
TEST_F(scoid, detach_of_another_coid_leaves_the_message_alone)
{
	int coid = attach(self, SIDE, 0), other = attach(self, SIDE, 0);
	struct client *c = client_new(self->peer, coid);

	self->rcvid = client_send_received(c, self->q, self->chid, &self->info);
	ASSERT_LT(0, self->rcvid);
	ASSERT_EQ(0, peer_detach(self->peer, other));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	EXPECT_EQ(0, wait_for_client(c, "REPLY"));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 1, NULL, 0));
	EXPECT_EQ(0, client_wait(c));
}

/* A new attach while only the message holds the scoid: the client is still the same. */
TEST_F(scoid, attach_while_only_a_message_holds_it)
{
	int coid = attach(self, SIDE, 0), scoid;
	struct client *c = client_new(self->peer, coid);

	self->rcvid = client_send_received(c, self->q, self->chid, &self->info);
	ASSERT_LT(0, self->rcvid);
	scoid = self->info.scoid;
	ASSERT_EQ(0, peer_detach(self->peer, coid));
	ASSERT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_UNBLOCK, NULL));
	coid = attach(self, SIDE, 0);
	ASSERT_LT(0, coid);
	ASSERT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 1, NULL, 0));
	ASSERT_EQ(0, client_wait(c));
	/* It lives on with the new connection: no DISCONNECT yet. */
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	EXPECT_EQ(scoid, scoid_of(self, self->peer, coid));
	ASSERT_EQ(0, peer_detach(self->peer, coid));
	EXPECT_EQ(0, expect_disconnect(self, scoid));
}

/* Ids that are something else. */
TEST_F(scoid, detach_of_what_is_no_scoid_is_EINVAL)
{
	struct qmsg_connect_detach args = { .size = sizeof(args), .coid = self->chid };

	EXPECT_EQ(-EINVAL, raw_ioctl(self->q, QMSG_IOC_CONNECT_DETACH, &args));
	EXPECT_EQ(-EINVAL, qmsg_connect_detach(self->q, SIDE | self->chid));
	EXPECT_EQ(-EINVAL, qmsg_connect_detach(self->q, SIDE | 0x3fffffff));
}

TEST_HARNESS_MAIN
