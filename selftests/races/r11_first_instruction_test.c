// SPDX-License-Identifier: GPL-2.0-only
/*
 * R11: the unblock event comes between the receive and the receiver's first instruction.
 * The info of the receive need not show it; MsgInfo does, and the pulse follows its
 * message (S5.8, S5.11).
 */
#include "kselftest_harness.h"
#include "arena_run.h"
#include "chart.h"

#include <sys/ptrace.h>

/* --------------------------------------------------- the order, by a tracer */

struct stage {
	int q, chid;
	struct race_step ready, go;
	int64_t rcvid;
	unsigned int flags_received, flags_asked;
	int64_t second;			/* what the next receive returned */
	struct qmsg_pulse pulse;
	int answered;
};

/* The server: one receive that the tracer stops on its way out, then what it can see. */
static int serve_traced(void *arg)
{
	struct stage *s = arg;
	struct qmsg_msg_info info;
	uint64_t number;

	s->q = qmsg_open();
	s->chid = qmsg_channel_create(s->q, QMSG_CHF_UNBLOCK);
	race_reach(&s->ready, 1);
	race_await(&s->go, 1);
	s->rcvid = qmsg_msg_receive(s->q, s->chid, &number, sizeof(number), &info);
	s->flags_received = info.flags;
	if (qmsg_msg_info(s->q, s->rcvid, &info))
		return 1;
	s->flags_asked = info.flags;
	s->second = qmsg_msg_receive(s->q, s->chid, &s->pulse, sizeof(s->pulse), NULL);
	s->answered = qmsg_msg_error(s->q, s->rcvid, QMSG_ERROR_REASON);
	return 0;
}

/* Resume it to the next entry or exit of a system call. */
static int step_syscall(pid_t pid, struct __ptrace_syscall_info *at)
{
	int status;

	if (ptrace(PTRACE_SYSCALL, pid, 0, 0) || waitpid(pid, &status, 0) != pid ||
	    !WIFSTOPPED(status))
		return -ESRCH;
	return ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(*at), at) < 0 ? -errno : 0;
}

static bool enters_receive(const struct __ptrace_syscall_info *at)
{
	return at->op == PTRACE_SYSCALL_INFO_ENTRY && at->entry.nr == SYS_ioctl &&
	       (unsigned int)at->entry.args[1] == QMSG_IOC_MSG_RECEIVE;
}

static int run_to_receive(pid_t pid)
{
	struct __ptrace_syscall_info at = { 0 };
	int err;

	do {
		err = step_syscall(pid, &at);
	} while (!err && !enters_receive(&at));
	return err ?: step_syscall(pid, &at);
}

static int seize(pid_t pid)
{
	int status;

	if (ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD) ||
	    ptrace(PTRACE_INTERRUPT, pid, 0, 0))
		return -errno;
	return waitpid(pid, &status, 0) == pid && WIFSTOPPED(status) ? 0 : -ESRCH;
}

TEST(signal_before_the_first_instruction)
{
	struct stage *s = shared_alloc(sizeof(*s));
	pid_t server = fork_child(serve_traced, s);
	struct player c;
	int q, status;

	race_await(&s->ready, 1);
	ASSERT_LT(0, s->chid);
	q = qmsg_open();
	ASSERT_EQ(0, peer_handle(peer_self(), SIGUSR1, 0));
	player_join(&c, q, -1, qmsg_connect_attach(q, server, s->chid, QMSG_SIDE_CHANNEL, 0));
	ASSERT_EQ(0, sends(&c, 1));
	ASSERT_EQ(0, becomes(&c, "SEND"));

	ASSERT_EQ(0, seize(server));
	race_reach(&s->go, 1);
	ASSERT_EQ(0, run_to_receive(server));
	EXPECT_EQ(0, s->rcvid);
	ASSERT_EQ(0, becomes(&c, "REPLY"));
	ASSERT_EQ(0, asks_to_leave(&c));
	EXPECT_EQ(1, read_channel(server, s->q, s->chid, "pulses"));
	ASSERT_EQ(0, ptrace(PTRACE_DETACH, server, 0, 0));

	ASSERT_EQ(0, ends(&c));
	EXPECT_TRUE(aborted(&c, EINTR));
	ASSERT_EQ(0, reap(server, &status));
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, s->flags_received & QMSG_MI_UNBLOCK_REQ);
	EXPECT_NE(0, s->flags_asked & QMSG_MI_UNBLOCK_REQ);
	EXPECT_EQ(0, s->second);
	EXPECT_EQ(QMSG_PULSE_CODE_UNBLOCK, s->pulse.code);
	EXPECT_EQ(s->rcvid, (int64_t)s->pulse.value);
	EXPECT_EQ(0, s->answered);
}

/* ------------------------------------------------------------------- hammer */

/*
 * Struck requests are parked at once. Only their pulse makes anybody answer them: were
 * it lost, or given to nobody, the round would hang.
 */
static void look_and_park(struct arena *a, struct entry *e, int64_t rcvid)
{
	bool told = e->early;
	int asked;

	/* Not what the arena's round is: this thread can be so late that it is the next one. */
	if (!atomic_load(&e->asked)) {
		arena_answer(a, e, rcvid);
		return;
	}
	race_spin(a->delay_answer);
	asked = arena_asked(a, e, rcvid);
	e->early = asked != 0;
	if (told && !asked)
		arena_strange(a, "the receive told what MsgInfo does not", rcvid);
}

static void abort_parked(struct arena *a, int64_t rcvid)
{
	int asked = arena_asked(a, NULL, rcvid), ret;
	struct entry *e = arena_find(a, rcvid);

	if (asked != 1)
		arena_strange(a, "pulse, and MsgInfo says", asked);
	if (!e)
		return;
	atomic_fetch_add(&e->pulses, 1);
	ret = arena_abort(a, rcvid);
	arena_count(a, e, ret);
}

/* One server thread: it had written the id down before it could get the pulse. */
static void abort_parked_in_order(struct arena *a, int64_t rcvid)
{
	if (atomic_load(&a->book[atomic_load(&a->newest)].rcvid) != rcvid)
		arena_strange(a, "pulse before its message", rcvid);
	abort_parked(a, rcvid);
}

static const char *audit(const struct arena *a, const struct entry *e)
{
	bool aborted = e->outcome == OUT_ABORT || e->outcome == OUT_ERROR;

	(void)a;
	if (e->stale)
		return "its owner's answer was refused";
	if (e->asked && e->received && !aborted)
		return "was received and struck, and not aborted";
	if (aborted && !e->handled)
		return "returned before the handler ran (S5.26)";
	return e->pulses == aborted ? NULL : "has not one pulse";
}

ARENA_FIXTURE

#define HAMMER(name, threads, width, pulse)				\
	FIXTURE_VARIANT_ADD(hammer, name) {				\
		.race = { .flags = QMSG_CHF_UNBLOCK, .bits = width,	\
			  .servers = threads, .strike = BY_SIGNALS,	\
			  .left_errno = EINTR,				\
			  .on_message = look_and_park, .on_pulse = pulse,	\
			  .audit = audit }				\
	}

HAMMER(three_threads, 3, 63, abort_parked);
HAMMER(three_threads_rcvid_8, 3, 8, abort_parked);
HAMMER(one_thread, 1, 31, abort_parked_in_order);

TEST_F_TIMEOUT(hammer, the_pulse_always_comes, RACE_TIMEOUT)
{
	struct tally t;

	ARENA_RUN(&variant->race, race_rounds(3), &t);
	RACE_SHOULD_COME_UP(0 < t.pulses);
}

TEST_HARNESS_MAIN
