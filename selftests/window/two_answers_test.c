// SPDX-License-Identifier: GPL-2.0-only
/*
 * P1, F7: two threads answer the same request at length, each sleeping on a page fault of its
 * own (userfaultfd) in the middle of it, in every order: whoever wins, all of it is his.
 */
#include "kselftest_harness.h"

#include "../hazards/fault.h"
#include "pins.h"

#define PAGES	4
#define BYTES	(PAGES * FAULT_PAGE)
#define FIRST	2		/* the page that the first thread waits for */
#define SECOND	3		/* ... and the second */

struct answerer {
	struct worker w;
	int64_t rcvid;
	int number, ret;
	uint32_t flags;
	struct iovec iov[PAGES];
};

FIXTURE(two)
{
	struct peer *server;
	struct client *c;
	struct answerer *a[2];
	char *room;
	int chid;
};

static void run_answer(struct worker *w)
{
	struct answerer *a = (struct answerer *)w;
	struct qmsg_msg_reply args = {
		.flags = QMSG_REPLY_DATA_IOV | a->flags, .rcvid = a->rcvid, .status = a->number,
		.buf_ptr = (uintptr_t)a->iov, .buf_len = PAGES,
	};

	a->ret = qmsg_msg_reply_with(w->peer->q, &args);
}

/* In the server: receives one. n: channel, bytes of an answer at once. */
static int64_t do_receive(void *arg)
{
	static char data[BYTES];
	struct numbers *n = arg;
	int64_t rcvid = receive_any(Q, n->n[0]);

	return rcvid <= 0 || !n->n[1] ? rcvid : qmsg_msg_reply(Q, rcvid, 0, data, n->n[1]);
}

/* A page of good memory of the server's, full of a byte. */
static int64_t do_page(void *arg)
{
	char *p = mmap(NULL, FAULT_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);

	memset(p, ((struct numbers *)arg)->n[0], FAULT_PAGE);
	return (int64_t)(uintptr_t)p;
}

/* Pages of @byte, but the one at @missing, which is not there yet. */
static struct answerer *answerer_new(FIXTURE_DATA(two) *self, int64_t region, int number,
				     int missing, char byte)
{
	struct answerer *a = shared_alloc(sizeof(*a));
	char *page = (char *)(uintptr_t)in_peer(self->server, do_page, byte);

	a->w.peer = self->server;
	a->w.run = run_answer;
	a->number = number;
	for (int i = 0; i < PAGES; i++)
		a->iov[i] = (struct iovec){ page, FAULT_PAGE };
	a->iov[missing].iov_base = (char *)(uintptr_t)region + missing * FAULT_PAGE;
	return a;
}

FIXTURE_SETUP(two)
{
	int64_t region;

	self->room = shared_alloc(BYTES);
	ASSERT_LE(0, peer_open(peer_self()));
	self->server = peer_fork();
	ASSERT_LE(0, peer_open(self->server));
	self->chid = peer_channel(self->server, QMSG_CHF_UNBLOCK);
	region = in_peer(self->server, do_make_region, PAGES);
	if (region < 0)
		SKIP(return, "no userfaultfd: %lld", (long long)region);
	self->a[0] = answerer_new(self, region, 1, FIRST, 'a');
	self->a[1] = answerer_new(self, region, 2, SECOND, 'b');
	self->c = client_connect(peer_self(), self->server->pid, self->chid);
	self->c->args.reply_ptr = (uintptr_t)self->room;
	self->c->args.reply_len = BYTES;
	/* so that the next room is shown */
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, in_peer(self->server, do_receive, self->chid, BYTES));
	ASSERT_EQ(0, client_wait(self->c));
	memset(self->room, 'o', BYTES);
	ASSERT_EQ(0, client_send(self->c));
	self->a[0]->rcvid = self->a[1]->rcvid = in_peer(self->server, do_receive, self->chid);
	ASSERT_LT(0, self->a[0]->rcvid);
	EXPECT_LE((long long)BYTES, object_count("bytes"));
}

FIXTURE_TEARDOWN_PARENT(two)
{
	EXPECT_EQ(0, wait_for_no_objects());
	EXPECT_EQ(0, wait_for_no_pins());
}

/* It has got to its missing page. */
static void begin(struct __test_metadata *_metadata, FIXTURE_DATA(two) *self, int who)
{
	ASSERT_EQ(0, worker_go(&self->a[who]->w));
	ASSERT_EQ(who ? SECOND : FIRST, in_peer(self->server, do_wait_for_fault, 0));
}

static void go_on(struct __test_metadata *_metadata, FIXTURE_DATA(two) *self, int who, int ret)
{
	ASSERT_EQ(0, in_peer(self->server, do_fill_page, who ? SECOND : FIRST, who ? 'b' : 'a'));
	ASSERT_EQ(0, worker_wait(&self->a[who]->w));
	EXPECT_EQ(ret, self->a[who]->ret);
}

static void expect_reply_of(struct __test_metadata *_metadata, FIXTURE_DATA(two) *self, int who)
{
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(who + 1, client_result(self->c));
	EXPECT_EQ(BYTES, self->c->args.out_reply_len);
	for (size_t i = 0; i < BYTES; i++) {
		ASSERT_EQ(who ? 'b' : 'a', self->room[i]) TH_LOG("byte %zu", i);
	}
}

TEST_F(two, P1_F7_the_first_to_begin_wins)
{
	begin(_metadata, self, 0);
	begin(_metadata, self, 1);
	go_on(_metadata, self, 0, 0);
	expect_reply_of(_metadata, self, 0);
	go_on(_metadata, self, 1, -ESRCH);
	expect_reply_of(_metadata, self, 0);
}

TEST_F(two, P1_F7_the_second_to_begin_wins)
{
	begin(_metadata, self, 0);
	begin(_metadata, self, 1);
	go_on(_metadata, self, 1, 0);
	expect_reply_of(_metadata, self, 1);
	go_on(_metadata, self, 0, -ESRCH);
	expect_reply_of(_metadata, self, 1);
}

/* Refused by its condition, which came to be false meanwhile; the other one counts whole. */
TEST_F(two, P1_D10_F7_a_condition_that_changes_meanwhile)
{
	ASSERT_EQ(0, peer_handle(peer_self(), SIGUSR1, 0));
	self->a[0]->flags = QMSG_REPLY_IF_NOT_ASKED;
	begin(_metadata, self, 0);
	ASSERT_EQ(0, client_signal(self->c, SIGUSR1));
	ASSERT_EQ(0, wait_for_client(self->c, "REPLY+R"));
	go_on(_metadata, self, 0, -ECANCELED);
	EXPECT_EQ(0, wait_for_client(self->c, "REPLY+R"));
	begin(_metadata, self, 1);
	go_on(_metadata, self, 1, 0);
	expect_reply_of(_metadata, self, 1);
}

TEST_HARNESS_MAIN
