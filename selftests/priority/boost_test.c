// SPDX-License-Identifier: GPL-2.0-only
/*
 * S6.5, S4.12, D20: what has to wait in the queue raises the threads that keep it waiting,
 * until it does not wait any more (here we are not QNX, S6.6).
 */
#include "scene.h"

#define OWN_IS(s)	EXPECT_TRUE(runs_as((s)->w.tid, SCHED_OTHER, 0))
#define FIFO_IS(s, p)	EXPECT_TRUE(runs_as((s)->w.tid, SCHED_FIFO, p))

/* S6.5: all of them, since any could be the one to receive it. */
TEST_F(priority, busy_servers_are_raised)
{
	struct server *a = busy(self, self->chid, 0), *b = busy(self, self->chid, 5);

	ASSERT_NE(NULL, a);
	ASSERT_NE(NULL, b);
	OWN_IS(a);
	EXPECT_FIFO(b, 5);
	ASSERT_NE(NULL, queued(self, self->chid, 30));
	EXPECT_FIFO(a, 30);
	EXPECT_FIFO(b, 30);
}

/* The one that receives it has its priority, the others what they had before. */
TEST_F(priority, a_receive_ends_it)
{
	struct server *a = busy(self, self->chid, 0), *b = busy(self, self->chid, 5);

	ASSERT_NE(NULL, a);
	ASSERT_NE(NULL, b);
	ASSERT_NE(NULL, queued(self, self->chid, 30));
	EXPECT_FIFO(b, 30);
	EXPECT_EQ(0, answer(self, a));
	/* It has not received yet. */
	EXPECT_FIFO(a, 30);
	ASSERT_EQ(0, step(a, step_receive));
	EXPECT_FIFO(a, 30);
	EXPECT_FIFO(b, 5);
	EXPECT_EQ(0, answer(self, a));
	EXPECT_OWN(a);
	FIFO_IS(b, 5);
}

/* S6.6 is repaired: who gives up waiting takes his priority along. */
TEST_F(priority, leaving_ends_it)
{
	struct server *s = busy(self, self->chid, 5);
	struct client *c = client_of(self, self->chid, 30);

	ASSERT_NE(NULL, s);
	c->args.send_deadline = deadline_in_ms(300);
	ASSERT_EQ(0, client_send(c));
	ASSERT_EQ(0, client_wait(c));
	EXPECT_EQ(-ETIMEDOUT, client_result(c));
	EXPECT_FIFO(s, 5);
	c = queued(self, self->chid, 30);
	ASSERT_NE(NULL, c);
	EXPECT_FIFO(s, 30);
	ASSERT_EQ(0, qmsg_connect_detach(self->q, c->args.coid));
	FIFO_IS(s, 5);
}

/* The highest counts, as long as it is there; then the next. */
TEST_F(priority, it_falls_with_the_queue)
{
	struct server *s = busy(self, self->chid, 0);
	struct client *c[3];

	ASSERT_NE(NULL, s);
	for (int i = 0; i < 3; i++) {
		c[i] = queued(self, self->chid, 10 + i);
		ASSERT_NE(NULL, c[i]);
		EXPECT_FIFO(s, 10 + i);
	}
	ASSERT_EQ(0, qmsg_connect_detach(self->q, c[1]->args.coid));
	FIFO_IS(s, 12);
	ASSERT_EQ(0, qmsg_connect_detach(self->q, c[2]->args.coid));
	FIFO_IS(s, 10);
	ASSERT_EQ(0, qmsg_connect_detach(self->q, c[0]->args.coid));
	OWN_IS(s);
}

/* S6.5: never lowered. */
TEST_F(priority, nobody_is_lowered_by_the_queue)
{
	struct server *s = busy(self, self->chid, 40), *own = server_new(self->me, self->chid);

	ASSERT_NE(NULL, s);
	ASSERT_EQ(0, set_attr(own->w.tid, SCHED_FIFO, 35, 0, 0));
	ASSERT_NE(NULL, queued(self, self->chid, 0));
	ASSERT_EQ(0, step(own, step_receive));
	ASSERT_NE(NULL, queued(self, self->chid, 30));
	FIFO_IS(s, 40);
	FIFO_IS(own, 35);
	EXPECT_EQ(0, attr_of(own->w.tid).sched_flags);
	EXPECT_EQ(0, answer(self, s));
	EXPECT_FIFO(s, 30);
}

/* S6.5: the last receive decides, also one that failed (S6.12), or on another channel. */
TEST_F(priority, threads_of_other_channels_are_left_alone)
{
	int other = qmsg_channel_create(self->q, 0);
	struct server *s = busy(self, self->chid, 0), *moved = busy(self, self->chid, 0),
		      *left = busy(self, self->chid, 0), *never = server_new(self->me, self->chid),
		      *waits = busy(self, self->chid, 0);

	ASSERT_NE(NULL, waits);
	moved->chid = other;
	ASSERT_EQ(-ETIMEDOUT, step(moved, step_look));
	left->chid = -1;
	ASSERT_EQ(-ESRCH, step(left, step_look));
	waits->chid = other;
	ASSERT_EQ(0, server_block(waits));
	ASSERT_NE(NULL, queued(self, self->chid, 30));
	EXPECT_FIFO(s, 30);
	OWN_IS(moved);
	OWN_IS(left);
	OWN_IS(never);
	OWN_IS(waits);
	/* And one that goes is let go. */
	s->chid = -1;
	ASSERT_EQ(-ESRCH, step(s, step_look));
	OWN_IS(s);
	/* Back again. */
	moved->chid = self->chid;
	moved->flags = QMSG_RECEIVE_PULSE;
	ASSERT_EQ(-ETIMEDOUT, step(moved, step_look));
	EXPECT_FIFO(moved, 30);
}

/* S3.1, S6.13 */
TEST_F(priority, FIXED_PRIORITY_raises_nobody)
{
	int chid = qmsg_channel_create(self->q, QMSG_CHF_FIXED_PRIORITY);
	int coid = qmsg_connect_attach(self->q, 0, chid, QMSG_SIDE_CHANNEL, 0);
	struct server *s = busy(self, chid, 0);

	ASSERT_NE(NULL, s);
	ASSERT_NE(NULL, queued(self, chid, 30));
	ASSERT_EQ(0, send_real_time(self, coid, 40, 1, 1));
	OWN_IS(s);
}

/* S4.12 */
TEST_F(priority, a_queued_pulse_raises_too)
{
	int coid = qmsg_connect_attach(self->q, 0, self->chid, QMSG_SIDE_CHANNEL, 0);
	struct server *a = busy(self, self->chid, 0), *b = busy(self, self->chid, 0);

	ASSERT_NE(NULL, b);
	ASSERT_EQ(0, send_real_time(self, coid, 30, 1, 1));
	FIFO_IS(a, 30);
	FIFO_IS(b, 30);
	ASSERT_EQ(0, step(a, step_receive));
	FIFO_IS(a, 30);
	OWN_IS(b);
	ASSERT_EQ(-ETIMEDOUT, step(a, step_look));
	OWN_IS(a);
}

/* S6.1, T10: what a queued client's priority has become shows when somebody receives. */
TEST_F(priority, a_changed_client_counts_at_the_next_receive)
{
	struct server *a = busy(self, self->chid, 0), *b = busy(self, self->chid, 0);
	struct client *c = queued(self, self->chid, 0), *d = queued(self, self->chid, 0);

	ASSERT_NE(NULL, b);
	ASSERT_NE(NULL, d);
	ASSERT_EQ(0, set_fifo_priority(d->w.tid, 30));
	ASSERT_EQ(0, set_fifo_priority(c->w.tid, 20));
	ASSERT_EQ(0, step(a, step_receive));
	EXPECT_FIFO(a, 30);
	EXPECT_FIFO(b, 20);
}

/* S6.9: a server that is raised while it waits for another one moves up in that one's queue. */
TEST_F(priority, a_raised_server_moves_up_in_the_next_queue)
{
	int chid = qmsg_channel_create(self->q, 0);
	struct server *front = busy(self, chid, 5), *back = busy(self, self->chid, 0);

	ASSERT_NE(NULL, front);
	ASSERT_NE(NULL, back);
	EXPECT_FIFO(front, 5);
	front->coid = qmsg_connect_attach(self->q, 0, self->chid, QMSG_SIDE_CHANNEL, 0);
	ASSERT_EQ(0, go(front, step_send));
	EXPECT_FIFO(back, 5);
	ASSERT_NE(NULL, queued(self, chid, 30));
	EXPECT_FIFO(front, 30);
	/* More than S6.9 asks for: its request is already known as a loan. */
	EXPECT_FIFO(back, 30);
	EXPECT_EQ(0, qmsg_channel_destroy(self->q, chid));
	EXPECT_OWN(front);
	EXPECT_OWN(back);
}

/* Threads that come and go are not remembered for ever. */
TEST_F(priority, dead_threads_are_forgotten)
{
	int i, n = few_rounds(100);
	long long most = 0;

	for (i = 0; i < n; i++) {
		struct server *s = server_new(self->me, self->chid);

		ASSERT_NE(NULL, s);
		ASSERT_EQ(-ETIMEDOUT, step(s, step_look));
		ASSERT_EQ(0, worker_stop(&s->w));
		most = object_count("receivers") > most ? object_count("receivers") : most;
	}
	EXPECT_LT(1, most);
	EXPECT_GT(40, most);
}

TEST_HARNESS_MAIN
