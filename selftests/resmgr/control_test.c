// SPDX-License-Identifier: GPL-2.0-only
/* build: also -m32 */
/*
 * /dev/qmsgfs by hand: arguments that are none, paths and modes that no node has, who may make one, whose
 * it is; and how many there can be. Rules: S10.1, S10.22.
 */
#include "saying.h"

#include <dirent.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>

FIXTURE(control) {
	int fd, chid;
};

FIXTURE_SETUP(control)
{
	ASSERT_EQ(0, module_load());
	ASSERT_EQ(0, top_mount());
	self->fd = open("/dev/qmsgfs", O_RDWR | O_CLOEXEC);
	self->chid = ChannelCreate(0);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(control)
{
	restore_params();
	close(self->fd);
	EXPECT_EQ(0, ChannelDestroy(self->chid));
	EXPECT_TRUE(wait_until(top_unmounted()));
	EXPECT_TRUE(module_unload());
}

/* Without asking the manager, which is this process. */
static bool is_there(const char *path)
{
	struct statx st;

	return !statx(AT_FDCWD, path, AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &st);
}

static struct qmsgfs_attach args_for(int chid, const char *path)
{
	return (struct qmsgfs_attach) {
		.size = sizeof(struct qmsgfs_attach),
		.chid = chid,
		.mode = S_IFCHR | 0666,
		.path_len = strlen(path),
		.path_ptr = (uintptr_t)path,
	};
}

static int attach(int fd, struct qmsgfs_attach *args)
{
	return errno_of(ioctl(fd, QMSGFS_IOC_ATTACH, args));
}

/* 0: it was made, and is taken away again. */
static int try(int fd, int chid, mode_t mode, const char *path)
{
	struct qmsgfs_attach args = args_for(chid, path);
	struct qmsgfs_detach back = { .size = sizeof(back) };
	int err;

	args.mode = mode;
	err = attach(fd, &args);
	back.id = args.out_id;
	return err ?: errno_of(ioctl(fd, QMSGFS_IOC_DETACH, &back));
}

/* ---- arguments ---- */

TEST_F(control, calls_that_there_are_not)
{
	EXPECT_EQ(ENOTTY, errno_of(ioctl(self->fd, _IO(QMSGFS_IOC_MAGIC, 0x03), NULL)));
	EXPECT_EQ(ENOTTY, errno_of(ioctl(self->fd, QMSGFS_IOC_DEVCTL, NULL)));
}

/* Each call has its struct, which begins with its size. */
TEST_F(control, sizes)
{
	static const struct {
		unsigned long call;
		uint32_t size;
	} calls[] = {
		{ QMSGFS_IOC_ATTACH, sizeof(struct qmsgfs_attach) },
		{ QMSGFS_IOC_DETACH, sizeof(struct qmsgfs_detach) },
		{ QMSGFS_IOC_NOTIFY, sizeof(struct qmsgfs_tell) },
	};
	uint32_t page[1025] = { 0 };
	char *edge;
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		EXPECT_EQ(EFAULT, errno_of(ioctl(self->fd, calls[i].call, unmapped_page())));
		page[0] = calls[i].size - 1;
		EXPECT_EQ(EINVAL, errno_of(ioctl(self->fd, calls[i].call, page)));
		page[0] = 4097;
		EXPECT_EQ(E2BIG, errno_of(ioctl(self->fd, calls[i].call, page)));
		/* Longer than it is known, and with something in there. */
		page[0] = calls[i].size + 4;
		page[calls[i].size / 4] = 1;
		EXPECT_EQ(E2BIG, errno_of(ioctl(self->fd, calls[i].call, page)));
		page[calls[i].size / 4] = 0;
		/* It says that it is longer than it is. */
		edge = edge_page(8);
		memcpy(edge, &calls[i].size, 4);
		EXPECT_EQ(EFAULT, errno_of(ioctl(self->fd, calls[i].call, edge)));
	}
}

TEST_F(control, arguments_of_attach)
{
	struct qmsgfs_attach args = args_for(self->chid, "/by_hand");

	args.flags = 1;
	EXPECT_EQ(EINVAL, attach(self->fd, &args));
	args.flags = 0;
	args.path_len = 0;
	EXPECT_EQ(EINVAL, attach(self->fd, &args));
	args.path_len = QMSGFS_PATH_MAX + 1;
	EXPECT_EQ(EINVAL, attach(self->fd, &args));
	args = args_for(self->chid, "/by_hand");
	args.path_ptr = (uintptr_t)unmapped_page();
	EXPECT_EQ(EFAULT, attach(self->fd, &args));
	args = args_for(self->chid + 1, "/by_hand");
	EXPECT_EQ(ESRCH, attach(self->fd, &args));
	EXPECT_FALSE(is_there(TOP "/by_hand"));
	args.chid = self->chid;
	EXPECT_EQ(0, attach(self->fd, &args));
	EXPECT_TRUE(is_there(TOP "/by_hand"));
}

TEST_F(control, arguments_of_detach)
{
	struct qmsgfs_detach args = { .size = sizeof(args) };

	args.id = attach_node(self->fd, self->chid, S_IFCHR | 0666, "/by_hand");
	args.flags = 1;
	EXPECT_EQ(EINVAL, errno_of(ioctl(self->fd, QMSGFS_IOC_DETACH, &args)));
	args.flags = 0;
	args.__reserved = 1;
	EXPECT_EQ(EINVAL, errno_of(ioctl(self->fd, QMSGFS_IOC_DETACH, &args)));
	args.__reserved = 0;
	EXPECT_TRUE(is_there(TOP "/by_hand"));
	EXPECT_EQ(0, errno_of(ioctl(self->fd, QMSGFS_IOC_DETACH, &args)));
	EXPECT_FALSE(is_there(TOP "/by_hand"));
	EXPECT_EQ(ENOENT, errno_of(ioctl(self->fd, QMSGFS_IOC_DETACH, &args)));
}

/* Whoever is not told the id of his node has none. */
TEST_F(control, answer_that_cannot_be_told)
{
	struct qmsgfs_attach *args = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
					  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, args);
	*args = args_for(self->chid, "/untold");
	ASSERT_EQ(0, mprotect(args, 4096, PROT_READ));
	EXPECT_EQ(EFAULT, attach(self->fd, args));
	EXPECT_FALSE(is_there(TOP "/untold"));
	ASSERT_EQ(0, mprotect(args, 4096, PROT_READ | PROT_WRITE));
	EXPECT_EQ(0, attach(self->fd, args));
	EXPECT_TRUE(is_there(TOP "/untold"));
	munmap(args, 4096);
}

/* ---- paths and modes ---- */

TEST_F(control, paths)
{
	static const char *const good[] = { "/x", "/...", "/.x", "/..x", "/x.", "/x/.../y", "/a b" };
	static const char *const bad[] = {
		"x", "/", "//", "//x", "/x/", "/x//y", "/.", "/..", "/./x", "/../x", "/x/.",
		"/x/../y", "/x\ny", "/x\\y", "/x\177",
	};
	struct qmsgfs_attach args = args_for(self->chid, "/zero\0in_it");
	char name[258] = "/";
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(*good); i++)
		EXPECT_EQ(0, try(self->fd, self->chid, S_IFCHR, good[i])) TH_LOG("%s", good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		EXPECT_EQ(EINVAL, try(self->fd, self->chid, S_IFCHR, bad[i])) TH_LOG("%s", bad[i]);
	args.path_len = 11;
	EXPECT_EQ(EINVAL, attach(self->fd, &args));
	memset(name + 1, 'n', 255);
	EXPECT_EQ(0, try(self->fd, self->chid, S_IFCHR, name));
	name[256] = 'n';
	EXPECT_EQ(EINVAL, try(self->fd, self->chid, S_IFCHR, name));
}

TEST_F(control, modes)
{
	static const mode_t bad[] = {
		0666, S_IFBLK, S_IFIFO, S_IFSOCK, S_IFLNK, S_IFREG | 01000, S_IFREG | 04000,
		S_IFMT, 1 << 16 | S_IFREG,
	};
	size_t i;

	EXPECT_EQ(0, try(self->fd, self->chid, S_IFCHR | 0777, "/mode"));
	EXPECT_EQ(0, try(self->fd, self->chid, S_IFREG | 0777, "/mode"));
	EXPECT_EQ(0, try(self->fd, self->chid, S_IFDIR | 0777, "/mode"));
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		EXPECT_EQ(EINVAL, try(self->fd, self->chid, bad[i], "/mode")) TH_LOG("%o", bad[i]);
}

/* What devtmpfs has no name for is in mounts only, or not at all. */
TEST_F(control, names_of_devices)
{
	char path[300] = "/dev/";

	ASSERT_LT(0, attach_node(self->fd, self->chid, S_IFCHR | 0666, "/dev/of!bus"));
	EXPECT_TRUE(is_there(TOP "/dev/of!bus"));
	EXPECT_FALSE(is_there("/dev/of!bus"));
	EXPECT_FALSE(is_there("/dev/of/bus"));
	ASSERT_LT(0, attach_node(self->fd, self->chid, S_IFREG | 0666, "/dev/regular"));
	EXPECT_TRUE(is_there(TOP "/dev/regular"));
	EXPECT_FALSE(is_there("/dev/regular"));
	ASSERT_LT(0, attach_node(self->fd, self->chid, S_IFCHR | 0666, "/devices"));
	EXPECT_FALSE(is_there("/dev/ices"));
	/* Its names are short enough, its path is not. */
	memset(path + 5, 'n', 130);
	path[100] = '/';
	EXPECT_EQ(0, try(self->fd, self->chid, S_IFCHR, path));
	memset(path + 135, 'n', 130);
	path[200] = '/';
	EXPECT_EQ(ENAMETOOLONG, try(self->fd, self->chid, S_IFCHR, path));
}

/* ---- who ---- */

static int set_capabilities(uint32_t mask)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[2] = { { mask, mask, 0 } };

	return syscall(SYS_capset, &head, sets) ? errno : 0;
}

struct maker {
	uint32_t capabilities;
	int flags;		/* for unshare() */
};

static int be_maker(void *arg)
{
	int fd = open("/dev/qmsgfs", O_RDWR | O_CLOEXEC), chid = ChannelCreate(0);
	const struct maker *m = arg;

	if (fd < 0 || (m->flags && unshare(m->flags)) ||
	    (m->capabilities && set_capabilities(m->capabilities)))
		return 255;
	return try(fd, chid, S_IFCHR | 0666, "/makers");
}

static int made_by(uint32_t capabilities, int flags)
{
	struct maker m = { capabilities, flags };
	int status;

	return reap(fork_child(be_maker, &m), &status) ?: WEXITSTATUS(status);
}

/* Both are needed, and in the first user namespace: with it everybody could be held up. */
TEST_F(control, capabilities)
{
	const uint32_t mknod = 1u << CAP_MKNOD, admin = 1u << CAP_SYS_ADMIN;

	EXPECT_EQ(0, made_by(mknod | admin, 0));
	EXPECT_EQ(EPERM, made_by(mknod, 0));
	EXPECT_EQ(EPERM, made_by(admin, 0));
	EXPECT_EQ(EPERM, made_by(1u << CAP_KILL, 0));
	EXPECT_EQ(EPERM, made_by(0, CLONE_NEWUSER));
}

struct heir {
	int fd, chid;
};

static int be_heir(void *arg)
{
	const struct heir *h = arg;
	int err = -attach_node(h->fd, h->chid, S_IFCHR | 0666, "/heirs");

	/* Nor is it the end of what its owner has. */
	close(h->fd);
	return err;
}

/* It is its opener's, whoever else has it; and his until he has closed all of his descriptors. */
TEST_F(control, descriptor_of_another)
{
	struct heir h = { self->fd, self->chid };
	int other = dup(self->fd), status;

	ASSERT_LT(0, attach_node(self->fd, self->chid, S_IFCHR | 0666, "/mine"));
	ASSERT_EQ(0, reap(fork_child(be_heir, &h), &status));
	EXPECT_EQ(EBADF, WEXITSTATUS(status));
	EXPECT_TRUE(is_there(TOP "/mine"));
	close(self->fd);
	EXPECT_TRUE(is_there(TOP "/mine"));
	EXPECT_LT(0, attach_node(other, self->chid, S_IFCHR | 0666, "/mine_too"));
	self->fd = other;
	close(other);
	EXPECT_FALSE(is_there(TOP "/mine"));
	EXPECT_FALSE(is_there(TOP "/mine_too"));
}

/* With this variable this program is what another has executed: it has the descriptor of that number. */
#define INHERITED	"QMSG_TEST_INHERITED"

static __attribute__((constructor)) void new_image(void)
{
	const char *fd = getenv(INHERITED);

	if (!fd)
		return;
	if (is_there(TOP "/before"))
		_exit(255);
	_exit(-attach_node(atoi(fd), ChannelCreate(0), S_IFCHR | 0666, "/after"));
}

static int be_executor(void *unused)
{
	int fd = open("/dev/qmsgfs", O_RDWR);
	char number[16];

	(void)unused;
	if (attach_node(fd, ChannelCreate(0), S_IFCHR | 0666, "/before") < 0 ||
	    !is_there(TOP "/before"))
		return 254;
	snprintf(number, sizeof(number), "%d", fd);
	setenv(INHERITED, number, 1);
	execl("/proc/self/exe", "control_test", NULL);
	return 253;
}

/* Nor is it the next program's, though that has the process and the descriptor. */
TEST_F(control, descriptor_of_the_program_before)
{
	int status;

	ASSERT_EQ(0, reap(fork_child(be_executor, NULL), &status));
	EXPECT_EQ(EBADF, WEXITSTATUS(status));
}

/* A device file that has gone means nothing, though somebody has it still. */
TEST_F(control, device_that_has_gone)
{
	struct qmsgfs_detach args = { .size = sizeof(args) };
	char path[64];
	int old;

	args.id = attach_node(self->fd, self->chid, S_IFCHR | 0666, "/dev/going");
	old = open("/dev/going", O_PATH | O_CLOEXEC);
	ASSERT_LE(0, old);
	ASSERT_EQ(0, errno_of(ioctl(self->fd, QMSGFS_IOC_DETACH, &args)));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", old);
	EXPECT_EQ(ENXIO, errno_of(open(path, O_RDONLY | O_CLOEXEC)));
	EXPECT_EQ(ENOENT, errno_of(open("/dev/going", O_RDONLY | O_CLOEXEC)));
	close(old);
}

/* ---- directories above nodes ---- */

/* The names in @path, in the order that they are listed in, each with a space; read one at a time. */
static void list(const char *path, char *to)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	union {
		struct dirent64 entry;
		char room[40];
	} u;

	*to = 0;
	/* There is room for one of these names, not for two. */
	while (fd >= 0 && syscall(SYS_getdents64, fd, &u, sizeof(u.room)) > 0)
		if (u.entry.d_name[0] != '.')
			strcat(strcat(to, u.entry.d_name), " ");
	close(fd);
}

/* Once each, in their order, and only what is below. */
TEST_F(control, listed)
{
	static const char *const paths[] = {
		"/b/second_one", "/b/first_one", "/a_short/x", "/b/third_one/below",
		"/b/third_one/beside", "/c_only", "/bb_other",
	};
	char names[256];
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		ASSERT_LT(0, attach_node(self->fd, self->chid, S_IFCHR | 0666, paths[i]));
	list(TOP, names);
	EXPECT_STREQ("a_short b bb_other c_only ", names);
	list(TOP "/b", names);
	EXPECT_STREQ("first_one second_one third_one ", names);
	list(TOP "/b/third_one", names);
	EXPECT_STREQ("below beside ", names);
	list(TOP "/a_short", names);
	EXPECT_STREQ("x ", names);
}

/* What was a directory is a file now, for whoever comes by the name. */
TEST_F(control, file_in_place_of_a_directory)
{
	struct qmsgfs_detach args = { .size = sizeof(args) };
	struct statx st;
	int dir;

	args.id = attach_node(self->fd, self->chid, S_IFCHR | 0666, "/place/below");
	dir = open(TOP "/place", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ASSERT_LE(0, dir);
	ASSERT_EQ(0, errno_of(ioctl(self->fd, QMSGFS_IOC_DETACH, &args)));
	ASSERT_LT(0, attach_node(self->fd, self->chid, S_IFCHR | 0666, "/place"));
	ASSERT_EQ(0, statx(AT_FDCWD, TOP "/place", AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &st));
	EXPECT_TRUE(S_ISCHR(st.stx_mode));
	/* Who is in there finds nothing. */
	EXPECT_EQ(ENOENT, errno_of(faccessat(dir, "below", F_OK, 0)));
	close(dir);
}

/* ---- how many ---- */

/* As many as device numbers: the next one is told so, and has one when another has gone. */
TEST_F(control, all_that_there_can_be)
{
	struct qmsgfs_detach args = { .size = sizeof(args) };
	char path[32];
	int i, id = 0;

	ASSERT_EQ(0, write_param("user_nodes", 10000));
	for (i = 0; id >= 0 && i < 10000; i++) {
		snprintf(path, sizeof(path), "/many/%d", i);
		id = attach_node(self->fd, self->chid, S_IFCHR | 0666, path);
	}
	EXPECT_EQ(-ENOSPC, id);
	EXPECT_EQ(4096, i);
	args.id = 7;
	EXPECT_EQ(0, errno_of(ioctl(self->fd, QMSGFS_IOC_DETACH, &args)));
	EXPECT_EQ(7, attach_node(self->fd, self->chid, S_IFCHR | 0666, "/one_more"));
	EXPECT_EQ(-ENOSPC, attach_node(self->fd, self->chid, S_IFCHR | 0666, "/two_more"));
}

TEST_HARNESS_MAIN
