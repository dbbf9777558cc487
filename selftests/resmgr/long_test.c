// SPDX-License-Identifier: GPL-2.0-only
/*
 * Long reads: what a manager answers goes to the reader's own pages where answers have been long
 * before (D18). Every byte arrives, none beside them is touched, and who has left is not
 * written to.
 */
#include "module.h"

#include <stdio.h>
#include <sys/uio.h>
#include <sys/iofunc.h>
#include <sys/dispatch.h>

#include "../window/pins.h"

#define LONG	"/dev/long"
#define PAGE	4096
#define MOST	(1 << 20)
#define GUARD	64
#define FILL	0x5a
/* Answers of one length after another: the first is copied twice, the others are not. */
#define TIMES	3

enum how {
	WHOLE,		/* at once */
	HALF,		/* of what is asked for */
	PIECES,		/* the end, the beginning, and the middle, which is shorter */
	HELD,		/* not before it is released */
};

/* What the test sees of it. */
struct server {
	atomic_int how;
	atomic_int ready, held, released;
	atomic_int late;		/* errno of what is written when it is released; 0: none */
	atomic_int asked;		/* length of the last that was read */
	char data[MOST];
	pid_t pid;
};

static struct server *server;

static int write_at(rcvid_t rcvid, size_t from, size_t to)
{
	return MsgWrite(rcvid, server->data + from, to - from, from) == -1 ? errno : 0;
}

static int in_pieces(rcvid_t rcvid, size_t n)
{
	int err = write_at(rcvid, n / 2, n) ?: write_at(rcvid, 0, n / 3) ?:
		  write_at(rcvid, n / 3, n / 2);

	return err ?: MsgReply(rcvid, n, NULL, 0) == -1 ? errno : _RESMGR_NOREPLY;
}

static int long_read(resmgr_context_t *ctp, io_read_t *msg, RESMGR_OCB_T *ocb)
{
	size_t n = msg->i.nbytes;

	(void)ocb;
	server->asked = n;
	switch (server->how) {
	case PIECES:
		return in_pieces(ctp->rcvid, n);
	case HELD:
		server->held++;
		wait_until(server->released);
		server->late = write_at(ctp->rcvid, 0, n);
		break;
	case HALF:
		n /= 2;
	}
	return MsgReply(ctp->rcvid, n, server->data, n) == -1 ? errno : _RESMGR_NOREPLY;
}

static int be_server(void *arg)
{
	static resmgr_connect_funcs_t connect;
	static resmgr_io_funcs_t io;
	static iofunc_attr_t attr;
	dispatch_t *dpp = dispatch_create();
	dispatch_context_t *ctp;

	server = arg;
	iofunc_func_init(_RESMGR_CONNECT_NFUNCS, &connect, _RESMGR_IO_NFUNCS, &io);
	io.read = long_read;
	iofunc_attr_init(&attr, S_IFCHR | 0666, NULL, NULL);
	if (resmgr_attach(dpp, NULL, LONG, _FTYPE_ANY, 0, &connect, &io, &attr) == -1) {
		perror("resmgr_attach");
		return 1;
	}
	ctp = dispatch_context_alloc(dpp);
	server->ready = 1;
	while ((ctp = dispatch_block(ctp)))
		dispatch_handler(ctp);
	return 1;
}

FIXTURE(longs) {
	struct server *s;
	char *room;
	int fd;
};

FIXTURE_SETUP(longs)
{
	size_t i;

	self->s = shared_alloc(sizeof(*self->s));
	/* One more page on each side, for guards and odd addresses; and one to align it. */
	self->room = shared_alloc(MOST + 5 * PAGE);
	self->room += -(uintptr_t)self->room % PAGE;
	for (i = 0; i < MOST; i++)
		self->s->data[i] = i * 31 + i / PAGE;
	ASSERT_EQ(0, module_load());
	self->s->pid = fork_child(be_server, self->s);
	ASSERT_TRUE(wait_until(self->s->ready));
	self->fd = open(LONG, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(longs)
{
	restore_params();
	close(self->fd);
	EXPECT_EQ(0, kill(self->s->pid, SIGKILL));
	EXPECT_EQ(0, reap(self->s->pid, NULL));
	EXPECT_TRUE(module_unload());
	EXPECT_EQ(0, wait_for_no_pins());
}

static bool is_fill(const char *p, size_t n)
{
	for (; n && *p == FILL; n--)
		p++;
	return !n;
}

/* Reads @len bytes, of which @n come, to @at. */
static bool read_is_right(int fd, const struct server *s, char *at, size_t len, size_t n)
{
	memset(at - GUARD, FILL, len + 2 * GUARD);
	return read(fd, at, len) == (ssize_t)n && !memcmp(at, s->data, n) &&
	       is_fill(at - GUARD, GUARD) && is_fill(at + n, len - n + GUARD);
}

static const size_t sizes[] = {
	1, 255, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE, 65535, 65536 + PAGE, 300001, MOST,
};

static const size_t starts[] = { PAGE, PAGE + 1, 2 * PAGE - 1 };

static void read_all(struct __test_metadata *_metadata, int fd, struct server *s, char *room,
		     enum how how)
{
	size_t i, j, k, n;

	s->how = how;
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		for (j = 0; j < ARRAY_SIZE(starts); j++)
			for (k = 0; k < TIMES; k++) {
				n = how == HALF ? sizes[i] / 2 : sizes[i];
				ASSERT_TRUE(read_is_right(fd, s, room + starts[j], sizes[i], n))
					TH_LOG("%zu at %zu, %zu", sizes[i], starts[j], k);
			}
}

TEST_F(longs, whole)
{
	read_all(_metadata, self->fd, self->s, self->room, WHOLE);
}

TEST_F(longs, fewer_than_asked)
{
	read_all(_metadata, self->fd, self->s, self->room, HALF);
}

TEST_F(longs, in_pieces)
{
	read_all(_metadata, self->fd, self->s, self->room, PIECES);
}

/* One in several parts, after others in one: where those went is of no interest any more. */
TEST_F(longs, parts_after_whole)
{
	size_t n = MOST / 8;
	char *whole = self->room + PAGE, *parts = whole + 2 * n;
	const struct iovec iov[] = { { parts, n }, { parts + n, n } };
	int i;

	self->s->how = WHOLE;
	for (i = 0; i < TIMES; i++)
		ASSERT_EQ(2 * n, read(self->fd, whole, 2 * n));
	memset(whole, FILL, 2 * n);
	for (i = 0; i < TIMES; i++) {
		memset(parts, FILL, 2 * n);
		ASSERT_EQ(2 * n, readv(self->fd, iov, ARRAY_SIZE(iov)));
		EXPECT_EQ(0, memcmp(parts, self->s->data, 2 * n));
	}
	EXPECT_TRUE(is_fill(whole, 2 * n));
}

/* From large to small and back, whatever is remembered of earlier ones. */
TEST_F(longs, any_after_any)
{
	unsigned int n = 1, i;
	size_t len;

	for (i = 0; i < 200; i++) {
		n = n * 1103515245 + 12345;
		len = sizes[n / 65536 % ARRAY_SIZE(sizes)];
		self->s->how = n / 4096 % HELD;
		ASSERT_TRUE(read_is_right(self->fd, self->s, self->room + PAGE + 7, len,
					  self->s->how == HALF ? len / 2 : len)) TH_LOG("%zu", len);
	}
}

struct reader {
	int fd;
	char *to;
};

static int be_reader(void *arg)
{
	const struct reader *r = arg;

	return read(r->fd, r->to, MOST) == MOST ? 0 : 1;
}

/* A child that reads, and is held; one such read has been answered before. */
static pid_t start_reader(int fd, struct server *s, char *to)
{
	struct reader r = { fd, to };
	pid_t pid;

	s->how = WHOLE;
	if (read(fd, to, MOST) != MOST)
		return -1;
	/* Has no long answer, and says nothing of those that read() has. */
	if (lseek(fd, 0, SEEK_SET))
		return -1;
	memset(to, FILL, MOST);
	s->how = HELD;
	pid = fork_child(be_reader, &r);
	return pid > 0 && wait_until(s->held == 1) ? pid : -1;
}

/* Its pages are held while it waits, and not for longer. */
TEST_F(longs, its_own_pages)
{
	pid_t pid = start_reader(self->fd, self->s, self->room);
	int status;

	ASSERT_LT(0, pid);
	if (pins_held() != -1)
		EXPECT_EQ(MOST / PAGE, pins_held());
	EXPECT_TRUE(is_fill(self->room, MOST));
	self->s->released = 1;
	ASSERT_EQ(0, reap(pid, &status));
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, self->s->late);
	EXPECT_EQ(0, memcmp(self->room, self->s->data, MOST));
	EXPECT_EQ(0, wait_for_no_pins());
}

/* One that is killed: when its grace is over nobody writes to what was its memory. */
TEST_F(longs, killed)
{
	pid_t pid;

	ASSERT_EQ(0, write_param("kill_grace_ms", 50));
	pid = start_reader(self->fd, self->s, self->room);
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(0, reap(pid, NULL));
	EXPECT_EQ(0, wait_for_no_pins());
	self->s->released = 1;
	EXPECT_TRUE(wait_until(self->s->late == ESRCH));
	EXPECT_TRUE(is_fill(self->room, MOST));
}

TEST_HARNESS_MAIN
