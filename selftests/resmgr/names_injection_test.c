// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every allocation and every user copy of what is done with the names of a tree fails once, one at
 * a time. What has an error has not been done.
 */
#include "../hazards/injection.h"
#include "names.h"

#define N_MAX 2000

FIXTURE(injection) {
	struct names *n;
};

FIXTURE_SETUP(injection)
{
	int err = injection_open();

	if (err == -ENOENT)
		SKIP(return, "this kernel has no fault injection");
	ASSERT_EQ(0, err);
	self->n = shared_alloc(sizeof(*self->n));
	ASSERT_EQ(0, module_load());
	ASSERT_TRUE(names_start(self->n));
}

FIXTURE_TEARDOWN(injection)
{
	if (!self->n)
		return;
	EXPECT_EQ(0, names_end(self->n));
	EXPECT_TRUE(module_unload());
	EXPECT_EQ(0, wait_for_no_objects());
}

static bool is_clean(int err)
{
	return err == 0 || err == ENOMEM || err == EFAULT;
}

/* As before any of them is called. */
static void prepare(const struct deed *d)
{
	unlink(TREE "/x");
	rmdir(TREE "/x");
	do_make(TREE "/from");
	if (d->before)
		d->before(TREE "/x");
}

static int sweep(struct __test_metadata *_metadata, const struct deed *d)
{
	bool hit = true;
	int n, err;

	for (n = 1; hit && n < N_MAX; n++) {
		prepare(d);
		EXPECT_TRUE(injection_begin(n));
		err = d->call(TREE "/x");
		hit = injection_end();
		EXPECT_TRUE(is_clean(err)) TH_LOG("%s, step %d: %s", d->name, n, strerror(err));
		EXPECT_TRUE(hit || !err) TH_LOG("%s: %s", d->name, strerror(err));
		EXPECT_EQ(!err == !d->before ? 0 : ENOENT, do_stat(TREE "/x"))
			TH_LOG("%s, step %d: %s", d->name, n, strerror(err));
	}
	return n;
}

TEST_F_TIMEOUT(injection, every_step_of_every_call_fails_once, 120)
{
	const struct deed *d;
	int n;

	for (EACH_CALL(d)) {
		n = sweep(_metadata, d);
		TH_LOG("%s: %d steps", d->name, n - 2);
		EXPECT_LT(2, n) TH_LOG("%s: nothing failed", d->name);
		EXPECT_GT(N_MAX, n) TH_LOG("%s", d->name);
	}
}

TEST_HARNESS_MAIN
