// SPDX-License-Identifier: GPL-2.0-only
/*
 * S4.11, S6.3, S6.11, D20: a pulse's priority is its receiver's until the next receive, as far as its
 * sender may have it himself. Its place in the queue is not cut (S4.3).
 */
#include "scene.h"

#define OWN_IS(s)	EXPECT_TRUE(runs_as((s)->w.tid, SCHED_OTHER, 0))

static int coid_of(scene *self)
{
	return qmsg_connect_attach(self->q, 0, self->chid, QMSG_SIDE_CHANNEL, 0);
}

/* S4.11, D20: ordinary threads change nothing, whatever they may do. */
TEST_F(priority, a_pulse_of_an_ordinary_thread_changes_nothing)
{
	struct server *s = server_new(self->me, self->chid);
	int coid = coid_of(self);

	ASSERT_EQ(0, server_block(s));
	ASSERT_EQ(0, qmsg_pulse_send(self->q, coid, 20, 1, 1));
	ASSERT_EQ(0, worker_wait(&s->w));
	OWN_IS(s);
	ASSERT_EQ(0, qmsg_pulse_send(self->q, coid, 20, 2, 1));
	ASSERT_EQ(0, step(s, step_receive));
	OWN_IS(s);
}

/* S4.11: up. */
TEST_F(priority, a_pulse_raises_until_the_next_receive)
{
	struct server *s = server_new(self->me, self->chid);
	int coid = coid_of(self);

	ASSERT_EQ(0, server_block(s));
	ASSERT_EQ(0, send_real_time(self, coid, 20, 1, 1));
	ASSERT_EQ(0, worker_wait(&s->w));
	EXPECT_FIFO(s, 20);
	ASSERT_EQ(0, send_real_time(self, coid, 15, 1, 1));
	ASSERT_EQ(0, step(s, step_receive));
	EXPECT_FIFO(s, 15);
	ASSERT_EQ(-ETIMEDOUT, step(s, step_look));
	OWN_IS(s);
}

/* S4.11: and down. */
TEST_F(priority, a_pulse_lowers)
{
	struct server *s = server_new(self->me, self->chid);
	int coid = coid_of(self);

	ASSERT_EQ(0, set_attr(s->w.tid, SCHED_FIFO, 50, 0, 0));
	ASSERT_EQ(0, send_real_time(self, coid, 20, 1, 1));
	ASSERT_EQ(0, step(s, step_receive));
	EXPECT_FIFO(s, 20);
	ASSERT_EQ(-ETIMEDOUT, step(s, step_look));
	EXPECT_FIFO(s, 50);
}

/* There is nothing above 99. */
TEST_F(priority, the_highest_pulses_are_99_to_the_scheduler)
{
	struct server *s = server_new(self->me, self->chid);
	int coid = coid_of(self);

	ASSERT_EQ(0, send_real_time(self, coid, 200, 1, 1));
	ASSERT_EQ(0, send_real_time(self, coid, 255, 2, 2));
	ASSERT_EQ(0, step(s, step_receive));
	EXPECT_EQ(2, s->buf.pulse.code);
	EXPECT_FIFO(s, 99);
	ASSERT_EQ(0, step(s, step_receive));
	EXPECT_FIFO(s, 99);
}

TEST_F(priority, the_end_of_the_channel_takes_a_pulses_back)
{
	struct server *s = server_new(self->me, self->chid);

	ASSERT_EQ(0, send_real_time(self, coid_of(self), 20, 1, 1));
	ASSERT_EQ(0, step(s, step_receive));
	EXPECT_FIFO(s, 20);
	ASSERT_EQ(0, qmsg_channel_destroy(self->q, self->chid));
	OWN_IS(s);
}

/* S2.21, D13: a pulse that does not fit is not received. */
static int64_t step_small(struct server *s)
{
	return qmsg_msg_receive(s->w.peer->q, s->chid, &s->buf, 1, NULL);
}

TEST_F(priority, a_pulse_that_stays_raises_by_waiting_only)
{
	struct server *s = server_new(self->me, self->chid);

	ASSERT_EQ(0, send_real_time(self, coid_of(self), 20, 1, 1));
	ASSERT_EQ(-EFAULT, step(s, step_small));
	EXPECT_FIFO(s, 20);
	EXPECT_EQ(0, receive_now(self->q, self->chid, &s->buf, sizeof(s->buf), NULL));
	OWN_IS(s);
}

/* ---- what the sender may have ---- */

/* A thread of a process without rights that can send pulses here. */
static struct server *nobody(scene *self)
{
	struct peer *p = peer_fork();
	struct server *s;

	if (!p || peer_open(p) < 0)
		return NULL;
	s = server_new(p, 0);
	s->coid = peer_attach(p, self->me->pid, self->chid, QMSG_SIDE_CHANNEL, 0);
	/* All threads of it. */
	return peer_call(p, become_nobody, NULL) ? NULL : s;
}

TEST_F(priority, a_senders_rights_are_the_most_it_gives)
{
	struct server *s = server_new(self->me, self->chid), *sender = nobody(self);
	struct rlimit some = { 12, 12 };
	int pulse;

	ASSERT_NE(NULL, sender);
	sender->priority = 40;
	/* None; but its place in the queue is that of 40. */
	ASSERT_EQ(0, send_real_time(self, coid_of(self), 30, 1, 1));
	ASSERT_EQ(0, step(sender, step_pulse));
	ASSERT_EQ(0, step(s, step_receive));
	EXPECT_EQ(7, s->buf.pulse.code);
	/* What still waits is worth 30. */
	EXPECT_FIFO(s, 30);
	ASSERT_EQ(0, step(s, step_receive));
	ASSERT_EQ(0, step(sender, step_pulse));
	ASSERT_EQ(0, step(s, step_receive));
	OWN_IS(s);
	/* As a real-time thread. */
	ASSERT_EQ(0, set_fifo_priority(sender->w.tid, 11));
	for (pulse = 0; pulse < 2; pulse++) {
		sender->priority = pulse ? 40 : QMSG_PRIORITY_SELF;
		ASSERT_EQ(0, step(sender, step_pulse));
		ASSERT_EQ(0, step(s, step_receive));
		EXPECT_FIFO(s, 11);
	}
	/* By RLIMIT_RTPRIO. */
	ASSERT_EQ(0, prlimit(sender->w.peer->pid, RLIMIT_RTPRIO, &some, NULL));
	ASSERT_EQ(0, step(sender, step_pulse));
	ASSERT_EQ(0, step(s, step_receive));
	EXPECT_FIFO(s, 12);
	sender->priority = 3;
	ASSERT_EQ(0, step(sender, step_pulse));
	ASSERT_EQ(0, step(s, step_receive));
	EXPECT_FIFO(s, 3);
}

/* S4.5: two pulses that look the same but are not worth the same are two. */
TEST_F(priority, pulses_of_different_worth_are_not_counted_as_one)
{
	struct server *s = server_new(self->me, self->chid), *sender = nobody(self);

	ASSERT_NE(NULL, sender);
	sender->priority = 40;
	ASSERT_EQ(0, set_fifo_priority(sender->w.tid, 11));
	ASSERT_EQ(0, step(sender, step_pulse));
	ASSERT_EQ(0, set_fifo_priority(sender->w.tid, 0));
	ASSERT_EQ(0, step(sender, step_pulse));
	ASSERT_EQ(0, step(s, step_receive));
	EXPECT_FIFO(s, 11);
	ASSERT_EQ(0, step(s, step_receive));
	OWN_IS(s);
}

/* Else a server could send itself one after the other, for ever. */
TEST_F(priority, what_a_sender_was_lent_it_does_not_give)
{
	struct peer *p = peer_fork();
	struct server *lent;
	struct client *c;
	int chid;

	ASSERT_LE(0, peer_open(p));
	chid = peer_channel(p, 0);
	c = client_connect(self->me, p->pid, chid);
	lent = server_new(p, chid);
	lent->coid = peer_attach(p, 0, chid, QMSG_SIDE_CHANNEL, 0);
	ASSERT_EQ(0, peer_call(p, become_nobody, NULL));
	c->w.priority = 20;
	ASSERT_EQ(0, client_send(c));
	ASSERT_EQ(0, step(lent, step_receive));
	EXPECT_FIFO(lent, 20);
	lent->priority = QMSG_PRIORITY_SELF;
	ASSERT_EQ(0, step(lent, step_pulse));
	EXPECT_FIFO(lent, 20);
	ASSERT_EQ(0, step(lent, step_receive));
	OWN_IS(lent);
}

/* ---- the kernel's own ---- */

/* S5.8: an unblock pulse has its client's priority. */
TEST_F(priority, an_unblock_pulse_is_worth_its_client)
{
	int chid = qmsg_channel_create(self->q, QMSG_CHF_UNBLOCK);
	struct server *s = server_new(self->me, chid), *t = server_new(self->me, chid);
	struct client *c = client_of(self, chid, 20);

	c->args.reply_deadline = deadline_in_ms(300);
	ASSERT_EQ(0, server_block(t));
	ASSERT_EQ(0, server_block(s));
	ASSERT_EQ(0, client_send(c));
	ASSERT_EQ(0, worker_wait(&s->w));
	ASSERT_EQ(0, worker_wait(&t->w));
	EXPECT_EQ(QMSG_PULSE_CODE_UNBLOCK, t->buf.pulse.code);
	EXPECT_FIFO(t, 20);
	EXPECT_FIFO(s, 20);
	EXPECT_EQ(0, answer(self, s));
	EXPECT_OWN(s);
	ASSERT_EQ(-ETIMEDOUT, step(t, step_look));
	OWN_IS(t);
}

/* S4.4: DISCONNECT goes first, and is worth nothing. */
TEST_F(priority, a_disconnect_pulse_changes_nothing)
{
	int chid = qmsg_channel_create(self->q, QMSG_CHF_DISCONNECT);
	int coid = qmsg_connect_attach(self->q, 0, chid, QMSG_SIDE_CHANNEL, 0);
	struct server *s = server_new(self->me, chid);

	ASSERT_EQ(0, server_block(s));
	ASSERT_EQ(0, qmsg_connect_detach(self->q, coid));
	ASSERT_EQ(0, worker_wait(&s->w));
	EXPECT_EQ(QMSG_PULSE_CODE_DISCONNECT, s->buf.pulse.code);
	OWN_IS(s);
}

TEST_HARNESS_MAIN
