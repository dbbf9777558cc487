// SPDX-License-Identifier: GPL-2.0-only
/*
 * What servers use (S2.62), in the two cases at the end of sources 001 and 003: the worker that runs and polls MsgInfo
 * (or a flag the pulse thread sets for it), and the worker that is blocked, is woken by
 * the pulse thread and then looks at UNBLOCK_REQ.
 */
#include "kselftest_harness.h"
#include "../races/chart.h"
#include "../races/race.h"

#define ABORTED	(-77)		/* the server's abort status */

struct server {
	struct chart s;
	void (*work)(struct server *v, int64_t rcvid, uint64_t number);
	pthread_t w, p;
	struct race_step working;	/* number of the request W is at */
	struct race_step finish;	/* the work for request n is done */
	struct race_step pulses;	/* pulses P has dealt with */
	/* what W blocks on: the resource, or the pulse thread's poke */
	pthread_mutex_t lock;
	pthread_cond_t cond;
	unsigned int resource;		/* available to request n */
	_Atomic unsigned int woken;	/* times W woke up */
	_Atomic bool self_flag;
	_Atomic unsigned int asked;	/* MsgInfo calls of W */
};

static bool wants_to_leave(struct server *v, int64_t rcvid)
{
	struct qmsg_msg_info info;

	atomic_fetch_add(&v->asked, 1);
	return !qmsg_msg_info(v->s.qs, rcvid, &info) && (info.flags & QMSG_MI_UNBLOCK_REQ);
}

static void answer(struct server *v, int64_t rcvid, uint64_t number, bool aborts)
{
	qmsg_msg_reply(v->s.qs, rcvid, aborts ? ABORTED : (int64_t)number, &number,
		       sizeof(number));
}

/* "In the unoptimized case, the worker thread constantly calls MsgInfo." */
static void poll_info(struct server *v, int64_t rcvid, uint64_t number)
{
	bool leaves = false;

	while (!leaves && !race_reached(&v->finish, number))
		leaves = wants_to_leave(v, rcvid);
	answer(v, rcvid, number, leaves);
}

/* The optimization: a flag to self. It is a hint; MsgInfo says for whom it is. */
static void poll_flag(struct server *v, int64_t rcvid, uint64_t number)
{
	bool leaves = false;

	while (!leaves && !race_reached(&v->finish, number)) {
		if (atomic_exchange(&v->self_flag, false))
			leaves = wants_to_leave(v, rcvid);
		sched_yield();
	}
	answer(v, rcvid, number, leaves);
}

/*
 * Blocked on a resource: "when the worker thread wakes up, it should examine the flag".
 * It looks under the lock with which it is woken, so no wake-up passes it by.
 */
static void block(struct server *v, int64_t rcvid, uint64_t number)
{
	bool leaves;

	pthread_mutex_lock(&v->lock);
	while (!(leaves = wants_to_leave(v, rcvid)) && v->resource < number) {
		pthread_cond_wait(&v->cond, &v->lock);
		atomic_fetch_add(&v->woken, 1);
	}
	pthread_mutex_unlock(&v->lock);
	answer(v, rcvid, number, leaves);
}

static void *serve(void *arg)
{
	struct server *v = arg;
	uint64_t number;
	int64_t rcvid;

	while ((rcvid = qmsg_msg_receive(v->s.qs, v->s.chid, &number, sizeof(number), NULL)) > 0) {
		race_reach(&v->working, number);
		v->work(v, rcvid, number);
	}
	return NULL;
}

/* P: awaken the worker; it never answers. */
static void *take_pulses(void *arg)
{
	struct server *v = arg;
	struct qmsg_pulse pulse;
	uint32_t count = 0;

	while (!qmsg_msg_receive_pulse(v->s.qs, v->s.chid, &pulse, sizeof(pulse), NULL)) {
		atomic_store(&v->self_flag, true);
		pthread_mutex_lock(&v->lock);
		pthread_cond_signal(&v->cond);
		pthread_mutex_unlock(&v->lock);
		race_reach(&v->pulses, ++count);
	}
	return NULL;
}

FIXTURE(worker) {
	struct server v;
	struct player *c;
};

FIXTURE_VARIANT(worker) {
	void (*work)(struct server *v, int64_t rcvid, uint64_t number);
	bool blocks;
};

FIXTURE_VARIANT_ADD(worker, polls_msg_info) { .work = poll_info };
FIXTURE_VARIANT_ADD(worker, polls_flag_to_self) { .work = poll_flag };
FIXTURE_VARIANT_ADD(worker, blocks) { .work = block, .blocks = true };

FIXTURE_SETUP(worker)
{
	struct server *v = &self->v;

	ASSERT_EQ(0, chart_open(&v->s, QMSG_CHF_UNBLOCK, 31));
	v->work = variant->work;
	pthread_mutex_init(&v->lock, NULL);
	pthread_cond_init(&v->cond, NULL);
	self->c = &v->s.c;
	ASSERT_EQ(0, pthread_create(&v->w, NULL, serve, v));
	ASSERT_EQ(0, pthread_create(&v->p, NULL, take_pulses, v));
	ASSERT_EQ(0, sends(self->c, 1));
	race_await(&v->working, 1);
	ASSERT_EQ(0, becomes(self->c, "REPLY"));
}

FIXTURE_TEARDOWN(worker)
{
	qmsg_channel_destroy(self->v.s.qs, self->v.s.chid);
	pthread_join(self->v.w, NULL);
	pthread_join(self->v.p, NULL);
	chart_close(&self->v.s);
}

static void finish(struct server *v, unsigned int number)
{
	race_reach(&v->finish, number);
	pthread_mutex_lock(&v->lock);
	v->resource = number;
	pthread_cond_signal(&v->cond);
	pthread_mutex_unlock(&v->lock);
}

/* Hit while the worker is at it: the abort status comes, the next request is normal. */
TEST_F(worker, aborts_when_the_client_is_hit)
{
	struct server *v = &self->v;

	ASSERT_EQ(0, is_hit(self->c));
	ASSERT_EQ(0, ends(self->c));
	EXPECT_EQ(0, self->c->error);
	EXPECT_EQ(ABORTED, self->c->status);
	EXPECT_EQ(1, self->c->answer);
	EXPECT_EQ(1, self->c->w.handled_at_return);
	EXPECT_LT(0, atomic_load(&v->asked));

	ASSERT_EQ(0, sends(self->c, 2));
	race_await(&v->working, 2);
	finish(v, 2);
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(answered(self->c, 2));
}

/* Not hit: normal processing, and no pulse to anybody. */
TEST_F(worker, goes_on_when_nobody_is_hit)
{
	finish(&self->v, 1);
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(answered(self->c, 1));
	EXPECT_FALSE(race_reached(&self->v.pulses, 1));
	EXPECT_TRUE(no_pulse(&self->v.s));
}

/* Woken for another reason, the flag is clear: it goes on with its work. */
TEST_F(worker, is_not_fooled_by_a_poke_for_nothing)
{
	struct server *v = &self->v;
	unsigned int asked = atomic_load(&v->asked);

	atomic_store(&v->self_flag, true);
	while (variant->blocks && !atomic_load(&v->woken)) {
		pthread_cond_signal(&v->cond);
		sched_yield();
	}
	ASSERT_TRUE(wait_until(atomic_load(&v->asked) > asked));
	EXPECT_TRUE(is_now(self->c, "REPLY"));
	EXPECT_FALSE(worker_is_done(&self->c->w));
	finish(v, 1);
	ASSERT_EQ(0, ends(self->c));
	EXPECT_TRUE(answered(self->c, 1));
}

/* Work that is done at the same moment wins or loses, never both; many times. */
TEST_F(worker, never_mixes_two_requests)
{
	struct server *v = &self->v;
	int results = 0, aborts = 0;

	for (unsigned int n = 1; n < 300; n++) {
		if (n % 3)
			ASSERT_EQ(0, is_hit(self->c));
		if (n % 3 != 1)
			finish(v, n);
		ASSERT_EQ(0, ends(self->c));
		ASSERT_EQ(0, self->c->ret);
		ASSERT_EQ(n, self->c->answer);
		results += self->c->status == n;
		aborts += self->c->status == ABORTED;
		ASSERT_EQ(n, results + aborts);
		ASSERT_EQ(0, sends(self->c, n + 1));
		race_await(&v->working, n + 1);
		ASSERT_EQ(0, becomes(self->c, "REPLY"));
	}
	EXPECT_LE(99, results);
	EXPECT_LE(100, aborts);
	finish(v, 300);
	ASSERT_EQ(0, ends(self->c));
}

TEST_HARNESS_MAIN
