// SPDX-License-Identifier: GPL-2.0-only
/*
 * A14, A15, B14: every file call that makes no sense on a context or on a connection.
 * Each gives a clean error, or does what it does to any file, and harms nothing.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <poll.h>

#include "../abi/rig.h"

#define FIFREEZE_REQUEST	_IOWR('X', 119, int)	/* <linux/fs.h> clashes with libc */

FIXTURE(file_calls)
{
	struct rig rig;
	int fd, pipe[2];
};

FIXTURE_VARIANT(file_calls)
{
	bool connection;
};

FIXTURE_VARIANT_ADD(file_calls, context)
{
	.connection = false,
};

FIXTURE_VARIANT_ADD(file_calls, connection)
{
	.connection = true,
};

FIXTURE_SETUP(file_calls)
{
	ASSERT_EQ(0, rig_open(&self->rig, 0));
	ASSERT_EQ(0, pipe(self->pipe));
	self->fd = self->rig.q;
	if (variant->connection)
		self->fd = qmsg_connect_attach(self->rig.q, 0, self->rig.echo_chid, 0, 0);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN_PARENT(file_calls)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

/* What was done to the descriptor has not hurt what it stands for. */
static void expect_works(struct __test_metadata *_metadata, FIXTURE_DATA(file_calls) *self,
			 bool connection)
{
	int coid = connection ? self->fd : self->rig.echo_coid;

	EXPECT_EQ(7, qmsg_msg_send(self->rig.q, coid, "x", 1, NULL, 0));
}

#define REFUSED(call, ...) ({							\
	static const int allowed[] = { __VA_ARGS__ };				\
	bool ok = false;							\
	long ret;								\
	errno = 0;								\
	ret = (long)(call);							\
	for (size_t n = 0; n < ARRAY_SIZE(allowed); n++)			\
		ok |= ret == -1 && errno == allowed[n];				\
	EXPECT_TRUE(ok) TH_LOG("%s: %ld, errno %d", #call, ret, errno);		\
})

TEST_F(file_calls, A15_reading_and_writing)
{
	struct iovec iov = { self->rig.in, RIG_BYTES };
	char buf[8] = "x";

	REFUSED(read(self->fd, buf, sizeof(buf)), EINVAL);
	REFUSED(write(self->fd, buf, sizeof(buf)), EINVAL);
	REFUSED(read(self->fd, buf, 0), EINVAL);
	REFUSED(write(self->fd, buf, 0), EINVAL);
	REFUSED(pread(self->fd, buf, sizeof(buf), 0), EINVAL, ESPIPE);
	REFUSED(pwrite(self->fd, buf, sizeof(buf), 0), EINVAL, ESPIPE);
	REFUSED(readv(self->fd, &iov, 1), EINVAL);
	REFUSED(writev(self->fd, &iov, 1), EINVAL);
	expect_works(_metadata, self, variant->connection);
}

TEST_F(file_calls, A15_splicing)
{
	int null = open("/dev/null", O_RDWR);
	int zero = open("/dev/zero", O_RDWR);

	ASSERT_EQ(1, write(self->pipe[1], "x", 1));
	REFUSED(splice(self->fd, NULL, self->pipe[1], NULL, 16, 0), EINVAL);
	REFUSED(splice(self->pipe[0], NULL, self->fd, NULL, 1, 0), EINVAL);
	REFUSED(sendfile(self->fd, zero, NULL, 16), EINVAL);
	REFUSED(sendfile(null, self->fd, NULL, 16), EINVAL);
	REFUSED(copy_file_range(self->fd, NULL, null, NULL, 16, 0), EINVAL, EBADF, EXDEV);
	REFUSED(copy_file_range(null, NULL, self->fd, NULL, 16, 0), EINVAL, EBADF, EXDEV);
	REFUSED(tee(self->fd, self->pipe[1], 16, 0), EINVAL);
	expect_works(_metadata, self, variant->connection);
}

TEST_F(file_calls, A15_mapping)
{
	static const int prots[] = { PROT_NONE, PROT_READ, PROT_WRITE, PROT_READ | PROT_WRITE };

	for (size_t i = 0; i < ARRAY_SIZE(prots); i++) {
		REFUSED(mmap(NULL, 4096, prots[i], MAP_SHARED, self->fd, 0), ENODEV);
		REFUSED(mmap(NULL, 4096, prots[i], MAP_PRIVATE, self->fd, 0), ENODEV);
	}
	expect_works(_metadata, self, variant->connection);
}

TEST_F(file_calls, A15_positions_and_sizes)
{
	REFUSED(lseek(self->fd, 0, SEEK_SET), ESPIPE);
	REFUSED(lseek(self->fd, 1, SEEK_END), ESPIPE);
	REFUSED(ftruncate(self->fd, 0), EINVAL);
	REFUSED(fallocate(self->fd, 0, 0, 4096), ENODEV, ESPIPE, EOPNOTSUPP);
	REFUSED(posix_fadvise(self->fd, 0, 0, POSIX_FADV_DONTNEED) ? (errno = EINVAL, -1) : -1,
		EINVAL, 0);
	REFUSED(readahead(self->fd, 0, 4096), EINVAL);
	REFUSED(sync_file_range(self->fd, 0, 0, 0), ESPIPE, EINVAL);
	REFUSED(fsync(self->fd), EINVAL);
	REFUSED(fdatasync(self->fd), EINVAL);
	expect_works(_metadata, self, variant->connection);
}

TEST_F(file_calls, A15_as_a_directory_or_a_socket)
{
	char buf[64];

	REFUSED(openat(self->fd, "x", O_RDONLY), ENOTDIR);
	REFUSED(fchdir(self->fd), ENOTDIR);
	REFUSED(syscall(SYS_getdents64, self->fd, buf, sizeof(buf)), ENOTDIR);
	REFUSED(syscall(SYS_listen, self->fd, 1), ENOTSOCK);
	REFUSED(fgetxattr(self->fd, "user.x", buf, sizeof(buf)), EOPNOTSUPP, ENODATA, EPERM);
	expect_works(_metadata, self, variant->connection);
}

TEST_F(file_calls, A15_locks_leases_and_flags)
{
	struct flock lock = { .l_type = F_RDLCK };
	int flags = fcntl(self->fd, F_GETFL);

	ASSERT_LE(0, flags);
	EXPECT_EQ(0, flock(self->fd, LOCK_EX | LOCK_NB));
	EXPECT_EQ(0, flock(self->fd, LOCK_UN));
	fcntl(self->fd, F_SETLK, &lock);
	REFUSED(fcntl(self->fd, F_SETLEASE, F_RDLCK), EINVAL);
	REFUSED(fcntl(self->fd, F_SETFL, flags | O_DIRECT), EINVAL);
	REFUSED(fcntl(self->fd, F_SETPIPE_SZ, 4096), EBADF);
	REFUSED(fcntl(self->fd, F_ADD_SEALS, F_SEAL_WRITE), EINVAL, EPERM);
	fcntl(self->fd, F_SETOWN, getpid());
	fcntl(self->fd, F_SETFL, flags | O_ASYNC);
	fcntl(self->fd, F_SETFL, flags | O_NONBLOCK);
	expect_works(_metadata, self, variant->connection);
	EXPECT_EQ(0, fcntl(self->fd, F_SETFL, flags));
}

TEST_F(file_calls, A15_polling_does_not_hang_or_crash)
{
	struct pollfd pfd = { .fd = self->fd, .events = POLLIN | POLLOUT | POLLPRI };
	struct epoll_event ev = { .events = EPOLLIN };
	int ep = epoll_create1(0);

	EXPECT_LE(0, poll(&pfd, 1, 0));
	if (epoll_ctl(ep, EPOLL_CTL_ADD, self->fd, &ev)) {
		EXPECT_EQ(EPERM, errno);
	} else {
		EXPECT_LE(0, epoll_wait(ep, &ev, 1, 0));
	}
	expect_works(_metadata, self, variant->connection);
	close(ep);
	expect_works(_metadata, self, variant->connection);
}

TEST_F(file_calls, A15_generic_requests)
{
	int number = 1;
	struct stat st;

	EXPECT_EQ(0, fstat(self->fd, &st));
	EXPECT_EQ(0, ioctl(self->fd, FIOCLEX));
	EXPECT_NE(0, fcntl(self->fd, F_GETFD) & FD_CLOEXEC);
	EXPECT_EQ(0, ioctl(self->fd, FIONBIO, &number));
	REFUSED(ioctl(self->fd, FIONREAD, &number), ENOTTY, EINVAL);
	REFUSED(ioctl(self->fd, FIFREEZE_REQUEST, 0), EOPNOTSUPP, ENOTTY, EPERM, EBUSY);
	expect_works(_metadata, self, variant->connection);
}

/* Opening the link of an anonymous inode fails as for any; the device's gives a new context. */
TEST_F(file_calls, B14_reopening_through_proc)
{
	struct qmsg_query query;
	char path[64];
	int again;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", self->fd);
	again = open(path, O_RDWR);
	if (variant->connection) {
		EXPECT_EQ(-1, again);
		EXPECT_EQ(ENXIO, errno);
	} else {
		ASSERT_LE(0, again);
		EXPECT_EQ(0, qmsg_query(again, &query));
		EXPECT_LT(0, qmsg_channel_create(again, 0));
		EXPECT_EQ(-EBADF, qmsg_msg_send(again, self->rig.echo_coid, "x", 1, NULL, 0));
		EXPECT_EQ(0, close(again));
	}
	expect_works(_metadata, self, variant->connection);
}

TEST_F(file_calls, A14_the_mode_of_the_open)
{
	static const int modes[] = { O_RDONLY, O_WRONLY, O_RDWR, O_RDWR | O_NONBLOCK };
	struct qmsg_query query;
	int fd;

	if (variant->connection)
		SKIP(return, "a connection is not opened");
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		fd = open("/dev/qmsg", modes[i]);
		ASSERT_LE(0, fd) TH_LOG("mode %#x", modes[i]);
		EXPECT_EQ(0, qmsg_query(fd, &query)) TH_LOG("mode %#x", modes[i]);
		EXPECT_LT(0, qmsg_channel_create(fd, 0)) TH_LOG("mode %#x", modes[i]);
		close(fd);
	}
	fd = open("/dev/qmsg", O_PATH);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-EBADF, qmsg_query(fd, &query));
	close(fd);
}

TEST_HARNESS_MAIN
