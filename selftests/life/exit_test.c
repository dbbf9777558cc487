// SPDX-License-Identifier: GPL-2.0-only
/* S1.30 c, d, k, S1.34, S5.20: threads and processes that exit, and what goes with them. */
#include "kselftest_harness.h"
#include "qmsg_test.h"

FIXTURE(exits) {
	struct peer *me;
	struct peer *peer;
	int q;
	int chid;
};

FIXTURE_SETUP(exits)
{
	self->me = peer_self();
	self->q = peer_open(self->me);
	ASSERT_LE(0, self->q);
	self->peer = peer_fork();
	ASSERT_NE(NULL, self->peer);
	ASSERT_LE(0, peer_open(self->peer));
}

FIXTURE_TEARDOWN(exits)
{
	close(self->q);
	peer_kill(self->peer, SIGKILL);
	peer_reap(self->peer, NULL);
}

typedef FIXTURE_DATA(exits) scene;

static int64_t do_thread_exit(void *arg __attribute__((unused)))
{
	pthread_exit(NULL);
}

static int64_t do_process_exit(void *arg __attribute__((unused)))
{
	_exit(0);
}

/* The first thread ends; the process goes on with the others. */
static int end_first_thread(struct peer *p)
{
	return peer_start(p, do_thread_exit, NULL) ?: wait_for_task_state(p->pid, p->pid, 'Z');
}

/* A context belongs to the process, whichever thread opened it. */
TEST_F(exits, channel_outlives_the_thread_that_made_it)
{
	struct client *c;
	struct echo *e;

	self->chid = peer_channel(self->peer, 0);
	e = echo_start(self->peer, self->chid);
	ASSERT_NE(NULL, e);
	ASSERT_EQ(0, end_first_thread(self->peer));
	c = client_connect(self->me, self->peer->pid, self->chid);
	ASSERT_NE(NULL, c);
	ASSERT_EQ(0, client_send(c));
	ASSERT_EQ(0, client_wait(c));
	EXPECT_EQ(5, client_result(c));
	EXPECT_STREQ("ping", c->reply);
}

/* The last thread ends the process, and that the channel. */
TEST_F(exits, last_thread_ends_the_channel)
{
	struct receiver *r;
	struct client *c;

	self->chid = peer_channel(self->peer, QMSG_CHF_UNBLOCK);
	r = receiver_new(self->peer, self->chid);
	c = client_connect(self->me, self->peer->pid, self->chid);
	ASSERT_NE(NULL, c);
	ASSERT_EQ(0, receiver_go_blocked(r));
	ASSERT_EQ(0, client_send(c));
	ASSERT_EQ(0, receiver_wait(r));
	ASSERT_EQ(0, end_first_thread(self->peer));
	EXPECT_EQ(0, wait_for_client(c, "REPLY"));
	ASSERT_EQ(0, worker_stop(&r->w));
	EXPECT_EQ(0, client_wait(c));
	EXPECT_EQ(-ESRCH, client_result(c));
	EXPECT_EQ(0, peer_reap(self->peer, NULL));
}

/* A client thread that ends between its requests leaves nothing (S1.13). */
TEST_F(exits, idle_client_thread_leaves_no_trace)
{
	struct client *c;
	int64_t rcvid;

	self->chid = peer_channel(self->me, QMSG_CHF_UNBLOCK | QMSG_CHF_DISCONNECT);
	c = client_connect(self->peer, getpid(), self->chid);
	rcvid = client_send_received(c, self->q, self->chid, NULL);
	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, qmsg_msg_reply(self->q, rcvid, 0, NULL, 0));
	ASSERT_EQ(0, client_wait(c));
	ASSERT_EQ(0, worker_stop(&c->w));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

/* S1.30 d: exit of the client process. */
TEST_F(exits, exit_with_a_SEND_blocked_thread)
{
	self->chid = peer_channel_grace(self->me, QMSG_CHF_UNBLOCK, 60000);
	ASSERT_NE(NULL, client_blocked(self->peer, getpid(), self->chid));
	ASSERT_EQ(0, peer_start(self->peer, do_process_exit, NULL));
	EXPECT_EQ(0, peer_reap(self->peer, NULL));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

static int64_t blocked_in_reply(scene *s, unsigned int flags, unsigned int grace_ms)
{
	struct client *c;

	s->chid = peer_channel_grace(s->me, flags, grace_ms);
	c = client_connect(s->peer, getpid(), s->chid);
	return c ? client_send_received(c, s->q, s->chid, NULL) : -ECONNREFUSED;
}

TEST_F(exits, exit_with_a_REPLY_blocked_thread)
{
	int64_t rcvid = blocked_in_reply(self, QMSG_CHF_DISCONNECT, 60000);

	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, peer_start(self->peer, do_process_exit, NULL));
	EXPECT_EQ(0, peer_reap(self->peer, NULL));
	EXPECT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_DISCONNECT, NULL));
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(self->q, rcvid, 0, NULL, 0));
}

/* S5.20: exit kills the siblings; one on an UNBLOCK channel waits for its answer. */
TEST_F(exits, exit_waits_for_a_held_thread)
{
	int64_t rcvid = blocked_in_reply(self, QMSG_CHF_UNBLOCK | QMSG_CHF_DISCONNECT, 60000);

	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, peer_start(self->peer, do_process_exit, NULL));
	ASSERT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_UNBLOCK, NULL));
	EXPECT_FALSE(is_reapable(self->peer->pid));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, rcvid, 0, NULL, 0));
	EXPECT_EQ(0, peer_reap(self->peer, NULL));
	EXPECT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_DISCONNECT, NULL));
}

TEST_F(exits, exit_leaves_an_orphan_after_the_grace)
{
	int64_t rcvid = blocked_in_reply(self, QMSG_CHF_UNBLOCK, 100);

	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, peer_start(self->peer, do_process_exit, NULL));
	EXPECT_EQ(0, peer_reap(self->peer, NULL));
	EXPECT_EQ(0, wait_for_channel(getpid(), self->q, self->chid, "orphans", 1));
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(self->q, rcvid, 0, NULL, 0));
	EXPECT_EQ(0, wait_for_channel(getpid(), self->q, self->chid, "orphans", 0));
}

/* The first thread of the client has ended; the one that is blocked is still reached. */
TEST_F(exits, client_whose_first_thread_has_ended)
{
	struct client *c;
	int64_t rcvid;

	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR1, 0));
	self->chid = peer_channel(self->me, QMSG_CHF_UNBLOCK);
	c = client_connect(self->peer, getpid(), self->chid);
	rcvid = client_send_received(c, self->q, self->chid, NULL);
	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, end_first_thread(self->peer));
	/* Only one thread is left to take a signal of the process (S5.14). */
	ASSERT_EQ(0, peer_kill(self->peer, SIGUSR1));
	EXPECT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_UNBLOCK, NULL));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, rcvid, 6, NULL, 0));
	EXPECT_EQ(0, client_wait(c));
	EXPECT_EQ(6, client_result(c));
	EXPECT_EQ(1, c->w.handled_at_return);
}

/* S1.34: a client in the middle of a send sees one of a small set, never a hang. */
TEST_F(exits, server_exits_under_a_sending_client)
{
	int i, n = few_rounds(10);

	for (i = 0; i < n; i++) {
		struct peer *server = peer_fork();
		struct client *c;
		int64_t res;
		int chid;

		ASSERT_LE(0, peer_open(server));
		chid = peer_channel(server, QMSG_CHF_UNBLOCK);
		c = client_connect(self->me, server->pid, chid);
		ASSERT_NE(NULL, c);
		ASSERT_EQ(0, peer_start(server, do_process_exit, NULL));
		ASSERT_EQ(0, client_send(c));
		EXPECT_EQ(0, peer_reap(server, NULL));
		ASSERT_EQ(0, client_wait(c));
		res = client_result(c);
		EXPECT_TRUE(res == -ESRCH || res == -ENXIO || res == -EBADF);
		client_free(c);
	}
}

/* D2: nothing is left when everybody has gone. */
TEST_F(exits, counters_return_to_zero)
{
	int64_t rcvid = blocked_in_reply(self, QMSG_CHF_UNBLOCK | QMSG_CHF_DISCONNECT, 100);

	if (object_count("contexts") < 0)
		SKIP(return, "no debugfs");
	ASSERT_LT(0, rcvid);
	EXPECT_LT(0, object_count("requests"));
	ASSERT_EQ(0, peer_kill(self->peer, SIGKILL));
	ASSERT_EQ(0, peer_reap(self->peer, NULL));
	ASSERT_EQ(0, close(self->q));
	EXPECT_EQ(0, wait_for_no_objects());
}

TEST_HARNESS_MAIN
