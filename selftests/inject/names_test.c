// SPDX-License-Identifier: GPL-2.0-only
/*
 * A name is made anew, or looked at, between the manager's answer and who removes or moves it
 * knowing of it: what has the name then is not taken for what had it before.
 */
#include "../resmgr/names.h"

#include "inject.h"

#define SLOW	TREE "/slow"
#define FROM	TREE "/from"

FIXTURE(late) {
	struct names *n;
	int release;		/* the name stays known, for who has the directory locked */
};

FIXTURE_SETUP(late)
{
	if (access(INJECT, F_OK))
		SKIP(return, "this module has no points to stop at");
	self->n = shared_alloc(sizeof(*self->n));
	ASSERT_EQ(0, module_load());
	ASSERT_TRUE(names_start(self->n));
	self->release = open(RELEASE, O_CREAT | O_RDWR | O_CLOEXEC, 0644);
	ASSERT_LE(0, self->release);
	self->n->hold = true;
}

FIXTURE_TEARDOWN(late)
{
	if (!self->n)
		return;
	close(self->release);
	EXPECT_EQ(0, names_end(self->n));
	EXPECT_TRUE(module_unload());
	EXPECT_EQ(0, wait_for_no_objects());
}

static int be_unlinker(void *arg)
{
	(void)arg;
	return do_unlink(SLOW);
}

static int be_mover(void *arg)
{
	(void)arg;
	return do_rename(FROM, SLOW);
}

/* The manager has answered, and @pid does not know it yet. */
static bool is_late(const struct names *n, pid_t pid)
{
	return wait_until(n->parked == 1) && !inject("hold leave %d", pid) && !do_stat(RELEASE) &&
	       !wait_held(pid, "leave");
}

static void goes_on(struct __test_metadata *_metadata, pid_t pid)
{
	int status;

	EXPECT_EQ(0, inject("go %d", pid));
	ASSERT_EQ(0, reap(pid, &status));
	EXPECT_EQ(0, status);
}

/* It is a file that has its name, and others find it. */
static void is_whole(struct __test_metadata *_metadata, int fd)
{
	struct stat st;
	int other;

	EXPECT_EQ(0, fchmod(fd, 0600)) TH_LOG("%m");
	EXPECT_EQ(0, fstat(fd, &st));
	EXPECT_NE(0, st.st_nlink);
	other = open(SLOW, O_RDONLY | O_CLOEXEC);
	EXPECT_LE(0, other) TH_LOG("%m");
	close(other);
	close(fd);
}

TEST_F(late, unlink_of_what_is_made_anew)
{
	pid_t pid;
	int fd;

	ASSERT_EQ(0, do_make(SLOW));
	pid = fork_child(be_unlinker, NULL);
	ASSERT_TRUE(is_late(self->n, pid));
	fd = open(SLOW, O_CREAT | O_RDWR | O_CLOEXEC, 0644);
	ASSERT_LE(0, fd);
	goes_on(_metadata, pid);
	is_whole(_metadata, fd);
	EXPECT_EQ(2, self->n->entries);
}

TEST_F(late, unlink)
{
	pid_t pid;
	int fd;

	ASSERT_EQ(0, do_make(SLOW));
	fd = open(SLOW, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, fd);
	pid = fork_child(be_unlinker, NULL);
	ASSERT_TRUE(is_late(self->n, pid));
	EXPECT_EQ(ENOENT, do_stat(SLOW));
	goes_on(_metadata, pid);
	EXPECT_EQ(ENOENT, do_stat(SLOW));
	EXPECT_EQ(ESTALE, status_of(fchmod(fd, 0600)));
	close(fd);
}

TEST_F(late, rename_to_what_is_seen_before)
{
	pid_t pid;
	int fd;

	ASSERT_EQ(0, do_make(FROM));
	pid = fork_child(be_mover, NULL);
	ASSERT_TRUE(is_late(self->n, pid));
	fd = open(SLOW, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, fd);
	goes_on(_metadata, pid);
	is_whole(_metadata, fd);
	EXPECT_EQ(ENOENT, do_stat(FROM));
}

TEST_HARNESS_MAIN
