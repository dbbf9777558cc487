// SPDX-License-Identifier: GPL-2.0-only
/*
 * S6.14, S6.5, D20: what it is all for. On one CPU: a server of low priority, a thread of
 * middle priority that never rests, a client of high priority. From the client's send to
 * its answer the one in the middle does not make a single step.
 */
#include "scene.h"

#define LOW	1
#define MIDDLE	20
#define HIGH	30
#define WORK	200000

static atomic_bool hog_stop, finish;
static atomic_ullong hog_steps;

static int pin(pid_t tid, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(tid, sizeof(set), &set) ? -errno : 0;
}

static void work(void)
{
	for (volatile int i = 0; i < WORK; i++)
		;
}

/* A thread on the one CPU. */
static struct server *on_the_cpu(scene *self, int chid, int priority)
{
	struct server *s = server_new(self->me, chid);

	if (!s || pin(s->w.tid, 0) || set_fifo_priority(s->w.tid, priority))
		return NULL;
	return s;
}

static int64_t step_hog(struct server *s)
{
	(void)s;
	while (!atomic_load(&hog_stop))
		atomic_fetch_add(&hog_steps, 1);
	return 0;
}

static struct server *hog_start(scene *self)
{
	struct server *hog = on_the_cpu(self, 0, MIDDLE);

	atomic_store(&hog_stop, false);
	if (!hog || go(hog, step_hog) || !wait_until(atomic_load(&hog_steps)))
		return NULL;
	return hog;
}

static int hog_end(struct server *hog)
{
	atomic_store(&hog_stop, true);
	return worker_wait(&hog->w);
}

/* How many steps the hog made meanwhile, or -errno. */
static int64_t step_urgent(struct server *s)
{
	unsigned long long before = atomic_load(&hog_steps);
	int64_t ret;

	atomic_store(&finish, true);
	ret = step_send(s);
	return ret < 0 ? ret : (int64_t)(atomic_load(&hog_steps) - before);
}

static struct server *urgent_client(scene *self, int chid)
{
	struct server *s = on_the_cpu(self, 0, HIGH);

	if (s)
		s->coid = qmsg_connect_attach(self->q, 0, chid, QMSG_SIDE_CHANNEL, 0);
	return s;
}

/* Receives, works, answers. */
static int64_t step_serve(struct server *s)
{
	int64_t ret = step_receive(s);

	work();
	return ret ?: step_reply(s);
}

/* RECEIVE-blocked, the only one on its channel. */
static int wait_to_serve(struct server *s)
{
	int err = go(s, step_serve);

	return err ?: wait_for_channel(getpid(), s->w.peer->q, s->chid, "receivers", 1);
}

/* Everything has been done once, and every page been touched, before it counts. */
static int rehearse(struct server *server, struct server *client)
{
	int err = wait_to_serve(server);

	if (err)
		return err;
	return step(client, step_urgent) ?: worker_wait(&server->w);
}

#define NEED_TWO_CPUS							\
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)				\
		SKIP(return, "one CPU");				\
	ASSERT_EQ(0, pin(0, 1))

/* S6.14: it is raised before it is woken. */
TEST_F(priority, a_waiting_server_runs_at_once)
{
	struct server *server, *client, *hog;

	NEED_TWO_CPUS;
	server = on_the_cpu(self, self->chid, LOW);
	client = urgent_client(self, self->chid);
	ASSERT_NE(NULL, client);
	ASSERT_EQ(0, rehearse(server, client));
	for (int i = 0; i < few_rounds(5); i++) {
		ASSERT_EQ(0, wait_to_serve(server));
		hog = hog_start(self);
		ASSERT_NE(NULL, hog);
		EXPECT_EQ(0, step(client, step_urgent));
		ASSERT_EQ(0, hog_end(hog));
		ASSERT_EQ(0, worker_wait(&server->w));
		EXPECT_EQ(0, server->ret);
	}
}

/* The same for one that is not real-time at all. */
TEST_F(priority, an_ordinary_server_runs_at_once)
{
	struct server *server, *client, *hog;

	NEED_TWO_CPUS;
	server = on_the_cpu(self, self->chid, 0);
	client = urgent_client(self, self->chid);
	ASSERT_NE(NULL, client);
	ASSERT_EQ(0, rehearse(server, client));
	ASSERT_EQ(0, wait_to_serve(server));
	hog = hog_start(self);
	ASSERT_NE(NULL, hog);
	EXPECT_EQ(0, step(client, step_urgent));
	ASSERT_EQ(0, hog_end(hog));
	ASSERT_EQ(0, worker_wait(&server->w));
	EXPECT_OWN(server);
}

/* Is busy for somebody unimportant until the urgent one comes, then serves that one too. */
static int64_t step_busy(struct server *s)
{
	int64_t ret = step_receive(s);

	while (!ret && !atomic_load(&finish))
		;
	work();
	return ret ?: step_reply(s) ?: step_serve(s);
}

/* S6.5: what waits drives on what it waits for. */
TEST_F(priority, a_busy_server_finishes_first)
{
	struct server *server, *client, *hog;

	NEED_TWO_CPUS;
	server = on_the_cpu(self, self->chid, LOW);
	client = urgent_client(self, self->chid);
	ASSERT_NE(NULL, client);
	ASSERT_EQ(0, rehearse(server, client));
	atomic_store(&finish, false);
	ASSERT_NE(NULL, queued(self, self->chid, 0));
	ASSERT_EQ(0, go(server, step_busy));
	ASSERT_EQ(0, wait_for_channel(getpid(), self->q, self->chid, "received", 1));
	hog = hog_start(self);
	ASSERT_NE(NULL, hog);
	EXPECT_EQ(0, step(client, step_urgent));
	ASSERT_EQ(0, hog_end(hog));
	ASSERT_EQ(0, worker_wait(&server->w));
	EXPECT_EQ(0, server->ret);
	EXPECT_FIFO(server, LOW);
}

/* Receives, asks the next server, answers. */
static int64_t step_front(struct server *s)
{
	return step_receive(s) ?: step_send(s) ?: step_reply(s);
}

/* A server's server has the priority of the first client, too. */
TEST_F(priority, a_chain_of_servers_runs_at_once)
{
	struct server *front, *back, *client, *hog;
	int chid, turn;

	NEED_TWO_CPUS;
	chid = qmsg_channel_create(self->q, 0);
	back = on_the_cpu(self, self->chid, LOW);
	front = on_the_cpu(self, chid, LOW);
	client = urgent_client(self, chid);
	ASSERT_NE(NULL, client);
	front->coid = qmsg_connect_attach(self->q, 0, self->chid, QMSG_SIDE_CHANNEL, 0);
	for (turn = 0; turn < 2; turn++) {
		ASSERT_EQ(0, wait_to_serve(back));
		ASSERT_EQ(0, go(front, step_front));
		ASSERT_EQ(0, wait_for_channel(getpid(), self->q, chid, "receivers", 1));
		hog = turn ? hog_start(self) : NULL;
		EXPECT_EQ(0, step(client, step_urgent));
		if (hog)
			ASSERT_EQ(0, hog_end(hog));
		ASSERT_EQ(0, worker_wait(&front->w));
		ASSERT_EQ(0, worker_wait(&back->w));
	}
	EXPECT_FIFO(front, LOW);
	EXPECT_FIFO(back, LOW);
}

TEST_HARNESS_MAIN
