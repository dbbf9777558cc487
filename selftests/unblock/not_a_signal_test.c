// SPDX-License-Identifier: GPL-2.0-only
/*
 * P6, S5.15, S5.23: stopping, tracing and ignored signals neither end a call nor post a
 * pulse, and what stops a process stops a blocked one at once.
 */
#include "still_scene.h"

#include <sys/ptrace.h>

#define EXPECT_UNDISTURBED()	EXPECT_TRUE(undisturbed(self, variant))
#define EXPECT_GOES_ON()	EXPECT_TRUE(goes_on(self, variant))

static int stop(scene *self, int sig)
{
	pid_t pid = self->peer->pid;

	return peer_kill(self->peer, sig) ?: wait_for_task_state(pid, task(self)->tid, 'T') ?:
	       wait_for_task_state(pid, pid, 'T');
}

static int resume(scene *self)
{
	return peer_kill(self->peer, SIGCONT) ?:
	       wait_for_task_state(self->peer->pid, task(self)->tid, 'S');
}

TEST_F(still, SIGSTOP_and_SIGCONT)
{
	ASSERT_EQ(0, stop(self, SIGSTOP));
	EXPECT_UNDISTURBED();
	ASSERT_EQ(0, resume(self));
	EXPECT_UNDISTURBED();
	EXPECT_GOES_ON();
}

TEST_F(still, SIGSTOP_and_SIGCONT_many_times)
{
	int i, n = few_rounds(10);

	for (i = 0; i < n; i++) {
		ASSERT_EQ(0, stop(self, SIGSTOP));
		ASSERT_EQ(0, resume(self));
	}
	EXPECT_UNDISTURBED();
	EXPECT_GOES_ON();
}

TEST_F(still, SIGTSTP_default)
{
	ASSERT_EQ(0, stop(self, SIGTSTP));
	EXPECT_UNDISTURBED();
	ASSERT_EQ(0, resume(self));
	EXPECT_UNDISTURBED();
	EXPECT_GOES_ON();
}

/* The state changes underneath (S5.15): what comes while it is stopped is seen afterwards. */
TEST_F(still, answer_while_stopped_is_seen_after_continuing)
{
	ASSERT_EQ(0, stop(self, SIGSTOP));
	if (variant->state == IN_RECEIVE) {
		ASSERT_EQ(0, send_to_receiver(self));
		ASSERT_EQ(0, peer_kill(self->peer, SIGCONT));
		EXPECT_EQ(0, receiver_wait(self->r));
		EXPECT_LT(0, receiver_result(self->r));
		return;
	}
	ASSERT_EQ(0, answer(self, variant));
	EXPECT_FALSE(client_done(self->c));
	EXPECT_EQ('T', task_state(self->peer->pid, self->c->w.tid));
	ASSERT_EQ(0, peer_kill(self->peer, SIGCONT));
	EXPECT_EQ(0, client_wait(self->c));
	EXPECT_EQ(99, client_result(self->c));
	EXPECT_STREQ("done", self->c->reply);
}

static bool leaves_by_signal(const variety *v)
{
	return v->state == IN_SEND || v->state == IN_RECEIVE || !v->flags;
}

/* A handled signal that is sent meanwhile counts when the task goes on. */
TEST_F(still, handled_signal_while_stopped_is_an_event_after_continuing)
{
	struct worker *w = task(self);

	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR2, 0));
	ASSERT_EQ(0, stop(self, SIGSTOP));
	ASSERT_EQ(0, worker_signal(w, SIGUSR2));
	EXPECT_UNDISTURBED();
	EXPECT_EQ(0, w->handled);
	ASSERT_EQ(0, peer_kill(self->peer, SIGCONT));
	if (leaves_by_signal(variant)) {
		EXPECT_EQ(0, worker_wait(w));
		EXPECT_EQ(-EINTR, self->c ? client_result(self->c) : receiver_result(self->r));
		EXPECT_EQ(1, w->handled_at_return);
		return;
	}
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY+R"));
	/* REPLY+R had its pulse before (S5.10). */
	EXPECT_EQ(variant->state == IN_REPLY,
		  !receive_now(self->q, self->chid, &(char[64]){ 0 }, 64, NULL));
	EXPECT_GOES_ON();
}

/* T16 from a stop: SIGKILL continues the task by itself. */
TEST_F(still, SIGKILL_while_stopped)
{
	ASSERT_EQ(0, stop(self, SIGSTOP));
	ASSERT_EQ(0, peer_kill(self->peer, SIGKILL));
	if (is_received(variant)) {
		EXPECT_TRUE(is_held_in_its_grace(self, variant));
	}
	EXPECT_EQ(0, peer_reap(self->peer, NULL));
}

/* S5.23: signals that do nothing. */
TEST_F(still, ignored_signals)
{
	static const int nothing_by_default[] = { SIGCHLD, SIGWINCH, SIGURG, SIGCONT };
	struct worker *w = task(self);
	unsigned int i;

	ASSERT_EQ(0, peer_ignore(self->peer, SIGUSR2));
	ASSERT_EQ(0, peer_ignore(self->peer, SIGTERM));
	ASSERT_EQ(0, worker_signal(w, SIGUSR2));
	ASSERT_EQ(0, worker_signal(w, SIGTERM));
	for (i = 0; i < sizeof(nothing_by_default) / sizeof(nothing_by_default[0]); i++)
		ASSERT_EQ(0, worker_signal(w, nothing_by_default[i]));
	EXPECT_UNDISTURBED();
	EXPECT_GOES_ON();
}

static int wait_trace_stop(pid_t tid)
{
	int status = 0;

	if (!wait_until(waitpid(tid, &status, __WALL | WNOHANG) == tid))
		return -ETIMEDOUT;
	return WIFSTOPPED(status) ? 0 : -ECHILD;
}

/* As gdb -p does: the task gets a SIGSTOP, which the tracer eats. */
TEST_F(still, ptrace_attach_and_detach)
{
	pid_t tid = task(self)->tid;

	ASSERT_EQ(0, ptrace(PTRACE_ATTACH, tid, 0, 0));
	ASSERT_EQ(0, wait_trace_stop(tid));
	EXPECT_UNDISTURBED();
	ASSERT_EQ(0, ptrace(PTRACE_DETACH, tid, 0, 0));
	EXPECT_UNDISTURBED();
	EXPECT_GOES_ON();
}

/* As strace -p does. */
TEST_F(still, ptrace_seize_interrupt_and_detach)
{
	pid_t tid = task(self)->tid;
	int i;

	ASSERT_EQ(0, ptrace(PTRACE_SEIZE, tid, 0, 0));
	EXPECT_UNDISTURBED();
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, ptrace(PTRACE_INTERRUPT, tid, 0, 0));
		ASSERT_EQ(0, wait_trace_stop(tid));
		EXPECT_UNDISTURBED();
		ASSERT_EQ(0, ptrace(PTRACE_CONT, tid, 0, 0));
	}
	ASSERT_EQ(0, ptrace(PTRACE_INTERRUPT, tid, 0, 0));
	ASSERT_EQ(0, wait_trace_stop(tid));
	ASSERT_EQ(0, ptrace(PTRACE_DETACH, tid, 0, 0));
	EXPECT_UNDISTURBED();
	EXPECT_GOES_ON();
}

TEST_HARNESS_MAIN
