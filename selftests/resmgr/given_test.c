// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptors that another user has been given: who sends through one pays for it himself. The
 * one who opened it can still send when the other has all that he may, and the other way round.
 */
#include "holding.h"

#include <grp.h>

#define NOBODY		65534
#define REQUESTS	4
#define BYTES		(64 << 10)
#define LONG		(48 << 10)	/* more than half of that */

/* Children that have given up what they were, and send through the same file. */
struct given {
	struct holding *h;
	int fd;
	size_t len;			/* of each write */
	atomic_int failed;		/* errno of the last that failed */
	pid_t child[REQUESTS + 1];
	int nr;
};

static int become_nobody(void)
{
	return setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
	       setresuid(NOBODY, NOBODY, NOBODY);
}

static int be_writer(void *arg)
{
	static char bytes[LONG];
	struct given *g = arg;

	if (become_nobody())
		return 1;
	if (write(g->fd, bytes, g->len) < 0)
		g->failed = errno;
	return 0;
}

/* One more is held at its write. */
static bool given_write(struct given *g)
{
	int held = g->h->held;

	g->child[g->nr] = fork_child(be_writer, g);
	return g->child[g->nr++] > 0 && wait_until(g->h->held > held);
}

/* One more, whose write fails. */
static int given_fail(struct given *g)
{
	g->failed = 0;
	if (reap(fork_child(be_writer, g), NULL))
		return -1;
	return g->failed;
}

FIXTURE(given) {
	struct given *g;
};

FIXTURE_SETUP(given)
{
	self->g = shared_alloc(sizeof(*self->g));
	self->g->h = shared_alloc(sizeof(*self->g->h));
	self->g->h->point = AT_WRITE;
	self->g->fd = -1;
	ASSERT_EQ(0, module_load());
	ASSERT_TRUE(holding_start(self->g->h));
	self->g->fd = open(HELD, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->g->fd);
}

FIXTURE_TEARDOWN(given)
{
	int i;

	EXPECT_EQ(0, holding_end(self->g->h));
	for (i = 0; i < self->g->nr; i++)
		EXPECT_EQ(0, reap(self->g->child[i], NULL));
	restore_params();
	close(self->g->fd);
	EXPECT_TRUE(module_unload());
	EXPECT_EQ(0, wait_for_no_objects());
}

/* His are used up, and what he has is held. */
TEST_F(given, requests)
{
	struct given *g = self->g;
	int i, value;

	g->len = 1;
	ASSERT_EQ(0, write_param("user_requests", REQUESTS));
	for (i = 0; i < REQUESTS; i++)
		ASSERT_TRUE(given_write(g));
	EXPECT_EQ(ENOMEM, given_fail(g));
	EXPECT_EQ(0, lseek(g->fd, 0, SEEK_SET));
	EXPECT_EQ(0, devctl(g->fd, HELD_GET, &value, sizeof(value), NULL));
	EXPECT_EQ(0, do_open(g->fd));
}

/* Of bytes likewise. */
TEST_F(given, bytes)
{
	static char bytes[LONG];
	struct given *g = self->g;

	g->len = LONG;
	g->h->holds_once = true;
	ASSERT_EQ(0, write_param("user_bytes", BYTES));
	ASSERT_TRUE(given_write(g));
	EXPECT_EQ(ENOMEM, given_fail(g));
	EXPECT_EQ(LONG, write(g->fd, bytes, LONG));
}

/* What one has paid is given back to him, also where the next to use the same room is another. */
TEST_F(given, by_turns)
{
	struct given *g = self->g;
	int i;

	g->h->point = AT_NONE;
	ASSERT_EQ(0, write_param("user_requests", REQUESTS));
	ASSERT_EQ(0, write_param("user_bytes", BYTES));
	g->len = LONG;
	for (i = 0; i < 2 * REQUESTS; i++) {
		EXPECT_EQ(0, given_fail(g));
		EXPECT_EQ(0, do_write(g->fd));
	}
}

TEST_HARNESS_MAIN
