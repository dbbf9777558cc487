// SPDX-License-Identifier: GPL-2.0-only
/*
 * C17: a tracer on a blocked thread. Its stops are no signals; and if it takes the call
 * away from the thread, what the thread does next is a new call and not that one.
 */
#include "kselftest_harness.h"

#include <stdio.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "hazard.h"
#include "tracer.h"

FIXTURE(traced)
{
	struct peer *p;
	int chid;
	struct client *c;
	pid_t tid;
	int64_t rcvid;
};

FIXTURE_VARIANT(traced)
{
	unsigned int flags;
};

FIXTURE_VARIANT_ADD(traced, plain)
{
	.flags = 0,
};

FIXTURE_VARIANT_ADD(traced, unblock)
{
	.flags = QMSG_CHF_UNBLOCK,
};

FIXTURE_SETUP(traced)
{
	ASSERT_LE(0, peer_open(peer_self()));
	self->chid = peer_channel_grace(peer_self(), variant->flags, 100);
	ASSERT_LT(0, self->chid);
	self->p = peer_fork();
	ASSERT_TRUE(self->p != NULL);
	ASSERT_LE(0, peer_open(self->p));
	self->c = client_connect(self->p, getpid(), self->chid);
	ASSERT_TRUE(self->c != NULL);
	ASSERT_EQ(0, peer_handle(self->p, SIGUSR1, 0));
}

FIXTURE_TEARDOWN_PARENT(traced)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

/* The client SEND-blocked, or REPLY-blocked. */
static void block(struct __test_metadata *_metadata, FIXTURE_DATA(traced) *self, bool received)
{
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
	self->tid = self->c->w.tid;
	if (received) {
		self->rcvid = receive_any(Q, self->chid);
		ASSERT_LT(0, self->rcvid);
	}
}

static void expect_undisturbed(struct __test_metadata *_metadata, FIXTURE_DATA(traced) *self,
			       bool received)
{
	struct qmsg_msg_info info;

	ASSERT_EQ(0, wait_for_client(self->c, received ? "REPLY" : "SEND"));
	EXPECT_FALSE(client_done(self->c));
	if (!received)
		return;
	EXPECT_EQ(0, expect_nothing(Q, self->chid));
	ASSERT_EQ(0, qmsg_msg_info(Q, self->rcvid, &info));
	EXPECT_EQ(0, info.flags & QMSG_MI_UNBLOCK_REQ);
}

static void answer(struct __test_metadata *_metadata, FIXTURE_DATA(traced) *self, bool received)
{
	if (!received)
		self->rcvid = receive_any(Q, self->chid);
	EXPECT_EQ(0, qmsg_msg_reply(Q, self->rcvid, 8, NULL, 0));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(8, client_result(self->c));
}

/* INTERRUPT, wait for the stop, and let it go again with @request. */
static int interrupt(pid_t tid, int request)
{
	int err;

	if (ptrace(PTRACE_INTERRUPT, tid, NULL, NULL))
		return -errno;
	err = wait_stopped(tid);
	if (err < 0)
		return err;
	return ptrace(request, tid, NULL, NULL) ? -errno : 0;
}

TEST_F(traced, C17_seized_interrupted_and_detached)
{
	for (int received = 0; received < 2; received++) {
		block(_metadata, self, received);
		for (int i = 0; i < 50; i++) {
			ASSERT_EQ(0, seize(self->tid));
			ASSERT_EQ(0, interrupt(self->tid, PTRACE_CONT));
			ASSERT_EQ(0, interrupt(self->tid, PTRACE_CONT));
			ASSERT_EQ(0, interrupt(self->tid, PTRACE_DETACH));
		}
		expect_undisturbed(_metadata, self, received);
		answer(_metadata, self, received);
	}
}

/* As strace does it: stops at entry and exit of every call. */
TEST_F(traced, C17_traced_at_every_syscall)
{
	int status, stops = 0;
	bool answered = false;

	block(_metadata, self, true);
	ASSERT_EQ(0, seize(self->tid));
	ASSERT_EQ(0, interrupt(self->tid, PTRACE_SYSCALL));
	while (!client_done(self->c) && stops < 1000) {
		pid_t got = waitpid(self->tid, &status, __WALL | WNOHANG);

		ASSERT_LE(0, got);
		if (!answered && !got) {
			expect_undisturbed(_metadata, self, true);
			EXPECT_EQ(0, qmsg_msg_reply(Q, self->rcvid, 8, NULL, 0));
			answered = true;
		}
		if (!got) {
			sched_yield();
			continue;
		}
		ASSERT_TRUE(WIFSTOPPED(status));
		stops++;
		ASSERT_EQ(0, ptrace(PTRACE_SYSCALL, self->tid, NULL, NULL));
	}
	EXPECT_TRUE(client_done(self->c));
	EXPECT_EQ(8, client_result(self->c));
	EXPECT_LT(0, stops);
	/* the end of the tracer must not be the end of the traced */
	interrupt(self->tid, PTRACE_DETACH);
}

/* Step by step over the end of the call and what follows it. */
TEST_F(traced, C17_single_stepped)
{
	int status;

	block(_metadata, self, true);
	ASSERT_EQ(0, seize(self->tid));
	ASSERT_EQ(0, interrupt(self->tid, PTRACE_SINGLESTEP));
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY"));
	EXPECT_EQ(0, expect_nothing(Q, self->chid));
	EXPECT_EQ(0, qmsg_msg_reply(Q, self->rcvid, 8, NULL, 0));
	for (int i = 0; i < 20; i++) {
		ASSERT_EQ(self->tid, waitpid(self->tid, &status, __WALL));
		ASSERT_TRUE(WIFSTOPPED(status));
		ASSERT_EQ(0, ptrace(i < 19 ? PTRACE_SINGLESTEP : PTRACE_DETACH, self->tid, NULL,
				    NULL));
	}
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(8, client_result(self->c));
}

/* A signal that the tracer swallows: its handler is never run. */
TEST_F(traced, C17_a_signal_the_tracer_swallows)
{
	block(_metadata, self, true);
	ASSERT_EQ(0, seize(self->tid));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	if (variant->flags & QMSG_CHF_UNBLOCK) {
		ASSERT_EQ(0, wait_for_client(self->c, "REPLY+R"));
		ASSERT_EQ(0, expect_pulse(Q, self->chid, QMSG_PULSE_CODE_UNBLOCK, NULL));
		EXPECT_EQ(0, qmsg_msg_reply(Q, self->rcvid, 8, NULL, 0));
	}
	ASSERT_EQ(SIGUSR1, wait_stopped(self->tid));
	ASSERT_EQ(0, ptrace(PTRACE_DETACH, self->tid, NULL, NULL));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(variant->flags ? 8 : -EINTR, client_result(self->c));
	EXPECT_EQ(0, self->c->w.handled);
}

#ifdef __x86_64__

static void take_call_away(struct __test_metadata *_metadata, FIXTURE_DATA(traced) *self)
{
	ASSERT_EQ(0, seize(self->tid));
	ASSERT_EQ(0, cancel_call(self->tid));
	ASSERT_EQ(0, client_wait(self->c));
	ASSERT_EQ(-EINTR, client_result(self->c));
}

/* P1: the answer to the first request must not become the answer to the second. */
TEST_F(traced, C17_a_cancelled_call_and_the_same_call_again)
{
	struct qmsg_msg_info info;
	int64_t first;
	char buf[32];

	block(_metadata, self, true);
	first = self->rcvid;
	take_call_away(_metadata, self);

	/* same struct, same place in the program, another message */
	strcpy(self->c->message, "pong");
	ASSERT_EQ(0, client_send(self->c));
	do {
		/* the first one's end may be told by an unblock pulse */
		self->rcvid = receive_soon(Q, self->chid, buf, sizeof(buf), &info);
	} while (!self->rcvid);
	ASSERT_LT(0, self->rcvid);
	EXPECT_NE(first, self->rcvid);
	EXPECT_EQ(0, strcmp(buf, "pong"));
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(Q, first, 111, "first", 6));
	EXPECT_EQ(0, qmsg_msg_reply(Q, self->rcvid, 8, "second", 7));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(8, client_result(self->c));
	EXPECT_EQ(0, strcmp(self->c->reply, "second"));
}

static void run_query(struct worker *w)
{
	struct client *c = (struct client *)w;
	struct qmsg_query query;

	c->ret = qmsg_query(w->peer->q, &query) ?: 1000;
}

static void go_on_with(struct __test_metadata *_metadata, FIXTURE_DATA(traced) *self,
		       void (*run)(struct worker *w))
{
	self->c->w.run = run;
	ASSERT_EQ(0, worker_go(&self->c->w));
	ASSERT_EQ(0, client_wait(self->c));
}

/* The thread goes on with something else: its request is nobody's, and leaves no trace. */
TEST_F(traced, C17_a_cancelled_call_and_another_call)
{
	int err;

	block(_metadata, self, true);
	take_call_away(_metadata, self);
	go_on_with(_metadata, self, run_query);
	EXPECT_EQ(1000, self->c->ret);
	err = qmsg_msg_reply(Q, self->rcvid, 111, "stray", 6);
	EXPECT_TRUE(!err || err == -ESRCH) TH_LOG("%d", err);
	EXPECT_EQ(CLIENT_FILL, self->c->reply[0]);
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(Q, self->rcvid, 111, NULL, 0));
	EXPECT_EQ(0, read_channel(getpid(), Q, self->chid, "received"));
}

/* What a child says that was forked by a thread, and goes on with what that was in. */
static int restarts(void *unused)
{
	(void)unused;
	return syscall(SYS_restart_syscall) == -1 ? errno : 0;
}

static void run_fork(struct worker *w)
{
	struct client *c = (struct client *)w;
	int status;

	c->ret = reap(fork_child(restarts, NULL), &status);
	if (!c->ret)
		c->ret = 1000 + WEXITSTATUS(status);
}

/* Its child has no call to go on with, and not a word of the module's in it. */
TEST_F(traced, C17_a_cancelled_call_and_a_child)
{
	block(_metadata, self, true);
	take_call_away(_metadata, self);
	go_on_with(_metadata, self, run_fork);
	EXPECT_EQ(1000 + EINTR, self->c->ret);
	qmsg_msg_error(Q, self->rcvid, ECANCELED);
}

/* SEND-blocked, cancelled: whatever becomes of it, it is received at most once. */
TEST_F(traced, C17_a_cancelled_call_that_nobody_had_received)
{
	int64_t rcvid;
	char buf[32];
	int pings = 0, pongs = 0;

	block(_metadata, self, false);
	ASSERT_EQ(0, seize(self->tid));
	ASSERT_EQ(0, cancel_call(self->tid));
	ASSERT_EQ(0, client_wait(self->c));
	strcpy(self->c->message, "pong");
	ASSERT_EQ(0, client_send(self->c));
	while (!pongs) {
		rcvid = receive_soon(Q, self->chid, buf, sizeof(buf), NULL);
		ASSERT_LE(0, rcvid);
		if (!rcvid)
			continue;
		pings += !strcmp(buf, "ping");
		pongs += !strcmp(buf, "pong");
		qmsg_msg_reply(Q, rcvid, pongs ? 8 : 111, NULL, 0);
		ASSERT_GE(1, pings);
	}
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(8, client_result(self->c));
}

#endif

TEST_HARNESS_MAIN
