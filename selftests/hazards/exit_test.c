// SPDX-License-Identifier: GPL-2.0-only
/*
 * D3, D8, D9: a process ends, by itself or with a core dump, while its threads are blocked
 * in every state; and another one gets its number.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "hazard.h"

#define GRACE_MS	100
#define CORE_PATTERN	"/proc/sys/kernel/core_pattern"
#define CORE		"/tmp/qmsg_core"
#define LAST_PID	"/proc/sys/kernel/ns_last_pid"

FIXTURE(exit)
{
	struct peer *p;
	int chid;		/* this process's */
	int theirs;		/* the peer's own */
	struct client *send, *reply, *asked;
	struct receiver *receiving;
	int64_t rcvid, asked_rcvid;
};

FIXTURE_VARIANT(exit)
{
	unsigned int flags;
};

FIXTURE_VARIANT_ADD(exit, plain)
{
	.flags = QMSG_CHF_DISCONNECT,
};

FIXTURE_VARIANT_ADD(exit, unblock)
{
	.flags = QMSG_CHF_DISCONNECT | QMSG_CHF_UNBLOCK,
};

FIXTURE_SETUP(exit)
{
	ASSERT_LE(0, peer_open(peer_self()));
	self->chid = peer_channel_grace(peer_self(), variant->flags, GRACE_MS);
	ASSERT_LT(0, self->chid);
	self->p = peer_fork();
	ASSERT_TRUE(self->p != NULL);
	ASSERT_LE(0, peer_open(self->p));
	self->theirs = peer_channel(self->p, 0);
}

FIXTURE_TEARDOWN_PARENT(exit)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

/* One thread in each state; on a channel without UNBLOCK nobody is held. */
static void block_in_every_state(struct __test_metadata *_metadata, FIXTURE_DATA(exit) *self,
				 bool held)
{
	self->receiving = receiver_new(self->p, self->theirs);
	ASSERT_EQ(0, receiver_go_blocked(self->receiving));
	self->reply = client_connect(self->p, getpid(), self->chid);
	self->rcvid = client_send_received(self->reply, Q, self->chid, NULL);
	ASSERT_LT(0, self->rcvid);
	if (held) {
		ASSERT_EQ(0, peer_handle(self->p, SIGUSR1, 0));
		self->asked = client_connect(self->p, getpid(), self->chid);
		self->asked_rcvid = client_send_received(self->asked, Q, self->chid, NULL);
		ASSERT_LT(0, self->asked_rcvid);
		ASSERT_EQ(0, client_signal(self->asked, SIGUSR1));
		ASSERT_EQ(0, wait_for_client(self->asked, "REPLY+R"));
	}
	self->send = client_blocked(self->p, getpid(), self->chid);
	ASSERT_TRUE(self->send != NULL);
}

static void expect_gone(struct __test_metadata *_metadata, int64_t rcvid, bool held)
{
	struct qmsg_msg_info info;
	char byte;

	EXPECT_EQ(-ESRCH, qmsg_msg_read(Q, rcvid, &byte, 1, 0));
	EXPECT_EQ(-ESRCH, qmsg_msg_write(Q, rcvid, &byte, 1, 0));
	EXPECT_EQ(held ? 0 : -ESRCH, qmsg_msg_info(Q, rcvid, &info));
	if (held) {
		EXPECT_NE(0, info.flags & QMSG_MI_CLIENT_GONE);
	}
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(Q, rcvid, 0, NULL, 0));
	EXPECT_EQ(-ESRCH, qmsg_msg_info(Q, rcvid, &info));
}

/* The pulses of a process that has gone: @unblocks requests, then its one link. */
static void expect_pulses(struct __test_metadata *_metadata, FIXTURE_DATA(exit) *self, int unblocks)
{
	struct qmsg_pulse pulse;

	while (unblocks--) {
		ASSERT_EQ(0, expect_pulse(Q, self->chid, QMSG_PULSE_CODE_UNBLOCK, &pulse));
		EXPECT_TRUE((int64_t)pulse.value == self->rcvid ||
			    (int64_t)pulse.value == self->asked_rcvid);
	}
	expect_gone(_metadata, self->rcvid, self->asked != NULL);
	if (self->asked)
		expect_gone(_metadata, self->asked_rcvid, true);
	ASSERT_EQ(0, expect_pulse(Q, self->chid, QMSG_PULSE_CODE_DISCONNECT, &pulse));
	EXPECT_EQ(0, qmsg_connect_detach(Q, pulse.scoid));
	EXPECT_EQ(0, expect_nothing(Q, self->chid));
}

static int64_t do_exit(void *arg)
{
	syscall(SYS_exit_group, ((struct numbers *)arg)->n[0]);
	return 0;
}

static int start_exit(FIXTURE_DATA(exit) *self, int64_t (*fn)(void *), int code)
{
	struct numbers *n = shared_alloc(sizeof(*n));

	n->n[0] = code;
	return peer_start(self->p, fn, n);
}

TEST_F(exit, D3_with_a_thread_in_every_state)
{
	bool held = variant->flags & QMSG_CHF_UNBLOCK;
	int status;

	block_in_every_state(_metadata, self, held);
	ASSERT_EQ(0, start_exit(self, do_exit, 31));
	ASSERT_EQ(0, peer_reap(self->p, &status));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(31, WEXITSTATUS(status));
	expect_pulses(_metadata, self, held ? 2 : 0);
}

static int64_t do_exit_thread(void *arg)
{
	syscall(SYS_exit, ((struct numbers *)arg)->n[0]);
	return 0;
}

/* A process lives as long as its last thread: the first one's end disturbs nobody. */
TEST_F(exit, D3_the_first_thread_ends_and_the_others_go_on)
{
	int64_t rcvid;

	block_in_every_state(_metadata, self, false);
	ASSERT_EQ(0, start_exit(self, do_exit_thread, 32));
	ASSERT_EQ(0, wait_for_task_state(self->p->pid, self->p->pid, 'Z'));
	EXPECT_EQ(0, qmsg_msg_reply(Q, self->rcvid, 5, NULL, 0));
	ASSERT_EQ(0, client_wait(self->reply));
	EXPECT_EQ(5, client_result(self->reply));
	rcvid = receive_any(Q, self->chid);
	ASSERT_LT(0, rcvid);
	EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 6, NULL, 0));
	ASSERT_EQ(0, client_wait(self->send));
	EXPECT_EQ(6, client_result(self->send));
	ASSERT_EQ(0, peer_kill(self->p, SIGKILL));
	ASSERT_EQ(0, peer_reap(self->p, NULL));
}

/* ---- D8 ---- */

static int get(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

	close(fd);
	if (n < 0)
		return -errno;
	text[n] = 0;
	return 0;
}

/* Private memory only: the shared area of a test is large and empty. */
static int64_t do_allow_core(void *arg)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	(void)arg;
	return setrlimit(RLIMIT_CORE, &limit) ? -errno : put_text("/proc/self/coredump_filter", "1");
}

TEST_F(exit, D8_a_core_dump_with_a_thread_in_every_state)
{
	bool held = variant->flags & QMSG_CHF_UNBLOCK;
	char old[256];
	struct stat st;
	int status;

	block_in_every_state(_metadata, self, held);
	ASSERT_EQ(0, in_peer(self->p, do_allow_core, 0));
	ASSERT_EQ(0, get(CORE_PATTERN, old, sizeof(old)));
	ASSERT_EQ(0, put_text(CORE_PATTERN, CORE));
	EXPECT_EQ(0, send_signal(self->p->pid, self->p->pid, SIGSEGV));
	EXPECT_EQ(0, peer_reap(self->p, &status));
	EXPECT_EQ(0, put_text(CORE_PATTERN, old));
	EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	EXPECT_TRUE(WCOREDUMP(status));
	EXPECT_EQ(0, stat(CORE, &st));
	EXPECT_LT(4096, st.st_size);
	unlink(CORE);
	expect_pulses(_metadata, self, held ? 2 : 0);
}

/* ---- D9 ---- */

/* A new process that has the number of one that has gone. */
static struct peer *fork_as(pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid - 1);
	for (int i = 0; i < 100; i++) {
		struct peer *p;

		if (put_text(LAST_PID, text))
			return NULL;
		p = peer_fork();
		if (p->pid == pid)
			return p;
		peer_end(p);	/* something else was faster */
	}
	return NULL;
}

/* Without somebody there it is the number only. */
TEST_F(exit, D9_the_number_of_a_client_that_has_gone)
{
	pid_t pid = self->p->pid;
	struct qmsg_msg_info info;
	struct client *c;
	int64_t rcvid;

	if (access(LAST_PID, W_OK))
		SKIP(return, "process numbers cannot be chosen on this kernel");
	c = client_connect(self->p, getpid(), self->chid);
	rcvid = client_send_received(c, Q, self->chid, &info);
	ASSERT_LT(0, rcvid);
	EXPECT_EQ(pid, info.pid);
	ASSERT_EQ(0, peer_kill(self->p, SIGKILL));
	ASSERT_EQ(0, peer_reap(self->p, NULL));
	self->p = fork_as(pid);
	ASSERT_TRUE(self->p != NULL);
	ASSERT_LE(0, peer_open(self->p));
	self->rcvid = rcvid;
	self->asked = variant->flags & QMSG_CHF_UNBLOCK ? c : NULL;
	self->asked_rcvid = rcvid;

	/* nothing that is sent to the old one reaches the new one */
	c = client_connect(self->p, getpid(), self->chid);
	ASSERT_EQ(0, client_send(c));
	ASSERT_EQ(0, wait_for_client(c, "SEND"));
	EXPECT_EQ(-ESRCH, qmsg_msg_write(Q, rcvid, "x", 1, 0));
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(Q, rcvid, 0, "x", 1));
	EXPECT_EQ(CLIENT_FILL, c->reply[0]);
	do
		rcvid = receive_soon(Q, self->chid, c->reply + 64, 64, &info);
	while (!rcvid);		/* what the old one left: pulses */
	ASSERT_LT(0, rcvid);
	EXPECT_NE(self->rcvid, rcvid);
	EXPECT_EQ(pid, info.pid);
	EXPECT_EQ(0, info.flags & (QMSG_MI_UNBLOCK_REQ | QMSG_MI_CLIENT_GONE));
	EXPECT_EQ(-ESRCH, qmsg_msg_error(Q, self->rcvid, EPROTO));
	EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 3, NULL, 0));
	ASSERT_EQ(0, client_wait(c));
	EXPECT_EQ(3, client_result(c));
}

TEST_F(exit, D9_the_number_of_a_server_that_has_gone)
{
	int coid = qmsg_connect_attach(Q, self->p->pid, self->theirs, QMSG_SIDE_CHANNEL, 0);
	int fd = qmsg_connect_attach(Q, self->p->pid, self->theirs, 0, 0);
	pid_t pid = self->p->pid;

	if (access(LAST_PID, W_OK))
		SKIP(return, "process numbers cannot be chosen on this kernel");
	ASSERT_NE(0, coid & QMSG_SIDE_CHANNEL);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, peer_kill(self->p, SIGKILL));
	ASSERT_EQ(0, peer_reap(self->p, NULL));
	self->p = fork_as(pid);
	ASSERT_TRUE(self->p != NULL);
	ASSERT_LE(0, peer_open(self->p));
	ASSERT_EQ(self->theirs, peer_channel(self->p, 0));
	EXPECT_EQ(-EBADF, qmsg_msg_send(Q, coid, "x", 1, NULL, 0));
	EXPECT_EQ(-EBADF, qmsg_msg_send(Q, fd, "x", 1, NULL, 0));
	EXPECT_EQ(-EBADF, qmsg_pulse_send(Q, coid, 1, 1, 1));
	EXPECT_EQ(0, read_channel(pid, self->p->q, self->theirs, "pulses"));
	EXPECT_EQ(0, read_channel(pid, self->p->q, self->theirs, "queued"));
}

TEST_HARNESS_MAIN
