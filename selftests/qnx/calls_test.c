// SPDX-License-Identifier: GPL-2.0-only
/* build: also -m32 */
/* What the calls do when all is well, as a QNX program sees it. */
#include <fcntl.h>
#include <sys/resource.h>

#include "call.h"

FIXTURE(calls) {
	int chid;
	int coid;
	struct call client;
};

FIXTURE_SETUP(calls)
{
	self->chid = ChannelCreate(_NTO_CHF_DISCONNECT | _NTO_CHF_SENDER_LEN | _NTO_CHF_REPLY_LEN);
	ASSERT_EQ(1, self->chid);
	self->coid = attach_self(self->chid);
	ASSERT_NE(-1, self->coid);
}

FIXTURE_TEARDOWN(calls)
{
}

static long send_abcd(struct call *call)
{
	struct iovec siov[3], riov[2];
	void *r = call->reply;

	SETIOV(&siov[0], "ab", 2);
	SETIOV(&siov[1], NULL, 0);
	SETIOV(&siov[2], "cd", 2);
	SETIOV(&riov[0], call->reply, 3);
	SETIOV(&riov[1], call->reply + 3, 5);
	switch (call->form) {
	case 0: return MsgSend(call->coid, "abcd", 4, r, 8);
	case 1: return MsgSend_r(call->coid, "abcd", 4, r, 8);
	case 2: return MsgSendnc(call->coid, "abcd", 4, r, 8);
	case 3: return MsgSendnc_r(call->coid, "abcd", 4, r, 8);
	case 4: return MsgSendsv(call->coid, "abcd", 4, riov, 2);
	case 5: return MsgSendsv_r(call->coid, "abcd", 4, riov, 2);
	case 6: return MsgSendsvnc(call->coid, "abcd", 4, riov, 2);
	case 7: return MsgSendsvnc_r(call->coid, "abcd", 4, riov, 2);
	case 8: return MsgSendvs(call->coid, siov, 3, r, 8);
	case 9: return MsgSendvs_r(call->coid, siov, 3, r, 8);
	case 10: return MsgSendvsnc(call->coid, siov, 3, r, 8);
	case 11: return MsgSendvsnc_r(call->coid, siov, 3, r, 8);
	case 12: return MsgSendv(call->coid, siov, 3, riov, 2);
	case 13: return MsgSendv_r(call->coid, siov, 3, riov, 2);
	case 14: return MsgSendvnc(call->coid, siov, 3, riov, 2);
	default: return MsgSendvnc_r(call->coid, siov, 3, riov, 2);
	}
}

/* S2.2: all are the same operation. */
TEST_F(calls, every_form_of_send)
{
	struct _msg_info info;
	char buf[8] = "";
	int rcvid;

	for (int form = 0; form < 16; form++) {
		self->client.form = form;
		ASSERT_EQ(0, call_start(&self->client, send_abcd, self->coid));
		rcvid = receive_limited(self->chid, buf, sizeof(buf), &info);
		ASSERT_LT(0, rcvid);
		EXPECT_STREQ("abcd", buf);
		EXPECT_EQ(4, info.msglen);
		EXPECT_EQ(4, info.srcmsglen);
		EXPECT_EQ(8, info.dstmsglen);
		EXPECT_EQ(0, MsgReply(rcvid, form, "wxyz", 5));
		ASSERT_EQ(0, call_join(&self->client));
		EXPECT_EQ(form, self->client.result);
		EXPECT_STREQ("wxyz", self->client.reply);
		EXPECT_EQ(CALL_FILL, self->client.reply[5]);
	}
}

/* A program that keeps it in an int must not see it negative or cut. */
TEST_F(calls, receive_ids_fit_an_int)
{
	char buf[8];

	for (int i = 0; i < 64; i++) {
		rcvid_t rcvid;

		ASSERT_EQ(0, call_start(&self->client, send_abcd, self->coid));
		rcvid = receive_limited(self->chid, buf, sizeof(buf), NULL);
		ASSERT_LT(0, rcvid);
		ASSERT_GE(INT_MAX, rcvid);
		ASSERT_EQ(0, MsgReply((int)rcvid, 0, NULL, 0));
		ASSERT_EQ(0, call_join(&self->client));
	}
}

/* S2.8, S2.9, S3.6, S3.8, S3.32; MsgInfo tells the same as the receive. */
TEST_F(calls, info_of_a_message)
{
	struct _msg_info info, again;
	char buf[2];
	rcvid_t rcvid;

	memset(&info, 0xff, sizeof(info));
	ASSERT_EQ(0, call_start(&self->client, send_abcd, self->coid));
	rcvid = receive_limited(self->chid, buf, sizeof(buf), &info);
	ASSERT_LT(0, rcvid);
	EXPECT_EQ(ND_LOCAL_NODE, info.nd);
	EXPECT_EQ(0, info.srcnd);
	EXPECT_EQ(getpid(), info.pid);
	EXPECT_EQ(atomic_load(&self->client.tid), info.tid);
	EXPECT_EQ(self->chid, info.chid);
	EXPECT_EQ(self->coid, info.coid);
	EXPECT_NE(0, info.scoid & _NTO_SIDE_CHANNEL);
	EXPECT_EQ(2, info.msglen);
	EXPECT_EQ(4, info.srcmsglen);
	EXPECT_EQ(8, info.dstmsglen);
	EXPECT_EQ(0, info.priority);
	/* Neither _NTO_MI_BITS_DIFF nor _NTO_MI_UNBLOCK_REQ. */
	EXPECT_EQ(sizeof(long) == 8 ? _NTO_MI_BITS_64 : 0, info.flags);
	EXPECT_EQ(0, info.type_id);

	memset(&again, 0xff, sizeof(again));
	EXPECT_EQ(0, MsgInfo(rcvid, &again));
	EXPECT_EQ(0, memcmp(&info, &again, sizeof(info)));
	EXPECT_EQ(0, MsgReply(rcvid, 0, NULL, 0));
	EXPECT_EQ(0, call_join(&self->client));
}

/* S2.10, S2.11, S2.12 */
TEST_F(calls, read_and_write)
{
	char all[8] = "", parts[2][2];
	iov_t iov[2];
	rcvid_t rcvid;

	SETIOV(&iov[0], parts[0], 1);
	SETIOV(&iov[1], parts[1], 2);
	ASSERT_EQ(0, call_start(&self->client, send_abcd, self->coid));
	rcvid = receive_limited(self->chid, NULL, 0, NULL);
	ASSERT_LT(0, rcvid);
	EXPECT_EQ(4, MsgRead(rcvid, all, sizeof(all), 0));
	EXPECT_STREQ("abcd", all);
	EXPECT_EQ(3, MsgReadv(rcvid, iov, 2, 1));
	EXPECT_EQ('b', parts[0][0]);
	EXPECT_EQ('d', parts[1][1]);
	EXPECT_EQ(0, MsgRead(rcvid, all, sizeof(all), 4));
	EXPECT_EQ(3, MsgWrite(rcvid, "567", 3, 5));
	EXPECT_EQ(3, MsgWritev(rcvid, iov, 2, 2));
	EXPECT_EQ(0, MsgWrite_r(rcvid, "8", 1, 8));
	EXPECT_EQ(0, MsgReplyv(rcvid, 1, iov, 1));
	EXPECT_EQ(0, call_join(&self->client));
	EXPECT_EQ('b', self->client.reply[0]);
	EXPECT_EQ(CALL_FILL, self->client.reply[1]);
	EXPECT_EQ(0, memcmp(self->client.reply + 2, "bcd567", 6));
	EXPECT_EQ(CALL_FILL, self->client.reply[8]);
}

/* S3.5: the kernel's pulse is the program's, in 32-bit programs too. */
TEST_F(calls, pulses)
{
	struct _msg_info info;
	struct _pulse pulse;
	char buf[8];
	rcvid_t rcvid;
	int scoid;

	memset(&info, 0xff, sizeof(info));
	EXPECT_EQ(0, MsgSendPulse(self->coid, -1, 5, -7));
	ASSERT_EQ(0, receive_poll(self->chid, &pulse, sizeof(pulse), &info));
	EXPECT_EQ(_PULSE_TYPE, pulse.type);
	EXPECT_EQ(_PULSE_SUBTYPE, pulse.subtype);
	EXPECT_EQ(5, pulse.code);
	EXPECT_EQ(-7, pulse.value.sival_int);
	EXPECT_EQ(-7, pulse.value.sival_long);
	EXPECT_EQ(0, info.pid);
	EXPECT_EQ(0, info.msglen);
	scoid = pulse.scoid;

	EXPECT_EQ(0, MsgSendPulse(self->coid, 10, _PULSE_CODE_MAXAVAIL, LONG_MIN));
	ASSERT_EQ(0, receive_poll(self->chid, &pulse, sizeof(pulse), NULL));
	EXPECT_EQ(_PULSE_CODE_MAXAVAIL, pulse.code);
	EXPECT_EQ(LONG_MIN, pulse.value.sival_long);

	EXPECT_EQ(0, MsgSendPulsePtr(self->coid, 10, _PULSE_CODE_MINAVAIL, &pulse));
	ASSERT_EQ(0, receive_poll(self->chid, &pulse, sizeof(pulse), NULL));
	EXPECT_EQ(&pulse, pulse.value.sival_ptr);

	ASSERT_EQ(0, call_start(&self->client, send_abcd, self->coid));
	rcvid = receive_limited(self->chid, buf, sizeof(buf), &info);
	ASSERT_LT(0, rcvid);
	EXPECT_EQ(scoid, info.scoid);
	EXPECT_EQ(0, MsgReply(rcvid, 0, NULL, 0));
	EXPECT_EQ(0, call_join(&self->client));
}

/* S4.10: a message in front is left where it is. */
TEST_F(calls, MsgReceivePulse_leaves_messages)
{
	struct _pulse pulse;
	iov_t iov;

	ASSERT_EQ(0, call_start(&self->client, send_abcd, self->coid));
	ASSERT_EQ(0, wait_queued(self->chid, 1));
	EXPECT_EQ(0, MsgSendPulse(self->coid, -1, 1, 11));
	EXPECT_EQ(0, MsgSendPulse(self->coid, -1, 1, 12));
	EXPECT_EQ(0, MsgReceivePulse(self->chid, &pulse, sizeof(pulse), NULL));
	EXPECT_EQ(11, pulse.value.sival_int);
	SETIOV(&iov, &pulse, sizeof(pulse));
	EXPECT_EQ(0, MsgReceivePulsev_r(self->chid, &iov, 1, NULL));
	EXPECT_EQ(12, pulse.value.sival_int);
	EXPECT_EQ(1, read_channel(getpid(), qmsg_qnx_context(), self->chid, "queued"));
	EXPECT_EQ(0, ChannelDestroy(self->chid));
	EXPECT_EQ(0, call_join(&self->client));
	EXPECT_EQ(-1, self->client.result);
	EXPECT_EQ(ESRCH, self->client.error);
}

/* S5.8: the value of an unblock pulse is the receive id, in sival_int. */
TEST_F(calls, unblock_pulse_names_the_request)
{
	int chid = ChannelCreate(_NTO_CHF_UNBLOCK);
	struct _msg_info info;
	struct _pulse pulse;
	char buf[8];
	rcvid_t rcvid;

	ASSERT_EQ(2, chid);
	ASSERT_EQ(0, call_start(&self->client, send_abcd, attach_self(chid)));
	rcvid = receive_limited(chid, buf, sizeof(buf), &info);
	ASSERT_LT(0, rcvid);
	EXPECT_EQ(0, info.flags & _NTO_MI_UNBLOCK_REQ);
	EXPECT_EQ(0, ConnectDetach(info.coid));
	ASSERT_EQ(0, receive_limited(chid, &pulse, sizeof(pulse), NULL));
	EXPECT_EQ(_PULSE_CODE_UNBLOCK, pulse.code);
	EXPECT_EQ(rcvid, pulse.value.sival_int);
	EXPECT_EQ(info.scoid, pulse.scoid);
	EXPECT_EQ(0, MsgInfo(pulse.value.sival_int, &info));
	EXPECT_EQ(_NTO_MI_UNBLOCK_REQ, info.flags & _NTO_MI_UNBLOCK_REQ);
	EXPECT_EQ(0, MsgError(rcvid, -1));
	EXPECT_EQ(0, call_join(&self->client));
	EXPECT_EQ(-1, self->client.result);
	EXPECT_EQ(EBADF, self->client.error);
}

/* S1.8, S1.9: a connection that is a descriptor. */
TEST_F(calls, descriptor_connections)
{
	int lowest = dup(0);
	int coid;

	ASSERT_EQ(0, close(lowest));
	coid = ConnectAttach(0, 0, self->chid, 0, 0);
	EXPECT_EQ(lowest, coid);
	EXPECT_EQ(0, fcntl(coid, F_GETFD));
	EXPECT_EQ(0, MsgSendPulse(coid, -1, 1, 1));
	EXPECT_EQ(0, ConnectDetach(coid));
	EXPECT_EQ(-1, fcntl(coid, F_GETFD));

	coid = ConnectAttach(0, 0, self->chid, lowest + 20, _NTO_COF_CLOEXEC);
	EXPECT_EQ(lowest + 20, coid);
	EXPECT_EQ(FD_CLOEXEC, fcntl(coid, F_GETFD));
	EXPECT_EQ(-1, fcntl(lowest, F_GETFD));
	EXPECT_EQ(0, MsgSendPulse(coid, -1, 1, 2));
	EXPECT_EQ(lowest + 21, ConnectAttach_r(0, 0, self->chid, lowest + 20, 0));
	EXPECT_EQ(0, close(lowest + 21));
	EXPECT_EQ(0, close(coid));
	EXPECT_MINUS(EBADF, MsgSend, coid, NULL, 0, NULL, 0);
}

/* S1.9: nothing free at the index or above; an index that is no number is not even tried. */
TEST_F(calls, no_descriptor_left)
{
	struct rlimit limit = { 20, 20 };
	struct _pulse pulse;

	ASSERT_EQ(0, ConnectDetach(self->coid));
	ASSERT_EQ(0, receive_limited(self->chid, &pulse, sizeof(pulse), NULL));
	ASSERT_EQ(_PULSE_CODE_DISCONNECT, pulse.code);
	EXPECT_EQ(0, ConnectDetach(pulse.scoid));
	EXPECT_PLUS(EINVAL, ConnectDetach, pulse.scoid);

	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	EXPECT_MINUS(EINVAL, ConnectAttach, 0, 0, self->chid, 20, 0);
	EXPECT_EQ(-ETIMEDOUT, receive_poll(self->chid, &pulse, sizeof(pulse), NULL));

	ASSERT_EQ(19, dup2(0, 19));
	EXPECT_MINUS(EMFILE, ConnectAttach, 0, 0, self->chid, 19, 0);
}

/* S3.20: accepted on input, and ignored. */
TEST_F(calls, dead_flag_is_ignored)
{
	int coid = ConnectAttach(0, 0, self->chid, _NTO_SIDE_CHANNEL, _NTO_COF_DEAD);

	EXPECT_NE(-1, coid);
	EXPECT_EQ(0, MsgSendPulse(coid, -1, 1, 1));
}

/* The context must not take the place of a standard stream that the program closed. */
TEST(context_leaves_standard_streams)
{
	ASSERT_EQ(0, close(0));
	ASSERT_EQ(1, ChannelCreate(0));
	EXPECT_LT(STDERR_FILENO, qmsg_qnx_context());
	EXPECT_EQ(FD_CLOEXEC, fcntl(qmsg_qnx_context(), F_GETFD));
	EXPECT_EQ(-1, fcntl(0, F_GETFD));
}

static void *find_context(void *arg)
{
	pthread_barrier_wait(arg);
	return (void *)(intptr_t)qmsg_qnx_context();
}

/* All threads that are first at the same time get the same one. */
TEST(one_context_for_all_threads)
{
	pthread_barrier_t barrier;
	pthread_t thread[8];
	void *q;

	ASSERT_EQ(0, pthread_barrier_init(&barrier, NULL, 8));
	for (int i = 0; i < 8; i++)
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, find_context, &barrier));
	for (int i = 0; i < 8; i++) {
		ASSERT_EQ(0, pthread_join(thread[i], &q));
		EXPECT_EQ(qmsg_qnx_context(), (intptr_t)q);
	}
	EXPECT_EQ(1, object_count("contexts"));
}

TEST_HARNESS_MAIN
