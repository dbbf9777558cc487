// SPDX-License-Identifier: GPL-2.0-only
/*
 * A2 - A5: the struct and its pointers, from a caller who means harm. Each case is
 * wrong in one thing; the rig's unspoiled call afterwards proves that.
 */
#include "kselftest_harness.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "../abi/rig.h"

#define PAGE	4096

FIXTURE(bad_args)
{
	struct rig rig;
	char *page;	/* with an unmapped one behind it */
};

FIXTURE_VARIANT(bad_args)
{
	uid_t uid;
};

FIXTURE_VARIANT_ADD(bad_args, root)
{
	.uid = 0,
};

FIXTURE_VARIANT_ADD(bad_args, nobody)
{
	.uid = NOBODY,
};

FIXTURE_SETUP(bad_args)
{
	ASSERT_EQ(0, rig_open(&self->rig, variant->uid));
	self->page = edge_page(PAGE);
}

FIXTURE_TEARDOWN_PARENT(bad_args)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

static const uint64_t bad_pointers[] = {
	0, 1, 0xfff, 0x7fffffffefff, 0x7ffffffff000, 0x0000800000000000,
	0x8000000000000000, 0xffff800000000000, 0xffffffff81000000, 0xffffffffff600000,
	0xfffffffffffffff8, 0xffffffffffffffff,
};

static int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	if (!dir)
		return -1;
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

TEST_F(bad_args, A2_a_struct_that_is_no_memory_of_ours)
{
	RIG_ARG(arg);

	FOR_EACH_CALL(call) {
		for (size_t i = 0; i < ARRAY_SIZE(bad_pointers); i++) {
			EXPECT_EQ(-EFAULT, call_now(call, &self->rig, (void *)bad_pointers[i]))
				TH_LOG("%s at %#llx", call->name,
				       (unsigned long long)bad_pointers[i]);
		}
		call_arm(call, &self->rig, arg);
		EXPECT_EQ(0, call_good(call, &self->rig, arg)) TH_LOG("%s", call->name);
	}
}

TEST_F(bad_args, A2_a_buffer_that_is_no_memory_of_ours)
{
	RIG_ARG(arg);

	FOR_EACH_CALL(call) {
		for (int b = 0; b < 2 && call->buffers[b].ptr; b++) {
			for (size_t i = 0; i < ARRAY_SIZE(bad_pointers); i++) {
				call_arm(call, &self->rig, arg);
				call_set64(arg, call->buffers[b].ptr, bad_pointers[i]);
				EXPECT_EQ(-EFAULT, call_refused(call, &self->rig, arg))
					TH_LOG("%s, buffer %d at %#llx", call->name, b,
					       (unsigned long long)bad_pointers[i]);
			}
			call_arm(call, &self->rig, arg);
			EXPECT_EQ(0, call_good(call, &self->rig, arg)) TH_LOG("%s", call->name);
		}
	}
}

TEST_F(bad_args, A2_an_iovec_array_that_is_no_memory_of_ours)
{
	RIG_ARG(arg);

	FOR_EACH_CALL(call) {
		for (int b = 0; b < 2 && call->buffers[b].ptr; b++) {
			for (size_t i = 0; i < ARRAY_SIZE(bad_pointers); i++) {
				call_arm(call, &self->rig, arg);
				call_set32(arg, call->buffers[b].flags, call->buffers[b].bit);
				call_set64(arg, call->buffers[b].ptr, bad_pointers[i]);
				call_set64(arg, call->buffers[b].len, 2);
				EXPECT_EQ(-EFAULT, call_refused(call, &self->rig, arg))
					TH_LOG("%s, iovec %d at %#llx", call->name, b,
					       (unsigned long long)bad_pointers[i]);
			}
			call_arm(call, &self->rig, arg);
			EXPECT_EQ(0, call_good(call, &self->rig, arg)) TH_LOG("%s", call->name);
		}
	}
}

TEST_F(bad_args, A2_an_info_that_is_no_memory_of_ours)
{
	struct qmsg_msg_receive receive;
	struct qmsg_msg_get_info info;

	arm_pulse_queued(&self->rig);
	for (size_t i = 1; i < ARRAY_SIZE(bad_pointers); i++) {
		receive = receive_args(self->rig.idle_chid, self->rig.in, RIG_BYTES, NULL);
		receive.deadline = 0;
		receive.info_ptr = bad_pointers[i];
		receive.info_len = sizeof(struct qmsg_msg_info);
		EXPECT_EQ(-EFAULT, raw_ioctl(self->rig.q, QMSG_IOC_MSG_RECEIVE, &receive));
		info = (struct qmsg_msg_get_info){ .size = sizeof(info), .rcvid = self->rig.rcvid,
			.info_ptr = bad_pointers[i], .info_len = sizeof(struct qmsg_msg_info) };
		EXPECT_EQ(-EFAULT, raw_ioctl(self->rig.q, QMSG_IOC_MSG_INFO, &info));
	}
	receive.info_ptr = 0;
	receive.info_len = 0;
	EXPECT_EQ(0, raw_ioctl(self->rig.q, QMSG_IOC_MSG_RECEIVE, &receive));
	EXPECT_EQ(0, receive.out_rcvid);
}

/* What the last call used is freed by whoever drops it last, a moment later perhaps. */
static bool is_settled(const struct rig *r)
{
	return wait_until(object_count("requests") <= (r->rcvid > 0));
}

TEST_F(bad_args, A3_a_struct_half_outside_leaves_nothing_behind)
{
	RIG_ARG(good);

	FOR_EACH_CALL(call) {
		int fds = count_fds();
		long long requests;

		call_arm(call, &self->rig, good);
		ASSERT_TRUE(is_settled(&self->rig));
		requests = object_count("requests");
		for (size_t inside = 1; inside < call->size; inside++) {
			char *arg = self->page + PAGE - inside;

			memcpy(arg, good, inside);
			EXPECT_EQ(-EFAULT, call_now(call, &self->rig, arg))
				TH_LOG("%s, %zu bytes inside", call->name, inside);
		}
		EXPECT_EQ(fds, count_fds());
		EXPECT_EQ(requests, object_count("requests")) TH_LOG("%s", call->name);
		EXPECT_EQ(0, call_good(call, &self->rig, good)) TH_LOG("%s", call->name);
	}
}

static void refuse_bits(struct __test_metadata *_metadata, struct rig *r, const struct call *call,
			size_t at, uint32_t known, const char *what)
{
	RIG_ARG(arg);

	for (int bit = 0; bit < 32; bit++) {
		uint32_t mask = 1U << bit;

		if (known & mask)
			continue;
		call_arm(call, r, arg);
		call_set32(arg, at, mask);
		EXPECT_EQ(-EINVAL, call_now(call, r, arg))
			TH_LOG("%s: %s at %zu, bit %d", call->name, what, at, bit);
	}
	call_arm(call, r, arg);
	EXPECT_EQ(0, call_good(call, r, arg)) TH_LOG("%s", call->name);
}

TEST_F(bad_args, A4_every_unknown_flag_is_refused)
{
	FOR_EACH_CALL(call) {
		for (int i = 0; i < 2 && call->flags[i].at; i++)
			refuse_bits(_metadata, &self->rig, call, call->flags[i].at,
				    call->flags[i].known, "flags");
	}
}

TEST_F(bad_args, A4_every_reserved_field_is_refused)
{
	FOR_EACH_CALL(call) {
		for (int i = 0; i < 2 && call->reserved[i]; i++)
			refuse_bits(_metadata, &self->rig, call, call->reserved[i], 0, "reserved");
	}
}

TEST_F(bad_args, A4_another_node_is_refused)
{
	struct qmsg_connect_attach args = { .size = sizeof(args), .chid = self->rig.idle_chid,
					    .index = QMSG_SIDE_CHANNEL };

	for (int bit = 0; bit < 32; bit++) {
		args.nd = 1U << bit;
		EXPECT_EQ(-EREMOTE, raw_ioctl(self->rig.q, QMSG_IOC_CONNECT_ATTACH, &args));
	}
}

/* All known flags are good ones, so their absence from the test above proves nothing. */
TEST_F(bad_args, A4_every_known_channel_and_connection_flag_is_taken)
{
	for (uint32_t flags = 0; flags <= 0x10ef; flags++) {
		int chid;

		if (flags & ~0x10efU)
			continue;
		chid = qmsg_channel_create(self->rig.q, flags);
		EXPECT_LT(0, chid) TH_LOG("flags %#x: %d", flags, chid);
		EXPECT_EQ(0, qmsg_channel_destroy(self->rig.q, chid));
	}
	for (uint32_t flags = 0; flags <= 0x6841; flags++) {
		int coid;

		if (flags & ~0x6841U)
			continue;
		coid = qmsg_connect_attach(self->rig.q, 0, self->rig.idle_chid, 0, flags);
		EXPECT_LE(0, coid);
		EXPECT_EQ(!!(flags & QMSG_COF_CLOEXEC), fcntl(coid, F_GETFD) & FD_CLOEXEC);
		close(coid);
	}
}

static char *two_pages(void)
{
	char *page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);

	return page == MAP_FAILED ? NULL : page;
}

/* Puts the struct where its part from @split on is read-only. */
static void *read_only_from(char *page, const void *good, size_t size, size_t split)
{
	char *arg = page + PAGE - split;

	mprotect(page + PAGE, PAGE, PROT_READ | PROT_WRITE);
	memcpy(arg, good, size);
	mprotect(page + PAGE, PAGE, PROT_READ);
	return arg;
}

/* The struct is read-only from @split on. */
static int call_read_only(const struct call *call, struct rig *r, char *page, const void *good,
			  size_t split)
{
	void *arg = read_only_from(page, good, call->size, split);
	int err = call_now(call, r, arg);

	mprotect(page + PAGE, PAGE, PROT_READ | PROT_WRITE);
	return err;
}

struct footprint {
	long long fds, served, channels, connections, requests;
};

static struct footprint footprint(const struct rig *r)
{
	return (struct footprint){
		.fds = count_fds(),
		.served = r->served,
		.channels = object_count("channels"),
		.connections = object_count("connections"),
		.requests = object_count("requests"),
	};
}

static void refuse_read_only(struct __test_metadata *_metadata, struct rig *r,
			     const struct call *call, char *page, size_t split)
{
	struct footprint before, after;
	RIG_ARG(good);

	call_arm(call, r, good);
	ASSERT_TRUE(is_settled(r));
	before = footprint(r);
	EXPECT_EQ(-EFAULT, call_read_only(call, r, page, good, split))
		TH_LOG("%s, read-only from %zu", call->name, split);
	after = footprint(r);
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)))
		TH_LOG("%s, read-only from %zu, left something behind", call->name, split);
	EXPECT_EQ(0, call_good(call, r, good)) TH_LOG("%s", call->name);
}

TEST_F(bad_args, A5_results_that_cannot_be_written_undo_the_call)
{
	char *page = two_pages();

	ASSERT_TRUE(page != NULL);
	FOR_EACH_CALL(call) {
		if (call->outs[0].at)
			refuse_read_only(_metadata, &self->rig, call, page, 0);
		for (int i = 0; i < 4 && call->outs[i].at; i++) {
			/* the fused call says in rcvid that it has answered: that is no secret */
			if (call->request != QMSG_IOC_MSG_REPLY_RECEIVE)
				refuse_read_only(_metadata, &self->rig, call, page,
						 call->outs[i].at);
		}
	}
}

TEST_F(bad_args, A5_a_channel_nobody_was_told_of_keeps_no_id)
{
	struct qmsg_channel_create *args, good = { .size = sizeof(good) };
	char *page = two_pages();
	int lowest = qmsg_channel_create(self->rig.q, 0);

	ASSERT_EQ(0, qmsg_channel_destroy(self->rig.q, lowest));
	args = read_only_from(page, &good, sizeof(good), 0);
	EXPECT_EQ(-EFAULT, raw_ioctl(self->rig.q, QMSG_IOC_CHANNEL_CREATE, args));
	EXPECT_EQ(lowest, qmsg_channel_create(self->rig.q, 0));
}

TEST_F(bad_args, A5_a_descriptor_nobody_was_told_of_is_closed)
{
	struct qmsg_connect_attach good = { .size = sizeof(good), .chid = self->rig.idle_chid };
	char *page = two_pages();
	int lowest = dup(0), fds = count_fds();

	close(lowest);
	EXPECT_EQ(-EFAULT, raw_ioctl(self->rig.q, QMSG_IOC_CONNECT_ATTACH,
				     read_only_from(page, &good, sizeof(good), 0)));
	EXPECT_EQ(fds - 1, count_fds());
	EXPECT_EQ(lowest, qmsg_connect_attach(self->rig.q, 0, self->rig.idle_chid, 0, 0));
}

TEST_F(bad_args, A5_a_message_whose_rcvid_cannot_be_told_stays_queued)
{
	struct qmsg_msg_receive good = receive_args(self->rig.idle_chid, self->rig.in, RIG_BYTES,
						    NULL);
	char *page = two_pages();
	struct client *c = client_new(peer_self(), self->rig.idle_coid);
	int64_t rcvid;

	peer_self()->q = self->rig.q;
	ASSERT_EQ(0, client_send(c));
	ASSERT_EQ(0, wait_for_client(c, "SEND"));
	good.deadline = 0;
	EXPECT_EQ(-EFAULT, raw_ioctl(self->rig.q, QMSG_IOC_MSG_RECEIVE,
				     read_only_from(page, &good, sizeof(good), 0)));
	ASSERT_EQ(0, wait_for_client(c, "SEND"));
	rcvid = receive_now(self->rig.q, self->rig.idle_chid, self->rig.in, RIG_BYTES, NULL);
	ASSERT_LT(0, rcvid);
	EXPECT_EQ(0, qmsg_msg_reply(self->rig.q, rcvid, 3, NULL, 0));
	EXPECT_EQ(0, client_wait(c));
	EXPECT_EQ(3, client_result(c));
}

TEST_F(bad_args, A5_a_fused_call_that_cannot_report_neither_answers_nor_receives)
{
	char *page = two_pages();
	struct qmsg_msg_reply_receive good = { .size = sizeof(good) };
	struct qmsg_msg_info info;

	arm_msg_reply_receive(&self->rig, &good);
	EXPECT_EQ(-EFAULT, raw_ioctl(self->rig.q, QMSG_IOC_MSG_REPLY_RECEIVE,
				     read_only_from(page, &good, sizeof(good), 0)));
	EXPECT_EQ(0, qmsg_msg_info(self->rig.q, self->rig.rcvid, &info));
	EXPECT_EQ(0, receive_now(self->rig.q, self->rig.idle_chid, self->rig.in, RIG_BYTES, NULL));
}

TEST_HARNESS_MAIN
