// SPDX-License-Identifier: GPL-2.0-only
/*
 * P6: C15, C16, E1, E2. Stopping and freezing are no signals: no call returns, no pulse is
 * sent, the request goes on where it was.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "hazard.h"

FIXTURE(stopped)
{
	struct peer *p;
	int chid;		/* this process's */
	int theirs;		/* the peer's own channel */
	struct client *c;
	struct receiver *r;
	int64_t rcvid;
};

FIXTURE_VARIANT(stopped)
{
	unsigned int flags;
};

FIXTURE_VARIANT_ADD(stopped, plain)
{
	.flags = 0,
};

FIXTURE_VARIANT_ADD(stopped, unblock)
{
	.flags = QMSG_CHF_UNBLOCK,
};

FIXTURE_SETUP(stopped)
{
	ASSERT_LE(0, peer_open(peer_self()));
	self->chid = qmsg_channel_create(Q, variant->flags);
	ASSERT_LT(0, self->chid);
	self->p = peer_fork();
	ASSERT_TRUE(self->p != NULL);
	ASSERT_LE(0, peer_open(self->p));
	self->theirs = peer_channel(self->p, variant->flags);
	self->c = client_connect(self->p, getpid(), self->chid);
	self->r = receiver_new(self->p, self->theirs);
	ASSERT_TRUE(self->c != NULL);
}

FIXTURE_TEARDOWN_PARENT(stopped)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

/* The client SEND- or REPLY-blocked, and a thread of the same process RECEIVE-blocked. */
static void block_all(struct __test_metadata *_metadata, FIXTURE_DATA(stopped) *self, bool received)
{
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
	if (received) {
		self->rcvid = receive_any(Q, self->chid);
		ASSERT_LT(0, self->rcvid);
	}
	ASSERT_EQ(0, receiver_go_blocked(self->r));
}

static void expect_undisturbed(struct __test_metadata *_metadata, FIXTURE_DATA(stopped) *self,
			       bool received)
{
	struct qmsg_msg_info info;

	ASSERT_EQ(0, wait_for_client(self->c, received ? "REPLY" : "SEND"));
	ASSERT_EQ(0, wait_for_channel(self->p->pid, self->p->q, self->theirs, "receivers", 1));
	EXPECT_FALSE(client_done(self->c));
	EXPECT_FALSE(worker_is_done(&self->r->w));
	if (!received)
		return;
	EXPECT_EQ(0, expect_nothing(Q, self->chid));
	ASSERT_EQ(0, qmsg_msg_info(Q, self->rcvid, &info));
	EXPECT_EQ(0, info.flags & QMSG_MI_UNBLOCK_REQ);
	EXPECT_EQ(0, info.unblock_reasons);
}

/* Everything that was blocked is finished in the ordinary way. */
static void finish(struct __test_metadata *_metadata, FIXTURE_DATA(stopped) *self, bool received)
{
	int coid;

	if (!received)
		self->rcvid = receive_any(Q, self->chid);
	EXPECT_EQ(0, qmsg_msg_reply(Q, self->rcvid, 8, NULL, 0));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(8, client_result(self->c));
	coid = qmsg_connect_attach(Q, self->p->pid, self->theirs, QMSG_SIDE_CHANNEL, 0);
	EXPECT_EQ(0, qmsg_pulse_send(Q, coid, 1, 2, 3));
	ASSERT_EQ(0, receiver_wait(self->r));
	EXPECT_EQ(0, receiver_result(self->r));
	EXPECT_EQ(0, qmsg_connect_detach(Q, coid));
}

static void stop_and_continue(struct __test_metadata *_metadata, FIXTURE_DATA(stopped) *self,
			      int n, bool wait)
{
	for (int i = 0; i < n; i++) {
		ASSERT_EQ(0, peer_kill(self->p, i & 1 ? SIGTSTP : SIGSTOP));
		if (wait) {
			ASSERT_EQ(0, wait_for_task_state(self->p->pid, self->c->w.tid, 'T'));
			ASSERT_EQ(0, wait_for_task_state(self->p->pid, self->r->w.tid, 'T'));
		}
		ASSERT_EQ(0, peer_kill(self->p, SIGCONT));
	}
}

TEST_F(stopped, C15_stopped_and_continued)
{
	int n = rounds_by(50);

	for (int received = 0; received < 2; received++) {
		block_all(_metadata, self, received);
		stop_and_continue(_metadata, self, n > 200 ? 200 : n, true);
		stop_and_continue(_metadata, self, 1000, false);
		expect_undisturbed(_metadata, self, received);
		finish(_metadata, self, received);
	}
}

/* Its buffers are there while it stands; the answer is seen when it goes on. */
TEST_F(stopped, C15_answered_while_stopped)
{
	char buf[8];

	block_all(_metadata, self, true);
	ASSERT_EQ(0, peer_kill(self->p, SIGSTOP));
	ASSERT_EQ(0, wait_for_task_state(self->p->pid, self->c->w.tid, 'T'));
	EXPECT_EQ(5, qmsg_msg_read(Q, self->rcvid, buf, sizeof(buf), 0));
	EXPECT_EQ(3, qmsg_msg_write(Q, self->rcvid, "abc", 3, 1));
	EXPECT_EQ(0, qmsg_msg_reply(Q, self->rcvid, 4, "r", 1));
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(Q, self->rcvid, 4, "r", 1));
	EXPECT_EQ('T', task_state(self->p->pid, self->c->w.tid));
	ASSERT_EQ(0, peer_kill(self->p, SIGCONT));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(4, client_result(self->c));
	EXPECT_EQ(0, memcmp(self->c->reply, "rabc", 4));
}

/* Received while it stands still, and SIGKILL works on a stopped one too. */
TEST_F(stopped, C15_received_and_killed_while_stopped)
{
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
	ASSERT_EQ(0, peer_kill(self->p, SIGSTOP));
	ASSERT_EQ(0, wait_for_task_state(self->p->pid, self->c->w.tid, 'T'));
	self->rcvid = receive_soon(Q, self->chid, self->c->message, 8, NULL);
	ASSERT_LT(0, self->rcvid);
	EXPECT_EQ('T', task_state(self->p->pid, self->c->w.tid));
	ASSERT_EQ(0, peer_kill(self->p, SIGKILL));
	ASSERT_EQ(0, peer_reap(self->p, NULL));
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(Q, self->rcvid, 0, NULL, 0));
}

/* C16: the server stands still while its client is signalled. */
TEST_F(stopped, C16_the_server_is_stopped)
{
	struct client *c = client_connect(peer_self(), self->p->pid, self->theirs);
	struct qmsg_pulse *pulse = &self->r->buf.pulse;
	int64_t rcvid;

	if (!variant->flags)
		SKIP(return, "without UNBLOCK the client leaves");
	ASSERT_EQ(0, peer_handle(peer_self(), SIGUSR1, 0));
	ASSERT_EQ(0, receiver_go_blocked(self->r));
	ASSERT_EQ(0, client_send(c));
	ASSERT_EQ(0, receiver_wait(self->r));
	rcvid = receiver_result(self->r);
	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, peer_kill(self->p, SIGSTOP));
	ASSERT_EQ(0, wait_for_task_state(self->p->pid, self->p->pid, 'T'));
	ASSERT_EQ(0, client_signal(c, SIGUSR1));
	ASSERT_EQ(0, wait_for_client(c, "REPLY+R"));
	ASSERT_EQ(0, peer_kill(self->p, SIGCONT));
	ASSERT_EQ(0, receiver_go(self->r));
	ASSERT_EQ(0, receiver_wait(self->r));
	EXPECT_EQ(0, receiver_result(self->r));
	EXPECT_EQ(QMSG_PULSE_CODE_UNBLOCK, pulse->code);
	EXPECT_EQ(rcvid, (int64_t)pulse->value);
	EXPECT_EQ(0, c->w.handled);
	ASSERT_EQ(0, peer_destroy(self->p, self->theirs));
	ASSERT_EQ(0, client_wait(c));
	EXPECT_EQ(-ESRCH, client_result(c));
	EXPECT_EQ(1, c->w.handled);
}

/* ---- cgroup v2 freezer ---- */

#define CGROUP "/sys/fs/cgroup/qmsg_hazard"

static bool is_frozen(void)
{
	char buf[256] = "";
	int fd = open(CGROUP "/cgroup.events", O_RDONLY);
	ssize_t n = read(fd, buf, sizeof(buf) - 1);

	close(fd);
	return n > 0 && strstr(buf, "frozen 1");
}

static int make_cgroup(pid_t pid)
{
	char text[16];

	if (access("/sys/fs/cgroup/cgroup.procs", F_OK))
		mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, NULL);
	if (mkdir(CGROUP, 0755) && errno != EEXIST)
		return -errno;
	snprintf(text, sizeof(text), "%d", pid);
	return put_text(CGROUP "/cgroup.procs", text);
}

TEST_F(stopped, E1_frozen_and_thawed)
{
	for (int received = 0; received < 2; received++) {
		block_all(_metadata, self, received);
		if (make_cgroup(self->p->pid))
			SKIP(return, "no cgroup v2");
		for (int i = 0; i < 20; i++) {
			ASSERT_EQ(0, put_text(CGROUP "/cgroup.freeze", "1"));
			ASSERT_TRUE(wait_until(is_frozen()));
			ASSERT_EQ(0, put_text(CGROUP "/cgroup.freeze", "0"));
			ASSERT_TRUE(wait_until(!is_frozen()));
		}
		expect_undisturbed(_metadata, self, received);
		finish(_metadata, self, received);
	}
	ASSERT_EQ(0, peer_end(self->p));
	EXPECT_EQ(0, rmdir(CGROUP));
}

/* A held client freezes like any other, and its server's answer reaches it after the thaw. */
TEST_F(stopped, E1_frozen_while_held)
{
	if (!variant->flags)
		SKIP(return, "nobody is held on a channel without UNBLOCK");
	ASSERT_EQ(0, peer_handle(self->p, SIGUSR1, 0));
	block_all(_metadata, self, true);
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY+R"));
	if (make_cgroup(self->p->pid))
		SKIP(return, "no cgroup v2");
	ASSERT_EQ(0, put_text(CGROUP "/cgroup.freeze", "1"));
	ASSERT_TRUE(wait_until(is_frozen()));
	ASSERT_EQ(0, expect_pulse(Q, self->chid, QMSG_PULSE_CODE_UNBLOCK, NULL));
	EXPECT_EQ(0, qmsg_msg_error(Q, self->rcvid, QMSG_ERROR_REASON));
	EXPECT_TRUE(is_frozen());
	EXPECT_EQ(0, self->c->w.handled);
	ASSERT_EQ(0, put_text(CGROUP "/cgroup.freeze", "0"));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(-EINTR, client_result(self->c));
	EXPECT_EQ(1, self->c->w.handled);
	ASSERT_EQ(0, peer_end(self->p));
	EXPECT_EQ(0, rmdir(CGROUP));
}

/* ---- cgroup v1 freezer: by waking tasks, not by a signal ---- */

#define FREEZER "/tmp/qmsg_freezer"

static int make_freezer(pid_t pid)
{
	char text[16];

	mkdir(FREEZER, 0755);
	if (mount("cgroup", FREEZER, "cgroup", 0, "freezer") && errno != EBUSY)
		return -errno;
	if (mkdir(FREEZER "/qmsg", 0755) && errno != EEXIST)
		return -errno;
	snprintf(text, sizeof(text), "%d", pid);
	return put_text(FREEZER "/qmsg/cgroup.procs", text);
}

static bool freezer_is(const char *state)
{
	char buf[32] = "";
	int fd = open(FREEZER "/qmsg/freezer.state", O_RDONLY);
	ssize_t n = read(fd, buf, sizeof(buf) - 1);

	close(fd);
	return n > 0 && !strncmp(buf, state, strlen(state));
}

TEST_F(stopped, E1_frozen_by_the_older_freezer)
{
	for (int received = 0; received < 2; received++) {
		block_all(_metadata, self, received);
		if (make_freezer(self->p->pid))
			SKIP(return, "no cgroup v1 freezer");
		for (int i = 0; i < 10; i++) {
			ASSERT_EQ(0, put_text(FREEZER "/qmsg/freezer.state", "FROZEN"));
			ASSERT_TRUE(wait_until(freezer_is("FROZEN")));
			ASSERT_EQ(0, put_text(FREEZER "/qmsg/freezer.state", "THAWED"));
			ASSERT_TRUE(wait_until(freezer_is("THAWED")));
		}
		expect_undisturbed(_metadata, self, received);
		finish(_metadata, self, received);
	}
	ASSERT_EQ(0, peer_end(self->p));
	EXPECT_TRUE(wait_until(!rmdir(FREEZER "/qmsg") || errno != EBUSY));
	umount2(FREEZER, MNT_DETACH);
}

/* E2: clients of a frozen server can be killed; it finds their orphans when it thaws. */
TEST_F(stopped, E2_clients_of_a_frozen_server_are_killed)
{
	enum { N = 32 };
	int chid = peer_channel_grace(self->p, variant->flags, 100);
	struct peer *clients = peer_fork();
	struct client *c[N];

	ASSERT_LE(0, peer_open(clients));
	self->r->args.chid = chid;
	for (int i = 0; i < N; i++) {
		c[i] = client_connect(clients, self->p->pid, chid);
		ASSERT_EQ(0, client_send(c[i]));
		ASSERT_EQ(0, wait_for_client(c[i], "SEND"));
		if (i & 1)
			continue;
		ASSERT_EQ(0, receiver_go(self->r));
		ASSERT_EQ(0, receiver_wait(self->r));
		ASSERT_LT(0, receiver_result(self->r));
	}
	if (make_cgroup(self->p->pid))
		SKIP(return, "no cgroup v2");
	ASSERT_EQ(0, put_text(CGROUP "/cgroup.freeze", "1"));
	ASSERT_TRUE(wait_until(is_frozen()));
	ASSERT_EQ(0, peer_kill(clients, SIGKILL));
	ASSERT_EQ(0, peer_reap(clients, NULL));
	EXPECT_TRUE(is_frozen());
	EXPECT_EQ(0, read_channel(self->p->pid, self->p->q, chid, "queued"));
	EXPECT_EQ(variant->flags ? N / 2 : 0,
		  read_channel(self->p->pid, self->p->q, chid, "orphans"));
	ASSERT_EQ(0, put_text(CGROUP "/cgroup.freeze", "0"));
	ASSERT_EQ(0, peer_end(self->p));
	EXPECT_EQ(0, rmdir(CGROUP));
}

TEST_HARNESS_MAIN
