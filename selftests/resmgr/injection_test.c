// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every allocation and every user copy of every call on a file fails once, one at a time: the
 * call fails cleanly, or does without; the next one works, and nothing is left.
 */
#include "../hazards/injection.h"
#include "holding.h"

#define N_MAX 2000

FIXTURE(injection) {
	struct holding *h;
};

FIXTURE_SETUP(injection)
{
	int err = injection_open();

	if (err == -ENOENT)
		SKIP(return, "this kernel has no fault injection");
	ASSERT_EQ(0, err);
	self->h = shared_alloc(sizeof(*self->h));
	ASSERT_EQ(0, module_load());
	ASSERT_EQ(0, holding_mount());
	ASSERT_TRUE(holding_start(self->h));
}

FIXTURE_TEARDOWN(injection)
{
	if (!self->h)
		return;
	EXPECT_EQ(0, holding_end(self->h));
	EXPECT_TRUE(wait_until(holding_unmounted()));
	EXPECT_TRUE(module_unload());
	EXPECT_EQ(0, wait_for_no_objects());
}

static int call_injected(const struct client_call *c, int fd, int n, bool *hit)
{
	int err;

	if (!injection_begin(n))
		return EBADE;
	err = c->call(fd) ? errno : 0;
	*hit = injection_end();
	return err;
}

static bool is_clean(int err)
{
	return err == 0 || err == ENOMEM || err == EFAULT;
}

/* How many steps there are; the last one is that in which nothing fails any more. */
static int sweep(struct __test_metadata *_metadata, struct holding *h, const struct client_call *c)
{
	bool hit = true;
	int n, err, fd;

	for (n = 1; hit && n < N_MAX; n++) {
		fd = open(HELD, O_RDWR | O_CLOEXEC);
		EXPECT_LE(0, fd) TH_LOG("%s, step %d", c->name, n);
		err = call_injected(c, fd, n, &hit);
		EXPECT_TRUE(is_clean(err)) TH_LOG("%s, step %d: %s", c->name, n, strerror(err));
		EXPECT_TRUE(hit || !err) TH_LOG("%s: %s", c->name, strerror(err));
		if (c->point != AT_CLOSE) {
			EXPECT_EQ(0, c->call(fd)) TH_LOG("%s after step %d: %m", c->name, n);
			close(fd);
		}
		EXPECT_TRUE(wait_until(h->closed == h->opened))
			TH_LOG("%s, step %d: %d of %d", c->name, n, h->closed, h->opened);
	}
	return n;
}

/* A message that is short, in a request and a buffer that the file has kept. */
static bool has_nothing(const struct client_call *c)
{
	return c->point == AT_SYNC || c->point == AT_LSEEK || c->point == AT_CLOSE;
}

TEST_F_TIMEOUT(injection, every_step_of_every_call_fails_once, 120)
{
	const struct client_call *c;
	int i, n;

	for (i = 0; i < (int)ARRAY_SIZE(client_calls); i++) {
		c = &client_calls[i];
		n = sweep(_metadata, self->h, c);
		TH_LOG("%s: %d steps", c->name, n - 2);
		EXPECT_TRUE(n > 2 || has_nothing(c)) TH_LOG("%s: nothing failed", c->name);
		EXPECT_GT(N_MAX, n) TH_LOG("%s", c->name);
	}
}

TEST_HARNESS_MAIN
