// SPDX-License-Identifier: GPL-2.0-only
/*
 * S2.18 - S2.28: who learns of a bad buffer, and what happens to the request.
 * The message is copied when it is sent, so S2.19 and S2.20 are S2.18; the reply by its
 * receiver, so S2.26 is S2.27.
 */
#include "pair.h"

#include <sys/mman.h>

#define BAD	((void *)16)			/* never mapped */
#define KERNEL	(1ULL << 63)			/* not a user address at all (S2.5) */

static int64_t send_from(scene *self, uint64_t ptr, uint64_t len, unsigned int flags)
{
	self->c->args.flags = flags;
	self->c->args.send_ptr = ptr;
	self->c->args.send_len = len;
	return client_send(self->c) ?: result(self);
}

/* S2.18: at once, never queued. */
TEST_F(pair, S2_18_bad_send_buffer)
{
	set_lengths(self, 0, 0);
	EXPECT_EQ(-EFAULT, send_from(self, (uintptr_t)BAD, 1, 0));
	EXPECT_EQ(-EFAULT, send_from(self, (uintptr_t)BAD, 100000, 0));
	EXPECT_EQ(-EFAULT, send_from(self, KERNEL, 1, 0));
	EXPECT_EQ(-EFAULT, send_from(self, ~0ULL, 1, 0));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

/* S2.18: good at first, bad further on; in every size class. */
TEST_F(pair, S2_18_send_buffer_that_ends_in_a_hole)
{
	static const size_t good[] = { 1, 100, 4095, 5000, 100000 };
	unsigned int i;

	if (variant->process)
		SKIP(return, "the hole is in this process");
	set_lengths(self, 0, 0);
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		char *edge = edge_page(good[i]);

		EXPECT_EQ(-EFAULT, send_from(self, (uintptr_t)edge, good[i] + 1, 0));
	}
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

TEST_F(pair, S2_18_bad_vectors)
{
	set_lengths(self, 0, 0);
	EXPECT_EQ(-EFAULT, send_from(self, (uintptr_t)BAD, 1, QMSG_SEND_IOV));
	EXPECT_EQ(-EFAULT, send_from(self, KERNEL, 1, QMSG_SEND_IOV));
	self->siov[0] = (struct iovec){ self->message, 10 };
	self->siov[1] = (struct iovec){ BAD, 1 };
	EXPECT_EQ(-EFAULT, send_from(self, (uintptr_t)self->siov, 2, QMSG_SEND_IOV));
	self->siov[1] = (struct iovec){ BAD, 0 };
	self->c->args.send_deadline = 0;
	EXPECT_EQ(-ETIMEDOUT, send_from(self, (uintptr_t)self->siov, 2, QMSG_SEND_IOV));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

/* S2.18: range check of the reply buffer at send time, before anybody sees the message. */
TEST_F(pair, S2_18_reply_buffer_that_is_no_user_address)
{
	set_lengths(self, 1, 100);
	self->c->args.reply_ptr = KERNEL;
	ASSERT_EQ(0, client_send(self->c));
	EXPECT_EQ(-EFAULT, result(self));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

static int64_t receive_into(scene *self, void *buf, size_t len)
{
	return receive_now(self->q, self->chid, buf, len, &self->info);
}

/* S2.21: nothing consumed, the client unaffected; another receive gets it. */
TEST_F(pair, S2_21_bad_receive_buffer)
{
	set_lengths(self, 5000, 0);
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
	EXPECT_EQ(-EFAULT, receive_into(self, BAD, 10));
	EXPECT_EQ(-EFAULT, receive_into(self, (void *)KERNEL, 10));
	EXPECT_EQ(-EFAULT, receive_into(self, unmapped_page(), 10));
	EXPECT_EQ(-EFAULT, receive_into(self, edge_page(4), 10));
	EXPECT_EQ(-EFAULT, receive_into(self, edge_page(4096), BIG));
	EXPECT_EQ(0, wait_for_client(self->c, "SEND"));
	self->rcvid = receive_into(self, self->buf, BIG);
	ASSERT_LT(0, self->rcvid);
	EXPECT_TRUE(has_pattern(self->buf, 5000, 0, MESSAGE));
}

/* The good part of the buffer is all that the message needs. */
TEST_F(pair, S2_21_buffer_that_is_bad_beyond_the_message)
{
	char *edge = edge_page(100);

	set_lengths(self, 100, 0);
	ASSERT_EQ(0, client_send(self->c));
	self->rcvid = receive_soon(self->q, self->chid, edge, 200, NULL);
	ASSERT_LT(0, self->rcvid);
	EXPECT_TRUE(has_pattern(edge, 100, 0, MESSAGE));
}

/* S2.21 for a receiver that waited: its send finds the next one. */
TEST_F(pair, S2_21_bad_buffer_of_a_waiting_receiver)
{
	struct receiver *r = receiver_new(self->me, self->chid);

	r->args.buf_ptr = (uintptr_t)unmapped_page();
	set_lengths(self, 100, 0);
	ASSERT_EQ(0, receiver_go_blocked(r));
	ASSERT_EQ(0, client_send(self->c));
	EXPECT_EQ(0, receiver_wait(r));
	EXPECT_EQ(-EFAULT, receiver_result(r));
	EXPECT_EQ(0, wait_for_client(self->c, "SEND"));
	self->rcvid = receive_into(self, self->buf, BIG);
	ASSERT_LT(0, self->rcvid);
	EXPECT_TRUE(has_pattern(self->buf, 100, 0, MESSAGE));
}

/* S2.30: info is part of it. */
TEST_F(pair, S2_21_bad_info_pointer)
{
	struct qmsg_msg_receive args = receive_args(self->chid, self->buf, BIG, unmapped_page());

	args.deadline = 0;
	set_lengths(self, 100, 0);
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
	EXPECT_EQ(-EFAULT, qmsg_msg_receive_with(self->q, &args));
	EXPECT_EQ(0, wait_for_client(self->c, "SEND"));
	EXPECT_LT(0, receive_into(self, self->buf, BIG));
}

/* The struct itself is not writable: no side effect is left behind. */
TEST_F(pair, S2_21_unwritable_arguments)
{
	struct qmsg_msg_receive *args = edge_page(4096);

	*args = receive_args(self->chid, self->buf, BIG, NULL);
	args->deadline = 0;
	ASSERT_EQ(0, mprotect(args, 4096, PROT_READ));
	set_lengths(self, 100, 0);
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
	EXPECT_EQ(-EFAULT, raw_ioctl(self->q, QMSG_IOC_MSG_RECEIVE, args));
	EXPECT_EQ(0, wait_for_client(self->c, "SEND"));
	EXPECT_LT(0, receive_into(self, self->buf, BIG));
}

/* S2.24: the server's own fault; the client is untouched. */
TEST_F(pair, S2_24_bad_buffer_of_MsgRead)
{
	set_lengths(self, 5000, 5000);
	ASSERT_EQ(0, deliver(self, 0));
	EXPECT_EQ(-EFAULT, qmsg_msg_read(self->q, self->rcvid, BAD, 10, 0));
	EXPECT_EQ(-EFAULT, qmsg_msg_read(self->q, self->rcvid, unmapped_page(), 5000, 0));
	EXPECT_EQ(-EFAULT, qmsg_msg_read(self->q, self->rcvid, edge_page(10), 11, 0));
	EXPECT_TRUE(is_waiting(self));
	EXPECT_EQ(5000, qmsg_msg_read(self->q, self->rcvid, self->buf, 5000, 0));
	EXPECT_TRUE(has_pattern(self->buf, 5000, 0, MESSAGE));
}

TEST_F(pair, S2_24_bad_buffer_of_MsgWrite)
{
	set_lengths(self, 1, 5000);
	ASSERT_EQ(0, deliver(self, 1));
	EXPECT_EQ(-EFAULT, qmsg_msg_write(self->q, self->rcvid, BAD, 10, 0));
	EXPECT_EQ(-EFAULT, qmsg_msg_write(self->q, self->rcvid, unmapped_page(), 5000, 0));
	EXPECT_EQ(-EFAULT, qmsg_msg_write(self->q, self->rcvid, edge_page(10), 11, 100));
	EXPECT_TRUE(is_waiting(self));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 1, self->answer, 50));
	EXPECT_EQ(1, result(self));
	EXPECT_TRUE(has_pattern(self->room, 50, 0, ANSWER));
	EXPECT_TRUE(has_fill(self->room + 200, 4000));
}

/* S2.27: the reply succeeds, the owner of the bad buffer gets the error. */
TEST_F(pair, S2_27_bad_reply_buffer)
{
	static const size_t lens[] = { 1, 100, 5000, 100000 };
	unsigned int i;

	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		set_lengths(self, 1, BIG);
		self->c->args.reply_ptr = (uintptr_t)BAD;
		ASSERT_EQ(0, deliver(self, 1));
		EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 1, self->answer, lens[i]));
		EXPECT_EQ(-EFAULT, result(self));
		EXPECT_EQ(-ESRCH, qmsg_msg_reply(self->q, self->rcvid, 1, NULL, 0));
	}
}

/* S2.25 as decided: MsgWrite succeeds too, the client learns of it at the end. */
TEST_F(pair, S2_25_bad_reply_buffer_and_MsgWrite)
{
	set_lengths(self, 1, 100);
	self->c->args.reply_ptr = (uintptr_t)BAD;
	ASSERT_EQ(0, deliver(self, 1));
	EXPECT_EQ(10, qmsg_msg_write(self->q, self->rcvid, self->answer, 10, 0));
	EXPECT_TRUE(is_waiting(self));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 1, NULL, 0));
	EXPECT_EQ(-EFAULT, result(self));
}

/* A bad reply buffer that nothing is put into does no harm. */
TEST_F(pair, S2_27_bad_reply_buffer_that_is_not_used)
{
	set_lengths(self, 1, 100);
	self->c->args.reply_ptr = (uintptr_t)BAD;
	ASSERT_EQ(0, deliver(self, 1));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 6, NULL, 0));
	EXPECT_EQ(6, result(self));
}

TEST_F(pair, S2_27_reply_buffer_that_is_bad_beyond_the_reply)
{
	char *edge = edge_page(50);

	if (variant->process)
		SKIP(return, "the hole is in this process");
	set_lengths(self, 1, 100);
	self->c->args.reply_ptr = (uintptr_t)edge;
	ASSERT_EQ(0, deliver(self, 1));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 7, self->answer, 50));
	EXPECT_EQ(7, result(self));
	EXPECT_TRUE(has_pattern(edge, 50, 0, ANSWER));
}

/* The client unmaps its reply buffer while it is REPLY-blocked. */
TEST_F(pair, S2_27_reply_buffer_that_goes_away)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (variant->process)
		SKIP(return, "the page is in this process");
	set_lengths(self, 1, 4096);
	self->c->args.reply_ptr = (uintptr_t)page;
	ASSERT_EQ(0, deliver(self, 1));
	ASSERT_EQ(0, munmap(page, 4096));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 1, self->answer, 4096));
	EXPECT_EQ(-EFAULT, result(self));
}

/* S2.28 as in the uapi: EFAULT to the server, and the client can still be answered. */
TEST_F(pair, S2_28_bad_buffer_of_MsgReply)
{
	struct qmsg_msg_reply args = { .flags = QMSG_REPLY_DATA_IOV, .buf_len = 1 };

	set_lengths(self, 1, 5000);
	ASSERT_EQ(0, deliver(self, 1));
	EXPECT_EQ(-EFAULT, qmsg_msg_reply(self->q, self->rcvid, 1, BAD, 10));
	EXPECT_EQ(-EFAULT, qmsg_msg_reply(self->q, self->rcvid, 1, unmapped_page(), 5000));
	EXPECT_EQ(-EFAULT, qmsg_msg_reply(self->q, self->rcvid, 1, edge_page(10), 11));
	args.rcvid = self->rcvid;
	args.buf_ptr = (uintptr_t)BAD;
	EXPECT_EQ(-EFAULT, qmsg_msg_reply_with(self->q, &args));
	EXPECT_TRUE(is_waiting(self));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 2, self->answer, 5000));
	EXPECT_EQ(2, result(self));
	EXPECT_TRUE(has_pattern(self->room, 5000, 0, ANSWER));
}

/* S11.4: a reply that failed does not clear the unblock request. */
TEST_F(pair, S2_28_failed_reply_keeps_the_unblock_request)
{
	struct qmsg_msg_info info;

	self->chid = peer_channel(self->me, QMSG_CHF_UNBLOCK);
	self->c->args.coid = peer_attach(self->peer, self->me->pid, self->chid,
					 QMSG_SIDE_CHANNEL, 0);
	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR1, 0));
	set_lengths(self, 1, 5000);
	ASSERT_EQ(0, deliver(self, 1));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY+R"));
	EXPECT_EQ(-EFAULT, qmsg_msg_reply(self->q, self->rcvid, 1, BAD, 10));
	ASSERT_EQ(0, qmsg_msg_info(self->q, self->rcvid, &info));
	EXPECT_EQ(QMSG_MI_UNBLOCK_REQ, info.flags & QMSG_MI_UNBLOCK_REQ);
	EXPECT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_UNBLOCK, NULL));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 3, NULL, 0));
	EXPECT_EQ(3, result(self));
}

/* S2.33 */
TEST_F(pair, S2_33_bad_pointer_of_MsgInfo)
{
	set_lengths(self, 1, 1);
	ASSERT_EQ(0, deliver(self, 1));
	EXPECT_EQ(-EFAULT, qmsg_msg_info(self->q, self->rcvid, BAD));
	EXPECT_TRUE(is_waiting(self));
}

TEST_HARNESS_MAIN
