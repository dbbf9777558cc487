// SPDX-License-Identifier: GPL-2.0-only
/* Many clients of one manager at once, and threads that have one descriptor in common. */
#include "holding.h"

#define CROWD	200

FIXTURE(crowd) {
	struct holding *h;
};

FIXTURE_SETUP(crowd)
{
	self->h = shared_alloc(sizeof(*self->h));
	ASSERT_EQ(0, module_load());
	self->h->lets_go = true;
	ASSERT_TRUE(holding_start(self->h));
}

FIXTURE_TEARDOWN(crowd)
{
	EXPECT_EQ(0, holding_end(self->h));
	EXPECT_TRUE(module_unload());
	EXPECT_EQ(0, wait_for_no_objects());
}

struct member {
	int turns;
	int gate[2];			/* a pipe: open when nobody has its other end */
};

static bool wait_at_gate(struct member *m)
{
	char c;

	close(m->gate[1]);
	return !read(m->gate[0], &c, 1);
}

static int be_member(void *arg)
{
	struct member *m = arg;
	int fd, i, bad = !wait_at_gate(m);

	for (i = 0; i < m->turns && !bad; i++) {
		fd = open(HELD, O_RDWR | O_CLOEXEC);
		bad = fd < 0 || do_read(fd) || do_write(fd) || do_devctl(fd) || close(fd);
	}
	return bad;
}

static bool start_crowd(struct member *m, pid_t *pid)
{
	int i;

	for (i = 0; i < CROWD; i++) {
		pid[i] = fork_child(be_member, m);
		if (pid[i] < 0)
			return false;
	}
	return true;
}

/* 200 of them: each is served, and the file of each is closed. */
TEST_F(crowd, all_are_served)
{
	struct member m = { .turns = few_rounds(2) };
	pid_t pid[CROWD];
	int i, status;

	ASSERT_EQ(0, pipe2(m.gate, O_CLOEXEC));
	ASSERT_TRUE(start_crowd(&m, pid));
	close(m.gate[0]);
	close(m.gate[1]);
	for (i = 0; i < CROWD; i++) {
		ASSERT_EQ(0, reap(pid[i], &status));
		EXPECT_EQ(0, status);
	}
	EXPECT_EQ(CROWD * m.turns, self->h->opened);
	EXPECT_EQ(CROWD * m.turns, self->h->closed);
	EXPECT_EQ(CROWD * m.turns, self->h->at[AT_READ]);
	EXPECT_EQ(CROWD * m.turns, self->h->at[AT_WRITE]);
}

/* 200 that wait in a read, when the manager dies: all are told. */
static int be_waiting(void *arg)
{
	int fd = open(HELD, O_RDWR | O_CLOEXEC);

	(void)arg;
	return fd >= 0 && do_read(fd) && errno == EIO ? 0 : 1;
}

TEST_F(crowd, all_are_told)
{
	pid_t pid[CROWD];
	int i, status;

	self->h->point = AT_READ;
	for (i = 0; i < CROWD; i++)
		ASSERT_LT(0, pid[i] = fork_child(be_waiting, NULL));
	ASSERT_TRUE(wait_until(self->h->held == CROWD));
	ASSERT_EQ(0, holding_end(self->h));
	for (i = 0; i < CROWD; i++) {
		ASSERT_EQ(0, reap(pid[i], &status));
		EXPECT_EQ(0, status);
	}
}

/* ---- one descriptor ---- */

struct reader {
	int fd;
	atomic_int result;
	pthread_t thread;
};

static void *be_reader(void *arg)
{
	struct reader *r = arg;

	r->result = do_read(r->fd) ? errno : 1000;
	return NULL;
}

/*
 * The manager holds the first read. The second, and other calls, through the same descriptor
 * reach it all the same: there is no lock between them.
 */
TEST_F(crowd, one_descriptor)
{
	struct reader r = { .fd = open(HELD, O_RDWR | O_CLOEXEC) };

	self->h->holds_once = true;
	self->h->point = AT_READ;
	ASSERT_LE(0, r.fd);
	ASSERT_EQ(0, pthread_create(&r.thread, NULL, be_reader, &r));
	ASSERT_TRUE(wait_until(self->h->held == 1));
	EXPECT_EQ(0, do_read(r.fd));
	EXPECT_EQ(0, do_write(r.fd));
	EXPECT_EQ(0, do_lseek(r.fd));
	EXPECT_EQ(0, do_devctl(r.fd));
	EXPECT_EQ(0, fsync(r.fd));
	EXPECT_EQ(0, r.result);
	EXPECT_EQ(2, self->h->at[AT_READ]);
	EXPECT_EQ(1, self->h->opened);
	ASSERT_EQ(0, holding_end(self->h));
	ASSERT_EQ(0, pthread_join(r.thread, NULL));
	EXPECT_EQ(EIO, r.result);
	close(r.fd);
}

TEST_HARNESS_MAIN
