// SPDX-License-Identifier: GPL-2.0-only
/* build: also -m32 */
/* spawn() and its kin: S1.21. The program started is this one, told by its environment. */
#include <fcntl.h>
#include <kselftest_harness.h>
#include <qmsg_test.h>
#include <spawn.h>
#include <sys/neutrino.h>

#define SELF	"/proc/self/exe"

/* What the started program does: exits with the number of its arguments, or reads. */
__attribute__((constructor)) static void be_child(int argc, char **argv)
{
	const char *what = getenv("SPAWN_TEST");
	char c = 0;

	if (!what)
		return;
	if (!strcmp(what, "count"))
		_exit(argc);
	if (!strcmp(what, "fds"))
		_exit(read(0, &c, 1) == 1 && fcntl(1, F_GETFD) < 0 && fcntl(2, F_GETFD) >= 0 &&
		      fcntl(3, F_GETFD) < 0 ? c : 200);
	if (!strcmp(what, "group"))
		_exit(getpgrp() == getpid() ? 1 : 2);
	if (!strcmp(what, "priority"))
		_exit(getprio(0));
	_exit(strcmp(argv[0], what) ? 3 : 4);
}

static int exit_of(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int reap_exit(pid_t pid)
{
	int status;

	return reap(pid, &status) ? -1 : exit_of(status);
}

static char *const count[] = { "SPAWN_TEST=count", NULL };
static char *const three[] = { "a", "b", "c", NULL };

TEST(spawn_modes)
{
	EXPECT_EQ(3, exit_of(spawnve(P_WAIT, SELF, three, count)));
	EXPECT_EQ(3, reap_exit(spawnve(P_NOWAIT, SELF, three, count)));
	EXPECT_EQ(0, spawnve(P_NOWAITO, SELF, three, count));
	EXPECT_EQ(-1, wait(NULL));
	EXPECT_EQ(-1, spawnve(99, SELF, three, count));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, spawnve(P_WAIT, "/nowhere", three, count));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(-1, spawnve(P_NOWAITO, "/nowhere", three, count));
	EXPECT_EQ(ENOENT, errno);
}

TEST(spawn_lists)
{
	ASSERT_EQ(0, setenv("SPAWN_TEST", "count", 1));
	EXPECT_EQ(2, exit_of(spawnl(P_WAIT, SELF, "a", "b", NULL)));
	EXPECT_EQ(1, exit_of(spawnlp(P_WAIT, SELF, "a", NULL)));
	EXPECT_EQ(3, exit_of(spawnv(P_WAIT, SELF, three)));
	EXPECT_EQ(3, exit_of(spawnvp(P_WAIT, SELF, three)));
	ASSERT_EQ(0, setenv("SPAWN_TEST", "other", 1));
	EXPECT_EQ(4, exit_of(spawnle(P_WAIT, SELF, "a", "b", "c", "d", NULL, count)));
	EXPECT_EQ(1, exit_of(spawnlpe(P_WAIT, SELF, "a", NULL, count)));
	EXPECT_EQ(3, exit_of(spawnvpe(P_WAIT, SELF, three, count)));
	EXPECT_EQ(4, exit_of(spawnl(P_WAIT, SELF, "other", NULL)));
}

static int overlay(void *arg)
{
	(void)arg;
	return spawnve(P_OVERLAY, SELF, three, count);
}

TEST(spawn_overlay)
{
	EXPECT_EQ(3, reap_exit(fork_child(overlay, NULL)));
}

/* S1.21: exactly the listed ones, by position. */
TEST(spawn_map)
{
	char *const env[] = { "SPAWN_TEST=fds", NULL };
	int map[3];
	int p[2];

	ASSERT_EQ(0, pipe(p));
	ASSERT_EQ(1, write(p[1], "x", 1));
	map[0] = p[0];
	map[1] = SPAWN_FDCLOSED;
	map[2] = 2;
	EXPECT_EQ('x', reap_exit(spawn(SELF, 3, map, NULL, three, env)));
	map[0] = 999;
	EXPECT_EQ(-1, spawn(SELF, 3, map, NULL, three, env));
	EXPECT_EQ(EBADF, errno);
}

TEST(spawn_inherit)
{
	char *const env[] = { "SPAWN_TEST=group", NULL };
	struct inheritance inherit;

	memset(&inherit, 0, sizeof(inherit));
	EXPECT_EQ(2, reap_exit(spawn(SELF, 0, NULL, &inherit, three, env)));
	inherit.flags = SPAWN_SETGROUP | SPAWN_SETSIGMASK | SPAWN_SETSIGDEF | SPAWN_EXPLICIT_CPU;
	inherit.pgroup = SPAWN_NEWPGROUP;
	inherit.runmask = 1;
	EXPECT_EQ(1, reap_exit(spawnp(SELF, 0, NULL, &inherit, three, env)));
	inherit.flags = SPAWN_SETSID | SPAWN_SEARCH_PATH | SPAWN_NOZOMBIE;
	EXPECT_EQ(1, reap_exit(spawn(SELF, 0, NULL, &inherit, three, env)));
	inherit.flags = 0x10000;
	EXPECT_EQ(-1, spawn(SELF, 0, NULL, &inherit, three, env));
	EXPECT_EQ(ENOSYS, errno);
}

TEST(spawn_scheduled)
{
	char *const env[] = { "SPAWN_TEST=priority", NULL };
	struct inheritance inherit;

	memset(&inherit, 0, sizeof(inherit));
	inherit.flags = SPAWN_EXPLICIT_SCHED;
	inherit.policy = SchedGet(0, 0, &inherit.param);
	EXPECT_EQ(10, reap_exit(spawn(SELF, 0, NULL, &inherit, three, env)));
	inherit.policy = SCHED_FIFO;
	inherit.param.sched_priority = 17;
	EXPECT_EQ(17, reap_exit(spawn(SELF, 0, NULL, &inherit, three, env)));
}

TEST_HARNESS_MAIN
