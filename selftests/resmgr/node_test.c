// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of resource managers: when they are there and when they are gone, and what becomes of
 * files that are open. Rules: S10.1, S10.2, S10.13, S10.14.
 */
#include "parking.h"

#define OTHER	"/dev/other_sample"

FIXTURE(node) {
	dispatch_t *dpp;
};

FIXTURE_SETUP(node)
{
	ASSERT_EQ(0, module_load());
	iofunc_func_init(_RESMGR_CONNECT_NFUNCS, &connect_funcs, _RESMGR_IO_NFUNCS, &io_funcs);
	iofunc_attr_init(&attr, S_IFCHR | 0666, NULL, NULL);
	self->dpp = dispatch_create();
	ASSERT_NE(NULL, self->dpp);
}

static void nothing_left(void)
{
	int fd;

	/* The library's own descriptors would keep the module. */
	for (fd = 3; fd < 64; fd++)
		close(fd);
}

FIXTURE_TEARDOWN(node)
{
	if (self->dpp)
		EXPECT_EQ(0, dispatch_destroy(self->dpp));
	nothing_left();
	EXPECT_NE(0, access(OTHER, F_OK));
	EXPECT_TRUE(module_unload());
}

static int attach(dispatch_t *dpp, const char *path, unsigned flags)
{
	return resmgr_attach(dpp, NULL, path, _FTYPE_ANY, flags, &connect_funcs, &io_funcs,
			     &attr);
}

/* S10.1, S10.2: the channel comes with the first attach, a context after it. */
TEST_F(node, context_comes_after)
{
	dispatch_context_t *ctp;

	EXPECT_EQ(NULL, dispatch_context_alloc(self->dpp));
	EXPECT_EQ(EINVAL, errno);
	ASSERT_NE(-1, attach(self->dpp, OTHER, 0));
	/* The first of the process: it is channel 1. */
	EXPECT_NE(-1, ConnectAttach(0, 0, 1, _NTO_SIDE_CHANNEL, 0));
	ctp = dispatch_context_alloc(self->dpp);
	ASSERT_NE(NULL, ctp);
	dispatch_context_free(ctp);
}

TEST_F(node, refused)
{
	char deep[2000];

	EXPECT_EQ(-1, attach(self->dpp, "/dev/null", 0));
	EXPECT_EQ(EEXIST, errno);
	EXPECT_EQ(-1, attach(self->dpp, "/dev/../dev/x", 0));
	EXPECT_EQ(EINVAL, errno);
	memset(deep, 'x', sizeof(deep) - 1);
	deep[0] = '/';
	deep[sizeof(deep) - 1] = 0;
	EXPECT_EQ(-1, attach(self->dpp, deep, 0));
	EXPECT_EQ(ENAMETOOLONG, errno);
	ASSERT_NE(-1, attach(self->dpp, OTHER, 0));
	EXPECT_EQ(-1, attach(self->dpp, OTHER, 0));
	EXPECT_EQ(EEXIST, errno);
	EXPECT_EQ(-1, attach(self->dpp, OTHER "/below", 0));
	EXPECT_EQ(EEXIST, errno);
}

/* Into a directory, made for that, whose path has @len bytes. */
static bool enter_deep(size_t len)
{
	char name[201], path[PATH_MAX];
	size_t left;

	if (chdir("/tmp") || !getcwd(path, sizeof(path)))
		return false;
	while ((left = len - strlen(path))) {
		/* The "/" before it; and nothing is left that would be only one. */
		left = left - 1 > sizeof(name) - 1 ? sizeof(name) - 3 : left - 1;
		memset(name, 'd', left);
		name[left] = 0;
		if ((mkdir(name, 0755) && errno != EEXIST) || chdir(name) ||
		    !getcwd(path, sizeof(path)))
			return false;
	}
	return true;
}

/* Where "x" is, is said from the root on. */
TEST_F(node, working_directory)
{
	ASSERT_TRUE(enter_deep(1023));
	EXPECT_EQ(-1, attach(self->dpp, "x", 0));
	EXPECT_EQ(ENAMETOOLONG, errno);
	ASSERT_TRUE(enter_deep(1022));
	EXPECT_EQ(-1, attach(self->dpp, "x", 0));
	EXPECT_EQ(ENAMETOOLONG, errno);
	ASSERT_TRUE(enter_deep(1021));
	EXPECT_NE(-1, attach(self->dpp, "x", 0));
	ASSERT_EQ(0, chdir("/"));
}

/* Files of a manager keep others waiting: it has to be trusted with that. */
TEST_F(node, unprivileged_manager)
{
	ASSERT_NE(-1, attach(self->dpp, OTHER, 0));
	ASSERT_EQ(0, seteuid(65534));
	EXPECT_EQ(-1, attach(self->dpp, "/dev/one_more", 0));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, attach(self->dpp, "/not/below/dev", 0));
	EXPECT_EQ(EPERM, errno);
	ASSERT_EQ(0, seteuid(0));
	EXPECT_NE(0, access("/dev/one_more", F_OK));
}

TEST_F(node, detach)
{
	int id = attach(self->dpp, OTHER, 0);

	ASSERT_NE(-1, id);
	EXPECT_EQ(0, access(OTHER, F_OK));
	EXPECT_EQ(0, resmgr_detach(self->dpp, id, _RESMGR_DETACH_ALL));
	EXPECT_NE(0, access(OTHER, F_OK));
	EXPECT_EQ(-1, resmgr_detach(self->dpp, id, _RESMGR_DETACH_ALL));
	EXPECT_EQ(EINVAL, errno);
	ASSERT_NE(-1, attach(self->dpp, OTHER, 0));
	EXPECT_EQ(0, access(OTHER, F_OK));
}

/* The name goes with its channel, whoever destroys it. */
TEST_F(node, channel_destroyed)
{
	ASSERT_NE(-1, attach(self->dpp, OTHER, 0));
	EXPECT_EQ(0, access(OTHER, F_OK));
	EXPECT_EQ(0, ChannelDestroy(1));
	EXPECT_NE(0, access(OTHER, F_OK));
}

/* A child of the manager neither has the name nor takes it away. */
static int be_child(void *unused)
{
	(void)unused;
	return access(OTHER, F_OK) ? 1 : 0;
}

TEST_F(node, child)
{
	int status;
	pid_t pid;

	ASSERT_NE(-1, attach(self->dpp, OTHER, 0));
	pid = fork_child(be_child, NULL);
	ASSERT_EQ(0, reap(pid, &status));
	EXPECT_EQ(0, WEXITSTATUS(status));
	EXPECT_EQ(0, access(OTHER, F_OK));
}

/* ---- open files ---- */

FIXTURE(files) {
	struct parking *p;
};

FIXTURE_SETUP(files)
{
	self->p = shared_alloc(sizeof(*self->p));
	ASSERT_EQ(0, module_load());
	ASSERT_TRUE(parking_start(self->p));
}

FIXTURE_TEARDOWN(files)
{
	if (self->p->pid > 0)
		EXPECT_EQ(0, parking_end(self->p));
	EXPECT_TRUE(module_unload());
}

/* S10.14: one OCB however many descriptors and processes have it; closed with the last. */
static int be_holder(void *fd)
{
	char c;

	return read(*(int *)fd, &c, 1) == 1 && c == 'x' ? 0 : 1;
}

TEST_F(files, shared_by_fork)
{
	int fd = open(SAMPLE, O_RDONLY), other = dup(fd), out, status;
	pid_t pid = fork_child(be_holder, &fd);

	ASSERT_TRUE(wait_until(self->p->parked == 1));
	close(fd);
	close(other);
	EXPECT_EQ(1, self->p->opened);
	EXPECT_EQ(0, self->p->closed);
	out = open(SAMPLE, O_WRONLY);
	EXPECT_EQ(1, write(out, "x", 1));
	ASSERT_EQ(0, reap(pid, &status));
	EXPECT_EQ(0, WEXITSTATUS(status));
	/* S10.13: its exit is told by a pulse. */
	EXPECT_TRUE(wait_until(self->p->closed == 1));
	/* The last close waits for the manager. */
	close(out);
	EXPECT_EQ(2, self->p->closed);
}

/* Every call on what has lost its server fails at once, and says so. */
TEST_F(files, server_gone)
{
	int fd = open(SAMPLE, O_RDWR);
	char c = 'c';

	ASSERT_NE(-1, fd);
	ASSERT_EQ(0, parking_end(self->p));
	self->p->pid = 0;
	EXPECT_EQ(-1, read(fd, &c, 1));
	EXPECT_EQ(EIO, errno);
	EXPECT_EQ(-1, write(fd, &c, 1));
	EXPECT_EQ(EIO, errno);
	EXPECT_EQ(-1, lseek(fd, 0, SEEK_SET));
	EXPECT_EQ(EIO, errno);
	EXPECT_EQ(EIO, devctl(fd, 0, NULL, 0, NULL));
	EXPECT_EQ(-1, fsync(fd));
	EXPECT_EQ(EIO, errno);
	close(fd);
}

/* fcntl() changes what the manager is told, not only what open() said. */
TEST_F(files, nonblock)
{
	int fd = open(SAMPLE, O_RDONLY | O_NONBLOCK), out;
	char c;

	EXPECT_EQ(-1, read(fd, &c, 1));
	EXPECT_EQ(EAGAIN, errno);
	ASSERT_EQ(0, fcntl(fd, F_SETFL, 0));
	out = fork_child(be_holder, &fd);
	ASSERT_TRUE(wait_until(self->p->parked == 1));
	close(fd);
	fd = open(SAMPLE, O_WRONLY);
	EXPECT_EQ(1, write(fd, "x", 1));
	close(fd);
	EXPECT_EQ(0, reap(out, NULL));
}

TEST_HARNESS_MAIN
