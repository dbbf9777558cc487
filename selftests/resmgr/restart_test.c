// SPDX-License-Identifier: GPL-2.0-only
/*
 * restart_syscall(2) of a program that has calls of two kinds parked, whose restarts a tracer has
 * taken away: what is in the frame that it comes from is not taken for a call of the other kind.
 */
#include "../hazards/tracer.h"
#include "holding.h"

#ifdef __x86_64__

FIXTURE(restart) {
	struct holding *h;
	int chid;
};

FIXTURE_SETUP(restart)
{
	self->h = shared_alloc(sizeof(*self->h));
	self->h->point = AT_READ;
	self->h->lets_go = true;
	ASSERT_EQ(0, module_load());
	ASSERT_TRUE(holding_start(self->h));
	self->chid = ChannelCreate(0);
	ASSERT_LE(0, self->chid);
}

FIXTURE_TEARDOWN(restart)
{
	ChannelDestroy(self->chid);
	EXPECT_EQ(0, holding_end(self->h));
	EXPECT_TRUE(module_unload());
}

struct program {
	int chid;
	int (*calls)(int coid, int fd);
	int result;			/* of the restart */
};

static struct program *program;

/* Each in a frame of its own, one deeper than the other. */
#define FRAME	4096

static long call_in_frame(int depth, long (*call)(int), int fd)
{
	volatile char room[FRAME];

	room[0] = 0;
	room[FRAME - 1] = depth ? call_in_frame(depth - 1, call, fd) : call(fd);
	return room[FRAME - 1];
}

static long send_message(int coid)
{
	return MsgSend(coid, "ping", 5, NULL, 0);
}

static long read_file(int fd)
{
	char text[8];

	return read(fd, text, sizeof(text));
}

static long restart(int unused)
{
	(void)unused;
	program->result = syscall(SYS_restart_syscall) == -1 ? errno : 0;
	return 0;
}

static int message_then_file(int coid, int fd)
{
	call_in_frame(8, send_message, coid);
	call_in_frame(0, read_file, fd);
	call_in_frame(4, restart, 0);
	return 0;
}

static int file_then_message(int coid, int fd)
{
	call_in_frame(8, read_file, fd);
	call_in_frame(0, send_message, coid);
	call_in_frame(4, restart, 0);
	return 0;
}

static int be_program(void *arg)
{
	int fd = open(HELD, O_RDWR | O_CLOEXEC), coid;

	program = arg;
	coid = ConnectAttach(0, getppid(), program->chid, _NTO_SIDE_CHANNEL, 0);
	return fd < 0 || coid == -1 || program->calls(coid, fd);
}

/* The call has left its request parked, and returns EINTR. */
static int take_restart_away(pid_t pid)
{
	return seize(pid) ?: cancel_call(pid);
}

static bool message_comes(FIXTURE_DATA(restart) *self)
{
	char text[8];

	return MsgReceive(self->chid, text, sizeof(text), NULL) > 0;
}

static bool read_comes(FIXTURE_DATA(restart) *self)
{
	return wait_until(self->h->held == 1);
}

static struct program *program_new(int chid, int (*calls)(int coid, int fd))
{
	struct program *p = shared_alloc(sizeof(*p));

	p->chid = chid;
	p->calls = calls;
	p->result = -1;
	return p;
}

TEST_F(restart, of_a_file_over_a_message)
{
	struct program *p = program_new(self->chid, message_then_file);
	pid_t pid = fork_child(be_program, p);

	ASSERT_TRUE(message_comes(self));
	ASSERT_EQ(0, take_restart_away(pid));
	ASSERT_TRUE(read_comes(self));
	ASSERT_EQ(0, take_restart_away(pid));
	EXPECT_EQ(0, reap(pid, NULL));
	EXPECT_EQ(EBADF, p->result);
}

TEST_F(restart, of_a_message_over_a_file)
{
	struct program *p = program_new(self->chid, file_then_message);
	pid_t pid = fork_child(be_program, p);

	ASSERT_TRUE(read_comes(self));
	ASSERT_EQ(0, take_restart_away(pid));
	ASSERT_TRUE(message_comes(self));
	ASSERT_EQ(0, take_restart_away(pid));
	EXPECT_EQ(0, reap(pid, NULL));
	EXPECT_EQ(EBADF, p->result);
}

#else

TEST(restart)
{
	SKIP(return, "the tracer knows x86's registers only");
}

#endif

TEST_HARNESS_MAIN
