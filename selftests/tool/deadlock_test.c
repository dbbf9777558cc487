// SPDX-License-Identifier: GPL-2.0-only
/*
 * QMSG_CHF_DEADLOCK: a send that would wait for itself fails with EDEADLK; one that only looks
 * like it does not. In orders that are forced, and where all send at once.
 */
#include "kselftest_harness.h"

#include "tool.h"

#define PEERS	3

FIXTURE(deadlock) {
	struct peer *p[PEERS];		/* each of one thread, with one channel */
	struct client *c[PEERS];	/* of the process of the same number, if it sends */
	int64_t rcvid[PEERS];		/* what it has received */
};

FIXTURE_VARIANT(deadlock) {
	unsigned int flags;
	bool asked;			/* the channels ask for EDEADLK */
};

FIXTURE_VARIANT_ADD(deadlock, asked) {
	.flags = QMSG_CHF_DEADLOCK,
	.asked = true,
};

FIXTURE_VARIANT_ADD(deadlock, asked_and_held) {
	.flags = QMSG_CHF_DEADLOCK | QMSG_CHF_UNBLOCK,
	.asked = true,
};

FIXTURE_VARIANT_ADD(deadlock, not_asked) {
	.flags = 0,
};

FIXTURE_SETUP(deadlock)
{
	for (int i = 0; i < PEERS; i++) {
		self->p[i] = peer_fork();
		ASSERT_NE(NULL, self->p[i]);
		ASSERT_LE(0, peer_open(self->p[i]));
		ASSERT_EQ(1, peer_channel_grace(self->p[i], variant->flags, 1));
		self->c[i] = NULL;
	}
}

FIXTURE_TEARDOWN(deadlock)
{
	for (int i = 0; i < PEERS; i++) {
		peer_kill(self->p[i], SIGKILL);
		peer_reap(self->p[i], NULL);
	}
	EXPECT_EQ(0, wait_for_no_objects());
}

typedef FIXTURE_DATA(deadlock) scene;

static int connects(scene *s, int from, int to)
{
	s->c[from] = client_connect(s->p[from], s->p[to]->pid, 1);
	return s->c[from] ? 0 : -EIO;
}

/* The only thread of @from sends to the channel of @to, and waits. */
static int sends(scene *s, int from, int to)
{
	return connects(s, from, to) ?: client_send_in_leader(s->c[from]) ?:
	       wait_for_client(s->c[from], "SEND");
}

/* … and that has received it. */
static int is_received(scene *s, int from, int to)
{
	int err = sends(s, from, to);

	if (err)
		return err;
	s->rcvid[to] = receives(s->p[to], 1);
	return s->rcvid[to] > 0 ? 0 : -EIO;
}

struct reply_call {
	int q;
	int64_t rcvid;
};

static int64_t do_reply(void *arg)
{
	const struct reply_call *call = arg;

	return qmsg_msg_reply(call->q, call->rcvid, 7, NULL, 0);
}

/* The only thread of @n answers what it has, and its client goes on. */
static int answers(scene *s, int n, int client)
{
	struct reply_call *call = shared_alloc(sizeof(*call));

	call->q = s->p[n]->q;
	call->rcvid = s->rcvid[n];
	return peer_call(s->p[n], do_reply, call) ?: client_wait(s->c[client]) ?:
	       client_result(s->c[client]) == 7 ? 0 : -EIO;
}

/* Sends, and is refused: nobody has had it. */
static int is_refused(scene *s, int from, int to)
{
	struct client *c;
	int err = connects(s, from, to);

	if (err)
		return err;
	c = s->c[from];
	err = client_send_in_leader(c) ?: client_wait(c);
	if (err)
		return err;
	return client_result(c) == -EDEADLK && c->args.out_flags == QMSG_SENT_UNDELIVERED &&
	       read_channel(s->p[to]->pid, s->p[to]->q, 1, "queued") == 0 ? 0 : -EIO;
}

/* Closes what it is told to, and is refused or waits, as the channel says. */
static int closes(scene *s, bool asked, int from, int to)
{
	return asked ? is_refused(s, from, to) : sends(s, from, to);
}

TEST_F(deadlock, is_a_feature)
{
	struct qmsg_query query = { 0 };
	int q = qmsg_open();

	ASSERT_LE(0, q);
	ASSERT_EQ(0, qmsg_query(q, &query));
	EXPECT_EQ(QMSG_FEATURE_DEADLOCK, query.out_features & QMSG_FEATURE_DEADLOCK);
	close(q);
}

TEST_F(deadlock, of_one)
{
	EXPECT_EQ(0, closes(self, variant->asked, 0, 0));
}

/* Who is refused can still answer those that wait for him. */
TEST_F(deadlock, of_two)
{
	ASSERT_EQ(0, is_received(self, 0, 1));
	ASSERT_EQ(0, closes(self, variant->asked, 1, 0));
	if (variant->asked)
		EXPECT_EQ(0, answers(self, 1, 0));
}

TEST_F(deadlock, of_three)
{
	ASSERT_EQ(0, is_received(self, 0, 1));
	ASSERT_EQ(0, is_received(self, 1, 2));
	ASSERT_EQ(0, closes(self, variant->asked, 2, 0));
	if (!variant->asked)
		return;
	EXPECT_EQ(0, answers(self, 2, 1));
	EXPECT_EQ(0, answers(self, 1, 0));
}

/* Nobody has received anything yet. */
TEST_F(deadlock, of_three_that_wait_to_be_received)
{
	ASSERT_EQ(0, sends(self, 0, 1));
	ASSERT_EQ(0, sends(self, 1, 2));
	ASSERT_EQ(0, closes(self, variant->asked, 2, 0));
}

static int64_t do_channel(void *arg)
{
	const int *q = arg;

	return qmsg_channel_create(*q, QMSG_CHF_DEADLOCK);
}

/* The flag of the channel that is sent to counts, not those of the others. */
TEST_F(deadlock, flags_of_others)
{
	int *q = shared_alloc(sizeof(*q));
	struct client *c;

	*q = self->p[0]->q;
	ASSERT_EQ(2, peer_call(self->p[0], do_channel, q));
	ASSERT_EQ(0, is_received(self, 0, 1));
	c = self->c[1] = client_connect(self->p[1], self->p[0]->pid, 2);
	ASSERT_NE(NULL, c);
	ASSERT_EQ(0, client_send_in_leader(c));
	ASSERT_EQ(0, client_wait(c));
	EXPECT_EQ(-EDEADLK, client_result(c));
	EXPECT_EQ(0, answers(self, 1, 0));
}

/* Whoever sends to those who wait for each other already waits too, but not for himself. */
TEST_F(deadlock, who_comes_to_a_cycle)
{
	int *q = shared_alloc(sizeof(*q));

	if (variant->asked)
		return;
	*q = self->p[0]->q;
	ASSERT_EQ(2, peer_call(self->p[0], do_channel, q));
	ASSERT_EQ(0, sends(self, 0, 1));
	ASSERT_EQ(0, sends(self, 1, 0));
	self->c[2] = client_connect(self->p[2], self->p[0]->pid, 2);
	ASSERT_NE(NULL, self->c[2]);
	ASSERT_EQ(0, client_send_in_leader(self->c[2]));
	EXPECT_EQ(0, wait_for_client(self->c[2], "SEND"));
}

/* A second thread of a server: receives when it is first told to go, and answers then. */
struct second {
	struct worker w;
	int64_t rcvid;
	int err;
};

static void run_second(struct worker *w)
{
	struct second *s = (struct second *)w;
	char buf[16];

	if (!s->rcvid)
		s->rcvid = receive_soon(w->peer->q, 1, buf, sizeof(buf), NULL);
	else
		s->err = qmsg_msg_reply(w->peer->q, s->rcvid, 7, NULL, 0);
}

/* The server has another thread, which does nothing now: that answers, and everybody goes on. */
TEST_F(deadlock, another_thread_answers)
{
	struct second *second = shared_alloc(sizeof(*second));

	second->w.peer = self->p[1];
	second->w.run = run_second;
	ASSERT_EQ(0, sends(self, 0, 1));
	ASSERT_EQ(0, worker_go(&second->w));
	ASSERT_EQ(0, worker_wait(&second->w));
	ASSERT_LT(0, second->rcvid);
	ASSERT_EQ(0, sends(self, 1, 0));
	ASSERT_EQ(0, worker_go(&second->w));
	ASSERT_EQ(0, worker_wait(&second->w));
	ASSERT_EQ(0, second->err);
	ASSERT_EQ(0, client_wait(self->c[0]));
	EXPECT_EQ(7, client_result(self->c[0]));
	self->rcvid[0] = receives(self->p[0], 1);
	EXPECT_EQ(0, answers(self, 0, 1));
}

/* A deadline ends the wait of one of them. */
TEST_F(deadlock, one_has_a_deadline)
{
	ASSERT_EQ(0, connects(self, 0, 1));
	self->c[0]->args.reply_deadline = deadline_in_ms(3600000);
	ASSERT_EQ(0, client_send_in_leader(self->c[0]));
	ASSERT_EQ(0, wait_for_client(self->c[0], "SEND"));
	self->rcvid[1] = receives(self->p[1], 1);
	ASSERT_LT(0, self->rcvid[1]);
	EXPECT_EQ(0, sends(self, 1, 0));
}

TEST_F(deadlock, he_who_sends_has_a_deadline)
{
	ASSERT_EQ(0, is_received(self, 0, 1));
	ASSERT_EQ(0, connects(self, 1, 0));
	self->c[1]->args.send_deadline = deadline_in_ms(3600000);
	ASSERT_EQ(0, client_send_in_leader(self->c[1]));
	EXPECT_EQ(0, wait_for_client(self->c[1], "SEND"));
}

struct timer_call {
	struct peer *p;
	struct qmsg_event event;
};

static int64_t do_timer(void *arg)
{
	const struct timer_call *call = arg;
	struct qmsg_event event = call->event;

	/* Of a pulse: to its own channel. */
	if (event.notify == QMSG_EVENT_PULSE)
		event.id = qmsg_connect_attach(call->p->q, 0, 1, QMSG_SIDE_CHANNEL, 0);
	return qmsg_timer_create(call->p->q, CLOCK_MONOTONIC, &event);
}

static int64_t has_timer(struct peer *p, const struct qmsg_event *event)
{
	struct timer_call *call = shared_alloc(sizeof(*call));

	call->p = p;
	call->event = *event;
	return peer_call(p, do_timer, call);
}

/* A signal ends the wait of one of them, and a timer may send it. */
TEST_F(deadlock, a_timer_may_send_a_signal)
{
	const struct qmsg_event signal = { .notify = QMSG_EVENT_SIGNAL, .id = SIGUSR1 };

	ASSERT_LE(0, has_timer(self->p[1], &signal));
	ASSERT_EQ(0, is_received(self, 0, 1));
	EXPECT_EQ(0, sends(self, 1, 0));
}

/* A pulse ends no send. */
TEST_F(deadlock, a_timer_may_send_a_pulse)
{
	const struct qmsg_event pulse = { .notify = QMSG_EVENT_PULSE, .code = 1, .priority = 10 };

	ASSERT_LE(0, has_timer(self->p[1], &pulse));
	ASSERT_EQ(0, is_received(self, 0, 1));
	EXPECT_EQ(0, closes(self, variant->asked, 1, 0));
}

/* ---- all at once ---- */

struct meeting {
	int q, coid;
	int rounds;
	atomic_int *arrived;		/* of both, at all rounds together */
	int refused, answered;
};

static void meet(struct meeting *m, int round)
{
	atomic_fetch_add(m->arrived, 1);
	while (atomic_load(m->arrived) < 2 * (round + 1))
		sched_yield();
}

static int64_t serve_one(int q)
{
	char buf[16];
	int64_t rcvid = qmsg_msg_receive(q, 1, buf, sizeof(buf), NULL);

	return rcvid > 0 ? qmsg_msg_reply(q, rcvid, 7, NULL, 0) : -EIO;
}

/* Both send to each other; who is refused serves the other one. */
static int64_t send_to_each_other(void *arg)
{
	struct meeting *m = arg;
	int64_t ret = 0;

	for (int i = 0; i < m->rounds && !ret; i++) {
		meet(m, i);
		ret = qmsg_msg_send(m->q, m->coid, "x", 1, NULL, 0);
		if (ret == -EDEADLK) {
			m->refused++;
			ret = serve_one(m->q);
		} else if (ret == 7) {
			m->answered++;
			ret = 0;
		}
	}
	return ret;
}

/* One of them is refused, not both, and not none: then this would not end. */
TEST_F(deadlock, at_the_same_time)
{
	struct meeting *m = shared_alloc(2 * sizeof(*m));
	atomic_int *arrived = shared_alloc(sizeof(*arrived));
	int n = rounds(1000);

	if (!variant->asked)
		return;
	for (int i = 0; i < 2; i++) {
		m[i].q = self->p[i]->q;
		m[i].coid = peer_attach(self->p[i], self->p[!i]->pid, 1, QMSG_SIDE_CHANNEL, 0);
		ASSERT_LT(0, m[i].coid);
		m[i].rounds = n;
		m[i].arrived = arrived;
	}
	ASSERT_EQ(0, peer_start(self->p[0], send_to_each_other, &m[0]));
	ASSERT_EQ(0, peer_call(self->p[1], send_to_each_other, &m[1]));
	EXPECT_EQ(0, peer_wait(self->p[0], NULL));
	EXPECT_EQ(n, m[0].refused + m[1].refused);
	EXPECT_EQ(m[0].refused, m[1].answered);
	EXPECT_EQ(m[1].refused, m[0].answered);
}

struct link {
	int q, coid;			/* where it sends to; 0: nowhere */
	int rounds;
	int64_t status;			/* that it is answered with */
};

/* The first of a chain. Each of them has a channel, and only one thread. */
static int64_t send_down(void *arg)
{
	const struct link *l = arg;
	int64_t ret = l->status;

	for (int i = 0; i < l->rounds && ret == l->status; i++)
		ret = qmsg_msg_send(l->q, l->coid, "x", 1, NULL, 0);
	return ret;
}

/* One that asks the next before it answers. */
static int64_t serve_down(void *arg)
{
	const struct link *l = arg;
	int64_t ret = 0;
	char buf[16];

	for (int i = 0; i < l->rounds && !ret; i++) {
		int64_t rcvid = qmsg_msg_receive(l->q, 1, buf, sizeof(buf), NULL);

		if (l->coid && qmsg_msg_send(l->q, l->coid, "x", 1, NULL, 0) != 7)
			return -EPROTO;
		ret = rcvid > 0 ? qmsg_msg_reply(l->q, rcvid, 7, NULL, 0) : -EIO;
	}
	return ret;
}

/* All have a channel and wait for the next, the last for nobody. */
TEST_F(deadlock, nobody_is_refused_where_all_goes_down)
{
	struct link *l = shared_alloc(PEERS * sizeof(*l));
	int n = rounds(1000);

	for (int i = 0; i < PEERS; i++) {
		l[i].q = self->p[i]->q;
		l[i].rounds = n;
		l[i].status = 7;
		l[i].coid = i == PEERS - 1 ? 0 : peer_attach(self->p[i], self->p[i + 1]->pid, 1,
							      QMSG_SIDE_CHANNEL, 0);
		ASSERT_LE(0, l[i].coid);
	}
	ASSERT_EQ(0, peer_start(self->p[2], serve_down, &l[2]));
	ASSERT_EQ(0, peer_start(self->p[1], serve_down, &l[1]));
	EXPECT_EQ(7, peer_call(self->p[0], send_down, &l[0]));
	EXPECT_EQ(0, peer_wait(self->p[1], NULL));
	EXPECT_EQ(0, peer_wait(self->p[2], NULL));
}

/* Each has a thread that only answers, and another that only sends: in a ring, and all at once. */
TEST_F(deadlock, nobody_is_refused_where_one_answers)
{
	struct link *l = shared_alloc(PEERS * sizeof(*l));
	int n = rounds(1000);

	for (int i = 0; i < PEERS; i++) {
		ASSERT_NE(NULL, echo_start(self->p[i], 1));
		l[i].q = self->p[i]->q;
		l[i].rounds = n;
		l[i].status = 1;	/* the length of the message */
		l[i].coid = peer_attach(self->p[i], self->p[(i + 1) % PEERS]->pid, 1,
					QMSG_SIDE_CHANNEL, 0);
		ASSERT_LT(0, l[i].coid);
	}
	for (int i = 0; i < PEERS; i++)
		ASSERT_EQ(0, peer_start(self->p[i], send_down, &l[i]));
	for (int i = 0; i < PEERS; i++) {
		int64_t ret = 0;

		EXPECT_EQ(0, peer_wait(self->p[i], &ret));
		EXPECT_EQ(1, ret);
	}
}

TEST_HARNESS_MAIN
