// SPDX-License-Identifier: GPL-2.0-only
/* build: also -m32 */
/*
 * ioctl() and devctl() as the kernel takes them, and what a manager may answer; answers to lseek() and
 * fsync() that are odd. Rules: S10.17.
 */
#include "saying.h"

#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

FIXTURE(devctl) {
	struct saying *s;
	int fd;
};

FIXTURE_SETUP(devctl)
{
	self->s = shared_alloc(sizeof(*self->s));
	ASSERT_EQ(0, module_load());
	ASSERT_EQ(0, top_mount());
	ASSERT_TRUE(saying_start(self->s, S_IFREG | 0666));
	self->fd = open(SAID, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(devctl)
{
	close(self->fd);
	EXPECT_EQ(0, saying_end(self->s));
	EXPECT_TRUE(wait_until(top_unmounted()));
	EXPECT_TRUE(module_unload());
}

static struct qmsgfs_devctl_call with(const void *data, uint32_t n, uint32_t flags)
{
	return (struct qmsgfs_devctl_call) {
		.size = sizeof(struct qmsgfs_devctl_call),
		.flags = flags,
		.dcmd = 7,
		.nbytes = n,
		.data_ptr = (uintptr_t)data,
	};
}

static int call(int fd, const struct qmsgfs_devctl_call *args)
{
	return errno_of(ioctl(fd, QMSGFS_IOC_DEVCTL, args));
}

static void say_value(struct saying *s, int ret_val, size_t len)
{
	const struct qmsgfs_devctl_reply reply = { .ret_val = ret_val };

	say(s, QMSGFS_DEVCTL, &reply, len);
}

/* ---- what is asked ---- */

TEST_F(devctl, arguments)
{
	struct qmsgfs_devctl_call args = with(NULL, 0, 0);

	EXPECT_EQ(EFAULT, errno_of(ioctl(self->fd, QMSGFS_IOC_DEVCTL, unmapped_page())));
	args.size = sizeof(args) - 1;
	EXPECT_EQ(EINVAL, call(self->fd, &args));
	args.size = 0;
	EXPECT_EQ(EINVAL, call(self->fd, &args));
	args.size = 1 << 20;
	EXPECT_EQ(E2BIG, call(self->fd, &args));
	args = with(NULL, 0, 4);
	EXPECT_EQ(EINVAL, call(self->fd, &args));
	args = with(NULL, (uint32_t)INT32_MAX + 1, 0);
	EXPECT_EQ(EINVAL, call(self->fd, &args));
	EXPECT_EQ(0, said_to(self->s, QMSGFS_DEVCTL)->asked);
	args = with(NULL, 0, 0);
	EXPECT_EQ(0, call(self->fd, &args));
	EXPECT_EQ(1, said_to(self->s, QMSGFS_DEVCTL)->asked);
}

/* A later program's struct is longer: as long as it says nothing new there, that is no matter. */
TEST_F(devctl, longer_struct)
{
	struct {
		struct qmsgfs_devctl_call args;
		uint64_t later;
	} longer = { .args = with(NULL, 0, 0) };

	longer.args.size = sizeof(longer);
	EXPECT_EQ(0, call(self->fd, &longer.args));
	longer.later = 1;
	EXPECT_EQ(E2BIG, call(self->fd, &longer.args));
	EXPECT_EQ(1, said_to(self->s, QMSGFS_DEVCTL)->asked);
}

/* Where there is no memory nothing is sent from it; nor where it is not the program's. */
TEST_F(devctl, bad_data)
{
	struct qmsgfs_devctl_call args = with(unmapped_page(), 4, QMSGFS_DEVCTL_SEND);

	EXPECT_EQ(EFAULT, call(self->fd, &args));
	args.data_ptr = UINT64_MAX - 4095;
	EXPECT_EQ(EFAULT, call(self->fd, &args));
	args.flags = QMSGFS_DEVCTL_RECEIVE;
	EXPECT_EQ(EFAULT, call(self->fd, &args));
	EXPECT_EQ(0, said_to(self->s, QMSGFS_DEVCTL)->asked);
}

/* The word of an ioctl says how long what it points to is, and where that goes. */
TEST_F(devctl, word_of_ioctl)
{
	const struct qmsgfs_devctl *msg = (const void *)self->s->last;
	struct {
		struct qmsgfs_devctl_reply head;
		uint32_t value;
	} reply = { .value = 43 };
	uint32_t value = 42;

	EXPECT_EQ(0, ioctl(self->fd, _IOW('x', 1, value), &value));
	EXPECT_EQ((int32_t)_IOW('x', 1, value), msg->dcmd);
	EXPECT_EQ(4, msg->nbytes);
	EXPECT_EQ(sizeof(*msg) + 4, self->s->last_len);
	EXPECT_EQ(0, memcmp(msg + 1, &value, 4));
	say(self->s, QMSGFS_DEVCTL, &reply, sizeof(reply));
	EXPECT_EQ(0, ioctl(self->fd, _IOR('x', 2, value), &value));
	EXPECT_EQ(sizeof(*msg), self->s->last_len);
	EXPECT_EQ(43, value);
	EXPECT_EQ(0, ioctl(self->fd, _IOWR('x', 3, value), &value));
	EXPECT_EQ(sizeof(*msg) + 4, self->s->last_len);
	EXPECT_EQ(0, memcmp(msg + 1, &value, 4));
	/* No word: no data, whatever the argument. */
	EXPECT_EQ(0, ioctl(self->fd, 0x7777, 1));
	EXPECT_EQ(0, msg->nbytes);
	EXPECT_EQ(sizeof(*msg), self->s->last_len);
}

/* ---- what is answered ---- */

/* Less than ret_val is none: then it is the status. A negative one would be taken for an errno. */
TEST_F(devctl, values)
{
	const struct qmsgfs_devctl_call args = with(NULL, 0, 0);
	struct said *to = said_to(self->s, QMSGFS_DEVCTL);

	say_value(self->s, 9, sizeof(struct qmsgfs_devctl_reply));
	EXPECT_EQ(9, ioctl(self->fd, QMSGFS_IOC_DEVCTL, &args));
	EXPECT_EQ(9, ioctl(self->fd, _IO('x', 4)));
	say_value(self->s, -EPERM, sizeof(struct qmsgfs_devctl_reply));
	EXPECT_EQ(EIO, call(self->fd, &args));
	EXPECT_EQ(EIO, errno_of(ioctl(self->fd, _IO('x', 4))));
	say_value(self->s, 9, 7);
	to->status = 3;
	EXPECT_EQ(3, ioctl(self->fd, QMSGFS_IOC_DEVCTL, &args));
	say_error(self->s, QMSGFS_DEVCTL, ENOSYS);
	EXPECT_EQ(ENOSYS, call(self->fd, &args));
	EXPECT_EQ(ENOTTY, errno_of(ioctl(self->fd, _IO('x', 4))));
	say_error(self->s, QMSGFS_DEVCTL, EBUSY);
	EXPECT_EQ(EBUSY, call(self->fd, &args));
	EXPECT_EQ(EBUSY, errno_of(ioctl(self->fd, _IO('x', 4))));
}

/* Less than an offset is none, and there are none beyond off_t's. */
TEST_F(devctl, offsets)
{
	struct said *to = said_to(self->s, QMSGFS_LSEEK);
	uint64_t offset = INT64_MAX;

	say(self->s, QMSGFS_LSEEK, &(uint64_t){ 1000 }, 8);
	EXPECT_EQ(1000, lseek64(self->fd, 1000, SEEK_SET));
	to->len = 7;
	to->status = 5;
	EXPECT_EQ(5, lseek64(self->fd, 1000, SEEK_SET));
	say(self->s, QMSGFS_LSEEK, &offset, 8);
	EXPECT_TRUE(lseek64(self->fd, 0, SEEK_END) == INT64_MAX);
	offset++;
	say(self->s, QMSGFS_LSEEK, &offset, 8);
	EXPECT_EQ(EOVERFLOW, errno_of(lseek64(self->fd, 0, SEEK_END) == -1 ? -1 : 0));
	say_error(self->s, QMSGFS_LSEEK, ESPIPE);
	EXPECT_EQ(ESPIPE, errno_of(lseek64(self->fd, 0, SEEK_END) == -1 ? -1 : 0));
}

/* What was written and could not be made sure of is no success. */
TEST_F(devctl, write_that_is_not_synced)
{
	struct iovec iov = { "x", 1 };

	said_to(self->s, QMSGFS_WRITE)->status = 1;
	EXPECT_EQ(1, pwritev2(self->fd, &iov, 1, -1, RWF_DSYNC));
	EXPECT_EQ(1, said_to(self->s, QMSGFS_SYNC)->asked);
	say_error(self->s, QMSGFS_SYNC, ENOSPC);
	EXPECT_EQ(ENOSPC, errno_of(pwritev2(self->fd, &iov, 1, -1, RWF_DSYNC)));
	EXPECT_EQ(ENOSPC, errno_of(fsync(self->fd)));
	EXPECT_EQ(1, pwritev2(self->fd, &iov, 1, -1, 0));
	/* What was not written needs no sync. */
	say_error(self->s, QMSGFS_WRITE, EFBIG);
	EXPECT_EQ(EFBIG, errno_of(pwritev2(self->fd, &iov, 1, -1, RWF_DSYNC)));
	EXPECT_EQ(3, said_to(self->s, QMSGFS_SYNC)->asked);
}

/* Who takes only a part of what was read leaves the file a place that is none of its own. */
TEST_F(devctl, sendfile_into_what_is_full)
{
	const struct rlimit three = { 3, RLIM_INFINITY }, any = { RLIM_INFINITY, RLIM_INFINITY };
	const struct qmsgfs_io *msg = (const void *)self->s->last;
	int file = memfd_create("full", MFD_CLOEXEC);
	char buf[9];

	say(self->s, QMSGFS_READ, "plain old", 9);
	said_to(self->s, QMSGFS_READ)->status = 9;
	signal(SIGXFSZ, SIG_IGN);
	ASSERT_EQ(0, setrlimit(RLIMIT_FSIZE, &three));
	EXPECT_EQ(3, sendfile(file, self->fd, NULL, 9));
	ASSERT_EQ(0, setrlimit(RLIMIT_FSIZE, &any));
	EXPECT_EQ(3, pread(file, buf, 9, 0));
	EXPECT_EQ(9, read(self->fd, buf, 9));
	EXPECT_EQ(QMSGFS_XTYPE_NONE, msg->xtype & 0xff);
	EXPECT_EQ(2, said_to(self->s, QMSGFS_READ)->asked);
	close(file);
}

TEST_HARNESS_MAIN
