// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dispatch loop, without any file: who gets which message, pulses, timeouts. Rules: S10.3,
 * S10.4, S10.6, S10.9, S10.18, S10.32, S10.33.
 */
#include <sys/iofunc.h>
#include <sys/dispatch.h>

#include "../qnx/call.h"

#define LOW	0x200
#define HIGH	0x20f

struct seen {
	int calls, code;
	message_context_t *ctp;
};

FIXTURE(loop) {
	dispatch_t *dpp;
	dispatch_context_t *ctp;
	struct seen message, rest, pulse;
	int coid;
};

static void note(struct seen *seen, message_context_t *ctp, int code)
{
	seen->calls++;
	seen->code = code;
	seen->ctp = ctp;
}

static int on_message(message_context_t *ctp, int code, unsigned flags, void *handle)
{
	(void)flags;
	note(handle, ctp, code);
	return MsgReply(ctp->rcvid, code, NULL, 0);
}

static int on_pulse(message_context_t *ctp, int code, unsigned flags, void *handle)
{
	(void)flags;
	note(handle, ctp, code);
	return 0;
}

FIXTURE_SETUP(loop)
{
	struct timespec limit = { .tv_sec = wait_limit_ms() / 1000 };

	self->dpp = dispatch_create();
	ASSERT_NE(NULL, self->dpp);
	ASSERT_EQ(0, message_attach(self->dpp, NULL, LOW, HIGH, on_message, &self->message));
	ASSERT_EQ(0, dispatch_timeout(self->dpp, &limit));
	self->ctp = dispatch_context_alloc(self->dpp);
	ASSERT_NE(NULL, self->ctp);
	self->coid = message_connect(self->dpp, MSG_FLAG_SIDE_CHANNEL);
	ASSERT_NE(-1, self->coid);
}

FIXTURE_TEARDOWN(loop)
{
	EXPECT_EQ(0, ConnectDetach(self->coid));
	dispatch_context_free(self->ctp);
	EXPECT_EQ(0, dispatch_destroy(self->dpp));
}

/* The form is the type that it has; negative: a message of one byte. */
static long send_type(struct call *call)
{
	uint16_t type = (uint16_t)call->form;

	return MsgSend(call->coid, &type, call->form < 0 ? 1 : sizeof(type), NULL, 0);
}

/* What comes of a message of @type: the status, or the error below 0. */
static long result_of(dispatch_context_t *ctp, int coid, int type)
{
	struct call call = { .form = type };

	if (call_start(&call, send_type, coid) || dispatch_block(ctp) != ctp ||
	    ctp->resmgr_context.rcvid <= 0)
		return -ETIMEDOUT;
	dispatch_handler(ctp);
	if (call_join(&call))
		return -ECANCELED;
	return call.result == -1 ? -call.error : call.result;
}

/* S10.32: a side channel. S10.33: ranges, and what is left. S10.4: the errors of nobody's. */
TEST_F(loop, messages)
{
	message_attr_t attr = { .flags = MSG_FLAG_DEFAULT_FUNC };

	EXPECT_TRUE(self->coid & _NTO_SIDE_CHANNEL);
	EXPECT_EQ(LOW, result_of(self->ctp, self->coid, LOW));
	EXPECT_EQ(HIGH, result_of(self->ctp, self->coid, HIGH));
	EXPECT_EQ(2, self->message.calls);
	EXPECT_EQ(HIGH, self->message.code);
	EXPECT_EQ((void *)self->ctp, (void *)self->message.ctp);
	EXPECT_EQ(-ENOSYS, result_of(self->ctp, self->coid, HIGH + 1));
	EXPECT_EQ(-ENOSYS, result_of(self->ctp, self->coid, LOW - 1));
	EXPECT_EQ(-EINVAL, result_of(self->ctp, self->coid, -1));
	ASSERT_EQ(0, message_attach(self->dpp, &attr, 0, 0, on_message, &self->rest));
	EXPECT_EQ(HIGH + 1, result_of(self->ctp, self->coid, HIGH + 1));
	EXPECT_EQ(1, self->rest.calls);
	EXPECT_EQ(2, self->message.calls);
	ASSERT_EQ(0, message_detach(self->dpp, LOW, HIGH, 0));
	EXPECT_EQ(LOW, result_of(self->ctp, self->coid, LOW));
	EXPECT_EQ(2, self->rest.calls);
}

TEST_F(loop, refused)
{
	EXPECT_EQ(-1, message_attach(self->dpp, NULL, HIGH, HIGH + 1, on_message, NULL));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, message_attach(self->dpp, NULL, HIGH + 2, HIGH + 1, on_message, NULL));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, message_attach(self->dpp, NULL, 0, UINT16_MAX + 1, on_message, NULL));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, message_detach(self->dpp, LOW, HIGH + 1, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, pulse_detach(self->dpp, 1, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, dispatch_timeout(self->dpp, &(struct timespec){ .tv_nsec = 1000000000 }));
	EXPECT_EQ(EINVAL, errno);
}

/* One round for a pulse. */
static bool pulse_comes(dispatch_context_t *ctp)
{
	return dispatch_block(ctp) == ctp && !ctp->resmgr_context.rcvid && !dispatch_handler(ctp);
}

/* S10.33. A code of nobody is no error of the loop's (S10.4). */
TEST_F(loop, pulses)
{
	int code = pulse_attach(self->dpp, MSG_FLAG_ALLOC_PULSE, 0, on_pulse, &self->pulse);

	ASSERT_LE(0, code);
	ASSERT_EQ(0, MsgSendPulse(self->coid, -1, code, 0));
	ASSERT_TRUE(pulse_comes(self->ctp));
	EXPECT_EQ(1, self->pulse.calls);
	EXPECT_EQ(code, self->pulse.code);
	EXPECT_EQ(-1, pulse_attach(self->dpp, 0, code, on_pulse, NULL));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, pulse_attach(self->dpp, 0, 128, on_pulse, NULL));
	EXPECT_EQ(EINVAL, errno);
	/* As numbers go these are codes, not errors. */
	EXPECT_EQ(-EINVAL, pulse_attach(self->dpp, 0, -EINVAL, on_pulse, NULL));
	EXPECT_EQ(-EAGAIN, pulse_attach(self->dpp, 0, -EAGAIN, on_pulse, NULL));
	ASSERT_EQ(0, pulse_detach(self->dpp, code, 0));
	ASSERT_EQ(0, MsgSendPulse(self->coid, -1, code, 0));
	ASSERT_TRUE(pulse_comes(self->ctp));
	EXPECT_EQ(1, self->pulse.calls);
}

TEST_F(loop, all_pulses)
{
	int i;

	for (i = 0; i < 128; i++)
		ASSERT_NE(-1, pulse_attach(self->dpp, MSG_FLAG_ALLOC_PULSE, 0, on_pulse, NULL));
	EXPECT_EQ(-1, pulse_attach(self->dpp, MSG_FLAG_ALLOC_PULSE, 0, on_pulse, NULL));
	EXPECT_EQ(EAGAIN, errno);
}

/* S10.3, S10.9: no error, but a context without a message; each time, until it is taken back. */
TEST_F(loop, timeout)
{
	struct timespec soon = { .tv_nsec = 1000000 };
	int i;

	ASSERT_EQ(0, dispatch_timeout(self->dpp, &soon));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(self->ctp, dispatch_block(self->ctp));
		EXPECT_EQ(-1, self->ctp->resmgr_context.rcvid);
		EXPECT_EQ(0, dispatch_handler(self->ctp));
	}
	EXPECT_EQ(0, self->message.calls);
	ASSERT_EQ(0, dispatch_timeout(self->dpp, NULL));
	EXPECT_EQ(LOW, result_of(self->ctp, self->coid, LOW));
}

/* S10.6: who blocks comes back, and there is nothing to do. */
TEST_F(loop, unblocked)
{
	dispatch_unblock(self->ctp);
	EXPECT_TRUE(pulse_comes(self->ctp));
	EXPECT_EQ(0, self->message.calls);
}

/* Leaves its message for later, the first time. */
static int on_second_time(message_context_t *ctp, int code, unsigned flags, void *handle)
{
	struct seen *seen = handle;

	(void)flags;
	note(seen, ctp, code);
	return seen->calls == 1 ? 0 : MsgReply(ctp->rcvid, seen->calls, NULL, 0);
}

/* S10.18: handled as if it had just come, though another has been in the buffer meanwhile. */
TEST_F(loop, again)
{
	resmgr_context_t *ctp = &self->ctp->resmgr_context;
	struct call call = { .form = HIGH + 1 };
	rcvid_t rcvid;

	ASSERT_EQ(0, message_attach(self->dpp, NULL, HIGH + 1, HIGH + 1, on_second_time,
				    &self->rest));
	ASSERT_EQ(0, call_start(&call, send_type, self->coid));
	ASSERT_EQ(self->ctp, dispatch_block(self->ctp));
	EXPECT_EQ(0, dispatch_handler(self->ctp));
	rcvid = ctp->rcvid;
	EXPECT_EQ(1, self->rest.calls);
	EXPECT_EQ(LOW, result_of(self->ctp, self->coid, LOW));
	EXPECT_FALSE(call.returned);
	EXPECT_EQ(0, resmgr_msg_again(ctp, rcvid));
	EXPECT_EQ(2, self->rest.calls);
	EXPECT_EQ(HIGH + 1, self->rest.code);
	ASSERT_EQ(0, call_join(&call));
	EXPECT_EQ(2, call.result);
	EXPECT_EQ(-1, resmgr_msg_again(ctp, rcvid));
	EXPECT_EQ(ESRCH, errno);
}

/* A channel of the program's own: it is not the handle's to destroy. */
TEST_F(loop, own_channel)
{
	int chid = ChannelCreate(0), coid = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);
	dispatch_t *dpp = dispatch_create_channel(chid, 0);
	dispatch_context_t *ctp;

	ASSERT_NE(NULL, dpp);
	ASSERT_EQ(0, message_attach(dpp, NULL, LOW, LOW, on_message, &self->rest));
	ctp = dispatch_context_alloc(dpp);
	ASSERT_NE(NULL, ctp);
	EXPECT_EQ(LOW, result_of(ctp, coid, LOW));
	EXPECT_EQ(1, self->rest.calls);
	dispatch_context_free(ctp);
	EXPECT_EQ(0, dispatch_destroy(dpp));
	EXPECT_EQ(0, ConnectDetach(coid));
	EXPECT_EQ(0, ChannelDestroy(chid));
	EXPECT_EQ(NULL, dispatch_create_channel(chid, 0x8000));
	EXPECT_EQ(EINVAL, errno);
}

TEST_HARNESS_MAIN
