// SPDX-License-Identifier: GPL-2.0-only
/*
 * C12, F18: a process is killed in the middle of a long copy, which does not go on to its end.
 * Where the copy stands is known: it waits for a missing page, and is killed when that comes.
 * How far it went from there is seen in the file behind the rest of the buffer: it is empty,
 * and gets its pages one by one as they are touched.
 */
#include "kselftest_harness.h"

#include <sys/stat.h>
#include <sys/uio.h>

#include "fault.h"

#define REST	(32UL << 20)
#define TURNS	10

FIXTURE(kill_copy)
{
	struct peer *p;			/* who copies */
	struct client *c;
	struct receiver *r;
	struct numbers *numbers;
	struct iovec *iov;		/* the missing page, the rest */
	int file;
	char *rest;
};

FIXTURE_SETUP(kill_copy)
{
	ASSERT_LE(0, peer_open(peer_self()));
	self->iov = shared_alloc(2 * sizeof(*self->iov));
	self->numbers = shared_alloc(sizeof(*self->numbers));
	self->file = memfd_create("rest", MFD_CLOEXEC);
	ASSERT_LE(0, self->file);
	ASSERT_EQ(0, ftruncate(self->file, REST));
	self->rest = mmap(NULL, REST, PROT_READ | PROT_WRITE, MAP_SHARED, self->file, 0);
	ASSERT_TRUE(self->rest != MAP_FAILED);
	if (in_peer(peer_fork(), do_make_region, 1) < 0)
		SKIP(return, "no userfaultfd");
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

/* A new process with the buffer, of which nothing is there. */
static int start_over(FIXTURE_DATA(kill_copy) *self)
{
	int64_t page;

	if (fallocate(self->file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, REST))
		return -errno;
	self->p = peer_fork();
	if (!self->p || peer_open(self->p) < 0)
		return -EAGAIN;
	page = in_peer(self->p, do_make_region, 1);
	self->iov[0] = (struct iovec){ (void *)page, FAULT_PAGE };
	self->iov[1] = (struct iovec){ self->rest, REST };
	return page < 0 ? page : 0;
}

/* The page comes, and then, or right behind it, the end. */
static int64_t do_fill_and_die(void *arg)
{
	int64_t err = do_fill_page(arg);

	kill(getpid(), SIGKILL);
	return err;
}

static int fill_and_die(FIXTURE_DATA(kill_copy) *self)
{
	*self->numbers = (struct numbers){ .n = { 0, 'x' } };
	return peer_start(self->p, do_fill_and_die, self->numbers) ?: peer_reap(self->p, NULL);
}

static void start_sending(struct __test_metadata *_metadata, FIXTURE_DATA(kill_copy) *self,
			  int chid)
{
	ASSERT_EQ(0, start_over(self));
	self->c = client_connect(self->p, getpid(), chid);
	self->c->args.flags = QMSG_SEND_IOV;
	self->c->args.send_ptr = (uintptr_t)self->iov;
	self->c->args.send_len = 2;
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, in_peer(self->p, do_wait_for_fault, 0));
}

TEST_F(kill_copy, F18_a_client_that_sends_much)
{
	int chid = qmsg_channel_create(Q, 0), turn;
	bool cut = false;

	start_sending(_metadata, self, chid);
	ASSERT_EQ(0, in_peer(self->p, do_fill_page, 0, 'x'));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
	ASSERT_EQ(REST, touched(self));
	ASSERT_EQ(0, peer_kill(self->p, SIGKILL));
	ASSERT_EQ(0, peer_reap(self->p, NULL));
	for (turn = 0; turn < TURNS && !cut; turn++) {
		start_sending(_metadata, self, chid);
		ASSERT_EQ(0, fill_and_die(self));
		EXPECT_EQ(0, read_channel(getpid(), Q, chid, "queued"));
		cut = touched(self) < REST;
	}
	EXPECT_TRUE(cut);
}

static void start_receiving(struct __test_metadata *_metadata, FIXTURE_DATA(kill_copy) *self,
			    char *message)
{
	int chid;

	ASSERT_EQ(0, start_over(self));
	chid = peer_channel(self->p, 0);
	self->c = client_connect(peer_self(), self->p->pid, chid);
	self->c->args.send_ptr = (uintptr_t)message;
	self->c->args.send_len = FAULT_PAGE + REST;
	self->r = receiver_new(self->p, chid);
	self->r->args.flags = QMSG_RECEIVE_IOV;
	self->r->args.buf_ptr = (uintptr_t)self->iov;
	self->r->args.buf_len = 2;
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
	ASSERT_EQ(0, receiver_go(self->r));
	ASSERT_EQ(0, in_peer(self->p, do_wait_for_fault, 0));
}

/* The client is told that there is nobody any more. */
TEST_F(kill_copy, F18_a_server_that_receives_much)
{
	char *message = mmap(NULL, FAULT_PAGE + REST, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool cut = false;
	int turn;

	ASSERT_TRUE(message != MAP_FAILED);
	for (turn = 0; turn < TURNS && !cut; turn++) {
		start_receiving(_metadata, self, message);
		ASSERT_EQ(0, fill_and_die(self));
		ASSERT_EQ(0, client_wait(self->c));
		EXPECT_EQ(-ESRCH, client_result(self->c));
		cut = touched(self) < REST;
	}
	EXPECT_TRUE(cut);
}

TEST_HARNESS_MAIN
