// SPDX-License-Identifier: GPL-2.0-only
/*
 * F4, F5: buffers in memory that is unmapped, moved, emptied, split and merged while it is
 * copied. What arrives was there at some time, or the owner of the memory gets EFAULT;
 * nobody else notices.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <stdlib.h>

#include "mapping.h"

#define BUFFER	(64 * PAGE)

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif

/* In the client process: what its second thread does to the buffer, for ever. */
struct moving {
	char *base;		/* SPACE bytes, aligned as a huge page is */
	char *at;		/* of them BUFFER, in both huge pages */
	int file;		/* behind it, or -1 */
	atomic_int rounds;	/* of the thread */
};

static struct moving moving;

static void op_protect(struct moving *m)
{
	mprotect(m->at + PAGE, BUFFER / 2, PROT_NONE);
	mprotect(m->at + PAGE, BUFFER / 2, PROT_READ);
	mprotect(m->at + PAGE, BUFFER / 2, PROT_READ | PROT_WRITE);
}

static void op_unmap(struct moving *m)
{
	munmap(m->at + PAGE, BUFFER / 2);
	mmap(m->at + PAGE, BUFFER / 2, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	memset(m->at + PAGE, 'b', BUFFER / 4);
}

static void op_move(struct moving *m)
{
	static char *spare;

	if (!spare)
		spare = mmap(NULL, BUFFER, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mremap(m->at, BUFFER / 2, BUFFER / 2, MREMAP_MAYMOVE | MREMAP_FIXED, spare);
	mremap(spare, BUFFER / 2, BUFFER / 2, MREMAP_MAYMOVE | MREMAP_FIXED, m->at);
	memset(m->at, 'b', PAGE);
}

static void op_dontneed(struct moving *m)
{
	madvise(m->at, BUFFER, MADV_DONTNEED);
	memset(m->at, 'b', BUFFER / 4);
}

static void op_free(struct moving *m)
{
	madvise(m->at, BUFFER, MADV_FREE);
	madvise(m->at, BUFFER, MADV_PAGEOUT);
	memset(m->at, 'b', BUFFER / 4);
}

static void op_punch(struct moving *m)
{
	fallocate(m->file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, m->at - m->base + PAGE,
		  BUFFER / 2);
	memset(m->at, 'b', BUFFER / 4);
}

static void op_truncate(struct moving *m)
{
	if (ftruncate(m->file, m->at - m->base + PAGE) || ftruncate(m->file, SPACE))
		abort();
}

/* Small pages where a huge one was, and back. */
static void op_huge(struct moving *m)
{
	madvise(m->base, SPACE, MADV_HUGEPAGE);
	madvise(m->at + 7 * PAGE, PAGE, MADV_DONTNEED);
	mprotect(m->base + HUGE + PAGE, PAGE, PROT_READ);
	mprotect(m->base + HUGE + PAGE, PAGE, PROT_READ | PROT_WRITE);
	memset(m->at, 'b', BUFFER / 4);
	madvise(m->base, SPACE, MADV_COLLAPSE);
}

/* ksmd itself walks behind this. */
static void op_merge(struct moving *m)
{
	madvise(m->at, BUFFER, MADV_MERGEABLE);
	memset(m->at, 'b', BUFFER / 4);
	madvise(m->at, BUFFER, MADV_UNMERGEABLE);
}

static void (*const ops[])(struct moving *m) = {
	op_protect, op_unmap, op_move, op_dontneed, op_free, op_punch, op_truncate, op_huge,
	op_merge,
};

enum { PROTECT, UNMAP, MOVE, DONTNEED, FREE, PUNCH, TRUNCATE, HUGE_PAGES, MERGE };

static void *move_for_ever(void *arg)
{
	void (*op)(struct moving *m) = arg;

	for (;;) {
		op(&moving);
		atomic_fetch_add(&moving.rounds, 1);
	}
	return NULL;
}

/* n: op, whether the memory is a file's. The address of the buffer, or -errno. */
static int64_t do_start_moving(void *arg)
{
	struct numbers *n = arg;
	pthread_t thread;

	moving.file = n->n[1] ? memfd_create("moving", MFD_CLOEXEC) : -1;
	if (n->n[1] && (moving.file < 0 || ftruncate(moving.file, SPACE)))
		return -errno;
	moving.base = map_space(moving.file);
	if (moving.base == MAP_FAILED)
		return -errno;
	moving.at = moving.base + HUGE - BUFFER / 2;
	memset(moving.at, 'a', BUFFER);
	if (pthread_create(&thread, NULL, move_for_ever, ops[n->n[0]]))
		return -EAGAIN;
	return (int64_t)(uintptr_t)moving.at;
}

static int64_t do_count_moves(void *arg)
{
	(void)arg;
	return atomic_load(&moving.rounds);
}

FIXTURE(moving)
{
	struct peer *p;
	int chid;
	struct client *c;
	char *in, *out;
};

FIXTURE_VARIANT(moving)
{
	int op;
	bool file;
};

#define MOVING(name, _op, _file)			\
	FIXTURE_VARIANT_ADD(moving, name)		\
	{						\
		.op = _op, .file = _file,		\
	}

MOVING(protected, PROTECT, false);
MOVING(unmapped, UNMAP, false);
MOVING(moved, MOVE, false);
MOVING(not_needed, DONTNEED, false);
MOVING(freed, FREE, false);
MOVING(punched, PUNCH, true);
MOVING(truncated, TRUNCATE, true);
MOVING(huge_and_small, HUGE_PAGES, false);
MOVING(merged, MERGE, false);

/* They do not stay when the test has failed: these are settings of the machine. */
static void machine_settings(bool on)
{
	put_text("/sys/kernel/mm/ksm/run", on ? "1" : "2");
	put_text("/sys/kernel/mm/ksm/sleep_millisecs", on ? "1" : "20");
	put_text("/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs",
		 on ? "10" : "10000");
}

FIXTURE_SETUP(moving)
{
	int64_t at;

	if (variant->op == HUGE_PAGES || variant->op == MERGE)
		machine_settings(true);
	ASSERT_LE(0, peer_open(peer_self()));
	self->chid = qmsg_channel_create(Q, 0);
	self->p = peer_fork();
	ASSERT_TRUE(self->p != NULL);
	ASSERT_LE(0, peer_open(self->p));
	self->c = client_connect(self->p, getpid(), self->chid);
	ASSERT_TRUE(self->c != NULL);
	/* its thread is there before anything moves: its stack must not come to lie in a gap */
	self->c->args.send_deadline = 0;
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, client_wait(self->c));
	self->c->args.send_deadline = QMSG_NO_DEADLINE;
	at = in_peer(self->p, do_start_moving, variant->op, variant->file);
	ASSERT_LT(0, at);
	self->c->args.send_ptr = self->c->args.reply_ptr = at;
	self->c->args.send_len = self->c->args.reply_len = BUFFER;
	self->in = malloc(BUFFER);
	self->out = malloc(BUFFER);
	memset(self->out, 'r', BUFFER);
}

FIXTURE_TEARDOWN_PARENT(moving)
{
	if (variant->op == HUGE_PAGES || variant->op == MERGE)
		machine_settings(false);
	EXPECT_EQ(0, wait_for_no_objects());
}

/* Old, new, of an earlier reply, or emptied; never anybody else's. */
static bool is_ours(const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i] != 0 && p[i] != 'a' && p[i] != 'b' && p[i] != 'r')
			return false;
	return true;
}

/* Until the client is queued, or has come back with EFAULT: whether it is queued. */
static bool is_sent(FIXTURE_DATA(moving) *self)
{
	return wait_until(client_done(self->c) ||
			  read_channel(getpid(), Q, self->chid, "queued") == 1) &&
	       !client_done(self->c);
}

TEST_F(moving, F4_F5_memory_that_changes_during_the_copy)
{
	int n = few_rounds(8), sent = 0, arrived = 0;

	for (int i = 0; i < n; i++) {
		int64_t rcvid;

		ASSERT_EQ(0, client_send(self->c));
		if (!is_sent(self)) {
			ASSERT_EQ(-EFAULT, client_result(self->c)) TH_LOG("round %d", i);
			continue;
		}
		rcvid = receive_soon(Q, self->chid, self->in, BUFFER, NULL);
		ASSERT_LT(0, rcvid);
		ASSERT_TRUE(is_ours(self->in, BUFFER)) TH_LOG("round %d", i);
		ASSERT_EQ(0, qmsg_msg_reply(Q, rcvid, 4, self->out, BUFFER));
		ASSERT_EQ(0, client_wait(self->c));
		ASSERT_TRUE(client_result(self->c) == 4 || client_result(self->c) == -EFAULT)
			TH_LOG("round %d: %lld", i, (long long)client_result(self->c));
		sent++;
		arrived += client_result(self->c) == 4;
	}
	TH_LOG("%d rounds: %d sent, %d answers arrived, %lld changes", n, sent, arrived,
	       (long long)in_peer(self->p, do_count_moves, 0));
	EXPECT_LT(0, in_peer(self->p, do_count_moves, 0));
}

TEST_HARNESS_MAIN
