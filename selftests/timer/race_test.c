// SPDX-License-Identifier: GPL-2.0-only
/* Setting, deleting, receiving and expiring at the same time. */
#include "scene.h"

/* Each takes a process switch or two. */
static int some_rounds(int n)
{
	return rounds(n) < few_rounds(n) ? rounds(n) : few_rounds(n);
}

struct crowd {
	scene *s;
	int rounds;
	atomic_bool stop;
	atomic_int received;
	int timer;
};

static void *receives(void *arg)
{
	struct crowd *c = arg;
	struct qmsg_pulse pulse;

	while (!atomic_load(&c->stop))
		if (!receive_now(c->s->q, c->s->chid, &pulse, sizeof(pulse), NULL))
			atomic_fetch_add(&c->received, 1);
		else
			sched_yield();
	return NULL;
}

static void *looks(void *arg)
{
	struct crowd *c = arg;
	struct qmsg_timer_gettime got;

	while (!atomic_load(&c->stop)) {
		look(c->s, c->timer, &got);
		sched_yield();
	}
	return NULL;
}

static void *sets(void *arg)
{
	struct crowd *c = arg;
	int i;

	for (i = 0; i < c->rounds; i++)
		set(c->s, c->timer, 1 + i % 50 * 1000, i % 3 ? 0 : 20000);
	return NULL;
}

static int start(pthread_t *thread, void *(*fn)(void *), struct crowd *c)
{
	return -pthread_create(thread, NULL, fn, c);
}

/* After a delete has returned there is no pulse of the timer, whoever was copying one. */
TEST_F_TIMEOUT(timer, delete_against_expiry, IN_COMPANY)
{
	struct crowd c = { .s = self };
	pthread_t receiver;
	int i, t;

	ASSERT_EQ(0, start(&receiver, receives, &c));
	for (i = 0; i < some_rounds(2000); i++) {
		t = make(self, 1);
		ASSERT_EQ(0, t);
		ASSERT_EQ(0, set(self, t, 1 + i % 30 * 1000, i % 2 ? 20000 : 0));
		if (i % 5 == 0)
			sched_yield();
		ASSERT_EQ(0, qmsg_timer_delete(self->q, t));
		ASSERT_TRUE(has_pulse(self, 0));
	}
	atomic_store(&c.stop, true);
	pthread_join(receiver, NULL);
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	EXPECT_EQ(0, wait_for_object_count("timers", 0));
}

/* Two threads set it, two receive, one looks: it is one timer with at most one pulse. */
TEST_F_TIMEOUT(timer, settime_against_all, IN_COMPANY)
{
	struct crowd c = { .s = self, .rounds = some_rounds(2000), .timer = make(self, 1) };
	pthread_t setter[2], receiver[2], looker;
	int i;

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, start(&setter[i], sets, &c));
		ASSERT_EQ(0, start(&receiver[i], receives, &c));
	}
	ASSERT_EQ(0, start(&looker, looks, &c));
	for (i = 0; i < 2; i++)
		pthread_join(setter[i], NULL);
	atomic_store(&c.stop, true);
	for (i = 0; i < 2; i++)
		pthread_join(receiver[i], NULL);
	pthread_join(looker, NULL);
	/* And it still works. */
	ASSERT_EQ(0, set(self, c.timer, 1, 0));
	EXPECT_EQ(0, expect_pulse(self->q, self->chid, 1, NULL));
	ASSERT_EQ(0, let_pass(self, 2, 1));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

/* What a clock without high resolution makes of shorter intervals. */
static uint64_t shortest_interval(void)
{
	struct timespec res;

	clock_getres(CLOCK_MONOTONIC, &res);
	return res.tv_sec * 1000000000ULL + res.tv_nsec;
}

/* Every expiry is either received or counted, none twice. */
TEST_F_TIMEOUT(timer, no_expiry_is_lost_or_doubled, IN_COMPANY)
{
	uint64_t interval = shortest_interval() > 50000 ? shortest_interval() : 50000;
	struct qmsg_timer_gettime got;
	uint64_t start_ns = now_ns() + MS, counted = 0, passed;
	int i, t = make(self, 1);

	ASSERT_EQ(0, set_flags(self, t, QMSG_TIMER_ABSTIME, start_ns, interval));
	for (i = 0; i < some_rounds(2000); i++) {
		ASSERT_EQ(0, expect_pulse(self->q, self->chid, 1, NULL));
		ASSERT_EQ(0, look(self, t, &got));
		counted += 1 + got.out_overrun;
	}
	passed = (now_ns() - start_ns) / interval + 1;
	EXPECT_LE(counted, passed);
	/* The last ones may be on their way. */
	ASSERT_EQ(0, expect_pulse(self->q, self->chid, 1, NULL));
	ASSERT_EQ(0, look(self, t, &got));
	EXPECT_LE(passed, counted + 1 + got.out_overrun);
}

/* The context ends while timers expire and their pulses are received elsewhere. */
TEST_F_TIMEOUT(timer, close_against_expiry, IN_COMPANY)
{
	struct crowd c = { .s = self };
	pthread_t receiver;
	int i, k, q, coid;

	ASSERT_EQ(0, start(&receiver, receives, &c));
	for (i = 0; i < few_rounds(60); i++) {
		q = qmsg_open();
		coid = qmsg_connect_attach(q, 0, self->chid, QMSG_SIDE_CHANNEL, 0);
		for (k = 0; k < 5; k++) {
			struct qmsg_event ev = pulse_event(coid, 10, k, k);
			struct qmsg_timer_settime args = {
				.timer = k, .value = 1 + k * 10000, .interval = 20000,
			};

			ASSERT_EQ(k, qmsg_timer_create(q, CLOCK_MONOTONIC, &ev));
			ASSERT_EQ(0, qmsg_timer_settime(q, &args));
		}
		close(q);
	}
	atomic_store(&c.stop, true);
	pthread_join(receiver, NULL);
	EXPECT_EQ(0, wait_for_object_count("timers", 0));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

TEST_HARNESS_MAIN
