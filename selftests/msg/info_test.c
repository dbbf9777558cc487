// SPDX-License-Identifier: GPL-2.0-only
/* S2.33, S3.33, S3.34: what the server is told about the client. */
#include "pair.h"

#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

TEST_F(pair, MsgInfo_says_what_MsgReceive_said)
{
	struct qmsg_msg_info info;

	set_lengths(self, 100, 200);
	ASSERT_EQ(0, deliver(self, 10));
	memset(&info, 0xee, sizeof(info));
	ASSERT_EQ(0, qmsg_msg_info(self->q, self->rcvid, &info));
	EXPECT_EQ(self->info.rcvid, info.rcvid);
	EXPECT_EQ(self->info.pid, info.pid);
	EXPECT_EQ(self->info.tid, info.tid);
	EXPECT_EQ(self->info.chid, info.chid);
	EXPECT_EQ(self->info.scoid, info.scoid);
	EXPECT_EQ(self->info.coid, info.coid);
	EXPECT_EQ(self->info.priority, info.priority);
	EXPECT_EQ(self->info.flags, info.flags);
	EXPECT_EQ(100U, info.srcmsglen);
	EXPECT_EQ(200U, info.dstmsglen);
	EXPECT_EQ(10U, info.msglen);
	EXPECT_EQ(0, info.file);
	EXPECT_EQ(0U, info.unblock_reasons);
	EXPECT_EQ(0, info.unblock_error);
}

/* S2.17 (better): what MsgReceive() copied, whatever was read since. */
TEST_F(pair, msglen_stays_after_MsgRead_and_MsgWrite)
{
	struct qmsg_msg_info info;

	set_lengths(self, 100, 200);
	ASSERT_EQ(0, deliver(self, 10));
	ASSERT_EQ(90, qmsg_msg_read(self->q, self->rcvid, self->buf, 100, 10));
	ASSERT_EQ(20, qmsg_msg_write(self->q, self->rcvid, self->answer, 20, 0));
	ASSERT_EQ(0, qmsg_msg_info(self->q, self->rcvid, &info));
	EXPECT_EQ(10U, info.msglen);
	EXPECT_EQ(100U, info.srcmsglen);
	EXPECT_EQ(200U, info.dstmsglen);
}

/* Without a struct qmsg_msg_info, too: as many bytes as were copied. */
TEST_F(pair, the_receive_itself_says_how_long_the_message_was)
{
	struct qmsg_msg_receive args = receive_args(self->chid, self->buf, 10, NULL);

	set_lengths(self, 100, 0);
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, qmsg_msg_receive_with(self->q, &args));
	EXPECT_EQ(10U, args.out_msglen);
	ASSERT_EQ(0, qmsg_msg_reply(self->q, args.out_rcvid, 0, NULL, 0));
	ASSERT_EQ(0, result(self));

	args.buf_len = 1000;
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, qmsg_msg_receive_with(self->q, &args));
	EXPECT_EQ(100U, args.out_msglen);
	ASSERT_EQ(0, qmsg_msg_reply(self->q, args.out_rcvid, 0, NULL, 0));
	ASSERT_EQ(0, result(self));
}

/* A program that was built before there was such a field keeps what it has there. */
TEST_F(pair, a_shorter_struct_is_not_written_beyond)
{
	struct qmsg_msg_receive args = receive_args(self->chid, self->buf, 10, NULL);

	args.size = offsetof(struct qmsg_msg_receive, out_msglen);
	args.out_msglen = 0xa5a5;
	set_lengths(self, 100, 0);
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, ioctl(self->q, QMSG_IOC_MSG_RECEIVE, &args));
	EXPECT_LT(0, args.out_rcvid);
	EXPECT_EQ(0xa5a5U, args.out_msglen);
	ASSERT_EQ(0, qmsg_msg_reply(self->q, args.out_rcvid, 0, NULL, 0));
	ASSERT_EQ(0, result(self));
}

/* A pulse has no length. */
TEST_F(pair, a_pulse_is_no_message)
{
	struct qmsg_msg_receive args = receive_args(self->chid, self->buf, 100, NULL);
	int coid = qmsg_connect_attach(self->q, 0, self->chid, QMSG_SIDE_CHANNEL, 0);

	args.out_msglen = 1;
	ASSERT_EQ(0, qmsg_pulse_send(self->q, coid, -1, 1, 2));
	ASSERT_EQ(0, qmsg_msg_receive_with(self->q, &args));
	EXPECT_EQ(0, args.out_rcvid);
	EXPECT_EQ(0U, args.out_msglen);
}

TEST_F(pair, identity_of_the_client)
{
	set_lengths(self, 1, 1);
	ASSERT_EQ(0, deliver(self, 1));
	EXPECT_EQ(self->peer->pid, self->info.pid);
	EXPECT_EQ(self->c->w.tid, self->info.tid);
	EXPECT_EQ(self->chid, self->info.chid);
	EXPECT_EQ(self->c->args.coid, self->info.coid);
	EXPECT_EQ(QMSG_SIDE_CHANNEL, self->info.scoid & QMSG_SIDE_CHANNEL);
	EXPECT_EQ(0, self->info.priority);
	EXPECT_EQ(sizeof(long) == 8 ? QMSG_MI_BITS_64 : 0U, self->info.flags);
}

TEST_F(pair, real_time_priority_of_the_client)
{
	self->chid = peer_channel(self->me, QMSG_CHF_FIXED_PRIORITY);
	self->c->args.coid = peer_attach(self->peer, self->me->pid, self->chid,
					 QMSG_SIDE_CHANNEL, 0);
	self->c->w.priority = 17;
	set_lengths(self, 1, 1);
	ASSERT_EQ(0, deliver(self, 1));
	EXPECT_EQ(17, self->info.priority);
	/* The current one, each time it is asked for (3.3). */
	ASSERT_EQ(0, set_fifo_priority(self->c->w.tid, 23));
	ASSERT_EQ(0, qmsg_msg_info(self->q, self->rcvid, &self->info));
	EXPECT_EQ(23, self->info.priority);
}

/* D21: the identity at the time of connecting, and at the time of sending. */
static int become_user(void)
{
	return syscall(SYS_setresgid, 2000, 2000, -1) || syscall(SYS_setresuid, 1000, 1000, -1) ?
	       -errno : 0;
}

static void send_as_user(struct worker *w)
{
	struct client *c = (struct client *)w;

	c->ret = become_user();
	if (!c->ret)
		c->ret = qmsg_msg_send_with(w->peer->q, &c->args);
}

TEST_F(pair, credentials_at_connect_and_at_send)
{
	set_lengths(self, 1, 1);
	self->c->w.run = send_as_user;
	ASSERT_EQ(0, deliver(self, 1));
	EXPECT_EQ(1000U, self->info.uid);
	EXPECT_EQ(2000U, self->info.gid);
	EXPECT_EQ(0U, self->info.connect_uid);
	EXPECT_EQ(0U, self->info.connect_gid);
	EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 0, NULL, 0));
	EXPECT_EQ(0, result(self));
}

/* S3.33: zeroed for a pulse. */
TEST_F(pair, info_of_a_pulse_is_zeroed)
{
	static const struct qmsg_msg_info zero;
	int coid = peer_attach(self->me, 0, self->chid, QMSG_SIDE_CHANNEL, 0);

	ASSERT_EQ(0, qmsg_pulse_send(self->q, coid, 1, 1, 1));
	memset(&self->info, 0xee, sizeof(self->info));
	ASSERT_EQ(0, receive_now(self->q, self->chid, self->buf, BIG, &self->info));
	EXPECT_EQ(0, memcmp(&zero, &self->info, sizeof(zero)));
}

/* A caller that knows less gets less, one that knows more gets zeroes. */
TEST_F(pair, shorter_and_longer_info)
{
	struct qmsg_msg_receive args = receive_args(self->chid, self->buf, BIG, NULL);
	struct {
		struct qmsg_msg_info info;
		char more[64];
	} wide;

	set_lengths(self, 1, 1);
	ASSERT_EQ(0, client_send(self->c));
	memset(&wide, 0xee, sizeof(wide));
	args.info_ptr = (uintptr_t)&wide;
	args.info_len = sizeof(wide);
	ASSERT_EQ(0, qmsg_msg_receive_with(self->q, &args));
	EXPECT_EQ(args.out_rcvid, wide.info.rcvid);
	EXPECT_EQ(0, wide.more[0]);
	EXPECT_EQ(0, memcmp(wide.more, wide.more + 1, sizeof(wide.more) - 1));
}

/* Nothing is written behind what the caller has, whatever its length; what fits is right. */
TEST_F(pair, short_info_writes_no_more)
{
	struct qmsg_msg_get_info args = { .size = sizeof(args) };
	char got[sizeof(self->info) + 8], expected[sizeof(got)];
	unsigned int len;

	set_lengths(self, 100, 200);
	ASSERT_EQ(0, deliver(self, 10));
	args.rcvid = self->rcvid;
	args.info_ptr = (uintptr_t)got;
	for (len = 0; len <= sizeof(self->info); len++) {
		memset(got, 0xee, sizeof(got));
		memset(expected, 0xee, sizeof(expected));
		memcpy(expected, &self->info, len);
		args.info_len = len;
		ASSERT_EQ(0, ioctl(self->q, QMSG_IOC_MSG_INFO, &args));
		ASSERT_EQ(0, memcmp(expected, got, sizeof(got))) TH_LOG("length %u", len);
	}
}

/* The same of MsgReceive, for those who do not ask for the users' ids. */
TEST_F(pair, short_info_of_a_receive)
{
	struct qmsg_msg_receive args = receive_args(self->chid, self->buf, BIG, NULL);
	const size_t len = offsetof(struct qmsg_msg_info, uid);
	struct qmsg_msg_info info, whole;

	set_lengths(self, 100, 200);
	ASSERT_EQ(0, client_send(self->c));
	memset(&info, 0xee, sizeof(info));
	args.info_ptr = (uintptr_t)&info;
	args.info_len = len;
	ASSERT_EQ(0, qmsg_msg_receive_with(self->q, &args));
	ASSERT_EQ(0, qmsg_msg_info(self->q, args.out_rcvid, &whole));
	EXPECT_EQ(0, memcmp(&whole, &info, len));
	EXPECT_EQ(0xeeeeeeeeU, info.uid);
	EXPECT_EQ(0xeeeeeeeeU, info.connect_gid);
}

TEST_HARNESS_MAIN
