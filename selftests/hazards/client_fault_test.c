// SPDX-License-Identifier: GPL-2.0-only
/*
 * F1, F3, F7: the client's memory is bad, or comes late, or never (userfaultfd). Whoever
 * owns the buffer waits for it, alone: the channel goes on serving everybody else, and
 * the one that waits can be killed.
 */
#include "kselftest_harness.h"

#include "fault.h"

FIXTURE(client_fault)
{
	struct peer *p;		/* the process with the missing pages */
	int chid;
	char *region;		/* its address in that process */
	struct client *c;
	int64_t rcvid;
};

FIXTURE_VARIANT(client_fault)
{
	unsigned int flags;
};

FIXTURE_VARIANT_ADD(client_fault, plain)
{
	.flags = QMSG_CHF_DISCONNECT,
};

FIXTURE_VARIANT_ADD(client_fault, unblock)
{
	.flags = QMSG_CHF_DISCONNECT | QMSG_CHF_UNBLOCK,
};

FIXTURE_SETUP(client_fault)
{
	int64_t address;

	ASSERT_LE(0, peer_open(peer_self()));
	self->chid = peer_channel_grace(peer_self(), variant->flags, 100);
	self->p = peer_fork();
	ASSERT_TRUE(self->p != NULL);
	ASSERT_LE(0, peer_open(self->p));
	address = in_peer(self->p, do_make_region, 4);
	if (address < 0)
		SKIP(return, "no userfaultfd: %lld", (long long)address);
	self->region = (char *)address;
	self->c = client_connect(self->p, getpid(), self->chid);
	ASSERT_TRUE(self->c != NULL);
	ASSERT_EQ(0, peer_handle(self->p, SIGUSR1, 0));
}

FIXTURE_TEARDOWN_PARENT(client_fault)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

/* The client touches its missing page and does not come back. */
static void send_into_fault(struct __test_metadata *_metadata, FIXTURE_DATA(client_fault) *self)
{
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, in_peer(self->p, do_wait_for_fault, 0));
	EXPECT_FALSE(client_done(self->c));
}

/* A message and a pulse of others get through. */
static void expect_channel_works(struct __test_metadata *_metadata,
				 FIXTURE_DATA(client_fault) *self)
{
	struct client *other = client_connect(peer_self(), 0, self->chid);
	struct qmsg_pulse pulse;
	int64_t rcvid;

	ASSERT_TRUE(other != NULL);
	EXPECT_EQ(0, qmsg_pulse_send(Q, other->args.coid, 1, 9, 9));
	EXPECT_EQ(0, expect_pulse(Q, self->chid, 9, NULL));
	rcvid = client_send_received(other, Q, self->chid, NULL);
	ASSERT_LT(0, rcvid);
	EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 5, NULL, 0));
	ASSERT_EQ(0, client_wait(other));
	EXPECT_EQ(5, client_result(other));
	ASSERT_EQ(0, qmsg_connect_detach(Q, other->args.coid));
	ASSERT_EQ(0, expect_pulse(Q, self->chid, QMSG_PULSE_CODE_DISCONNECT, &pulse));
	EXPECT_EQ(0, qmsg_connect_detach(Q, pulse.scoid));
	client_free(other);
}

static void use_missing_message(FIXTURE_DATA(client_fault) *self)
{
	self->c->args.send_ptr = (uintptr_t)self->region;
	self->c->args.send_len = 100;
}

static void use_missing_reply(FIXTURE_DATA(client_fault) *self)
{
	self->c->args.reply_ptr = (uintptr_t)self->region;
	self->c->args.reply_len = 100;
}

TEST_F(client_fault, F7_a_message_that_never_comes)
{
	use_missing_message(self);
	send_into_fault(_metadata, self);
	EXPECT_EQ(0, expect_nothing(Q, self->chid));
	expect_channel_works(_metadata, self);
	ASSERT_EQ(0, peer_kill(self->p, SIGKILL));
	ASSERT_EQ(0, peer_reap(self->p, NULL));
	EXPECT_EQ(0, expect_pulse(Q, self->chid, QMSG_PULSE_CODE_DISCONNECT, NULL));
	EXPECT_EQ(0, expect_nothing(Q, self->chid));
}

TEST_F(client_fault, F7_a_message_that_comes_late)
{
	char buf[100];

	use_missing_message(self);
	send_into_fault(_metadata, self);
	expect_channel_works(_metadata, self);
	ASSERT_EQ(0, in_peer(self->p, do_fill_page, 0, 'L'));
	self->rcvid = receive_soon(Q, self->chid, buf, sizeof(buf), NULL);
	ASSERT_LT(0, self->rcvid);
	EXPECT_EQ('L', buf[99]);
	EXPECT_EQ(0, qmsg_msg_reply(Q, self->rcvid, 1, NULL, 0));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(1, client_result(self->c));
}

TEST_F(client_fault, F7_a_long_message_with_a_missing_page_in_the_middle)
{
	static char buf[4 * FAULT_PAGE];

	for (int i = 0; i < 4; i++) {
		if (i != 2) {
			ASSERT_EQ(0, in_peer(self->p, do_fill_page, i, 'a' + i));
		}
	}
	self->c->args.send_ptr = (uintptr_t)self->region;
	self->c->args.send_len = sizeof(buf);
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(2, in_peer(self->p, do_wait_for_fault, 0));
	expect_channel_works(_metadata, self);
	ASSERT_EQ(0, in_peer(self->p, do_fill_page, 2, 'c'));
	self->rcvid = receive_soon(Q, self->chid, buf, sizeof(buf), NULL);
	ASSERT_LT(0, self->rcvid);
	for (size_t i = 0; i < sizeof(buf); i++) {
		ASSERT_EQ('a' + (int)(i / FAULT_PAGE), buf[i]) TH_LOG("byte %zu", i);
	}
	EXPECT_EQ(0, qmsg_msg_reply(Q, self->rcvid, 1, NULL, 0));
	ASSERT_EQ(0, client_wait(self->c));
}

/*
 * Only a fatal signal ends a page fault of the kernel. Any other is seen when the page is
 * there: then the client leaves, and the server has not seen and will not see the message.
 */
TEST_F(client_fault, F7_a_signal_while_the_message_is_missing)
{
	use_missing_message(self);
	send_into_fault(_metadata, self);
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	expect_channel_works(_metadata, self);
	ASSERT_EQ(0, in_peer(self->p, do_fill_page, 0, 'x'));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(-EINTR, client_result(self->c));
	EXPECT_EQ(1, self->c->w.handled);
	EXPECT_EQ(0, expect_nothing(Q, self->chid));
}

TEST_F(client_fault, F7_the_channel_goes_while_the_message_is_missing)
{
	use_missing_message(self);
	send_into_fault(_metadata, self);
	ASSERT_EQ(0, qmsg_channel_destroy(Q, self->chid));
	ASSERT_EQ(0, in_peer(self->p, do_fill_page, 0, 'x'));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_TRUE(self->c->ret == -EBADF || self->c->ret == -ESRCH) TH_LOG("%d", self->c->ret);
}

TEST_F(client_fault, F7_the_connection_goes_while_the_message_is_missing)
{
	use_missing_message(self);
	send_into_fault(_metadata, self);
	ASSERT_EQ(0, peer_detach(self->p, self->c->args.coid));
	ASSERT_EQ(0, in_peer(self->p, do_fill_page, 0, 'x'));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(-EBADF, self->c->ret);
	EXPECT_EQ(0, expect_pulse(Q, self->chid, QMSG_PULSE_CODE_DISCONNECT, NULL));
	EXPECT_EQ(0, expect_nothing(Q, self->chid));
}

/* SIGTERM without a handler kills as well. */
TEST_F(client_fault, F7_killed_by_SIGTERM_in_the_second_page)
{
	ASSERT_EQ(0, in_peer(self->p, do_fill_page, 0, 0));
	self->c->args.send_ptr = (uintptr_t)self->region;
	self->c->args.send_len = 2 * FAULT_PAGE;
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(1, in_peer(self->p, do_wait_for_fault, 0));
	ASSERT_EQ(0, peer_kill(self->p, SIGTERM));
	ASSERT_EQ(0, peer_reap(self->p, NULL));
	EXPECT_EQ(0, expect_pulse(Q, self->chid, QMSG_PULSE_CODE_DISCONNECT, NULL));
}

/* The server's calls return at once, whatever the client's reply buffer is. */
static void answer_into_fault(struct __test_metadata *_metadata, FIXTURE_DATA(client_fault) *self)
{
	use_missing_reply(self);
	self->rcvid = client_send_received(self->c, Q, self->chid, NULL);
	ASSERT_LT(0, self->rcvid);
	EXPECT_EQ(3, qmsg_msg_write(Q, self->rcvid, "www", 3, 50));
	EXPECT_EQ(0, qmsg_msg_reply(Q, self->rcvid, 6, "rrr", 3));
	ASSERT_EQ(0, in_peer(self->p, do_wait_for_fault, 0));
	EXPECT_FALSE(client_done(self->c));
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(Q, self->rcvid, 7, NULL, 0));
}

TEST_F(client_fault, F7_a_reply_buffer_that_never_comes)
{
	answer_into_fault(_metadata, self);
	expect_channel_works(_metadata, self);
	ASSERT_EQ(0, peer_kill(self->p, SIGKILL));
	ASSERT_EQ(0, peer_reap(self->p, NULL));
	EXPECT_EQ(0, expect_pulse(Q, self->chid, QMSG_PULSE_CODE_DISCONNECT, NULL));
	EXPECT_EQ(0, expect_nothing(Q, self->chid));
}

TEST_F(client_fault, F7_a_reply_buffer_that_comes_late)
{
	answer_into_fault(_metadata, self);
	ASSERT_EQ(0, in_peer(self->p, do_fill_page, 0, 'p'));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(6, client_result(self->c));
	EXPECT_EQ(3, self->c->args.out_reply_len);
	EXPECT_EQ('r', in_peer(self->p, do_peek, 2));
	EXPECT_EQ('p', in_peer(self->p, do_peek, 3));
	EXPECT_EQ('w', in_peer(self->p, do_peek, 52));
	EXPECT_EQ('p', in_peer(self->p, do_peek, 53));
}

/* Answered is answered: the signal is no unblock event any more, and no pulse is sent. */
TEST_F(client_fault, F7_a_signal_while_the_reply_buffer_is_missing)
{
	answer_into_fault(_metadata, self);
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	EXPECT_EQ(0, expect_nothing(Q, self->chid));
	expect_channel_works(_metadata, self);
	ASSERT_EQ(0, in_peer(self->p, do_fill_page, 0, 'p'));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(6, client_result(self->c));
	EXPECT_EQ(1, self->c->w.handled);
	EXPECT_EQ('r', in_peer(self->p, do_peek, 0));
	EXPECT_EQ(0, expect_nothing(Q, self->chid));
}

TEST_F(client_fault, F7_the_channel_goes_while_the_reply_buffer_is_missing)
{
	answer_into_fault(_metadata, self);
	ASSERT_EQ(0, qmsg_channel_destroy(Q, self->chid));
	ASSERT_EQ(0, in_peer(self->p, do_fill_page, 0, 'p'));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(6, client_result(self->c));
}

/* ---- memory that is simply bad (S2.18, S2.25, S2.27) ---- */

TEST_F(client_fault, F1_a_bad_message_is_never_queued)
{
	char *edge = edge_page(FAULT_PAGE);
	struct client *c = client_connect(peer_self(), 0, self->chid);
	struct receiver *r = receiver_new(peer_self(), self->chid);

	c->args.send_ptr = (uintptr_t)edge;
	for (int waiting = 0; waiting < 2; waiting++) {
		for (size_t over = 1; over <= 2 * FAULT_PAGE; over *= 4) {
			c->args.send_len = FAULT_PAGE + over;
			ASSERT_EQ(0, client_send(c));
			ASSERT_EQ(0, client_wait(c));
			EXPECT_EQ(-EFAULT, client_result(c)) TH_LOG("%zu bytes over", over);
		}
		if (!waiting) {
			EXPECT_EQ(0, expect_nothing(Q, self->chid));
			ASSERT_EQ(0, receiver_go_blocked(r));
		}
	}
	EXPECT_FALSE(worker_is_done(&r->w));
	ASSERT_EQ(0, qmsg_pulse_send(Q, c->args.coid, 1, 1, 1));
	ASSERT_EQ(0, receiver_wait(r));
	EXPECT_EQ(0, receiver_result(r));
}

TEST_F(client_fault, F3_a_bad_reply_buffer_is_the_clients_affair)
{
	char *edge = edge_page(100);
	struct client *c = client_connect(peer_self(), 0, self->chid);
	static const size_t lens[] = { 101, 150, 200 };

	c->args.reply_ptr = (uintptr_t)edge;
	c->args.reply_len = 200;
	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		char data[200] = "r";

		self->rcvid = client_send_received(c, Q, self->chid, NULL);
		ASSERT_LT(0, self->rcvid);
		EXPECT_EQ(lens[i], qmsg_msg_write(Q, self->rcvid, data, lens[i], 0));
		EXPECT_EQ(0, qmsg_msg_reply(Q, self->rcvid, 1, data, lens[i]));
		EXPECT_EQ(-ESRCH, qmsg_msg_reply(Q, self->rcvid, 1, data, lens[i]));
		ASSERT_EQ(0, client_wait(c));
		EXPECT_EQ(-EFAULT, client_result(c)) TH_LOG("%zu bytes", lens[i]);
	}
	/* the same buffer is good enough for a reply that fits */
	self->rcvid = client_send_received(c, Q, self->chid, NULL);
	EXPECT_EQ(0, qmsg_msg_reply(Q, self->rcvid, 1, edge, 100));
	ASSERT_EQ(0, client_wait(c));
	EXPECT_EQ(1, client_result(c));
}

TEST_F(client_fault, F3_a_read_only_reply_buffer)
{
	struct client *c = client_connect(peer_self(), 0, self->chid);
	char *page = mmap(NULL, FAULT_PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	c->args.reply_ptr = (uintptr_t)page;
	c->args.reply_len = 16;
	self->rcvid = client_send_received(c, Q, self->chid, NULL);
	ASSERT_LT(0, self->rcvid);
	EXPECT_EQ(0, qmsg_msg_reply(Q, self->rcvid, 1, "r", 1));
	ASSERT_EQ(0, client_wait(c));
	EXPECT_EQ(-EFAULT, client_result(c));
	self->rcvid = client_send_received(c, Q, self->chid, NULL);
	EXPECT_EQ(0, qmsg_msg_reply(Q, self->rcvid, 1, NULL, 0));
	ASSERT_EQ(0, client_wait(c));
	EXPECT_EQ(1, client_result(c));
}

TEST_HARNESS_MAIN
