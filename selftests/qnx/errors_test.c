// SPDX-License-Identifier: GPL-2.0-only
/* build: also -m32 */
/*
 * How each call reports an error: errno and -1, or the sign that S2.46 - S2.61 give its
 * twin, which leaves errno alone (S2.1).
 */
#include <sys/resource.h>

#include "call.h"

FIXTURE(errors) {
	int chid;
	int coid;
	struct call client;
};

FIXTURE_SETUP(errors)
{
	self->chid = ChannelCreate(0);
	ASSERT_EQ(1, self->chid);
	self->coid = attach_self(self->chid);
	ASSERT_NE(-1, self->coid);
}

FIXTURE_TEARDOWN(errors)
{
}

static long send_ping(struct call *call)
{
	return MsgSend(call->coid, "ping", 5, call->reply, sizeof(call->reply));
}

/* A request that waits for its answer. */
static rcvid_t receive_ping(struct call *client, int chid, int coid)
{
	char buf[8];

	if (call_start(client, send_ping, coid))
		return -1;
	return receive_limited(chid, buf, sizeof(buf), NULL);
}

/* S2.36, S2.37, S2.58 */
TEST_F(errors, channels)
{
	EXPECT_MINUS(ENOSYS, ChannelCreate, _NTO_CHF_GLOBAL);
	EXPECT_MINUS(EINVAL, ChannelCreate, 0x80000000);
	EXPECT_PLUS(EINVAL, ChannelDestroy, 99);
	EXPECT_PLUS(EINVAL, ChannelDestroy, -1);
}

/* S2.38, S2.39, S2.59 */
TEST_F(errors, connections)
{
	struct rlimit limit;

	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	EXPECT_MINUS(ENOREMOTE, ConnectAttach, 1, 0, self->chid, _NTO_SIDE_CHANNEL, 0);
	EXPECT_MINUS(ESRCH, ConnectAttach, 0, 0, 99, _NTO_SIDE_CHANNEL, 0);
	EXPECT_MINUS(ESRCH, ConnectAttach, 0, 0x3fffffff, self->chid, _NTO_SIDE_CHANNEL, 0);
	EXPECT_MINUS(EINVAL, ConnectAttach, 0, 0, self->chid, limit.rlim_cur, 0);
	EXPECT_MINUS(EINVAL, ConnectAttach, 0, 0, self->chid, _NTO_SIDE_CHANNEL, _NTO_COF_NETCON);
	EXPECT_PLUS(EINVAL, ConnectDetach, _NTO_SIDE_CHANNEL | 0x3ff);
	EXPECT_PLUS(EINVAL, ConnectDetach, limit.rlim_cur - 1);
	EXPECT_PLUS(EINVAL, ConnectDetach, -1);
}

/* S2.29: EBADF before bad buffers. */
TEST_F(errors, sends)
{
	const int bad = _NTO_SIDE_CHANNEL | 0x3ff;
	iov_t iov;
	char c = 0;

	SETIOV(&iov, &c, 1);
	EXPECT_MINUS(EBADF, MsgSend, bad, &c, 1, &c, 1);
	EXPECT_MINUS(EBADF, MsgSendnc, bad, &c, 1, &c, 1);
	EXPECT_MINUS(EBADF, MsgSendsv, bad, &c, 1, &iov, 1);
	EXPECT_MINUS(EBADF, MsgSendsvnc, bad, &c, 1, &iov, 1);
	EXPECT_MINUS(EBADF, MsgSendvs, bad, &iov, 1, &c, 1);
	EXPECT_MINUS(EBADF, MsgSendvsnc, bad, &iov, 1, &c, 1);
	EXPECT_MINUS(EBADF, MsgSendv, bad, &iov, 1, &iov, 1);
	EXPECT_MINUS(EBADF, MsgSendvnc, bad, &iov, 1, &iov, 1);
	EXPECT_MINUS(EFAULT, MsgSend, self->coid, unmapped_page(), 1, &c, 1);
}

/* S2.30: -1 for a channel is what later versions say to mean none. */
TEST_F(errors, receives)
{
	struct _pulse pulse;
	iov_t iov;

	SETIOV(&iov, &pulse, sizeof(pulse));
	EXPECT_MINUS(ESRCH, MsgReceive, -1, &pulse, sizeof(pulse), NULL);
	EXPECT_MINUS(ESRCH, MsgReceivev, 99, &iov, 1, NULL);
	EXPECT_MINUS(ESRCH, MsgReceivePulse, 99, &pulse, sizeof(pulse), NULL);
	EXPECT_MINUS(ESRCH, MsgReceivePulsev, 99, &iov, 1, NULL);
}

/*
 * S2.31 - S2.34: a receive id that has been answered; all that need a request that waits
 * (S2.49, S2.50, S2.51, S2.52), with the signs of their twins (S2.32).
 */
TEST_F(errors, answered_receive_id)
{
	rcvid_t rcvid = receive_ping(&self->client, self->chid, self->coid);
	struct _msg_info info;
	iov_t iov;
	char c;

	ASSERT_LT(0, rcvid);
	EXPECT_EQ(0, MsgReply(rcvid, EOK, NULL, 0));
	EXPECT_EQ(0, call_join(&self->client));

	SETIOV(&iov, &c, 1);
	EXPECT_MINUS(ESRCH, MsgReply, rcvid, EOK, NULL, 0);
	EXPECT_MINUS(ESRCH, MsgReplyv, rcvid, EOK, &iov, 1);
	EXPECT_MINUS(ESRCH, MsgRead, rcvid, &c, 1, 0);
	EXPECT_MINUS(ESRCH, MsgReadv, rcvid, &iov, 1, 0);
	EXPECT_MINUS(ESRCH, MsgWrite, rcvid, &c, 1, 0);
	EXPECT_MINUS(ESRCH, MsgWritev, rcvid, &iov, 1, 0);
	EXPECT_PLUS(ESRCH, MsgError, rcvid, EIO);
	EXPECT_PLUS(ESRCH, MsgInfo, rcvid, &info);
}

/* S2.35, S2.54, and codes of the kernel are not for programs */
TEST_F(errors, pulses)
{
	EXPECT_PLUS(EBADF, MsgSendPulse, _NTO_SIDE_CHANNEL | 0x3ff, -1, 1, 0);
	EXPECT_PLUS(EBADF, MsgSendPulsePtr, _NTO_SIDE_CHANNEL | 0x3ff, -1, 1, NULL);
	EXPECT_EQ(0, MsgSendPulse(self->coid, 0, 1, 0));
	EXPECT_PLUS(EINVAL, MsgSendPulse, self->coid, 256, 1, 0);
	EXPECT_PLUS(EINVAL, MsgSendPulse, self->coid, -1, _PULSE_CODE_DISCONNECT, 0);
	EXPECT_PLUS(EINVAL, MsgSendPulse, self->coid, -1, _PULSE_CODE_MAXAVAIL + 1, 0);
}

/* S2.24, S2.28: the server's own memory is at fault; the client can still be answered. */
TEST_F(errors, server_fault)
{
	rcvid_t rcvid = receive_ping(&self->client, self->chid, self->coid);
	void *bad = unmapped_page();
	iov_t iov;

	ASSERT_LT(0, rcvid);
	SETIOV(&iov, bad, 5);
	EXPECT_MINUS(ESRVRFAULT, MsgRead, rcvid, bad, 5, 0);
	EXPECT_MINUS(ESRVRFAULT, MsgReadv, rcvid, &iov, 1, 0);
	EXPECT_MINUS(ESRVRFAULT, MsgReadv, rcvid, (iov_t *)bad, 1, 0);
	EXPECT_MINUS(ESRVRFAULT, MsgWrite, rcvid, bad, 5, 0);
	EXPECT_MINUS(ESRVRFAULT, MsgWritev, rcvid, &iov, 1, 0);
	EXPECT_MINUS(ESRVRFAULT, MsgReply, rcvid, EOK, bad, 5);
	EXPECT_MINUS(ESRVRFAULT, MsgReplyv, rcvid, EOK, &iov, 1);
	EXPECT_PLUS(EFAULT, MsgInfo, rcvid, NULL);
	EXPECT_EQ(0, MsgReply(rcvid, 3, "pong", 5));
	EXPECT_EQ(0, call_join(&self->client));
	EXPECT_EQ(3, self->client.result);
	EXPECT_STREQ("pong", self->client.reply);
}

static long send_into_nowhere(struct call *call)
{
	return MsgSend(call->coid, "ping", 5, unmapped_page(), 8);
}

/* S2.27: the client's memory is at fault; the server is not told. */
TEST_F(errors, client_fault)
{
	char buf[8];
	rcvid_t rcvid;

	ASSERT_EQ(0, call_start(&self->client, send_into_nowhere, self->coid));
	rcvid = receive_limited(self->chid, buf, sizeof(buf), NULL);
	ASSERT_LT(0, rcvid);
	EXPECT_EQ(4, MsgWrite(rcvid, "pong", 4, 0));
	EXPECT_EQ(0, MsgReply(rcvid, 3, "pong", 4));
	EXPECT_EQ(0, call_join(&self->client));
	EXPECT_EQ(-1, self->client.result);
	EXPECT_EQ(EFAULT, self->client.error);
}

static long send_twin(struct call *call)
{
	return MsgSend_r(call->coid, "ping", 5, NULL, 0);
}

FIXTURE(answers) {
	int chid;
	int coid;
	struct call client;
};

FIXTURE_SETUP(answers)
{
	self->chid = ChannelCreate(0);
	ASSERT_EQ(1, self->chid);
	self->coid = attach_self(self->chid);
	ASSERT_NE(-1, self->coid);
}

FIXTURE_TEARDOWN(answers)
{
}

FIXTURE_VARIANT(answers) {
	long status;		/* MsgReply() */
	int error;		/* or, if it is not EIO - which no row uses -, MsgError() */
	long plain;
	int plain_errno;
	long twin;
};

#define REPLIES	EIO

FIXTURE_VARIANT_ADD(answers, status) { 7, REPLIES, 7, 0, 7 };
/* S2.13: passed on as it is, errno left alone */
FIXTURE_VARIANT_ADD(answers, status_minus_one) { -1, REPLIES, -1, 0, -1 };
FIXTURE_VARIANT_ADD(answers, status_minus_five) { -5, REPLIES, -5, 0, -5 };
FIXTURE_VARIANT_ADD(answers, status_large) { LONG_MAX, REPLIES, LONG_MAX, 0, LONG_MAX };
FIXTURE_VARIANT_ADD(answers, status_small) { LONG_MIN, REPLIES, LONG_MIN, 0, LONG_MIN };
/* S2.14 */
FIXTURE_VARIANT_ADD(answers, error) { 0, EINTR, -1, EINTR, -EINTR };
FIXTURE_VARIANT_ADD(answers, error_eok) { 0, EOK, 0, 0, 0 };
FIXTURE_VARIANT_ADD(answers, error_of_qnx) { 0, ESRVRFAULT, -1, ESRVRFAULT, -ESRVRFAULT };

static int answer(int chid, long status, int error)
{
	char buf[8];
	rcvid_t rcvid = receive_limited(chid, buf, sizeof(buf), NULL);

	if (rcvid <= 0)
		return -1;
	return error == REPLIES ? MsgReply(rcvid, status, NULL, 0) : MsgError(rcvid, error);
}

TEST_F(answers, reach_the_client)
{
	ASSERT_EQ(0, call_start(&self->client, send_ping, self->coid));
	ASSERT_EQ(0, answer(self->chid, variant->status, variant->error));
	ASSERT_EQ(0, call_join(&self->client));
	EXPECT_EQ(variant->plain, self->client.result);
	EXPECT_EQ(variant->plain_errno, self->client.error);

	ASSERT_EQ(0, call_start(&self->client, send_twin, self->coid));
	ASSERT_EQ(0, answer(self->chid, variant->status, variant->error));
	ASSERT_EQ(0, call_join(&self->client));
	EXPECT_EQ(variant->twin, self->client.result);
	EXPECT_EQ(0, self->client.error);
}

/* S2.14, T13: the same call once more, as a new request. */
TEST_F(errors, ERESTART_sends_again)
{
	rcvid_t first = receive_ping(&self->client, self->chid, self->coid);
	rcvid_t second;
	char buf[8];

	ASSERT_LT(0, first);
	EXPECT_EQ(0, MsgError(first, ERESTART));
	second = receive_limited(self->chid, buf, sizeof(buf), NULL);
	ASSERT_LT(0, second);
	EXPECT_NE(first, second);
	EXPECT_STREQ("ping", buf);
	EXPECT_EQ(0, MsgReply(second, 2, NULL, 0));
	EXPECT_EQ(0, call_join(&self->client));
	EXPECT_EQ(2, self->client.result);
}

/* MsgError(-1) without an unblock request: refused, the client goes on waiting. */
TEST_F(errors, no_reason_to_give)
{
	rcvid_t rcvid = receive_ping(&self->client, self->chid, self->coid);

	ASSERT_LT(0, rcvid);
	EXPECT_PLUS(EINVAL, MsgError, rcvid, -1);
	EXPECT_EQ(0, MsgReply(rcvid, EOK, NULL, 0));
	EXPECT_EQ(0, call_join(&self->client));
}

TEST_HARNESS_MAIN
