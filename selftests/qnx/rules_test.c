// SPDX-License-Identifier: GPL-2.0-only
/* build: also -m32 */
/* Rules of objects and calls that no other program is about. */
#include <sys/mman.h>

#include "call.h"

FIXTURE(rules) {
	int chid;
	int coid;
	struct call call;
};

FIXTURE_SETUP(rules)
{
	self->chid = ChannelCreate(_NTO_CHF_DISCONNECT);
	ASSERT_EQ(1, self->chid);
	self->coid = attach_self(self->chid);
	ASSERT_NE(-1, self->coid);
}

FIXTURE_TEARDOWN(rules)
{
}

static long send_nothing(struct call *call)
{
	return MsgSend(call->coid, NULL, 0, NULL, 0);
}

static long send_page(struct call *call)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long ret;

	memset(page, 'm', 4096);
	/* The sender's buffer is another's to unmap while it waits. */
	memcpy(call->reply, &page, sizeof(page));
	ret = MsgSend(call->coid, page, 4096, NULL, 0);
	munmap(page, 4096);
	return ret;
}

/* S1.6: process 1 is no process manager, and nobody is connected to it from birth. */
TEST_F(rules, there_is_no_process_manager)
{
	int sysmgr = _NTO_SIDE_CHANNEL | 0;

	EXPECT_MINUS(ESRCH, ConnectAttach, 0, 1, 1, _NTO_SIDE_CHANNEL, 0);
	EXPECT_MINUS(EBADF, MsgSend, sysmgr, NULL, 0, NULL, 0);
	EXPECT_PLUS(EINVAL, ConnectDetach, sysmgr);
}

/* S1.26: above 0 for a message, 0 for a pulse, -1 for an error. */
TEST_F(rules, what_a_receive_returns)
{
	char buf[sizeof(struct _pulse)];
	rcvid_t rcvid;

	ASSERT_EQ(0, call_start(&self->call, send_nothing, self->coid));
	rcvid = receive_limited(self->chid, buf, sizeof(buf), NULL);
	EXPECT_LT(0, rcvid);
	EXPECT_EQ(0, MsgReply(rcvid, EOK, NULL, 0));
	EXPECT_EQ(0, call_join(&self->call));
	ASSERT_EQ(0, MsgSendPulse(self->coid, 10, 0, 0));
	EXPECT_EQ(0, receive_limited(self->chid, buf, sizeof(buf), NULL));
	EXPECT_EQ(-1, MsgReceive(-1, buf, sizeof(buf), NULL));
}

static long send_status(struct call *call)
{
	return MsgSend(call->coid, NULL, 0, call->reply, sizeof(call->reply));
}

/* S2.3: a status is a long, and a length that no message has is refused. */
TEST_F(rules, lengths_and_status)
{
	char buf[8];
	rcvid_t rcvid;

	EXPECT_MINUS(EOVERFLOW, MsgSend, self->coid, buf, (size_t)0x80000000, NULL, 0);
	ASSERT_EQ(0, call_start(&self->call, send_status, self->coid));
	rcvid = receive_limited(self->chid, buf, sizeof(buf), NULL);
	ASSERT_LT(0, rcvid);
	EXPECT_EQ(0, MsgReply(rcvid, LONG_MAX, NULL, 0));
	EXPECT_EQ(0, call_join(&self->call));
	EXPECT_EQ(LONG_MAX, self->call.result);
}

/* S2.23: MsgRead() does not depend on what the client does to its memory. */
TEST_F(rules, MsgRead_of_memory_that_is_gone)
{
	char buf[4096] = "";
	rcvid_t rcvid;
	void *page;

	ASSERT_EQ(0, call_start(&self->call, send_page, self->coid));
	rcvid = receive_limited(self->chid, buf, 1, NULL);
	ASSERT_LT(0, rcvid);
	memcpy(&page, self->call.reply, sizeof(page));
	ASSERT_EQ(0, mprotect(page, 4096, PROT_NONE));
	EXPECT_EQ(4096, MsgRead(rcvid, buf, sizeof(buf), 0));
	EXPECT_EQ('m', buf[4095]);
	EXPECT_EQ(0, MsgReply(rcvid, EOK, NULL, 0));
	EXPECT_EQ(0, call_join(&self->call));
}

/* S1.19, S1.24: a fork sends the server nothing, whatever the child inherits. */
TEST_F(rules, fork_sends_nothing)
{
	int fd = ConnectAttach(0, 0, self->chid, 0, 0);
	char buf[8];
	pid_t pid;

	ASSERT_LE(0, fd);
	pid = fork();
	if (!pid)
		_exit(0);
	ASSERT_EQ(0, reap(pid, NULL));
	EXPECT_EQ(-ETIMEDOUT, receive_poll(self->chid, buf, sizeof(buf), NULL));
}

/* ---- S1.33: the order of things at exit ---- */

struct ending {
	pid_t server;
	int chid;		/* of the process that ends */
	atomic_int ready;
};

static int end_with_both(void *arg)
{
	struct ending *e = arg;

	e->chid = ChannelCreate(0);
	if (ConnectAttach(0, e->server, 1, _NTO_SIDE_CHANNEL, 0) == -1)
		return 1;
	atomic_store(&e->ready, 1);
	pause();
	return 2;
}

/* S1.33: who is told that it disconnects finds its channels gone already. */
TEST_F(rules, channels_go_before_connections)
{
	struct ending *e = shared_alloc(sizeof(*e));
	struct _pulse pulse;
	pid_t pid;
	int coid;

	e->server = getpid();
	pid = fork_child(end_with_both, e);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(wait_until(atomic_load(&e->ready)));
	coid = ConnectAttach(0, pid, e->chid, _NTO_SIDE_CHANNEL, 0);
	ASSERT_NE(-1, coid);
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(0, receive_limited(self->chid, &pulse, sizeof(pulse), NULL));
	EXPECT_EQ(_PULSE_CODE_DISCONNECT, pulse.code);
	EXPECT_MINUS(EBADF, MsgSend, coid, NULL, 0, NULL, 0);
	EXPECT_EQ(0, ConnectDetach(pulse.scoid));
	EXPECT_EQ(0, ConnectDetach(coid));
	EXPECT_EQ(0, reap(pid, NULL));
}

/* ---- S2.7: in signal handlers ---- */

static struct call in_handler;
static int handler_coid, handler_errno;

static void send_from_handler(int sig)
{
	int saved = errno;

	in_handler.result = MsgSend(handler_coid, &sig, sizeof(sig), in_handler.reply,
				    sizeof(in_handler.reply));
	handler_errno = errno;
	errno = saved;
}

static long wait_for_pulse(struct call *call)
{
	struct _pulse pulse;

	return MsgReceivePulse(call->coid, &pulse, sizeof(pulse), NULL);
}

static rcvid_t serve_one(struct __test_metadata *_metadata, int chid, int sig)
{
	int got = 0;
	rcvid_t rcvid = receive_limited(chid, &got, sizeof(got), NULL);

	EXPECT_LT(0, rcvid);
	EXPECT_EQ(sig, got);
	EXPECT_EQ(0, MsgReply(rcvid, 77, "h", 1));
	return rcvid;
}

static void handle(int sig)
{
	struct sigaction sa = { .sa_handler = send_from_handler };

	sigaction(sig, &sa, NULL);
}

/* S2.7: a handler that interrupts a send sends itself; the interrupted call keeps its error. */
TEST_F(rules, handler_sends_while_its_thread_is_in_MsgSend)
{
	int other = ChannelCreate(0);

	handler_coid = attach_self(other);
	handle(SIGUSR1);
	ASSERT_EQ(0, call_start(&self->call, send_nothing, self->coid));
	ASSERT_EQ(0, call_wait_state(&self->call, "SEND"));
	ASSERT_EQ(0, pthread_kill(self->call.thread, SIGUSR1));
	serve_one(_metadata, other, SIGUSR1);
	ASSERT_EQ(0, call_join(&self->call));
	EXPECT_EQ(77, in_handler.result);
	EXPECT_EQ(-1, self->call.result);
	EXPECT_EQ(EINTR, self->call.error);
}

/* S2.7: likewise in a receive. */
TEST_F(rules, handler_sends_while_its_thread_is_in_MsgReceive)
{
	int other = ChannelCreate(0);

	handler_coid = attach_self(other);
	handle(SIGUSR2);
	ASSERT_EQ(0, call_start(&self->call, wait_for_pulse, self->chid));
	ASSERT_EQ(0, wait_receivers(self->chid, 1));
	ASSERT_EQ(0, pthread_kill(self->call.thread, SIGUSR2));
	serve_one(_metadata, other, SIGUSR2);
	ASSERT_EQ(0, call_join(&self->call));
	EXPECT_EQ(77, in_handler.result);
	EXPECT_EQ(EINTR, self->call.error);
}

TEST_HARNESS_MAIN
