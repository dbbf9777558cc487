// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a manager is told by a file and its users: who opened it, where a read begins, and that
 * messages which only the kernel sends come from it. Rules: S10.5, S10.15.
 */
#include "parking.h"

#include <sys/fsuid.h>
#include <sys/mman.h>
#include <sys/sendfile.h>

FIXTURE(message) {
	struct parking *p;
};

FIXTURE_SETUP(message)
{
	self->p = shared_alloc(sizeof(*self->p));
	ASSERT_EQ(0, module_load());
}

FIXTURE_TEARDOWN(message)
{
	restore_params();
	EXPECT_EQ(0, parking_end(self->p));
	EXPECT_TRUE(module_unload());
}

/* ---- who ---- */

#define SOMEBODY	65534

/* Reads without waiting; the manager asks who opened it. */
static bool ask_who(struct parking *p, int fd)
{
	int reads = p->reads;
	char c;

	return read(fd, &c, 1) == -1 && errno == EAGAIN && p->reads == reads + 1;
}

TEST_F(message, who_opened)
{
	int fd;

	ASSERT_TRUE(parking_start(self->p));
	ASSERT_EQ(0, seteuid(SOMEBODY));
	fd = open(SAMPLE, O_RDONLY | O_NONBLOCK);
	ASSERT_EQ(0, seteuid(0));
	ASSERT_TRUE(ask_who(self->p, fd));
	EXPECT_EQ(0, self->p->reader_error);
	EXPECT_EQ(SOMEBODY, self->p->reader.cred.euid);
	EXPECT_EQ(0, self->p->reader.cred.ruid);
	EXPECT_EQ(getpid(), self->p->reader.pid);
	close(fd);
}

/* A file server opens with the rights of whom it serves. */
TEST_F(message, who_opened_by_fsuid)
{
	int fd;

	ASSERT_TRUE(parking_start(self->p));
	setfsuid(SOMEBODY);
	fd = open(SAMPLE, O_RDONLY | O_NONBLOCK);
	setfsuid(0);
	ASSERT_TRUE(ask_who(self->p, fd));
	EXPECT_EQ(SOMEBODY, self->p->reader.cred.euid);
	close(fd);
}

struct heir {
	int ends[2];
	int parent_gone;
	bool ok;
	struct parking *p;
	atomic_int done;
};

static int be_heir(void *arg)
{
	struct heir *h = arg;
	int fd = open(SAMPLE, O_RDONLY | O_NONBLOCK);
	char c;

	if (fork())
		return fd < 0;
	/* The parent has gone when its end of the pipe has. */
	close(h->ends[1]);
	(void)!read(h->ends[0], &c, 1);
	h->ok = ask_who(h->p, fd);
	close(fd);
	h->done = 1;
	_exit(0);
}

/* Its opener has ended, a child still has it. */
TEST_F(message, opener_has_gone)
{
	struct heir *h = shared_alloc(sizeof(*h));

	h->p = self->p;
	ASSERT_TRUE(parking_start(self->p));
	ASSERT_EQ(0, pipe(h->ends));
	EXPECT_EQ(0, reap(fork_child(be_heir, h), NULL));
	close(h->ends[1]);
	ASSERT_TRUE(wait_until(h->done));
	EXPECT_TRUE(h->ok);
	EXPECT_EQ(0, self->p->reader_error);
	EXPECT_EQ(0, self->p->reader.cred.euid);
	EXPECT_EQ(0, self->p->reader.pid);
	EXPECT_TRUE(wait_until(self->p->closed == 1));
}

/* ---- by hand ---- */

static int send_connect(int coid)
{
	io_open_t msg = {
		.connect = {
			.type = _IO_CONNECT,
			.subtype = _IO_CONNECT_OPEN,
			.ioflag = _IO_FLAG_RD | _IO_FLAG_WR,
			.path_len = 1,
		},
	};

	return MsgSend_r(coid, &msg, sizeof(msg), NULL, 0);
}

static int send_plain(int fd, int type)
{
	io_close_t msg = { .i = { .type = type, .combine_len = sizeof(msg.i) } };

	return MsgSend_r(fd, &msg.i, sizeof(msg.i), NULL, 0);
}

/* The mode of the file has let nobody in. */
TEST_F(message, forged_open)
{
	int fd, coid;

	ASSERT_TRUE(parking_start(self->p));
	fd = open(SAMPLE, O_RDONLY);
	coid = ConnectAttach(0, self->p->pid, 1, _NTO_SIDE_CHANNEL, 0);
	ASSERT_NE(-1, coid);
	EXPECT_EQ(-EPERM, send_connect(fd));
	EXPECT_EQ(-EPERM, send_connect(coid));
	EXPECT_EQ(1, self->p->opened);
	ConnectDetach(coid);
	close(fd);
	EXPECT_EQ(1, self->p->closed);
}

/* Others have the file too: it is open as long as that is so. */
TEST_F(message, forged_close)
{
	int fd;

	ASSERT_TRUE(parking_start(self->p));
	fd = open(SAMPLE, O_RDONLY | O_NONBLOCK);
	EXPECT_EQ(-EPERM, send_plain(fd, _IO_CLOSE));
	EXPECT_EQ(-EPERM, send_plain(fd, _IO_DUP));
	EXPECT_EQ(-EPERM, send_plain(fd, _IO_OPENFD));
	EXPECT_EQ(0, self->p->closed);
	EXPECT_TRUE(ask_who(self->p, fd));
	close(fd);
	EXPECT_EQ(1, self->p->closed);
}

static int send_transfer(int fd, int type)
{
	io_write_t msg = { .i = { .type = type, .combine_len = sizeof(msg.i), .nbytes = 0 } };

	return MsgSend_r(fd, &msg, sizeof(msg), NULL, 0);
}

/* A descriptor is good for what it was opened for, also where the manager relies on that. */
TEST_F(message, forged_write)
{
	int in, out;

	self->p->trusting = true;
	ASSERT_TRUE(parking_start(self->p));
	in = open(SAMPLE, O_RDONLY);
	out = open(SAMPLE, O_WRONLY);
	EXPECT_EQ(-EBADF, send_transfer(in, _IO_WRITE));
	EXPECT_EQ(-EBADF, send_transfer(out, _IO_READ));
	EXPECT_EQ(0, send_transfer(out, _IO_WRITE));
	close(in);
	close(out);
}

static int send_notify(int fd, int kind)
{
	io_notify_t msg = {
		.i = {
			.type = _IO_NOTIFY,
			.combine_len = sizeof(msg.i),
			.flags = _NOTIFY_COND_INPUT,
		},
	};

	msg.i.event.sigev_notify = kind;
	return MsgSend_r(fd, &msg.i, sizeof(msg.i), NULL, 0);
}

/* Whom the kernel tells of changes, only the kernel says. */
TEST_F(message, forged_poller)
{
	int fd;

	ASSERT_TRUE(parking_start(self->p));
	fd = open(SAMPLE, O_RDONLY);
	EXPECT_EQ(-EPERM, send_notify(fd, 0x46535031));
	/* That may be said; this manager has no handler for it. */
	EXPECT_EQ(-ENOSYS, send_notify(fd, SIGEV_NONE));
	close(fd);
}

/* ---- where, and how much ---- */

TEST_F(message, offsets)
{
	const off_t none = 1LL << 62;
	int fd;
	char c;

	ASSERT_TRUE(parking_start(self->p));
	fd = open(SAMPLE, O_RDWR);
	EXPECT_EQ(-1, pread(fd, &c, 1, none + 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, pwrite(fd, &c, 1, none + 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(0, self->p->reads);
	/* One below is an offset, which this manager has no use for. */
	EXPECT_EQ(-1, pread(fd, &c, 1, none - 1));
	EXPECT_EQ(ENOSYS, errno);
	close(fd);
}

/* What a manager gives beyond its status comes to nobody, and is not lost either. */
TEST_F(message, more_than_its_status)
{
	char text[16] = "";
	int fd, file, i;

	self->p->too_much = true;
	ASSERT_TRUE(parking_start(self->p));
	fd = open(SAMPLE, O_RDONLY);
	file = memfd_create("copy", MFD_CLOEXEC);
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(100, sendfile(file, fd, NULL, 100));
		EXPECT_EQ(6, pread(file, text, 6, i * 100));
		EXPECT_EQ(0, strncmp(text, "tototo", 7));
	}
	close(file);
	close(fd);
}

/* A quota is no reason to try again at once. */
TEST_F(message, quota)
{
	ASSERT_TRUE(parking_start(self->p));
	ASSERT_EQ(0, write_param("user_connections", 0));
	EXPECT_EQ(-1, open(SAMPLE, O_RDONLY));
	EXPECT_EQ(ENOMEM, errno);
}

TEST_HARNESS_MAIN
