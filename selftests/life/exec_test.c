// SPDX-License-Identifier: GPL-2.0-only
/* S1.4, S1.22, D2: exec ends the context, whatever its threads are doing. */
#include "kselftest_harness.h"
#include "qmsg_test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * The new image is this program. With this variable it does one thing and ends:
 * "pause", or "send FD": a message over the descriptor it has inherited.
 */
#define TASK "QMSG_TEST_TASK"

static int send_over(int fd)
{
	int q = qmsg_open();

	return q < 0 || qmsg_msg_send(q, fd, "exec", 5, NULL, 0) != 4 ? 3 : 0;
}

static __attribute__((constructor)) void new_image(void)
{
	const char *task = getenv(TASK);

	if (!task)
		return;
	if (!strncmp(task, "send ", 5))
		_exit(send_over(atoi(task + 5)));
	for (;;)
		pause();
}

static int64_t do_exec(void *arg)
{
	setenv(TASK, arg, 1);
	execl("/proc/self/exe", "exec_test", NULL);
	return -errno;
}

/* The peer's first thread executes itself anew; it does not come back. */
static int start_exec(struct peer *p, const char *task)
{
	char *text = shared_alloc(32);

	strcpy(text, task);
	return peer_start(p, do_exec, text);
}

FIXTURE(exec) {
	struct peer *me;
	struct peer *peer;
	int q;
	int chid;
	int64_t rcvid;
};

FIXTURE_SETUP(exec)
{
	self->me = peer_self();
	self->q = peer_open(self->me);
	ASSERT_LE(0, self->q);
	self->peer = peer_fork();
	ASSERT_NE(NULL, self->peer);
	ASSERT_LE(0, peer_open(self->peer));
}

FIXTURE_TEARDOWN(exec)
{
	close(self->q);
	peer_kill(self->peer, SIGKILL);
	peer_reap(self->peer, NULL);
}

typedef FIXTURE_DATA(exec) scene;

static bool has_executed(struct peer *p)
{
	char path[64], env[4096];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/environ", p->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, env, sizeof(env));
	close(fd);
	return n > 0 && memmem(env, n, TASK, strlen(TASK));
}

static int wait_executed(struct peer *p)
{
	return wait_until(has_executed(p)) ? 0 : -ETIMEDOUT;
}

/* S1.4: its channels are destroyed. */
TEST_F(exec, exec_ends_the_servers_channels)
{
	struct client *c;

	self->chid = peer_channel(self->peer, QMSG_CHF_UNBLOCK);
	c = client_blocked(self->me, self->peer->pid, self->chid);
	ASSERT_NE(NULL, c);
	ASSERT_EQ(0, start_exec(self->peer, "pause"));
	EXPECT_EQ(0, client_wait(c));
	EXPECT_EQ(-ESRCH, client_result(c));
	EXPECT_EQ(0, wait_executed(self->peer));
	EXPECT_EQ(-ESRCH, qmsg_connect_attach(self->q, self->peer->pid, self->chid,
					      QMSG_SIDE_CHANNEL, 0));
	ASSERT_EQ(0, client_send(c));
	EXPECT_EQ(0, client_wait(c));
	EXPECT_EQ(-EBADF, client_result(c));
}

/* S1.22: side-channel connections are detached. */
TEST_F(exec, exec_detaches_the_clients_connections)
{
	self->chid = peer_channel(self->me, QMSG_CHF_DISCONNECT);
	ASSERT_LT(0, peer_attach(self->peer, getpid(), self->chid, QMSG_SIDE_CHANNEL, 0));
	ASSERT_EQ(0, start_exec(self->peer, "pause"));
	EXPECT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_DISCONNECT, NULL));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

/* S1.20 - S1.22: a descriptor without close-on-exec goes on, one with it does not. */
static int64_t receive_and_reply(scene *s, struct qmsg_msg_info *info)
{
	char buf[16] = "";
	int64_t rcvid = receive_soon(s->q, s->chid, buf, sizeof(buf), info);

	if (rcvid <= 0)
		return rcvid ?: -EBADMSG;
	return qmsg_msg_reply(s->q, rcvid, 4, NULL, 0) ?: strcmp(buf, "exec") ? -EBADMSG : 0;
}

TEST_F(exec, descriptor_connection_survives_exec)
{
	struct qmsg_msg_info info;
	char task[32];
	int fd, status;

	self->chid = peer_channel(self->me, 0);
	fd = peer_attach(self->peer, getpid(), self->chid, 0, 0);
	ASSERT_LE(0, fd);
	snprintf(task, sizeof(task), "send %d", fd);
	ASSERT_EQ(0, start_exec(self->peer, task));
	EXPECT_EQ(0, receive_and_reply(self, &info));
	EXPECT_EQ(self->peer->pid, info.pid);
	EXPECT_EQ(fd, info.coid);
	ASSERT_EQ(0, peer_reap(self->peer, &status));
	EXPECT_EQ(0, status);
}

TEST_F(exec, descriptor_connection_with_CLOEXEC_is_closed)
{
	int fd;

	self->chid = peer_channel(self->me, QMSG_CHF_DISCONNECT);
	fd = peer_attach(self->peer, getpid(), self->chid, 0, QMSG_COF_CLOEXEC);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, start_exec(self->peer, "pause"));
	EXPECT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_DISCONNECT, NULL));
}

/* S5.20: exec kills the other threads: one that is SEND-blocked leaves at once. */
TEST_F(exec, exec_while_a_sibling_is_SEND_blocked)
{
	self->chid = peer_channel_grace(self->me, QMSG_CHF_UNBLOCK, 60000);
	ASSERT_NE(NULL, client_blocked(self->peer, getpid(), self->chid));
	ASSERT_EQ(0, start_exec(self->peer, "pause"));
	EXPECT_EQ(0, wait_executed(self->peer));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

static int received(scene *s, struct client **c)
{
	*c = client_connect(s->peer, getpid(), s->chid);
	if (!*c)
		return -ECONNREFUSED;
	s->rcvid = client_send_received(*c, s->q, s->chid, NULL);
	return s->rcvid > 0 ? 0 : -EBADMSG;
}

TEST_F(exec, exec_while_a_sibling_is_REPLY_blocked)
{
	struct client *c;

	self->chid = peer_channel_grace(self->me, 0, 60000);
	ASSERT_EQ(0, received(self, &c));
	ASSERT_EQ(0, start_exec(self->peer, "pause"));
	EXPECT_EQ(0, wait_executed(self->peer));
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(self->q, self->rcvid, 0, NULL, 0));
}

/* S5.20, T16: on an UNBLOCK channel it is held; exec waits for the answer ... */
TEST_F(exec, exec_waits_for_the_answer_to_a_held_sibling)
{
	struct qmsg_msg_info info;
	struct client *c;

	self->chid = peer_channel_grace(self->me, QMSG_CHF_UNBLOCK, 60000);
	ASSERT_EQ(0, received(self, &c));
	ASSERT_EQ(0, start_exec(self->peer, "pause"));
	ASSERT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_UNBLOCK, NULL));
	EXPECT_FALSE(has_executed(self->peer));
	ASSERT_EQ(0, qmsg_msg_info(self->q, self->rcvid, &info));
	EXPECT_EQ(QMSG_UNBLOCK_KILL, info.unblock_reasons);
	EXPECT_EQ(0, qmsg_msg_reply(self->q, self->rcvid, 0, NULL, 0));
	EXPECT_EQ(0, wait_executed(self->peer));
}

/* ... or for the end of the grace, which leaves an orphan (P3). */
TEST_F(exec, exec_goes_on_after_the_grace)
{
	struct client *c;

	self->chid = peer_channel_grace(self->me, QMSG_CHF_UNBLOCK, 200);
	ASSERT_EQ(0, received(self, &c));
	ASSERT_EQ(0, start_exec(self->peer, "pause"));
	EXPECT_EQ(0, wait_executed(self->peer));
	EXPECT_EQ(0, wait_for_channel(getpid(), self->q, self->chid, "orphans", 1));
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(self->q, self->rcvid, 0, NULL, 0));
	EXPECT_EQ(0, wait_for_channel(getpid(), self->q, self->chid, "orphans", 0));
}

TEST_F(exec, exec_while_a_sibling_is_held_already)
{
	struct client *c;

	self->chid = peer_channel_grace(self->me, QMSG_CHF_UNBLOCK, 200);
	ASSERT_EQ(0, peer_handle(self->peer, SIGUSR1, 0));
	ASSERT_EQ(0, received(self, &c));
	ASSERT_EQ(0, client_signal(c, SIGUSR1));
	ASSERT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_UNBLOCK, NULL));
	ASSERT_EQ(0, start_exec(self->peer, "pause"));
	EXPECT_EQ(0, wait_executed(self->peer));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

TEST_F(exec, exec_while_a_sibling_is_RECEIVE_blocked)
{
	struct receiver *r;

	self->chid = peer_channel(self->peer, 0);
	r = receiver_new(self->peer, self->chid);
	ASSERT_EQ(0, receiver_go_blocked(r));
	ASSERT_EQ(0, start_exec(self->peer, "pause"));
	EXPECT_EQ(0, wait_executed(self->peer));
}

/* S1.30 i from another side: what the old image had received is nobody's. */
TEST_F(exec, exec_of_a_server_with_a_received_client)
{
	struct receiver *r;
	struct client *c;

	self->chid = peer_channel(self->peer, QMSG_CHF_UNBLOCK);
	r = receiver_new(self->peer, self->chid);
	c = client_connect(self->me, self->peer->pid, self->chid);
	ASSERT_NE(NULL, c);
	ASSERT_EQ(0, receiver_go_blocked(r));
	ASSERT_EQ(0, client_send(c));
	ASSERT_EQ(0, receiver_wait(r));
	ASSERT_EQ(0, start_exec(self->peer, "pause"));
	EXPECT_EQ(0, client_wait(c));
	EXPECT_EQ(-ESRCH, client_result(c));
}

TEST_HARNESS_MAIN
