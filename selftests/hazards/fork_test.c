// SPDX-License-Identifier: GPL-2.0-only
/*
 * D4 - D7: address spaces and descriptor tables that are shared, copied or pulled apart
 * while a thread is blocked.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "hazard.h"

#define BYTES	8192

/* Private to each process, at the same address in all of them. */
static char private_message[BYTES], private_reply[BYTES];

FIXTURE(forks)
{
	struct peer *p;
	int chid;
	struct client *c;
};

FIXTURE_SETUP(forks)
{
	ASSERT_LE(0, peer_open(peer_self()));
	self->chid = qmsg_channel_create(Q, 0);
	ASSERT_LT(0, self->chid);
	self->p = peer_fork();
	ASSERT_TRUE(self->p != NULL);
	ASSERT_LE(0, peer_open(self->p));
	self->c = client_connect(self->p, getpid(), self->chid);
	ASSERT_TRUE(self->c != NULL);
}

FIXTURE_TEARDOWN_PARENT(forks)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

static bool all_are(const char *p, char c)
{
	for (int i = 0; i < BYTES; i++)
		if (p[i] != c)
			return false;
	return true;
}

/* Forks a child that writes to its copies and keeps them until it reads a byte. */
static int64_t do_fork_a_writer(void *arg)
{
	struct numbers n = *(struct numbers *)arg;
	char go;
	pid_t child = fork();

	if (child)
		return child < 0 ? -errno : child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	memset(private_message, 'c', BYTES);
	memset(private_reply, 'c', BYTES);
	if (write(n.n[1], "w", 1) != 1 || read(n.n[2], &go, 1) != 1)
		_exit(1);
	_exit(all_are(private_message, 'c') && all_are(private_reply, 'c') ? 0 : 2);
}

static int64_t do_write(void *arg)
{
	memset(private_reply, ((struct numbers *)arg)->n[0], BYTES);
	return 0;
}

static int64_t do_check(void *arg)
{
	return all_are(private_reply, ((struct numbers *)arg)->n[0]);
}

static int64_t do_reap(void *arg)
{
	int status;

	return reap(((struct numbers *)arg)->n[0], &status) ?: status;
}

TEST_F(forks, D4_the_reply_lands_in_the_parents_page_only)
{
	int up[2], down[2];
	char data[BYTES], byte;
	int64_t rcvid;
	pid_t child;

	ASSERT_EQ(0, pipe(up));
	ASSERT_EQ(0, pipe(down));
	/* the peer has to have the pipes: a new one */
	ASSERT_EQ(0, peer_end(self->p));
	self->p = peer_fork();
	ASSERT_LE(0, peer_open(self->p));
	self->c = client_connect(self->p, getpid(), self->chid);
	self->c->args.send_ptr = (uintptr_t)private_message;
	self->c->args.send_len = BYTES;
	self->c->args.reply_ptr = (uintptr_t)private_reply;
	self->c->args.reply_len = BYTES;

	rcvid = client_send_received(self->c, Q, self->chid, NULL);
	ASSERT_LT(0, rcvid);
	child = in_peer(self->p, do_fork_a_writer, 0, up[1], down[0]);
	ASSERT_LT(0, child);
	ASSERT_EQ(1, read(up[0], &byte, 1));
	ASSERT_EQ(0, in_peer(self->p, do_write, 'p'));
	ASSERT_EQ(BYTES, qmsg_msg_read(Q, rcvid, data, BYTES, 0));
	EXPECT_TRUE(all_are(data, 0));
	memset(data, 'r', BYTES);
	EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 0, data, BYTES));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(0, client_result(self->c));
	EXPECT_EQ(1, in_peer(self->p, do_check, 'r'));
	ASSERT_EQ(1, write(down[1], "g", 1));
	EXPECT_EQ(0, in_peer(self->p, do_reap, child));
	EXPECT_TRUE(all_are(private_reply, 0));
}

static int send_from_a_vfork_child(pid_t server, int chid)
{
	int q = qmsg_open();
	int coid = q < 0 ? q : qmsg_connect_attach(q, server, chid, QMSG_SIDE_CHANNEL, 0);

	return coid < 0 ? 255 : qmsg_msg_send(q, coid, "vfork", 6, NULL, 0);
}

static int64_t do_vfork(void *arg)
{
	struct numbers *n = arg;
	int status;
	pid_t child = vfork();

	if (!child)
		_exit(send_from_a_vfork_child(n->n[0], n->n[1]));
	if (child < 0 || waitpid(child, &status, 0) != child)
		return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* The child's exit closes its copies of its parent's descriptors, in its parent's memory. */
TEST_F(forks, D5_a_vfork_child_sends)
{
	struct numbers *n = shared_alloc(sizeof(*n));
	struct qmsg_msg_info info;
	int64_t rcvid, result;
	char buf[8];

	*n = (struct numbers){ .n = { getpid(), self->chid } };
	ASSERT_EQ(0, peer_start(self->p, do_vfork, n));
	rcvid = receive_soon(Q, self->chid, buf, sizeof(buf), &info);
	ASSERT_LT(0, rcvid);
	EXPECT_NE(self->p->pid, info.pid);
	EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 44, NULL, 0));
	ASSERT_EQ(0, peer_wait(self->p, &result));
	EXPECT_EQ(44, result);
	rcvid = client_send_received(self->c, Q, self->chid, &info);
	ASSERT_LT(0, rcvid);
	EXPECT_EQ(self->p->pid, info.pid);
	EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 1, NULL, 0));
	ASSERT_EQ(0, client_wait(self->c));
}

static int use_foreign(int q)
{
	struct qmsg_channel_create args = { .size = sizeof(args) };

	return raw_ioctl(q, QMSG_IOC_CHANNEL_CREATE, &args) == -EBADF ? 0 : 1;
}

static int in_clone(void *arg)
{
	struct numbers *n = arg;
	int fail = use_foreign(n->n[1]);

	if (n->n[2])
		fail |= close(n->n[1]) ? 2 : 0;
	_exit(fail);
}

/* n: clone flags, context, whether to close it. The child has its own process id. */
static int64_t do_clone(void *arg)
{
	static char stack[65536] __attribute__((aligned(16)));
	struct numbers *n = arg;
	int status;
	pid_t child = clone(in_clone, stack + sizeof(stack), n->n[0] | SIGCHLD, n);

	if (child < 0 || waitpid(child, &status, 0) != child)
		return -errno;
	return status;
}

/* Another process in the same descriptor table is not the owner. */
TEST_F(forks, D6_a_process_that_shares_the_descriptors)
{
	int64_t rcvid;

	EXPECT_EQ(0, in_peer(self->p, do_clone, CLONE_FILES, self->p->q, 0));
	rcvid = client_send_received(self->c, Q, self->chid, NULL);
	ASSERT_LT(0, rcvid);
	EXPECT_EQ(0, in_peer(self->p, do_clone, CLONE_FILES, self->p->q, 0));
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY"));
	EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 1, NULL, 0));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(1, client_result(self->c));
}

/* vfork's flags: one memory, two descriptor tables. */
TEST_F(forks, D6_a_process_that_shares_the_memory)
{
	EXPECT_EQ(0, in_peer(self->p, do_clone, CLONE_VM | CLONE_VFORK, self->p->q, 1));
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
}

/* Its close takes the owner's descriptor away; what is blocked can at least be killed. */
TEST_F(forks, D6_a_process_that_closes_a_shared_descriptor)
{
	struct qmsg_pulse pulse;
	int chid = qmsg_channel_create(Q, QMSG_CHF_DISCONNECT);
	struct client *c = client_blocked(self->p, getpid(), chid);

	ASSERT_TRUE(c != NULL);
	EXPECT_EQ(0, in_peer(self->p, do_clone, CLONE_FILES, self->p->q, 1));
	ASSERT_EQ(0, peer_kill(self->p, SIGKILL));
	ASSERT_EQ(0, peer_reap(self->p, NULL));
	ASSERT_EQ(0, expect_pulse(Q, chid, QMSG_PULSE_CODE_DISCONNECT, &pulse));
	EXPECT_EQ(0, expect_nothing(Q, chid));
}

static int64_t do_unshare_and_close(void *arg)
{
	if (unshare(CLONE_FILES))
		return -errno;
	return close(((struct numbers *)arg)->n[0]);
}

/* One process with two descriptor tables: the other threads' one is still there. */
TEST_F(forks, D6_a_thread_that_leaves_the_descriptor_table)
{
	int64_t rcvid;
	int coid = peer_attach(self->p, getpid(), self->chid, 0, 0);

	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
	EXPECT_EQ(0, in_peer(self->p, do_unshare_and_close, coid));
	rcvid = receive_any(Q, self->chid);
	ASSERT_LT(0, rcvid);
	EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 3, NULL, 0));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(3, client_result(self->c));
}

TEST_F(forks, D6_a_thread_that_leaves_the_table_and_closes_the_context)
{
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
	EXPECT_EQ(0, in_peer(self->p, do_unshare_and_close, self->p->q));
	ASSERT_EQ(0, peer_kill(self->p, SIGKILL));
	ASSERT_EQ(0, peer_reap(self->p, NULL));
	EXPECT_EQ(0, expect_nothing(Q, self->chid));
}

/* Reads and writes of a request while its client is killed: whole, or ESRCH. */
TEST_F(forks, D7_the_client_dies_while_it_is_read)
{
	enum { LONG = 1 << 20 };
	char *message = mmap(NULL, LONG, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char *data = malloc(LONG);
	int n = rounds_by(200);

	ASSERT_TRUE(message != MAP_FAILED && data != NULL);
	memset(message, 'm', LONG);
	for (int i = 0; i < n; i++) {
		struct peer *p = peer_fork();
		struct client *c;
		int64_t rcvid;
		ssize_t got;

		ASSERT_LE(0, peer_open(p));
		c = client_connect(p, getpid(), self->chid);
		c->args.send_ptr = c->args.reply_ptr = (uintptr_t)message;
		c->args.send_len = c->args.reply_len = LONG;
		rcvid = client_send_received(c, Q, self->chid, NULL);
		ASSERT_LT(0, rcvid);
		ASSERT_EQ(0, peer_kill(p, SIGKILL));
		do {
			memset(data, 0, LONG);
			got = qmsg_msg_read(Q, rcvid, data, LONG, 0);
			ASSERT_TRUE(got == LONG || got == -ESRCH) TH_LOG("%zd", got);
			EXPECT_EQ(got > 0 ? 'm' : 0, data[LONG - 1]);
		} while (got > 0);
		EXPECT_EQ(-ESRCH, qmsg_msg_reply(Q, rcvid, 0, NULL, 0));
		ASSERT_EQ(0, peer_reap(p, NULL));
	}
}

TEST_HARNESS_MAIN
