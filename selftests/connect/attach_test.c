// SPDX-License-Identifier: GPL-2.0-only
/* S1.7 - S1.10, S1.15, S1.16, S1.18, S2.38, S2.39: making and giving up connections. */
#include "kselftest_harness.h"
#include "qmsg_test.h"

#include <fcntl.h>
#include <sys/resource.h>

#define SIDE QMSG_SIDE_CHANNEL

FIXTURE(attach) {
	struct peer *me;
	struct peer *server;
	int q;			/* the client: this process */
	int chid;
};

FIXTURE_SETUP(attach)
{
	self->me = peer_self();
	self->q = peer_open(self->me);
	ASSERT_LE(0, self->q);
	self->server = peer_fork();
	ASSERT_NE(NULL, self->server);
	ASSERT_LE(0, peer_open(self->server));
	self->chid = peer_channel(self->server, 0);
	ASSERT_LT(0, self->chid);
}

FIXTURE_TEARDOWN(attach)
{
	close(self->q);
	peer_kill(self->server, SIGKILL);
	peer_reap(self->server, NULL);
}

typedef FIXTURE_DATA(attach) scene;

static int attach(scene *s, unsigned int index, unsigned int flags)
{
	return qmsg_connect_attach(s->q, s->server->pid, s->chid, index, flags);
}

/* It reaches the server: a message comes out there. */
static bool works(scene *s, int coid)
{
	struct client *c = client_new(s->me, coid);
	struct receiver *r = receiver_new(s->server, s->chid);

	if (receiver_go(r) || client_send(c) || receiver_wait(r) || receiver_result(r) <= 0)
		return false;
	return r->info.coid == coid && r->info.pid == getpid();
}

/* S1.8: the bit, small numbers from 1, lowest free first. */
TEST_F(attach, side_channel_ids_start_at_1)
{
	EXPECT_EQ(SIDE | 1, attach(self, SIDE, 0));
	EXPECT_EQ(SIDE | 2, attach(self, SIDE, 0));
	EXPECT_EQ(SIDE | 3, attach(self, SIDE, 0));
	EXPECT_EQ(0, qmsg_connect_detach(self->q, SIDE | 2));
	EXPECT_EQ(SIDE | 2, attach(self, SIDE, 0));
	EXPECT_TRUE(works(self, SIDE | 2));
}

/* S1.9: the other bits of the index mean nothing with it. */
TEST_F(attach, side_channel_index_is_ignored)
{
	EXPECT_EQ(SIDE | 1, attach(self, SIDE | 77, 0));
	EXPECT_EQ(SIDE | 2, attach(self, 0xffffffff, 0));
}

/* S1.9: without the bit it is a descriptor, the lowest free one. */
TEST_F(attach, descriptor_is_the_lowest_free)
{
	int lowest = fcntl(self->q, F_DUPFD, 0);
	int coid;

	ASSERT_LE(0, lowest);
	close(lowest);
	coid = attach(self, 0, 0);
	EXPECT_EQ(lowest, coid);
	EXPECT_TRUE(works(self, coid));
}

TEST_F(attach, descriptor_is_at_least_the_index)
{
	int coid = attach(self, 100, 0);

	EXPECT_EQ(100, coid);
	EXPECT_EQ(101, attach(self, 100, 0));
	EXPECT_TRUE(works(self, coid));
}

/* S1.23: close on exec only if asked for; and asked for each way. */
TEST_F(attach, COF_CLOEXEC_is_the_descriptors_flag)
{
	int plain = attach(self, 0, 0);
	int cloexec = attach(self, 0, QMSG_COF_CLOEXEC);
	int moved = attach(self, 50, QMSG_COF_CLOEXEC);

	EXPECT_EQ(0, fcntl(plain, F_GETFD));
	EXPECT_EQ(FD_CLOEXEC, fcntl(cloexec, F_GETFD));
	EXPECT_EQ(FD_CLOEXEC, fcntl(moved, F_GETFD));
}

/* D2: the context itself always. */
TEST_F(attach, context_is_close_on_exec)
{
	EXPECT_EQ(FD_CLOEXEC, fcntl(self->q, F_GETFD));
}

/* S2.38 */
TEST_F(attach, no_such_process_or_channel_is_ESRCH)
{
	struct peer *gone = peer_fork();
	struct peer *bare = peer_fork();

	ASSERT_EQ(0, peer_end(gone));
	EXPECT_EQ(-ESRCH, qmsg_connect_attach(self->q, gone->pid, 1, SIDE, 0));
	EXPECT_EQ(-ESRCH, qmsg_connect_attach(self->q, bare->pid, 1, SIDE, 0));
	EXPECT_EQ(-ESRCH, qmsg_connect_attach(self->q, self->server->pid, self->chid + 1, SIDE, 0));
	EXPECT_EQ(-ESRCH, qmsg_connect_attach(self->q, self->server->pid, 0, SIDE, 0));
	EXPECT_EQ(-ESRCH, qmsg_connect_attach(self->q, self->server->pid, -1, SIDE, 0));
	EXPECT_EQ(-ESRCH, qmsg_connect_attach(self->q, INT32_MAX, 1, SIDE, 0));
	EXPECT_EQ(-ESRCH, qmsg_connect_attach(self->q, 0, 1, SIDE, 0));
	EXPECT_EQ(0, count_connections(getpid(), self->q));
	EXPECT_EQ(0, peer_end(bare));
}

TEST_F(attach, other_node_is_EREMOTE)
{
	struct qmsg_connect_attach args = {
		.size = sizeof(args), .nd = 1, .pid = self->server->pid, .chid = self->chid,
		.index = SIDE,
	};

	EXPECT_EQ(-EREMOTE, raw_ioctl(self->q, QMSG_IOC_CONNECT_ATTACH, &args));
}

TEST_F(attach, unknown_flags_are_EINVAL)
{
	unsigned int known = QMSG_COF_CLOEXEC | QMSG_COF_NOSHARE | QMSG_COF_NOEVENT |
			     QMSG_COF_REG_EVENTS | QMSG_COF_UNREG_EVENTS;
	int bit;

	for (bit = 0; bit < 32; bit++)
		if (!(1U << bit & known)) {
			EXPECT_EQ(-EINVAL, attach(self, SIDE, 1U << bit));
		}
	EXPECT_LT(0, attach(self, SIDE, known));
}

/* S2.38: no slot below the limit; side channels do not need one. */
TEST_F(attach, no_descriptor_is_EMFILE)
{
	struct rlimit old, none;

	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &old));
	none = (struct rlimit){ self->q + 1, old.rlim_max };
	while (open("/dev/null", O_RDONLY | O_CLOEXEC) < self->q)
		;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	EXPECT_EQ(-EMFILE, attach(self, 0, 0));
	EXPECT_EQ(SIDE | 1, attach(self, SIDE, 0));
	setrlimit(RLIMIT_NOFILE, &old);
	EXPECT_EQ(1, count_connections(getpid(), self->q));
	EXPECT_LE(0, attach(self, 0, 0));
}

/* S1.10, S1.18: pid 0 and the own pid are this process. */
TEST_F(attach, own_channel)
{
	int chid = qmsg_channel_create(self->q, 0);
	struct client *c;
	int64_t rcvid;
	int coid = qmsg_connect_attach(self->q, 0, chid, SIDE, 0);

	EXPECT_EQ(SIDE | 1, coid);
	/* Not the next number: S1.2, the scoid of this very client may have it. */
	EXPECT_LT(coid, qmsg_connect_attach(self->q, getpid(), chid, SIDE, 0));
	c = client_new(self->me, coid);
	rcvid = client_send_received(c, self->q, chid, NULL);
	ASSERT_LT(0, rcvid);
	EXPECT_EQ(0, qmsg_msg_reply(self->q, rcvid, 4, NULL, 0));
	EXPECT_EQ(0, client_wait(c));
	EXPECT_EQ(4, client_result(c));
}

/* S1.16: the server is not told. */
TEST_F(attach, attaching_is_silent)
{
	int chid = qmsg_channel_create(self->q, QMSG_CHF_DISCONNECT | QMSG_CHF_UNBLOCK);

	EXPECT_LT(0, peer_attach(self->server, getpid(), chid, SIDE, 0));
	EXPECT_EQ(0, expect_nothing(self->q, chid));
}

/* The request itself; the library closes what has no side-channel bit. */
static int detach(int q, int coid)
{
	struct qmsg_connect_detach args = { .size = sizeof(args), .coid = coid };

	return raw_ioctl(q, QMSG_IOC_CONNECT_DETACH, &args);
}

/* S2.39 */
TEST_F(attach, detach_of_no_connection_is_EINVAL)
{
	int coid = attach(self, SIDE, 0);

	EXPECT_EQ(-EINVAL, detach(self->q, SIDE));
	EXPECT_EQ(-EINVAL, detach(self->q, coid + 1));
	EXPECT_EQ(-EINVAL, detach(self->q, 0));
	EXPECT_EQ(-EINVAL, detach(self->q, 1));
	EXPECT_EQ(-EINVAL, detach(self->q, -1));
	EXPECT_EQ(-EINVAL, detach(self->q, INT32_MAX));
	EXPECT_EQ(-EINVAL, detach(self->q, INT32_MIN));
	EXPECT_EQ(0, detach(self->q, coid));
	EXPECT_EQ(-EINVAL, detach(self->q, coid));
}

/* A connection that is a descriptor is closed instead. */
TEST_F(attach, detach_of_a_descriptor_is_EINVAL)
{
	int coid = attach(self, 0, 0);

	EXPECT_EQ(-EINVAL, detach(self->q, coid));
	EXPECT_TRUE(works(self, coid));
	EXPECT_EQ(0, close(coid));
	EXPECT_EQ(-EBADF, qmsg_msg_send(self->q, coid, NULL, 0, NULL, 0));
}

/* The library's call does either. */
TEST_F(attach, library_closes_a_descriptor)
{
	int coid = attach(self, 0, 0);

	EXPECT_EQ(0, qmsg_connect_detach(self->q, coid));
	EXPECT_EQ(-1, fcntl(coid, F_GETFD));
	EXPECT_EQ(0, count_connections(getpid(), self->q));
}

/* A descriptor that is no connection. */
TEST_F(attach, send_to_another_descriptor_is_EBADF)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	EXPECT_EQ(-EBADF, qmsg_msg_send(self->q, null, NULL, 0, NULL, 0));
	EXPECT_EQ(-EBADF, qmsg_msg_send(self->q, self->q, NULL, 0, NULL, 0));
	EXPECT_EQ(-EBADF, qmsg_msg_send(self->q, -1, NULL, 0, NULL, 0));
	EXPECT_EQ(-EBADF, qmsg_msg_send(self->q, 9999, NULL, 0, NULL, 0));
	EXPECT_EQ(-EBADF, qmsg_pulse_send(self->q, null, 1, 1, 1));
}

/* S1.7: valid in the context that made it only. */
TEST_F(attach, side_channel_id_is_the_contexts_own)
{
	int other = qmsg_open();
	int coid = attach(self, SIDE, 0);

	EXPECT_EQ(-EBADF, qmsg_msg_send(other, coid, NULL, 0, NULL, 0));
	EXPECT_EQ(-EINVAL, detach(other, coid));
	EXPECT_TRUE(works(self, coid));
}

/* S1.15: it stays allocated, dead, until it is detached. */
TEST_F(attach, dead_connection_stays_allocated)
{
	int coid = attach(self, SIDE, 0), fd = attach(self, 0, 0), other;
	struct connection_view view;

	ASSERT_EQ(0, read_connection(getpid(), self->q, coid, &view));
	EXPECT_EQ(0, view.dead);
	EXPECT_EQ(self->server->pid, view.pid);
	EXPECT_EQ(self->chid, view.chid);
	ASSERT_EQ(0, peer_destroy(self->server, self->chid));
	EXPECT_EQ(-EBADF, qmsg_msg_send(self->q, coid, NULL, 0, NULL, 0));
	EXPECT_EQ(-EBADF, qmsg_pulse_send(self->q, coid, 1, 1, 1));
	EXPECT_EQ(-EBADF, qmsg_msg_send(self->q, fd, NULL, 0, NULL, 0));
	ASSERT_EQ(0, read_connection(getpid(), self->q, coid, &view));
	EXPECT_EQ(1, view.dead);
	/* A new channel of the same number is not reached by it. */
	ASSERT_EQ(self->chid, peer_channel(self->server, 0));
	EXPECT_EQ(-EBADF, qmsg_msg_send(self->q, coid, NULL, 0, NULL, 0));
	other = attach(self, SIDE, 0);
	EXPECT_LT(coid, other);
	EXPECT_TRUE(works(self, other));
	EXPECT_EQ(0, qmsg_connect_detach(self->q, coid));
	EXPECT_EQ(coid, attach(self, SIDE, 0));
	EXPECT_EQ(0, close(fd));
}

/* The same after the death of the whole process. */
TEST_F(attach, connection_to_a_dead_process)
{
	int coid = attach(self, SIDE, 0);

	ASSERT_EQ(0, peer_kill(self->server, SIGKILL));
	ASSERT_EQ(0, peer_reap(self->server, NULL));
	EXPECT_EQ(-EBADF, qmsg_msg_send(self->q, coid, NULL, 0, NULL, 0));
	EXPECT_EQ(-EBADF, qmsg_pulse_send(self->q, coid, 1, 1, 1));
	EXPECT_EQ(-ESRCH, attach(self, SIDE, 0));
	EXPECT_EQ(0, qmsg_connect_detach(self->q, coid));
}

TEST_HARNESS_MAIN
