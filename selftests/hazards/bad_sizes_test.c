// SPDX-License-Identifier: GPL-2.0-only
/*
 * A8 - A10, A12, A13, G8: lengths, counts, codes, priorities and deadlines at and beyond
 * their ends. 64-bit only: the lengths are larger than a 32-bit address space.
 */
#include "kselftest_harness.h"

#include <sys/mman.h>

#include "../abi/rig.h"

#define HUGE_BYTES	(QMSG_LEN_MAX + 0x2000UL)

FIXTURE(bad_sizes)
{
	struct rig rig;
	char *huge;	/* HUGE_BYTES of address space, nothing of it touched */
	struct iovec *iov;
};

FIXTURE_VARIANT(bad_sizes)
{
	uid_t uid;
};

FIXTURE_VARIANT_ADD(bad_sizes, root)
{
	.uid = 0,
};

FIXTURE_VARIANT_ADD(bad_sizes, nobody)
{
	.uid = 65534,
};

FIXTURE_SETUP(bad_sizes)
{
	ASSERT_EQ(0, rig_open(&self->rig, variant->uid));
	self->huge = mmap(NULL, HUGE_BYTES, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ASSERT_TRUE(self->huge != MAP_FAILED);
	self->iov = calloc(2048, sizeof(*self->iov));
	ASSERT_TRUE(self->iov != NULL);
}

FIXTURE_TEARDOWN_PARENT(bad_sizes)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

#define FOR_EACH_BUFFER(call, b)					\
	FOR_EACH_CALL(call)						\
		for (int b = 0; b < 2 && call->buffers[b].ptr; b++)

static bool holds_a_pulse(const struct call *call, int b)
{
	return call->buffers[b].in && (call->request == QMSG_IOC_MSG_RECEIVE ||
				       call->request == QMSG_IOC_MSG_REPLY_RECEIVE);
}

/* Only a send copies as much as it is told to; everything else is cut to the client's size. */
static bool is_copied_whole(const struct call *call, int b)
{
	return call->request == QMSG_IOC_MSG_SEND && b == 0;
}

TEST_F(bad_sizes, A8_legal_lengths)
{
	static const uint64_t legal[] = { 0, 1, RIG_BYTES, QMSG_LEN_MAX };
	RIG_ARG(arg);

	FOR_EACH_BUFFER(call, b) {
		for (size_t i = 0; i < ARRAY_SIZE(legal); i++) {
			if (holds_a_pulse(call, b) && legal[i] < sizeof(struct qmsg_pulse))
				continue;
			if (is_copied_whole(call, b) && legal[i] == QMSG_LEN_MAX)
				continue;
			call_arm(call, &self->rig, arg);
			call_set64(arg, call->buffers[b].ptr, legal[i] ? rig_ptr(self->huge) : 0);
			call_set64(arg, call->buffers[b].len, legal[i]);
			EXPECT_EQ(0, call_good(call, &self->rig, arg))
				TH_LOG("%s, buffer %d, %#llx bytes", call->name, b,
				       (unsigned long long)legal[i]);
		}
	}
}

TEST_F(bad_sizes, A8_one_byte_more_than_the_most)
{
	RIG_ARG(arg);

	FOR_EACH_BUFFER(call, b) {
		call_arm(call, &self->rig, arg);
		call_set64(arg, call->buffers[b].ptr, rig_ptr(self->huge));
		call_set64(arg, call->buffers[b].len, QMSG_LEN_MAX + 1UL);
		EXPECT_EQ(-EOVERFLOW, call_refused(call, &self->rig, arg))
			TH_LOG("%s, buffer %d", call->name, b);
	}
}

static bool is_bad_buffer(int err)
{
	return err == -EOVERFLOW || err == -EINVAL || err == -EFAULT;
}

TEST_F(bad_sizes, A8_lengths_that_wrap)
{
	static const uint64_t wrap[] = {
		0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0x100000001, INT64_MAX,
		1ULL << 63, UINT64_MAX - 4095, UINT64_MAX - 1, UINT64_MAX,
	};
	RIG_ARG(arg);

	FOR_EACH_BUFFER(call, b) {
		for (size_t i = 0; i < ARRAY_SIZE(wrap); i++) {
			int err;

			call_arm(call, &self->rig, arg);
			call_set64(arg, call->buffers[b].len, wrap[i]);
			err = call_refused(call, &self->rig, arg);
			EXPECT_TRUE(is_bad_buffer(err))
				TH_LOG("%s, buffer %d, %#llx bytes: %d", call->name, b,
				       (unsigned long long)wrap[i], err);
		}
		call_arm(call, &self->rig, arg);
		EXPECT_EQ(0, call_good(call, &self->rig, arg)) TH_LOG("%s", call->name);
	}
}

/* A message whose length is legal and whose memory is not there: an error, and no log line. */
TEST_F(bad_sizes, G8_the_longest_message)
{
	struct qmsg_msg_send args = send_args(self->rig.idle_coid, self->huge, QMSG_LEN_MAX, NULL,
					      0);
	int err;

	args.send_deadline = 0;
	err = qmsg_msg_send_with(self->rig.q, &args);
	EXPECT_TRUE(err == -ENOMEM || err == -EAGAIN || err == -ETIMEDOUT) TH_LOG("%d", err);
	EXPECT_EQ(7, qmsg_msg_send(self->rig.q, self->rig.echo_coid, "x", 1, NULL, 0));
}

/* The first element is good, the rest is empty and points nowhere (S2.4). */
static void fill_iov(struct iovec *iov, void *base, size_t len, int n)
{
	iov[0] = (struct iovec){ base, len };
	for (int i = 1; i < n; i++)
		iov[i] = (struct iovec){ (void *)0xdead0000beef0000, 0 };
}

static int call_with_iov(const struct call *call, int b, struct rig *r, struct iovec *iov,
			 uint64_t count, void *arg)
{
	call_arm(call, r, arg);
	call_set32(arg, call->buffers[b].flags, call->buffers[b].bit);
	call_set64(arg, call->buffers[b].ptr, rig_ptr(iov));
	call_set64(arg, call->buffers[b].len, count);
	return call_refused(call, r, arg);
}

TEST_F(bad_sizes, A9_legal_counts)
{
	static const uint64_t legal[] = { 0, 1, 8, QMSG_IOV_MAX };
	RIG_ARG(arg);

	fill_iov(self->iov, self->rig.in, RIG_BYTES, 2048);
	FOR_EACH_BUFFER(call, b) {
		for (size_t i = 0; i < ARRAY_SIZE(legal); i++) {
			int err;

			if (!legal[i] && holds_a_pulse(call, b))
				continue;
			err = call_with_iov(call, b, &self->rig, self->iov, legal[i], arg);
			EXPECT_EQ(0, err) TH_LOG("%s, iovec %d, %llu elements", call->name, b,
						 (unsigned long long)legal[i]);
			if (!err && call->disarm)
				call->disarm(&self->rig, arg);
		}
	}
}

TEST_F(bad_sizes, A9_too_many_elements)
{
	static const uint64_t many[] = {
		QMSG_IOV_MAX + 1, 2048, INT32_MAX, 1ULL << 31, UINT32_MAX, 1ULL << 32,
		(1ULL << 32) + 1, INT64_MAX, 1ULL << 60, (1ULL << 60) + 1, 1ULL << 63, UINT64_MAX,
	};
	RIG_ARG(arg);

	fill_iov(self->iov, self->rig.in, RIG_BYTES, 2048);
	FOR_EACH_BUFFER(call, b) {
		for (size_t i = 0; i < ARRAY_SIZE(many); i++) {
			EXPECT_EQ(-EINVAL,
				  call_with_iov(call, b, &self->rig, self->iov, many[i], arg))
				TH_LOG("%s, iovec %d, %llu elements", call->name, b,
				       (unsigned long long)many[i]);
		}
	}
}

TEST_F(bad_sizes, A10_elements_of_negative_length)
{
	static const size_t lens[] = { (size_t)-1, (size_t)1 << 63, (size_t)-4096, SIZE_MAX - 63 };
	RIG_ARG(arg);

	FOR_EACH_BUFFER(call, b) {
		for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
			for (int bad = 0; bad < 2; bad++) {
				int err;

				fill_iov(self->iov, self->rig.in, RIG_BYTES, 2);
				self->iov[bad] = (struct iovec){ self->rig.in, lens[i] };
				err = call_with_iov(call, b, &self->rig, self->iov, 2, arg);
				EXPECT_TRUE(is_bad_buffer(err))
					TH_LOG("%s, iovec %d, element %d of %#zx: %d", call->name,
					       b, bad, lens[i], err);
			}
		}
	}
}

TEST_F(bad_sizes, A10_a_sum_that_is_too_large)
{
	RIG_ARG(arg);

	FOR_EACH_BUFFER(call, b) {
		fill_iov(self->iov, self->huge, QMSG_LEN_MAX, 3);
		self->iov[2] = (struct iovec){ self->huge, 1 };
		EXPECT_EQ(-EOVERFLOW, call_with_iov(call, b, &self->rig, self->iov, 3, arg))
			TH_LOG("%s, iovec %d", call->name, b);
		for (int i = 0; i < QMSG_IOV_MAX; i++)
			self->iov[i] = (struct iovec){ self->huge, QMSG_LEN_MAX };
		EXPECT_EQ(-EOVERFLOW,
			  call_with_iov(call, b, &self->rig, self->iov, QMSG_IOV_MAX, arg))
			TH_LOG("%s, iovec %d", call->name, b);
	}
}

TEST_F(bad_sizes, A12_pulse_codes)
{
	static const int bad[] = { -1, -32, -33, -128, 128, 255, 256, INT32_MIN, INT32_MAX };
	struct rig *r = &self->rig;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, qmsg_pulse_send(r->q, r->idle_coid, 1, bad[i], 0))
			TH_LOG("code %d", bad[i]);
	}
	EXPECT_EQ(0, expect_nothing(r->q, r->idle_chid));
	for (int code = 0; code < 128; code++) {
		EXPECT_EQ(0, qmsg_pulse_send(r->q, r->idle_coid, 1, code, code));
		EXPECT_EQ(0, expect_pulse(r->q, r->idle_chid, code, NULL)) TH_LOG("code %d", code);
	}
}

TEST_F(bad_sizes, A12_pulse_priorities)
{
	static const int bad[] = { 0, -2, -100, 256, 257, INT32_MIN, INT32_MAX };
	static const int good[] = { QMSG_PRIORITY_SELF, 1, 63, 99, 100, 255 };
	struct rig *r = &self->rig;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, qmsg_pulse_send(r->q, r->idle_coid, bad[i], 1, 0))
			TH_LOG("priority %d", bad[i]);
	}
	EXPECT_EQ(0, expect_nothing(r->q, r->idle_chid));
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		EXPECT_EQ(0, qmsg_pulse_send(r->q, r->idle_coid, good[i], 1, 0))
			TH_LOG("priority %d", good[i]);
		EXPECT_EQ(0, expect_pulse(r->q, r->idle_chid, 1, NULL));
	}
}

TEST_F(bad_sizes, A12_channel_numbers)
{
	static const struct { uint32_t pulses, grace; int err; } cases[] = {
		{ 1, 0, 0 }, { 65536, 0, 0 }, { 65537, 0, -EINVAL }, { INT32_MAX, 0, -EINVAL },
		{ UINT32_MAX, 0, -EINVAL }, { 0, 1, 0 }, { 0, UINT32_MAX - 1, -EPERM },
		{ 0, QMSG_GRACE_UNLIMITED, -EPERM },
	};
	struct qmsg_channel_create args;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int chid;

		memset(&args, 0, sizeof(args));
		args.pulse_limit = cases[i].pulses;
		args.kill_grace_ms = cases[i].grace;
		chid = qmsg_channel_create_with(self->rig.q, &args);
		EXPECT_EQ(cases[i].err, chid < 0 ? chid : 0)
			TH_LOG("%u pulses, grace %u", cases[i].pulses, cases[i].grace);
		if (chid > 0)
			qmsg_channel_destroy(self->rig.q, chid);
	}
}

/* In the past, whatever it is called: no attempt to block. */
TEST_F(bad_sizes, A13_deadlines_that_are_past)
{
	uint64_t past[] = { 0, 1, 1000000000, now_ns() };
	struct qmsg_msg_receive receive;
	struct qmsg_msg_send send;

	for (size_t i = 0; i < ARRAY_SIZE(past); i++) {
		receive = receive_args(self->rig.idle_chid, self->rig.in, RIG_BYTES, NULL);
		receive.deadline = past[i];
		EXPECT_EQ(-ETIMEDOUT, qmsg_msg_receive_with(self->rig.q, &receive));
		send = send_args(self->rig.idle_coid, "x", 1, NULL, 0);
		send.send_deadline = past[i];
		EXPECT_EQ(-ETIMEDOUT, qmsg_msg_send_with(self->rig.q, &send));
	}
	EXPECT_EQ(0, expect_nothing(self->rig.q, self->rig.idle_chid));
}

/* So far away that a signed clock cannot hold them: far in the future, not in the past. */
TEST_F(bad_sizes, A13_deadlines_at_the_end_of_time)
{
	static const uint64_t late[] = {
		INT64_MAX - 1, INT64_MAX, 1ULL << 63, (1ULL << 63) + 1, UINT64_MAX - 1,
	};
	struct rig *r = &self->rig;

	peer_self()->q = r->q;
	for (size_t i = 0; i < ARRAY_SIZE(late); i++) {
		struct receiver *rec = receiver_new(peer_self(), r->idle_chid);
		struct client *c = client_new(peer_self(), r->idle_coid);

		c->args.send_deadline = late[i];
		c->args.reply_deadline = late[i];
		ASSERT_EQ(0, client_send(c));
		ASSERT_EQ(0, wait_for_client(c, "SEND"))
			TH_LOG("%#llx", (unsigned long long)late[i]);
		rec->args.deadline = late[i];
		ASSERT_EQ(0, receiver_go(rec));
		ASSERT_EQ(0, receiver_wait(rec));
		ASSERT_LT(0, receiver_result(rec));
		ASSERT_EQ(0, wait_for_client(c, "REPLY"));
		EXPECT_EQ(0, qmsg_msg_reply(r->q, receiver_result(rec), 5, NULL, 0));
		ASSERT_EQ(0, client_wait(c));
		EXPECT_EQ(5, client_result(c));
		ASSERT_EQ(0, receiver_go_blocked(rec)) TH_LOG("%#llx", (unsigned long long)late[i]);
		EXPECT_EQ(0, qmsg_pulse_send(r->q, r->idle_coid, 1, 1, 0));
		ASSERT_EQ(0, receiver_wait(rec));
		EXPECT_EQ(0, receiver_result(rec));
		receiver_free(rec);
		client_free(c);
	}
}

TEST_HARNESS_MAIN
