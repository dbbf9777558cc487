// SPDX-License-Identifier: GPL-2.0-only
/*
 * Real-time threads of one priority on one CPU give it to each other without going to sleep
 * (module/turn.h). What they wait for, and what may end it, is the same; and who else has a
 * right to the CPU gets it.
 */
#include "scene.h"

#define PRIORITY	10
#define ROUNDS		400

static atomic_bool stop;
static atomic_ullong steps;

static int pin(pid_t tid, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(tid, sizeof(set), &set) ? -errno : 0;
}

static struct server *on_the_cpu(scene *self, int chid, int priority)
{
	struct server *s = server_new(self->me, chid);

	if (!s || pin(s->w.tid, 0) || set_fifo_priority(s->w.tid, priority))
		return NULL;
	return s;
}

static struct server *client_on_the_cpu(scene *self, int priority)
{
	struct server *s = on_the_cpu(self, self->chid, priority);

	if (s)
		s->coid = qmsg_connect_attach(self->q, 0, self->chid, QMSG_SIDE_CHANNEL, 0);
	return s;
}

/* How often this thread has gone to sleep. */
static int64_t sleeps(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nvcsw;
}

/* Answers as many as there will be; returns how often it slept for that. */
static int64_t step_serve_all(struct server *s)
{
	int64_t before = sleeps(), ret;

	for (int i = 0; i < ROUNDS; i++) {
		ret = step_receive(s) ?: step_reply(s);
		if (ret)
			return ret;
	}
	return sleeps() - before;
}

static int64_t step_ask_all(struct server *s)
{
	int64_t before = sleeps(), ret;

	for (int i = 0; i < ROUNDS; i++) {
		ret = step_send(s);
		if (ret)
			return ret;
	}
	return sleeps() - before;
}

/* RECEIVE-blocked. */
static int begin(struct server *s, int64_t (*what)(struct server *))
{
	int err = go(s, what);

	return err ?: wait_for_channel(getpid(), s->w.peer->q, s->chid, "receivers", 1);
}

/* How often both slept for all the messages, or -errno. */
static int64_t exchange(scene *self, int priority)
{
	struct server *server = on_the_cpu(self, self->chid, priority);
	struct server *client = client_on_the_cpu(self, priority);
	int64_t err, slept;

	if (!server || !client)
		return -EIO;
	err = begin(server, step_serve_all);
	slept = err ?: step(client, step_ask_all);
	err = worker_wait(&server->w);
	if (slept < 0 || err || server->ret < 0)
		return slept < 0 ? slept : err ?: server->ret;
	return slept + server->ret;
}

#define NEED_TWO_CPUS							\
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)				\
		SKIP(return, "one CPU");				\
	ASSERT_EQ(0, pin(0, 1))

TEST_F(priority, real_time_threads_take_turns_awake)
{
	int64_t slept;

	NEED_TWO_CPUS;
	slept = exchange(self, PRIORITY);
	EXPECT_LE(0, slept);
	EXPECT_GT(ROUNDS / 2, slept);
}

/* Their scheduler would not take it as giving way. */
TEST_F(priority, ordinary_threads_sleep)
{
	NEED_TWO_CPUS;
	EXPECT_LE(ROUNDS / 2, exchange(self, 0));
}

static int64_t step_count(struct server *s)
{
	(void)s;
	while (!atomic_load(&stop)) {
		atomic_fetch_add(&steps, 1);
		sched_yield();
	}
	return 0;
}

static int64_t step_ask_until_counted(struct server *s)
{
	int64_t ret = 0;

	while (!ret && atomic_load(&steps) < ROUNDS)
		ret = step_send(s);
	atomic_store(&stop, true);
	return ret;
}

static int64_t step_serve_until_stopped(struct server *s)
{
	int64_t ret = 0;

	while (!ret && !atomic_load(&stop))
		ret = step_receive(s) ?: step_reply(s);
	return ret;
}

/* One of the same priority comes in between, as if they had slept. */
TEST_F(priority, a_third_one_has_its_turn)
{
	struct server *server, *client, *third;

	NEED_TWO_CPUS;
	server = on_the_cpu(self, self->chid, PRIORITY);
	client = client_on_the_cpu(self, PRIORITY);
	third = on_the_cpu(self, 0, PRIORITY);
	ASSERT_NE(NULL, third);
	ASSERT_EQ(0, begin(server, step_serve_until_stopped));
	ASSERT_EQ(0, go(third, step_count));
	EXPECT_EQ(0, step(client, step_ask_until_counted));
	EXPECT_EQ(0, worker_wait(&third->w));
	/* It may have begun to wait for one more. */
	ASSERT_EQ(0, qmsg_channel_destroy(self->q, self->chid));
	EXPECT_EQ(0, worker_wait(&server->w));
}

/* Who waits for nothing that is about to come sleeps: one that is less urgent runs. */
TEST_F(priority, a_long_wait_is_slept_out)
{
	struct server *server, *client, *low;

	NEED_TWO_CPUS;
	server = on_the_cpu(self, self->chid, PRIORITY);
	client = client_on_the_cpu(self, PRIORITY);
	low = on_the_cpu(self, 0, PRIORITY - 1);
	ASSERT_NE(NULL, low);
	ASSERT_EQ(0, begin(server, step_receive));
	ASSERT_EQ(0, go(client, step_send));
	ASSERT_EQ(0, worker_wait(&server->w));
	ASSERT_EQ(0, go(low, step_count));
	EXPECT_TRUE(wait_until(atomic_load(&steps) > ROUNDS));
	atomic_store(&stop, true);
	EXPECT_EQ(0, worker_wait(&low->w));
	EXPECT_EQ(0, answer(self, server));
	EXPECT_EQ(0, worker_wait(&client->w));
	EXPECT_EQ(0, client->ret);
}

/* Receives, and keeps the CPU until it is told to answer. */
static int64_t step_serve_slowly(struct server *s)
{
	int64_t ret = step_receive(s);

	atomic_store(&steps, 1);
	while (!ret && !atomic_load(&stop))
		;
	return ret ?: step_reply(s);
}

/*
 * The signal finds a client that is on the run queue and cannot look at it. The answer is
 * first (T12), and the handler runs after it (S5.26).
 */
TEST_F(priority, an_answer_before_the_turn_beats_a_signal)
{
	struct server *server, *client;

	NEED_TWO_CPUS;
	server = on_the_cpu(self, self->chid, PRIORITY);
	client = client_on_the_cpu(self, PRIORITY);
	ASSERT_NE(NULL, client);
	ASSERT_EQ(0, peer_handle(self->me, SIGUSR1, 0));
	ASSERT_EQ(0, begin(server, step_serve_slowly));
	ASSERT_EQ(0, go(client, step_send));
	ASSERT_TRUE(wait_until(atomic_load(&steps)));
	ASSERT_EQ(0, worker_signal(&client->w, SIGUSR1));
	atomic_store(&stop, true);
	EXPECT_EQ(0, worker_wait(&client->w));
	EXPECT_EQ(0, client->ret);
	EXPECT_EQ(1, client->w.handled_at_return);
	EXPECT_EQ(0, worker_wait(&server->w));
	EXPECT_EQ(0, server->ret);
}

TEST_HARNESS_MAIN
