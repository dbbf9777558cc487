// SPDX-License-Identifier: GPL-2.0-only
/*
 * A manager that does without the library, and says what a library would not; and clients that few
 * think of: pipes, sendfile(), flags of one call, accounting of processes, closes of who is kept.
 */
#include "module.h"

#include <limits.h>
#include <linux/qmsgfs.h>
#include <sys/acct.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>

#define NODE	"/dev/native"
#define TOP	"/tmp/qnx"
#define LENGTH	9

enum answer {
	PLAIN,		/* LENGTH bytes at once */
	TWICE,		/* what has been written is written again, */
	OVERLAPPING,	/* in part, */
	BACKWARDS,	/* the last first */
	ERROR,		/* an error */
	NOTHING,	/* none, ever */
};

/* What the tests see of it, and tell it. */
struct native {
	mode_t mode;
	atomic_int answer;
	atomic_int error;
	atomic_int ready;
	atomic_int reads, writes, syncs, waiting;
	pid_t pid;
};

union message {
	uint16_t type;
	struct _pulse pulse;
	struct qmsgfs_connect connect;
	struct qmsgfs_io io;
	char bytes[256];
};

static int attach(const struct native *n, int chid)
{
	struct qmsgfs_attach args = {
		.size = sizeof(args),
		.chid = chid,
		.mode = n->mode | 0666,
		.path_len = strlen(NODE),
		.path_ptr = (uintptr_t)NODE,
	};
	int fd = open("/dev/qmsgfs", O_RDWR | O_CLOEXEC);

	return fd < 0 ? fd : ioctl(fd, QMSGFS_IOC_ATTACH, &args);
}

static void on_read(const struct native *n, rcvid_t rcvid)
{
	switch (n->answer) {
	case TWICE:
		MsgWrite(rcvid, "abcdefghi", LENGTH, 0);
		MsgWrite(rcvid, "XXXX", 4, 2);
		MsgReply(rcvid, LENGTH, "AB", 2);
		return;
	case OVERLAPPING:
		MsgWrite(rcvid, "abcd", 4, 0);
		MsgWrite(rcvid, "12345", 5, 2);
		MsgWrite(rcvid, "67", 2, 7);
		MsgReply(rcvid, LENGTH, NULL, 0);
		return;
	case BACKWARDS:
		MsgWrite(rcvid, "56789", 5, 4);
		MsgWrite(rcvid, "1234", 4, 0);
		MsgReply(rcvid, LENGTH, NULL, 0);
		return;
	default:
		MsgReply(rcvid, LENGTH, "plain old", LENGTH);
	}
}

/* One byte, the last: whoever has asked gets the rest from elsewhere. */
static void on_connect(rcvid_t rcvid, const union message *msg)
{
	if (msg->connect.subtype == QMSGFS_CONNECT_COMBINE_CLOSE)
		MsgWrite(rcvid, "", 1, sizeof(struct qmsgfs_stat) - 1);
	MsgReply(rcvid, 0, NULL, 0);
}

static void on_message(struct native *n, rcvid_t rcvid, const union message *msg)
{
	if (n->answer == NOTHING) {
		n->waiting++;
		return;
	}
	if (n->answer == ERROR) {
		MsgError(rcvid, n->error);
		return;
	}
	switch (msg->type) {
	case QMSGFS_CONNECT:
		on_connect(rcvid, msg);
		break;
	case QMSGFS_READ:
		n->reads++;
		on_read(n, rcvid);
		break;
	case QMSGFS_WRITE:
		n->writes++;
		MsgReply(rcvid, msg->io.nbytes, NULL, 0);
		break;
	case QMSGFS_SYNC:
		n->syncs++;
		/* fallthrough */
	default:
		MsgReply(rcvid, 0, NULL, 0);
	}
}

static int be_native(void *arg)
{
	int chid = ChannelCreate(_NTO_CHF_UNBLOCK);
	struct native *n = arg;
	union message msg;
	rcvid_t rcvid;

	if (attach(n, chid))
		return 1;
	n->ready = 1;
	while ((rcvid = MsgReceive(chid, &msg, sizeof(msg), NULL)) != -1)
		if (rcvid)
			on_message(n, rcvid, &msg);
	return 2;
}

FIXTURE(native) {
	struct native *n;
	int fd;
};

FIXTURE_SETUP(native)
{
	self->n = shared_alloc(sizeof(*self->n));
	self->fd = -1;
	ASSERT_EQ(0, module_load());
	mkdir(TOP, 0755);
	ASSERT_EQ(0, mount("none", TOP, "qmsgfs", 0, NULL));
}

static bool native_start(struct native *n, mode_t mode)
{
	n->mode = mode;
	n->pid = fork_child(be_native, n);
	return n->pid > 0 && wait_until(n->ready);
}

FIXTURE_TEARDOWN(native)
{
	acct(NULL);
	kill(self->n->pid, SIGKILL);
	EXPECT_EQ(0, reap(self->n->pid, NULL));
	restore_params();
	if (self->fd >= 0)
		close(self->fd);
	EXPECT_TRUE(wait_until(!umount(TOP)));
	EXPECT_TRUE(module_unload());
}

/* ---- what is answered ---- */

TEST_F(native, order_of_pieces)
{
	char buf[LENGTH + 1] = "";

	ASSERT_TRUE(native_start(self->n, S_IFCHR));
	self->fd = open(NODE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	EXPECT_EQ(LENGTH, read(self->fd, buf, LENGTH));
	EXPECT_STREQ("plain old", buf);
	self->n->answer = TWICE;
	EXPECT_EQ(LENGTH, read(self->fd, buf, LENGTH));
	EXPECT_STREQ("ABXXXXghi", buf);
	self->n->answer = OVERLAPPING;
	EXPECT_EQ(LENGTH, read(self->fd, buf, LENGTH));
	EXPECT_STREQ("ab1234567", buf);
	self->n->answer = BACKWARDS;
	EXPECT_EQ(LENGTH, read(self->fd, buf, LENGTH));
	EXPECT_STREQ("123456789", buf);
}

/* In several buffers of the client's. */
TEST_F(native, order_of_pieces_in_parts)
{
	char a[2], b[1], c[6];
	struct iovec iov[] = { { a, 2 }, { b, 1 }, { c, 6 } };
	char got[LENGTH + 1];
	int i;

	ASSERT_TRUE(native_start(self->n, S_IFCHR));
	self->fd = open(NODE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	for (i = TWICE; i <= BACKWARDS; i++) {
		self->n->answer = i;
		EXPECT_EQ(LENGTH, readv(self->fd, iov, 3));
		snprintf(got, sizeof(got), "%.2s%.1s%.6s", a, b, c);
		EXPECT_STREQ(i == TWICE ? "ABXXXXghi" : i == OVERLAPPING ? "ab1234567" :
			     "123456789", got);
	}
}

/* What the manager has left out is nothing of the kernel's. */
TEST_F(native, stat)
{
	struct stat st;
	int i;

	ASSERT_TRUE(native_start(self->n, S_IFREG));
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, stat(TOP NODE, &st));
		EXPECT_EQ(0, st.st_size);
		EXPECT_EQ(0, st.st_uid);
		EXPECT_EQ(0, st.st_gid);
		EXPECT_EQ(0, st.st_mtime);
		EXPECT_EQ(0, st.st_blocks);
	}
}

/* Errors that the kernel knows, and acts upon; no program does. */
static const int kernels_own[] = {
	512 /* ERESTARTSYS */, 513 /* ERESTARTNOINTR */, 514 /* ERESTARTNOHAND */,
	516 /* ERESTART_RESTARTBLOCK */, 517 /* EPROBE_DEFER */, 529 /* EIOCBQUEUED */,
	530 /* ERECALLCONFLICT */, 4095, 4096, INT_MAX,
};

static int errno_of(long ret)
{
	return ret == -1 ? errno : 0;
}

TEST_F(native, errors_of_the_kernel)
{
	struct stat st;
	size_t i;
	char c;

	ASSERT_TRUE(native_start(self->n, S_IFCHR));
	self->fd = open(NODE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	for (i = 0; i < sizeof(kernels_own) / sizeof(*kernels_own); i++) {
		self->n->error = kernels_own[i];
		self->n->answer = ERROR;
		EXPECT_EQ(EIO, errno_of(read(self->fd, &c, 1))) TH_LOG("%d", kernels_own[i]);
		EXPECT_EQ(EIO, errno_of(write(self->fd, &c, 1)));
		EXPECT_EQ(EIO, errno_of(lseek(self->fd, 0, SEEK_SET)));
		EXPECT_EQ(EIO, errno_of(fsync(self->fd)));
		EXPECT_EQ(EIO, errno_of(ioctl(self->fd, _IOR('x', 1, int), &st)));
		EXPECT_EQ(EIO, errno_of(open(NODE, O_RDONLY | O_CLOEXEC)));
		EXPECT_EQ(EIO, errno_of(stat(TOP NODE, &st)));
	}
	self->n->error = EHWPOISON;
	EXPECT_EQ(EHWPOISON, errno_of(read(self->fd, &c, 1)));
	self->n->answer = PLAIN;
	EXPECT_EQ(1, read(self->fd, &c, 1));
}

/* ---- who asks ---- */

/* Others would wait for the lock of a pipe, not to be killed. One that nobody else has is good. */
TEST_F(native, pipes)
{
	int ends[2], file = memfd_create("copy", MFD_CLOEXEC);
	char buf[LENGTH + 1] = "";

	ASSERT_TRUE(native_start(self->n, S_IFCHR));
	self->fd = open(NODE, O_RDWR | O_CLOEXEC);
	ASSERT_EQ(0, pipe2(ends, O_CLOEXEC));
	EXPECT_EQ(-1, splice(self->fd, NULL, ends[1], NULL, LENGTH, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, sendfile(ends[1], self->fd, NULL, LENGTH));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(0, self->n->reads);
	ASSERT_EQ(1, write(ends[1], "x", 1));
	EXPECT_EQ(-1, splice(ends[0], NULL, self->fd, NULL, 1, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(0, self->n->writes);
	EXPECT_EQ(LENGTH, sendfile(file, self->fd, NULL, LENGTH));
	EXPECT_EQ(LENGTH, pread(file, buf, LENGTH, 0));
	EXPECT_STREQ("plain old", buf);
	EXPECT_EQ(LENGTH, sendfile(self->fd, file, &(off_t){ 0 }, LENGTH));
	EXPECT_EQ(1, self->n->writes);
	close(ends[0]);
	close(ends[1]);
	close(file);
}

/* Of one call, and of a file that was opened so: the latter its manager knows. */
TEST_F(native, flags_of_a_call)
{
	struct iovec iov = { "x", 1 };
	int sync;

	ASSERT_TRUE(native_start(self->n, S_IFCHR));
	self->fd = open(NODE, O_RDWR | O_CLOEXEC);
	EXPECT_EQ(1, pwritev2(self->fd, &iov, 1, -1, 0));
	EXPECT_EQ(0, self->n->syncs);
	EXPECT_EQ(1, pwritev2(self->fd, &iov, 1, -1, RWF_DSYNC));
	EXPECT_EQ(1, self->n->syncs);
	EXPECT_EQ(1, pwritev2(self->fd, &iov, 1, -1, RWF_SYNC));
	EXPECT_EQ(2, self->n->syncs);
	EXPECT_EQ(3, self->n->writes);
	EXPECT_EQ(-1, pwritev2(self->fd, &iov, 1, -1, RWF_APPEND));
	EXPECT_EQ(EOPNOTSUPP, errno);
	EXPECT_EQ(3, self->n->writes);
	sync = open(NODE, O_RDWR | O_DSYNC | O_APPEND | O_CLOEXEC);
	EXPECT_EQ(1, write(sync, "x", 1));
	EXPECT_EQ(4, self->n->writes);
	EXPECT_EQ(2, self->n->syncs);
	close(sync);
}

static int be_short(void *unused)
{
	(void)unused;
	return 7;
}

/* What a process leaves behind in the accounts is written when nothing can end a wait any more. */
TEST_F(native, accounting)
{
	int status;

	ASSERT_TRUE(native_start(self->n, S_IFREG));
	if (acct(TOP NODE))
		SKIP(return, "acct: %s", strerror(errno));
	self->n->answer = NOTHING;
	ASSERT_EQ(0, reap(fork_child(be_short, NULL), &status));
	EXPECT_EQ(7, WEXITSTATUS(status));
	self->n->answer = PLAIN;
}

static int be_closer(void *arg)
{
	int fd = open(NODE, O_RDWR | O_CLOEXEC);
	struct native *n = arg;

	if (fd < 0)
		return 1;
	n->answer = NOTHING;
	return close(fd) ? 2 : 0;
}

static int be_executor(void *arg)
{
	int fd = open(NODE, O_RDWR | O_CLOEXEC), in = open("/dev/null", O_RDONLY);
	struct native *n = arg;

	if (fd < 0 || dup2(in, 0))
		return 1;
	n->answer = NOTHING;
	execl("/bin/cat", "cat", NULL);
	return 2;
}

/* Nor does an exec wait for what it closes: others wait for that, as for an exit. */
TEST_F(native, close_by_exec)
{
	int status;

	ASSERT_TRUE(native_start(self->n, S_IFCHR));
	ASSERT_EQ(0, reap(fork_child(be_executor, self->n), &status));
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, self->n->waiting);
}

/* Though who is killed on this channel may be held for ever, who closes is not. */
TEST_F(native, close_without_a_grace)
{
	int status;

	ASSERT_EQ(0, write_param("kill_grace_max_ms", -1));
	ASSERT_EQ(0, write_param("kill_grace_ms", -1));
	ASSERT_TRUE(native_start(self->n, S_IFCHR));
	ASSERT_EQ(0, reap(fork_child(be_closer, self->n), &status));
	EXPECT_EQ(0, WEXITSTATUS(status));
	EXPECT_EQ(1, self->n->waiting);
}

TEST_HARNESS_MAIN
