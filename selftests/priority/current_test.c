// SPDX-License-Identifier: GPL-2.0-only
/* S2.43, S2.53, S6.7: MsgCurrent. */
#include "scene.h"

#define OWN_IS(s)	EXPECT_TRUE(runs_as((s)->w.tid, SCHED_OTHER, 0))

/* S6.7: a parked request is taken up again, with what its client has now. */
TEST_F(priority, it_takes_the_clients_priority)
{
	struct client *c = queued(self, self->chid, 20);
	struct server *s = server_new(self->me, self->chid);

	ASSERT_NE(NULL, c);
	ASSERT_EQ(0, step(s, step_receive));
	ASSERT_EQ(-ETIMEDOUT, step(s, step_look));
	OWN_IS(s);
	EXPECT_EQ(0, step(s, step_current));
	EXPECT_FIFO(s, 20);
	ASSERT_EQ(0, set_fifo_priority(c->w.tid, 25));
	EXPECT_TRUE(runs_as(s->w.tid, SCHED_FIFO, 20));	/* S6.8 */
	EXPECT_EQ(0, step(s, step_current));
	EXPECT_FIFO(s, 25);
	EXPECT_EQ(0, answer(self, s));
	EXPECT_OWN(s);
}

/* S2.43 */
TEST_F(priority, zero_means_nothing)
{
	struct server *s = busy(self, self->chid, 20), *never = server_new(self->me, self->chid);

	ASSERT_NE(NULL, s);
	EXPECT_FIFO(s, 20);
	s->rcvid = 0;
	EXPECT_EQ(0, step(s, step_current));
	OWN_IS(s);
	EXPECT_EQ(0, step(never, step_current));
}

/* It belongs to the channel still, as after a receive that found nothing. */
TEST_F(priority, zero_leaves_it_with_its_channel)
{
	struct server *s = busy(self, self->chid, 20);

	ASSERT_NE(NULL, s);
	s->rcvid = 0;
	EXPECT_EQ(0, step(s, step_current));
	ASSERT_NE(NULL, queued(self, self->chid, 30));
	EXPECT_FIFO(s, 30);
}

/* A worker that has never received; both serve until the answer. */
TEST_F(priority, another_thread_can_take_it_up)
{
	struct server *s = busy(self, self->chid, 20), *worker = server_new(self->me, self->chid);

	ASSERT_NE(NULL, s);
	worker->rcvid = s->rcvid;
	EXPECT_EQ(0, step(worker, step_current));
	EXPECT_FIFO(worker, 20);
	ASSERT_EQ(-ETIMEDOUT, step(s, step_look));
	OWN_IS(s);
	EXPECT_TRUE(runs_as(worker->w.tid, SCHED_FIFO, 20));
	EXPECT_EQ(0, answer(self, s));
	EXPECT_OWN(worker);
}

/* S6.5: and then it is one of that channel's threads. */
TEST_F(priority, it_belongs_to_the_requests_channel)
{
	int other = qmsg_channel_create(self->q, 0);
	struct server *s = busy(self, self->chid, 0), *t = busy(self, other, 0);

	ASSERT_NE(NULL, s);
	ASSERT_NE(NULL, t);
	t->rcvid = s->rcvid;
	EXPECT_EQ(0, step(t, step_current));
	ASSERT_NE(NULL, queued(self, other, 30));
	OWN_IS(t);
	ASSERT_NE(NULL, queued(self, self->chid, 20));
	EXPECT_FIFO(t, 20);
}

/* S6.13: no priority; but what it had from another is given back. */
TEST_F(priority, FIXED_PRIORITY_has_none_to_give)
{
	int chid = qmsg_channel_create(self->q, QMSG_CHF_FIXED_PRIORITY);
	struct server *fixed = busy(self, chid, 40), *s = busy(self, self->chid, 20);

	ASSERT_NE(NULL, fixed);
	ASSERT_NE(NULL, s);
	EXPECT_FIFO(s, 20);
	s->rcvid = fixed->rcvid;
	EXPECT_EQ(0, step(s, step_current));
	OWN_IS(s);
}

/* S2.43: nothing changes when it fails. */
TEST_F(priority, there_must_be_such_a_request)
{
	struct server *s = busy(self, self->chid, 20);
	int64_t rcvid, wrong[] = { -1, 1, INT64_MAX };

	ASSERT_NE(NULL, s);
	rcvid = s->rcvid;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		s->rcvid = wrong[i] == rcvid ? wrong[i] + 1 : wrong[i];
		EXPECT_EQ(-ESRCH, step(s, step_current));
	}
	EXPECT_FIFO(s, 20);
	s->rcvid = rcvid;
	EXPECT_EQ(0, answer(self, s));
	EXPECT_EQ(-ESRCH, step(s, step_current));
	EXPECT_OWN(s);
}

/* The client of an orphan waits for nothing. */
TEST_F(priority, an_orphan_is_worth_nothing)
{
	int chid = peer_channel_grace(self->me, QMSG_CHF_UNBLOCK, 1);
	struct server *s = server_new(self->me, chid);
	struct peer *p = peer_fork();
	struct client *c;

	ASSERT_LE(0, peer_open(p));
	c = client_connect(p, self->me->pid, chid);
	c->w.priority = 20;
	ASSERT_EQ(0, client_send(c));
	ASSERT_EQ(0, step(s, step_receive));
	ASSERT_EQ(0, peer_kill(p, SIGKILL));
	ASSERT_EQ(0, peer_reap(p, NULL));
	ASSERT_EQ(0, wait_for_channel(getpid(), self->q, chid, "orphans", 1));
	EXPECT_EQ(0, step(s, step_current));
	OWN_IS(s);
}

TEST_HARNESS_MAIN
