// SPDX-License-Identifier: GPL-2.0-only
/*
 * J1, J8: the header says what golden.h says, in both word sizes, and the running
 * kernel knows exactly the requests that are listed there.
 */
/* build: also -m32 */
#include <stddef.h>
#include <sys/ioctl.h>

#include "kselftest_harness.h"
#include <qmsg.h>

#define STRUCT(name, bytes)	_Static_assert(sizeof(struct name) == (bytes), #name);
#define MEMBER(name, member, at, bytes)						\
	_Static_assert(offsetof(struct name, member) == (at), #name "." #member);	\
	_Static_assert(sizeof(((struct name *)0)->member) == (bytes), #name "." #member);
#define REQUEST(name, number)	_Static_assert(name == (number), #name);
#define NUMBER(name, value)	_Static_assert(name == (value), #name);
#include "golden.h"
#undef STRUCT
#undef MEMBER
#undef REQUEST
#undef NUMBER

struct line {
	const char *name;
	size_t offset, bytes;
	bool is_struct;
};

static const struct line layout[] = {
#define STRUCT(name, bytes)		{ #name, 0, bytes, true },
#define MEMBER(name, member, at, bytes)	{ #name "." #member, at, bytes, false },
#define REQUEST(name, number)
#define NUMBER(name, value)
#include "golden.h"
#undef STRUCT
#undef MEMBER
#undef REQUEST
#undef NUMBER
};

static const struct { const char *name; unsigned long number; } requests[] = {
#define STRUCT(name, bytes)
#define MEMBER(name, member, at, bytes)
#define REQUEST(name, number)		{ #name, number },
#define NUMBER(name, value)
#include "golden.h"
};

static bool is_request(unsigned long number)
{
	for (size_t i = 0; i < ARRAY_SIZE(requests); i++)
		if (requests[i].number == number)
			return true;
	return false;
}

static size_t alignment(size_t bytes)
{
	if (bytes == 3)
		return 1;
	return bytes < 8 ? bytes : 8;
}

/* A hole would carry kernel stack to user space and differ between word sizes. */
TEST(J1_no_struct_has_a_hole)
{
	size_t next = 0, end = 0;

	for (size_t i = 0; i < ARRAY_SIZE(layout); i++) {
		const struct line *l = &layout[i];

		if (l->is_struct) {
			EXPECT_EQ(end, next) TH_LOG("tail padding before %s", l->name);
			EXPECT_EQ(0, l->bytes % 8) TH_LOG("%s", l->name);
			end = l->bytes;
			next = 0;
			continue;
		}
		EXPECT_EQ(next, l->offset) TH_LOG("hole before %s", l->name);
		EXPECT_EQ(0, l->offset % alignment(l->bytes)) TH_LOG("%s", l->name);
		next = l->offset + l->bytes;
	}
	EXPECT_EQ(end, next);
}

TEST(J8_the_kernel_knows_every_request)
{
	uint32_t size = 0;
	int q = qmsg_open();

	ASSERT_LE(0, q);
	for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
		EXPECT_EQ(-1, ioctl(q, requests[i].number, &size));
		EXPECT_EQ(EINVAL, errno) TH_LOG("%s", requests[i].name);
	}
}

/* A1: all other numbers of the magic byte, and the right ones with size bits or direction. */
TEST(A1_the_kernel_knows_no_other_request)
{
	static const unsigned int sizes[] = { 1, 4, 32, 8191, 16383 };
	char arg[128] = { 0 };
	int q = qmsg_open();

	ASSERT_LE(0, q);
	for (unsigned int nr = 0; nr < 256; nr++) {
		unsigned long request = _IO(QMSG_IOC_MAGIC, nr);

		if (!is_request(request)) {
			EXPECT_EQ(-1, ioctl(q, request, arg));
			EXPECT_EQ(ENOTTY, errno) TH_LOG("nr 0x%x", nr);
		}
		for (unsigned int dir = 0; dir < 4; dir++)
			for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
				request = _IOC(dir, QMSG_IOC_MAGIC, nr, sizes[i]);
				EXPECT_EQ(-1, ioctl(q, request, arg));
				EXPECT_EQ(ENOTTY, errno)
					TH_LOG("dir %u nr 0x%x size %u", dir, nr, sizes[i]);
			}
	}
}

TEST(A1_the_magic_byte_is_compared)
{
	struct qmsg_query query;
	int q = qmsg_open();

	ASSERT_LE(0, q);
	for (unsigned int magic = 0; magic < 256; magic++) {
		memset(&query, 0, sizeof(query));
		query.size = sizeof(query);
		if (magic == QMSG_IOC_MAGIC || magic == 'T' || magic == 'f')
			continue;
		EXPECT_EQ(-1, ioctl(q, _IO(magic, 0), &query));
		EXPECT_EQ(ENOTTY, errno) TH_LOG("magic 0x%x", magic);
	}
	query.size = sizeof(query);
	EXPECT_EQ(0, ioctl(q, QMSG_IOC_QUERY, &query));
}

TEST_HARNESS_MAIN
