// SPDX-License-Identifier: GPL-2.0-only
/*
 * A6: ids that name nothing, or something of another kind. What a descriptor is, is told
 * by its file operations and by nothing else.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <sys/epoll.h>

#include "../abi/rig.h"

FIXTURE(bad_ids)
{
	struct rig rig;
};

FIXTURE_VARIANT(bad_ids)
{
	uid_t uid;
};

FIXTURE_VARIANT_ADD(bad_ids, root)
{
	.uid = 0,
};

FIXTURE_VARIANT_ADD(bad_ids, nobody)
{
	.uid = NOBODY,
};

FIXTURE_SETUP(bad_ids)
{
	ASSERT_EQ(0, rig_open(&self->rig, variant->uid));
}

FIXTURE_TEARDOWN_PARENT(bad_ids)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

/* Descriptors of every other kind, where a connection is wanted. */
static int make_wrong_fds(int *fds)
{
	int n = 0, pair[2];

	fds[n++] = -1;
	fds[n++] = 0x3fffffff;
	fds[n++] = 0x7fffffff;
	fds[n++] = -0x7fffffff - 1;
	fds[n++] = open("/", O_RDONLY | O_DIRECTORY);
	fds[n++] = open("/", O_PATH);
	fds[n++] = open("/dev/null", O_RDWR);
	fds[n++] = epoll_create1(0);
	pipe(pair);
	fds[n++] = pair[0];
	fds[n++] = pair[1];
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	fds[n++] = pair[0];
	fds[n] = dup(0);
	close(fds[n++]);
	return n;
}

TEST_F(bad_ids, A6_what_is_no_connection)
{
	int fds[16], n = make_wrong_fds(fds);
	struct qmsg_connect_detach detach = { .size = sizeof(detach) };
	struct qmsg_msg_send send;

	fds[n++] = self->rig.q;
	fds[n++] = self->rig.fresh;
	fds[n++] = QMSG_SIDE_CHANNEL;
	fds[n++] = QMSG_SIDE_CHANNEL + 0x10000;
	for (int i = 0; i < n; i++) {
		send = send_args(fds[i], self->rig.out, RIG_BYTES, self->rig.in, RIG_BYTES);
		EXPECT_EQ(-EBADF, raw_send(self->rig.q, &send)) TH_LOG("send to %d", fds[i]);
		EXPECT_EQ(-EBADF, qmsg_pulse_send(self->rig.q, fds[i], 1, 0, 0))
			TH_LOG("pulse to %d", fds[i]);
		detach.coid = fds[i];
		EXPECT_EQ(-EINVAL, raw_ioctl(self->rig.q, QMSG_IOC_CONNECT_DETACH, &detach))
			TH_LOG("detach of %d", fds[i]);
	}
}

TEST_F(bad_ids, A6_a_connection_that_is_a_descriptor_is_not_detached)
{
	int coid = qmsg_connect_attach(self->rig.q, 0, self->rig.echo_chid, 0, 0);
	struct qmsg_connect_detach detach = { .size = sizeof(detach), .coid = coid };

	EXPECT_EQ(-EINVAL, raw_ioctl(self->rig.q, QMSG_IOC_CONNECT_DETACH, &detach));
	EXPECT_EQ(7, qmsg_msg_send(self->rig.q, coid, "x", 1, NULL, 0));
	EXPECT_EQ(0, close(coid));
}

TEST_F(bad_ids, A6_what_is_no_channel)
{
	static const int bad[] = { 0, -1, 4, 1000, INT32_MAX, INT32_MIN, 0x40000001, 0x10001 };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-ESRCH, receive_now(self->rig.q, bad[i], self->rig.in, RIG_BYTES, NULL))
			TH_LOG("chid %d", bad[i]);
		EXPECT_EQ(-EINVAL, qmsg_channel_destroy(self->rig.q, bad[i]))
			TH_LOG("chid %d", bad[i]);
		EXPECT_EQ(-ESRCH, qmsg_connect_attach(self->rig.q, 0, bad[i], QMSG_SIDE_CHANNEL, 0))
			TH_LOG("chid %d", bad[i]);
	}
}

TEST_F(bad_ids, A6_what_is_no_server)
{
	static const int bad[] = { -1, -2, 0x7fffffff, -0x7fffffff - 1, 1 };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-ESRCH, qmsg_connect_attach(self->rig.q, bad[i], 1, QMSG_SIDE_CHANNEL, 0))
			TH_LOG("pid %d", bad[i]);
	}
	EXPECT_EQ(-ESRCH, qmsg_connect_attach(self->rig.q, getppid(), 1, QMSG_SIDE_CHANNEL, 0));
}

TEST_F(bad_ids, A6_our_requests_on_other_descriptors)
{
	int coid = qmsg_connect_attach(self->rig.q, 0, self->rig.idle_chid, 0, 0);
	int null = open("/dev/null", O_RDWR);
	RIG_ARG(arg);

	ASSERT_LE(0, coid);
	FOR_EACH_CALL(call) {
		call_arm(call, &self->rig, arg);
		EXPECT_EQ(-ENOTTY, raw_ioctl(null, call->request, arg)) TH_LOG("%s", call->name);
		EXPECT_EQ(-ENOTTY, raw_ioctl(coid, call->request, arg)) TH_LOG("%s", call->name);
		EXPECT_EQ(0, call_good(call, &self->rig, arg)) TH_LOG("%s", call->name);
	}
}

TEST_HARNESS_MAIN
