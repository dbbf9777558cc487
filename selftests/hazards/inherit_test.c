// SPDX-License-Identifier: GPL-2.0-only
/*
 * B7 - B13: what another process can do with a context or a connection that came to it
 * by fork, by a socket, by exec or by pidfd_getfd(), and what it can not do to its owner.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <sys/syscall.h>

#include "../abi/rig.h"

FIXTURE(inherit)
{
	int chid;
	int coid;		/* a descriptor of this process to its own channel */
	struct peer *child;	/* forked after both were made */
	int sock[2];
};

FIXTURE_SETUP(inherit)
{
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, self->sock));
	ASSERT_LE(0, peer_open(peer_self()));
	self->chid = qmsg_channel_create(Q, QMSG_CHF_DISCONNECT);
	ASSERT_LT(0, self->chid);
	self->coid = qmsg_connect_attach(Q, 0, self->chid, 0, 0);
	ASSERT_LE(0, self->coid);
	self->child = peer_fork();
	ASSERT_TRUE(self->child != NULL);
}

FIXTURE_TEARDOWN_PARENT(inherit)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

/* Requests of the table that do not give EBADF on somebody else's context. */
static int64_t do_every_call(void *arg)
{
	int fd = ((struct numbers *)arg)->n[0], wrong = 0;
	struct qmsg_query query;
	RIG_ARG(zero);

	for (size_t i = 0; i < CALLS; i++) {
		memset(zero, 0, sizeof(zero));
		call_set32(zero, 0, calls[i].size);
		if (calls[i].request == QMSG_IOC_QUERY)
			wrong += qmsg_query(fd, &query) != 0;
		else
			wrong += raw_ioctl(fd, calls[i].request, zero) != -EBADF;
	}
	return wrong;
}

static void expect_context_works(struct __test_metadata *_metadata, FIXTURE_DATA(inherit) *self)
{
	int chid = qmsg_channel_create(Q, 0);

	EXPECT_LT(0, chid);
	EXPECT_EQ(0, qmsg_channel_destroy(Q, chid));
	EXPECT_EQ(0, qmsg_pulse_send(Q, self->coid, 1, 5, 0));
	EXPECT_EQ(0, expect_pulse(Q, self->chid, 5, NULL));
}

TEST_F(inherit, B7_a_forked_child_gets_EBADF)
{
	EXPECT_EQ(0, in_peer(self->child, do_every_call, Q));
	expect_context_works(_metadata, self);
}

TEST_F(inherit, B7_the_childs_close_and_death_change_nothing)
{
	struct peer *second = peer_fork();

	ASSERT_EQ(0, peer_close(self->child, Q));
	expect_context_works(_metadata, self);
	ASSERT_EQ(0, peer_end(self->child));
	expect_context_works(_metadata, self);
	ASSERT_EQ(0, peer_kill(second, SIGKILL));
	ASSERT_EQ(0, peer_reap(second, NULL));
	expect_context_works(_metadata, self);
	EXPECT_EQ(0, expect_nothing(Q, self->chid));
}

/* A server process, and a process of ours that holds its context too. */
static struct peer *server_held_by(FIXTURE_DATA(inherit) *self, struct peer *holder, int *chid)
{
	struct peer *server = peer_fork();

	if (!server || peer_open(server) < 0)
		return NULL;
	*chid = peer_channel(server, 0);
	if (*chid < 0 || in_peer(server, do_send_fd, self->sock[0], server->q) ||
	    in_peer(holder, do_receive_fd, self->sock[1]) < 0)
		return NULL;
	return server;
}

TEST_F(inherit, B7_the_owners_close_ends_it_although_another_holds_it)
{
	struct peer *server;
	struct client *c;
	int chid;

	server = server_held_by(self, self->child, &chid);
	ASSERT_TRUE(server != NULL);
	c = client_blocked(peer_self(), server->pid, chid);
	ASSERT_TRUE(c != NULL);
	ASSERT_EQ(0, peer_close(server, server->q));
	ASSERT_EQ(0, client_wait(c));
	EXPECT_EQ(-ESRCH, client_result(c));
	EXPECT_EQ(-ESRCH, qmsg_connect_attach(Q, server->pid, chid, QMSG_SIDE_CHANNEL, 0));
}

TEST_F(inherit, B7_the_owners_death_ends_it_although_another_holds_it)
{
	struct peer *server;
	struct client *c;
	int chid;

	server = server_held_by(self, self->child, &chid);
	ASSERT_TRUE(server != NULL);
	c = client_blocked(peer_self(), server->pid, chid);
	ASSERT_TRUE(c != NULL);
	ASSERT_EQ(0, peer_kill(server, SIGKILL));
	ASSERT_EQ(0, client_wait(c));
	EXPECT_EQ(-ESRCH, client_result(c));
	ASSERT_EQ(0, peer_reap(server, NULL));
	EXPECT_EQ(-EBADF, qmsg_pulse_send(Q, c->args.coid, 1, 1, 0));
}

/* S1.19: under the same number, with a server connection of its own. */
TEST_F(inherit, B8_parent_and_child_send_through_one_descriptor)
{
	struct client *theirs = client_new(self->child, self->coid);
	struct client *ours = client_new(peer_self(), self->coid);
	struct qmsg_msg_info first, second;
	int64_t rcvid[2];

	ASSERT_LE(0, peer_open(self->child));
	rcvid[0] = client_send_received(theirs, Q, self->chid, &first);
	rcvid[1] = client_send_received(ours, Q, self->chid, &second);
	ASSERT_LT(0, rcvid[0]);
	ASSERT_LT(0, rcvid[1]);
	EXPECT_NE(rcvid[0], rcvid[1]);
	EXPECT_EQ(self->child->pid, first.pid);
	EXPECT_EQ(theirs->w.tid, first.tid);
	EXPECT_EQ(getpid(), second.pid);
	EXPECT_EQ(ours->w.tid, second.tid);
	EXPECT_NE(first.scoid, second.scoid);
	EXPECT_EQ(self->coid, first.coid);
	EXPECT_EQ(self->coid, second.coid);
	EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid[0], 10, NULL, 0));
	EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid[1], 11, NULL, 0));
	ASSERT_EQ(0, client_wait(theirs));
	ASSERT_EQ(0, client_wait(ours));
	EXPECT_EQ(10, client_result(theirs));
	EXPECT_EQ(11, client_result(ours));
}

/* The parent's last one goes: its link ends, the child's use goes on. */
TEST_F(inherit, B8_each_process_detaches_for_itself)
{
	struct client *theirs = client_new(self->child, self->coid);
	struct qmsg_msg_info info;
	struct qmsg_pulse pulse;
	int64_t rcvid;

	ASSERT_LE(0, peer_open(self->child));
	rcvid = client_send_received(theirs, Q, self->chid, &info);
	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, close(self->coid));
	ASSERT_EQ(0, expect_pulse(Q, self->chid, QMSG_PULSE_CODE_DISCONNECT, &pulse));
	EXPECT_NE(info.scoid, pulse.scoid);
	EXPECT_EQ(0, qmsg_connect_detach(Q, pulse.scoid));
	ASSERT_EQ(0, wait_for_client(theirs, "REPLY"));
	EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 1, NULL, 0));
	ASSERT_EQ(0, client_wait(theirs));
	EXPECT_EQ(1, client_result(theirs));
	ASSERT_EQ(0, peer_close(self->child, self->coid));
	ASSERT_EQ(0, expect_pulse(Q, self->chid, QMSG_PULSE_CODE_DISCONNECT, &pulse));
	EXPECT_EQ(info.scoid, pulse.scoid);
	EXPECT_EQ(0, qmsg_connect_detach(Q, pulse.scoid));
}

/* A child that never sent has no link to lose. */
TEST_F(inherit, B8_a_child_that_only_closes_is_not_noticed)
{
	struct client *ours = client_new(peer_self(), self->coid);
	int64_t rcvid = client_send_received(ours, Q, self->chid, NULL);

	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, peer_close(self->child, self->coid));
	ASSERT_EQ(0, peer_end(self->child));
	EXPECT_EQ(0, expect_nothing(Q, self->chid));
	EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 1, NULL, 0));
	ASSERT_EQ(0, client_wait(ours));
	EXPECT_EQ(1, client_result(ours));
}

/* info has the sender of this message, not who opened the connection. */
TEST_F(inherit, B9_a_connection_passed_to_another_user)
{
	struct peer *other = peer_fork();
	struct client *theirs;
	struct qmsg_msg_info info;
	int64_t rcvid;
	int fd, coid;

	ASSERT_LE(0, peer_open(other));
	ASSERT_EQ(0, in_peer(other, do_give_up_root, NOBODY));
	EXPECT_EQ(-EACCES, peer_attach(other, getpid(), self->chid, 0, 0));
	coid = qmsg_connect_attach(Q, 0, self->chid, 0, 0);
	ASSERT_EQ(0, send_fd(self->sock[0], coid));
	fd = in_peer(other, do_receive_fd, self->sock[1]);
	ASSERT_LE(0, fd);
	theirs = client_new(other, fd);
	rcvid = client_send_received(theirs, Q, self->chid, &info);
	ASSERT_LT(0, rcvid);
	EXPECT_EQ(other->pid, info.pid);
	EXPECT_EQ(NOBODY, info.uid);
	EXPECT_EQ(NOBODY, info.gid);
	EXPECT_EQ(fd, info.coid);
	EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 1, NULL, 0));
	ASSERT_EQ(0, client_wait(theirs));
	EXPECT_EQ(1, client_result(theirs));
}

/* Who opened it is gone: the connection is the holder's, and works. */
TEST_F(inherit, B9_the_opener_ends)
{
	struct peer *opener = peer_fork();
	struct client *theirs;
	int64_t rcvid;
	int coid, fd;

	ASSERT_LE(0, peer_open(opener));
	ASSERT_LE(0, peer_open(self->child));
	coid = peer_attach(opener, getpid(), self->chid, 0, 0);
	ASSERT_LE(0, coid);
	ASSERT_EQ(0, in_peer(opener, do_send_fd, self->sock[0], coid));
	fd = in_peer(self->child, do_receive_fd, self->sock[1]);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, peer_end(opener));
	ASSERT_EQ(0, expect_pulse(Q, self->chid, QMSG_PULSE_CODE_DISCONNECT, NULL));
	theirs = client_new(self->child, fd);
	rcvid = client_send_received(theirs, Q, self->chid, NULL);
	ASSERT_LT(0, rcvid);
	EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 2, NULL, 0));
	ASSERT_EQ(0, client_wait(theirs));
	EXPECT_EQ(2, client_result(theirs));
}

/* Two contexts of one process: each makes its own use of a descriptor. */
TEST_F(inherit, B9_another_context_of_the_same_process)
{
	int q = qmsg_open();
	struct qmsg_pulse pulse;
	int64_t rcvid;

	ASSERT_LE(0, q);
	EXPECT_EQ(0, qmsg_pulse_send(q, self->coid, 1, 4, 4));
	EXPECT_EQ(0, expect_pulse(Q, self->chid, 4, NULL));
	ASSERT_EQ(0, close(q));
	ASSERT_EQ(0, expect_pulse(Q, self->chid, QMSG_PULSE_CODE_DISCONNECT, &pulse));
	EXPECT_EQ(0, qmsg_connect_detach(Q, pulse.scoid));
	expect_context_works(_metadata, self);
	rcvid = receive_now(Q, self->chid, &pulse, sizeof(pulse), NULL);
	EXPECT_EQ(-ETIMEDOUT, rcvid);
}

TEST_F(inherit, B10_a_context_passed_over_a_socket)
{
	int fd;

	ASSERT_EQ(0, send_fd(self->sock[0], Q));
	fd = in_peer(self->child, do_receive_fd, self->sock[1]);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, in_peer(self->child, do_every_call, fd));
	ASSERT_EQ(0, peer_close(self->child, fd));
	expect_context_works(_metadata, self);
}

/* Sockets that hold themselves, a context and a connection: freed by the collector. */
TEST_F(inherit, B11_descriptors_in_a_cycle_of_sockets)
{
	int q = qmsg_open();
	int chid = qmsg_channel_create(q, 0);
	int coid = qmsg_connect_attach(q, 0, chid, 0, 0);
	int cycle[2], trigger[2];

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, cycle));
	ASSERT_EQ(0, send_fd(cycle[0], q));
	ASSERT_EQ(0, send_fd(cycle[0], coid));
	ASSERT_EQ(0, send_fd(cycle[0], cycle[0]));
	ASSERT_EQ(0, send_fd(cycle[0], cycle[1]));
	ASSERT_EQ(0, send_fd(cycle[1], cycle[0]));
	close(q);
	close(coid);
	close(cycle[0]);
	close(cycle[1]);
	/* any use of unix sockets with descriptors in flight runs the collector */
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, trigger));
	ASSERT_EQ(0, send_fd(trigger[0], trigger[1]));
	close(trigger[0]);
	close(trigger[1]);
	EXPECT_EQ(0, wait_for_object_count("contexts", 1));
	EXPECT_EQ(0, wait_for_object_count("channels", 1));
	EXPECT_EQ(0, wait_for_object_count("connections", 1));
	expect_context_works(_metadata, self);
}

#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

static int64_t do_take_fd(void *arg)
{
	struct numbers *n = arg;
	int pidfd = syscall(SYS_pidfd_open, n->n[0], 0);
	int fd = syscall(SYS_pidfd_getfd, pidfd, n->n[1], 0);

	close(pidfd);
	return fd < 0 ? -errno : fd;
}

TEST_F(inherit, B13_taken_with_pidfd_getfd)
{
	struct client *theirs;
	int fd = in_peer(self->child, do_take_fd, getpid(), Q);
	int64_t rcvid;

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, in_peer(self->child, do_every_call, fd));
	ASSERT_EQ(0, peer_close(self->child, fd));
	fd = in_peer(self->child, do_take_fd, getpid(), self->coid);
	ASSERT_LE(0, fd);
	ASSERT_LE(0, peer_open(self->child));
	theirs = client_new(self->child, fd);
	rcvid = client_send_received(theirs, Q, self->chid, NULL);
	ASSERT_LT(0, rcvid);
	EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 2, NULL, 0));
	ASSERT_EQ(0, client_wait(theirs));
	EXPECT_EQ(2, client_result(theirs));
	expect_context_works(_metadata, self);
}

TEST_F(inherit, B12_the_library_opens_a_context_that_exec_closes)
{
	EXPECT_EQ(FD_CLOEXEC, fcntl(Q, F_GETFD));
}

TEST_HARNESS_MAIN
