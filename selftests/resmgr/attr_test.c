// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a manager says of its file's attributes, and what becomes of it: of types that the file cannot
 * have, ids that are none, times that are none; and its errors. Rules: S10.22.
 */
#include "saying.h"

#include <sys/sysmacros.h>

FIXTURE(attr) {
	struct saying *s;
};

FIXTURE_SETUP(attr)
{
	self->s = shared_alloc(sizeof(*self->s));
	ASSERT_EQ(0, module_load());
	ASSERT_EQ(0, top_mount());
	ASSERT_TRUE(saying_start(self->s, S_IFREG | 0644));
}

FIXTURE_TEARDOWN(attr)
{
	restore_params();
	EXPECT_EQ(0, saying_end(self->s));
	EXPECT_TRUE(wait_until(top_unmounted()));
	EXPECT_TRUE(module_unload());
}

static bool look(struct saying *s, const struct qmsgfs_stat *said, struct stat *st)
{
	say(s, QMSGFS_STAT, said, sizeof(*said));
	return !stat(SAID, st);
}

/* A manager of devices may call its file any of these. */
TEST_F(attr, types_of_files)
{
	static const mode_t types[] = { S_IFREG, S_IFCHR, S_IFBLK, S_IFIFO, S_IFSOCK };
	struct qmsgfs_stat said = { .nlink = 1 };
	struct stat st;
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(*types); i++) {
		said.mode = types[i] | 04751;
		ASSERT_TRUE(look(self->s, &said, &st));
		EXPECT_EQ(types[i] | 04751, st.st_mode);
	}
}

/* What has been looked up as a file is no directory, and no link that nobody would follow. */
TEST_F(attr, types_that_it_cannot_have)
{
	static const mode_t types[] = { S_IFDIR, S_IFLNK, 0, S_IFMT };
	struct qmsgfs_stat said = { .nlink = 1 };
	struct stat st;
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(*types); i++) {
		said.mode = types[i] | 0640;
		ASSERT_TRUE(look(self->s, &said, &st));
		EXPECT_EQ(S_IFREG | 0640, st.st_mode) TH_LOG("%o", types[i]);
	}
}

/* -1 is nobody's: the file stays whose it was, as long as somebody has it. */
TEST_F(attr, ids_that_are_none)
{
	struct qmsgfs_stat said = { .mode = S_IFREG | 0644, .nlink = 1, .uid = 1000, .gid = 100 };
	int fd = open(SAID, O_PATH | O_CLOEXEC);
	struct stat st;

	ASSERT_LE(0, fd);
	ASSERT_TRUE(look(self->s, &said, &st));
	EXPECT_EQ(1000, st.st_uid);
	EXPECT_EQ(100, st.st_gid);
	said.uid = said.gid = -1;
	ASSERT_TRUE(look(self->s, &said, &st));
	EXPECT_EQ(1000, st.st_uid);
	EXPECT_EQ(100, st.st_gid);
	close(fd);
}

/* There are not so many nanoseconds in a second; nor bytes in a file. */
TEST_F(attr, numbers_that_are_too_large)
{
	struct qmsgfs_stat said = {
		.mode = S_IFREG | 0644,
		.nlink = 1,
		.size = UINT64_MAX,
		.atime = 1, .atime_nsec = 999999999,
		.mtime = 2, .mtime_nsec = 1000000000,
		.ctime = 3, .ctime_nsec = UINT32_MAX,
	};
	struct stat st;

	ASSERT_TRUE(look(self->s, &said, &st));
	EXPECT_EQ(INT64_MAX, st.st_size);
	EXPECT_EQ(1, st.st_atim.tv_sec);
	EXPECT_EQ(999999999, st.st_atim.tv_nsec);
	EXPECT_EQ(2, st.st_mtim.tv_sec);
	EXPECT_EQ(0, st.st_mtim.tv_nsec);
	EXPECT_EQ(3, st.st_ctim.tv_sec);
	EXPECT_EQ(0, st.st_ctim.tv_nsec);
}

TEST_F(attr, number_of_a_device)
{
	struct qmsgfs_stat said = { .mode = S_IFCHR | 0644, .nlink = 1, .rdev_minor = 3 };
	struct stat st;

	ASSERT_TRUE(look(self->s, &said, &st));
	EXPECT_EQ(makedev(0, 3), st.st_rdev);
	said.rdev_major = 7;
	ASSERT_TRUE(look(self->s, &said, &st));
	EXPECT_EQ(makedev(7, 3), st.st_rdev);
}

/* What is not there in full is no answer; what is not said the kernel has. */
TEST_F(attr, short_answer)
{
	struct qmsgfs_stat said = { .mode = S_IFREG | 0644, .ino = 77, .blksize = 512 };
	struct stat st, own;

	ASSERT_TRUE(look(self->s, &said, &st));
	EXPECT_EQ(1, st.st_nlink);
	EXPECT_EQ(77, st.st_ino);
	EXPECT_EQ(512, st.st_blksize);
	say(self->s, QMSGFS_STAT, &said, sizeof(said) - 1);
	EXPECT_EQ(EIO, errno_of(stat(SAID, &st)));
	say_error(self->s, QMSGFS_STAT, ENOSYS);
	ASSERT_EQ(0, stat(SAID, &own));
	EXPECT_TRUE(S_ISREG(own.st_mode));
	EXPECT_NE(77, own.st_ino);
}

/* Who has as many connections as he may cannot ask. */
TEST_F(attr, no_connection_left)
{
	struct stat st;

	ASSERT_EQ(0, write_param("user_connections", 0));
	EXPECT_EQ(ENOMEM, errno_of(stat(SAID, &st)));
	EXPECT_EQ(ENOMEM, errno_of(chmod(SAID, 0600)));
	restore_params();
	EXPECT_EQ(0, stat(SAID, &st));
	EXPECT_EQ(1, said_to(self->s, QMSGFS_STAT)->asked);
}

/* ---- changes ---- */

static void say_to_changes(struct saying *s, int error, int of_space)
{
	say_error(s, QMSGFS_CHMOD, error);
	say_error(s, QMSGFS_CHOWN, error);
	say_error(s, QMSGFS_UTIME, error);
	say_error(s, QMSGFS_SPACE, of_space);
}

static void expect_of_changes(struct __test_metadata *_metadata, int error, int of_space)
{
	const struct timespec times[2] = { { .tv_sec = 1 }, { .tv_sec = 2 } };

	EXPECT_EQ(error, errno_of(chmod(SAID, 0600)));
	EXPECT_EQ(error, errno_of(chown(SAID, 1, 1)));
	EXPECT_EQ(error, errno_of(utimensat(AT_FDCWD, SAID, times, 0)));
	EXPECT_EQ(of_space, errno_of(truncate(SAID, 0)));
}

/* Each has the name that it has elsewhere for what a file system cannot do. */
TEST_F(attr, unknown_changes)
{
	say_to_changes(self->s, ENOSYS, ENOSYS);
	expect_of_changes(_metadata, EPERM, EINVAL);
	EXPECT_EQ(1, said_to(self->s, QMSGFS_SPACE)->asked);
}

TEST_F(attr, refused_changes)
{
	say_to_changes(self->s, EROFS, EFBIG);
	expect_of_changes(_metadata, EROFS, EFBIG);
}

/* Not known is not allowed, other than with a name of a channel (S10.31). */
TEST_F(attr, refused_open)
{
	say_error(self->s, QMSGFS_CONNECT, EACCES);
	EXPECT_EQ(EACCES, errno_of(open(SAID, O_RDWR | O_CLOEXEC)));
	say_error(self->s, QMSGFS_CONNECT, ENOSYS);
	EXPECT_EQ(ENOSYS, errno_of(open(SAID, O_RDWR | O_CLOEXEC)));
}

static const struct qmsgfs_utime *told(const struct saying *s)
{
	return (const struct qmsgfs_utime *)s->last;
}

/* A message has both times: the one that is left alone is what the manager says it is. */
TEST_F(attr, one_time_of_two)
{
	const struct qmsgfs_stat said = { .mode = S_IFREG | 0644, .atime = 100, .mtime = 200 };
	struct timespec times[2] = { { .tv_sec = 5 }, { .tv_nsec = UTIME_OMIT } };

	say(self->s, QMSGFS_STAT, &said, sizeof(said));
	ASSERT_EQ(0, utimensat(AT_FDCWD, SAID, times, 0));
	EXPECT_EQ(5, told(self->s)->actime);
	EXPECT_EQ(200, told(self->s)->modtime);
	times[0].tv_nsec = UTIME_OMIT;
	times[1] = (struct timespec){ .tv_sec = 6 };
	ASSERT_EQ(0, utimensat(AT_FDCWD, SAID, times, 0));
	EXPECT_EQ(100, told(self->s)->actime);
	EXPECT_EQ(6, told(self->s)->modtime);
	times[0].tv_nsec = UTIME_NOW;
	times[1].tv_nsec = UTIME_OMIT;
	ASSERT_EQ(0, utimensat(AT_FDCWD, SAID, times, 0));
	EXPECT_EQ(0, told(self->s)->now);
	EXPECT_LT(1000000, told(self->s)->actime);
	EXPECT_EQ(200, told(self->s)->modtime);
	ASSERT_EQ(0, utimensat(AT_FDCWD, SAID, NULL, 0));
	EXPECT_NE(0, told(self->s)->now);
	/* It cannot be known. */
	say_error(self->s, QMSGFS_STAT, ENXIO);
	EXPECT_EQ(ENXIO, errno_of(utimensat(AT_FDCWD, SAID, times, 0)));
	EXPECT_EQ(4, said_to(self->s, QMSGFS_UTIME)->asked);
}

/* There is nobody to be asked for it. */
TEST_F(attr, manager_has_gone)
{
	int fd = open(SAID, O_RDWR | O_CLOEXEC);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, saying_end(self->s));
	EXPECT_EQ(EPERM, errno_of(fchmod(fd, 0600)));
	EXPECT_EQ(EPERM, errno_of(fchown(fd, 1, 1)));
	EXPECT_EQ(EIO, errno_of(ftruncate(fd, 0)));
	close(fd);
}

TEST_HARNESS_MAIN
