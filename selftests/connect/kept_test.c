// SPDX-License-Identifier: GPL-2.0-only
/*
 * A client keeps what its last request over a connection was made of, the connection with it
 * (request.c). That the next message goes where it should, and that nothing is kept of what has
 * gone: S1.15.
 */
#include "kselftest_harness.h"
#include "qmsg_test.h"

/* More than there are places for such: some share one. */
#define MANY	9

FIXTURE(kept) {
	struct peer *me, *peer;		/* the servers', the clients' process */
	int q;
	int chid[MANY], coid[MANY];
	struct client *c;
};

FIXTURE_SETUP(kept)
{
	int i;

	self->me = peer_self();
	self->q = peer_open(self->me);
	ASSERT_LE(0, self->q);
	self->peer = peer_fork();
	ASSERT_NE(NULL, self->peer);
	ASSERT_LE(0, peer_open(self->peer));
	for (i = 0; i < MANY; i++) {
		self->chid[i] = peer_channel(self->me, 0);
		ASSERT_LT(0, self->chid[i]);
		self->coid[i] = peer_attach(self->peer, getpid(), self->chid[i],
					    QMSG_SIDE_CHANNEL, 0);
		ASSERT_LE(0, self->coid[i]);
	}
	self->c = client_new(self->peer, self->coid[0]);
	ASSERT_NE(NULL, self->c);
}

FIXTURE_TEARDOWN(kept)
{
	close(self->q);
	EXPECT_EQ(0, peer_end(self->peer));
	EXPECT_EQ(0, wait_for_no_objects());
}

typedef FIXTURE_DATA(kept) scene;

/* Over number @i, to the channel that it belongs to. */
static int64_t exchange(scene *s, int i, int coid)
{
	struct qmsg_msg_info info;
	int64_t rcvid;

	s->c->args.coid = coid;
	rcvid = client_send_received(s->c, s->q, s->chid[i], &info);
	if (rcvid <= 0)
		return rcvid ?: -EBADMSG;
	if (info.coid != coid || info.chid != s->chid[i])
		return -EPROTO;
	return qmsg_msg_reply(s->q, rcvid, i, NULL, 0) ?: client_wait(s->c) ?:
	       client_result(s->c) == i ? 0 : -EPROTO;
}

TEST_F(kept, each_goes_to_its_own)
{
	unsigned int n = 1, i, k;

	for (k = 0; k < 300; k++) {
		n = n * 1103515245 + 12345;
		i = n / 65536 % MANY;
		ASSERT_EQ(0, exchange(self, i, self->coid[i])) TH_LOG("%u, number %u", k, i);
	}
}

/* The same number, but another channel. */
TEST_F(kept, a_number_that_comes_back)
{
	int i, coid = self->coid[0];

	for (i = 1; i < MANY; i++) {
		ASSERT_EQ(0, exchange(self, i - 1, coid));
		ASSERT_EQ(0, peer_detach(self->peer, coid));
		EXPECT_EQ(coid, peer_attach(self->peer, getpid(), self->chid[i],
					    QMSG_SIDE_CHANNEL, 0));
		ASSERT_EQ(0, exchange(self, i, coid));
	}
}

/* Nothing of it is there any more when the detach is done. */
TEST_F(kept, detach_leaves_nothing)
{
	long long connections = object_count("connections");

	if (connections < 0)
		SKIP(return, "no debugfs");
	ASSERT_EQ(0, exchange(self, 0, self->coid[0]));
	EXPECT_EQ(connections, object_count("connections"));
	ASSERT_EQ(0, peer_detach(self->peer, self->coid[0]));
	EXPECT_EQ(connections - 1, object_count("connections"));
	self->c->args.coid = self->coid[0];
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(-EBADF, client_result(self->c));
}

/* S1.15: of a channel that has ended. */
TEST_F(kept, channel_ends)
{
	ASSERT_EQ(0, exchange(self, 0, self->coid[0]));
	ASSERT_EQ(0, qmsg_channel_destroy(self->q, self->chid[0]));
	self->c->args.coid = self->coid[0];
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(-EBADF, client_result(self->c));
}

/* Descriptors keep nothing, and do not disturb those that do. */
TEST_F(kept, descriptors_between_numbers)
{
	int fd = peer_attach(self->peer, getpid(), self->chid[1], 0, 0), i;

	ASSERT_LE(0, fd);
	for (i = 0; i < 10; i++) {
		ASSERT_EQ(0, exchange(self, 0, self->coid[0]));
		ASSERT_EQ(0, exchange(self, 1, fd));
	}
	EXPECT_EQ(0, peer_close(self->peer, fd));
}

struct sender {
	struct worker w;
	int coid, rounds, wrong;
};

/* An echo: what comes back is what was sent. */
static void sends(struct worker *w)
{
	struct sender *s = (struct sender *)w;
	char text[16], back[16];
	int i, n;

	for (i = 0; i < s->rounds; i++) {
		n = snprintf(text, sizeof(text), "%d %d", s->coid & 0xffff, i);
		s->wrong += qmsg_msg_send(w->peer->q, s->coid, text, n, back, sizeof(back)) != n ||
			    memcmp(text, back, n);
	}
}

/* Threads whose connections share places: each has its own answers. */
TEST_F(kept, threads_that_share_a_place)
{
	struct echo *echo[MANY];
	struct sender *sender[MANY];
	int i;

	for (i = 0; i < MANY; i++) {
		echo[i] = echo_start(self->me, self->chid[i]);
		ASSERT_NE(NULL, echo[i]);
	}
	for (i = 0; i < MANY; i++) {
		sender[i] = shared_alloc(sizeof(*sender[i]));
		sender[i]->w.peer = self->peer;
		sender[i]->w.run = sends;
		sender[i]->coid = self->coid[i];
		sender[i]->rounds = 200;
		ASSERT_EQ(0, worker_go(&sender[i]->w));
	}
	for (i = 0; i < MANY; i++) {
		ASSERT_EQ(0, worker_wait(&sender[i]->w));
		EXPECT_EQ(0, sender[i]->wrong);
		ASSERT_EQ(0, qmsg_channel_destroy(self->q, self->chid[i]));
		ASSERT_EQ(0, echo_join(echo[i]));
	}
}

TEST_HARNESS_MAIN
