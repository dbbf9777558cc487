// SPDX-License-Identifier: GPL-2.0-only
/* S5.30: after an error the client is told whether a server can have seen its message. */
#include "kselftest_harness.h"

#include <sys/mman.h>

#include "../hazards/hazard.h"

#define SIDE		QMSG_SIDE_CHANNEL
#define UNDELIVERED	QMSG_SENT_UNDELIVERED
#define RUBBISH		0xdeadbeef

FIXTURE(sent) {
	struct peer *peer;
	struct client *c;
	int chid;
};

FIXTURE_SETUP(sent)
{
	ASSERT_LE(0, peer_open(peer_self()));
	self->chid = qmsg_channel_create(Q, 0);
	ASSERT_LT(0, self->chid);
	self->peer = peer_fork();
	ASSERT_NE(NULL, self->peer);
	ASSERT_LE(0, peer_open(self->peer));
	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR1, 0));
	self->c = client_connect(self->peer, getpid(), self->chid);
	ASSERT_NE(NULL, self->c);
	self->c->args.out_flags = RUBBISH;
}

FIXTURE_TEARDOWN(sent)
{
	close(Q);
	peer_kill(self->peer, SIGKILL);
	peer_reap(self->peer, NULL);
}

#define EXPECT_SENT(error, bits) do {						\
	ASSERT_EQ(0, client_wait(self->c));					\
	EXPECT_EQ(error, self->c->ret);						\
	EXPECT_EQ(bits, self->c->args.out_flags);				\
} while (0)

TEST_F(sent, S5_30_signal_while_SEND_blocked)
{
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	EXPECT_SENT(-EINTR, UNDELIVERED);
	EXPECT_EQ(0, expect_nothing(Q, self->chid));
}

TEST_F(sent, S5_30_signal_while_REPLY_blocked)
{
	ASSERT_LT(0, client_send_received(self->c, Q, self->chid, NULL));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	EXPECT_SENT(-EINTR, 0U);
}

TEST_F(sent, deadline_while_SEND_blocked)
{
	self->c->args.send_deadline = 0;
	ASSERT_EQ(0, client_send(self->c));
	EXPECT_SENT(-ETIMEDOUT, UNDELIVERED);
	self->c->args.send_deadline = deadline_in_ms(5);
	ASSERT_EQ(0, client_send(self->c));
	EXPECT_SENT(-ETIMEDOUT, UNDELIVERED);
}

TEST_F(sent, deadline_while_REPLY_blocked)
{
	self->c->args.reply_deadline = deadline_in_ms(500);
	ASSERT_LT(0, client_send_received(self->c, Q, self->chid, NULL));
	EXPECT_SENT(-ETIMEDOUT, 0U);
}

TEST_F(sent, detach)
{
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
	ASSERT_EQ(0, peer_detach(self->peer, self->c->args.coid));
	EXPECT_SENT(-EBADF, UNDELIVERED);
}

TEST_F(sent, detach_while_REPLY_blocked)
{
	ASSERT_LT(0, client_send_received(self->c, Q, self->chid, NULL));
	ASSERT_EQ(0, peer_detach(self->peer, self->c->args.coid));
	EXPECT_SENT(-EBADF, 0U);
}

TEST_F(sent, channel_ends)
{
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
	ASSERT_EQ(0, qmsg_channel_destroy(Q, self->chid));
	EXPECT_SENT(-ESRCH, UNDELIVERED);
	/* and now it is dead */
	self->c->args.out_flags = 0;
	ASSERT_EQ(0, client_send(self->c));
	EXPECT_SENT(-EBADF, UNDELIVERED);
}

TEST_F(sent, channel_ends_while_REPLY_blocked)
{
	ASSERT_LT(0, client_send_received(self->c, Q, self->chid, NULL));
	ASSERT_EQ(0, qmsg_channel_destroy(Q, self->chid));
	EXPECT_SENT(-ESRCH, 0U);
}

TEST_F(sent, dying_server_is_ENXIO)
{
	struct dying *d = dying_new(Q, 0);
	struct client *c = client_connect(self->peer, d->peer->pid, d->chid);

	ASSERT_NE(NULL, c);
	ASSERT_EQ(0, dying_begin(d));
	ASSERT_EQ(0, client_send(c));
	ASSERT_EQ(0, client_wait(c));
	EXPECT_EQ(-ENXIO, c->ret);
	EXPECT_EQ(UNDELIVERED, c->args.out_flags);
	EXPECT_EQ(0, dying_end(d, Q));
}

TEST_F(sent, bad_arguments)
{
	struct qmsg_msg_send args = send_args(SIDE | 99, "x", 1, NULL, 0);
	int coid = qmsg_connect_attach(Q, 0, self->chid, SIDE, 0);

	EXPECT_EQ(-EBADF, qmsg_msg_send_with(Q, &args));
	EXPECT_EQ(UNDELIVERED, args.out_flags);
	args = send_args(coid, unmapped_page(), 1, NULL, 0);
	EXPECT_EQ(-EFAULT, qmsg_msg_send_with(Q, &args));
	EXPECT_EQ(UNDELIVERED, args.out_flags);
	args = send_args(coid, "x", (size_t)QMSG_LEN_MAX + 1, NULL, 0);
	EXPECT_EQ(-EOVERFLOW, qmsg_msg_send_with(Q, &args));
	EXPECT_EQ(UNDELIVERED, args.out_flags);
}

/* S2.27: the server has had it, and has answered. */
TEST_F(sent, reply_that_cannot_be_stored)
{
	int64_t rcvid;

	/* Mapped in neither process. */
	self->c->args.reply_ptr = 8;
	rcvid = client_send_received(self->c, Q, self->chid, NULL);
	ASSERT_EQ(0, qmsg_msg_reply(Q, rcvid, 0, "x", 1));
	EXPECT_SENT(-EFAULT, 0U);
}

TEST_F(sent, nothing_is_said_after_an_answer)
{
	int64_t rcvid = client_send_received(self->c, Q, self->chid, NULL);

	ASSERT_EQ(0, qmsg_msg_reply(Q, rcvid, 0, NULL, 0));
	EXPECT_SENT(0, 0U);
	self->c->args.out_flags = UNDELIVERED;
	rcvid = client_send_received(self->c, Q, self->chid, NULL);
	ASSERT_EQ(0, qmsg_msg_error(Q, rcvid, EINTR));
	EXPECT_SENT(0, 0U);
}

/* The error is not lost where this cannot be told. */
TEST_F(sent, out_flags_cannot_be_written)
{
	struct qmsg_msg_send *args = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
					  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	*args = send_args(SIDE | 99, "x", 1, NULL, 0);
	args->size = sizeof(*args);
	ASSERT_EQ(0, mprotect(args, 4096, PROT_READ));
	EXPECT_EQ(-EBADF, raw_ioctl(Q, QMSG_IOC_MSG_SEND, args));
	EXPECT_EQ(0U, args->out_flags);
}

/* A receiver whose buffer is bad has not had it. */
TEST_F(sent, put_back_by_a_receiver)
{
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
	EXPECT_EQ(-EFAULT, receive_now(Q, self->chid, unmapped_page(), 64, NULL));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	EXPECT_SENT(-EINTR, UNDELIVERED);
}

/* T13: executed again. The server had it the first time, whatever becomes of the second. */
TEST_F(sent, T13_again_and_interrupted)
{
	int64_t rcvid = client_send_received(self->c, Q, self->chid, NULL);

	ASSERT_EQ(0, qmsg_msg_error(Q, rcvid, ERESTART));
	ASSERT_EQ(0, wait_for_channel(getpid(), Q, self->chid, "queued", 1));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	EXPECT_SENT(-EINTR, 0U);
	/* The next call is another one. */
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	EXPECT_SENT(-EINTR, UNDELIVERED);
}

TEST_F(sent, T13_again_twice_and_refused)
{
	int64_t rcvid = client_send_received(self->c, Q, self->chid, NULL);

	ASSERT_EQ(0, qmsg_msg_error(Q, rcvid, ERESTART));
	rcvid = receive_any(Q, self->chid);
	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, qmsg_msg_error(Q, rcvid, ERESTART));
	ASSERT_EQ(0, wait_for_channel(getpid(), Q, self->chid, "queued", 1));
	ASSERT_EQ(0, qmsg_channel_destroy(Q, self->chid));
	EXPECT_SENT(-ESRCH, 0U);
}

TEST_F(sent, T13_again_and_answered)
{
	int64_t rcvid = client_send_received(self->c, Q, self->chid, NULL);

	ASSERT_EQ(0, qmsg_msg_error(Q, rcvid, ERESTART));
	rcvid = receive_any(Q, self->chid);
	ASSERT_EQ(0, qmsg_msg_reply(Q, rcvid, 5, NULL, 0));
	EXPECT_SENT(0, 0U);
	EXPECT_EQ(5, client_result(self->c));
}

/* P6: stopped and continued; the call is the same. */
static void stop_and_go(struct __test_metadata *_metadata, FIXTURE_DATA(sent) *self)
{
	ASSERT_EQ(0, peer_kill(self->peer, SIGSTOP));
	ASSERT_EQ(0, wait_for_task_state(self->peer->pid, self->c->w.tid, 'T'));
	ASSERT_EQ(0, peer_kill(self->peer, SIGCONT));
	ASSERT_EQ(0, wait_for_task_state(self->peer->pid, self->c->w.tid, 'S'));
}

TEST_F(sent, P6_after_a_stop_while_SEND_blocked)
{
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
	stop_and_go(_metadata, self);
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	EXPECT_SENT(-EINTR, UNDELIVERED);
}

TEST_F(sent, P6_after_a_stop_while_REPLY_blocked)
{
	ASSERT_LT(0, client_send_received(self->c, Q, self->chid, NULL));
	stop_and_go(_metadata, self);
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	EXPECT_SENT(-EINTR, 0U);
}

/* The signal comes as the message is received: the client is told what the server has. */
TEST_F(sent, race_of_receive_and_signal)
{
	int i, n = rounds_by(50), wrong = 0, delivered = 0;

	for (i = 0; i < n; i++) {
		char buf[CLIENT_BYTES];
		int64_t rcvid;

		ASSERT_EQ(0, client_send(self->c));
		ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
		ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
		rcvid = receive_now(Q, self->chid, buf, sizeof(buf), NULL);
		ASSERT_EQ(0, client_wait(self->c));
		wrong += self->c->ret != -EINTR;
		wrong += self->c->args.out_flags != (rcvid > 0 ? 0 : UNDELIVERED);
		delivered += rcvid > 0;
	}
	EXPECT_EQ(0, wrong);
	printf("# %d of %d were delivered\n", delivered, n);
}

TEST_HARNESS_MAIN
