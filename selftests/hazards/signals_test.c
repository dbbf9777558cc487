// SPDX-License-Identifier: GPL-2.0-only
/*
 * C1 - C11, C18, C19, C23, C25: signals that hit a client in every state, and the wrong
 * ways in which their unblock pulses and receive ids can be used afterwards.
 */
#include "kselftest_harness.h"

#include <setjmp.h>

#include "hazard.h"

FIXTURE(signals)
{
	struct peer *p;		/* the client's process */
	int chid, coid;
	struct client *c;
	int64_t rcvid;
};

FIXTURE_VARIANT(signals)
{
	bool unblock;
	bool threads;	/* client and server are threads of one process */
};

FIXTURE_VARIANT_ADD(signals, plain)
{
	.unblock = false,
};

FIXTURE_VARIANT_ADD(signals, unblock)
{
	.unblock = true,
};

FIXTURE_VARIANT_ADD(signals, unblock_in_one_process)
{
	.unblock = true,
	.threads = true,
};

FIXTURE_SETUP(signals)
{
	ASSERT_LE(0, peer_open(peer_self()));
	self->chid = qmsg_channel_create(Q, variant->unblock ? QMSG_CHF_UNBLOCK : 0);
	ASSERT_LT(0, self->chid);
	self->p = variant->threads ? peer_self() : peer_fork();
	ASSERT_LE(0, variant->threads ? Q : peer_open(self->p));
	self->coid = peer_attach(self->p, getpid(), self->chid, QMSG_SIDE_CHANNEL, 0);
	ASSERT_LT(0, self->coid);
	self->c = client_new(self->p, self->coid);
	ASSERT_EQ(0, peer_handle(self->p, SIGUSR1, 0));
}

FIXTURE_TEARDOWN_PARENT(signals)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

static void send_received(struct __test_metadata *_metadata, FIXTURE_DATA(signals) *self)
{
	self->rcvid = client_send_received(self->c, Q, self->chid, NULL);
	ASSERT_LT(0, self->rcvid);
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY"));
}

static void send_queued(struct __test_metadata *_metadata, FIXTURE_DATA(signals) *self)
{
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
}

/* The answer to the current request, and that it arrives. */
static void answer(struct __test_metadata *_metadata, FIXTURE_DATA(signals) *self, int status)
{
	EXPECT_EQ(0, qmsg_msg_reply(Q, self->rcvid, status, NULL, 0));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(status, client_result(self->c));
}

static unsigned int request_flags(FIXTURE_DATA(signals) *self)
{
	struct qmsg_msg_info info;

	return qmsg_msg_info(Q, self->rcvid, &info) ? ~0U : info.flags;
}

/* @calls that the signal must not be an unblock event for: nothing has happened. */
static void expect_still(struct __test_metadata *_metadata, FIXTURE_DATA(signals) *self,
			 const char *state)
{
	ASSERT_EQ(0, wait_for_client(self->c, state));
	if (strcmp(state, "SEND")) {
		EXPECT_EQ(0, expect_nothing(Q, self->chid));
		EXPECT_EQ(0, request_flags(self) & QMSG_MI_UNBLOCK_REQ);
	}
}

static void send_blocked_and_signalled(struct __test_metadata *_metadata,
				       FIXTURE_DATA(signals) *self, int sa_flags)
{
	ASSERT_EQ(0, peer_handle(self->p, SIGUSR1, sa_flags));
	for (int i = 0; i < 50; i++) {
		send_queued(_metadata, self);
		ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
		ASSERT_EQ(0, client_wait(self->c));
		ASSERT_EQ(-EINTR, client_result(self->c));
		ASSERT_EQ(i + 1, self->c->w.handled_at_return);
	}
	EXPECT_EQ(0, expect_nothing(Q, self->chid));
}

TEST_F(signals, C1_while_SEND_blocked)
{
	send_blocked_and_signalled(_metadata, self, 0);
}

TEST_F(signals, C2_SA_RESTART_restarts_nothing)
{
	send_blocked_and_signalled(_metadata, self, SA_RESTART);
}

TEST_F(signals, C3_C4_while_REPLY_blocked)
{
	static const int sa_flags[] = { 0, SA_RESTART, SA_NODEFER, SA_RESETHAND };
	struct qmsg_pulse pulse;

	for (size_t i = 0; i < ARRAY_SIZE(sa_flags); i++) {
		int before = self->c->w.handled;

		ASSERT_EQ(0, peer_handle(self->p, SIGUSR1, sa_flags[i]));
		send_received(_metadata, self);
		ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
		if (!variant->unblock) {
			ASSERT_EQ(0, client_wait(self->c));
			EXPECT_EQ(-EINTR, client_result(self->c));
			EXPECT_EQ(-ESRCH, qmsg_msg_reply(Q, self->rcvid, 0, NULL, 0));
			EXPECT_EQ(before + 1, self->c->w.handled_at_return);
			EXPECT_EQ(0, expect_nothing(Q, self->chid));
			continue;
		}
		ASSERT_EQ(0, wait_for_client(self->c, "REPLY+R"));
		ASSERT_EQ(0, expect_pulse(Q, self->chid, QMSG_PULSE_CODE_UNBLOCK, &pulse));
		EXPECT_EQ(self->rcvid, (int64_t)pulse.value);
		EXPECT_NE(0, request_flags(self) & QMSG_MI_UNBLOCK_REQ);
		EXPECT_EQ(before, self->c->w.handled);
		answer(_metadata, self, 12);
		EXPECT_EQ(before + 1, self->c->w.handled_at_return);
	}
}

/* A storm, and one pulse; with UNBLOCK the request survives every signal of it. */
TEST_F(signals, C5_ten_thousand_signals_one_pulse)
{
	int n = rounds(10000) > 10000 ? 10000 : rounds(10000);

	if (!variant->unblock)
		SKIP(return, "without UNBLOCK the first one ends it");
	ASSERT_EQ(0, peer_handle(self->p, SIGUSR2, SA_RESTART));
	send_received(_metadata, self);
	for (int i = 0; i < n; i++) {
		bool to_process = i & 1 && !variant->threads;

		ASSERT_EQ(0, to_process ? peer_kill(self->p, SIGUSR2) :
					  client_signal(self->c, i & 2 ? SIGUSR1 : SIGUSR2));
	}
	ASSERT_EQ(0, expect_pulse(Q, self->chid, QMSG_PULSE_CODE_UNBLOCK, NULL));
	for (int i = 0; i < 100; i++) {
		ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	}
	EXPECT_EQ(0, expect_nothing(Q, self->chid));
	answer(_metadata, self, 1);
	EXPECT_EQ(0, expect_nothing(Q, self->chid));
}

/* T21: an answer takes back the pulse that nobody has received. */
TEST_F(signals, C4_the_answer_withdraws_the_pulse)
{
	if (!variant->unblock)
		SKIP(return, "no pulses without UNBLOCK");
	for (int i = 0; i < 20; i++) {
		send_received(_metadata, self);
		ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
		ASSERT_EQ(0, wait_for_client(self->c, "REPLY+R"));
		ASSERT_EQ(1, read_channel(getpid(), Q, self->chid, "pulses"));
		answer(_metadata, self, i);
		ASSERT_EQ(0, read_channel(getpid(), Q, self->chid, "pulses"));
		ASSERT_EQ(0, expect_nothing(Q, self->chid));
	}
}

/* C8, R3: the worker answers first, the client sends again, then the pulse is acted upon. */
TEST_F(signals, C8_a_pulse_that_comes_too_late)
{
	int64_t old;
	struct qmsg_msg_info info;
	struct qmsg_pulse pulse;

	if (!variant->unblock)
		SKIP(return, "no pulses without UNBLOCK");
	send_received(_metadata, self);
	old = self->rcvid;
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	ASSERT_EQ(0, expect_pulse(Q, self->chid, QMSG_PULSE_CODE_UNBLOCK, &pulse));
	answer(_metadata, self, 1);
	send_received(_metadata, self);
	EXPECT_NE(old, self->rcvid);
	EXPECT_EQ(-ESRCH, qmsg_msg_info(Q, pulse.value, &info));
	EXPECT_EQ(-ESRCH, qmsg_msg_error(Q, pulse.value, EINTR));
	EXPECT_EQ(-ESRCH, qmsg_msg_error(Q, pulse.value, QMSG_ERROR_REASON));
	expect_still(_metadata, self, "REPLY");
	answer(_metadata, self, 2);
}

/* C9, R2: the pulse thread answers first, the client sends again, then the worker is late. */
TEST_F(signals, C9_an_answer_that_comes_too_late)
{
	int64_t old;

	if (!variant->unblock)
		SKIP(return, "no pulses without UNBLOCK");
	send_received(_metadata, self);
	old = self->rcvid;
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	ASSERT_EQ(0, expect_pulse(Q, self->chid, QMSG_PULSE_CODE_UNBLOCK, NULL));
	EXPECT_EQ(0, qmsg_msg_error(Q, old, EINTR));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(-EINTR, client_result(self->c));
	send_received(_metadata, self);
	EXPECT_EQ(-ESRCH, qmsg_msg_write(Q, old, "late", 5, 0));
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(Q, old, 99, "late", 5));
	expect_still(_metadata, self, "REPLY");
	answer(_metadata, self, 2);
	EXPECT_EQ(CLIENT_FILL, self->c->reply[0]);
}

/* R1: without UNBLOCK the server's late answer meets nobody. */
TEST_F(signals, C3_the_next_request_is_not_answered_by_a_late_reply)
{
	int64_t old;

	if (variant->unblock)
		SKIP(return, "with UNBLOCK the client does not leave");
	send_received(_metadata, self);
	old = self->rcvid;
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	ASSERT_EQ(0, client_wait(self->c));
	send_received(_metadata, self);
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(Q, old, 99, "late", 5));
	answer(_metadata, self, 2);
}

TEST_F(signals, C11_a_new_request_has_no_old_request_bits)
{
	struct qmsg_msg_info info;

	if (!variant->unblock)
		SKIP(return, "no request bits without UNBLOCK");
	for (int i = 0; i < 10; i++) {
		send_received(_metadata, self);
		ASSERT_EQ(0, qmsg_msg_info(Q, self->rcvid, &info));
		EXPECT_EQ(0, info.flags & QMSG_MI_UNBLOCK_REQ);
		EXPECT_EQ(0, info.unblock_reasons);
		EXPECT_EQ(0, info.unblock_error);
		ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
		ASSERT_EQ(0, wait_for_client(self->c, "REPLY+R"));
		answer(_metadata, self, i);
	}
}

TEST_F(signals, C18_what_is_ignored_or_masked_is_no_event)
{
	static const int ignored_by_default[] = { SIGCHLD, SIGWINCH, SIGURG, SIGCONT };

	sigaddset(&self->c->w.blocked, SIGHUP);
	ASSERT_EQ(0, peer_handle(self->p, SIGHUP, 0));
	ASSERT_EQ(0, peer_ignore(self->p, SIGUSR2));
	for (int received = 0; received < 2; received++) {
		const char *state = received ? "REPLY" : "SEND";

		if (received)
			send_received(_metadata, self);
		else
			send_queued(_metadata, self);
		for (size_t i = 0; i < ARRAY_SIZE(ignored_by_default); i++) {
			ASSERT_EQ(0, client_signal(self->c, ignored_by_default[i]));
			expect_still(_metadata, self, state);
		}
		ASSERT_EQ(0, client_signal(self->c, SIGUSR2));
		expect_still(_metadata, self, state);
		ASSERT_EQ(0, client_signal(self->c, SIGHUP));
		expect_still(_metadata, self, state);
		EXPECT_EQ(1, task_signal_bit(self->p->pid, self->c->w.tid, "SigPnd", SIGHUP));
		if (!received)
			self->rcvid = receive_any(Q, self->chid);
		answer(_metadata, self, 3);
	}
}

TEST_F(signals, C19_deadlines_in_both_states)
{
	struct qmsg_msg_info info;

	self->c->args.send_deadline = deadline_in_ms(20);
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(-ETIMEDOUT, client_result(self->c));
	EXPECT_EQ(0, expect_nothing(Q, self->chid));

	self->c->args.send_deadline = QMSG_NO_DEADLINE;
	self->c->args.reply_deadline = deadline_in_ms(1500);
	self->rcvid = client_send_received(self->c, Q, self->chid, NULL);
	ASSERT_LT(0, self->rcvid);
	if (!variant->unblock) {
		ASSERT_EQ(0, client_wait(self->c));
		EXPECT_EQ(-ETIMEDOUT, client_result(self->c));
		EXPECT_EQ(-ESRCH, qmsg_msg_reply(Q, self->rcvid, 0, NULL, 0));
		return;
	}
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY+R"));
	ASSERT_EQ(0, expect_pulse(Q, self->chid, QMSG_PULSE_CODE_UNBLOCK, NULL));
	ASSERT_EQ(0, qmsg_msg_info(Q, self->rcvid, &info));
	EXPECT_EQ(QMSG_UNBLOCK_TIMEOUT, info.unblock_reasons);
	EXPECT_EQ(ETIMEDOUT, info.unblock_error);
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	ASSERT_EQ(0, wait_for_request_reasons(self->p->pid, self->p->q, self->c->w.tid,
					      QMSG_UNBLOCK_TIMEOUT | QMSG_UNBLOCK_SIGNAL));
	EXPECT_EQ(0, expect_nothing(Q, self->chid));
	EXPECT_EQ(0, qmsg_msg_error(Q, self->rcvid, QMSG_ERROR_REASON));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(-ETIMEDOUT, client_result(self->c));
}

/* A process-directed signal goes to a thread that is not blocked in here, if there is one. */
TEST_F(signals, C23_a_sibling_takes_the_signal)
{
	if (variant->threads)
		SKIP(return, "the sibling would be the test itself");
	send_received(_metadata, self);
	ASSERT_EQ(0, peer_kill(self->p, SIGUSR1));
	ASSERT_TRUE(wait_until(atomic_load(&self->p->handled) == 1));
	EXPECT_EQ(0, self->c->w.handled);
	expect_still(_metadata, self, "REPLY");
	answer(_metadata, self, 1);
}

static sigjmp_buf jump;

static void jump_out(int sig)
{
	siglongjmp(jump, sig);
}

static int64_t do_jump_on_signal(void *arg)
{
	struct sigaction sa = { .sa_handler = jump_out };

	(void)arg;
	return sigaction(SIGUSR2, &sa, NULL) ? -errno : 0;
}

/* A send that is left by longjmp instead of by its return. */
static void run_send_and_jump(struct worker *w)
{
	struct client *c = (struct client *)w;

	c->ret = sigsetjmp(jump, 1);
	if (!c->ret)
		c->ret = qmsg_msg_send_with(w->peer->q, &c->args) ?: 1000;
}

TEST_F(signals, C25_a_handler_that_does_not_return)
{
	self->c->w.run = run_send_and_jump;
	ASSERT_EQ(0, in_peer(self->p, do_jump_on_signal, 0));
	for (int i = 0; i < 10; i++) {
		send_received(_metadata, self);
		ASSERT_EQ(0, client_signal(self->c, SIGUSR2));
		if (variant->unblock) {
			ASSERT_EQ(0, expect_pulse(Q, self->chid, QMSG_PULSE_CODE_UNBLOCK, NULL));
			EXPECT_EQ(0, qmsg_msg_reply(Q, self->rcvid, 1, NULL, 0));
		}
		ASSERT_EQ(0, client_wait(self->c));
		EXPECT_EQ(SIGUSR2, self->c->ret);
		EXPECT_EQ(-ESRCH, qmsg_msg_reply(Q, self->rcvid, 0, NULL, 0));
		EXPECT_EQ(0, read_channel(getpid(), Q, self->chid, "received"));
		EXPECT_EQ(0, read_channel(getpid(), Q, self->chid, "orphans"));
	}
	send_queued(_metadata, self);
	ASSERT_EQ(0, client_signal(self->c, SIGUSR2));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(SIGUSR2, self->c->ret);
	EXPECT_EQ(0, expect_nothing(Q, self->chid));
}

TEST_HARNESS_MAIN
