// SPDX-License-Identifier: GPL-2.0-only
/*
 * Source 001, the multi-threaded server without the flag, told with real threads: several
 * wait in MsgReceive, the first works too long, its client leaves and sends again, and
 * the first thread's result must not become the answer to the second message.
 */
#include "kselftest_harness.h"
#include "../races/chart.h"
#include "../races/race.h"

#define THREADS	3

/* A server in which the thread with request 1 works until it is told to go on. */
struct story {
	struct chart s;
	pthread_t threads[THREADS];
	struct race_step received;	/* number of the last message */
	struct race_step go_on;		/* for request n */
	int replied[8];			/* what MsgReply returned for request n */
	int64_t rcvid[8];
	struct race_step done;		/* requests replied to */
	_Atomic unsigned int replies;
};

static void serve_one(struct story *t, int64_t rcvid, uint64_t number)
{
	t->rcvid[number] = rcvid;
	race_reach(&t->received, number);
	race_await(&t->go_on, number == 1 ? 2 : 1);
	t->replied[number] = qmsg_msg_reply(t->s.qs, rcvid, number, &number, sizeof(number));
	race_reach(&t->done, atomic_fetch_add(&t->replies, 1) + 1);
}

static void *serve(void *arg)
{
	struct story *t = arg;
	uint64_t number;
	int64_t rcvid;

	while ((rcvid = qmsg_msg_receive(t->s.qs, t->s.chid, &number, sizeof(number), NULL)) > 0)
		serve_one(t, rcvid, number);
	return NULL;
}

FIXTURE(story) {
	struct story t;
	struct player *c;
};

FIXTURE_SETUP(story)
{
	struct story *t = &self->t;

	ASSERT_EQ(0, chart_open(&t->s, 0, 31));
	self->c = &t->s.c;
	for (int i = 0; i < THREADS; i++)
		ASSERT_EQ(0, pthread_create(&t->threads[i], NULL, serve, t));
	ASSERT_EQ(0, wait_for_channel(getpid(), t->s.qs, t->s.chid, "receivers", THREADS));
	ASSERT_EQ(0, sends(self->c, 1));
	race_await(&t->received, 1);
	ASSERT_EQ(0, becomes(self->c, "REPLY"));
	ASSERT_EQ(0, is_hit(self->c));
	ASSERT_EQ(-EINTR, ends(self->c));
	ASSERT_EQ(0, sends(self->c, 2));
	race_await(&t->received, 2);
}

FIXTURE_TEARDOWN(story)
{
	qmsg_channel_destroy(self->t.s.qs, self->t.s.chid);
	for (int i = 0; i < THREADS; i++)
		pthread_join(self->t.threads[i], NULL);
	chart_close(&self->t.s);
}

/* The first thread is done first: its answer is refused, the second's is taken. */
TEST_F(story, first_thread_replies_first)
{
	struct story *t = &self->t;

	EXPECT_NE(t->rcvid[1], t->rcvid[2]);
	t->replied[1] = qmsg_msg_reply(t->s.qs, t->rcvid[1], 1, NULL, 0);
	EXPECT_EQ(-ESRCH, t->replied[1]);
	EXPECT_TRUE(is_now(self->c, "REPLY"));
	race_reach(&t->go_on, 1);
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(answered(self->c, 2));
	race_reach(&t->go_on, 2);
	race_await(&t->done, 2);
	EXPECT_EQ(0, t->replied[2]);
	EXPECT_EQ(-ESRCH, t->replied[1]);
}

/* All go on at once: whichever replies first, message 2 gets the answer to message 2. */
TEST_F(story, both_reply_at_once)
{
	struct story *t = &self->t;

	race_reach(&t->go_on, 2);
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(answered(self->c, 2));
	race_await(&t->done, 2);
	EXPECT_EQ(-ESRCH, t->replied[1]);
	EXPECT_EQ(0, t->replied[2]);
}

TEST_HARNESS_MAIN
