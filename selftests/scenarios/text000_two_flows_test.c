// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sources 000 and 003: one request, two flows of execution in the server, the message's
 * and the pulse's. Three server designs with real threads: none (both just answer), the
 * mutex from receive to reply, and the doomed flag with its fine-grained mutex.
 */
#include "kselftest_harness.h"
#include "../races/chart.h"
#include "../races/race.h"

enum design { BOTH_ANSWER, BIG_MUTEX, FLAG };

/* Where a thread of the server is preempted until the test lets it go on. */
enum halt {
	W_RECEIVED,	/* returned from MsgReceive, before anything else */
	W_REPLYING,	/* just about to reply */
	P_RECEIVED,	/* has the pulse, before anything else */
	HALTS,
};

struct server {
	enum design design;
	struct chart s;
	pthread_t w, p;
	struct race_step at[HALTS], go[HALTS];
	struct race_step decided;	/* 1: P did what it does with a pulse */
	pthread_mutex_t big, fine;
	bool replied;			/* the flag */
	int w_ret, p_ret;
	int64_t rcvid;
};

static void halt(struct server *v, enum halt here)
{
	race_reach(&v->at[here], 1);
	race_await(&v->go[here], 1);
}

static void lets_go(struct server *v, enum halt here)
{
	race_await(&v->at[here], 1);
	race_reach(&v->go[here], 1);
}

static bool is_replied(struct server *v, bool then)
{
	bool was;

	pthread_mutex_lock(&v->fine);
	was = v->replied;
	v->replied = then;
	pthread_mutex_unlock(&v->fine);
	return was;
}

static void *work(void *arg)
{
	struct server *v = arg;
	uint64_t number;

	if (v->design == BIG_MUTEX)
		pthread_mutex_lock(&v->big);
	v->rcvid = qmsg_msg_receive(v->s.qs, v->s.chid, &number, sizeof(number), NULL);
	halt(v, W_RECEIVED);
	if (v->design == FLAG)
		is_replied(v, false);
	halt(v, W_REPLYING);
	if (v->design != FLAG || !is_replied(v, true))
		v->w_ret = qmsg_msg_reply(v->s.qs, v->rcvid, number, &number, sizeof(number));
	if (v->design == BIG_MUTEX)
		pthread_mutex_unlock(&v->big);
	return NULL;
}

static void *take_pulses(void *arg)
{
	struct server *v = arg;
	struct qmsg_pulse pulse;

	if (qmsg_msg_receive_pulse(v->s.qs, v->s.chid, &pulse, sizeof(pulse), NULL))
		return NULL;
	halt(v, P_RECEIVED);
	if (v->design == BIG_MUTEX)
		pthread_mutex_lock(&v->big);
	if (v->design != FLAG || !is_replied(v, true))
		v->p_ret = qmsg_msg_error(v->s.qs, pulse.value, EINTR);
	if (v->design == BIG_MUTEX)
		pthread_mutex_unlock(&v->big);
	race_reach(&v->decided, 1);
	return NULL;
}

static void joins(pthread_t *thread)
{
	if (*thread)
		pthread_join(*thread, NULL);
	*thread = 0;
}

FIXTURE(flows) {
	struct server v;
	struct player *c, *next;
};

FIXTURE_SETUP(flows)
{
	struct server *v = &self->v;

	ASSERT_EQ(0, chart_open(&v->s, QMSG_CHF_UNBLOCK, 31));
	pthread_mutex_init(&v->big, NULL);
	pthread_mutex_init(&v->fine, NULL);
	v->w_ret = v->p_ret = 1;		/* not called */
	self->c = &v->s.c;
	self->next = &v->s.v;
}

FIXTURE_TEARDOWN(flows)
{
	qmsg_channel_destroy(self->v.s.qs, self->v.s.chid);
	joins(&self->v.w);
	joins(&self->v.p);
	chart_close(&self->v.s);
}

/* The client sends, W has the message, the client is hit, P has the pulse. */
static int begins(struct server *v, enum design design)
{
	int err;

	v->design = design;
	v->replied = true;		/* as the last request left it */
	pthread_create(&v->w, NULL, work, v);
	err = wait_for_channel(getpid(), v->s.qs, v->s.chid, "receivers", 1) ?: sends(&v->s.c, 1);
	if (err)
		return err;
	race_await(&v->at[W_RECEIVED], 1);
	pthread_create(&v->p, NULL, take_pulses, v);
	err = becomes(&v->s.c, "REPLY") ?: asks_to_leave(&v->s.c);
	if (!err)
		race_await(&v->at[P_RECEIVED], 1);
	return err;
}

/* The client's second request is received by a third thread and answered to the letter. */
#define SECOND_REQUEST_IS_UNTOUCHED_BY(late) do {			\
	ASSERT_EQ(0, sends(self->c, 2));				\
	ASSERT_EQ(0, receives(self->next));				\
	ASSERT_EQ(2, self->next->number);				\
	late;								\
	EXPECT_TRUE(is_now(self->c, "REPLY"));				\
	EXPECT_EQ(0, replies(self->next));				\
	ASSERT_EQ(0, ends(self->c));					\
	EXPECT_TRUE(answered(self->c, 2));				\
} while (0)

/* Figure 1: the second thread replies, the first gets to run in the next request. */
TEST_F(flows, pulse_thread_replies_first)
{
	struct server *v = &self->v;

	ASSERT_EQ(0, begins(v, BOTH_ANSWER));
	lets_go(v, W_RECEIVED);
	race_await(&v->at[W_REPLYING], 1);
	lets_go(v, P_RECEIVED);
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(aborted(self->c, EINTR));
	SECOND_REQUEST_IS_UNTOUCHED_BY({
		lets_go(v, W_REPLYING);
		joins(&v->w);
	});
	EXPECT_EQ(0, v->p_ret);
	EXPECT_EQ(-ESRCH, v->w_ret);
}

/* "You have the same situation": the first replies, the second aborts the next request. */
TEST_F(flows, worker_replies_first)
{
	struct server *v = &self->v;

	ASSERT_EQ(0, begins(v, BOTH_ANSWER));
	lets_go(v, W_RECEIVED);
	lets_go(v, W_REPLYING);
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(answered(self->c, 1));
	SECOND_REQUEST_IS_UNTOUCHED_BY({
		lets_go(v, P_RECEIVED);
		race_await(&v->decided, 1);
	});
	EXPECT_EQ(0, v->w_ret);
	EXPECT_EQ(-ESRCH, v->p_ret);
}

/* The big mutex is correct and useless: the pulse waits until the work is done. */
TEST_F(flows, big_mutex_makes_the_pulse_useless)
{
	struct server *v = &self->v;

	ASSERT_EQ(0, begins(v, BIG_MUTEX));
	lets_go(v, P_RECEIVED);
	lets_go(v, W_RECEIVED);
	race_await(&v->at[W_REPLYING], 1);
	EXPECT_EQ(EBUSY, pthread_mutex_trylock(&v->big));
	EXPECT_FALSE(race_reached(&v->decided, 1));
	EXPECT_TRUE(is_now(self->c, "REPLY+R"));
	lets_go(v, W_REPLYING);
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(answered(self->c, 1));
	SECOND_REQUEST_IS_UNTOUCHED_BY(race_await(&v->decided, 1));
	EXPECT_EQ(-ESRCH, v->p_ret);
}

/*
 * The doomed design, in the order of source 003: W is preempted before it can clear the
 * flag, P sees it set and ignores the pulse, W clears it. The request is lost: P is
 * done, no pulse is left, the client waits and W will go on working.
 */
TEST_F(flows, flag_with_a_fine_mutex_loses_the_unblock)
{
	struct server *v = &self->v;
	struct qmsg_msg_info info;

	ASSERT_EQ(0, begins(v, FLAG));
	lets_go(v, P_RECEIVED);
	race_await(&v->decided, 1);
	EXPECT_EQ(1, v->p_ret);			/* it did not answer */
	lets_go(v, W_RECEIVED);
	race_await(&v->at[W_REPLYING], 1);
	EXPECT_TRUE(is_now(self->c, "REPLY+R"));
	EXPECT_TRUE(no_pulse(&v->s));
	ASSERT_EQ(0, is_hit(self->c));
	EXPECT_TRUE(is_now(self->c, "REPLY+R"));
	EXPECT_TRUE(no_pulse(&v->s));

	/* "The only way is to have the kernel keep track of the flag": it has it */
	ASSERT_EQ(0, qmsg_msg_info(v->s.qs, v->rcvid, &info));
	EXPECT_NE(0, info.flags & QMSG_MI_UNBLOCK_REQ);
	EXPECT_EQ(0, qmsg_msg_error(v->s.qs, v->rcvid, QMSG_ERROR_REASON));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(aborted(self->c, EINTR));
	lets_go(v, W_REPLYING);
	joins(&v->w);
	/* W's flag was stale as well: it thinks it has to reply, and is refused */
	EXPECT_EQ(-ESRCH, v->w_ret);
}

TEST_HARNESS_MAIN
