// SPDX-License-Identifier: GPL-2.0-only
/*
 * R10: the unblock event and the answer at the same instant (S5.12, S5.25 - S5.27, T12,
 * T15, T21). The kernel puts one of them first. Either way the answer that was taken
 * reaches the client whole and the handler runs once; without UNBLOCK the one or the other.
 */
#include "kselftest_harness.h"
#include "arena_run.h"
#include "chart.h"

/* ------------------------------------------------------------ the two orders */

FIXTURE(orders) {
	int q, chid;
	struct peer *client;
	struct client *c;
};

FIXTURE_VARIANT(orders) {
	unsigned int flags;
};

FIXTURE_VARIANT_ADD(orders, unblock) { .flags = QMSG_CHF_UNBLOCK };
FIXTURE_VARIANT_ADD(orders, no_unblock) { .flags = 0 };

FIXTURE_SETUP(orders)
{
	self->q = peer_open(peer_self());
	self->chid = peer_channel(peer_self(), variant->flags);
	ASSERT_LT(0, self->chid);
	self->client = peer_fork();
	ASSERT_LE(0, peer_open(self->client));
	ASSERT_EQ(0, peer_handle(self->client, SIGUSR1, SA_RESTART));
	self->c = client_connect(self->client, getpid(), self->chid);
	ASSERT_NE(NULL, self->c);
}

FIXTURE_TEARDOWN(orders)
{
	qmsg_close(self->q);
}

/*
 * The answer first: the client's process is stopped, so it is answered and does not run;
 * the signal finds it ready. No EINTR, no pulse.
 */
TEST_F(orders, answer_first)
{
	struct qmsg_msg_info info;
	int64_t rcvid = client_send_received(self->c, self->q, self->chid, &info);

	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY"));
	ASSERT_EQ(0, peer_kill(self->client, SIGSTOP));
	ASSERT_EQ(0, wait_for_task_state(self->client->pid, self->c->w.tid, 'T'));
	EXPECT_EQ(-ETIMEDOUT, receive_now(self->q, self->chid, &info, sizeof(info), NULL));
	EXPECT_EQ(0, qmsg_msg_reply(self->q, rcvid, 5, "whole", 5));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	ASSERT_EQ(0, peer_kill(self->client, SIGCONT));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(5, client_result(self->c));
	EXPECT_EQ(0, memcmp(self->c->reply, "whole", 5));
	ASSERT_TRUE(wait_until(atomic_load(&self->c->w.handled) == 1));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	ASSERT_EQ(0, peer_end(self->client));
}

/* The event first, the answer right after it: T15 then T21, or T14. */
TEST_F(orders, event_first)
{
	struct qmsg_msg_info info;
	int64_t rcvid = client_send_received(self->c, self->q, self->chid, &info);
	bool held = variant->flags & QMSG_CHF_UNBLOCK;

	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY"));
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	ASSERT_EQ(0, wait_for_client(self->c, held ? "REPLY+R" : "NONE"));
	EXPECT_EQ(held ? 0 : -ESRCH, qmsg_msg_reply(self->q, rcvid, 5, "whole", 5));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(held ? 5 : -EINTR, client_result(self->c));
	EXPECT_EQ(1, self->c->w.handled_at_return);
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	ASSERT_EQ(0, peer_end(self->client));
}

/* ------------------------------------------------------------------- hammer */

static void work(struct arena *a, struct entry *e, int64_t rcvid)
{
	race_spin(a->delay_answer);
	arena_answer(a, e, rcvid);
	if (arena_asked(a, e, rcvid) != -ESRCH)
		arena_strange(a, "a request outlived its answer", rcvid);
}

static void note_pulse(struct arena *a, int64_t rcvid)
{
	struct entry *e;

	if (!arena_asked(a, NULL, rcvid))
		arena_strange(a, "pulse without UNBLOCK_REQ", rcvid);
	e = arena_find(a, rcvid);
	if (e)
		atomic_fetch_add(&e->pulses, 1);
}

/* A pulse means that the event was first: then the handler had run on return. */
static const char *audit(const struct arena *a, const struct entry *e)
{
	if (is_held(a) && e->stale)
		return "was answered too late though it cannot leave";
	if (e->pulses && !e->handled && a->race->strike == BY_SIGNAL)
		return "had a pulse and returned before the handler ran (S5.26)";
	if (e->outcome == OUT_LEFT && !e->handled && a->race->strike == BY_SIGNAL)
		return "left before the handler ran (S5.27)";
	return NULL;
}

ARENA_FIXTURE

#define HAMMER(name, channel_flags, event, error)			\
	FIXTURE_VARIANT_ADD(hammer, name) {				\
		.race = { .flags = channel_flags, .bits = 63,		\
			  .strike = event, .left_errno = error,		\
			  .on_message = work, .on_pulse = note_pulse,	\
			  .audit = audit }				\
	}

HAMMER(signal_unblock, QMSG_CHF_UNBLOCK, BY_SIGNAL, EINTR);
HAMMER(signal_no_unblock, 0, BY_SIGNAL, EINTR);
HAMMER(deadline_unblock, QMSG_CHF_UNBLOCK, BY_DEADLINE, ETIMEDOUT);
HAMMER(deadline_no_unblock, 0, BY_DEADLINE, ETIMEDOUT);

TEST_F_TIMEOUT(hammer, event_against_answer, RACE_TIMEOUT)
{
	struct tally t;

	ARENA_RUN(&variant->race, race_rounds(4), &t);
	EXPECT_EQ(0, t.aborts);
}

TEST_HARNESS_MAIN
