// SPDX-License-Identifier: GPL-2.0-only
/*
 * F17: what a call writes. Of its struct the out_* members, all of each, and not a byte
 * else: nothing of the kernel's stack comes along, nothing of the caller's is lost.
 */
#include "kselftest_harness.h"

#include "../abi/rig.h"

#define TAIL	32

FIXTURE(written)
{
	struct rig rig;
};

FIXTURE_SETUP(written)
{
	ASSERT_EQ(0, rig_open(&self->rig, 0));
}

FIXTURE_TEARDOWN_PARENT(written)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

static bool is_out(const struct call *call, size_t at)
{
	for (size_t i = 0; i < ARRAY_SIZE(call->outs); i++)
		if (call->outs[i].bytes && at >= call->outs[i].at &&
		    at < call->outs[i].at + call->outs[i].bytes)
			return true;
	return false;
}

static bool has_row(unsigned long request)
{
	FOR_EACH_CALL(call)
		if (call->request == request)
			return true;
	return false;
}

/* Everything that goes through the table of the rig goes through every call there is. */
TEST_F(written, F17_G1_no_call_is_left_out)
{
	uint32_t size = 0;

	for (unsigned int nr = 0; nr < 256; nr++) {
		unsigned long request = _IO(QMSG_IOC_MAGIC, nr);

		if (raw_ioctl(self->rig.q, request, &size) == -ENOTTY)
			continue;
		EXPECT_TRUE(has_row(request)) TH_LOG("request 0x%x", nr);
	}
}

/* What is behind the struct is none of its business. */
TEST_F(written, F17_only_out_members_are_written)
{
	RIG_ARG(before);
	RIG_ARG(after);

	FOR_EACH_CALL(call) {
		call_arm(call, &self->rig, before);
		memset(before + call->size, 0xa5, RIG_ARG_MAX - call->size);
		memcpy(after, before, RIG_ARG_MAX);
		ASSERT_EQ(0, call_good(call, &self->rig, after)) TH_LOG("%s", call->name);
		for (size_t i = 0; i < RIG_ARG_MAX; i++) {
			if (is_out(call, i))
				continue;
			EXPECT_EQ(before[i], after[i]) TH_LOG("%s, byte %zu", call->name, i);
		}
	}
}

/* A program that knows more members than the kernel keeps the zeroes it has put there. */
TEST_F(written, F17_a_longer_struct_stays_zero)
{
	RIG_ARG(arg);

	FOR_EACH_CALL(call) {
		call_arm(call, &self->rig, arg);
		call_set32(arg, 0, call->size + TAIL);
		ASSERT_EQ(0, call_good(call, &self->rig, arg)) TH_LOG("%s", call->name);
		for (size_t i = call->size; i < RIG_ARG_MAX; i++) {
			EXPECT_EQ(0, arg[i]) TH_LOG("%s, byte %zu", call->name, i);
		}
	}
}

/* Of a refused call: nothing that looks like an answer. */
TEST_F(written, F17_a_refused_call_writes_nothing)
{
	RIG_ARG(before);
	RIG_ARG(after);

	FOR_EACH_CALL(call) {
		call_arm(call, &self->rig, before);
		call_set32(before, call->flags[0].at, 0x80000000);
		memcpy(after, before, RIG_ARG_MAX);
		EXPECT_EQ(-EINVAL, call_refused(call, &self->rig, after)) TH_LOG("%s", call->name);
		EXPECT_EQ(0, memcmp(before, after, RIG_ARG_MAX)) TH_LOG("%s", call->name);
	}
}

TEST_HARNESS_MAIN
