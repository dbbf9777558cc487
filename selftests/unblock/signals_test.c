// SPDX-License-Identifier: GPL-2.0-only
/* Which signals are unblock events, when their handlers run, and what is seen meanwhile. */
#include "scene.h"

#include <sys/syscall.h>

/* S5.13: masked: stays pending, no pulse. */
static void expect_no_event(struct __test_metadata *_metadata, scene *self)
{
	EXPECT_EQ(0, wait_for_client(self->c, "REPLY"));
	EXPECT_EQ(0, channel_field(self, "pulses"));
	EXPECT_EQ(0, request_flags(self->q, self->rcvid) & QMSG_MI_UNBLOCK_REQ);
	EXPECT_FALSE(client_done(self->c));
	EXPECT_EQ(0, reply(self, 1));
	EXPECT_EQ(1, result(self));
}

TEST_F(state, S5_13_masked_signal_is_no_event_in_reply_unblock)
{
	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR1, 0));
	ASSERT_EQ(0, make_client(self, UNBLOCK));
	sigaddset(&self->c->w.blocked, SIGUSR1);
	ASSERT_EQ(0, block_reply(self));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	expect_no_event(_metadata, self);
	EXPECT_EQ(0, self->c->w.handled_at_return);
	EXPECT_EQ(1, task_signal_bit(self->peer->pid, self->c->w.tid, "SigPnd", SIGUSR1));
}

TEST_F(state, S5_13_masked_signal_is_no_event_in_reply)
{
	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR1, 0));
	ASSERT_EQ(0, make_client(self, PLAIN));
	sigaddset(&self->c->w.blocked, SIGUSR1);
	ASSERT_EQ(0, block_reply(self));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	expect_no_event(_metadata, self);
}

/* S5.13: a masked signal with a fatal default action is not a kill either. */
TEST_F(state, S5_13_masked_fatal_signal_is_no_event)
{
	ASSERT_EQ(0, make_client(self, UNBLOCK));
	sigaddset(&self->c->w.blocked, SIGTERM);
	ASSERT_EQ(0, block_reply(self));
	ASSERT_EQ(0, client_signal(self->c, SIGTERM));
	expect_no_event(_metadata, self);
}

/* S5.23 */
TEST_F(state, S5_23_ignored_signal_is_no_event)
{
	ASSERT_EQ(0, peer_ignore(self->peer, SIGUSR1));
	ASSERT_EQ(0, make_reply_blocked(self, UNBLOCK));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	expect_no_event(_metadata, self);
}

/*
 * S5.14: a signal to the process goes to a thread that is not REPLY-blocked, if there is
 * one. On Linux that is certain for the first thread, which is idle here.
 */
TEST_F(state, S5_14_process_signal_prefers_a_thread_that_is_not_blocked)
{
	if (!variant->process)
		SKIP(return, "the first thread runs the test");
	ASSERT_EQ(0, make_reply_blocked_handled(self, UNBLOCK));
	ASSERT_EQ(0, peer_kill(self->peer, SIGUSR1));
	ASSERT_TRUE(wait_until(atomic_load(&self->peer->handled) == 1));
	EXPECT_EQ(0, self->c->w.handled);
	expect_no_event(_metadata, self);
}

/* S5.14: every eligible thread is REPLY-blocked: one of them gets it. */
TEST_F(state, S5_14_process_signal_to_a_single_thread_is_an_event)
{
	if (!variant->process)
		SKIP(return, "the first thread runs the test");
	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR1, 0));
	ASSERT_EQ(0, make_client(self, UNBLOCK));
	ASSERT_EQ(0, client_send_in_leader(self->c));
	self->rcvid = receive_soon(self->q, self->chid, NULL, 0, &self->info);
	ASSERT_LT(0, self->rcvid);
	ASSERT_EQ(0, peer_kill(self->peer, SIGUSR1));
	EXPECT_EQ(0, wait_for_client(self->c, "REPLY+R"));
	EXPECT_EQ(0, expect_unblock(self));
	EXPECT_EQ(0, reply(self, 2));
	EXPECT_EQ(2, result(self));
	EXPECT_EQ(1, self->c->w.handled_at_return);
}

/*
 * S5.14: two blocked threads, one signal: one handler runs. Holding the signal back in the
 * one lets Linux offer it to the other, so both may be asked about, each once.
 */
TEST_F(state, S5_14_process_signal_is_handled_by_one_thread_only)
{
	struct client *second;
	struct qmsg_pulse first, more = { 0 };
	int64_t rcvid;

	if (!variant->process)
		SKIP(return, "the first thread runs the test");
	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR1, 0));
	ASSERT_EQ(0, make_client(self, UNBLOCK));
	second = client_connect(self->peer, self->me->pid, self->chid);
	ASSERT_NE(NULL, second);
	rcvid = client_send_received(second, self->q, self->chid, NULL);
	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, client_send_in_leader(self->c));
	self->rcvid = receive_soon(self->q, self->chid, NULL, 0, &self->info);
	ASSERT_LT(0, self->rcvid);
	ASSERT_EQ(0, peer_kill(self->peer, SIGUSR1));
	ASSERT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_UNBLOCK, &first));
	EXPECT_TRUE((int64_t)first.value == rcvid || (int64_t)first.value == self->rcvid);
	if (!receive_now(self->q, self->chid, &more, sizeof(more), NULL)) {
		EXPECT_EQ(QMSG_PULSE_CODE_UNBLOCK, more.code);
		EXPECT_EQ(rcvid ^ self->rcvid, (int64_t)(first.value ^ more.value));
	}
	EXPECT_EQ(0, reply(self, 2));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, rcvid, 2, NULL, 0));
	EXPECT_EQ(2, result(self));
	EXPECT_EQ(0, client_wait(second));
	EXPECT_EQ(1, atomic_load(&self->peer->handled));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

/* S5.26: the answer, then the handler, then MsgSend returns with the answer intact. */
TEST_F(state, S5_26_handler_runs_after_the_answer_and_before_return)
{
	ASSERT_EQ(0, make_unblock_requested(self));
	ASSERT_EQ(0, expect_unblock(self));
	EXPECT_EQ(0, self->c->w.handled);
	EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 77, "pong", 5));
	EXPECT_EQ(77, result(self));
	EXPECT_EQ(1, self->c->w.handled_at_return);
	EXPECT_STREQ("pong", self->c->reply);
	EXPECT_EQ(5U, self->c->args.out_reply_len);
}

/* S5.28: SA_RESTART makes no difference to a held client. */
TEST_F(state, S5_28_SA_RESTART_in_reply_unblock)
{
	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR1, SA_RESTART));
	ASSERT_EQ(0, make_reply_blocked(self, UNBLOCK));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	ASSERT_EQ(0, expect_unblock(self));
	EXPECT_EQ(0, qmsg_msg_error(self->q, self->rcvid, EINTR));
	EXPECT_EQ(-EINTR, result(self));
	EXPECT_EQ(1, self->c->w.handled_at_return);
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

/* S5.25: the kernel adds nothing: a normal answer stays one. */
TEST_F(state, S5_25_result_is_what_the_server_says)
{
	ASSERT_EQ(0, make_unblock_requested(self));
	EXPECT_EQ(0, reply(self, 0));
	EXPECT_EQ(0, result(self));
	EXPECT_EQ(0, self->c->ret);
	EXPECT_EQ(0, self->c->args.out_error);
}

/* While it is held, signals with a handler are in its mask, fatal ones are not ... */
TEST_F(state, S5_44_held_client_masks_only_signals_with_a_handler)
{
	pid_t pid = self->peer->pid;

	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR2, 0));
	ASSERT_EQ(0, make_unblock_requested(self));
	EXPECT_TRUE(wait_until(task_signal_bit(pid, self->c->w.tid, "SigBlk", SIGUSR2) == 1));
	EXPECT_EQ(1, task_signal_bit(pid, self->c->w.tid, "SigBlk", SIGUSR1));
	EXPECT_EQ(0, task_signal_bit(pid, self->c->w.tid, "SigBlk", SIGTERM));
	EXPECT_EQ(0, task_signal_bit(pid, self->c->w.tid, "SigBlk", SIGINT));
	EXPECT_EQ(0, reply(self, 4));
	EXPECT_EQ(4, result(self));
	/* ... and the mask is its own again afterwards. */
	EXPECT_EQ(0, task_signal_bit(pid, self->c->w.tid, "SigBlk", SIGUSR1));
	EXPECT_EQ(0, task_signal_bit(pid, self->c->w.tid, "SigBlk", SIGUSR2));
}

/* What the client had masked itself stays masked afterwards. */
TEST_F(state, S5_44_own_mask_is_restored)
{
	pid_t pid = self->peer->pid;

	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR1, 0));
	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR2, 0));
	ASSERT_EQ(0, make_client(self, UNBLOCK));
	sigaddset(&self->c->w.blocked, SIGUSR2);
	ASSERT_EQ(0, block_reply(self));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	ASSERT_EQ(0, expect_unblock(self));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR2));
	EXPECT_EQ(0, reply(self, 4));
	EXPECT_EQ(4, result(self));
	EXPECT_EQ(1, self->c->w.handled_at_return);
	EXPECT_EQ(SIGUSR1, self->c->w.last_signal);
	EXPECT_EQ(1, task_signal_bit(pid, self->c->w.tid, "SigBlk", SIGUSR2));
	EXPECT_EQ(0, task_signal_bit(pid, self->c->w.tid, "SigBlk", SIGUSR1));
}

/* A held client sleeps: its pending signal does not make it spin (S5.44). */
TEST_F(state, S5_44_held_client_sleeps)
{
	ASSERT_EQ(0, make_unblock_requested(self));
	EXPECT_EQ(0, wait_for_task_state(self->peer->pid, self->c->w.tid, 'S'));
	EXPECT_EQ(0, reply(self, 4));
	EXPECT_EQ(4, result(self));
}

/* Several signals while held: each handler once, all before the return. */
TEST_F(state, S5_10_all_handlers_run_after_one_answer)
{
	static const int sigs[] = { SIGUSR1, SIGUSR2, SIGHUP, SIGALRM, SIGCONT };
	unsigned int i, n = sizeof(sigs) / sizeof(sigs[0]);

	for (i = 0; i < n; i++)
		ASSERT_EQ(0, peer_handle(self->peer, sigs[i], 0));
	ASSERT_EQ(0, make_reply_blocked(self, UNBLOCK));
	for (i = 0; i < n; i++)
		ASSERT_EQ(0, client_signal(self->c, sigs[i]));
	EXPECT_EQ(0, expect_unblock(self));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	EXPECT_EQ(0, reply(self, 6));
	EXPECT_EQ(6, result(self));
	EXPECT_EQ((int)n, self->c->w.handled_at_return);
}

/* S5.15: a handler makes a job-control signal an ordinary one. */
TEST_F(state, S5_15_SIGTSTP_with_a_handler_is_an_event)
{
	ASSERT_EQ(0, peer_handle(self->peer, SIGTSTP, 0));
	ASSERT_EQ(0, make_reply_blocked(self, UNBLOCK));
	ASSERT_EQ(0, client_signal(self->c, SIGTSTP));
	EXPECT_EQ(0, expect_unblock(self));
	EXPECT_EQ(0, reply(self, 7));
	EXPECT_EQ(7, result(self));
	EXPECT_EQ(1, self->c->w.handled_at_return);
}

/* A signal that is pending when the send begins is an event like one that comes later. */
TEST_F(state, S5_13_pending_signal_counts_when_the_send_begins)
{
	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR1, 0));
	ASSERT_EQ(0, make_client(self, PLAIN));
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	EXPECT_EQ(-EINTR, result(self));
	/* Nothing of it is left for the next send. */
	ASSERT_EQ(0, block_reply(self));
	EXPECT_EQ(0, reply(self, 8));
	EXPECT_EQ(8, result(self));
}

/* S2.30: a blocked receive ends with EINTR, never restarted, and nothing is consumed. */
TEST_F(state, S2_30_signal_ends_a_receive)
{
	struct receiver *r;

	ASSERT_EQ(0, peer_handle(self->me, SIGUSR1, SA_RESTART));
	ASSERT_EQ(0, make_client(self, UNBLOCK));
	r = receiver_new(self->me, self->chid);
	ASSERT_EQ(0, receiver_go_blocked(r));
	ASSERT_EQ(0, worker_signal(&r->w, SIGUSR1));
	ASSERT_EQ(0, receiver_wait(r));
	EXPECT_EQ(-EINTR, receiver_result(r));
	EXPECT_EQ(1, r->w.handled_at_return);
	EXPECT_EQ(0, channel_field(self, "receivers"));
	EXPECT_EQ(0, block_send(self));
}

TEST_HARNESS_MAIN
