// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rows T18 and T26: the server process is terminating but not gone (S1.30 j). Its
 * clients stay until it is gone, unless something makes them want to leave.
 */
#include "scene.h"

struct dying_scene {
	struct dying *d;
	int64_t rcvid;
};

/* The client is received by a server that has not begun to die. */
static int received_by_mortal(scene *self, struct dying_scene *ds, unsigned int flags)
{
	struct receiver *r;
	int err;

	ds->d = dying_new(self->q, flags);
	if (!ds->d)
		return -ENODEV;
	self->c = client_connect(self->peer, ds->d->peer->pid, ds->d->chid);
	if (!self->c)
		return -ECONNREFUSED;
	r = receiver_new(ds->d->peer, ds->d->chid);
	err = peer_handle(self->peer, SIGUSR1, 0) ?: receiver_go_blocked(r) ?:
	      client_send(self->c) ?: receiver_wait(r);
	ds->rcvid = err ?: receiver_result(r);
	return err ?: wait_for_client(self->c, "REPLY");
}

/* T26: the beginning of the end changes nothing; the end is T25. */
TEST_F(state, T26_client_stays_while_the_server_terminates)
{
	struct dying_scene ds;

	ASSERT_EQ(0, received_by_mortal(self, &ds, UNBLOCK));
	ASSERT_EQ(0, dying_begin(ds.d));
	EXPECT_EQ(0, wait_for_client(self->c, "REPLY"));
	EXPECT_FALSE(client_done(self->c));
	EXPECT_EQ(0, dying_end(ds.d, self->q));
	EXPECT_EQ(-ESRCH, result(self));
}

TEST_F(state, T26_plain_client_stays_while_the_server_terminates)
{
	struct dying_scene ds;

	ASSERT_EQ(0, received_by_mortal(self, &ds, PLAIN));
	ASSERT_EQ(0, dying_begin(ds.d));
	EXPECT_EQ(0, wait_for_client(self->c, "REPLY"));
	EXPECT_FALSE(client_done(self->c));
	EXPECT_EQ(0, dying_end(ds.d, self->q));
	EXPECT_EQ(-ESRCH, result(self));
}

/* T18: UNBLOCK does not hold for a server that cannot answer any more. */
TEST_F(state, T18_signal_releases_the_client_of_a_terminating_server)
{
	struct dying_scene ds;

	ASSERT_EQ(0, received_by_mortal(self, &ds, UNBLOCK));
	ASSERT_EQ(0, dying_begin(ds.d));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	EXPECT_EQ(-EINTR, result(self));
	EXPECT_EQ(1, self->c->w.handled_at_return);
	EXPECT_EQ(0, dying_end(ds.d, self->q));
}

TEST_F(state, T18_detach_releases_the_client_of_a_terminating_server)
{
	struct dying_scene ds;

	ASSERT_EQ(0, received_by_mortal(self, &ds, UNBLOCK));
	ASSERT_EQ(0, dying_begin(ds.d));
	ASSERT_EQ(0, peer_detach(self->peer, self->c->args.coid));
	EXPECT_EQ(-EBADF, result(self));
	EXPECT_EQ(0, dying_end(ds.d, self->q));
}

/* The deadline is set before the send, so it may pass before the server begins to die. */
TEST_F(state, T18_timeout_releases_the_client_of_a_terminating_server)
{
	struct receiver *r;
	struct dying *d = dying_new(self->q, UNBLOCK);

	ASSERT_NE(NULL, d);
	self->c = client_connect(self->peer, d->peer->pid, d->chid);
	ASSERT_NE(NULL, self->c);
	r = receiver_new(d->peer, d->chid);
	ASSERT_EQ(0, receiver_go_blocked(r));
	self->c->args.reply_deadline = deadline_in_ms(wait_limit_ms() / 10);
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, receiver_wait(r));
	ASSERT_EQ(0, dying_begin(d));
	if (now_ns() > self->c->args.reply_deadline)
		SKIP(return, "too slow to kill the server before the deadline");
	EXPECT_EQ(-ETIMEDOUT, result(self));
	EXPECT_EQ(0, dying_end(d, self->q));
}

/* T26 from REPLY+R: asked before, it stays; the next event releases it (T18). */
TEST_F(state, T26_further_event_releases_a_client_that_had_asked)
{
	struct dying_scene ds;

	ASSERT_EQ(0, received_by_mortal(self, &ds, UNBLOCK));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY+R"));
	ASSERT_EQ(0, dying_begin(ds.d));
	ASSERT_EQ(0, peer_detach(self->peer, self->c->args.coid));
	EXPECT_EQ(-EBADF, result(self));
	EXPECT_EQ(1, self->c->w.handled_at_return);
	EXPECT_EQ(0, dying_end(ds.d, self->q));
}

/* T18 for a kill: no grace is spent on a server that cannot answer. */
TEST_F(state, T18_kill_releases_the_client_of_a_terminating_server)
{
	struct peer *victim = peer_fork();
	struct dying_scene ds;
	struct peer *old = self->peer;

	ASSERT_NE(NULL, victim);
	ASSERT_LE(0, peer_open(victim));
	self->peer = victim;
	ASSERT_EQ(0, write_param("kill_grace_ms", 59000));
	ASSERT_EQ(0, received_by_mortal(self, &ds, UNBLOCK));
	ASSERT_EQ(0, dying_begin(ds.d));
	ASSERT_EQ(0, peer_kill(victim, SIGKILL));
	EXPECT_EQ(0, peer_reap(victim, NULL));
	EXPECT_EQ(0, dying_end(ds.d, self->q));
	restore_params();
	self->peer = old;
}

/* S1.30 j: a pulse to it finds nobody either. */
TEST_F(state, T26_pulse_to_a_terminating_server_is_ENXIO)
{
	struct dying *d = dying_new(self->q, UNBLOCK);
	int coid;

	ASSERT_NE(NULL, d);
	coid = peer_attach(self->me, d->peer->pid, d->chid, QMSG_SIDE_CHANNEL, 0);
	ASSERT_LE(0, coid);
	ASSERT_EQ(0, qmsg_pulse_send(self->q, coid, 1, 1, 0));
	ASSERT_EQ(0, dying_begin(d));
	EXPECT_EQ(-ENXIO, qmsg_pulse_send(self->q, coid, 1, 1, 0));
	EXPECT_EQ(0, dying_end(d, self->q));
	EXPECT_EQ(-EBADF, qmsg_pulse_send(self->q, coid, 1, 1, 0));
}

/*
 * A process that is client and server at once and is killed: its own client thread is
 * not held by itself (S5.7), and the process ends without using up the grace.
 */
TEST_F(state, T18_process_that_serves_itself_dies_at_once)
{
	struct peer *both = peer_fork();
	struct receiver *r;
	struct client *c;
	int chid;

	ASSERT_NE(NULL, both);
	ASSERT_LE(0, peer_open(both));
	chid = peer_channel_grace(both, UNBLOCK, 60000);
	ASSERT_LT(0, chid);
	r = receiver_new(both, chid);
	c = client_connect(both, both->pid, chid);
	ASSERT_NE(NULL, c);
	ASSERT_EQ(0, receiver_go_blocked(r));
	ASSERT_EQ(0, client_send(c));
	ASSERT_EQ(0, receiver_wait(r));
	ASSERT_EQ(0, wait_for_client(c, "REPLY"));
	ASSERT_EQ(0, peer_kill(both, SIGKILL));
	EXPECT_EQ(0, peer_reap(both, NULL));
}

TEST_HARNESS_MAIN
