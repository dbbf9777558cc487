// SPDX-License-Identifier: GPL-2.0-only
/* S2.41: who is at the other end of a connection, and walking over all of them. */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <sys/resource.h>

#include "../hazards/hazard.h"

#define SIDE	QMSG_SIDE_CHANNEL
#define NEXT	QMSG_CONNECT_INFO_NEXT
#define LIVE	QMSG_CONNECT_INFO_LIVE

FIXTURE(info) {
	struct peer *server;
	struct qmsg_connect_info info;
	int chid;
};

FIXTURE_SETUP(info)
{
	ASSERT_LE(0, peer_open(peer_self()));
	self->server = peer_fork();
	ASSERT_NE(NULL, self->server);
	ASSERT_LE(0, peer_open(self->server));
	self->chid = peer_channel(self->server, 0);
	ASSERT_LT(0, self->chid);
}

FIXTURE_TEARDOWN(info)
{
	close(Q);
	peer_kill(self->server, SIGKILL);
	peer_reap(self->server, NULL);
}

typedef FIXTURE_DATA(info) scene;

static int attach(scene *s, unsigned int index, unsigned int flags)
{
	return qmsg_connect_attach(Q, s->server->pid, s->chid, index, flags);
}

/* The id found, or -errno. */
static int look(scene *s, int coid, unsigned int how)
{
	int ret;

	s->info = (struct qmsg_connect_info){ .coid = coid, .flags = how };
	ret = qmsg_connect_info(Q, &s->info);
	return ret < 0 ? ret : s->info.out_coid;
}

TEST_F(info, S2_41_what_is_told)
{
	int coid = attach(self, SIDE, QMSG_COF_NOEVENT);

	ASSERT_EQ(coid, look(self, coid, 0));
	EXPECT_EQ(self->server->pid, self->info.out_pid);
	EXPECT_EQ(self->chid, self->info.out_chid);
	EXPECT_EQ(QMSG_COF_NOEVENT, self->info.out_flags);
	EXPECT_EQ(SIDE, self->info.out_scoid & SIDE);
}

TEST_F(info, of_a_descriptor)
{
	int coid = attach(self, 0, QMSG_COF_CLOEXEC);

	ASSERT_EQ(coid, look(self, coid, 0));
	EXPECT_EQ(self->server->pid, self->info.out_pid);
	EXPECT_EQ(self->chid, self->info.out_chid);
	EXPECT_EQ(QMSG_COF_CLOEXEC, self->info.out_flags);
	EXPECT_EQ(SIDE, self->info.out_scoid & SIDE);
}

/* The server is told the same number (S1.11). */
TEST_F(info, the_scoid_is_the_servers)
{
	int coid = attach(self, SIDE, 0);
	struct client *c = client_new(peer_self(), coid);
	struct receiver *r = receiver_new(self->server, self->chid);

	ASSERT_EQ(0, receiver_go(r));
	ASSERT_EQ(0, client_send(c));
	ASSERT_EQ(0, receiver_wait(r));
	ASSERT_EQ(coid, look(self, coid, 0));
	EXPECT_EQ(r->info.scoid, self->info.out_scoid);
	EXPECT_EQ(0, peer_destroy(self->server, self->chid));
	EXPECT_EQ(0, client_wait(c));
}

TEST_F(info, what_is_no_connection_is_EINVAL)
{
	int gone = attach(self, SIDE, 0);

	ASSERT_EQ(0, qmsg_connect_detach(Q, gone));
	EXPECT_EQ(-EINVAL, look(self, gone, 0));
	EXPECT_EQ(-EINVAL, look(self, gone, NEXT));
	EXPECT_EQ(-EINVAL, look(self, 0, NEXT));
	EXPECT_EQ(-EINVAL, look(self, -1, NEXT));
	EXPECT_EQ(-EINVAL, look(self, INT32_MIN, NEXT));
	EXPECT_EQ(-EINVAL, look(self, INT32_MAX, NEXT));
	EXPECT_EQ(-EINVAL, look(self, Q, 0));
	EXPECT_EQ(-EINVAL, look(self, 12345, 0));
}

/* Descriptors first, then the others; what is something else is passed over. */
TEST_F(info, S2_41_walk)
{
	int side[2], fd[3];

	side[0] = attach(self, SIDE, 0);
	fd[0] = attach(self, 0, 0);
	side[1] = attach(self, SIDE, 0);
	fd[1] = attach(self, 30, 0);
	fd[2] = attach(self, 500, 0);

	EXPECT_EQ(fd[0], look(self, 0, NEXT));
	EXPECT_EQ(fd[0], look(self, fd[0], NEXT));
	EXPECT_EQ(fd[1], look(self, fd[0] + 1, NEXT));
	EXPECT_EQ(fd[1], look(self, 30, NEXT));
	EXPECT_EQ(fd[2], look(self, 31, NEXT));
	EXPECT_EQ(side[0], look(self, 501, NEXT));
	EXPECT_EQ(side[0], look(self, SIDE, NEXT));
	EXPECT_EQ(side[1], look(self, side[0] + 1, NEXT));
	EXPECT_EQ(-EINVAL, look(self, side[1] + 1, NEXT));
}

/* More descriptors of other things than are looked at in one go. */
TEST_F(info, walk_over_many_descriptors)
{
	struct rlimit limit = { 4096, 4096 };
	int i, coid;

	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	for (i = 0; i < 3000; i++)
		ASSERT_LE(0, dup(Q));
	coid = attach(self, 0, 0);
	ASSERT_LT(3000, coid);
	EXPECT_EQ(coid, look(self, 0, NEXT));
	EXPECT_EQ(coid, look(self, 10, NEXT | LIVE));
	EXPECT_EQ(-EINVAL, look(self, coid + 1, NEXT));
}

/* S2.41: a process' server connections are in the same table, but no connections. */
TEST_F(info, scoids_are_passed_over)
{
	int chid = qmsg_channel_create(Q, 0), coid;

	ASSERT_LT(0, peer_attach(self->server, getpid(), chid, SIDE, 0));
	EXPECT_EQ(-EINVAL, look(self, SIDE, NEXT));
	EXPECT_EQ(-EINVAL, look(self, SIDE | 1, 0));
	coid = attach(self, SIDE, 0);
	EXPECT_EQ(coid, look(self, 0, NEXT));
}

TEST_F(info, S2_41_dead_ones)
{
	int side = attach(self, SIDE, 0), fd = attach(self, 0, 0), live;

	ASSERT_EQ(0, peer_destroy(self->server, self->chid));
	self->chid = peer_channel(self->server, 0);
	live = attach(self, SIDE, 0);

	EXPECT_EQ(fd, look(self, fd, 0));
	EXPECT_EQ(QMSG_COF_DEAD, self->info.out_flags);
	EXPECT_EQ(side, look(self, side, 0));
	EXPECT_EQ(QMSG_COF_DEAD, self->info.out_flags);
	EXPECT_EQ(-EINVAL, look(self, side, LIVE));
	EXPECT_EQ(-EINVAL, look(self, fd, LIVE));
	EXPECT_EQ(fd, look(self, 0, NEXT));
	EXPECT_EQ(live, look(self, 0, NEXT | LIVE));
	EXPECT_EQ(0U, self->info.out_flags);
	EXPECT_EQ(-EINVAL, look(self, live + 1, NEXT | LIVE));
}

static int64_t do_look(void *arg)
{
	struct numbers *n = arg;
	struct qmsg_connect_info args = { .coid = n->n[0] };
	int ret;

	if (Q < 0 || n->n[1])
		Q = qmsg_open();
	ret = qmsg_connect_info(Q, &args);
	return ret < 0 ? ret : args.out_scoid;
}

/* D1: a child that has not sent through it has no server connection yet. */
TEST_F(info, inherited_descriptor_that_was_not_used)
{
	int fd = attach(self, 0, 0);
	struct peer *child = peer_fork();

	EXPECT_EQ(-1, in_peer(child, do_look, fd, 1));
	EXPECT_EQ(-EINVAL, in_peer(child, do_look, SIDE | 1, 0));
	ASSERT_EQ(fd, look(self, fd, 0));
	EXPECT_NE(-1, self->info.out_scoid);
	EXPECT_EQ(0, peer_end(child));
}

static int64_t do_look_pid(void *arg)
{
	struct numbers *n = arg;
	struct qmsg_connect_info args = { .coid = n->n[0] };
	int ret;

	Q = qmsg_open();
	ret = qmsg_connect_info(Q, &args);
	return ret < 0 ? ret : args.out_pid;
}

/* A server that cannot be seen from here. */
TEST_F(info, other_pid_namespace)
{
	int fd = attach(self, 0, 0);
	struct peer *inner = peer_fork_in(CLONE_NEWPID);

	if (!inner)
		SKIP(return, "no such namespaces");
	EXPECT_EQ(0, in_peer(inner, do_look_pid, fd));
	EXPECT_EQ(0, peer_end(inner));
}

/* What a message says it came over follows the number it was sent through. */
TEST_F(info, duplicate_has_the_same_server_connection)
{
	int fd = attach(self, 0, 0), other = dup(fd), scoid;

	ASSERT_EQ(fd, look(self, fd, 0));
	scoid = self->info.out_scoid;
	ASSERT_EQ(other, look(self, other, 0));
	EXPECT_EQ(scoid, self->info.out_scoid);
	close(fd);
	EXPECT_EQ(-EINVAL, look(self, fd, 0));
	EXPECT_EQ(other, look(self, other, 0));
	EXPECT_EQ(scoid, self->info.out_scoid);
}

/* Walks while another thread makes and ends connections: what is found was there. */
static atomic_bool stop;

static void *change_connections(void *arg)
{
	scene *s = arg;

	while (!atomic_load(&stop)) {
		int side = attach(s, SIDE, 0), fd = attach(s, 0, 0);

		qmsg_connect_detach(Q, side);
		close(fd);
	}
	return NULL;
}

TEST_F(info, walk_while_connections_come_and_go)
{
	int i, n = rounds_by(10), first = attach(self, SIDE, 0), wrong = 0;
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, change_connections, self));
	for (i = 0; i < n; i++) {
		int at = look(self, i & 1 ? 0 : SIDE, NEXT | (i & 2 ? LIVE : 0));

		wrong += at < 0 || self->info.out_pid != self->server->pid ||
			 self->info.out_chid != self->chid || (at & SIDE && at != first);
	}
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	EXPECT_EQ(0, wrong);
}

TEST_HARNESS_MAIN
