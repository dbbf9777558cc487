// SPDX-License-Identifier: GPL-2.0-only
/*
 * C12, F18: a process is killed in the middle of a long copy. The copy does not go on to its end.
 * Where it stands is known: it waits for a missing page, and is killed when that comes.
 */
#include "kselftest_harness.h"

#include <sys/uio.h>

#include "fault.h"

#define PIECE	(256 * FAULT_PAGE)	/* 1 MiB, sent again and again */
#define PIECES	32
#define BYTES	(FAULT_PAGE + PIECES * PIECE)
#define TURNS	few_rounds(1)

FIXTURE(kill_copy)
{
	int chid;
	struct iovec *iov;
	struct numbers *numbers;
};

FIXTURE_SETUP(kill_copy)
{
	ASSERT_LE(0, peer_open(peer_self()));
	self->chid = qmsg_channel_create(Q, 0);
	ASSERT_LT(0, self->chid);
	self->iov = shared_alloc((PIECES + 1) * sizeof(*self->iov));
	self->numbers = shared_alloc(sizeof(*self->numbers));
	if (in_peer(peer_fork(), do_make_region, 1) < 0)
		SKIP(return, "no userfaultfd");
}

FIXTURE_TEARDOWN_PARENT(kill_copy)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

/* The missing page, and then the same MiB all the time. */
static void set_pieces(FIXTURE_DATA(kill_copy) *self, char *region)
{
	self->iov[0] = (struct iovec){ region, FAULT_PAGE };
	for (int i = 1; i <= PIECES; i++)
		self->iov[i] = (struct iovec){ region + FAULT_PAGE, PIECE };
}

static int64_t do_fill_pieces(void *arg)
{
	int64_t err = 0;

	(void)arg;
	for (size_t i = 1; i <= PIECE / FAULT_PAGE; i++) {
		struct numbers n = { .n = { i, 'x' } };

		err = err ?: do_fill_page(&n);
	}
	return err;
}

static int fill_pieces(struct peer *p)
{
	return in_peer(p, do_fill_pieces, 0);
}

/* A client whose message of 32 MiB has its first page missing; it is copying. */
static struct client *copying_client(FIXTURE_DATA(kill_copy) *self, struct peer **p)
{
	struct client *c;
	int64_t region;

	*p = peer_fork();
	if (!*p || peer_open(*p) < 0)
		return NULL;
	region = in_peer(*p, do_make_region, 1 + PIECE / FAULT_PAGE);
	if (region < 0)
		return NULL;
	set_pieces(self, (char *)region);
	c = client_connect(*p, getpid(), self->chid);
	c->args.send_ptr = (uintptr_t)self->iov;
	c->args.send_len = PIECES + 1;
	c->args.flags = QMSG_SEND_IOV;
	if (fill_pieces(*p) || client_send(c) || in_peer(*p, do_wait_for_fault, 0))
		return NULL;
	return c;
}

/* How long the whole copy takes. */
static uint64_t time_of_copy(struct __test_metadata *_metadata, FIXTURE_DATA(kill_copy) *self)
{
	struct peer *p;
	struct client *c = copying_client(self, &p);
	uint64_t begin;

	ASSERT_TRUE(c != NULL);
	begin = now_ns();
	EXPECT_EQ(0, in_peer(p, do_fill_page, 0, 'x'));
	EXPECT_EQ(0, wait_for_client(c, "SEND"));
	begin = now_ns() - begin;
	EXPECT_EQ(0, peer_kill(p, SIGKILL));
	EXPECT_EQ(0, peer_reap(p, NULL));
	return begin;
}

static int64_t do_fill_and_die(void *arg)
{
	int64_t err = do_fill_page(arg);

	kill(getpid(), SIGKILL);
	return err;
}

static uint64_t time_of_death(struct __test_metadata *_metadata, FIXTURE_DATA(kill_copy) *self)
{
	struct peer *p;
	struct client *c = copying_client(self, &p);
	uint64_t begin;

	ASSERT_TRUE(c != NULL);
	*self->numbers = (struct numbers){ .n = { 0, 'x' } };
	begin = now_ns();
	EXPECT_EQ(0, peer_start(p, do_fill_and_die, self->numbers));
	EXPECT_EQ(0, peer_reap(p, NULL));
	begin = now_ns() - begin;
	EXPECT_EQ(0, read_channel(getpid(), Q, self->chid, "queued"));
	return begin;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

TEST_F(kill_copy, F18_a_client_that_sends_much)
{
	uint64_t copy = ~0ULL, death = ~0ULL;

	for (int i = 0; i < TURNS; i++) {
		copy = least(copy, time_of_copy(_metadata, self));
		death = least(death, time_of_death(_metadata, self));
	}
	TH_LOG("copy %llu us, death %llu us", (unsigned long long)copy / 1000,
	       (unsigned long long)death / 1000);
	EXPECT_GT(copy, 2 * death);
	EXPECT_EQ(0, expect_nothing(Q, self->chid));
}

/* The other direction: the server dies while it takes the message, and the client is told. */
struct taker {
	struct receiver r;
	struct client *c;
	struct peer *p;
};

static struct taker *copying_server(FIXTURE_DATA(kill_copy) *self, const char *message)
{
	struct taker *t = shared_alloc(sizeof(*t));
	struct receiver *r;
	int64_t region;
	int chid;

	t->p = peer_fork();
	if (peer_open(t->p) < 0)
		return NULL;
	chid = peer_channel(t->p, 0);
	region = in_peer(t->p, do_make_region, 1 + PIECE / FAULT_PAGE);
	set_pieces(self, (char *)region);
	t->c = client_connect(peer_self(), t->p->pid, chid);
	t->c->args.send_ptr = (uintptr_t)message;
	t->c->args.send_len = BYTES;
	r = receiver_new(t->p, chid);
	r->args.flags = QMSG_RECEIVE_IOV;
	r->args.buf_ptr = (uintptr_t)self->iov;
	r->args.buf_len = PIECES + 1;
	if (fill_pieces(t->p) || client_send(t->c) || wait_for_client(t->c, "SEND") ||
	    receiver_go(r) || in_peer(t->p, do_wait_for_fault, 0))
		return NULL;
	return t;
}

static uint64_t time_of_taking(struct __test_metadata *_metadata, FIXTURE_DATA(kill_copy) *self,
			       const char *message)
{
	struct taker *t = copying_server(self, message);
	uint64_t begin;

	ASSERT_TRUE(t != NULL);
	begin = now_ns();
	EXPECT_EQ(0, in_peer(t->p, do_fill_page, 0, 'x'));
	EXPECT_EQ(0, wait_for_client(t->c, "REPLY"));
	begin = now_ns() - begin;
	EXPECT_EQ(0, peer_kill(t->p, SIGKILL));
	EXPECT_EQ(0, peer_reap(t->p, NULL));
	EXPECT_EQ(0, client_wait(t->c));
	return begin;
}

static uint64_t time_until_told(struct __test_metadata *_metadata, FIXTURE_DATA(kill_copy) *self,
				const char *message)
{
	struct taker *t = copying_server(self, message);
	uint64_t begin;

	ASSERT_TRUE(t != NULL);
	*self->numbers = (struct numbers){ .n = { 0, 'x' } };
	begin = now_ns();
	EXPECT_EQ(0, peer_start(t->p, do_fill_and_die, self->numbers));
	EXPECT_EQ(0, client_wait(t->c));
	begin = now_ns() - begin;
	EXPECT_EQ(-ESRCH, client_result(t->c));
	EXPECT_EQ(0, peer_reap(t->p, NULL));
	return begin;
}

TEST_F(kill_copy, F18_a_server_that_receives_much)
{
	char *message = mmap(NULL, BYTES, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t copy = ~0ULL, told = ~0ULL;

	ASSERT_TRUE(message != MAP_FAILED);
	for (int i = 0; i < TURNS; i++) {
		copy = least(copy, time_of_taking(_metadata, self, message));
		told = least(told, time_until_told(_metadata, self, message));
	}
	TH_LOG("copy %llu us, told after %llu us", (unsigned long long)copy / 1000,
	       (unsigned long long)told / 1000);
	EXPECT_GT(copy, 2 * told);
}

TEST_HARNESS_MAIN
