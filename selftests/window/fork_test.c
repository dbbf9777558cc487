// SPDX-License-Identifier: GPL-2.0-only
/*
 * D4: another thread forks while its process's memory is shown to a server. The reply is the
 * parent's, in its own page; the child has a copy of what was there when it was made.
 */
#include "kselftest_harness.h"

#include <sys/mman.h>

#include "../hazards/hazard.h"
#include "pins.h"
#include "window.h"

#define LEN	(8 * PAGE)

/* The client's process: its private memory, at the same address in its children. */
static char *message, *room;
static struct {
	pid_t pid;
	atomic_int *go;		/* 1: look; shared */
} child;

FIXTURE(fork)
{
	struct peer *p;
	struct client *c;
	int chid;
	char *out, *in;		/* this process's */
};

static int64_t do_map(void *arg)
{
	(void)arg;
	message = mmap(NULL, 2 * LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (message == MAP_FAILED)
		return -errno;
	room = message + LEN;
	memset(message, 'm', LEN);
	memset(room, 'o', LEN);
	return (int64_t)(uintptr_t)message;
}

static bool all_are(const char *p, char byte)
{
	for (size_t i = 0; i < LEN; i++)
		if (p[i] != byte)
			return false;
	return true;
}

/* n: byte in the message, byte in the room. */
static int64_t do_check(void *arg)
{
	struct numbers *n = arg;

	return all_are(message, n->n[0]) && all_are(room, n->n[1]);
}

static int64_t do_fill(void *arg)
{
	struct numbers *n = arg;

	memset(message, n->n[0], LEN);
	memset(room, n->n[1], LEN);
	return 0;
}

/* The child looks, writes over both, and looks whether its writes have stayed. */
static int child_main(void *arg)
{
	bool ok;

	(void)arg;
	while (!atomic_load(child.go))
		sched_yield();
	ok = all_are(message, 'm') && all_are(room, 'o');
	memset(message, 'c', LEN);
	memset(room, 'c', LEN);
	return ok ? 0 : 1;
}

static int64_t do_fork(void *arg)
{
	(void)arg;
	child.go = shared_alloc(sizeof(*child.go));
	child.pid = fork_child(child_main, NULL);
	return child.pid < 0 ? child.pid : 0;
}

/* n: 1: the child looks now. Its exit status. */
static int64_t do_reap(void *arg)
{
	int status, err;

	(void)arg;
	atomic_store(child.go, 1);
	err = reap(child.pid, &status);
	return err ?: WIFEXITED(status) ? WEXITSTATUS(status) : -ECHILD;
}

FIXTURE_SETUP(fork)
{
	int64_t at;

	ASSERT_LE(0, peer_open(peer_self()));
	self->chid = qmsg_channel_create(Q, 0);
	self->p = peer_fork();
	ASSERT_LE(0, peer_open(self->p));
	self->c = client_connect(self->p, getpid(), self->chid);
	at = in_peer(self->p, do_map, 0);
	ASSERT_LT(0, at);
	self->out = malloc(LEN);
	self->in = malloc(LEN);
	memset(self->out, 'r', LEN);
	self->c->args.send_ptr = at;
	self->c->args.reply_ptr = at + LEN;
	self->c->args.send_len = self->c->args.reply_len = LEN;
	/* so that the next room is shown */
	at = client_send_received(self->c, Q, self->chid, NULL);
	ASSERT_EQ(0, qmsg_msg_reply(Q, at, 0, self->out, LEN));
	ASSERT_EQ(0, client_wait(self->c));
	in_peer(self->p, do_fill, 'm', 'o');
}

FIXTURE_TEARDOWN_PARENT(fork)
{
	EXPECT_EQ(0, wait_for_no_objects());
	EXPECT_EQ(0, wait_for_no_pins());
}

static void answer(struct __test_metadata *_metadata, FIXTURE_DATA(fork) *self, int64_t rcvid)
{
	ASSERT_EQ(LEN, qmsg_msg_read(Q, rcvid, self->in, LEN, 0));
	EXPECT_TRUE(all_are(self->in, 'm'));
	ASSERT_EQ(0, qmsg_msg_reply(Q, rcvid, 5, self->out, LEN));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(5, client_result(self->c));
}

/* The child looks after the parent has its reply. */
TEST_F(fork, D4_the_child_does_not_see_the_reply)
{
	for (int i = 0; i < 10; i++) {
		int64_t rcvid = client_send_received(self->c, Q, self->chid, NULL);

		ASSERT_LT(0, rcvid);
		EXPECT_LE(2 * LEN, object_count("bytes"));
		ASSERT_EQ(0, in_peer(self->p, do_fork, 0));
		answer(_metadata, self, rcvid);
		EXPECT_EQ(0, in_peer(self->p, do_reap, 0)) TH_LOG("the child's copy");
		EXPECT_EQ(1, in_peer(self->p, do_check, 'm', 'r')) TH_LOG("the parent's");
		in_peer(self->p, do_fill, 'm', 'o');
	}
}

/* The child writes over its copies before the server has read and answered. */
TEST_F(fork, D4_the_child_does_not_write_to_what_is_shown)
{
	for (int i = 0; i < 10; i++) {
		int64_t rcvid = client_send_received(self->c, Q, self->chid, NULL);

		ASSERT_LT(0, rcvid);
		ASSERT_EQ(0, in_peer(self->p, do_fork, 0));
		EXPECT_EQ(0, in_peer(self->p, do_reap, 0));
		answer(_metadata, self, rcvid);
		EXPECT_EQ(1, in_peer(self->p, do_check, 'm', 'r'));
		in_peer(self->p, do_fill, 'm', 'o');
	}
}

/*
 * A fork before: the pages are shared with the child when they are pinned. The reply is the
 * parent's all the same, and what the parent writes meanwhile is not the child's.
 */
TEST_F(fork, D4_pages_that_are_shared_with_a_child_already)
{
	for (int i = 0; i < 10; i++) {
		int64_t rcvid;

		ASSERT_EQ(0, in_peer(self->p, do_fork, 0));
		rcvid = client_send_received(self->c, Q, self->chid, NULL);
		ASSERT_LT(0, rcvid);
		answer(_metadata, self, rcvid);
		EXPECT_EQ(0, in_peer(self->p, do_reap, 0)) TH_LOG("the child's copy");
		EXPECT_EQ(1, in_peer(self->p, do_check, 'm', 'r')) TH_LOG("the parent's");
		in_peer(self->p, do_fill, 'm', 'o');
	}
}

/* Many forks while messages come and go: the child always has a whole copy. */
static int child_counts(void *arg)
{
	(void)arg;
	/* the reply of a call that was under way may be there in part, in either */
	for (size_t i = 0; i < LEN; i++)
		if (room[i] != 'o' && room[i] != 'r')
			return 1;
	return all_are(message, 'm') ? 0 : 2;
}

static int64_t do_fork_often(void *arg)
{
	int n = ((struct numbers *)arg)->n[0], status;

	for (int i = 0; i < n; i++) {
		pid_t pid = fork_child(child_counts, NULL);

		if (pid < 0 || reap(pid, &status))
			return -EAGAIN;
		if (status)
			return status;
	}
	return 0;
}

TEST_F(fork, D4_forks_while_replies_come)
{
	struct numbers *n = shared_alloc(sizeof(*n));
	int rounds = 0;

	n->n[0] = few_rounds(50);
	ASSERT_EQ(0, peer_start(self->p, do_fork_often, n));
	while (atomic_load(&self->p->finished) != atomic_load(&self->p->started)) {
		int64_t rcvid = client_send_received(self->c, Q, self->chid, NULL);

		ASSERT_LT(0, rcvid);
		answer(_metadata, self, rcvid);
		rounds++;
	}
	EXPECT_EQ(0, self->p->result);
	EXPECT_EQ(1, in_peer(self->p, do_check, 'm', 'r'));
	TH_LOG("%d answers", rounds);
}

TEST_HARNESS_MAIN
