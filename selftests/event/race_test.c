// SPDX-License-Identifier: GPL-2.0-only
/* Events, signals among them, against clients that leave (hazards C24, K8). */
#include "scene.h"

/* Each takes a process switch or two. */
static int some_rounds(int n)
{
	return rounds(n) < few_rounds(n) ? rounds(n) : few_rounds(n);
}

struct crowd {
	scene *s;
	_Atomic int64_t rcvid;
	atomic_bool stop;
	struct qmsg_event ev[8];
	int nev;
	atomic_int strange;
};

static bool expected(int err)
{
	return !err || err == -ESRCH || err == -EBADF || err == -EBUSY || err == -ENXIO ||
	       err == -EAGAIN || err == -EINVAL || err == -EACCES;
}

static void *delivers(void *arg)
{
	struct crowd *c = arg;
	int i;

	while (!atomic_load(&c->stop))
		for (i = 0; i < c->nev; i++) {
			int err = qmsg_event_deliver(c->s->q, atomic_load(&c->rcvid), &c->ev[i]);

			if (!expected(err))
				atomic_store(&c->strange, err);
			sched_yield();
		}
	return NULL;
}

static void begin(struct crowd *c, scene *s, pthread_t *thread)
{
	c->s = s;
	c->ev[c->nev++] = pulse_event(s->own_coid, 10, 5, 0);
	c->ev[c->nev++] = plain_event(QMSG_EVENT_UNBLOCK);
	c->ev[c->nev++] = plain_event(QMSG_EVENT_INTR);
	c->ev[c->nev++] = signal_event(QMSG_EVENT_SIGNAL, SIGCHLD, 0, 0);
	c->ev[c->nev++] = signal_event(QMSG_EVENT_SIGNAL_THREAD, SIGCHLD, 0, 0);
	atomic_store(&c->rcvid, s->rcvid);
	pthread_create(thread, NULL, delivers, c);
}

static int end(struct crowd *c, pthread_t thread)
{
	atomic_store(&c->stop, true);
	pthread_join(thread, NULL);
	return c->strange;
}

/* Deliver against the client's exit, in whatever it does then. */
TEST_F_TIMEOUT(event, against_exit, IN_COMPANY)
{
	struct crowd c = { 0 };
	pthread_t thread;
	int i;

	begin(&c, self, &thread);
	for (i = 0; i < few_rounds(10); i++) {
		scene client = { .q = self->q, .chid = self->chid };

		ASSERT_EQ(0, client_begin(&client, self->chid));
		atomic_store(&c.rcvid, client.rcvid);
		if (i % 2)
			qmsg_msg_reply(self->q, client.rcvid, 0, NULL, 0);
		ASSERT_EQ(0, peer_kill(client.p, SIGKILL));
		ASSERT_EQ(0, peer_reap(client.p, NULL));
		ASSERT_TRUE(wait_until(qmsg_event_deliver(self->q, client.rcvid, &c.ev[0]) ==
				       -ESRCH));
	}
	EXPECT_EQ(0, end(&c, thread));
}

/* A client in this process: attaches, sends, is answered, detaches. */
struct comer {
	int q, chid, coid;
};

static void *comes(void *arg)
{
	struct comer *a = arg;
	char buf[8];

	qmsg_msg_send(a->q, a->coid, "x", 1, buf, sizeof(buf));
	return NULL;
}

/* Deliver, keep and use of a handle against detach. */
TEST_F_TIMEOUT(event, against_detach, IN_COMPANY)
{
	struct crowd c = { 0 };
	struct comer a = { .q = qmsg_open(), .chid = self->chid };
	pthread_t thread, sender;
	uint32_t handle;
	int64_t rcvid;
	char buf[64];
	int i;

	c.ev[c.nev++] = handle_event(1, 0, 0);
	begin(&c, self, &thread);
	for (i = 0; i < some_rounds(600); i++) {
		struct qmsg_event none = plain_event(0);

		a.coid = qmsg_connect_attach(a.q, 0, self->chid, QMSG_SIDE_CHANNEL, 0);
		ASSERT_LT(0, a.coid);
		ASSERT_EQ(0, qmsg_event_register(a.q, a.coid, &none, &handle));
		c.ev[0].id = handle;
		ASSERT_EQ(0, pthread_create(&sender, NULL, comes, &a));
		do {
			rcvid = receive_soon(self->q, self->chid, buf, sizeof(buf), NULL);
		} while (!rcvid);
		ASSERT_LT(0, rcvid);
		atomic_store(&c.rcvid, rcvid);
		qmsg_event_keep(self->q, rcvid);
		qmsg_msg_reply(self->q, rcvid, 0, NULL, 0);
		ASSERT_EQ(0, qmsg_connect_detach(a.q, a.coid));
		pthread_join(sender, NULL);
		ASSERT_EQ(-EINVAL, deliver_to(self, rcvid, handle_event(handle, 0, 0)));
	}
	EXPECT_EQ(0, end(&c, thread));
	close(a.q);
	EXPECT_EQ(0, wait_for_object_count("registered_events", 0));
}

/* UNBLOCK against the answer: the client has one result, and the server is told which. */
TEST_F_TIMEOUT(event, unblock_against_reply, IN_COMPANY)
{
	struct crowd c = { .nev = 1, .s = self, .ev = { plain_event(QMSG_EVENT_UNBLOCK) } };
	int answered = 0, left = 0, i, err;
	pthread_t thread;

	ASSERT_EQ(0, answer(self));
	pthread_create(&thread, NULL, delivers, &c);
	for (i = 0; i < some_rounds(600); i++) {
		ASSERT_EQ(0, client_send(self->c));
		self->rcvid = receive_now(self->q, self->chid, &(char[64]){ 0 }, 64, NULL);
		if (self->rcvid > 0) {
			atomic_store(&c.rcvid, self->rcvid);
			err = qmsg_msg_reply(self->q, self->rcvid, 7, NULL, 0);
		} else {
			err = -1;
		}
		if (err == -1) {
			self->rcvid = 0;
			do {
				self->rcvid = receive_now(self->q, self->chid, &(char[64]){ 0 }, 64,
							  NULL);
			} while (self->rcvid < 0 && !client_done(self->c));
			if (self->rcvid > 0)
				err = qmsg_msg_reply(self->q, self->rcvid, 7, NULL, 0);
		}
		ASSERT_EQ(0, client_wait(self->c));
		if (err) {
			EXPECT_EQ(-ETIMEDOUT, client_result(self->c));
			left++;
		} else {
			EXPECT_EQ(7, client_result(self->c));
			answered++;
		}
	}
	EXPECT_EQ(0, end(&c, thread));
	printf("# answered %d, unblocked %d\n", answered, left);
}

/* INTR events and waits: every wait ends. */
static void *wakes(void *arg)
{
	struct crowd *c = arg;
	struct qmsg_event intr = plain_event(QMSG_EVENT_INTR);

	while (!atomic_load(&c->stop))
		if (!qmsg_event_deliver(c->s->q, c->rcvid, &intr))
			sched_yield();
	return NULL;
}

static int64_t waits_often(void *arg)
{
	struct notified *n = arg;
	int i, err = 0;

	for (i = 0; i < some_rounds(600) && !err; i++)
		err = qmsg_intr_wait(n->p->q, deadline_in_ms(wait_limit_ms()));
	return err;
}

TEST_F_TIMEOUT(event, intr_against_wait, IN_COMPANY)
{
	struct crowd c = { .s = self };
	struct client *leader = client_new(self->p, self->coid);
	pthread_t thread;

	ASSERT_EQ(0, client_send_in_leader(leader));
	c.rcvid = receive_soon(self->q, self->chid, &(char[64]){ 0 }, 64, NULL);
	ASSERT_LT(0, c.rcvid);
	ASSERT_EQ(0, qmsg_msg_reply(self->q, c.rcvid, 0, NULL, 0));
	ASSERT_EQ(0, client_wait(leader));
	ASSERT_EQ(0, pthread_create(&thread, NULL, wakes, &c));
	EXPECT_EQ(0, peer_call(self->p, waits_often, self->n));
	end(&c, thread);
}

TEST_HARNESS_MAIN
