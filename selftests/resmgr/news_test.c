// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program as the run-time system of Go makes them: a thread of its own sends SIGURG to all
 * others all the time, which have a SA_RESTART handler and a stack for it. To a manager that is
 * nothing (P6): each call is one message, none is asked to leave, and no byte is read twice or
 * lost.
 */
#include "holding.h"

#include <time.h>

#define PERIOD_NS	300000
#define THREADS		4

FIXTURE(news) {
	struct holding *h;
};

FIXTURE_SETUP(news)
{
	self->h = shared_alloc(sizeof(*self->h));
	ASSERT_EQ(0, module_load());
	self->h->lets_go = true;
	ASSERT_TRUE(holding_start(self->h));
}

FIXTURE_TEARDOWN(news)
{
	EXPECT_EQ(0, holding_end(self->h));
	EXPECT_TRUE(module_unload());
}

struct goer {
	int fd, calls;
	atomic_int tid;
	atomic_bool done;
	const char *wrong;		/* what was */
	pthread_t thread;
};

static atomic_int *urgent;

static void on_urgent(int sig)
{
	(void)sig;
	++*urgent;
}

static bool catch_urgent(int flags)
{
	const struct sigaction sa = { .sa_handler = on_urgent, .sa_flags = flags };

	return !sigaction(SIGURG, &sa, NULL);
}

static bool own_stack(void)
{
	static __thread char room[65536];
	const stack_t stack = { .ss_sp = room, .ss_size = sizeof(room) };

	return !sigaltstack(&stack, NULL);
}

/* Until all are done. */
static void *send_news(void *arg)
{
	const struct timespec period = { .tv_nsec = PERIOD_NS };
	struct goer *g = arg;
	int i, left;

	do {
		for (i = left = 0; i < THREADS; i++) {
			if (g[i].tid && !g[i].done)
				send_signal(getpid(), g[i].tid, SIGURG);
			left += !g[i].done;
		}
		nanosleep(&period, NULL);
	} while (left);
	return NULL;
}

static const char *calls_go_wrong(int fd)
{
	if (do_read(fd))
		return "read";
	if (do_write(fd))
		return "write";
	if (do_devctl(fd))
		return "devctl";
	if (do_lseek(fd))
		return "lseek";
	return fsync(fd) ? "fsync" : NULL;
}

static void *go(void *arg)
{
	struct goer *g = arg;
	int i;

	if (!own_stack())
		g->wrong = "stack";
	g->tid = this_tid();
	for (i = 0; i < g->calls && !g->wrong; i++)
		g->wrong = calls_go_wrong(g->fd);
	g->done = true;
	return NULL;
}

/* Four threads, of which two have one descriptor in common, each with news all the time. */
TEST_F(news, nobody_notices)
{
	struct goer g[THREADS] = { };
	int i, calls = few_rounds(300);
	pthread_t monitor;

	urgent = shared_alloc(sizeof(*urgent));
	ASSERT_TRUE(catch_urgent(SA_RESTART | SA_ONSTACK));
	for (i = 0; i < THREADS; i++) {
		g[i].calls = calls;
		g[i].fd = i == 1 ? g[0].fd : open(HELD, O_RDWR | O_CLOEXEC);
		ASSERT_LE(0, g[i].fd);
		ASSERT_EQ(0, pthread_create(&g[i].thread, NULL, go, &g[i]));
	}
	ASSERT_EQ(0, pthread_create(&monitor, NULL, send_news, g));
	for (i = 0; i < THREADS; i++) {
		ASSERT_EQ(0, pthread_join(g[i].thread, NULL));
		EXPECT_EQ(NULL, g[i].wrong) TH_LOG("%s", g[i].wrong);
	}
	ASSERT_EQ(0, pthread_join(monitor, NULL));
	EXPECT_LT(calls / 10, *urgent);
	EXPECT_EQ(THREADS * calls, self->h->at[AT_READ]);
	EXPECT_EQ(THREADS * calls, self->h->at[AT_WRITE]);
	EXPECT_EQ(THREADS * calls, self->h->at[AT_DEVCTL]);
	EXPECT_EQ(0, self->h->unblocked);
	for (i = 0; i < THREADS; i++)
		if (i != 1)
			close(g[i].fd);
}

static int be_waiting(void *arg)
{
	int fd = open(HELD, O_RDWR | O_CLOEXEC);

	(void)arg;
	return catch_urgent(SA_RESTART | SA_ONSTACK) && own_stack() && !do_read(fd) ? 0 : 1;
}

/* One that waits for long is still there after many of them; and can be killed. */
TEST_F(news, while_it_waits)
{
	pid_t pid;
	int i;

	urgent = shared_alloc(sizeof(*urgent));
	self->h->point = AT_READ;
	pid = fork_child(be_waiting, NULL);
	ASSERT_TRUE(wait_until(self->h->held == 1));
	for (i = 0; i < 100; i++) {
		ASSERT_EQ(0, kill(pid, SIGURG));
		ASSERT_TRUE(wait_until(task_signal_bit(pid, pid, "SigBlk", SIGURG) == 1));
	}
	EXPECT_EQ(0, self->h->unblocked);
	EXPECT_EQ(1, self->h->at[AT_READ]);
	EXPECT_EQ(0, *urgent);
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(0, reap(pid, NULL));
	EXPECT_TRUE(wait_until(self->h->unblocked == 1));
}

TEST_HARNESS_MAIN
