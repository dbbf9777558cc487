// SPDX-License-Identifier: GPL-2.0-only
/* D16, D21, S10.30: connecting by name: both kinds of id, who may, and where names are seen. */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "scene.h"

#define ALICE	60001
#define BOB	60002

FIXTURE(by_name) {
	struct peer *me, *server;
	int q, chid;
	mode_t device;
};

FIXTURE_SETUP(by_name)
{
	struct stat st;

	ASSERT_EQ(0, stat("/dev/qmsg", &st));
	self->device = st.st_mode & 07777;
	self->me = peer_self();
	self->q = peer_open(self->me);
	ASSERT_LE(0, self->q);
	self->server = peer_fork();
	ASSERT_NE(NULL, self->server);
	ASSERT_LE(0, peer_open(self->server));
	self->chid = peer_channel(self->server, 0);
	ASSERT_LT(0, self->chid);
	ASSERT_EQ(0, attach_name(self->server, self->chid, "srv"));
}

FIXTURE_TEARDOWN(by_name)
{
	chmod("/dev/qmsg", self->device);
	close(self->q);
	peer_kill(self->server, SIGKILL);
	peer_reap(self->server, NULL);
	EXPECT_EQ(0, wait_for_object_count("names", 0));
}

TEST_F(by_name, side_channel)
{
	int coid = qmsg_name_connect(self->q, "srv", SIDE | 5, 0);

	EXPECT_EQ(SIDE | 1, coid);
	EXPECT_EQ(0, reaches(self->me, coid, self->server, self->chid, NULL));
	EXPECT_EQ(0, qmsg_connect_detach(self->q, coid));
}

/* S1.9: the lowest free descriptor that is @index or above. */
TEST_F(by_name, descriptor)
{
	int lowest = fcntl(self->q, F_DUPFD, 0);
	int coid, high;

	close(lowest);
	coid = qmsg_name_connect(self->q, "srv", 0, 0);
	ASSERT_EQ(lowest, coid);
	EXPECT_EQ(0, fcntl(coid, F_GETFD));
	EXPECT_EQ(0, reaches(self->me, coid, self->server, self->chid, NULL));
	high = qmsg_name_connect(self->q, "srv", 100, QMSG_COF_CLOEXEC);
	EXPECT_EQ(100, high);
	EXPECT_EQ(FD_CLOEXEC, fcntl(high, F_GETFD));
	EXPECT_EQ(0, reaches(self->me, high, self->server, self->chid, NULL));
	EXPECT_EQ(0, close(coid));
	EXPECT_EQ(0, close(high));
}

/* S1.11: it is a connection like any other. */
TEST_F(by_name, shares_the_server_connection)
{
	int pid = qmsg_connect_attach(self->q, self->server->pid, self->chid, SIDE, 0);
	int name = qmsg_name_connect(self->q, "srv", SIDE, 0);
	int own = qmsg_name_connect(self->q, "srv", SIDE, QMSG_COF_NOSHARE);
	struct connection_view a, b, c;

	ASSERT_EQ(0, read_connection(getpid(), self->q, pid, &a));
	ASSERT_EQ(0, read_connection(getpid(), self->q, name, &b));
	ASSERT_EQ(0, read_connection(getpid(), self->q, own, &c));
	EXPECT_EQ(a.scoid, b.scoid);
	EXPECT_NE(a.scoid, c.scoid);
	EXPECT_EQ(self->server->pid, b.pid);
}

TEST_F(by_name, bad_arguments)
{
	struct qmsg_name_connect good = { .size = sizeof(good), .index = SIDE, .name_len = 3,
					  .name_ptr = (uintptr_t)"srv" };
	struct qmsg_name_connect bad = good;

	bad.flags = 0x80000000;
	EXPECT_EQ(-EINVAL, raw_ioctl(self->q, QMSG_IOC_NAME_CONNECT, &bad));
	bad = good;
	bad.__reserved = 1;
	EXPECT_EQ(-EINVAL, raw_ioctl(self->q, QMSG_IOC_NAME_CONNECT, &bad));
	EXPECT_EQ(-ENOENT, qmsg_name_connect(self->q, "srw", SIDE, 0));
	EXPECT_EQ(0, count_connections(getpid(), self->q));
	EXPECT_EQ(0, raw_ioctl(self->q, QMSG_IOC_NAME_CONNECT, &good));
}

/* As CONNECT_ATTACH: the server's group exit has begun (T18). */
TEST_F(by_name, server_is_terminating)
{
	struct peer_name n = { .name = "dying" };
	struct dying *d = dying_new(self->q, 0);

	ASSERT_NE(NULL, d);
	ASSERT_EQ(0, attach_name(d->peer, d->chid, n.name));
	ASSERT_LT(0, nobody_has(self->me, n.name));
	ASSERT_EQ(0, dying_begin(d));
	EXPECT_EQ(-ENXIO, connect_name(self->me, n.name, SIDE, 0));
	EXPECT_EQ(-ENXIO, connect_name(self->me, n.name, 0, 0));
	ASSERT_EQ(0, dying_end(d, self->q));
	EXPECT_EQ(-ENOENT, connect_name(self->me, n.name, SIDE, 0));
}

/* ------------------------------------------------------------------ who may */

static struct peer *user(uid_t uid)
{
	struct peer *p = peer_fork();

	return p && !in_peer(p, do_give_up_root, uid) && peer_open(p) >= 0 ? p : NULL;
}

static int64_t do_access(void *arg)
{
	struct numbers *n = arg;

	return qmsg_channel_access(peer_self()->q, n->n[0], n->n[1], 0);
}

/* D21: the channel's mode says who may connect, by name as by number. */
TEST_F(by_name, access)
{
	struct peer *alice, *alice2, *bob;
	int chid;

	ASSERT_EQ(0, chmod("/dev/qmsg", 0666));
	alice = user(ALICE);
	alice2 = user(ALICE);
	bob = user(BOB);
	ASSERT_TRUE(alice && alice2 && bob);
	chid = peer_channel(alice, 0);
	ASSERT_EQ(0, attach_name(alice, chid, "alice"));
	EXPECT_LT(0, nobody_has(alice2, "alice"));
	EXPECT_EQ(-EACCES, connect_name(bob, "alice", SIDE, 0));
	EXPECT_EQ(-EACCES, connect_name(bob, "alice", 0, 0));
	EXPECT_EQ(-ENOENT, connect_name(bob, "alise", 0, 0));
	/* S9.9: everybody may attach names, but each is one for all */
	EXPECT_EQ(-EEXIST, attach_name(bob, peer_channel(bob, 0), "alice"));
	ASSERT_EQ(0, in_peer(alice, do_access, chid, 0002));
	EXPECT_LT(0, nobody_has(bob, "alice"));
	EXPECT_EQ(0, peer_end(alice));
	EXPECT_EQ(0, peer_end(alice2));
	EXPECT_EQ(0, peer_end(bob));
}

/* ------------------------------------------------------------------ where */

/* One and the same name in two pid namespaces, and never the other's. */
TEST_F(by_name, pid_namespaces)
{
	struct peer *inside = peer_fork_in(CLONE_NEWPID);
	struct peer *other = peer_fork_in(CLONE_NEWPID);
	struct qmsg_msg_info info;
	int chid, coid;

	if (!inside || !other)
		SKIP(return, "no pid namespaces");
	ASSERT_LE(0, peer_open(inside));
	ASSERT_LE(0, peer_open(other));
	EXPECT_EQ(-ENOENT, nobody_has(inside, "srv"));
	chid = peer_channel(inside, 0);
	ASSERT_EQ(0, attach_name(inside, chid, "srv"));
	ASSERT_EQ(0, attach_name(inside, chid, "only there"));
	EXPECT_EQ(-ENOENT, nobody_has(other, "srv"));
	EXPECT_EQ(-ENOENT, nobody_has(self->me, "only there"));

	coid = connect_name(inside, "srv", SIDE, 0);
	ASSERT_LT(0, coid);
	EXPECT_EQ(0, reaches(inside, coid, inside, chid, &info));
	coid = connect_name(self->me, "srv", SIDE, 0);
	ASSERT_LT(0, coid);
	EXPECT_EQ(0, reaches(self->me, coid, self->server, self->chid, &info));

	/* the end of one is not the end of the other */
	ASSERT_EQ(0, detach_name(self->server, self->chid, "srv"));
	EXPECT_LT(0, nobody_has(inside, "srv"));
	EXPECT_EQ(0, attach_name(self->server, self->chid, "srv"));
	ASSERT_EQ(0, peer_end(inside));
	EXPECT_LT(0, nobody_has(self->me, "srv"));
	EXPECT_EQ(1, object_count("names"));
	ASSERT_EQ(0, peer_end(other));
}

TEST_HARNESS_MAIN
