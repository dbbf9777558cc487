// SPDX-License-Identifier: GPL-2.0-only
/*
 * The size rule for every struct, after iommufd's cmd_length: shorter than the first
 * version, exact, longer with zeroes, longer with anything else.
 */
/* build: also -m32 */
#include "kselftest_harness.h"

#include <sys/mman.h>

#include "rig.h"

#define PAGE		4096

FIXTURE(size_rule)
{
	struct rig rig;
	char *pages;	/* one mapped page, one that is not */
};

FIXTURE_SETUP(size_rule)
{
	ASSERT_EQ(0, rig_open(&self->rig, 0));
	self->pages = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_TRUE(self->pages != MAP_FAILED);
	ASSERT_EQ(0, mprotect(self->pages + 2 * PAGE, PAGE, PROT_NONE));
}

FIXTURE_TEARDOWN_PARENT(size_rule)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

TEST_F(size_rule, shorter_than_the_first_version_is_refused)
{
	RIG_ARG(arg);

	FOR_EACH_CALL(call) {
		call_arm(call, &self->rig, arg);
		for (size_t size = 0; size < call_first_size(call); size++) {
			call_set32(arg, 0, size);
			EXPECT_EQ(-EINVAL, call_now(call, &self->rig, arg))
				TH_LOG("%s, size %zu", call->name, size);
		}
		call_set32(arg, 0, call_first_size(call));
		EXPECT_EQ(0, call_good(call, &self->rig, arg)) TH_LOG("%s", call->name);
	}
}

TEST_F(size_rule, a_longer_struct_of_zeroes_is_accepted)
{
	static const size_t extra[] = { 1, 7, 8, 64, 1000 };
	char *arg = self->pages;

	FOR_EACH_CALL(call)
		for (size_t i = 0; i < ARRAY_SIZE(extra); i++) {
			memset(arg, 0, PAGE);
			call_arm(call, &self->rig, arg);
			call_set32(arg, 0, call->size + extra[i]);
			EXPECT_EQ(0, call_good(call, &self->rig, arg))
				TH_LOG("%s, %zu longer", call->name, extra[i]);
			EXPECT_EQ(call->size + extra[i], call_get32(arg, 0));
			for (size_t at = call->size; at < PAGE; at++) {
				ASSERT_EQ(0, arg[at])
					TH_LOG("%s wrote at %zu", call->name, at);
			}
		}
}

TEST_F(size_rule, a_longer_struct_with_anything_else_is_E2BIG)
{
	const size_t extra = 48;
	char *arg = self->pages;

	FOR_EACH_CALL(call) {
		memset(arg, 0, PAGE);
		call_arm(call, &self->rig, arg);
		call_set32(arg, 0, call->size + extra);
		for (size_t at = 0; at < extra; at++) {
			arg[call->size + at] = 1 << (at % 8);
			EXPECT_EQ(-E2BIG, call_now(call, &self->rig, arg))
				TH_LOG("%s, excess byte %zu", call->name, at);
			arg[call->size + at] = 0;
		}
		EXPECT_EQ(0, call_good(call, &self->rig, arg)) TH_LOG("%s", call->name);
	}
}

/* The bytes behind the given size are another object's: they are neither read nor written. */
TEST_F(size_rule, what_follows_the_struct_is_not_looked_at)
{
	FOR_EACH_CALL(call) {
		char *arg = self->pages + 2 * PAGE - call->size;
		RIG_ARG(good);

		call_arm(call, &self->rig, good);
		memcpy(arg, good, call->size);
		EXPECT_EQ(0, call_good(call, &self->rig, arg)) TH_LOG("%s", call->name);

		call_arm(call, &self->rig, good);
		arg -= 8;
		memcpy(arg, good, call->size);
		memset(arg + call->size, 0xa5, 8);
		EXPECT_EQ(0, call_good(call, &self->rig, arg)) TH_LOG("%s", call->name);
		for (int i = 0; i < 8; i++) {
			EXPECT_EQ((char)0xa5, arg[call->size + i]) TH_LOG("%s", call->name);
		}
	}
}

TEST_F(size_rule, an_excess_that_cannot_be_read_is_refused)
{
	FOR_EACH_CALL(call) {
		char *arg = self->pages + 2 * PAGE - call->size;
		RIG_ARG(good);

		call_arm(call, &self->rig, good);
		memcpy(arg, good, call->size);
		call_set32(arg, 0, call->size + 8);
		EXPECT_EQ(-EFAULT, call_now(call, &self->rig, arg))
			TH_LOG("%s", call->name);
		call_set32(arg, 0, call->size);
		EXPECT_EQ(0, call_good(call, &self->rig, arg)) TH_LOG("%s", call->name);
	}
}

/* Sizes a sane program never has: an error, at once, and no side effect. */
TEST_F(size_rule, absurd_sizes_are_refused)
{
	static const uint32_t absurd[] = { 0x10000000, 0x7fffffff, 0x80000000, 0xffffffff };
	char *arg = self->pages;

	FOR_EACH_CALL(call) {
		memset(arg, 0, 2 * PAGE);
		call_arm(call, &self->rig, arg);
		for (size_t i = 0; i < ARRAY_SIZE(absurd); i++) {
			int err;

			call_set32(arg, 0, absurd[i]);
			err = call_now(call, &self->rig, arg);
			EXPECT_TRUE(err == -E2BIG || err == -EFAULT)
				TH_LOG("%s, size %#x: %d", call->name, absurd[i], err);
		}
		call_set32(arg, 0, call->size);
		EXPECT_EQ(0, call_good(call, &self->rig, arg)) TH_LOG("%s", call->name);
	}
}

/* S-rule of the header: what is called out_ is ignored on input. */
TEST_F(size_rule, out_members_are_ignored_on_input)
{
	static const unsigned char fill[] = { 0x00, 0x5a, 0xff };
	RIG_ARG(arg);

	FOR_EACH_CALL(call)
		for (size_t f = 0; f < ARRAY_SIZE(fill); f++) {
			call_arm(call, &self->rig, arg);
			for (int i = 0; i < 4 && call->outs[i].at; i++) {
				size_t at = call->outs[i].at;

				if (call->request != QMSG_IOC_MSG_REPLY_RECEIVE || at != 8)
					memset(arg + at, fill[f], call->outs[i].bytes);
			}
			EXPECT_EQ(0, call_good(call, &self->rig, arg))
				TH_LOG("%s, out members %#x", call->name, fill[f]);
		}
}

TEST_HARNESS_MAIN
