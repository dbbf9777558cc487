// SPDX-License-Identifier: GPL-2.0-only
/*
 * A16, F12: a second thread rewrites the struct, the iovec array or the buffer while the
 * kernel reads it. The result is that of one of the two values and nothing else is
 * touched; the sanitizer kernels see the rest. Bounded by rounds, never by time.
 */
#include "kselftest_harness.h"

#include <sys/mman.h>

#include "../abi/rig.h"

/*
 * The two values differ in one byte: the kernel may copy a struct byte by byte, and what
 * it then sees of a half-written word is the caller's own doing.
 */
#define SMALL	0x1000
#define LARGE	0x2000

/* An address that is not ours: likewise one byte away, or half of it might be one that is. */
static uint64_t kernels(const void *ptr)
{
	return rig_ptr(ptr) | 0xffULL << 56;
}

/* Writes one of two values to a word until told to stop. */
struct flipper {
	pthread_t thread;
	volatile uint64_t *word;
	uint64_t values[2];
	atomic_int stop;
	atomic_ulong flips;
};

static void *flip(void *p)
{
	struct flipper *f = p;

	for (unsigned long n = 0; !atomic_load(&f->stop); n++) {
		*f->word = f->values[n & 1];
		atomic_store(&f->flips, n);
		/* two processors at most: the caller needs one of them */
		if (n % 64 == 0)
			sched_yield();
	}
	return NULL;
}

static int flipper_start(struct flipper *f, void *word, uint64_t a, uint64_t b)
{
	memset(f, 0, sizeof(*f));
	f->word = word;
	f->values[0] = a;
	f->values[1] = b;
	return -pthread_create(&f->thread, NULL, flip, f) ?:
	       (wait_until(atomic_load(&f->flips)) ? 0 : -ETIMEDOUT);
}

static void flipper_stop(struct flipper *f)
{
	atomic_store(&f->stop, 1);
	pthread_join(f->thread, NULL);
}

/* Answers with what it saw of the client's lengths, and more data than anybody asked for. */
static void *measure(void *p)
{
	struct rig *r = p;
	struct qmsg_msg_info info;
	static char data[2 * LARGE];
	int64_t rcvid;

	while ((rcvid = qmsg_msg_receive(r->q, r->idle_chid, data, sizeof(data), &info)) >= 0)
		if (rcvid)
			qmsg_msg_reply(r->q, rcvid, info.srcmsglen, data, sizeof(data));
	return NULL;
}

FIXTURE(double_fetch)
{
	struct rig rig;
	char *send, *reply;	/* LARGE bytes each, then an unmapped page */
	pthread_t server;
	struct qmsg_msg_send args;
	struct flipper flipper;
	int failed;		/* sends that gave an errno the case allows */
	int small, large;	/* sends the server saw with this length */
};

FIXTURE_SETUP(double_fetch)
{
	ASSERT_EQ(0, rig_open(&self->rig, 0));
	self->send = edge_page(LARGE);
	self->reply = edge_page(LARGE);
	memset(self->send, 's', LARGE);
	self->args = send_args(self->rig.idle_coid, self->send, SMALL, self->reply, LARGE);
	ASSERT_EQ(0, pthread_create(&self->server, NULL, measure, &self->rig));
}

FIXTURE_TEARDOWN_PARENT(double_fetch)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

/*
 * Sends while @word flips. Allowed: success with one of the two lengths on either side,
 * and the errors in @allowed.
 */
static void send_while_flipping(struct __test_metadata *_metadata,
				FIXTURE_DATA(double_fetch) *self, void *word, uint64_t a,
				uint64_t b, const int *allowed)
{
	int n = rounds_by(10);

	ASSERT_EQ(0, flipper_start(&self->flipper, word, a, b));
	for (int i = 0; i < n; i++) {
		int err = qmsg_msg_send_with(self->rig.q, &self->args);
		bool ok = false;

		for (int j = 0; allowed && allowed[j]; j++)
			ok |= err == -allowed[j];
		self->failed += ok;
		if (ok)
			continue;
		ASSERT_EQ(0, err) TH_LOG("send %d", i);
		ASSERT_TRUE(self->args.out_status == SMALL || self->args.out_status == LARGE)
			TH_LOG("server saw %lld bytes", (long long)self->args.out_status);
		ASSERT_TRUE(self->args.out_reply_len == SMALL || self->args.out_reply_len == LARGE)
			TH_LOG("%llu bytes", (unsigned long long)self->args.out_reply_len);
		self->small += self->args.out_status == SMALL;
		self->large += self->args.out_status == LARGE;
	}
	flipper_stop(&self->flipper);
	EXPECT_LT(0, atomic_load(&self->flipper.flips));
	/* unspoiled, it works */
	self->args = send_args(self->rig.idle_coid, self->send, LARGE, self->reply, LARGE);
	EXPECT_EQ(0, qmsg_msg_send_with(self->rig.q, &self->args));
	EXPECT_EQ(LARGE, self->args.out_status);
}

TEST_F(double_fetch, A16_the_length_of_a_message)
{
	send_while_flipping(_metadata, self, &self->args.send_len, SMALL, LARGE, NULL);
}

TEST_F(double_fetch, A16_the_length_of_a_reply_buffer)
{
	send_while_flipping(_metadata, self, &self->args.reply_len, SMALL, LARGE, NULL);
}

TEST_F(double_fetch, A16_a_legal_length_and_an_illegal_one)
{
	static const int allowed[] = { EOVERFLOW, EFAULT, 0 };

	send_while_flipping(_metadata, self, &self->args.send_len, SMALL, (1ULL << 63) + SMALL,
			    allowed);
}

TEST_F(double_fetch, A16_our_memory_and_the_kernels)
{
	static const int allowed[] = { EFAULT, 0 };

	send_while_flipping(_metadata, self, &self->args.send_ptr, rig_ptr(self->send),
			    kernels(self->send), allowed);
}

TEST_F(double_fetch, A16_our_reply_buffer_and_the_kernels)
{
	static const int allowed[] = { EFAULT, 0 };

	send_while_flipping(_metadata, self, &self->args.reply_ptr, rig_ptr(self->reply),
			    kernels(self->reply), allowed);
}

/* size and flags share the first word of the struct */
TEST_F(double_fetch, A16_the_size_of_the_struct)
{
	static const int allowed[] = { EINVAL, E2BIG, EFAULT, 0 };

	send_while_flipping(_metadata, self, &self->args, sizeof(self->args), 0x7fffffff, allowed);
}

TEST_F(double_fetch, A16_an_array_and_a_plain_buffer)
{
	static const int allowed[] = { EINVAL, EFAULT, EOVERFLOW, 0 };

	send_while_flipping(_metadata, self, &self->args, sizeof(self->args),
			    sizeof(self->args) | ((uint64_t)QMSG_SEND_IOV << 32), allowed);
}

TEST_F(double_fetch, F12_the_length_in_an_iovec)
{
	struct iovec iov[2] = { { self->send, SMALL }, { NULL, 0 } };

	self->args.flags = QMSG_SEND_IOV;
	self->args.send_ptr = rig_ptr(iov);
	self->args.send_len = 2;
	send_while_flipping(_metadata, self, &iov[0].iov_len, SMALL, LARGE, NULL);
}

TEST_F(double_fetch, F12_the_base_in_an_iovec)
{
	static const int allowed[] = { EFAULT, 0 };
	struct iovec iov[2] = { { NULL, 0 }, { self->reply, LARGE } };

	self->args.flags = QMSG_REPLY_IOV;
	self->args.reply_ptr = rig_ptr(iov);
	self->args.reply_len = 2;
	send_while_flipping(_metadata, self, &iov[1].iov_base, rig_ptr(self->reply),
			    kernels(self->reply), allowed);
}

/* The receiver's side: what it is told it got is one of the two, whatever it asked for. */
TEST_F(double_fetch, A16_the_length_of_a_receive_buffer)
{
	struct qmsg_msg_receive args = receive_args(self->rig.held_chid, self->reply, SMALL,
						    &self->rig.info);
	struct client *c;
	int n = rounds_by(20);

	peer_self()->q = self->rig.q;
	c = client_new(peer_self(), self->rig.held_coid);
	c->args.send_ptr = rig_ptr(self->send);
	c->args.send_len = LARGE;
	ASSERT_EQ(0, flipper_start(&self->flipper, &args.buf_len, SMALL, LARGE));
	for (int i = 0; i < n; i++) {
		ASSERT_EQ(0, client_send(c));
		ASSERT_EQ(0, qmsg_msg_receive_with(self->rig.q, &args));
		ASSERT_TRUE(self->rig.info.msglen == SMALL || self->rig.info.msglen == LARGE)
			TH_LOG("%llu bytes", (unsigned long long)self->rig.info.msglen);
		ASSERT_EQ(0, qmsg_msg_reply(self->rig.q, args.out_rcvid, 0, NULL, 0));
		ASSERT_EQ(0, client_wait(c));
	}
	flipper_stop(&self->flipper);
}

/* An id that flips between a request and nothing: it is answered once, or not at all. */
TEST_F(double_fetch, A16_the_receive_id)
{
	int n = rounds_by(20);

	for (int i = 0; i < n; i++) {
		struct qmsg_msg_reply args = { .size = sizeof(args), .status = i };
		int err;

		ASSERT_EQ(0, rig_hold(&self->rig));
		args.rcvid = self->rig.rcvid;
		ASSERT_EQ(0, flipper_start(&self->flipper, &args.rcvid, self->rig.rcvid, 12345));
		do
			err = qmsg_msg_reply_with(self->rig.q, &args);
		while (err == -ESRCH);
		flipper_stop(&self->flipper);
		ASSERT_EQ(0, err);
		rig_released(&self->rig);
		ASSERT_EQ(i, self->rig.client_result);
	}
}

struct unmapper {
	pthread_t thread;
	void *page;
	atomic_int stop;
};

static void *unmap_and_map(void *p)
{
	struct unmapper *u = p;

	while (!atomic_load(&u->stop)) {
		mprotect(u->page, 4096, PROT_NONE);
		sched_yield();
		mprotect(u->page, 4096, PROT_READ | PROT_WRITE);
		sched_yield();
	}
	return NULL;
}

TEST_F(double_fetch, F12_an_iovec_array_that_comes_and_goes)
{
	struct iovec *iov = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				 -1, 0);
	struct unmapper u = { .page = iov };
	int n = rounds_by(10);

	iov[0] = (struct iovec){ self->send, SMALL };
	self->args.flags = QMSG_SEND_IOV;
	self->args.send_ptr = rig_ptr(iov);
	self->args.send_len = 1;
	ASSERT_EQ(0, pthread_create(&u.thread, NULL, unmap_and_map, &u));
	for (int i = 0; i < n; i++) {
		int err = qmsg_msg_send_with(self->rig.q, &self->args);

		ASSERT_TRUE(err == 0 || err == -EFAULT) TH_LOG("%d", err);
		if (!err) {
			ASSERT_EQ(SMALL, self->args.out_status);
		}
	}
	atomic_store(&u.stop, 1);
	pthread_join(u.thread, NULL);
}

TEST_HARNESS_MAIN
