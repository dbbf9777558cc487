// SPDX-License-Identifier: GPL-2.0-only
/*
 * C12, F18: a process is killed in the middle of a long copy, which does not go on to its end.
 * How far it has come is seen in the file behind the buffer: that is empty, and gets its
 * pages one by one as they are touched.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "hazard.h"

#define BYTES	(16UL << 20)
#define TURNS	10

FIXTURE(kill_copy)
{
	struct peer *p;		/* who copies */
	struct client *c;
	int file;
	char *buffer;		/* at the same address in both */
};

FIXTURE_SETUP(kill_copy)
{
	ASSERT_LE(0, peer_open(peer_self()));
	self->file = memfd_create("buffer", MFD_CLOEXEC);
	ASSERT_LE(0, self->file);
	ASSERT_EQ(0, ftruncate(self->file, BYTES));
	self->buffer = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, self->file, 0);
	ASSERT_TRUE(self->buffer != MAP_FAILED);
}

FIXTURE_TEARDOWN_PARENT(kill_copy)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

static size_t touched(FIXTURE_DATA(kill_copy) *self)
{
	struct stat st;

	return fstat(self->file, &st) ? 0 : st.st_blocks * 512UL;
}

static int start_over(FIXTURE_DATA(kill_copy) *self)
{
	if (fallocate(self->file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, BYTES))
		return -errno;
	self->p = peer_fork();
	return self->p && peer_open(self->p) >= 0 ? 0 : -EAGAIN;
}

/* As soon as the copy has begun. Whether it had not got to its end. */
static bool kill_in_copy(struct __test_metadata *_metadata, FIXTURE_DATA(kill_copy) *self)
{
	uint64_t limit = deadline_in_ms(wait_limit_ms());

	while (!touched(self) && now_ns() < limit)
		;
	EXPECT_EQ(0, peer_kill(self->p, SIGKILL));
	EXPECT_EQ(0, peer_reap(self->p, NULL));
	EXPECT_LT(0, touched(self));
	return touched(self) < BYTES;
}

static void start_sending(struct __test_metadata *_metadata, FIXTURE_DATA(kill_copy) *self,
			  int chid)
{
	ASSERT_EQ(0, start_over(self));
	self->c = client_connect(self->p, getpid(), chid);
	self->c->args.send_ptr = (uintptr_t)self->buffer;
	self->c->args.send_len = BYTES;
	ASSERT_EQ(0, client_send(self->c));
}

TEST_F(kill_copy, F18_a_client_that_sends_much)
{
	int chid = qmsg_channel_create(Q, 0);
	bool cut = false;

	start_sending(_metadata, self, chid);
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
	ASSERT_EQ(BYTES, touched(self));
	ASSERT_FALSE(kill_in_copy(_metadata, self));
	for (int turn = 0; turn < TURNS && !cut; turn++) {
		start_sending(_metadata, self, chid);
		cut = kill_in_copy(_metadata, self);
		EXPECT_EQ(0, read_channel(getpid(), Q, chid, "queued"));
	}
	EXPECT_TRUE(cut);
}

/* The client is told that there is nobody any more. */
TEST_F(kill_copy, F18_a_server_that_receives_much)
{
	char *message = mmap(NULL, BYTES, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct receiver *r;
	bool cut = false;

	ASSERT_TRUE(message != MAP_FAILED);
	for (int turn = 0; turn < TURNS && !cut; turn++) {
		ASSERT_EQ(0, start_over(self));
		r = receiver_new(self->p, peer_channel(self->p, 0));
		r->args.buf_ptr = (uintptr_t)self->buffer;
		r->args.buf_len = BYTES;
		self->c = client_connect(peer_self(), self->p->pid, r->args.chid);
		self->c->args.send_ptr = (uintptr_t)message;
		self->c->args.send_len = BYTES;
		ASSERT_EQ(0, client_send(self->c));
		ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
		ASSERT_EQ(0, receiver_go(r));
		cut = kill_in_copy(_metadata, self);
		ASSERT_EQ(0, client_wait(self->c));
		EXPECT_EQ(-ESRCH, client_result(self->c));
	}
	EXPECT_TRUE(cut);
}

/* S2.27: it was answered, whether it comes to see that or not. */
TEST_F(kill_copy, F18_a_client_that_is_answered_at_length)
{
	char *reply = mmap(NULL, BYTES, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int chid = qmsg_channel_create(Q, 0);
	bool cut = false;

	ASSERT_TRUE(reply != MAP_FAILED);
	for (int turn = 0; turn < TURNS && !cut; turn++) {
		int64_t rcvid;

		ASSERT_EQ(0, start_over(self));
		self->c = client_connect(self->p, getpid(), chid);
		self->c->args.reply_ptr = (uintptr_t)self->buffer;
		self->c->args.reply_len = BYTES;
		rcvid = client_send_received(self->c, Q, chid, NULL);
		ASSERT_LT(0, rcvid);
		EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 0, reply, BYTES));
		cut = kill_in_copy(_metadata, self);
	}
	EXPECT_TRUE(cut);
}

TEST_HARNESS_MAIN
