// SPDX-License-Identifier: GPL-2.0-only
/*
 * C12 - C14, D3: what dies, dies, and whoever waited for it is told. A killed
 * client always leaves within its grace; a killed server lets everybody go at once.
 */
#include "kselftest_harness.h"

#include "hazard.h"

#define GRACE_MS 100

FIXTURE(killed)
{
	struct peer *p;		/* the one that dies */
	int chid;
	struct client *c;
	int64_t rcvid;
};

FIXTURE_VARIANT(killed)
{
	unsigned int flags;
	int sig;
};

FIXTURE_VARIANT_ADD(killed, plain_by_SIGKILL)
{
	.sig = SIGKILL,
};

FIXTURE_VARIANT_ADD(killed, plain_by_SIGTERM)
{
	.sig = SIGTERM,
};

FIXTURE_VARIANT_ADD(killed, unblock_by_SIGKILL)
{
	.flags = QMSG_CHF_UNBLOCK,
	.sig = SIGKILL,
};

FIXTURE_VARIANT_ADD(killed, unblock_by_SIGTERM)
{
	.flags = QMSG_CHF_UNBLOCK,
	.sig = SIGTERM,
};

FIXTURE_VARIANT_ADD(killed, unblock_by_SIGSEGV)
{
	.flags = QMSG_CHF_UNBLOCK,
	.sig = SIGSEGV,
};

FIXTURE_VARIANT_ADD(killed, unblock_by_exit)
{
	.flags = QMSG_CHF_UNBLOCK,
	.sig = 0,
};

FIXTURE_SETUP(killed)
{
	ASSERT_LE(0, peer_open(peer_self()));
	self->chid = peer_channel_grace(peer_self(), variant->flags | QMSG_CHF_DISCONNECT,
					GRACE_MS);
	ASSERT_LT(0, self->chid);
	self->p = peer_fork();
	ASSERT_TRUE(self->p != NULL);
	ASSERT_LE(0, peer_open(self->p));
	self->c = client_connect(self->p, getpid(), self->chid);
	ASSERT_TRUE(self->c != NULL);
}

FIXTURE_TEARDOWN_PARENT(killed)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

static int64_t do_exit(void *arg)
{
	_exit(((struct numbers *)arg)->n[0]);
}

static int end(struct peer *p, int sig)
{
	struct numbers *n;

	if (sig)
		return peer_kill(p, sig);
	n = shared_alloc(sizeof(*n));
	return peer_start(p, do_exit, n);
}

static void expect_gone(struct __test_metadata *_metadata, struct peer *p, int sig)
{
	int status;

	ASSERT_EQ(0, peer_reap(p, &status));
	EXPECT_EQ(sig, WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

static void expect_disconnect(struct __test_metadata *_metadata, int chid)
{
	struct qmsg_pulse pulse;

	ASSERT_EQ(0, expect_pulse(Q, chid, QMSG_PULSE_CODE_DISCONNECT, &pulse));
	EXPECT_EQ(0, qmsg_connect_detach(Q, pulse.scoid));
	EXPECT_EQ(0, expect_nothing(Q, chid));
}

TEST_F(killed, C12_while_SEND_blocked)
{
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
	ASSERT_EQ(0, end(self->p, variant->sig));
	expect_gone(_metadata, self->p, variant->sig);
	expect_disconnect(_metadata, self->chid);
}

/* The orphan: visible until the server ends it, and no way into the dead process. */
static void expect_orphan(struct __test_metadata *_metadata, FIXTURE_DATA(killed) *self)
{
	struct qmsg_msg_info info;
	char buf[8];

	ASSERT_EQ(0, qmsg_msg_info(Q, self->rcvid, &info));
	EXPECT_EQ(QMSG_MI_UNBLOCK_REQ | QMSG_MI_CLIENT_GONE,
		  info.flags & (QMSG_MI_UNBLOCK_REQ | QMSG_MI_CLIENT_GONE));
	EXPECT_EQ(QMSG_UNBLOCK_KILL, info.unblock_reasons);
	EXPECT_EQ(EINTR, info.unblock_error);
	EXPECT_EQ(1, read_channel(getpid(), Q, self->chid, "orphans"));
	EXPECT_EQ(-ESRCH, qmsg_msg_read(Q, self->rcvid, buf, sizeof(buf), 0));
	EXPECT_EQ(-ESRCH, qmsg_msg_write(Q, self->rcvid, buf, sizeof(buf), 0));
	EXPECT_EQ(0, qmsg_msg_info(Q, self->rcvid, &info));
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(Q, self->rcvid, 0, NULL, 0));
	EXPECT_EQ(-ESRCH, qmsg_msg_info(Q, self->rcvid, &info));
	EXPECT_EQ(0, read_channel(getpid(), Q, self->chid, "orphans"));
}

TEST_F(killed, C12_while_REPLY_blocked)
{
	struct qmsg_pulse pulse;

	self->rcvid = client_send_received(self->c, Q, self->chid, NULL);
	ASSERT_LT(0, self->rcvid);
	ASSERT_EQ(0, end(self->p, variant->sig));
	if (variant->flags & QMSG_CHF_UNBLOCK) {
		ASSERT_EQ(0, expect_pulse(Q, self->chid, QMSG_PULSE_CODE_UNBLOCK, &pulse));
		EXPECT_EQ(self->rcvid, (int64_t)pulse.value);
	}
	expect_gone(_metadata, self->p, variant->sig);
	if (variant->flags & QMSG_CHF_UNBLOCK)
		expect_orphan(_metadata, self);
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(Q, self->rcvid, 0, NULL, 0));
	expect_disconnect(_metadata, self->chid);
}

/* Asked politely before, and the pulse not taken: still one pulse, still gone in time. */
TEST_F(killed, C12_while_held)
{
	struct qmsg_msg_info info;

	if (!(variant->flags & QMSG_CHF_UNBLOCK))
		SKIP(return, "nobody is held on a channel without UNBLOCK");
	ASSERT_EQ(0, peer_handle(self->p, SIGUSR1, 0));
	self->rcvid = client_send_received(self->c, Q, self->chid, NULL);
	ASSERT_LT(0, self->rcvid);
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY+R"));
	ASSERT_EQ(0, end(self->p, variant->sig));
	expect_gone(_metadata, self->p, variant->sig);
	ASSERT_EQ(0, qmsg_msg_info(Q, self->rcvid, &info));
	EXPECT_EQ(QMSG_UNBLOCK_SIGNAL | QMSG_UNBLOCK_KILL, info.unblock_reasons);
	EXPECT_EQ(-ESRCH, qmsg_msg_error(Q, self->rcvid, QMSG_ERROR_REASON));
	expect_disconnect(_metadata, self->chid);
}

/* The kill arrives while the answer is on its way: one of the two, and no orphan left. */
TEST_F(killed, C12_while_it_is_answered)
{
	int n = rounds_by(200);

	for (int i = 0; i < n; i++) {
		struct peer *p = peer_fork();
		struct client *c;
		int64_t rcvid;
		int err;

		ASSERT_LE(0, peer_open(p));
		c = client_connect(p, getpid(), self->chid);
		rcvid = client_send_received(c, Q, self->chid, NULL);
		ASSERT_LT(0, rcvid);
		ASSERT_EQ(0, end(p, variant->sig));
		for (volatile int spin = 0; spin < i * 50 % 2000; spin++)
			;
		err = qmsg_msg_reply(Q, rcvid, 0, "r", 1);
		ASSERT_TRUE(!err || err == -ESRCH) TH_LOG("%d", err);
		expect_gone(_metadata, p, variant->sig);
		EXPECT_EQ(-ESRCH, qmsg_msg_reply(Q, rcvid, 0, NULL, 0));
		EXPECT_EQ(0, read_channel(getpid(), Q, self->chid, "orphans"));
		expect_disconnect(_metadata, self->chid);
	}
}

/* Many at once: every one gets its pulse, every one leaves, none waits for another's grace. */
TEST_F(killed, C12_many_clients_of_one_process)
{
	enum { N = 16 };
	int64_t rcvid[N];
	int coid = peer_attach(self->p, getpid(), self->chid, QMSG_SIDE_CHANNEL, 0);
	uint64_t killed;

	for (int i = 0; i < N; i++) {
		rcvid[i] = client_send_received(client_new(self->p, coid), Q, self->chid, NULL);
		ASSERT_LT(0, rcvid[i]);
	}
	killed = now_ns();
	ASSERT_EQ(0, end(self->p, variant->sig));
	for (int i = 0; i < N && variant->flags; i++) {
		ASSERT_EQ(0, expect_pulse(Q, self->chid, QMSG_PULSE_CODE_UNBLOCK, NULL));
	}
	expect_gone(_metadata, self->p, variant->sig);
	EXPECT_GT(N * GRACE_MS * 1000000ULL + 10000000000ULL, now_ns() - killed);
	EXPECT_EQ(variant->flags ? N : 0, read_channel(getpid(), Q, self->chid, "orphans"));
	for (int i = 0; i < N; i++) {
		EXPECT_EQ(-ESRCH, qmsg_msg_reply(Q, rcvid[i], 0, NULL, 0));
	}
	expect_disconnect(_metadata, self->chid);
}

/* ---- the server ---- */

static int64_t do_receive(void *arg)
{
	struct numbers *n = arg;

	return receive_any(n->n[0], n->n[1]);
}

TEST_F(killed, C13_the_server_with_clients_in_every_state)
{
	int chid = peer_channel(self->p, variant->flags | QMSG_CHF_DISCONNECT);
	int idle = peer_channel(self->p, variant->flags);
	struct receiver *r = receiver_new(self->p, idle);
	struct client *c[4];
	int coid;

	ASSERT_EQ(0, peer_handle(peer_self(), SIGUSR1, 0));
	for (int i = 0; i < 4; i++) {
		c[i] = client_blocked(peer_self(), self->p->pid, chid);
		ASSERT_TRUE(c[i] != NULL);
		if (i < 2) {
			ASSERT_LT(0, in_peer(self->p, do_receive, self->p->q, chid));
		}
	}
	if (variant->flags & QMSG_CHF_UNBLOCK) {
		ASSERT_EQ(0, client_signal(c[0], SIGUSR1));
		ASSERT_EQ(0, wait_for_client(c[0], "REPLY+R"));
	}
	ASSERT_EQ(0, receiver_go_blocked(r));
	coid = qmsg_connect_attach(Q, self->p->pid, chid, QMSG_SIDE_CHANNEL, 0);
	for (int i = 0; i < 100; i++) {
		ASSERT_EQ(0, qmsg_pulse_send(Q, coid, 1, i, i));
	}
	ASSERT_EQ(0, end(self->p, variant->sig));
	for (int i = 0; i < 4; i++) {
		ASSERT_EQ(0, client_wait(c[i])) TH_LOG("client %d", i);
		EXPECT_EQ(-ESRCH, client_result(c[i])) TH_LOG("client %d", i);
	}
	expect_gone(_metadata, self->p, variant->sig);
	EXPECT_EQ(-EBADF, qmsg_pulse_send(Q, coid, 1, 1, 1));
	EXPECT_EQ(-EBADF, qmsg_msg_send(Q, coid, "x", 1, NULL, 0));
	EXPECT_EQ(-ESRCH, qmsg_connect_attach(Q, self->p->pid, chid, QMSG_SIDE_CHANNEL, 0));
}

/* The server's death releases a client that is being killed: no grace to wait for. */
TEST_F(killed, C13_the_server_and_its_held_client)
{
	struct peer *server;
	struct client *c;
	int chid;

	if (!(variant->flags & QMSG_CHF_UNBLOCK))
		SKIP(return, "nobody is held on a channel without UNBLOCK");
	server = peer_fork();
	ASSERT_LE(0, peer_open(server));
	chid = peer_channel_grace(server, variant->flags, 60000);
	c = client_blocked(self->p, server->pid, chid);
	ASSERT_TRUE(c != NULL);
	ASSERT_LT(0, in_peer(server, do_receive, server->q, chid));
	ASSERT_EQ(0, end(self->p, variant->sig));
	ASSERT_EQ(0, wait_for_client(c, "REPLY+K"));
	ASSERT_EQ(0, end(server, SIGKILL));
	expect_gone(_metadata, self->p, variant->sig);
	expect_gone(_metadata, server, SIGKILL);
	expect_disconnect(_metadata, self->chid);
}

/* The thread that received is not the request's owner: another one can answer (S1.30 k). */
static void *receive_and_end(void *arg)
{
	int64_t *rcvid = arg;

	*rcvid = receive_any(Q, rcvid[1]);
	return NULL;
}

TEST_F(killed, C14_the_receiving_thread_ends)
{
	int64_t rcvid[2] = { 0, self->chid };
	pthread_t thread;

	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, pthread_create(&thread, NULL, receive_and_end, rcvid));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	ASSERT_LT(0, rcvid[0]);
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY"));
	EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid[0], 6, NULL, 0));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(6, client_result(self->c));
}

/* A signal for one thread of a server kills the process, and so all its requests. */
TEST_F(killed, C14_one_server_thread_is_killed)
{
	int chid = peer_channel(self->p, variant->flags);
	struct receiver *r = receiver_new(self->p, chid);
	struct client *c;

	if (!variant->sig)
		SKIP(return, "exit is of the process");
	ASSERT_EQ(0, receiver_go_blocked(r));
	c = client_connect(peer_self(), self->p->pid, chid);
	ASSERT_EQ(0, client_send(c));
	ASSERT_EQ(0, wait_for_client(c, "REPLY"));
	ASSERT_EQ(0, receiver_wait(r));
	ASSERT_EQ(0, receiver_go_blocked(r));
	ASSERT_EQ(0, worker_signal(&r->w, variant->sig));
	ASSERT_EQ(0, client_wait(c));
	EXPECT_EQ(-ESRCH, client_result(c));
	expect_gone(_metadata, self->p, variant->sig);
}

TEST_HARNESS_MAIN
