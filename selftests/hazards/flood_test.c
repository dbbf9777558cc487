// SPDX-License-Identifier: GPL-2.0-only
/*
 * C6, C7, C20, G3, G10: signals, deadlines and answers at the same moment, and clients
 * that send more than is good for the others. Bounded by rounds, never by time.
 */
#include "kselftest_harness.h"

#include <stdio.h>

#include "hazard.h"

FIXTURE(flood)
{
	struct peer *p;
	int chid;
	struct client *c;
	pthread_t server;
	/* the server's books */
	atomic_int answered;	/* answers that found their request */
	atomic_int refused;	/* ... that did not */
	atomic_int stale;	/* unblock pulses whose request was gone already */
	atomic_int wrong;
	atomic_int delay;	/* how long it thinks about a request */
};

FIXTURE_VARIANT(flood)
{
	unsigned int flags;
};

FIXTURE_VARIANT_ADD(flood, plain)
{
	.flags = 0,
};

FIXTURE_VARIANT_ADD(flood, unblock)
{
	.flags = QMSG_CHF_UNBLOCK,
};

FIXTURE_SETUP(flood)
{
	ASSERT_LE(0, peer_open(peer_self()));
	self->chid = qmsg_channel_create(Q, variant->flags);
	self->p = peer_fork();
	ASSERT_TRUE(self->p != NULL);
	ASSERT_LE(0, peer_open(self->p));
	self->c = client_connect(self->p, getpid(), self->chid);
	ASSERT_TRUE(self->c != NULL);
	ASSERT_EQ(0, peer_handle(self->p, SIGUSR1, 0));
}

FIXTURE_TEARDOWN_PARENT(flood)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

static void spin(int n)
{
	for (volatile int i = 0; i < n; i++)
		;
}

static void take_pulse(FIXTURE_DATA(flood) *self, const struct qmsg_pulse *pulse)
{
	struct qmsg_msg_info info;
	int err = qmsg_msg_info(Q, pulse->value, &info);

	/* the only thread of the server has answered everything it received */
	if (pulse->code != QMSG_PULSE_CODE_UNBLOCK || err != -ESRCH)
		atomic_fetch_add(&self->wrong, 1);
	atomic_fetch_add(&self->stale, 1);
}

static void *answer_all(void *arg)
{
	FIXTURE_DATA(flood) *self = arg;
	union {
		struct qmsg_pulse pulse;
		char bytes[64];
	} buf;
	int64_t rcvid;

	while ((rcvid = qmsg_msg_receive(Q, self->chid, &buf, sizeof(buf), NULL)) >= 0) {
		int err;

		if (!rcvid) {
			take_pulse(self, &buf.pulse);
			continue;
		}
		spin(atomic_load(&self->delay));
		err = qmsg_msg_reply(Q, rcvid, 5, "r", 1);
		atomic_fetch_add(err ? &self->refused : &self->answered, 1);
		if (err && err != -ESRCH)
			atomic_fetch_add(&self->wrong, 1);
	}
	return NULL;
}

static void stop_server(FIXTURE_DATA(flood) *self)
{
	qmsg_channel_destroy(Q, self->chid);
	pthread_join(self->server, NULL);
}

/* One send whose deadline, signal and answer fall together; its result. */
static int one_collision(FIXTURE_DATA(flood) *self, int i)
{
	uint64_t soon = now_ns() + 20000 * (i % 50);

	self->c->args.send_deadline = i & 1 ? QMSG_NO_DEADLINE : soon;
	self->c->args.reply_deadline = i & 2 ? QMSG_NO_DEADLINE : soon;
	atomic_store(&self->delay, i % 31 * 100);
	memset(self->c->reply, CLIENT_FILL, 2);
	if (client_send(self->c))
		return -EIO;
	if (i & 4) {
		spin(i % 37 * 100);
		client_signal(self->c, SIGUSR1);
	}
	return client_wait(self->c) ?: client_result(self->c);
}

TEST_F(flood, C20_signal_deadline_and_answer_at_once)
{
	int n = rounds_by(10), ok = 0, left = 0;

	ASSERT_EQ(0, pthread_create(&self->server, NULL, answer_all, self));
	for (int i = 0; i < n; i++) {
		int result = one_collision(self, i);

		ok += result == 5;
		left += result == -EINTR || result == -ETIMEDOUT;
		ASSERT_EQ(i + 1, ok + left) TH_LOG("round %d: %d", i, result);
		/* data arrived exactly with the answer */
		ASSERT_EQ(result == 5 ? 'r' : CLIENT_FILL, self->c->reply[0]) TH_LOG("round %d", i);
	}
	stop_server(self);
	EXPECT_EQ(ok, atomic_load(&self->answered));
	EXPECT_EQ(0, atomic_load(&self->wrong));
	if (variant->flags) {
		EXPECT_EQ(0, atomic_load(&self->refused));
	}
	EXPECT_LT(0, ok);
}

/* The server answers only after the pulse: a pulse that is lost is a server that hangs. */
static void *answer_after_pulse(void *arg)
{
	FIXTURE_DATA(flood) *self = arg;
	struct qmsg_msg_info info;
	struct qmsg_pulse pulse;
	char buf[64];
	int64_t rcvid;

	while ((rcvid = qmsg_msg_receive(Q, self->chid, buf, sizeof(buf), NULL)) > 0) {
		if (expect_pulse(Q, self->chid, QMSG_PULSE_CODE_UNBLOCK, &pulse) ||
		    (int64_t)pulse.value != rcvid || qmsg_msg_info(Q, rcvid, &info) ||
		    !(info.flags & QMSG_MI_UNBLOCK_REQ))
			atomic_fetch_add(&self->wrong, 1);
		qmsg_msg_error(Q, rcvid, EINPROGRESS);
		atomic_fetch_add(&self->answered, 1);
	}
	return NULL;
}

TEST_F(flood, C7_a_signal_around_the_receive)
{
	int n = rounds_by(25), received = 0;

	if (!variant->flags)
		SKIP(return, "no pulses without UNBLOCK");
	ASSERT_EQ(0, pthread_create(&self->server, NULL, answer_after_pulse, self));
	for (int i = 0; i < n; i++) {
		int64_t result;

		ASSERT_EQ(0, client_send(self->c));
		spin(i % 41 * 50);
		/* one that comes before the call is entered is no event of it */
		while (!client_done(self->c)) {
			client_signal(self->c, SIGUSR1);
			sched_yield();
		}
		result = client_result(self->c);
		ASSERT_TRUE(result == -EINTR || result == -EINPROGRESS) TH_LOG("round %d: %lld", i,
									       (long long)result);
		received += result == -EINPROGRESS;
	}
	stop_server(self);
	EXPECT_EQ(received, atomic_load(&self->answered));
	EXPECT_EQ(0, atomic_load(&self->wrong));
}

/* ---- others ---- */

static void run_sending(struct worker *w)
{
	struct client *c = (struct client *)w;

	do
		c->ret = qmsg_msg_send_with(w->peer->q, &c->args);
	while (!c->ret);
}

/* G10: who waits is behind those that waited before him, and in front of all their next ones. */
TEST_F(flood, G10_two_hostile_clients_and_a_third)
{
	enum { HOSTILE = 6 };
	struct peer *other = peer_fork();
	struct client *hostile[HOSTILE];
	int n = rounds_by(200);

	ASSERT_LE(0, peer_open(other));
	for (int i = 0; i < HOSTILE; i++) {
		hostile[i] = client_connect(i & 1 ? other : self->p, getpid(), self->chid);
		hostile[i]->w.run = run_sending;
		ASSERT_EQ(0, client_send(hostile[i]));
		ASSERT_EQ(0, wait_for_client(hostile[i], "SEND"));
	}
	for (int i = 0; i < n; i++) {
		struct qmsg_msg_info info;
		int before = 0;

		ASSERT_EQ(0, client_send(self->c));
		ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
		do {
			char buf[64];
			int64_t rcvid = receive_soon(Q, self->chid, buf, sizeof(buf), &info);

			ASSERT_LT(0, rcvid);
			ASSERT_EQ(0, qmsg_msg_reply(Q, rcvid, 0, NULL, 0));
			before++;
		} while (info.tid != self->c->w.tid);
		EXPECT_GE(HOSTILE + 1, before) TH_LOG("served as number %d", before);
		ASSERT_EQ(0, client_wait(self->c));
	}
	ASSERT_EQ(0, qmsg_channel_destroy(Q, self->chid));
	for (int i = 0; i < HOSTILE; i++) {
		ASSERT_EQ(0, client_wait(hostile[i]));
		EXPECT_TRUE(hostile[i]->ret == -ESRCH || hostile[i]->ret == -EBADF);
	}
}

static void allow_threads(int n)
{
	FILE *f = fopen("/proc/sys/kernel/threads-max", "we");

	if (f) {
		fprintf(f, "%d\n", n);
		fclose(f);
	}
}

/*
 * Everybody waits, everybody leaves, in the order the server likes. Ten thousand in "make
 * stress".
 */
TEST_F(flood, G3_hundreds_of_clients)
{
	enum { MOST = 10000 };
	static struct client *c[MOST];
	static int64_t rcvid[MOST / 3];
	int coid = self->c->args.coid;
	int n = rounds(0) > 10000 ? MOST : 300;

	if (n == MOST)
		allow_threads(4 * MOST);
	for (int i = 0; i < n; i++) {
		c[i] = client_new(self->p, coid);
		ASSERT_EQ(0, client_send(c[i])) TH_LOG("client %d", i);
	}
	ASSERT_EQ(0, wait_for_channel(getpid(), Q, self->chid, "queued", n));
	for (int i = 0; i < n / 3; i++) {
		rcvid[i] = receive_any(Q, self->chid);
		ASSERT_LT(0, rcvid[i]);
	}
	for (int i = n / 3 - 1; i >= 0; i -= 2) {
		ASSERT_EQ(0, qmsg_msg_reply(Q, rcvid[i], 1, NULL, 0));
	}
	ASSERT_EQ(0, wait_for_channel(getpid(), Q, self->chid, "queued", n - n / 3));
	ASSERT_EQ(0, qmsg_channel_destroy(Q, self->chid));
	for (int i = 0; i < n; i++) {
		ASSERT_EQ(0, client_wait(c[i])) TH_LOG("client %d", i);
		ASSERT_TRUE(client_result(c[i]) == 1 || client_result(c[i]) == -ESRCH);
	}
}

TEST_HARNESS_MAIN
