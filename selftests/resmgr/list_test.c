// SPDX-License-Identifier: GPL-2.0-only
/*
 * A directory as its manager says it: entries that are none, little room for them, places in it, and
 * two who read it through one descriptor. Rules: S10.22.
 */
#include "saying.h"

#include <dirent.h>
#include <sys/syscall.h>

#define HEAD	offsetof(struct qmsgfs_dirent, name)

FIXTURE(list) {
	struct saying *s;
	int fd;
};

FIXTURE_SETUP(list)
{
	self->s = shared_alloc(sizeof(*self->s));
	ASSERT_EQ(0, module_load());
	ASSERT_EQ(0, top_mount());
	ASSERT_TRUE(saying_start(self->s, S_IFDIR | 0755));
	self->fd = open(SAID, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(list)
{
	close(self->fd);
	EXPECT_EQ(0, saying_end(self->s));
	EXPECT_TRUE(wait_until(top_unmounted()));
	EXPECT_TRUE(module_unload());
}

/* An entry as it ought to be, in @room, and what is wrong with it. */
struct entry {
	const char *wrong;
	uint64_t ino;
	int64_t offset;
	int16_t reclen, namelen;
	const char *name;
};

static size_t put(char *room, const struct entry *e)
{
	const struct qmsgfs_dirent head = {
		.ino = e->ino, .offset = e->offset, .reclen = e->reclen, .namelen = e->namelen,
	};

	memcpy(room, &head, HEAD);
	memcpy(room + HEAD, e->name, 4);
	return HEAD + 4;
}

/* The bytes that getdents64() gave, or -errno. */
static int list(int fd, void *buf, size_t size)
{
	long ret = syscall(SYS_getdents64, fd, buf, size);

	return ret < 0 ? -errno : (int)ret;
}

static const struct dirent64 *first_of(const char *buf)
{
	return (const struct dirent64 *)buf;
}

static const struct entry good = { NULL, 5, 0, 24, 4, "good" };

/* None of these is believed, and none is taken for the end. */
static const struct entry bad[] = {
	{ "no length", 5, 0, 0, 4, "name" },
	{ "a negative length", 5, 0, -24, 4, "name" },
	{ "a length beyond the answer", 5, 0, 32, 4, "name" },
	{ "an odd length", 5, 0, 20, 4, "name" },
	{ "no name", 5, 0, 24, 0, "name" },
	{ "a negative length of its name", 5, 0, 24, -4, "name" },
	{ "a name that no file has", 5, 0, 24, 256, "name" },
	{ "a name beyond its length", 5, 0, 24, 5, "name" },
	{ "a negative place", 5, -1, 24, 4, "name" },
	{ "a place with none after it", 5, INT64_MAX, 24, 4, "name" },
	{ "a zero in its name", 5, 0, 24, 4, "na\0e" },
	{ "a path for a name", 5, 0, 24, 4, "na/e" },
};

static void say_entries(struct saying *s, const char *room, size_t len)
{
	say(s, QMSGFS_READ, room, len);
	said_to(s, QMSGFS_READ)->status = (int)len;
}

/* The manager's mistake is EIO; it is no end. */
TEST_F(list, entries_that_are_none)
{
	char room[64] = "", buf[256];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		put(room, &bad[i]);
		say_entries(self->s, room, 24);
		EXPECT_EQ(-EIO, list(self->fd, buf, sizeof(buf))) TH_LOG("%s", bad[i].wrong);
		ASSERT_EQ(0, lseek(self->fd, 0, SEEK_SET));
	}
	put(room, &good);
	say_entries(self->s, room, 8);
	EXPECT_EQ(-EIO, list(self->fd, buf, sizeof(buf)));
	ASSERT_EQ(0, lseek(self->fd, 0, SEEK_SET));
	/* The status is more than what came. */
	said_to(self->s, QMSGFS_READ)->status = 24;
	EXPECT_EQ(-EIO, list(self->fd, buf, sizeof(buf)));
}

/* Whoever reads has what was good, and then the error. */
TEST_F(list, good_before_bad)
{
	char room[64] = "", buf[256];
	size_t i;

	put(room, &good);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		put(room + 24, &bad[i]);
		say_entries(self->s, room, 48);
		EXPECT_LT(0, list(self->fd, buf, sizeof(buf))) TH_LOG("%s", bad[i].wrong);
		EXPECT_STREQ("good", first_of(buf)->d_name);
		EXPECT_EQ(5, first_of(buf)->d_ino);
		EXPECT_EQ(-EIO, list(self->fd, buf, sizeof(buf))) TH_LOG("%s", bad[i].wrong);
		ASSERT_EQ(0, lseek(self->fd, 0, SEEK_SET));
	}
}

/* The longest names; what has no number gets one, always the same. */
TEST_F(list, longest_name)
{
	const struct entry e = { NULL, 0, 0, 280, 255, "xxxx" };
	char room[280], buf[600];
	uint64_t ino;

	memset(room, 'x', sizeof(room));
	put(room, &e);
	say_entries(self->s, room, sizeof(room));
	ASSERT_LT(0, list(self->fd, buf, 300));
	EXPECT_EQ(255, strlen(first_of(buf)->d_name));
	ino = first_of(buf)->d_ino;
	EXPECT_NE(0, ino);
	ASSERT_EQ(0, lseek(self->fd, 0, SEEK_SET));
	ASSERT_LT(0, list(self->fd, buf, 300));
	EXPECT_EQ(ino, first_of(buf)->d_ino);
}

/* What has no room now comes with the next call, without a message. */
TEST_F(list, little_room)
{
	const struct entry second = { NULL, 6, 1, 24, 4, "more" };
	struct said *to = said_to(self->s, QMSGFS_READ);
	char room[64] = "", buf[32];

	put(room, &good);
	put(room + 24, &second);
	say_entries(self->s, room, 48);
	to->once = true;
	EXPECT_EQ(-EINVAL, list(self->fd, buf, 8));
	EXPECT_EQ(1, to->asked);
	EXPECT_EQ(24, list(self->fd, buf, sizeof(buf)));
	EXPECT_STREQ("good", first_of(buf)->d_name);
	EXPECT_EQ(1, to->asked);
	EXPECT_EQ(24, list(self->fd, buf, sizeof(buf)));
	EXPECT_STREQ("more", first_of(buf)->d_name);
	EXPECT_EQ(2, to->asked);
	EXPECT_EQ(0, list(self->fd, buf, sizeof(buf)));
}

TEST_F(list, error)
{
	char buf[32];

	say_error(self->s, QMSGFS_READ, ENXIO);
	EXPECT_EQ(-ENXIO, list(self->fd, buf, sizeof(buf)));
	say_error(self->s, QMSGFS_CONNECT, EMFILE);
	EXPECT_EQ(EMFILE, errno_of(open(SAID, O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
}

/* To the beginning and where an entry was; nowhere else, and not past the manager. */
TEST_F(list, places)
{
	const struct entry e = { NULL, 5, 41, 24, 4, "good" };
	char room[32] = "", buf[32];

	put(room, &e);
	say_entries(self->s, room, 24);
	said_to(self->s, QMSGFS_READ)->once = true;
	ASSERT_EQ(24, list(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(42, lseek(self->fd, 0, SEEK_CUR));
	EXPECT_EQ(EINVAL, errno_of(lseek(self->fd, 1, SEEK_CUR)));
	EXPECT_EQ(EINVAL, errno_of(lseek(self->fd, 0, SEEK_END)));
	EXPECT_EQ(EINVAL, errno_of(lseek(self->fd, -1, SEEK_SET)));
	EXPECT_EQ(0, said_to(self->s, QMSGFS_LSEEK)->asked);
	say_error(self->s, QMSGFS_LSEEK, ESPIPE);
	EXPECT_EQ(ESPIPE, errno_of(lseek(self->fd, 41, SEEK_SET)));
	EXPECT_EQ(42, lseek(self->fd, 0, SEEK_CUR));
	say_error(self->s, QMSGFS_LSEEK, 0);
	EXPECT_EQ(41, lseek(self->fd, 41, SEEK_SET));
	EXPECT_EQ(41, lseek(self->fd, 0, SEEK_CUR));
	EXPECT_EQ(2, said_to(self->s, QMSGFS_LSEEK)->asked);
}

/* ---- two who read ---- */

struct reader {
	int fd;
	bool seeks;
	atomic_int begun;
};

static void nothing(int sig)
{
	(void)sig;
}

static int be_reader(void *arg)
{
	const struct sigaction act = { .sa_handler = nothing };
	struct reader *r = arg;
	char buf[64];

	sigaction(SIGUSR1, &act, NULL);
	r->begun = 1;
	return r->seeks ? errno_of(lseek(r->fd, 0, SEEK_SET)) : -list(r->fd, buf, sizeof(buf));
}

static int interrupted(struct reader *r)
{
	pid_t pid = fork_child(be_reader, r);
	int status = 0;

	if (!wait_until(r->begun) || wait_for_task_state(pid, pid, 'S'))
		return -ETIMEDOUT;
	kill(pid, SIGUSR1);
	return reap(pid, &status) ?: WEXITSTATUS(status);
}

/* The second one waits for the first, whom the manager holds: and leaves when he has to. */
TEST_F(list, second_reader_leaves)
{
	struct reader *r = shared_alloc(3 * sizeof(*r));
	struct said *to = said_to(self->s, QMSGFS_READ);
	pid_t first;

	r[0].fd = r[1].fd = r[2].fd = self->fd;
	r[2].seeks = true;
	to->hold = true;
	first = fork_child(be_reader, &r[0]);
	ASSERT_TRUE(wait_until(to->asked == 1));
	EXPECT_EQ(EINTR, interrupted(&r[1]));
	EXPECT_EQ(EINTR, interrupted(&r[2]));
	EXPECT_EQ(1, to->asked);
	EXPECT_EQ(0, said_to(self->s, QMSGFS_LSEEK)->asked);
	EXPECT_FALSE(is_reapable(first));
	EXPECT_EQ(0, saying_end(self->s));
	EXPECT_EQ(0, reap(first, NULL));
}

/* ---- what is below ---- */

/* A path has as many bytes as a message has for it, and a name as many as elsewhere. */
TEST_F(list, long_paths)
{
	char path[1200] = SAID, name[257];
	struct stat st;
	int i;

	memset(name, 'n', 256);
	name[256] = 0;
	snprintf(path, sizeof(path), SAID "/%s", name);
	EXPECT_EQ(ENAMETOOLONG, errno_of(stat(path, &st)));
	snprintf(path, sizeof(path), TOP "/%s", name);
	EXPECT_EQ(ENAMETOOLONG, errno_of(stat(path, &st)));
	/* "/said" and four times 254. */
	strcpy(path, SAID);
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(0, stat(path, &st));
		snprintf(path + strlen(path), 255, "/%.253s", name);
	}
	ASSERT_EQ(1021, strlen(path) - strlen(TOP));
	EXPECT_EQ(0, stat(path, &st));
	strcat(path, "n");
	EXPECT_EQ(0, stat(path, &st));
	path[strlen(path) - 1] = 0;
	strcat(path, "/n");
	EXPECT_EQ(0, stat(path, &st));
	strcat(path, "n");
	EXPECT_EQ(ENAMETOOLONG, errno_of(stat(path, &st)));
}

TEST_HARNESS_MAIN
