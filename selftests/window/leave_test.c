// SPDX-License-Identifier: GPL-2.0-only
/*
 * P1, P3, D7, F7, C12, T8, T12, T14, T25, T29: a client of a long message leaves while its server is in
 * the middle of moving the bytes and sleeps on a page fault of its own (userfaultfd). The client
 * does not wait for that; and from then on its memory is its own: what was there when it
 * left is not read, and not written to.
 */
#include "kselftest_harness.h"

#include "../hazards/fault.h"
#include "pins.h"

#define BYTES	(4 * FAULT_PAGE)
#define MISSING	2			/* page of the server's */
#define LEFT_MESSAGE	'N'		/* what the client puts there after it has left */
#define LEFT_ROOM	'P'

enum way { SIGNAL, DEADLINE, DETACH, DESTROY, KILL, KILL_HELD, SERVER_KILLED, ANSWERED };

/* The server's call, in shared memory behind its worker. */
struct call {
	struct worker w;
	int64_t (*fn)(struct call *call);
	int64_t rcvid, ret;
	int chid;
	char *region;
};

FIXTURE(leave)
{
	struct peer *server, *p;	/* @p: the client's process */
	struct client *c;
	int chid, coid;
	char *message, *room;		/* also seen by this process */
	struct call *call;
};

FIXTURE_VARIANT(leave)
{
	enum way way;
	unsigned int flags;
	int result;
	long answer;		/* bytes of another thread's */
};

#define WAY(name, _way, _flags, ...)					\
	FIXTURE_VARIANT_ADD(leave, name)				\
	{								\
		.way = _way, .flags = _flags, .result = __VA_ARGS__	\
	}

WAY(by_a_signal, SIGNAL, 0, -EINTR);
WAY(by_its_deadline, DEADLINE, 0, -ETIMEDOUT);
WAY(by_detach, DETACH, 0, -EBADF);
WAY(by_the_end_of_the_channel, DESTROY, 0, -ESRCH);
WAY(by_the_end_of_an_unblock_channel, DESTROY, QMSG_CHF_UNBLOCK, -ESRCH);
WAY(killed, KILL, 0, 0);
WAY(killed_after_its_grace, KILL_HELD, QMSG_CHF_UNBLOCK, 0);
WAY(by_the_servers_death, SERVER_KILLED, QMSG_CHF_UNBLOCK, -ESRCH);
WAY(answered_shortly, ANSWERED, 0, 2, .answer = 100);
WAY(answered_at_length, ANSWERED, QMSG_CHF_UNBLOCK, 2, .answer = BYTES);

static void run_call(struct worker *w)
{
	struct call *call = (struct call *)w;

	call->ret = call->fn(call);
}

static int64_t call_receive(struct call *call)
{
	struct qmsg_msg_receive args = receive_args(call->chid, call->region, BYTES, NULL);
	int err = qmsg_msg_receive_with(Q, &args);

	return err ?: args.out_rcvid;
}

static int64_t call_read(struct call *call)
{
	return qmsg_msg_read(Q, call->rcvid, call->region, BYTES, 0);
}

static int64_t call_write(struct call *call)
{
	return qmsg_msg_write(Q, call->rcvid, call->region, BYTES, 0);
}

static int64_t call_reply(struct call *call)
{
	return qmsg_msg_reply(Q, call->rcvid, 1, call->region, BYTES);
}

/* In the server: receives one and keeps it, or answers it at length. n: channel, bytes. */
static int64_t do_receive(void *arg)
{
	struct numbers *n = arg;
	char buf[64];
	int64_t rcvid = receive_soon(Q, n->n[0], buf, sizeof(buf), NULL);
	static char data[BYTES];

	if (rcvid <= 0 || !n->n[1])
		return rcvid;
	return qmsg_msg_reply(Q, rcvid, 0, data, n->n[1]);
}

/* n: id, bytes */
static int64_t do_answer(void *arg)
{
	static char data[BYTES];
	struct numbers *n = arg;

	memset(data, 'w', n->n[1]);
	return qmsg_msg_reply(Q, n->n[0], 2, data, n->n[1]);
}

static int64_t do_orphans(void *arg)
{
	return read_channel(getpid(), Q, ((struct numbers *)arg)->n[0], "orphans");
}

/* In the server: how often a byte is there. */
static int64_t do_count(void *arg)
{
	struct numbers *n = arg;
	int64_t times = 0;

	for (size_t i = 0; i < BYTES; i++)
		times += fault_region[i] == (char)n->n[0];
	return times;
}

FIXTURE_SETUP(leave)
{
	int64_t address;

	self->message = shared_alloc(BYTES);
	self->room = shared_alloc(BYTES);
	self->call = shared_alloc(sizeof(*self->call));
	ASSERT_LE(0, peer_open(peer_self()));
	self->server = peer_fork();
	self->p = peer_fork();
	ASSERT_TRUE(self->server != NULL && self->p != NULL);
	ASSERT_LE(0, peer_open(self->server));
	ASSERT_LE(0, peer_open(self->p));
	address = in_peer(self->server, do_make_region, 4);
	if (address < 0)
		SKIP(return, "no userfaultfd: %lld", (long long)address);
	for (int i = 0; i < 4; i++) {
		if (i != MISSING) {
			ASSERT_EQ(0, in_peer(self->server, do_fill_page, i, 'r'));
		}
	}
	self->call->region = (char *)address;
	self->call->w.peer = self->server;
	self->call->w.run = run_call;
	self->chid = peer_channel_grace(self->server, variant->flags, 100);
	self->call->chid = self->chid;
	self->coid = qmsg_connect_attach(Q, self->server->pid, self->chid, QMSG_SIDE_CHANNEL, 0);
	self->c = client_connect(self->p, self->server->pid, self->chid);
	ASSERT_TRUE(self->c != NULL);
	ASSERT_EQ(0, peer_handle(self->p, SIGUSR1, 0));
}

FIXTURE_TEARDOWN_PARENT(leave)
{
	EXPECT_EQ(0, wait_for_no_objects());
	EXPECT_EQ(0, wait_for_no_pins());
}

/* A long reply was seen, so the next room is shown; and now a long message is sent. */
static void send_shown(struct __test_metadata *_metadata, FIXTURE_DATA(leave) *self, enum way way)
{
	struct qmsg_msg_send *args = &self->c->args;

	args->reply_ptr = (uintptr_t)self->room;
	args->reply_len = BYTES;
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, in_peer(self->server, do_receive, self->chid, BYTES));
	ASSERT_EQ(0, client_wait(self->c));
	memset(self->message, 'm', BYTES);
	memset(self->room, 'o', BYTES);
	args->send_ptr = (uintptr_t)self->message;
	args->send_len = BYTES;
	if (way == DEADLINE)
		args->send_deadline = args->reply_deadline = deadline_in_ms(1500);
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
	/* both are pinned, and paid for */
	EXPECT_LE(2 * BYTES, object_count("bytes"));
}

/* The server's call has moved something, and waits for its page. */
static void call_into_fault(struct __test_metadata *_metadata, FIXTURE_DATA(leave) *self,
			    int64_t (*fn)(struct call *call))
{
	self->call->fn = fn;
	ASSERT_EQ(0, worker_go(&self->call->w));
	ASSERT_EQ(MISSING, in_peer(self->server, do_wait_for_fault, 0));
	EXPECT_FALSE(worker_is_done(&self->call->w));
	EXPECT_FALSE(client_done(self->c));
}

static bool all_are(const char *p, size_t n, char byte)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != byte)
			return false;
	return true;
}

static void leave(struct __test_metadata *_metadata, FIXTURE_DATA(leave) *self,
		  const FIXTURE_VARIANT(leave) *variant)
{
	switch (variant->way) {
	case SIGNAL:
		ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
		break;
	case DETACH:
		ASSERT_EQ(0, peer_detach(self->p, self->c->args.coid));
		break;
	case DESTROY:
		ASSERT_EQ(0, peer_destroy(self->server, self->chid));
		break;
	case KILL:
	case KILL_HELD:
		ASSERT_EQ(0, peer_kill(self->p, SIGKILL));
		ASSERT_EQ(0, peer_reap(self->p, NULL));
		return;
	case SERVER_KILLED:
		ASSERT_EQ(0, peer_kill(self->server, SIGKILL));
		break;
	case ANSWERED:
		ASSERT_EQ(0, in_peer(self->server, do_answer, self->call->rcvid, variant->answer));
		break;
	case DEADLINE:
		break;
	}
	ASSERT_EQ(0, client_wait(self->c));
	/* P1: what it was told is all of that answer */
	if (variant->way == ANSWERED) {
		EXPECT_EQ(variant->answer, self->c->args.out_reply_len);
		EXPECT_TRUE(all_are(self->room, variant->answer, 'w'));
	}
}

/* The client has returned, and uses its memory for something else. */
static void left_and_reused(struct __test_metadata *_metadata, FIXTURE_DATA(leave) *self,
			    const FIXTURE_VARIANT(leave) *variant)
{
	leave(_metadata, self, variant);
	if (variant->result) {
		EXPECT_EQ(variant->result, client_result(self->c));
	}
	if (variant->way != SERVER_KILLED) {
		EXPECT_FALSE(worker_is_done(&self->call->w));
	}
	memset(self->message, LEFT_MESSAGE, BYTES);
	memset(self->room, LEFT_ROOM, BYTES);
}

static void expect_nothing_moved(struct __test_metadata *_metadata, FIXTURE_DATA(leave) *self,
				 enum way way)
{
	EXPECT_TRUE(all_are(self->message, BYTES, LEFT_MESSAGE));
	EXPECT_TRUE(all_are(self->room, BYTES, LEFT_ROOM));
	if (way != SERVER_KILLED) {
		EXPECT_EQ(0, in_peer(self->server, do_count, LEFT_MESSAGE));
	}
}

/* The server's page comes, and its call goes on to its end, which is @ret. */
static void server_goes_on(struct __test_metadata *_metadata, FIXTURE_DATA(leave) *self,
			   enum way way, int64_t ret)
{
	if (way == SERVER_KILLED) {
		ASSERT_EQ(0, peer_reap(self->server, NULL));
	} else {
		ASSERT_EQ(0, in_peer(self->server, do_fill_page, MISSING, 'r'));
		ASSERT_EQ(0, worker_wait(&self->call->w));
		EXPECT_EQ(ret, self->call->ret);
	}
	expect_nothing_moved(_metadata, self, way);
}

/* Nobody has received it: the receive takes what comes next. */
TEST_F(leave, P3_T8_while_the_server_receives)
{
	if (variant->way == ANSWERED)
		return;
	send_shown(_metadata, self, variant->way);
	call_into_fault(_metadata, self, call_receive);
	left_and_reused(_metadata, self, variant);
	if (variant->way != DESTROY && variant->way != SERVER_KILLED) {
		ASSERT_EQ(0, qmsg_pulse_send(Q, self->coid, 1, 7, 0));
	}
	server_goes_on(_metadata, self, variant->way, variant->way == DESTROY ? -ESRCH : 0);
}

static void leave_received(struct __test_metadata *_metadata, FIXTURE_DATA(leave) *self,
			   const FIXTURE_VARIANT(leave) *variant,
			   int64_t (*fn)(struct call *call))
{
	send_shown(_metadata, self, variant->way);
	self->call->rcvid = in_peer(self->server, do_receive, self->chid, 0);
	ASSERT_LT(0, self->call->rcvid);
	call_into_fault(_metadata, self, fn);
	left_and_reused(_metadata, self, variant);
	server_goes_on(_metadata, self, variant->way, -ESRCH);
}

TEST_F(leave, P3_T14_while_the_server_reads)
{
	leave_received(_metadata, self, variant, call_read);
}

TEST_F(leave, P3_T14_while_the_server_writes)
{
	leave_received(_metadata, self, variant, call_write);
}

/* D7: an orphan ends with its answer, also with one that began before it was one. */
TEST_F(leave, P3_T14_D7_while_the_server_answers)
{
	leave_received(_metadata, self, variant, call_reply);
	if (variant->way == KILL || variant->way == KILL_HELD) {
		EXPECT_EQ(0, in_peer(self->server, do_orphans, self->chid));
	}
}

TEST_HARNESS_MAIN
