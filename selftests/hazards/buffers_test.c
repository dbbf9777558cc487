// SPDX-License-Identifier: GPL-2.0-only
/*
 * F10, F11, F13, F16 - F18: legal buffers of every shape. The right bytes arrive, no
 * other byte changes, and a long copy can be killed.
 */
#include "kselftest_harness.h"

#include <sys/mman.h>

#include "hazard.h"

#define SPACE	8192
#define POISON	0xa5

FIXTURE(buffers)
{
	int chid, coid;
	struct client *c;
	char *send, *reply, *in;	/* SPACE bytes each, shared */
	struct iovec *iov;		/* 2 * QMSG_IOV_MAX */
	int64_t rcvid;
	struct qmsg_msg_info info;
};

FIXTURE_SETUP(buffers)
{
	ASSERT_LE(0, peer_open(peer_self()));
	self->chid = qmsg_channel_create(Q, 0);
	self->coid = qmsg_connect_attach(Q, 0, self->chid, QMSG_SIDE_CHANNEL, 0);
	ASSERT_LT(0, self->coid);
	self->c = client_new(peer_self(), self->coid);
	self->send = shared_alloc(SPACE);
	self->reply = shared_alloc(SPACE);
	self->in = shared_alloc(SPACE);
	self->iov = shared_alloc(2 * QMSG_IOV_MAX * sizeof(*self->iov));
	memset(self->reply, POISON, SPACE);
	memset(self->in, POISON, SPACE);
	for (int i = 0; i < SPACE; i++)
		self->send[i] = i * 31 % 251;
	self->c->args = send_args(self->coid, self->send, 0, self->reply, 0);
}

FIXTURE_TEARDOWN_PARENT(buffers)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

static bool is_poison(const char *p, size_t from, size_t to)
{
	for (; from < to; from++)
		if (p[from] != (char)POISON)
			return false;
	return true;
}

static void use_iov(FIXTURE_DATA(buffers) *self, bool send, struct iovec *iov, int n)
{
	struct qmsg_msg_send *args = &self->c->args;

	args->flags |= send ? QMSG_SEND_IOV : QMSG_REPLY_IOV;
	if (send) {
		args->send_ptr = (uintptr_t)iov;
		args->send_len = n;
	} else {
		args->reply_ptr = (uintptr_t)iov;
		args->reply_len = n;
	}
}

/* Sends, receives @room bytes of it into self->in; the request waits for its answer. */
static void send_and_receive(struct __test_metadata *_metadata, FIXTURE_DATA(buffers) *self,
			     size_t room)
{
	ASSERT_EQ(0, client_send(self->c));
	self->rcvid = receive_soon(Q, self->chid, self->in, room, &self->info);
	ASSERT_LT(0, self->rcvid);
}

static void answer(struct __test_metadata *_metadata, FIXTURE_DATA(buffers) *self,
		   const void *data, size_t len)
{
	ASSERT_EQ(0, qmsg_msg_reply(Q, self->rcvid, 1, data, len));
	ASSERT_EQ(0, client_wait(self->c));
	ASSERT_EQ(1, client_result(self->c));
}

TEST_F(buffers, F10_the_same_bytes_sent_twice)
{
	self->iov[0] = (struct iovec){ self->send, 100 };
	self->iov[1] = (struct iovec){ self->send + 50, 100 };
	self->iov[2] = (struct iovec){ self->send, 100 };
	use_iov(self, true, self->iov, 3);
	send_and_receive(_metadata, self, SPACE);
	EXPECT_EQ(300, self->info.srcmsglen);
	EXPECT_EQ(300, self->info.msglen);
	EXPECT_EQ(0, memcmp(self->in, self->send, 100));
	EXPECT_EQ(0, memcmp(self->in + 100, self->send + 50, 100));
	EXPECT_EQ(0, memcmp(self->in + 200, self->send, 100));
	EXPECT_TRUE(is_poison(self->in, 300, SPACE));
	answer(_metadata, self, NULL, 0);
}

/* The elements are filled in order: where they overlap the later one is seen. */
TEST_F(buffers, F10_the_same_bytes_replied_to_twice)
{
	char data[200];

	memset(data, '1', 100);
	memset(data + 100, '2', 100);
	self->iov[0] = (struct iovec){ self->reply, 100 };
	self->iov[1] = (struct iovec){ self->reply + 50, 100 };
	use_iov(self, false, self->iov, 2);
	send_and_receive(_metadata, self, SPACE);
	EXPECT_EQ(200, self->info.dstmsglen);
	answer(_metadata, self, data, 200);
	EXPECT_EQ(200, self->c->args.out_reply_len);
	EXPECT_EQ(0, memcmp(self->reply, data, 50));
	EXPECT_EQ(0, memcmp(self->reply + 50, data + 100, 100));
	EXPECT_TRUE(is_poison(self->reply, 150, SPACE));
}

TEST_F(buffers, F11_1024_elements_of_a_byte)
{
	for (int i = 0; i < QMSG_IOV_MAX; i++) {
		self->iov[i] = (struct iovec){ self->send + 2 * i, 1 };
		self->iov[QMSG_IOV_MAX + i] = (struct iovec){ self->reply + 2 * i, 1 };
	}
	use_iov(self, true, self->iov, QMSG_IOV_MAX);
	use_iov(self, false, self->iov + QMSG_IOV_MAX, QMSG_IOV_MAX);
	send_and_receive(_metadata, self, SPACE);
	EXPECT_EQ(QMSG_IOV_MAX, self->info.srcmsglen);
	EXPECT_EQ(QMSG_IOV_MAX, self->info.dstmsglen);
	answer(_metadata, self, self->in, QMSG_IOV_MAX);
	for (int i = 0; i < QMSG_IOV_MAX; i++) {
		ASSERT_EQ(self->send[2 * i], self->in[i]);
		ASSERT_EQ(self->send[2 * i], self->reply[2 * i]);
		ASSERT_EQ((char)POISON, self->reply[2 * i + 1]);
	}
}

TEST_F(buffers, F11_1023_empty_elements_and_a_byte)
{
	for (int i = 0; i < QMSG_IOV_MAX; i++)
		self->iov[i] = (struct iovec){ (void *)0x10, 0 };
	self->iov[QMSG_IOV_MAX - 1] = (struct iovec){ self->send + 7, 1 };
	use_iov(self, true, self->iov, QMSG_IOV_MAX);
	send_and_receive(_metadata, self, SPACE);
	EXPECT_EQ(1, self->info.msglen);
	EXPECT_EQ(self->send[7], self->in[0]);
	EXPECT_TRUE(is_poison(self->in, 1, SPACE));
	answer(_metadata, self, NULL, 0);
}

/* Both directions cut differently; every boundary falls everywhere once. */
TEST_F(buffers, F11_elements_that_do_not_line_up)
{
	for (size_t cut = 1; cut <= 97; cut += 8) {
		struct qmsg_msg_receive args = receive_args(self->chid, NULL, 0, &self->info);
		struct iovec in[97];
		size_t done = 0;
		int n = 0;

		for (; done < 1000 && n < 97; n++, done += cut)
			self->iov[n] = (struct iovec){ self->send + done, cut };
		use_iov(self, true, self->iov, n);
		for (int i = 0; i < 97; i++)
			in[i] = (struct iovec){ self->in + i * 13, 13 };
		args.flags = QMSG_RECEIVE_IOV;
		args.buf_ptr = (uintptr_t)in;
		args.buf_len = 97;
		memset(self->in, POISON, SPACE);
		ASSERT_EQ(0, client_send(self->c));
		ASSERT_EQ(0, qmsg_msg_receive_with(Q, &args));
		self->rcvid = args.out_rcvid;
		EXPECT_EQ(0, memcmp(self->in, self->send, self->info.msglen));
		EXPECT_EQ(self->info.srcmsglen < 97 * 13 ? self->info.srcmsglen : 97 * 13,
			  self->info.msglen);
		EXPECT_TRUE(is_poison(self->in, self->info.msglen, SPACE));
		answer(_metadata, self, NULL, 0);
	}
}

/* S2.16: one buffer for both, shifted against each other by every small distance. */
TEST_F(buffers, F13_message_and_reply_overlap)
{
	for (int shift = -9; shift <= 9; shift++) {
		char data[128], sent[128];
		char *base = self->send + 1000;

		for (int i = 0; i < 128; i++)
			base[i] = i;
		memcpy(sent, base, 128);
		memset(data, 'r', sizeof(data));
		self->c->args = send_args(self->coid, base, 128, base + shift, 128);
		send_and_receive(_metadata, self, SPACE);
		EXPECT_EQ(0, memcmp(self->in, sent, 128));
		EXPECT_EQ(5, qmsg_msg_write(Q, self->rcvid, "wwwww", 5, 123));
		EXPECT_EQ(128, qmsg_msg_read(Q, self->rcvid, self->in, SPACE, 0));
		answer(_metadata, self, data, 100);
		EXPECT_EQ(0, memcmp(base + shift, data, 100)) TH_LOG("shift %d", shift);
		EXPECT_EQ(0, memcmp(base + shift + 123, "wwwww", 5)) TH_LOG("shift %d", shift);
	}
}

/* Client and server of one process, and one memory: the server receives into the message. */
TEST_F(buffers, F13_received_into_the_senders_own_memory)
{
	char before[200];

	self->c->args.send_len = 200;
	memcpy(before, self->send, sizeof(before));
	ASSERT_EQ(0, client_send(self->c));
	self->rcvid = receive_soon(Q, self->chid, self->send + 1, 200, NULL);
	ASSERT_LT(0, self->rcvid);
	EXPECT_EQ(0, memcmp(self->send + 1, before, 200));
	EXPECT_EQ(before[0], self->send[0]);
	answer(_metadata, self, NULL, 0);
}

TEST_F(buffers, F16_a_short_receive_and_the_rest_at_every_offset)
{
	enum { LEN = 300 };

	self->c->args.send_len = LEN;
	for (size_t room = 0; room <= LEN; room += 25) {
		memset(self->in, POISON, SPACE);
		send_and_receive(_metadata, self, room);
		EXPECT_EQ(room, self->info.msglen);
		EXPECT_EQ(LEN, self->info.srcmsglen);
		EXPECT_EQ(0, memcmp(self->in, self->send, room));
		EXPECT_TRUE(is_poison(self->in, room, SPACE));
		for (size_t at = 0; at <= LEN; at++) {
			memset(self->in, POISON, LEN + 8);
			ASSERT_EQ(LEN - at, qmsg_msg_read(Q, self->rcvid, self->in, SPACE, at));
			ASSERT_EQ(0, memcmp(self->in, self->send + at, LEN - at));
			ASSERT_TRUE(is_poison(self->in, LEN - at, LEN + 8));
		}
		answer(_metadata, self, NULL, 0);
	}
}

TEST_F(buffers, F16_a_reply_longer_than_the_room_for_it)
{
	for (size_t room = 0; room <= 300; room += 30) {
		for (size_t len = 0; len <= 300; len += 30) {
			size_t fits = room < len ? room : len;

			memset(self->reply, POISON, SPACE);
			self->c->args.reply_len = room;
			send_and_receive(_metadata, self, SPACE);
			EXPECT_EQ(room, self->info.dstmsglen);
			answer(_metadata, self, self->send, len);
			ASSERT_EQ(fits, self->c->args.out_reply_len);
			ASSERT_EQ(0, memcmp(self->reply, self->send, fits));
			ASSERT_TRUE(is_poison(self->reply, fits, SPACE));
		}
	}
}

/* What is written above the final reply survives it (S2.12), and nothing else is touched. */
TEST_F(buffers, F16_writes_at_every_offset)
{
	enum { ROOM = 64 };

	self->c->args.reply_len = ROOM;
	for (size_t at = 0; at <= ROOM + 1; at++) {
		size_t fits = at < ROOM ? (ROOM - at < 10 ? ROOM - at : 10) : 0;

		memset(self->reply, POISON, SPACE);
		send_and_receive(_metadata, self, SPACE);
		ASSERT_EQ(fits, qmsg_msg_write(Q, self->rcvid, "0123456789", 10, at));
		answer(_metadata, self, "R", 1);
		EXPECT_EQ('R', self->reply[0]);
		EXPECT_TRUE(is_poison(self->reply, 1, at < ROOM ? at : ROOM));
		if (at) {
			EXPECT_EQ(0, memcmp(self->reply + at, "0123456789", fits))
				TH_LOG("at %zu", at);
		}
		EXPECT_TRUE(is_poison(self->reply, at + fits > 1 ? at + fits : 1, SPACE));
	}
}

/* Through MsgError nothing but what was written before arrives. */
TEST_F(buffers, F17_an_error_carries_no_data)
{
	self->c->args.reply_len = 100;
	send_and_receive(_metadata, self, SPACE);
	EXPECT_EQ(3, qmsg_msg_write(Q, self->rcvid, "abc", 3, 10));
	EXPECT_EQ(0, qmsg_msg_error(Q, self->rcvid, EPROTO));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(-EPROTO, client_result(self->c));
	EXPECT_EQ(0, self->c->args.out_reply_len);
	EXPECT_TRUE(is_poison(self->reply, 0, 10));
	EXPECT_TRUE(is_poison(self->reply, 13, SPACE));
}

TEST_F(buffers, F17_a_pulse_is_24_bytes_and_an_info_as_long_as_asked_for)
{
	union {
		struct qmsg_msg_info info;
		char bytes[256];
	} info;
	struct qmsg_msg_receive args = receive_args(self->chid, self->in, SPACE, &info.info);

	ASSERT_EQ(0, qmsg_pulse_send(Q, self->coid, 1, 1, ~0ULL));
	EXPECT_EQ(0, receive_now(Q, self->chid, self->in, SPACE, NULL));
	EXPECT_TRUE(is_poison(self->in, sizeof(struct qmsg_pulse), SPACE));
	EXPECT_EQ(0, ((struct qmsg_pulse *)self->in)->__reserved);
	EXPECT_EQ(0, memcmp(self->in + 5, "\0\0\0", 3));

	for (size_t len = 0; len <= 128; len += 8) {
		memset(&info, POISON, sizeof(info));
		args.info_len = len;
		self->c->args.send_len = 50;
		ASSERT_EQ(0, client_send(self->c));
		ASSERT_EQ(0, qmsg_msg_receive_with(Q, &args)) TH_LOG("info of %zu bytes", len);
		self->rcvid = args.out_rcvid;
		EXPECT_TRUE(is_poison(info.bytes, len, sizeof(info))) TH_LOG("info of %zu", len);
		if (len > sizeof(info.info)) {
			for (size_t i = sizeof(info.info); i < len; i++)
				ASSERT_EQ(0, info.bytes[i]);
		}
		if (len >= 8) {
			EXPECT_EQ(self->rcvid, info.info.rcvid);
		}
		if (len >= sizeof(info.info)) {
			EXPECT_EQ(0, info.info.file);
		}
		answer(_metadata, self, NULL, 0);
	}
}

/* Pointers back into the struct itself: nonsense for the caller, nothing to the kernel. */
TEST_F(buffers, F13_the_struct_is_its_own_buffer)
{
	struct qmsg_msg_receive args;
	struct qmsg_msg_copy copy;

	self->c->args.send_ptr = self->c->args.reply_ptr = (uintptr_t)&self->c->args;
	self->c->args.send_len = self->c->args.reply_len = sizeof(self->c->args);
	ASSERT_EQ(0, client_send(self->c));
	ASSERT_EQ(0, wait_for_client(self->c, "SEND"));
	args = receive_args(self->chid, &args, sizeof(args), (void *)&args);
	ASSERT_EQ(0, raw_ioctl(Q, QMSG_IOC_MSG_RECEIVE, &args));
	/* the result is written last */
	self->rcvid = args.out_rcvid;
	ASSERT_LT(0, self->rcvid);
	memset(&copy, 0, sizeof(copy));
	copy.rcvid = self->rcvid;
	copy.buf_ptr = (uintptr_t)&copy;
	copy.buf_len = sizeof(copy);
	EXPECT_EQ(0, qmsg_msg_copy_with(Q, QMSG_IOC_MSG_READ, &copy));
	EXPECT_EQ(sizeof(copy), copy.out_copied);
	memset(self->in, 0x77, sizeof(self->c->args));
	EXPECT_EQ(0, qmsg_msg_reply(Q, self->rcvid, 1, self->in, sizeof(self->c->args)));
	ASSERT_EQ(0, client_wait(self->c));
	EXPECT_EQ(1, self->c->args.out_status);
	EXPECT_EQ(0x7777777777777777, self->c->args.send_ptr);
}

/* ---- F18 ---- */

#define MEGABYTES	64
#define LONG		(MEGABYTES << 20)

/* Killed in the middle of sending, of waiting, and of getting, again and again. */
TEST_F_TIMEOUT(buffers, F18_64_MiB_and_a_kill, 120)
{
	char *data = mmap(NULL, LONG, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int killed = 0;

	ASSERT_TRUE(data != MAP_FAILED);
	data[LONG - 1] = 'e';
	for (int i = 0; i < 6; i++) {
		struct peer *p = peer_fork();
		struct client *c;
		int64_t rcvid = 0;
		uint64_t before;

		ASSERT_LE(0, peer_open(p));
		c = client_connect(p, getpid(), self->chid);
		c->args.send_ptr = c->args.reply_ptr = (uintptr_t)data;
		c->args.send_len = c->args.reply_len = LONG;
		ASSERT_EQ(0, client_send(c));
		if (i % 3) {
			rcvid = receive_any(Q, self->chid);
			ASSERT_TRUE(rcvid > 0 || rcvid == -ETIMEDOUT)
				TH_LOG("%lld", (long long)rcvid);
		}
		if (i % 3 == 2) {
			EXPECT_EQ(1, qmsg_msg_read(Q, rcvid, self->in, 8, LONG - 1));
			EXPECT_EQ('e', self->in[0]);
			EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 0, data, LONG));
		}
		before = now_ns();
		ASSERT_EQ(0, peer_kill(p, SIGKILL));
		ASSERT_EQ(0, peer_reap(p, NULL)) TH_LOG("round %d", i);
		EXPECT_GT(wait_limit_ms() * 1000000ull, now_ns() - before) TH_LOG("round %d", i);
		killed++;
		if (i % 3 == 1) {
			EXPECT_EQ(-ESRCH, qmsg_msg_reply(Q, rcvid, 0, NULL, 0));
		}
	}
	EXPECT_EQ(6, killed);
	EXPECT_EQ(0, wait_for_object_count("bytes", 0));
}

TEST_HARNESS_MAIN
