// SPDX-License-Identifier: GPL-2.0-only
/*
 * F2, F7 from the server's side: the memory it receives into, answers from or reads into
 * is bad, or missing (userfaultfd). Until the copy is complete the message is not
 * received: its client can leave, and nothing is consumed (S2.21, S2.24).
 */
#include "kselftest_harness.h"

#include "fault.h"

FIXTURE(server_fault)
{
	struct peer *server;	/* the process with the missing pages */
	int chid, coid;		/* coid: this process's */
	char *region;
	struct receiver *r;	/* receives into the region */
	struct client *c;
};

FIXTURE_VARIANT(server_fault)
{
	unsigned int flags;
};

FIXTURE_VARIANT_ADD(server_fault, plain)
{
	.flags = 0,
};

FIXTURE_VARIANT_ADD(server_fault, unblock)
{
	.flags = QMSG_CHF_UNBLOCK,
};

FIXTURE_SETUP(server_fault)
{
	int64_t address;

	ASSERT_LE(0, peer_open(peer_self()));
	self->server = peer_fork();
	ASSERT_TRUE(self->server != NULL);
	ASSERT_LE(0, peer_open(self->server));
	address = in_peer(self->server, do_make_region, 4);
	if (address < 0)
		SKIP(return, "no userfaultfd: %lld", (long long)address);
	self->region = (char *)address;
	self->chid = peer_channel_grace(self->server, variant->flags, 100);
	self->c = client_connect(peer_self(), self->server->pid, self->chid);
	ASSERT_TRUE(self->c != NULL);
	self->coid = self->c->args.coid;
	self->r = receiver_new(self->server, self->chid);
	self->r->args.buf_ptr = (uintptr_t)self->region;
	ASSERT_EQ(0, peer_handle(peer_self(), SIGUSR1, 0));
	ASSERT_EQ(0, peer_handle(self->server, SIGUSR1, 0));
}

FIXTURE_TEARDOWN_PARENT(server_fault)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

static int64_t do_reply(void *arg)
{
	struct numbers *n = arg;

	return qmsg_msg_reply(n->n[0], n->n[1], n->n[2], NULL, 0);
}

static int reply(FIXTURE_DATA(server_fault) *self, int64_t rcvid, int status)
{
	return in_peer(self->server, do_reply, self->server->q, rcvid, status);
}

/* The receiver has picked the message and waits for its own page. */
static void receive_into_fault(struct __test_metadata *_metadata, FIXTURE_DATA(server_fault) *self,
			       bool waiting)
{
	if (waiting) {
		ASSERT_EQ(0, receiver_go_blocked(self->r));
		ASSERT_EQ(0, client_send(self->c));
	} else {
		ASSERT_EQ(0, client_send(self->c));
		ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
		ASSERT_EQ(0, receiver_go(self->r));
	}
	ASSERT_EQ(0, in_peer(self->server, do_wait_for_fault, 0));
	EXPECT_FALSE(worker_is_done(&self->r->w));
	EXPECT_FALSE(client_done(self->c));
}

/* The receiver goes on, finds nothing, and takes what comes next. */
static void expect_receiver_goes_on(struct __test_metadata *_metadata,
				    FIXTURE_DATA(server_fault) *self)
{
	ASSERT_EQ(0, in_peer(self->server, do_fill_page, 0, 'p'));
	ASSERT_EQ(0, wait_for_channel(self->server->pid, self->server->q, self->chid,
				      "receivers", 1));
	ASSERT_EQ(0, qmsg_pulse_send(Q, self->coid, 1, 7, 0));
	ASSERT_EQ(0, receiver_wait(self->r));
	EXPECT_EQ(0, receiver_result(self->r));
	if (self->r->args.buf_ptr == (uintptr_t)self->region) {
		EXPECT_EQ(7, in_peer(self->server, do_peek, offsetof(struct qmsg_pulse, code)));
	}
}

/* Once picked from the queue, once handed to a receiver that waited. */
TEST_F(server_fault, F7_the_page_comes_late)
{
	for (int page = 0; page < 2; page++) {
		self->r->args.buf_ptr = (uintptr_t)self->region + page * FAULT_PAGE;
		if (page == 1) {
			ASSERT_EQ(0, receiver_go_blocked(self->r));
			ASSERT_EQ(0, client_send(self->c));
		} else {
			ASSERT_EQ(0, client_send(self->c));
			ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
			ASSERT_EQ(0, receiver_go(self->r));
		}
		ASSERT_EQ(page, in_peer(self->server, do_wait_for_fault, 0));
		ASSERT_EQ(0, in_peer(self->server, do_fill_page, page, 'x'));
		ASSERT_EQ(0, receiver_wait(self->r));
		ASSERT_LT(0, receiver_result(self->r));
		EXPECT_EQ('p', in_peer(self->server, do_peek, page * FAULT_PAGE));
		EXPECT_EQ('x', in_peer(self->server, do_peek, page * FAULT_PAGE + 5));
		EXPECT_EQ(0, reply(self, receiver_result(self->r), 3));
		ASSERT_EQ(0, client_wait(self->c));
		EXPECT_EQ(3, client_result(self->c));
	}
}

static void leave_by_signal(struct __test_metadata *_metadata, FIXTURE_DATA(server_fault) *self,
			    bool waiting)
{
	receive_into_fault(_metadata, self, waiting);
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(-EINTR, client_result(self->c));
	expect_receiver_goes_on(_metadata, self);
}

TEST_F(server_fault, F7_the_client_is_signalled_meanwhile)
{
	leave_by_signal(_metadata, self, false);
}

TEST_F(server_fault, F7_the_client_of_a_waiting_receiver_is_signalled_meanwhile)
{
	leave_by_signal(_metadata, self, true);
}

TEST_F(server_fault, F7_the_clients_time_is_over_meanwhile)
{
	self->c->args.send_deadline = deadline_in_ms(1500);
	receive_into_fault(_metadata, self, false);
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(-ETIMEDOUT, client_result(self->c));
	expect_receiver_goes_on(_metadata, self);
}

TEST_F(server_fault, F7_the_clients_connection_goes_meanwhile)
{
	int keep = qmsg_connect_attach(Q, self->server->pid, self->chid, QMSG_SIDE_CHANNEL, 0);

	receive_into_fault(_metadata, self, false);
	ASSERT_EQ(0, qmsg_connect_detach(Q, self->coid));
	self->coid = keep;
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(-EBADF, client_result(self->c));
	expect_receiver_goes_on(_metadata, self);
}

TEST_F(server_fault, F7_the_client_is_killed_meanwhile)
{
	struct peer *p = peer_fork();
	struct client *mine = self->c;

	ASSERT_LE(0, peer_open(p));
	self->c = client_connect(p, self->server->pid, self->chid);
	receive_into_fault(_metadata, self, false);
	ASSERT_EQ(0, peer_kill(p, SIGKILL));
	ASSERT_EQ(0, peer_reap(p, NULL));
	self->c = mine;
	expect_receiver_goes_on(_metadata, self);
}

TEST_F(server_fault, F7_the_channel_goes_meanwhile)
{
	receive_into_fault(_metadata, self, false);
	ASSERT_EQ(0, peer_destroy(self->server, self->chid));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(-ESRCH, client_result(self->c));
	ASSERT_EQ(0, in_peer(self->server, do_fill_page, 0, 'p'));
	ASSERT_EQ(0, receiver_wait(self->r));
	EXPECT_EQ(-ESRCH, receiver_result(self->r));
}

TEST_F(server_fault, F7_the_server_is_killed_meanwhile)
{
	receive_into_fault(_metadata, self, false);
	ASSERT_EQ(0, peer_kill(self->server, SIGKILL));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(-ESRCH, client_result(self->c));
	ASSERT_EQ(0, peer_reap(self->server, NULL));
}

/* Whatever the receive returns when the page is there, the message is not lost. */
TEST_F(server_fault, F7_the_receiver_is_signalled_meanwhile)
{
	struct receiver *good = receiver_new(self->server, self->chid);
	int64_t rcvid;

	receive_into_fault(_metadata, self, false);
	ASSERT_EQ(0, worker_signal(&self->r->w, SIGUSR1));
	ASSERT_EQ(0, in_peer(self->server, do_fill_page, 0, 'x'));
	ASSERT_EQ(0, receiver_wait(self->r));
	EXPECT_EQ(1, self->r->w.handled);
	rcvid = receiver_result(self->r);
	EXPECT_TRUE(rcvid > 0 || rcvid == -EINTR) TH_LOG("%lld", (long long)rcvid);
	if (rcvid < 0) {
		ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
		ASSERT_EQ(0, receiver_go(good));
		ASSERT_EQ(0, receiver_wait(good));
		rcvid = receiver_result(good);
		ASSERT_LT(0, rcvid);
	}
	EXPECT_EQ(0, reply(self, rcvid, 3));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(3, client_result(self->c));
}

/* Another thread of the server takes what else there is. */
TEST_F(server_fault, F7_the_channel_works_for_other_receivers)
{
	struct receiver *good = receiver_new(self->server, self->chid);
	struct client *second = client_connect(peer_self(), self->server->pid, self->chid);

	receive_into_fault(_metadata, self, false);
	for (int i = 0; i < 10; i++) {
		ASSERT_EQ(0, qmsg_pulse_send(Q, self->coid, 1, 1, 0));
		ASSERT_EQ(0, receiver_go(good));
		ASSERT_EQ(0, receiver_wait(good));
		EXPECT_EQ(0, receiver_result(good));
		ASSERT_EQ(0, client_send(second));
		ASSERT_EQ(0, receiver_go(good));
		ASSERT_EQ(0, receiver_wait(good));
		ASSERT_LT(0, receiver_result(good));
		EXPECT_EQ(second->w.tid, good->info.tid);
		EXPECT_EQ(0, reply(self, receiver_result(good), i));
		ASSERT_EQ(0, client_wait(second));
		EXPECT_EQ(i, client_result(second));
	}
	EXPECT_FALSE(client_done(self->c));
	ASSERT_EQ(0, in_peer(self->server, do_fill_page, 0, 'p'));
	ASSERT_EQ(0, receiver_wait(self->r));
	EXPECT_EQ(0, reply(self, receiver_result(self->r), 3));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(3, client_result(self->c));
}

/* D13: a pulse whose receiver faults is not lost, and others get theirs. */
TEST_F(server_fault, F7_a_pulse_into_a_missing_page)
{
	struct receiver *good = receiver_new(self->server, self->chid);
	int got[2];

	ASSERT_EQ(0, qmsg_pulse_send(Q, self->coid, 1, 6, 0));
	ASSERT_EQ(0, receiver_go(self->r));
	ASSERT_EQ(0, in_peer(self->server, do_wait_for_fault, 0));
	ASSERT_EQ(0, qmsg_pulse_send(Q, self->coid, 1, 7, 0));
	ASSERT_EQ(0, receiver_go(good));
	ASSERT_EQ(0, receiver_wait(good));
	EXPECT_EQ(0, receiver_result(good));
	got[0] = good->buf.pulse.code;
	ASSERT_EQ(0, in_peer(self->server, do_fill_page, 0, 'x'));
	ASSERT_EQ(0, receiver_wait(self->r));
	EXPECT_EQ(0, receiver_result(self->r));
	got[1] = in_peer(self->server, do_peek, offsetof(struct qmsg_pulse, code));
	EXPECT_EQ(6 + 7, got[0] + got[1]);
	EXPECT_NE(got[0], got[1]);
}

/* Destroyed meanwhile: the pulse is gone with the channel, nobody crashes over it. */
TEST_F(server_fault, F7_the_channel_of_a_pulse_goes_meanwhile)
{
	ASSERT_EQ(0, qmsg_pulse_send(Q, self->coid, 1, 6, 0));
	ASSERT_EQ(0, receiver_go(self->r));
	ASSERT_EQ(0, in_peer(self->server, do_wait_for_fault, 0));
	ASSERT_EQ(0, peer_destroy(self->server, self->chid));
	ASSERT_EQ(0, in_peer(self->server, do_fill_page, 0, 'x'));
	ASSERT_EQ(0, receiver_wait(self->r));
	EXPECT_TRUE(self->r->ret == 0 || self->r->ret == -ESRCH) TH_LOG("%d", self->r->ret);
}

/* The buffer is good, the info is missing: still not received. */
TEST_F(server_fault, F7_the_info_is_missing)
{
	self->r->args.buf_ptr = (uintptr_t)&self->r->buf;
	self->r->args.info_ptr = (uintptr_t)self->region;
	leave_by_signal(_metadata, self, false);
}

/* ---- answers ---- */

static void run_reply(struct worker *w)
{
	struct numbers *n = (struct numbers *)(w + 1);

	n->n[2] = qmsg_msg_reply(w->peer->q, n->n[0], 3, (void *)n->n[1], 100);
}

/* While the answer's data are missing, the client waits as if there were no answer. */
TEST_F(server_fault, F7_an_answer_from_a_missing_page)
{
	struct worker *w = shared_alloc(sizeof(*w) + sizeof(struct numbers));
	struct numbers *n = (struct numbers *)(w + 1);

	w->peer = self->server;
	w->run = run_reply;
	self->r->args.buf_ptr = (uintptr_t)&self->r->buf;
	for (int round = 0; round < 2; round++) {
		ASSERT_EQ(0, client_send(self->c));
		ASSERT_EQ(0, receiver_go(self->r));
		ASSERT_EQ(0, receiver_wait(self->r));
		n->n[0] = receiver_result(self->r);
		n->n[1] = (long)self->region + round * FAULT_PAGE;
		ASSERT_EQ(0, worker_go(w));
		ASSERT_EQ(round, in_peer(self->server, do_wait_for_fault, 0));
		ASSERT_EQ(0, wait_for_client(self->c, "REPLY"));
		if (round == 1) {
			ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
			ASSERT_EQ(0, variant->flags ? wait_for_client(self->c, "REPLY+R") :
						      client_wait(self->c));
		}
		ASSERT_EQ(0, in_peer(self->server, do_fill_page, round, 'd'));
		ASSERT_EQ(0, worker_wait(w));
		ASSERT_EQ(0, client_wait(self->c));
		if (round == 1 && !variant->flags) {
			EXPECT_EQ(-ESRCH, n->n[2]);
			EXPECT_EQ(-EINTR, client_result(self->c));
			continue;
		}
		EXPECT_EQ(0, n->n[2]);
		EXPECT_EQ(3, client_result(self->c));
		EXPECT_EQ('d', self->c->reply[99]);
	}
}

/* C13: killed in the middle of its answer. */
TEST_F(server_fault, F7_the_server_is_killed_while_it_answers)
{
	struct worker *w = shared_alloc(sizeof(*w) + sizeof(struct numbers));
	struct numbers *n = (struct numbers *)(w + 1);

	w->peer = self->server;
	w->run = run_reply;
	self->r->args.buf_ptr = (uintptr_t)&self->r->buf;
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, receiver_go(self->r));
	ASSERT_EQ(0, receiver_wait(self->r));
	n->n[0] = receiver_result(self->r);
	n->n[1] = (long)self->region;
	ASSERT_EQ(0, worker_go(w));
	ASSERT_EQ(0, in_peer(self->server, do_wait_for_fault, 0));
	ASSERT_EQ(0, peer_kill(self->server, SIGKILL));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(-ESRCH, client_result(self->c));
	EXPECT_EQ(CLIENT_FILL, self->c->reply[0]);
	ASSERT_EQ(0, peer_reap(self->server, NULL));
}

/* ---- memory that is simply bad ---- */

TEST_F(server_fault, F2_a_bad_receive_buffer_consumes_nothing)
{
	static const size_t room[] = { 0, 1, 4 };
	int chid = qmsg_channel_create(Q, variant->flags);
	struct qmsg_msg_info info;
	struct client *c[2];
	int64_t rcvid;
	char buf[8];

	for (int i = 0; i < 2; i++) {
		c[i] = client_blocked(peer_self(), 0, chid);
		ASSERT_TRUE(c[i] != NULL);
	}
	for (size_t i = 0; i < ARRAY_SIZE(room); i++) {
		EXPECT_EQ(-EFAULT, receive_now(Q, chid, edge_page(room[i]), 8, &info));
		EXPECT_EQ(-EFAULT, receive_now(Q, chid, buf, 8, edge_page(room[i])));
		ASSERT_EQ(0, wait_for_client(c[0], "SEND"));
	}
	for (int i = 0; i < 2; i++) {
		rcvid = receive_now(Q, chid, buf, sizeof(buf), &info);
		ASSERT_LT(0, rcvid);
		EXPECT_EQ(c[i]->w.tid, info.tid) TH_LOG("order");
		EXPECT_EQ(0, memcmp(buf, "ping", 5));
		EXPECT_EQ(-EFAULT, qmsg_msg_read(Q, rcvid, edge_page(2), 5, 0));
		EXPECT_EQ(-EFAULT, qmsg_msg_write(Q, rcvid, edge_page(2), 5, 0));
		EXPECT_EQ(-EFAULT, qmsg_msg_reply(Q, rcvid, 1, edge_page(2), 5));
		ASSERT_EQ(0, wait_for_client(c[i], "REPLY"));
		EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, i, "good", 5));
		ASSERT_EQ(0, client_wait(c[i]));
		EXPECT_EQ(i, client_result(c[i]));
		EXPECT_EQ(0, memcmp(c[i]->reply, "good", 5));
	}
}

TEST_F(server_fault, F2_a_pulse_that_does_not_fit_stays)
{
	int chid = qmsg_channel_create(Q, 0);
	int coid = qmsg_connect_attach(Q, 0, chid, QMSG_SIDE_CHANNEL, 0);
	char buf[64];

	ASSERT_EQ(0, qmsg_pulse_send(Q, coid, 1, 5, 0));
	for (size_t len = 0; len < sizeof(struct qmsg_pulse); len++) {
		EXPECT_EQ(-EFAULT, receive_now(Q, chid, buf, len, NULL)) TH_LOG("%zu bytes", len);
	}
	EXPECT_EQ(-EFAULT, receive_now(Q, chid, edge_page(20), 64, NULL));
	EXPECT_EQ(0, expect_pulse(Q, chid, 5, NULL));
}

TEST_HARNESS_MAIN
