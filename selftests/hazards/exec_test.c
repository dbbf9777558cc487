// SPDX-License-Identifier: GPL-2.0-only
/*
 * B12, D1, D2: exec. It ends the context and everything in it, whatever its threads are
 * blocked in; a connection that is a descriptor survives unless it was asked not to.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "../abi/rig.h"

#define GRACE_MS 100

/* The program after exec: argv[1] says what to find out, the answer is the exit code. */
static int is_closed(int fd)
{
	return fcntl(fd, F_GETFD) == -1 && errno == EBADF;
}

static int is_foreign(int fd)
{
	struct qmsg_channel_create args = { .size = sizeof(args) };

	return raw_ioctl(fd, QMSG_IOC_CHANNEL_CREATE, &args) == -EBADF;
}

static int send_through(int fd)
{
	int q = qmsg_open();

	return q < 0 ? 255 : qmsg_msg_send(q, fd, "after", 6, NULL, 0);
}

int main(int argc, char **argv)
{
	int fd = argc > 2 ? atoi(argv[2]) : -1;

	if (argc > 1 && !strcmp(argv[1], "closed"))
		return is_closed(fd) ? 21 : 1;
	if (argc > 1 && !strcmp(argv[1], "foreign"))
		return is_foreign(fd) ? 22 : 1;
	if (argc > 1 && !strcmp(argv[1], "send"))
		return send_through(fd);
	if (argc > 1 && !strcmp(argv[1], "exit"))
		return 23;
	return test_harness_run(argc, argv);
}

static const char *const questions[] = { "closed", "foreign", "send", "exit" };
enum { CLOSED, FOREIGN, SEND, EXIT };

static int64_t do_exec(void *arg)
{
	struct numbers *n = arg;
	char fd[16];

	snprintf(fd, sizeof(fd), "%ld", n->n[1]);
	execl("/proc/self/exe", "exec_test", questions[n->n[0]], fd, NULL);
	return -errno;
}

struct exec_thread;

FIXTURE(exec)
{
	struct peer *p;			/* the process that will exec */
	struct numbers *numbers;
	int chid;
	struct client *c;
	struct exec_thread *thread;
};

FIXTURE_VARIANT(exec)
{
	unsigned int flags;
};

FIXTURE_VARIANT_ADD(exec, plain)
{
	.flags = QMSG_CHF_DISCONNECT,
};

FIXTURE_VARIANT_ADD(exec, unblock)
{
	.flags = QMSG_CHF_DISCONNECT | QMSG_CHF_UNBLOCK,
};

FIXTURE_SETUP(exec)
{
	ASSERT_LE(0, peer_open(peer_self()));
	self->chid = peer_channel_grace(peer_self(), variant->flags, GRACE_MS);
	ASSERT_LT(0, self->chid);
	self->p = peer_fork();
	ASSERT_TRUE(self->p != NULL);
	ASSERT_LE(0, peer_open(self->p));
	self->numbers = shared_alloc(sizeof(*self->numbers));
}

FIXTURE_TEARDOWN_PARENT(exec)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

static int start_exec(FIXTURE_DATA(exec) *self, long question, long fd)
{
	*self->numbers = (struct numbers){ .n = { question, fd } };
	return peer_start(self->p, do_exec, self->numbers);
}

static int exit_code(FIXTURE_DATA(exec) *self)
{
	int status;

	if (peer_reap(self->p, &status))
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* A thread that execs when it is told to a second time. */
struct exec_thread {
	struct worker w;
	bool ready;
};

static void run_exec(struct worker *w)
{
	struct exec_thread *t = (struct exec_thread *)w;
	struct numbers n = { .n = { EXIT, 0 } };

	if (t->ready)
		do_exec(&n);
	t->ready = true;
}

/* The first thread is going to be busy: the thread is made before. */
static struct exec_thread *make_exec_thread(FIXTURE_DATA(exec) *self)
{
	struct exec_thread *t = shared_alloc(sizeof(*t));

	t->w.peer = self->p;
	t->w.run = run_exec;
	return worker_go(&t->w) || worker_wait(&t->w) ? NULL : t;
}

static void expect_disconnect(struct __test_metadata *_metadata, FIXTURE_DATA(exec) *self)
{
	struct qmsg_pulse pulse;

	ASSERT_EQ(0, expect_pulse(Q, self->chid, QMSG_PULSE_CODE_DISCONNECT, &pulse));
	EXPECT_EQ(0, qmsg_connect_detach(Q, pulse.scoid));
	EXPECT_EQ(0, expect_nothing(Q, self->chid));
}

TEST_F(exec, B12_exec_closes_what_was_asked_to_close)
{
	int coid = peer_attach(self->p, getpid(), self->chid, 0, QMSG_COF_CLOEXEC);

	ASSERT_LE(0, coid);
	ASSERT_EQ(0, start_exec(self, CLOSED, coid));
	EXPECT_EQ(21, exit_code(self));
	expect_disconnect(_metadata, self);
}

TEST_F(exec, B12_exec_closes_the_context)
{
	ASSERT_EQ(0, start_exec(self, CLOSED, self->p->q));
	EXPECT_EQ(21, exit_code(self));
}

static int64_t do_keep(void *arg)
{
	return fcntl(((struct numbers *)arg)->n[0], F_SETFD, 0);
}

/* Kept open against its will, a context is dead in the new image. */
TEST_F(exec, B12_a_context_does_not_survive_exec)
{
	int coid = peer_attach(self->p, getpid(), self->chid, QMSG_SIDE_CHANNEL, 0);

	ASSERT_NE(0, coid & QMSG_SIDE_CHANNEL);
	ASSERT_EQ(0, in_peer(self->p, do_keep, self->p->q));
	ASSERT_EQ(0, start_exec(self, FOREIGN, self->p->q));
	EXPECT_EQ(22, exit_code(self));
	expect_disconnect(_metadata, self);
}

/* S1.22: the new image uses the descriptor, through a context of its own. */
TEST_F(exec, B12_a_connection_survives_exec)
{
	int coid = peer_attach(self->p, getpid(), self->chid, 0, 0);
	struct qmsg_msg_info info;
	char buf[64] = "";
	int64_t rcvid;

	ASSERT_LE(0, coid);
	ASSERT_EQ(0, start_exec(self, SEND, coid));
	do
		rcvid = receive_soon(Q, self->chid, buf, sizeof(buf), &info);
	while (!rcvid);	/* the old image's link may have gone by then: a DISCONNECT pulse */
	ASSERT_LT(0, rcvid);
	EXPECT_EQ(0, strcmp(buf, "after"));
	EXPECT_EQ(self->p->pid, info.pid);
	EXPECT_EQ(coid, info.coid);
	EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 33, NULL, 0));
	EXPECT_EQ(33, exit_code(self));
}

static void block_client(struct __test_metadata *_metadata, FIXTURE_DATA(exec) *self, bool leader)
{
	int coid = peer_attach(self->p, getpid(), self->chid, QMSG_SIDE_CHANNEL, 0);

	self->c = client_new(self->p, coid);
	self->thread = leader ? make_exec_thread(self) : NULL;
	ASSERT_TRUE(!leader || self->thread);
	ASSERT_EQ(0, leader ? client_send_in_leader(self->c) : client_send(self->c));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
}

static int exec_around(FIXTURE_DATA(exec) *self, bool leader)
{
	if (!leader)
		return start_exec(self, EXIT, 0);
	atomic_fetch_add(&self->thread->w.posted, 1);
	return sem_post(&self->thread->w.go);
}

static void exec_while_send_blocked(struct __test_metadata *_metadata, FIXTURE_DATA(exec) *self,
				    bool leader)
{
	block_client(_metadata, self, leader);
	ASSERT_EQ(0, exec_around(self, leader));
	EXPECT_EQ(23, exit_code(self));
	expect_disconnect(_metadata, self);
}

/* The request of the dead image: whoever answers it late touches nothing of the new one. */
static void exec_while_reply_blocked(struct __test_metadata *_metadata, FIXTURE_DATA(exec) *self,
				     bool leader, bool held)
{
	struct qmsg_msg_info info;
	struct qmsg_pulse pulse;
	char buf[8];
	int64_t rcvid;

	block_client(_metadata, self, leader);
	rcvid = receive_any(Q, self->chid);
	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, exec_around(self, leader));
	if (held) {
		ASSERT_EQ(0, expect_pulse(Q, self->chid, QMSG_PULSE_CODE_UNBLOCK, &pulse));
		EXPECT_EQ(rcvid, (int64_t)pulse.value);
		ASSERT_EQ(0, qmsg_msg_info(Q, rcvid, &info));
		EXPECT_EQ(QMSG_UNBLOCK_KILL, info.unblock_reasons);
	}
	EXPECT_EQ(23, exit_code(self));
	EXPECT_EQ(-ESRCH, qmsg_msg_read(Q, rcvid, buf, sizeof(buf), 0));
	EXPECT_EQ(-ESRCH, qmsg_msg_write(Q, rcvid, buf, sizeof(buf), 0));
	if (held) {
		ASSERT_EQ(0, qmsg_msg_info(Q, rcvid, &info));
		EXPECT_NE(0, info.flags & QMSG_MI_CLIENT_GONE);
	}
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(Q, rcvid, 0, NULL, 0));
	EXPECT_EQ(-ESRCH, qmsg_msg_info(Q, rcvid, &info));
	expect_disconnect(_metadata, self);
}

TEST_F(exec, D1_while_a_thread_is_SEND_blocked)
{
	exec_while_send_blocked(_metadata, self, false);
}

TEST_F(exec, D1_while_the_first_thread_is_SEND_blocked)
{
	exec_while_send_blocked(_metadata, self, true);
}

TEST_F(exec, D1_while_a_thread_is_REPLY_blocked)
{
	exec_while_reply_blocked(_metadata, self, false, variant->flags & QMSG_CHF_UNBLOCK);
}

TEST_F(exec, D1_while_the_first_thread_is_REPLY_blocked)
{
	exec_while_reply_blocked(_metadata, self, true, variant->flags & QMSG_CHF_UNBLOCK);
}

/* A server that answers promptly does not make exec wait for the grace to end. */
TEST_F(exec, D1_a_held_thread_is_let_go_by_the_answer)
{
	struct qmsg_pulse pulse;
	int64_t rcvid;

	if (!(variant->flags & QMSG_CHF_UNBLOCK))
		SKIP(return, "nobody is held on a channel without UNBLOCK");
	qmsg_channel_destroy(Q, self->chid);
	self->chid = peer_channel_grace(peer_self(), variant->flags, 60000);
	ASSERT_LT(0, self->chid);
	block_client(_metadata, self, false);
	rcvid = receive_any(Q, self->chid);
	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, exec_around(self, false));
	ASSERT_EQ(0, expect_pulse(Q, self->chid, QMSG_PULSE_CODE_UNBLOCK, &pulse));
	EXPECT_EQ(0, qmsg_msg_error(Q, rcvid, QMSG_ERROR_REASON));
	EXPECT_EQ(23, exit_code(self));
	expect_disconnect(_metadata, self);
}

/* ---- D2 ---- */

#define SETUID_COPY	"/tmp/qmsg_setuid"

static int make_setuid_copy(void)
{
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int to = open(SETUID_COPY, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
	struct stat st;
	int err = 0;

	if (from < 0 || to < 0 || fstat(from, &st))
		return -errno;
	for (off_t at = 0; at < st.st_size && !err;)
		err = sendfile(to, from, &at, st.st_size - at) <= 0;
	err = err || fchmod(to, 04755) ? -errno : 0;
	close(from);
	close(to);
	return err;
}

static int64_t do_exec_setuid(void *arg)
{
	char fd[16];

	snprintf(fd, sizeof(fd), "%ld", ((struct numbers *)arg)->n[0]);
	execl(SETUID_COPY, "exec_test", "send", fd, NULL);
	return -errno;
}

/* What is sent next has the rights of the program; what was sent before keeps its own. */
TEST_F(exec, D2_a_setuid_program_gets_a_connection)
{
	struct qmsg_channel_create args = { .mode = 0222, .kill_grace_ms = GRACE_MS };
	struct qmsg_msg_info before, after;
	struct statvfs vfs;
	char buf[64] = "";
	int64_t old, rcvid;
	int coid;

	ASSERT_EQ(0, make_setuid_copy());
	if (statvfs("/tmp", &vfs) || vfs.f_flag & ST_NOSUID)
		SKIP(return, "/tmp is mounted nosuid");
	qmsg_channel_destroy(Q, self->chid);
	args.flags = variant->flags;
	self->chid = qmsg_channel_create_with(Q, &args);
	ASSERT_LT(0, self->chid);
	ASSERT_EQ(0, in_peer(self->p, do_give_up_root, NOBODY));
	coid = peer_attach(self->p, getpid(), self->chid, 0, 0);
	ASSERT_LE(0, coid);
	self->c = client_new(self->p, coid);
	old = client_send_received(self->c, Q, self->chid, &before);
	ASSERT_LT(0, old);
	EXPECT_EQ(NOBODY, before.uid);

	self->numbers->n[0] = coid;
	ASSERT_EQ(0, peer_start(self->p, do_exec_setuid, self->numbers));
	do
		rcvid = receive_soon(Q, self->chid, buf, sizeof(buf), &after);
	while (!rcvid);		/* the old image's end */
	ASSERT_LT(0, rcvid);
	EXPECT_EQ(0, strcmp(buf, "after"));
	EXPECT_EQ(self->p->pid, after.pid);
	EXPECT_EQ(0, after.uid);
	/* the old request is of the old image: it shows nothing of the new one */
	EXPECT_EQ(-ESRCH, qmsg_msg_read(Q, old, buf, sizeof(buf), 0));
	if (!qmsg_msg_info(Q, old, &before)) {
		EXPECT_EQ(NOBODY, before.uid);
		EXPECT_NE(0, before.flags & QMSG_MI_CLIENT_GONE);
	}
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(Q, old, 0, "x", 1));
	EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 34, NULL, 0));
	EXPECT_EQ(34, exit_code(self));
	unlink(SETUID_COPY);
}

/* S1.4: the server's exec is its channels' end. */
TEST_F(exec, D1_a_server_with_threads_and_clients_in_every_state)
{
	int chid = peer_channel(self->p, variant->flags), idle = peer_channel(self->p, 0);
	struct receiver *waiting = receiver_new(self->p, idle);
	struct receiver *r = receiver_new(self->p, chid);
	struct client *received = client_connect(peer_self(), self->p->pid, chid);
	struct client *queued;

	ASSERT_TRUE(received != NULL);
	ASSERT_EQ(0, client_send(received));
	ASSERT_EQ(0, receiver_go(r));
	ASSERT_EQ(0, receiver_wait(r));
	ASSERT_EQ(0, wait_for_client(received, "REPLY"));
	ASSERT_EQ(0, receiver_go_blocked(waiting));
	queued = client_blocked(peer_self(), self->p->pid, chid);
	ASSERT_TRUE(queued != NULL);
	ASSERT_EQ(0, exec_around(self, false));
	ASSERT_EQ(0, client_wait(received));
	ASSERT_EQ(0, client_wait(queued));
	EXPECT_EQ(-ESRCH, client_result(received));
	EXPECT_EQ(-ESRCH, client_result(queued));
	EXPECT_EQ(-EBADF, qmsg_pulse_send(Q, queued->args.coid, 1, 1, 0));
	EXPECT_EQ(23, exit_code(self));
}
