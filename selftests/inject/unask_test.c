// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who has polled a file exits while the manager answers the question: the request is taken by the
 * answer's work, or given up by the end of the file, and by one of them only.
 */
#include "../resmgr/holding.h"

#include "inject.h"

FIXTURE(unask) {
	struct holding *h;
};

FIXTURE_SETUP(unask)
{
	if (access(INJECT, F_OK))
		SKIP(return, "this module has no points to stop at");
	self->h = shared_alloc(sizeof(*self->h));
	self->h->drops = true;
	self->h->point = AT_NOTIFY;
	ASSERT_EQ(0, module_load());
	ASSERT_TRUE(holding_start(self->h));
}

FIXTURE_TEARDOWN(unask)
{
	if (!self->h)
		return;
	EXPECT_EQ(0, holding_end(self->h));
	EXPECT_TRUE(module_unload());
	EXPECT_EQ(0, wait_for_no_objects());
}

/* It is asked for by a poll that does not wait, and the file goes with the process. */
static int be_poller(void *arg)
{
	struct pollfd pfd = { .fd = open(HELD, O_RDWR | O_CLOEXEC), .events = POLLIN };
	struct holding *h = arg;

	if (inject("hold unask %d", getpid()) || poll(&pfd, 1, 0) || !wait_until(h->held == 1))
		return 1;
	return 0;
}

TEST_F(unask, answer_when_the_file_is_about_to_end)
{
	int status;
	pid_t pid = fork_child(be_poller, self->h);

	ASSERT_LT(0, pid);
	ASSERT_EQ(0, wait_held(pid, "unask"));
	ASSERT_EQ(1, object_count("requests"));
	/* The manager answers before it opens. */
	ASSERT_EQ(0, do_open(-1));
	ASSERT_TRUE(wait_until(object_count("requests") == 0));
	ASSERT_EQ(0, inject("go %d", pid));
	ASSERT_EQ(0, reap(pid, &status));
	EXPECT_EQ(0, status);
	EXPECT_TRUE(wait_until(self->h->closed == self->h->opened));
	EXPECT_EQ(0, object_count("requests"));
}

TEST_HARNESS_MAIN
