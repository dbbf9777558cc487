// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nodes in a mount of qmsgfs and as device files: which is whose, in which namespace, and what
 * is left of those that have gone.
 */
#include "parking.h"

#include <dirent.h>
#include <linux/qmsgfs.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define TOP	"/tmp/qnx"
#define NAME	"mount_sample"
#define NODE	"/dev/" NAME

FIXTURE(mount) {
	dispatch_t *dpp;
};

FIXTURE_SETUP(mount)
{
	ASSERT_EQ(0, module_load());
	iofunc_func_init(_RESMGR_CONNECT_NFUNCS, &connect_funcs, _RESMGR_IO_NFUNCS, &io_funcs);
	iofunc_attr_init(&attr, S_IFCHR | 0666, NULL, NULL);
	self->dpp = dispatch_create();
	ASSERT_NE(NULL, self->dpp);
	mkdir(TOP, 0755);
	ASSERT_EQ(0, mount("none", TOP, "qmsgfs", 0, NULL));
}

FIXTURE_TEARDOWN(mount)
{
	int fd;

	EXPECT_EQ(0, umount(TOP));
	EXPECT_EQ(0, dispatch_destroy(self->dpp));
	for (fd = 3; fd < 64; fd++)
		close(fd);
	EXPECT_TRUE(module_unload());
}

static int attach(dispatch_t *dpp, const char *path)
{
	return resmgr_attach(dpp, NULL, path, _FTYPE_ANY, 0, &connect_funcs, &io_funcs, &attr);
}

/* What the kernel knows: the manager, which is this process, is not asked. */
static int look(const char *path, struct statx *st)
{
	return statx(AT_FDCWD, path, AT_STATX_DONT_SYNC, STATX_BASIC_STATS, st);
}

static ino_t ino_of(const char *path)
{
	struct statx st;

	return look(path, &st) ? 0 : st.stx_ino;
}

/* What readdir() says of @name in @dir; 0: it is not there. */
static ino_t ino_in(const char *dir, const char *name)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	ino_t ino = 0;

	while (d && (e = readdir(d)))
		if (!strcmp(e->d_name, name))
			ino = e->d_ino;
	if (d)
		closedir(d);
	return ino;
}

/* A file has one number, each time and whoever asks. */
TEST_F(mount, number)
{
	ino_t dir, file;

	ASSERT_NE(-1, attach(self->dpp, NODE));
	ASSERT_NE(-1, attach(self->dpp, "/dev/a_second"));
	dir = ino_of(TOP "/dev");
	file = ino_of(TOP NODE);
	EXPECT_NE(0, dir);
	EXPECT_NE(0, file);
	EXPECT_NE(file, ino_of(TOP "/dev/a_second"));
	EXPECT_EQ(dir, ino_of(TOP "/dev"));
	EXPECT_EQ(file, ino_of(TOP NODE));
	EXPECT_EQ(dir, ino_in(TOP, "dev"));
	EXPECT_EQ(file, ino_in(TOP "/dev", NAME));
}

/* The next node of the same name is another file. */
TEST_F(mount, number_of_the_next)
{
	int id = attach(self->dpp, NODE);
	ino_t file = ino_of(TOP NODE);

	ASSERT_EQ(0, resmgr_detach(self->dpp, id, _RESMGR_DETACH_ALL));
	EXPECT_EQ(0, ino_of(TOP NODE));
	ASSERT_NE(-1, attach(self->dpp, NODE));
	EXPECT_NE(0, ino_of(TOP NODE));
	EXPECT_NE(file, ino_of(TOP NODE));
}

/* What is mounted over a node or a directory stays there, however often it is passed. */
TEST_F(mount, mounted_over)
{
	struct statx st;
	int fd = open("/tmp/over", O_CREAT | O_RDWR | O_CLOEXEC, 0600);

	ASSERT_EQ(4, write(fd, "over", 4));
	ASSERT_NE(-1, attach(self->dpp, NODE));
	ASSERT_EQ(0, mount("/tmp/over", TOP NODE, NULL, MS_BIND, NULL));
	EXPECT_EQ(ino_of("/tmp/over"), ino_of(TOP NODE));
	EXPECT_EQ(0, look(TOP NODE, &st));
	EXPECT_EQ(4, st.stx_size);
	EXPECT_EQ(0, umount(TOP NODE));
	EXPECT_EQ(0, look(TOP NODE, &st));
	EXPECT_TRUE(S_ISCHR(st.stx_mode));
	ASSERT_EQ(0, mount("none", TOP "/dev", "tmpfs", 0, NULL));
	EXPECT_EQ(0, ino_of(TOP NODE));
	EXPECT_EQ(0, ino_of(TOP NODE));
	EXPECT_EQ(0, umount(TOP "/dev"));
	EXPECT_NE(0, ino_of(TOP NODE));
}

/* ---- who has how many ---- */

TEST_F(mount, quota)
{
	int first = attach(self->dpp, NODE);

	ASSERT_NE(-1, first);
	ASSERT_EQ(0, write_param("user_nodes", 2));
	ASSERT_NE(-1, attach(self->dpp, "/second"));
	EXPECT_EQ(-1, attach(self->dpp, "/third"));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(0, ino_of(TOP "/third"));
	/* What fails for another reason costs nothing. */
	ASSERT_EQ(0, resmgr_detach(self->dpp, first, _RESMGR_DETACH_ALL));
	EXPECT_EQ(-1, attach(self->dpp, "/second"));
	EXPECT_EQ(EEXIST, errno);
	EXPECT_NE(-1, attach(self->dpp, "/third"));
	ASSERT_EQ(0, write_param("user_nodes", 1024));
}

/* Another user's process, which is trusted all the same, has a quota of its own. */
static int be_other_user(void *unused)
{
	dispatch_t *dpp = dispatch_create();

	(void)unused;
	if (setresuid(1000, 0, 0))
		return 1;
	if (attach(dpp, "/others") == -1)
		return 2;
	return attach(dpp, "/others_too") == -1 && errno == EAGAIN ? 0 : 3;
}

TEST_F(mount, quota_of_another)
{
	int status;

	ASSERT_EQ(0, write_param("user_nodes", 1));
	ASSERT_NE(-1, attach(self->dpp, NODE));
	ASSERT_EQ(0, reap(fork_child(be_other_user, NULL), &status));
	EXPECT_EQ(0, WEXITSTATUS(status));
	ASSERT_EQ(0, write_param("user_nodes", 1024));
}

/* ---- device files ---- */

/*
 * The number of a device file that has gone is given to another in time. Whoever still has the
 * old file does not get to that.
 */
TEST_F(mount, number_again)
{
	int id = attach(self->dpp, NODE), old, i;
	char path[64];
	struct statx st, now = { 0 };

	ASSERT_NE(-1, id);
	old = open(NODE, O_PATH | O_CLOEXEC);
	ASSERT_EQ(0, look(NODE, &st));
	ASSERT_EQ(0, resmgr_detach(self->dpp, id, _RESMGR_DETACH_ALL));
	for (i = 0; i < 5000 && now.stx_rdev_minor != st.stx_rdev_minor; i++) {
		id = attach(self->dpp, "/elsewhere");
		ASSERT_NE(-1, id);
		ASSERT_EQ(0, look(TOP "/elsewhere", &now));
		if (now.stx_rdev_minor != st.stx_rdev_minor)
			ASSERT_EQ(0, resmgr_detach(self->dpp, id, _RESMGR_DETACH_ALL));
	}
	ASSERT_EQ(st.stx_rdev_minor, now.stx_rdev_minor);
	ASSERT_EQ(st.stx_rdev_major, now.stx_rdev_major);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", old);
	EXPECT_EQ(-1, open(path, O_RDONLY | O_CLOEXEC));
	EXPECT_EQ(ENXIO, errno);
	close(old);
}

/* A name is free if it is so in devtmpfs, whatever the manager sees in its place. */
TEST_F(mount, covered)
{
	struct stat st;

	mkdir("/dev/covered", 0755);
	ASSERT_EQ(0, mknod("/dev/covered/taken", S_IFIFO | 0600, 0));
	ASSERT_EQ(0, mount("none", "/dev/covered", "tmpfs", 0, NULL));
	ASSERT_EQ(0, mknod("/dev/covered/free", S_IFIFO | 0600, 0));
	EXPECT_EQ(-1, attach(self->dpp, "/dev/covered/taken"));
	EXPECT_EQ(EEXIST, errno);
	EXPECT_NE(-1, attach(self->dpp, "/dev/covered/free"));
	ASSERT_EQ(0, umount("/dev/covered"));
	EXPECT_EQ(0, stat("/dev/covered/free", &st));
	EXPECT_TRUE(S_ISCHR(st.st_mode));
	EXPECT_EQ(0, stat("/dev/covered/taken", &st));
	EXPECT_TRUE(S_ISFIFO(st.st_mode));
	EXPECT_EQ(0, unlink("/dev/covered/taken"));
	EXPECT_EQ(-1, attach(self->dpp, "/dev/null/below"));
	EXPECT_EQ(ENOTDIR, errno);
}

/* ---- namespaces ---- */

static bool number_of_namespace(char *to, size_t size)
{
	ssize_t n = readlink("/proc/self/ns/ipc", to, size - 1);

	to[n > 0 ? n : 0] = 0;
	return n > 0;
}

/* A namespace that its manager has left is not another's before its nodes have gone. */
static int be_mover(void *unused)
{
	dispatch_t *dpp = dispatch_create();
	char first[64], now[64];
	int i;

	(void)unused;
	if (unshare(CLONE_NEWIPC | CLONE_NEWNS) || !number_of_namespace(first, sizeof(first)) ||
	    attach(dpp, "/left_behind") == -1)
		return 1;
	for (i = 0; i < 100; i++) {
		if (unshare(CLONE_NEWIPC) || !number_of_namespace(now, sizeof(now)))
			return 2;
		if (!strcmp(now, first))
			return 3;
	}
	if (mount("none", TOP, "qmsgfs", 0, NULL))
		return 4;
	return ino_of(TOP "/left_behind") ? 5 : 0;
}

TEST_F(mount, namespace_left)
{
	int status;

	ASSERT_EQ(0, reap(fork_child(be_mover, NULL), &status));
	EXPECT_EQ(0, WEXITSTATUS(status));
	EXPECT_EQ(0, ino_of(TOP "/left_behind"));
}

/* Neither is listed where the other is; and device files, which all see, are the first one's. */
static int be_neighbour(void *unused)
{
	dispatch_t *dpp = dispatch_create();

	(void)unused;
	if (unshare(CLONE_NEWIPC | CLONE_NEWNS) || mount("none", TOP, "qmsgfs", 0, NULL))
		return 1;
	if (ino_in(TOP, "dev") || ino_of(TOP NODE))
		return 2;
	if (attach(dpp, "/neighbours") == -1)
		return 3;
	if (!ino_in(TOP, "neighbours") || ino_in(TOP, "dev"))
		return 4;
	if (attach(dpp, "/dev/neighbours") == -1 || !ino_of(TOP "/dev/neighbours"))
		return 5;
	return access("/dev/neighbours", F_OK) ? 0 : 6;
}

TEST_F(mount, namespace_beside)
{
	int status;

	ASSERT_NE(-1, attach(self->dpp, NODE));
	ASSERT_EQ(0, reap(fork_child(be_neighbour, NULL), &status));
	EXPECT_EQ(0, WEXITSTATUS(status));
	EXPECT_NE(0, ino_in(TOP, "dev"));
}

/* ---- the descriptor that nodes belong to ---- */

static int raw_attach(int fd, int chid, const char *path)
{
	struct qmsgfs_attach args = {
		.size = sizeof(args),
		.chid = chid,
		.mode = S_IFCHR | 0666,
		.path_len = strlen(path),
		.path_ptr = (uintptr_t)path,
	};

	return ioctl(fd, QMSGFS_IOC_ATTACH, &args) ? -errno : 0;
}

struct keeper {
	int sockets[2];
	int fd;
};

static bool send_fd(int sock, int fd)
{
	char room[CMSG_SPACE(sizeof(int))] = "", byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = room,
			      .msg_controllen = sizeof(room) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	return sendmsg(sock, &msg, 0) == 1;
}

static int receive_fd(int sock)
{
	char room[CMSG_SPACE(sizeof(int))], byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = room,
			      .msg_controllen = sizeof(room) };
	int fd;

	if (recvmsg(sock, &msg, MSG_CMSG_CLOEXEC) != 1 || !CMSG_FIRSTHDR(&msg))
		return -1;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

/* Gives the descriptor back when it is asked to. */
static int be_keeper(void *arg)
{
	struct keeper *k = arg;
	char byte;

	return read(k->sockets[1], &byte, 1) == 1 && send_fd(k->sockets[1], k->fd) ? 0 : 1;
}

/* Closed by its process it is at its end, though it may come back to it. */
TEST_F(mount, closed_and_back)
{
	int chid = ChannelCreate(0);
	struct keeper k;
	pid_t pid;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, k.sockets));
	k.fd = open("/dev/qmsgfs", O_RDWR | O_CLOEXEC);
	ASSERT_EQ(0, raw_attach(k.fd, chid, "/of_descriptor"));
	EXPECT_NE(0, ino_of(TOP "/of_descriptor"));
	pid = fork_child(be_keeper, &k);
	close(k.fd);
	EXPECT_EQ(0, ino_of(TOP "/of_descriptor"));
	ASSERT_EQ(1, write(k.sockets[0], "", 1));
	k.fd = receive_fd(k.sockets[0]);
	ASSERT_LE(0, k.fd);
	EXPECT_EQ(-EBADF, raw_attach(k.fd, chid, "/of_descriptor"));
	EXPECT_EQ(0, ino_of(TOP "/of_descriptor"));
	EXPECT_EQ(0, reap(pid, NULL));
	close(k.fd);
	ChannelDestroy(chid);
}

/* ---- files that are open ---- */

FIXTURE(locks) {
	struct parking *p;
};

FIXTURE_SETUP(locks)
{
	self->p = shared_alloc(sizeof(*self->p));
	ASSERT_EQ(0, module_load());
	ASSERT_TRUE(parking_start(self->p));
	mkdir(TOP, 0755);
	ASSERT_EQ(0, mount("none", TOP, "qmsgfs", 0, NULL));
}

FIXTURE_TEARDOWN(locks)
{
	EXPECT_EQ(0, umount(TOP));
	EXPECT_EQ(0, parking_end(self->p));
	EXPECT_TRUE(module_unload());
}

/* Two who have opened a file by the mount keep each other out. */
TEST_F(locks, exclude)
{
	int a = open(TOP SAMPLE, O_RDWR | O_CLOEXEC), b = open(TOP SAMPLE, O_RDWR | O_CLOEXEC);

	ASSERT_LE(0, a);
	ASSERT_LE(0, b);
	EXPECT_EQ(0, flock(a, LOCK_EX | LOCK_NB));
	EXPECT_EQ(-1, flock(b, LOCK_EX | LOCK_NB));
	EXPECT_EQ(EWOULDBLOCK, errno);
	EXPECT_EQ(0, flock(a, LOCK_UN));
	EXPECT_EQ(0, flock(b, LOCK_EX | LOCK_NB));
	close(a);
	close(b);
}

/* What is forced off is the mount: the device file of the same node stays open. */
TEST_F(locks, umount_forced_beside_a_device)
{
	int a = open(TOP SAMPLE, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	int b = open(SAMPLE, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	char c;

	ASSERT_LE(0, a);
	ASSERT_LE(0, b);
	EXPECT_EQ(-1, umount2(TOP, MNT_FORCE));
	EXPECT_EQ(EBUSY, errno);
	EXPECT_EQ(-1, read(a, &c, 1));
	EXPECT_EQ(EIO, errno);
	EXPECT_EQ(-1, read(b, &c, 1));
	EXPECT_EQ(EAGAIN, errno);
	close(a);
	close(b);
}

TEST_HARNESS_MAIN
