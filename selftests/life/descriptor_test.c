// SPDX-License-Identifier: GPL-2.0-only
/* dup, close and passing on: of the context (D2) and of connections that are descriptors (D1). */
#include "kselftest_harness.h"
#include "qmsg_test.h"

#include <fcntl.h>
#include <sys/socket.h>

#define SIDE QMSG_SIDE_CHANNEL
#define FLAGS (QMSG_CHF_UNBLOCK | QMSG_CHF_DISCONNECT)

FIXTURE(descriptor) {
	struct peer *me;
	struct peer *peer;
	struct qmsg_msg_info info;
	int q;
	int chid;
};

FIXTURE_SETUP(descriptor)
{
	self->me = peer_self();
	self->q = peer_open(self->me);
	ASSERT_LE(0, self->q);
	self->chid = qmsg_channel_create(self->q, FLAGS);
	ASSERT_LT(0, self->chid);
	self->peer = peer_fork();
	ASSERT_NE(NULL, self->peer);
	ASSERT_LE(0, peer_open(self->peer));
}

FIXTURE_TEARDOWN(descriptor)
{
	close(self->q);
	peer_kill(self->peer, SIGKILL);
	peer_reap(self->peer, NULL);
}

typedef FIXTURE_DATA(descriptor) scene;

/* One message of @p over @coid, answered; the scoid it came on, or -errno. */
static int scoid_of(scene *s, struct peer *p, int coid)
{
	struct client *c = client_new(p, coid);
	int64_t rcvid = client_send_received(c, s->q, s->chid, &s->info);

	if (rcvid <= 0)
		return client_done(c) ? client_result(c) : rcvid;
	if (qmsg_msg_reply(s->q, rcvid, 0, NULL, 0) || client_wait(c) || s->info.pid != p->pid)
		return -EPROTO;
	return s->info.scoid;
}

/* What a send over @coid gives when there is nothing behind it. */
static int expect_disconnect(scene *s, int scoid)
{
	struct qmsg_pulse pulse;
	int err = expect_pulse(s->q, s->chid, QMSG_PULSE_CODE_DISCONNECT, &pulse);

	return err ?: pulse.scoid == scoid ? 0 : -EBADMSG;
}

static int64_t send_error(struct peer *p, int coid)
{
	struct client *c = client_new(p, coid);

	return client_send(c) ?: client_wait(c) ?: client_result(c);
}

/* A duplicate of the context is the context. */
TEST_F(descriptor, dup_of_the_context_works)
{
	int dupq = dup(self->q);
	int coid = qmsg_connect_attach(dupq, 0, self->chid, SIDE, 0);

	ASSERT_LT(0, coid);
	EXPECT_EQ(0, qmsg_pulse_send(self->q, coid, 1, 1, 1));
	EXPECT_EQ(0, expect_pulse(dupq, self->chid, 1, NULL));
	EXPECT_EQ(0, close(dupq));
	EXPECT_EQ(0, qmsg_pulse_send(self->q, coid, 1, 2, 1));
	EXPECT_EQ(0, expect_pulse(self->q, self->chid, 2, NULL));
}

TEST_F(descriptor, context_lives_until_its_last_close)
{
	int dupq = dup(self->q);
	struct client *c = client_blocked(self->peer, getpid(), self->chid);

	ASSERT_NE(NULL, c);
	ASSERT_EQ(0, close(self->q));
	EXPECT_EQ(0, wait_for_client(c, "SEND"));
	EXPECT_LT(0, receive_now(dupq, self->chid, NULL, 0, NULL));
	EXPECT_EQ(0, wait_for_client(c, "REPLY"));
	ASSERT_EQ(0, close(dupq));
	EXPECT_EQ(0, client_wait(c));
	EXPECT_EQ(-ESRCH, client_result(c));
}

/* dup2 over it is its close. */
TEST_F(descriptor, dup2_over_the_context_ends_it)
{
	struct client *c = client_blocked(self->peer, getpid(), self->chid);
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	ASSERT_NE(NULL, c);
	ASSERT_EQ(self->q, dup2(null, self->q));
	EXPECT_EQ(0, client_wait(c));
	EXPECT_EQ(-ESRCH, client_result(c));
}

/* Close with sibling threads in calls of it: destroy of its channels, detach of its connections. */
TEST_F(descriptor, close_of_the_context_ends_a_siblings_receive)
{
	int chid = peer_channel(self->peer, 0);
	struct receiver *r = receiver_new(self->peer, chid);

	ASSERT_EQ(0, receiver_go_blocked(r));
	ASSERT_EQ(0, peer_close(self->peer, self->peer->q));
	EXPECT_EQ(0, receiver_wait(r));
	EXPECT_TRUE(receiver_result(r) == -ESRCH || receiver_result(r) == -EBADF);
}

TEST_F(descriptor, close_of_the_context_ends_a_siblings_send)
{
	struct client *c = client_blocked(self->peer, getpid(), self->chid);

	ASSERT_NE(NULL, c);
	ASSERT_EQ(0, peer_close(self->peer, self->peer->q));
	EXPECT_EQ(0, client_wait(c));
	EXPECT_EQ(-EBADF, client_result(c));
	EXPECT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_DISCONNECT, NULL));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
}

/* S1.30 h: one that was received stays, and the server is asked. */
TEST_F(descriptor, close_of_the_context_asks_for_a_received_sibling)
{
	struct client *c = client_connect(self->peer, getpid(), self->chid);
	int64_t rcvid;

	ASSERT_NE(NULL, c);
	rcvid = client_send_received(c, self->q, self->chid, &self->info);
	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, peer_close(self->peer, self->peer->q));
	ASSERT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_UNBLOCK, NULL));
	EXPECT_FALSE(client_done(c));
	ASSERT_EQ(0, qmsg_msg_info(self->q, rcvid, &self->info));
	EXPECT_EQ(QMSG_UNBLOCK_DETACH, self->info.unblock_reasons);
	EXPECT_EQ(0, qmsg_msg_reply(self->q, rcvid, 5, NULL, 0));
	EXPECT_EQ(0, client_wait(c));
	EXPECT_EQ(5, client_result(c));
	EXPECT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_DISCONNECT, NULL));
}

/* A duplicate of a connection is the same connection under another number. */
TEST_F(descriptor, dup_of_a_connection)
{
	int fd = qmsg_connect_attach(self->q, 0, self->chid, 0, 0);
	int other = dup(fd);
	int scoid = scoid_of(self, self->me, fd);

	EXPECT_EQ(fd, self->info.coid);
	EXPECT_EQ(scoid, scoid_of(self, self->me, other));
	EXPECT_EQ(other, self->info.coid);
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(-EBADF, send_error(self->me, fd));
	EXPECT_EQ(scoid, scoid_of(self, self->me, other));
	EXPECT_EQ(0, expect_nothing(self->q, self->chid));
	EXPECT_EQ(0, close(other));
	EXPECT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_DISCONNECT, NULL));
}

TEST_F(descriptor, dup2_over_a_connection_detaches_it)
{
	int fd = qmsg_connect_attach(self->q, 0, self->chid, 0, 0);
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	ASSERT_EQ(fd, dup2(null, fd));
	EXPECT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_DISCONNECT, NULL));
	EXPECT_EQ(-EBADF, send_error(self->me, fd));
}

/* S1.30 f - h for close(): it acts as ConnectDetach on a sibling's send. */
TEST_F(descriptor, close_of_a_connection_ends_a_siblings_send)
{
	int fd = peer_attach(self->peer, getpid(), self->chid, 0, 0);
	struct client *c = client_new(self->peer, fd);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, client_send(c) ?: wait_for_client(c, "SEND"));
	ASSERT_EQ(0, peer_close(self->peer, fd));
	EXPECT_EQ(0, client_wait(c));
	EXPECT_EQ(-EBADF, client_result(c));
}

TEST_F(descriptor, close_of_a_connection_asks_for_a_received_sibling)
{
	int fd = peer_attach(self->peer, getpid(), self->chid, 0, 0);
	struct client *c = client_new(self->peer, fd);
	int64_t rcvid = client_send_received(c, self->q, self->chid, NULL);

	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, peer_close(self->peer, fd));
	ASSERT_EQ(0, expect_pulse(self->q, self->chid, QMSG_PULSE_CODE_UNBLOCK, NULL));
	EXPECT_EQ(0, wait_for_client(c, "REPLY+R"));
	EXPECT_EQ(0, qmsg_msg_error(self->q, rcvid, QMSG_ERROR_REASON));
	EXPECT_EQ(0, client_wait(c));
	EXPECT_EQ(-EBADF, client_result(c));
}

/* S1.19: a forked child has the connection under the same number, with a scoid of its own. */
TEST_F(descriptor, connection_in_a_forked_child)
{
	int fd = qmsg_connect_attach(self->q, 0, self->chid, 0, 0);
	int mine = scoid_of(self, self->me, fd), its;
	struct peer *child = peer_fork();

	ASSERT_LE(0, peer_open(child));
	its = scoid_of(self, child, fd);
	EXPECT_LT(0, its);
	EXPECT_NE(mine, its);
	EXPECT_EQ(fd, self->info.coid);
	/* The end of the one is not the end of the other. */
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(0, expect_disconnect(self, mine));
	EXPECT_EQ(its, scoid_of(self, child, fd));
	ASSERT_EQ(0, peer_end(child));
	EXPECT_EQ(0, expect_disconnect(self, its));
}

/* ... which ends with the child's copy. */
TEST_F(descriptor, close_in_the_child_ends_the_childs_use)
{
	int fd = qmsg_connect_attach(self->q, 0, self->chid, 0, 0);
	int mine = scoid_of(self, self->me, fd), its;
	struct peer *child = peer_fork();

	ASSERT_LE(0, peer_open(child));
	its = scoid_of(self, child, fd);
	ASSERT_EQ(0, peer_close(child, fd));
	EXPECT_EQ(0, expect_disconnect(self, its));
	EXPECT_EQ(-EBADF, send_error(child, fd));
	EXPECT_EQ(mine, scoid_of(self, self->me, fd));
	EXPECT_EQ(0, peer_end(child));
}

struct passing {
	int sockets[2];
	int given;
	int fd;
};

static int pass(int socket, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = "", byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	return sendmsg(socket, &msg, 0) == 1 ? 0 : -errno;
}

static int64_t do_accept(void *arg)
{
	struct passing *p = arg;
	char control[CMSG_SPACE(sizeof(int))], byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };

	if (recvmsg(p->sockets[1], &msg, 0) != 1 || !CMSG_FIRSTHDR(&msg))
		return -EIO;
	memcpy(&p->fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(p->fd));
	return p->fd;
}

/* A process that holds none of this one's descriptors, and a socket to it. */
static struct peer *stranger(struct passing *p)
{
	struct peer *peer;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, p->sockets))
		return NULL;
	peer = peer_fork();
	if (!peer || peer_open(peer) < 0)
		return NULL;
	return peer;
}

/* S1.17 as far as descriptors go: whoever gets it may use it, as itself. */
TEST_F(descriptor, connection_passed_by_SCM_RIGHTS)
{
	struct passing *p = shared_alloc(sizeof(*p));
	struct peer *peer = stranger(p);
	int mine, its, fd = qmsg_connect_attach(self->q, 0, self->chid, 0, 0);

	ASSERT_NE(NULL, peer);
	mine = scoid_of(self, self->me, fd);
	ASSERT_EQ(0, pass(p->sockets[0], fd));
	ASSERT_LE(0, peer_call(peer, do_accept, p));
	its = scoid_of(self, peer, p->fd);
	EXPECT_LT(0, its);
	EXPECT_NE(mine, its);
	EXPECT_EQ(p->fd, self->info.coid);
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(0, expect_disconnect(self, mine));
	EXPECT_EQ(its, scoid_of(self, peer, p->fd));
	EXPECT_EQ(0, peer_end(peer));
}

static int64_t do_give(void *arg)
{
	struct passing *p = arg;

	return pass(p->sockets[0], p->given);
}

/* The giver ends; the taker's connection goes on. */
TEST_F(descriptor, passed_connection_outlives_the_giver)
{
	struct passing *p = shared_alloc(sizeof(*p));
	struct peer *taker = stranger(p), *giver = peer_fork();
	int its;

	ASSERT_NE(NULL, taker);
	ASSERT_LE(0, peer_open(giver));
	p->given = peer_attach(giver, getpid(), self->chid, 0, 0);
	ASSERT_LE(0, its = scoid_of(self, giver, p->given));
	ASSERT_EQ(0, peer_call(giver, do_give, p));
	ASSERT_LE(0, peer_call(taker, do_accept, p));
	ASSERT_EQ(0, peer_end(giver));
	EXPECT_EQ(0, expect_disconnect(self, its));
	EXPECT_LT(0, scoid_of(self, taker, p->fd));
	EXPECT_EQ(0, peer_end(taker));
}

/* Nobody has taken it when the giver ends: it is gone with the message that carried it. */
TEST_F(descriptor, connection_on_its_way_keeps_nothing)
{
	struct passing *p = shared_alloc(sizeof(*p));
	int fd = qmsg_connect_attach(self->q, 0, self->chid, 0, 0);
	int mine = scoid_of(self, self->me, fd);

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, p->sockets));
	ASSERT_EQ(0, pass(p->sockets[0], fd));
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(0, expect_disconnect(self, mine));
	close(p->sockets[0]);
	close(p->sockets[1]);
}

/* D2: of a context it is of no use. */
TEST_F(descriptor, context_passed_by_SCM_RIGHTS_is_EBADF)
{
	struct passing *p = shared_alloc(sizeof(*p));
	struct peer *peer = stranger(p);

	ASSERT_NE(NULL, peer);
	ASSERT_EQ(0, pass(p->sockets[0], self->q));
	ASSERT_LE(0, peer_call(peer, do_accept, p));
	ASSERT_EQ(0, peer_close(peer, peer->q));
	peer->q = p->fd;
	EXPECT_EQ(-EBADF, peer_channel(peer, 0));
	EXPECT_EQ(-EBADF, peer_attach(peer, getpid(), self->chid, SIDE, 0));
	/* And it keeps nothing alive. */
	ASSERT_EQ(0, close(self->q));
	EXPECT_EQ(-EBADF, peer_channel(peer, 0));
	EXPECT_EQ(0, peer_end(peer));
}

TEST_HARNESS_MAIN
