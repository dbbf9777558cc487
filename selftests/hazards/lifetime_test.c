// SPDX-License-Identifier: GPL-2.0-only
/*
 * B1 - B3, B15, B17, B20 - B22: the end of contexts and channels under threads that are
 * blocked on them, ids that come again, and knots that processes tie themselves.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "hazard.h"

FIXTURE(lifetime)
{
	struct peer *server;
	int chid;
};

FIXTURE_VARIANT(lifetime)
{
	unsigned int flags;
};

FIXTURE_VARIANT_ADD(lifetime, plain)
{
	.flags = 0,
};

FIXTURE_VARIANT_ADD(lifetime, unblock)
{
	.flags = QMSG_CHF_UNBLOCK | QMSG_CHF_DISCONNECT,
};

FIXTURE_SETUP(lifetime)
{
	ASSERT_LE(0, peer_open(peer_self()));
	self->server = peer_fork();
	ASSERT_TRUE(self->server != NULL);
	ASSERT_LE(0, peer_open(self->server));
	self->chid = peer_channel(self->server, variant->flags);
	ASSERT_LT(0, self->chid);
}

FIXTURE_TEARDOWN_PARENT(lifetime)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

static int64_t do_receive(void *arg)
{
	struct numbers *n = arg;

	return receive_any(n->n[0], n->n[1]);
}

static int64_t do_reply(void *arg)
{
	struct numbers *n = arg;

	return qmsg_msg_reply(n->n[0], n->n[1], 0, NULL, 0);
}

/* How a server can take its channel away. */
enum { DESTROY, CLOSE, CLOSE_DUPLICATED, KILL, TERM, WAYS };

static int64_t do_close_all(void *arg)
{
	int q = ((struct numbers *)arg)->n[0];
	int copy = dup(q);

	return copy < 0 || close(q) || close(copy) ? -errno : 0;
}

static int take_away(FIXTURE_DATA(lifetime) *self, int way)
{
	switch (way) {
	case DESTROY:
		return peer_destroy(self->server, self->chid);
	case CLOSE:
		return peer_close(self->server, self->server->q);
	case CLOSE_DUPLICATED:
		return in_peer(self->server, do_close_all, self->server->q);
	case KILL:
		return peer_kill(self->server, SIGKILL);
	default:
		return peer_kill(self->server, SIGTERM);
	}
}

static void renew_server(struct __test_metadata *_metadata, FIXTURE_DATA(lifetime) *self,
			 unsigned int flags)
{
	peer_kill(self->server, SIGKILL);
	ASSERT_EQ(0, peer_reap(self->server, NULL));
	self->server = peer_fork();
	ASSERT_LE(0, peer_open(self->server));
	self->chid = peer_channel(self->server, flags);
	ASSERT_LT(0, self->chid);
}

TEST_F(lifetime, B1_the_channel_goes_under_SEND_blocked_clients)
{
	for (int way = 0; way < WAYS; way++) {
		struct client *c[3];

		for (int i = 0; i < 3; i++) {
			c[i] = client_blocked(peer_self(), self->server->pid, self->chid);
			ASSERT_TRUE(c[i] != NULL);
		}
		ASSERT_EQ(0, take_away(self, way));
		for (int i = 0; i < 3; i++) {
			ASSERT_EQ(0, client_wait(c[i])) TH_LOG("way %d", way);
			EXPECT_EQ(-ESRCH, client_result(c[i])) TH_LOG("way %d", way);
			ASSERT_EQ(0, client_send(c[i]));
			ASSERT_EQ(0, client_wait(c[i]));
			EXPECT_EQ(-EBADF, client_result(c[i])) TH_LOG("way %d, again", way);
		}
		renew_server(_metadata, self, variant->flags);
	}
}

TEST_F(lifetime, B2_the_channel_goes_under_REPLY_blocked_clients)
{
	for (int way = 0; way < WAYS; way++) {
		struct client *c = client_blocked(peer_self(), self->server->pid, self->chid);
		int64_t rcvid;

		ASSERT_TRUE(c != NULL);
		rcvid = in_peer(self->server, do_receive, self->server->q, self->chid);
		ASSERT_LT(0, rcvid);
		ASSERT_EQ(0, wait_for_client(c, "REPLY"));
		ASSERT_EQ(0, take_away(self, way));
		ASSERT_EQ(0, client_wait(c)) TH_LOG("way %d", way);
		EXPECT_EQ(-ESRCH, client_result(c)) TH_LOG("way %d", way);
		if (way == DESTROY) {
			EXPECT_EQ(-ESRCH, in_peer(self->server, do_reply, self->server->q, rcvid));
		}
		renew_server(_metadata, self, variant->flags);
	}
}

/* Held by a signal already (S1.30 i): still ESRCH, and no pulse survives. */
TEST_F(lifetime, B2_the_channel_goes_under_a_held_client)
{
	if (!(variant->flags & QMSG_CHF_UNBLOCK))
		SKIP(return, "nobody is held on a channel without UNBLOCK");
	ASSERT_EQ(0, peer_handle(peer_self(), SIGUSR1, 0));
	for (int way = 0; way < WAYS; way++) {
		struct client *c = client_blocked(peer_self(), self->server->pid, self->chid);

		ASSERT_TRUE(c != NULL);
		ASSERT_LT(0, in_peer(self->server, do_receive, self->server->q, self->chid));
		ASSERT_EQ(0, client_signal(c, SIGUSR1));
		ASSERT_EQ(0, wait_for_client(c, "REPLY+R"));
		ASSERT_EQ(0, take_away(self, way));
		ASSERT_EQ(0, client_wait(c)) TH_LOG("way %d", way);
		EXPECT_EQ(-ESRCH, client_result(c)) TH_LOG("way %d", way);
		EXPECT_EQ(1, c->w.handled);
		renew_server(_metadata, self, variant->flags);
	}
}

TEST_F(lifetime, B3_the_context_is_closed_under_RECEIVE_blocked_threads)
{
	for (int way = DESTROY; way <= CLOSE_DUPLICATED; way++) {
		struct receiver *r[3];

		for (int i = 0; i < 3; i++) {
			r[i] = receiver_new(self->server, self->chid);
			if (i == 2)
				r[i]->args.flags |= QMSG_RECEIVE_PULSE;
			ASSERT_EQ(0, receiver_go_blocked(r[i]));
		}
		ASSERT_EQ(0, take_away(self, way));
		for (int i = 0; i < 3; i++) {
			ASSERT_EQ(0, receiver_wait(r[i])) TH_LOG("way %d", way);
			EXPECT_EQ(-ESRCH, receiver_result(r[i])) TH_LOG("way %d", way);
		}
		renew_server(_metadata, self, variant->flags);
	}
}

static int64_t do_close_range(void *arg)
{
	(void)arg;
	return syscall(SYS_close_range, 3, ~0U, 0) ? -errno : 0;
}

/* Eight threads of one process, in every state, on both kinds of connection. */
TEST_F(lifetime, B17_close_range_under_eight_blocked_threads)
{
	int served = qmsg_channel_create(Q, variant->flags), idle = qmsg_channel_create(Q, 0);
	struct peer *p = peer_fork();
	struct receiver *r[2];
	struct client *c[6];
	int64_t rcvid[3];
	int own;

	ASSERT_LE(0, peer_open(p));
	own = peer_channel(p, 0);
	for (int i = 0; i < 6; i++) {
		int chid = i < 3 ? served : idle;
		unsigned int index = i & 1 ? QMSG_SIDE_CHANNEL : 0;

		c[i] = client_new(p, peer_attach(p, getpid(), chid, index, 0));
		ASSERT_EQ(0, client_send(c[i]));
		ASSERT_EQ(0, wait_for_client(c[i], "SEND"));
		if (i < 3) {
			rcvid[i] = receive_any(Q, served);
			ASSERT_LT(0, rcvid[i]);
		}
	}
	for (int i = 0; i < 2; i++) {
		r[i] = receiver_new(p, own);
		ASSERT_EQ(0, receiver_go_blocked(r[i]));
	}
	ASSERT_EQ(0, in_peer(p, do_close_range, 0));
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, receiver_wait(r[i]));
		EXPECT_EQ(-ESRCH, receiver_result(r[i]));
	}
	for (int i = 0; i < 3; i++) {
		struct qmsg_msg_info info;

		if (!variant->flags)
			break;
		ASSERT_EQ(0, expect_pulse(Q, served, QMSG_PULSE_CODE_UNBLOCK, NULL));
		ASSERT_EQ(0, qmsg_msg_info(Q, rcvid[i], &info));
		EXPECT_EQ(QMSG_UNBLOCK_DETACH, info.unblock_reasons);
	}
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(variant->flags ? 0 : -ESRCH, qmsg_msg_error(Q, rcvid[i], EBADF));
	}
	for (int i = 0; i < 6; i++) {
		ASSERT_EQ(0, client_wait(c[i])) TH_LOG("client %d", i);
		EXPECT_EQ(-EBADF, client_result(c[i])) TH_LOG("client %d", i);
	}
	EXPECT_EQ(0, expect_nothing(Q, idle));
}

/* Nobody else can receive it: it waits until a signal, a deadline or a detach. */
TEST_F(lifetime, B20_a_thread_that_sends_to_itself)
{
	int chid = qmsg_channel_create(Q, variant->flags);
	int coid = qmsg_connect_attach(Q, 0, chid, QMSG_SIDE_CHANNEL, 0);
	struct qmsg_msg_send args = send_args(coid, "me", 2, NULL, 0);
	struct client *c = client_new(peer_self(), coid);

	args.send_deadline = deadline_in_ms(1);
	EXPECT_EQ(-ETIMEDOUT, qmsg_msg_send_with(Q, &args));
	ASSERT_EQ(0, peer_handle(peer_self(), SIGUSR1, SA_RESTART));
	ASSERT_EQ(0, client_send(c));
	ASSERT_EQ(0, wait_for_client(c, "SEND"));
	ASSERT_EQ(0, client_signal(c, SIGUSR1));
	ASSERT_EQ(0, client_wait(c));
	EXPECT_EQ(-EINTR, client_result(c));
	EXPECT_EQ(0, expect_nothing(Q, chid));
}

/* Everybody sends to the next, nobody receives: each can be killed, in any order. */
static void make_ring(struct __test_metadata *_metadata, int n, unsigned int flags)
{
	struct peer *p[64];
	int chid[64];
	struct client *c[64];

	for (int i = 0; i < n; i++) {
		p[i] = peer_fork();
		ASSERT_TRUE(p[i] != NULL);
		ASSERT_LE(0, peer_open(p[i]));
		chid[i] = peer_channel(p[i], flags);
		ASSERT_LT(0, chid[i]);
	}
	for (int i = 0; i < n; i++) {
		int next = (i + 1) % n;

		c[i] = client_blocked(p[i], p[next]->pid, chid[next]);
		ASSERT_TRUE(c[i] != NULL);
	}
	for (int i = 0; i < n; i += 2) {
		ASSERT_EQ(0, peer_kill(p[i], SIGKILL));
		ASSERT_EQ(0, peer_reap(p[i], NULL)) TH_LOG("process %d of %d", i, n);
	}
	for (int i = 1; i < n; i += 2) {
		ASSERT_EQ(0, client_wait(c[i])) TH_LOG("process %d of %d", i, n);
		EXPECT_EQ(-ESRCH, client_result(c[i]));
		ASSERT_EQ(0, peer_end(p[i]));
	}
}

TEST_F(lifetime, B21_two_that_send_to_each_other)
{
	make_ring(_metadata, 2, variant->flags);
}

TEST_F(lifetime, B21_rings)
{
	make_ring(_metadata, 3, variant->flags);
	make_ring(_metadata, 24, variant->flags);
}

/* Each has received its predecessor's message and waits for its own successor. */
TEST_F(lifetime, B21_a_ring_of_REPLY_blocked_processes)
{
	enum { N = 4 };
	struct peer *p[N];
	struct client *c[N];
	int chid[N];

	for (int i = 0; i < N; i++) {
		p[i] = peer_fork();
		ASSERT_LE(0, peer_open(p[i]));
		chid[i] = peer_channel_grace(p[i], variant->flags, 50);
		ASSERT_LT(0, chid[i]);
	}
	for (int i = 0; i < N; i++) {
		int next = (i + 1) % N;

		c[i] = client_blocked(p[i], p[next]->pid, chid[next]);
		ASSERT_TRUE(c[i] != NULL);
		ASSERT_LT(0, in_peer(p[next], do_receive, p[next]->q, chid[next]));
		ASSERT_EQ(0, wait_for_client(c[i], "REPLY"));
	}
	for (int i = 0; i < N; i++) {
		ASSERT_EQ(0, peer_kill(p[i], i & 1 ? SIGTERM : SIGKILL));
	}
	for (int i = 0; i < N; i++) {
		ASSERT_EQ(0, peer_reap(p[i], NULL)) TH_LOG("process %d", i);
	}
}

/* The channel's number is given out again; the old connection does not reach the new one. */
TEST_F(lifetime, B22_a_dead_connection_stays_dead)
{
	int coid[2] = {
		peer_attach(peer_self(), self->server->pid, self->chid, QMSG_SIDE_CHANNEL, 0),
		peer_attach(peer_self(), self->server->pid, self->chid, 0, 0),
	};
	int again, fresh;

	ASSERT_EQ(0, peer_destroy(self->server, self->chid));
	again = peer_channel(self->server, variant->flags);
	ASSERT_EQ(self->chid, again);
	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(-EBADF, qmsg_msg_send(Q, coid[i], "x", 1, NULL, 0)) TH_LOG("kind %d", i);
		EXPECT_EQ(-EBADF, qmsg_pulse_send(Q, coid[i], 1, 1, 0)) TH_LOG("kind %d", i);
	}
	fresh = peer_attach(peer_self(), self->server->pid, again, QMSG_SIDE_CHANNEL, 0);
	EXPECT_NE(coid[0], fresh);
	EXPECT_EQ(0, qmsg_pulse_send(Q, fresh, 1, 1, 0));
	EXPECT_EQ(-EBADF, qmsg_pulse_send(Q, coid[0], 1, 1, 0));
	EXPECT_EQ(0, qmsg_connect_detach(Q, coid[0]));
	EXPECT_EQ(-EBADF, qmsg_pulse_send(Q, coid[0], 1, 1, 0));
	EXPECT_EQ(-EINVAL, qmsg_connect_detach(Q, coid[0]));
	EXPECT_EQ(0, close(coid[1]));
}

/* G7: EMFILE at the very last step: neither side keeps anything. */
TEST_F(lifetime, B15_no_descriptor_is_free)
{
	struct rlimit old, none;
	struct qmsg_pulse pulse;
	int chid = qmsg_channel_create(Q, QMSG_CHF_DISCONNECT);
	int first = dup(0), coid, opened;
	long long connections = object_count("connections");

	ASSERT_LE(0, first);
	close(first);
	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &old));
	none = old;
	none.rlim_cur = first;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	coid = qmsg_connect_attach(Q, 0, chid, 0, 0);
	opened = qmsg_open();
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &old));
	EXPECT_EQ(-EMFILE, coid);
	EXPECT_EQ(-EMFILE, opened);
	EXPECT_EQ(connections, object_count("connections"));
	EXPECT_EQ(0, expect_nothing(Q, chid));
	none.rlim_cur = first + 1;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	coid = qmsg_connect_attach(Q, 0, chid, 0, 0);
	EXPECT_EQ(-EMFILE, qmsg_connect_attach(Q, 0, chid, 0, 0));
	EXPECT_LT(0, qmsg_connect_attach(Q, 0, chid, QMSG_SIDE_CHANNEL, QMSG_COF_NOSHARE));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &old));
	EXPECT_EQ(first, coid);
	EXPECT_EQ(0, close(coid));
	EXPECT_EQ(0, expect_pulse(Q, chid, QMSG_PULSE_CODE_DISCONNECT, &pulse));
}

TEST_HARNESS_MAIN
