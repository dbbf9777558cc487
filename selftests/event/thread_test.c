// SPDX-License-Identifier: GPL-2.0-only
/* S8.6: UNBLOCK and INTR, the events that are for one thread. */
#include "scene.h"

/* S5.19, T8: SEND-blocked, so the server never sees it. */
TEST_F(event, unblock_send)
{
	int chid = qmsg_channel_create(self->q, QMSG_CHF_UNBLOCK);
	int coid = peer_attach(self->p, getpid(), chid, QMSG_SIDE_CHANNEL, 0);

	ASSERT_EQ(0, answer(self));
	/* The same thread, now blocked somewhere else. */
	self->c->args.coid = coid;
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
	ASSERT_EQ(0, deliver(self, plain_event(QMSG_EVENT_UNBLOCK)));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(-ETIMEDOUT, client_result(self->c));
	EXPECT_EQ(0, expect_nothing(self->q, chid));
}

/* T14: REPLY-blocked, without UNBLOCK. */
TEST_F(event, unblock_reply)
{
	ASSERT_EQ(0, deliver(self, plain_event(QMSG_EVENT_UNBLOCK)));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(-ETIMEDOUT, client_result(self->c));
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(self->q, self->rcvid, 0, NULL, 0));
}

/* T15: with UNBLOCK it stays, and the server is asked. */
TEST_F(event, unblock_held)
{
	int chid = qmsg_channel_create(self->q, QMSG_CHF_UNBLOCK);
	int coid = peer_attach(self->p, getpid(), chid, QMSG_SIDE_CHANNEL, 0);
	struct qmsg_msg_info info;
	struct qmsg_pulse pulse;
	int64_t rcvid;

	ASSERT_EQ(0, answer(self));
	self->c->args.coid = coid;
	rcvid = client_send_received(self->c, self->q, chid, NULL);
	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, deliver(self, plain_event(QMSG_EVENT_UNBLOCK)));
	ASSERT_EQ(0, expect_pulse(self->q, chid, QMSG_PULSE_CODE_UNBLOCK, &pulse));
	EXPECT_EQ((uint64_t)rcvid, pulse.value);
	ASSERT_EQ(0, qmsg_msg_info(self->q, rcvid, &info));
	EXPECT_EQ((uint32_t)QMSG_UNBLOCK_TIMEOUT, info.unblock_reasons);
	EXPECT_EQ(QMSG_MI_UNBLOCK_REQ, info.flags & QMSG_MI_UNBLOCK_REQ);
	/* T20: a second one changes nothing. */
	ASSERT_EQ(0, deliver(self, plain_event(QMSG_EVENT_UNBLOCK)));
	EXPECT_EQ(0, expect_nothing(self->q, chid));
	EXPECT_FALSE(client_done(self->c));
	ASSERT_EQ(0, qmsg_msg_error(self->q, rcvid, QMSG_ERROR_REASON));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(-ETIMEDOUT, client_result(self->c));
}

/* T20: after another reason it is one more, and the first one's errno stays. */
TEST_F(event, unblock_after_signal)
{
	int chid = qmsg_channel_create(self->q, QMSG_CHF_UNBLOCK);
	int coid = peer_attach(self->p, getpid(), chid, QMSG_SIDE_CHANNEL, 0);
	int64_t rcvid;

	ASSERT_EQ(0, peer_call(self->p, do_handle, self->n));
	ASSERT_EQ(0, answer(self));
	self->c->args.coid = coid;
	rcvid = client_send_received(self->c, self->q, chid, NULL);
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY+R"));
	ASSERT_EQ(0, deliver(self, plain_event(QMSG_EVENT_UNBLOCK)));
	EXPECT_EQ(0, wait_for_request_reasons(self->p->pid, self->p->q, self->c->w.tid,
					      QMSG_UNBLOCK_SIGNAL | QMSG_UNBLOCK_TIMEOUT));
	ASSERT_EQ(0, qmsg_msg_error(self->q, rcvid, QMSG_ERROR_REASON));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(-EINTR, client_result(self->c));
}

static int64_t do_receive(void *arg)
{
	struct notified *n = arg;

	return receive_soon(n->p->q, n->chid, &n->pulse, sizeof(n->pulse), NULL);
}

/* The thread of the peer that makes its calls has sent the message, and now receives. */
TEST_F(event, unblock_receive)
{
	struct client *c = client_new(self->p, self->coid);
	int64_t rcvid, ret = 1;

	ASSERT_EQ(0, client_send_in_leader(c));
	rcvid = receive_soon(self->q, self->chid, &(char[64]){ 0 }, 64, NULL);
	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, qmsg_msg_reply(self->q, rcvid, 0, NULL, 0));
	ASSERT_EQ(0, client_wait(c));
	ASSERT_EQ(0, peer_start(self->p, do_receive, self->n));
	ASSERT_EQ(0, wait_for_channel(self->p->pid, self->p->q, self->n->chid, "receivers", 1));
	ASSERT_EQ(0, deliver_to(self, rcvid, plain_event(QMSG_EVENT_UNBLOCK)));
	ASSERT_EQ(0, peer_wait(self->p, &ret));
	EXPECT_EQ(-ETIMEDOUT, ret);
	EXPECT_EQ(0, read_channel(self->p->pid, self->p->q, self->n->chid, "receivers"));
	/* Not remembered for the next one. */
	ASSERT_EQ(0, peer_start(self->p, do_receive, self->n));
	ASSERT_EQ(0, wait_for_channel(self->p->pid, self->p->q, self->n->chid, "receivers", 1));
	ASSERT_EQ(0, deliver(self, pulse_event(self->own_coid, 10, 5, 0)));
	ASSERT_EQ(0, peer_wait(self->p, &ret));
	EXPECT_EQ(0, ret);
}

/* A thread that is not blocked here is left alone. */
TEST_F(event, unblock_idle)
{
	ASSERT_EQ(0, answer(self));
	EXPECT_EQ(0, deliver(self, plain_event(QMSG_EVENT_UNBLOCK)));
	EXPECT_LT(0, another(self));
	EXPECT_EQ(0, client_result(self->c));
}

static int64_t start_intr(struct notified *n, uint64_t deadline)
{
	n->deadline = deadline;
	atomic_store(&n->entered, 0);
	return peer_start(n->p, do_intr_wait, n);
}

/* Sends from the peer's first thread, which is the one that waits: its id. */
static int64_t leaders_id(scene *s)
{
	struct client *c = client_new(s->p, s->coid);
	int64_t rcvid;

	if (client_send_in_leader(c))
		return -1;
	rcvid = receive_soon(s->q, s->chid, &(char[64]){ 0 }, 64, NULL);
	if (rcvid < 0 || qmsg_msg_reply(s->q, rcvid, 0, NULL, 0) || client_wait(c))
		return -1;
	return rcvid;
}

TEST_F(event, intr_while_waiting)
{
	int64_t ret = 1, rcvid = leaders_id(self);

	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, start_intr(self->n, QMSG_NO_DEADLINE));
	ASSERT_TRUE(wait_until(atomic_load(&self->n->entered)));
	ASSERT_EQ(0, wait_for_task_state(self->p->pid, self->p->pid, 'S'));
	ASSERT_EQ(0, deliver_to(self, rcvid, plain_event(QMSG_EVENT_INTR)));
	ASSERT_EQ(0, peer_wait(self->p, &ret));
	EXPECT_EQ(0, ret);
}

/* One that came before is not lost, several are one. */
TEST_F(event, intr_before)
{
	int64_t rcvid = leaders_id(self);

	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, deliver_to(self, rcvid, plain_event(QMSG_EVENT_INTR)));
	ASSERT_EQ(0, deliver_to(self, rcvid, plain_event(QMSG_EVENT_INTR)));
	self->n->deadline = QMSG_NO_DEADLINE;
	EXPECT_EQ(0, peer_call(self->p, do_intr_wait, self->n));
	self->n->deadline = 0;
	EXPECT_EQ(-ETIMEDOUT, peer_call(self->p, do_intr_wait, self->n));
}

/* It is for that thread: another one of the process does not have it. */
TEST_F(event, intr_of_another_thread)
{
	ASSERT_EQ(0, answer(self));
	ASSERT_EQ(0, deliver(self, plain_event(QMSG_EVENT_INTR)));
	self->n->deadline = 0;
	EXPECT_EQ(-ETIMEDOUT, peer_call(self->p, do_intr_wait, self->n));
}

TEST_F(event, intr_wait_ends)
{
	int64_t ret = 1;

	self->n->deadline = deadline_in_ms(2);
	EXPECT_EQ(-ETIMEDOUT, peer_call(self->p, do_intr_wait, self->n));
	/* A signal with a handler. */
	ASSERT_EQ(0, peer_call(self->p, do_handle, self->n));
	ASSERT_EQ(0, start_intr(self->n, QMSG_NO_DEADLINE));
	ASSERT_TRUE(wait_until(atomic_load(&self->n->entered)));
	ASSERT_EQ(0, wait_for_task_state(self->p->pid, self->p->pid, 'S'));
	ASSERT_EQ(0, send_signal(self->p->pid, self->p->pid, SIGUSR1));
	ASSERT_EQ(0, peer_wait(self->p, &ret));
	EXPECT_EQ(-EINTR, ret);
	/* Stopped and continued: it goes on waiting (P6). */
	ASSERT_EQ(0, start_intr(self->n, QMSG_NO_DEADLINE));
	ASSERT_TRUE(wait_until(atomic_load(&self->n->entered)));
	ASSERT_EQ(0, wait_for_task_state(self->p->pid, self->p->pid, 'S'));
	ASSERT_EQ(0, peer_kill(self->p, SIGSTOP));
	ASSERT_EQ(0, wait_for_task_state(self->p->pid, self->p->pid, 'T'));
	ASSERT_EQ(0, peer_kill(self->p, SIGCONT));
	ASSERT_EQ(0, wait_for_task_state(self->p->pid, self->p->pid, 'S'));
	EXPECT_EQ(0, atomic_load(&self->n->signals) - 1);
	ASSERT_EQ(0, peer_kill(self->p, SIGKILL));
	ASSERT_EQ(0, peer_reap(self->p, NULL));
	EXPECT_EQ(0, wait_for_object_count("intr_threads", 0));
}

struct waiter {
	int q;
	int ret;
};

static void *waits(void *arg)
{
	struct waiter *w = arg;

	w->ret = qmsg_intr_wait(w->q, QMSG_NO_DEADLINE);
	return NULL;
}

static void *polls(void *arg)
{
	struct waiter *w = arg;

	w->ret = qmsg_intr_wait(w->q, 0);
	return NULL;
}

/* The context is closed by another thread. */
TEST_F(event, intr_wait_context_closed)
{
	struct waiter w = { .q = qmsg_open() };
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, waits, &w));
	ASSERT_EQ(0, wait_for_object_count("intr_threads", 1));
	close(w.q);
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(-EBADF, w.ret);
}

/* Records of threads that have gone do not heap up. */
TEST_F(event, intr_of_dead_threads)
{
	struct waiter w = { .q = self->q };
	struct qmsg_event intr = plain_event(QMSG_EVENT_INTR);
	pthread_t thread;
	int i;

	for (i = 0; i < 50; i++) {
		ASSERT_EQ(0, pthread_create(&thread, NULL, polls, &w));
		ASSERT_EQ(0, pthread_join(thread, NULL));
		EXPECT_EQ(-ETIMEDOUT, w.ret);
		ASSERT_EQ(0, qmsg_event_deliver(self->q, 0, &intr));
		ASSERT_EQ(0, qmsg_intr_wait(self->q, 0));
	}
	EXPECT_GE(4, object_count("intr_threads"));
}

/* ---- timers whose event is not a pulse ---- */

static int64_t do_timer(void *arg)
{
	struct notified *n = arg;
	int t = qmsg_timer_create(n->p->q, CLOCK_MONOTONIC, &n->ev);
	struct qmsg_timer_settime args = { .timer = t, .value = 1000000 };

	return t < 0 ? t : qmsg_timer_settime(n->p->q, &args);
}

/* D14: the timer of a thread wakes that thread. */
TEST_F(event, timer_intr)
{
	self->n->ev = plain_event(QMSG_EVENT_INTR);
	self->n->deadline = QMSG_NO_DEADLINE;
	ASSERT_EQ(0, peer_call(self->p, do_timer, self->n));
	EXPECT_EQ(0, peer_call(self->p, do_intr_wait, self->n));
}

TEST_F(event, timer_signal)
{
	ASSERT_EQ(0, peer_call(self->p, do_handle, self->n));
	self->n->ev = signal_event(QMSG_EVENT_SIGNAL_CODE, SIGUSR2, SI_TIMER, 9);
	ASSERT_EQ(0, peer_call(self->p, do_timer, self->n));
	ASSERT_EQ(0, take_signal(self, 1));
	EXPECT_EQ(SIGUSR2, self->n->sig);
	EXPECT_EQ(SI_TIMER, self->n->code);
	EXPECT_EQ(9U, self->n->value);
	EXPECT_EQ(self->p->pid, self->n->pid);
}

static int64_t do_timer_and_receive(void *arg)
{
	int64_t err = do_timer(arg);

	return err ? err : do_receive(arg);
}

TEST_F(event, timer_unblock)
{
	self->n->ev = plain_event(QMSG_EVENT_UNBLOCK);
	EXPECT_EQ(-ETIMEDOUT, peer_call(self->p, do_timer_and_receive, self->n));
}

/* Its overruns are counted from delivery to delivery; at most one a millisecond. */
TEST_F(event, timer_signal_periodic)
{
	struct qmsg_event usr1 = signal_event(QMSG_EVENT_SIGNAL, SIGUSR1, 0, 0);
	struct qmsg_timer_settime args = { .value = 1, .interval = 1 };
	struct qmsg_timer_gettime got = { 0 };

	ASSERT_EQ(0, do_handle(self->n));
	args.timer = got.timer = qmsg_timer_create(self->q, CLOCK_MONOTONIC, &usr1);
	ASSERT_EQ(0, qmsg_timer_settime(self->q, &args));
	ASSERT_TRUE(wait_until(atomic_load(&self->n->signals) >= 5));
	ASSERT_EQ(0, qmsg_timer_gettime(self->q, &got));
	EXPECT_EQ(1000000U, got.out_interval);
	EXPECT_EQ(0, qmsg_timer_delete(self->q, got.timer));
}

TEST_HARNESS_MAIN
