// SPDX-License-Identifier: GPL-2.0-only
/* build: also -m32 */
/*
 * Cancellation: S2.6, S2.46, S2.47, S2.48, S5.17, S5.45, and the rows T4, T8, T14 and T16
 * for it.
 */
#include "call.h"

FIXTURE(cancel) {
	int chid;
	int coid;
	struct call call;
};

FIXTURE_VARIANT(cancel) {
	bool twin;		/* the _r form, which is a cancellation point likewise */
};

FIXTURE_VARIANT_ADD(cancel, plain) { false };
FIXTURE_VARIANT_ADD(cancel, twin) { true };

FIXTURE_SETUP(cancel)
{
	self->call.form = variant->twin;
	self->chid = ChannelCreate(0);
	ASSERT_NE(-1, self->chid);
	self->coid = attach_self(self->chid);
	ASSERT_NE(-1, self->coid);
}

FIXTURE_TEARDOWN(cancel)
{
}

/* The same with a channel that holds its clients. */
static int hold_clients(FIXTURE_DATA(cancel) *self)
{
	self->chid = ChannelCreate(_NTO_CHF_UNBLOCK);
	self->coid = attach_self(self->chid);
	return self->coid == -1 ? -1 : 0;
}

static long send_it(struct call *call)
{
	return call->form ? MsgSend_r(call->coid, "ping", 5, call->reply, 8) :
			    MsgSend(call->coid, "ping", 5, call->reply, 8);
}

static long send_nc(struct call *call)
{
	return call->form ? MsgSendnc_r(call->coid, "ping", 5, call->reply, 8) :
			    MsgSendnc(call->coid, "ping", 5, call->reply, 8);
}

static long send_disabled(struct call *call)
{
	int state;
	long ret;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	ret = send_it(call);
	pthread_setcancelstate(state, NULL);
	return ret;
}

static long send_nc_asynchronous(struct call *call)
{
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	return send_nc(call);
}

static long receive_it(struct call *call)
{
	return call->form ? MsgReceive_r(call->coid, call->reply, sizeof(call->reply), NULL) :
			    MsgReceive(call->coid, call->reply, sizeof(call->reply), NULL);
}

static long receive_pulse(struct call *call)
{
	return call->form ?
		MsgReceivePulse_r(call->coid, call->reply, sizeof(call->reply), NULL) :
		MsgReceivePulse(call->coid, call->reply, sizeof(call->reply), NULL);
}

static long cancelled_send(struct call *call)
{
	pthread_cancel(pthread_self());
	return send_it(call);
}

static long cancelled_send_nc(struct call *call)
{
	pthread_cancel(pthread_self());
	return send_nc(call);
}

static long cancelled_receive(struct call *call)
{
	pthread_cancel(pthread_self());
	return receive_it(call);
}

static rcvid_t start_received(FIXTURE_DATA(cancel) *self, long (*fn)(struct call *))
{
	char buf[8];

	if (call_start(&self->call, fn, self->coid))
		return -1;
	return receive_limited(self->chid, buf, sizeof(buf), NULL);
}

/* The thread waits on, and the server has been told nothing. */
static bool undisturbed(FIXTURE_DATA(cancel) *self)
{
	struct request_view view;
	struct _pulse pulse;

	return !read_request(getpid(), qmsg_qnx_context(), atomic_load(&self->call.tid), &view) &&
	       !strcmp("REPLY", view.state) && !view.reasons &&
	       receive_poll(self->chid, &pulse, sizeof(pulse), NULL) == -ETIMEDOUT;
}

/* T4 */
TEST_F(cancel, pending_acts_before_the_send)
{
	char buf[8];

	ASSERT_EQ(0, call_start(&self->call, cancelled_send, self->coid));
	EXPECT_EQ(ECANCELED, call_join(&self->call));
	EXPECT_FALSE(atomic_load(&self->call.returned));
	EXPECT_EQ(-ETIMEDOUT, receive_poll(self->chid, buf, sizeof(buf), NULL));
}

/* T4: not in the nc forms. */
TEST_F(cancel, pending_does_not_touch_nc)
{
	rcvid_t rcvid = start_received(self, cancelled_send_nc);

	ASSERT_LT(0, rcvid);
	EXPECT_TRUE(undisturbed(self));
	EXPECT_EQ(0, MsgReply(rcvid, 3, "pong", 5));
	EXPECT_EQ(ECANCELED, call_join(&self->call));
	EXPECT_TRUE(atomic_load(&self->call.returned));
	EXPECT_EQ(3, self->call.result);
	EXPECT_EQ(0, self->call.error);
}

TEST_F(cancel, pending_acts_before_the_receive)
{
	EXPECT_EQ(0, MsgSendPulse(self->coid, -1, 1, 1));
	ASSERT_EQ(0, call_start(&self->call, cancelled_receive, self->chid));
	EXPECT_EQ(ECANCELED, call_join(&self->call));
	EXPECT_EQ(1, read_channel(getpid(), qmsg_qnx_context(), self->chid, "pulses"));
}

/* T8 */
TEST_F(cancel, SEND_leaves_at_once)
{
	char buf[8];

	ASSERT_EQ(0, hold_clients(self));
	ASSERT_EQ(0, call_start(&self->call, send_it, self->coid));
	ASSERT_EQ(0, call_wait_state(&self->call, "SEND"));
	ASSERT_EQ(0, pthread_cancel(self->call.thread));
	EXPECT_EQ(ECANCELED, call_join(&self->call));
	EXPECT_FALSE(atomic_load(&self->call.returned));
	EXPECT_EQ(-ETIMEDOUT, receive_poll(self->chid, buf, sizeof(buf), NULL));
}

/* T14 */
TEST_F(cancel, REPLY_without_UNBLOCK_leaves_at_once)
{
	rcvid_t rcvid = start_received(self, send_it);

	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, pthread_cancel(self->call.thread));
	EXPECT_EQ(ECANCELED, call_join(&self->call));
	EXPECT_EQ(ESRCH, MsgError_r(rcvid, EINTR));
}

/* T16, S5.17, S5.29: the server is asked; its reply arrives, then the thread is cancelled. */
TEST_F(cancel, REPLY_with_UNBLOCK_waits_for_the_server)
{
	struct _pulse pulse;
	rcvid_t rcvid;

	ASSERT_EQ(0, hold_clients(self));
	rcvid = start_received(self, send_it);
	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, pthread_cancel(self->call.thread));
	ASSERT_EQ(0, receive_limited(self->chid, &pulse, sizeof(pulse), NULL));
	EXPECT_EQ(_PULSE_CODE_UNBLOCK, pulse.code);
	EXPECT_EQ(rcvid, pulse.value.sival_int);
	EXPECT_EQ(0, call_wait_state(&self->call, "REPLY+R"));
	EXPECT_EQ(EBUSY, pthread_tryjoin_np(self->call.thread, NULL));
	EXPECT_EQ(0, MsgReply(rcvid, 3, "pong", 5));
	EXPECT_EQ(ECANCELED, call_join(&self->call));
	EXPECT_FALSE(atomic_load(&self->call.returned));
	EXPECT_STREQ("pong", self->call.reply);
}

/* S5.17: the nc forms are not touched; the cancel stays pending. */
TEST_F(cancel, nc_is_not_touched)
{
	rcvid_t rcvid;

	ASSERT_EQ(0, hold_clients(self));
	rcvid = start_received(self, send_nc);
	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, pthread_cancel(self->call.thread));
	EXPECT_TRUE(undisturbed(self));
	EXPECT_EQ(0, MsgReply(rcvid, 3, "pong", 5));
	EXPECT_EQ(ECANCELED, call_join(&self->call));
	EXPECT_EQ(3, self->call.result);
	EXPECT_STREQ("pong", self->call.reply);
}

/* S5.17: unless the thread's own type is asynchronous. */
TEST_F(cancel, nc_of_an_asynchronous_thread)
{
	struct _pulse pulse;
	rcvid_t rcvid;

	ASSERT_EQ(0, hold_clients(self));
	rcvid = start_received(self, send_nc_asynchronous);
	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, pthread_cancel(self->call.thread));
	ASSERT_EQ(0, receive_limited(self->chid, &pulse, sizeof(pulse), NULL));
	EXPECT_EQ(_PULSE_CODE_UNBLOCK, pulse.code);
	EXPECT_EQ(0, MsgReply(rcvid, 3, "pong", 5));
	EXPECT_EQ(ECANCELED, call_join(&self->call));
	EXPECT_FALSE(atomic_load(&self->call.returned));
}

/* S5.17: disabled: pending only. */
TEST_F(cancel, disabled_is_not_touched)
{
	rcvid_t rcvid;

	ASSERT_EQ(0, hold_clients(self));
	rcvid = start_received(self, send_disabled);
	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, pthread_cancel(self->call.thread));
	EXPECT_TRUE(undisturbed(self));
	EXPECT_EQ(0, MsgReply(rcvid, 3, "pong", 5));
	EXPECT_EQ(ECANCELED, call_join(&self->call));
	EXPECT_EQ(3, self->call.result);
}

TEST_F(cancel, RECEIVE_leaves_at_once)
{
	ASSERT_EQ(0, call_start(&self->call, receive_it, self->chid));
	ASSERT_EQ(0, wait_receivers(self->chid, 1));
	ASSERT_EQ(0, pthread_cancel(self->call.thread));
	EXPECT_EQ(ECANCELED, call_join(&self->call));
	EXPECT_FALSE(atomic_load(&self->call.returned));
	EXPECT_EQ(0, wait_receivers(self->chid, 0));
}

TEST_F(cancel, RECEIVE_of_pulses_leaves_at_once)
{
	ASSERT_EQ(0, call_start(&self->call, receive_pulse, self->chid));
	ASSERT_EQ(0, wait_receivers(self->chid, 1));
	ASSERT_EQ(0, pthread_cancel(self->call.thread));
	EXPECT_EQ(ECANCELED, call_join(&self->call));
	EXPECT_FALSE(atomic_load(&self->call.returned));
}

static int cancel_type(void)
{
	int type;

	pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &type);
	return type;
}

static int cancel_state(void)
{
	int state;

	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
	return state;
}

/* Whatever way the calls end, the thread's type and state are its own again. */
TEST_F(cancel, type_and_state_are_put_back)
{
	struct _pulse pulse;

	EXPECT_EQ(0, MsgSendPulse(self->coid, -1, 1, 1));
	EXPECT_EQ(0, MsgReceive(self->chid, &pulse, sizeof(pulse), NULL));
	EXPECT_EQ(PTHREAD_CANCEL_DEFERRED, cancel_type());
	EXPECT_EQ(-ESRCH, MsgReceive_r(99, &pulse, sizeof(pulse), NULL));
	EXPECT_EQ(PTHREAD_CANCEL_DEFERRED, cancel_type());
	EXPECT_EQ(-EBADF, MsgSend_r(-1, NULL, 0, NULL, 0));
	EXPECT_EQ(PTHREAD_CANCEL_DEFERRED, cancel_type());

	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	EXPECT_EQ(-EBADF, MsgSend_r(-1, NULL, 0, NULL, 0));
	EXPECT_EQ(PTHREAD_CANCEL_ASYNCHRONOUS, cancel_type());
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	EXPECT_EQ(-EBADF, MsgSendnc_r(-1, NULL, 0, NULL, 0));
	EXPECT_EQ(PTHREAD_CANCEL_ASYNCHRONOUS, cancel_type());

	EXPECT_EQ(-EBADF, MsgSendnc_r(-1, NULL, 0, NULL, 0));
	EXPECT_EQ(PTHREAD_CANCEL_DEFERRED, cancel_type());
	EXPECT_EQ(PTHREAD_CANCEL_ENABLE, cancel_state());
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	EXPECT_EQ(-EBADF, MsgSendnc_r(-1, NULL, 0, NULL, 0));
	EXPECT_EQ(PTHREAD_CANCEL_DISABLE, cancel_state());
}

static long receive_and_reply(struct call *call)
{
	rcvid_t rcvid = receive_it(call);

	return rcvid > 0 ? MsgReply(rcvid, 1, NULL, 0) : rcvid;
}

/*
 * A receiver is cancelled while a message comes in: either it answers, or the message is
 * there for the next one. It is never lost with the thread.
 */
TEST_F(cancel, message_is_not_lost_with_its_receiver)
{
	struct call *client = calloc(1, sizeof(*client));
	char buf[8];
	rcvid_t rcvid;
	int joined;

	for (int i = 0; i < few_rounds(200); i++) {
		ASSERT_EQ(0, call_start(&self->call, receive_and_reply, self->chid));
		ASSERT_EQ(0, wait_receivers(self->chid, 1));
		ASSERT_EQ(0, call_start(client, send_it, self->coid));
		ASSERT_EQ(0, pthread_cancel(self->call.thread));
		joined = call_join(&self->call);
		ASSERT_TRUE(joined == 0 || joined == ECANCELED);
		if (!atomic_load(&self->call.returned)) {
			rcvid = receive_limited(self->chid, buf, sizeof(buf), NULL);
			ASSERT_LT(0, rcvid);
			ASSERT_EQ(0, MsgReply(rcvid, 2, NULL, 0));
		}
		ASSERT_EQ(0, call_join(client));
		ASSERT_EQ(atomic_load(&self->call.returned) ? 1 : 2, client->result);
	}
	free(client);
}

TEST_HARNESS_MAIN
