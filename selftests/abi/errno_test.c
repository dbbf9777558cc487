// SPDX-License-Identifier: GPL-2.0-only
/* The calls of libqmsg say themselves what has gone wrong: errno is the program's. */
/* build: also -m32 */
#include "kselftest_harness.h"

#include <errno.h>

#include "qmsg_test.h"

#define MINE	4711

FIXTURE(libqmsg) {
	int q, chid, coid;
};

FIXTURE_SETUP(libqmsg)
{
	self->q = qmsg_open();
	ASSERT_LE(0, self->q);
	self->chid = qmsg_channel_create(self->q, 0);
	ASSERT_LT(0, self->chid);
	self->coid = qmsg_connect_attach(self->q, 0, self->chid, QMSG_SIDE_CHANNEL, 0);
	ASSERT_LT(0, self->coid);
	errno = MINE;
}

FIXTURE_TEARDOWN(libqmsg)
{
	EXPECT_EQ(MINE, errno);
	EXPECT_EQ(0, qmsg_close(self->q));
	EXPECT_EQ(0, wait_for_no_objects());
}

TEST_F(libqmsg, of_what_succeeds)
{
	struct qmsg_pulse pulse;

	EXPECT_EQ(0, qmsg_pulse_send(self->q, self->coid, QMSG_PRIORITY_SELF, 1, 2));
	EXPECT_EQ(0, qmsg_msg_receive(self->q, self->chid, &pulse, sizeof(pulse), NULL));
	EXPECT_EQ(2, pulse.value);
}

TEST_F(libqmsg, of_what_fails)
{
	char c;

	EXPECT_EQ(-EBADF, qmsg_msg_send(self->q, self->coid + 1, NULL, 0, NULL, 0));
	EXPECT_EQ(-EFAULT, qmsg_msg_send(self->q, self->coid, (void *)1, 1, NULL, 0));
	EXPECT_EQ(-ESRCH, qmsg_msg_receive(self->q, self->chid + 1, &c, 1, NULL));
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(self->q, 0x1234, 0, NULL, 0));
	EXPECT_EQ(-EBADF, qmsg_msg_send(-1, self->coid, NULL, 0, NULL, 0));
}

TEST_HARNESS_MAIN
