// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clients that are killed, and managers that are, at every kind of message: nobody stays, nothing
 * is left, and who is served by others goes on.
 */
#include "holding.h"

#define DONE	1000

FIXTURE(ends) {
	struct holding *h;
	atomic_int *result;
};

FIXTURE_SETUP(ends)
{
	self->h = shared_alloc(sizeof(*self->h));
	self->result = shared_alloc(sizeof(*self->result));
	ASSERT_EQ(0, module_load());
	ASSERT_EQ(0, holding_mount());
}

FIXTURE_TEARDOWN(ends)
{
	restore_params();
	EXPECT_EQ(0, holding_end(self->h));
	EXPECT_TRUE(wait_until(holding_unmounted()));
	EXPECT_TRUE(module_unload());
	EXPECT_EQ(0, wait_for_no_objects());
}

struct victim {
	struct holding *h;
	const struct client_call *call;
	atomic_int *result;		/* DONE, or errno */
};

/*
 * It opens the file first, unless it is the open that is held. A question that nobody waits for
 * would be withdrawn with the file, so that stays until the manager has it.
 */
static int be_victim(void *arg)
{
	const struct victim *v = arg;
	int fd = v->call->point == AT_OPEN ? -1 : open(HELD, O_RDWR | O_CLOEXEC);

	*v->result = v->call->call(fd) ? errno : DONE;
	return v->call->point == AT_NOTIFY && !wait_until(v->h->held == 1);
}

/* The manager holds, and a client is held, at @call. */
static pid_t start(struct holding *h, const struct client_call *call, atomic_int *result)
{
	struct victim v = { h, call, result };
	pid_t pid;

	memset(h, 0, sizeof(*h));
	*result = 0;
	h->point = call->point;
	if (!holding_start(h))
		return 0;
	pid = fork_child(be_victim, &v);
	return pid > 0 && wait_until(h->held == 1) ? pid : 0;
}

#define FOR_EACH_CLIENT_CALL(c)	\
	for (const struct client_call *c = client_calls; \
	     c < client_calls + sizeof(client_calls) / sizeof(client_calls[0]); c++)

/* ---- the client is killed ---- */

/* What closes a file has no binding any more: no handler is called for it (S10.14). */
static int times_asked(const struct client_call *c)
{
	return c->point == AT_CLOSE ? 0 : 1;
}

/* The manager lets it go, asked once; and serves the next. */
TEST_F(ends, client_killed)
{
	int status;
	pid_t pid;

	FOR_EACH_CLIENT_CALL(c) {
		if (c->point == AT_NOTIFY)
			continue;
		pid = start(self->h, c, self->result);
		ASSERT_LT(0, pid) TH_LOG("%s", c->name);
		self->h->lets_go = true;
		ASSERT_EQ(0, kill(pid, SIGKILL));
		ASSERT_EQ(0, reap(pid, &status)) TH_LOG("%s", c->name);
		EXPECT_EQ(SIGKILL, WTERMSIG(status));
		EXPECT_TRUE(wait_until(self->h->unblocked == times_asked(c))) TH_LOG("%s", c->name);
		EXPECT_TRUE(wait_until(self->h->closed == self->h->opened))
			TH_LOG("%s: %d of %d", c->name, self->h->closed, self->h->opened);
		self->h->point = AT_NONE;
		EXPECT_EQ(0, do_open(-1)) TH_LOG("%s", c->name);
		ASSERT_EQ(0, holding_end(self->h));
	}
}

/* One that does not care gets rid of it when the grace is over; the rest when it answers. */
TEST_F(ends, client_killed_and_not_let_go)
{
	pid_t pid;

	ASSERT_EQ(0, write_param("kill_grace_ms", 50));
	FOR_EACH_CLIENT_CALL(c) {
		if (c->point == AT_NOTIFY)
			continue;
		pid = start(self->h, c, self->result);
		ASSERT_LT(0, pid) TH_LOG("%s", c->name);
		ASSERT_EQ(0, kill(pid, SIGKILL));
		ASSERT_EQ(0, reap(pid, NULL)) TH_LOG("%s", c->name);
		EXPECT_EQ(0, self->h->unblocked) TH_LOG("%s", c->name);
		self->h->point = AT_NONE;
		self->h->drops = true;
		EXPECT_EQ(0, do_open(-1)) TH_LOG("%s", c->name);
		EXPECT_TRUE(wait_until(self->h->closed == self->h->opened)) TH_LOG("%s", c->name);
		ASSERT_EQ(0, holding_end(self->h));
	}
}

/* ---- the manager is killed ---- */

/* close(2) has nothing to fail with; poll() does not wait for the manager. */
static bool is_right(const struct client_call *c, int result)
{
	return result == (c->point == AT_CLOSE || c->point == AT_NOTIFY ? DONE : EIO);
}

TEST_F(ends, manager_killed)
{
	pid_t pid;

	FOR_EACH_CLIENT_CALL(c) {
		pid = start(self->h, c, self->result);
		ASSERT_LT(0, pid) TH_LOG("%s", c->name);
		ASSERT_EQ(0, holding_end(self->h));
		ASSERT_EQ(0, reap(pid, NULL)) TH_LOG("%s", c->name);
		EXPECT_TRUE(is_right(c, *self->result)) TH_LOG("%s: %d", c->name, *self->result);
		EXPECT_TRUE(wait_until(access(HELD, F_OK) && errno == ENOENT));
	}
}

/* The connection of an open file has no number of the process', so no COIDDEATH tells one. */
static int be_listener(void *arg)
{
	struct holding *h = arg;
	int chid = ChannelCreate(_NTO_CHF_COID_DISCONNECT), fd = open(HELD, O_RDWR | O_CLOEXEC);
	uint64_t no_time = 0;
	struct _pulse pulse;

	h->held++;
	if (chid == -1 || fd < 0 || !wait_until(access(HELD, F_OK) && errno == ENOENT))
		return 1;
	TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, NULL, &no_time, NULL);
	return MsgReceivePulse(chid, &pulse, sizeof(pulse), NULL) != -1 || errno != ETIMEDOUT;
}

TEST_F(ends, manager_killed_under_a_listener)
{
	int status;
	pid_t pid;

	ASSERT_TRUE(holding_start(self->h));
	pid = fork_child(be_listener, self->h);
	ASSERT_TRUE(wait_until(self->h->held == 1));
	ASSERT_EQ(0, holding_end(self->h));
	ASSERT_EQ(0, reap(pid, &status));
	EXPECT_EQ(0, status);
}

/* Both at once, whichever is the first. */
TEST_F(ends, both_killed)
{
	pid_t pid, manager;
	int i;

	for (i = 0; i < few_rounds(2); i++)
		FOR_EACH_CLIENT_CALL(c) {
			pid = start(self->h, c, self->result);
			ASSERT_LT(0, pid) TH_LOG("%s", c->name);
			manager = self->h->pid;
			self->h->pid = 0;
			ASSERT_EQ(0, kill(i & 1 ? pid : manager, SIGKILL));
			ASSERT_EQ(0, kill(i & 1 ? manager : pid, SIGKILL));
			ASSERT_EQ(0, reap(pid, NULL)) TH_LOG("%s", c->name);
			ASSERT_EQ(0, reap(manager, NULL)) TH_LOG("%s", c->name);
			ASSERT_TRUE(wait_until(access(HELD, F_OK) && errno == ENOENT));
		}
}

/* ---- killed wherever it happens to be ---- */

static int be_busy(void *arg)
{
	atomic_int *turns = arg;
	int fd;

	for (;;) {
		fd = open(HELD, O_RDWR | O_CLOEXEC);
		FOR_EACH_CLIENT_CALL(c)
			c->call(fd);
		++*turns;
	}
	return 0;
}

#define BUSY	4

/* Some clients that do everything, again and again, one of which is killed now and then. */
TEST_F(ends, killed_anywhere)
{
	int i, n = few_rounds(60), turns;
	atomic_int *all = self->result;
	pid_t pid[BUSY];

	ASSERT_TRUE(holding_start(self->h));
	for (i = 0; i < BUSY; i++)
		pid[i] = fork_child(be_busy, all);
	for (i = 0; i < n; i++) {
		ASSERT_EQ(0, kill(pid[i % BUSY], SIGKILL));
		ASSERT_EQ(0, reap(pid[i % BUSY], NULL));
		pid[i % BUSY] = fork_child(be_busy, all);
		/* On to a place that is never the same. */
		for (turns = i % 7; turns; turns--)
			sched_yield();
	}
	turns = *all;
	EXPECT_TRUE(wait_until(*all > turns));
	for (i = 0; i < BUSY; i++) {
		ASSERT_EQ(0, kill(pid[i], SIGKILL));
		ASSERT_EQ(0, reap(pid[i], NULL));
	}
	EXPECT_TRUE(wait_until(self->h->closed == self->h->opened));
	EXPECT_EQ(0, do_open(-1));
}

/* ---- a question that nobody waits for is answered while its file ends ---- */

static int be_poller(void *arg)
{
	struct pollfd pfd = { .fd = open(HELD, O_RDWR | O_CLOEXEC), .events = POLLIN };
	int turns = *(const int *)arg;

	if (poll(&pfd, 1, 0) < 0)
		return 1;
	for (; turns; turns--)
		sched_yield();
	return 0;
}

TEST_F(ends, poller_exits_while_it_is_answered)
{
	int i, turns, status, n = few_rounds(100);
	pid_t pid;

	ASSERT_TRUE(holding_start(self->h));
	for (i = 0; i < n; i++) {
		turns = i % 7;
		pid = fork_child(be_poller, &turns);
		ASSERT_EQ(0, reap(pid, &status));
		ASSERT_EQ(0, status);
	}
	EXPECT_TRUE(wait_until(self->h->closed == self->h->opened));
}

TEST_HARNESS_MAIN
