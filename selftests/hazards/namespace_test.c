// SPDX-License-Identifier: GPL-2.0-only
/*
 * H2, H3: clients and servers in different pid and user namespaces. A number is given as
 * the asking side would write it; what cannot be seen from there is 0 or the overflow id.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <stdio.h>

#include "hazard.h"

#define OVERFLOW	65534
#define BOB		60002

FIXTURE(namespaces)
{
	int chid, coid;		/* coid: a descriptor, so that every child has it */
};

FIXTURE_SETUP(namespaces)
{
	struct qmsg_channel_create args = { .mode = 0202 };

	ASSERT_LE(0, peer_open(peer_self()));
	self->chid = qmsg_channel_create_with(Q, &args);
	ASSERT_LT(0, self->chid);
	self->coid = qmsg_connect_attach(Q, 0, self->chid, 0, 0);
	ASSERT_LE(0, self->coid);
}

FIXTURE_TEARDOWN_PARENT(namespaces)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

static int64_t do_getpid(void *arg)
{
	(void)arg;
	return getpid();
}

/* What the server is told about one message of @p over the inherited descriptor. */
static void send_one(struct __test_metadata *_metadata, FIXTURE_DATA(namespaces) *self,
		     struct peer *p, struct qmsg_msg_info *info, pid_t *tid)
{
	struct client *c = client_new(p, self->coid);
	int64_t rcvid = client_send_received(c, Q, self->chid, info);

	ASSERT_LT(0, rcvid);
	*tid = c->w.tid;
	ASSERT_EQ(0, qmsg_msg_reply(Q, rcvid, 0, NULL, 0));
	ASSERT_EQ(0, client_wait(c));
	ASSERT_EQ(0, client_result(c));
}

TEST_F(namespaces, H2_the_client_is_in_a_child_namespace)
{
	struct peer *p = peer_fork_in(CLONE_NEWPID);
	struct qmsg_msg_info info;
	pid_t tid;

	if (!p)
		SKIP(return, "no pid namespaces");
	ASSERT_EQ(1, in_peer(p, do_getpid, 0));
	ASSERT_LE(0, peer_open(p));
	/* from inside, our number is nobody's, and 1 is the client itself */
	EXPECT_EQ(-ESRCH, peer_attach(p, getpid(), self->chid, QMSG_SIDE_CHANNEL, 0));
	EXPECT_EQ(-ESRCH, peer_attach(p, 1, self->chid, QMSG_SIDE_CHANNEL, 0));
	send_one(_metadata, self, p, &info, &tid);
	EXPECT_EQ(p->pid, info.pid);
	EXPECT_EQ(tid, info.tid);
}

/* A server that was made elsewhere, and one receive in it. */
struct received {
	struct peer *p;
	int chid;
	struct receiver *r;
};

static int server_in(struct received *s, int clone_flags)
{
	s->p = peer_fork_in(clone_flags);
	if (!s->p)
		return -ENOSYS;
	if (peer_open(s->p) < 0)
		return -EIO;
	s->chid = peer_channel(s->p, 0);
	s->r = receiver_new(s->p, s->chid);
	return s->chid < 0 ? s->chid : 0;
}

static void receive_from(struct __test_metadata *_metadata, struct received *s, struct client *c)
{
	ASSERT_TRUE(c != NULL);
	ASSERT_EQ(0, client_send(c));
	ASSERT_EQ(0, receiver_go(s->r));
	ASSERT_EQ(0, receiver_wait(s->r));
	ASSERT_LT(0, receiver_result(s->r));
}

TEST_F(namespaces, H2_the_server_is_in_a_child_namespace)
{
	struct client *c;
	struct received s;
	int err = server_in(&s, CLONE_NEWPID);

	if (err == -ENOSYS)
		SKIP(return, "no pid namespaces");
	ASSERT_EQ(0, err);
	c = client_connect(peer_self(), s.p->pid, s.chid);
	receive_from(_metadata, &s, c);
	EXPECT_EQ(0, s.r->info.pid);
	EXPECT_EQ(0, s.r->info.tid);
	ASSERT_EQ(0, peer_kill(s.p, SIGKILL));
	ASSERT_EQ(0, client_wait(c));
	EXPECT_EQ(-ESRCH, client_result(c));
}

TEST_F(namespaces, H2_both_are_in_different_children)
{
	struct client *c;
	struct received s;
	struct peer *p;
	int fd, err = server_in(&s, CLONE_NEWPID);

	if (err == -ENOSYS)
		SKIP(return, "no pid namespaces");
	fd = qmsg_connect_attach(Q, s.p->pid, s.chid, 0, 0);
	ASSERT_LE(0, fd);
	p = peer_fork_in(CLONE_NEWPID);
	ASSERT_TRUE(p != NULL);
	ASSERT_LE(0, peer_open(p));
	EXPECT_EQ(-ESRCH, peer_attach(p, s.p->pid, s.chid, QMSG_SIDE_CHANNEL, 0));
	c = client_new(p, fd);
	receive_from(_metadata, &s, c);
	EXPECT_EQ(0, s.r->info.pid);
	EXPECT_EQ(0, s.r->info.tid);
	ASSERT_EQ(0, peer_destroy(s.p, s.chid));
	ASSERT_EQ(0, client_wait(c));
	EXPECT_EQ(-ESRCH, client_result(c));
}

static int send_to_parent(int chid)
{
	int q = qmsg_open();
	int coid = q < 0 ? q : qmsg_connect_attach(q, getppid(), chid, QMSG_SIDE_CHANNEL, 0);

	return coid < 0 ? 200 : qmsg_msg_send(q, coid, "x", 1, NULL, 0);
}

/* n: context, channel. Serves a child of its own; 0 if every number was the inner one. */
static int64_t do_serve_a_child(void *arg)
{
	struct numbers n = *(struct numbers *)arg;
	struct qmsg_msg_info info;
	char buf[8];
	int64_t rcvid;
	int status, wrong;
	pid_t child = fork();

	if (!child)
		_exit(send_to_parent(n.n[1]));
	rcvid = receive_soon(n.n[0], n.n[1], buf, sizeof(buf), &info);
	wrong = rcvid <= 0 || info.pid != child || info.tid != child;
	wrong |= qmsg_msg_reply(n.n[0], rcvid, 55, NULL, 0) ? 2 : 0;
	if (waitpid(child, &status, 0) != child)
		return -errno;
	return wrong | (WEXITSTATUS(status) == 55 ? 0 : 4);
}

TEST_F(namespaces, H2_both_are_in_the_same_child)
{
	struct received s;
	int err = server_in(&s, CLONE_NEWPID);

	if (err == -ENOSYS)
		SKIP(return, "no pid namespaces");
	ASSERT_EQ(0, err);
	EXPECT_EQ(0, in_peer(s.p, do_serve_a_child, s.p->q, s.chid));
}

/* ---- user namespaces ---- */

static int write_map(pid_t pid, const char *name, const char *text)
{
	char path[64];
	int fd, err;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return -errno;
	err = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return err;
}

static int map_root_to_bob(pid_t pid)
{
	return write_map(pid, "uid_map", "0 60002 1") ?: write_map(pid, "gid_map", "0 60002 1");
}

static int64_t do_become_inner_root(void *arg)
{
	(void)arg;
	if (setresgid(0, 0, 0) || setresuid(0, 0, 0))
		return -errno;
	return prctl(PR_SET_DUMPABLE, 1) || prctl(PR_SET_PDEATHSIG, SIGKILL) ? -errno : 0;
}

TEST_F(namespaces, H3_a_client_that_is_root_in_its_own_namespace)
{
	struct peer *p = peer_fork_in(CLONE_NEWUSER);
	struct qmsg_msg_info info;
	pid_t tid;

	if (!p)
		SKIP(return, "no user namespaces");
	ASSERT_LE(0, peer_open(p));
	ASSERT_EQ(0, map_root_to_bob(p->pid));
	ASSERT_EQ(0, in_peer(p, do_become_inner_root, 0));
	send_one(_metadata, self, p, &info, &tid);
	EXPECT_EQ(BOB, info.uid);
	EXPECT_EQ(BOB, info.gid);
	EXPECT_EQ(p->pid, info.pid);
}

/* Every capability, but over nothing of ours. */
TEST_F(namespaces, H3_capabilities_in_a_namespace_open_no_channel_outside)
{
	struct peer *p = peer_fork_in(CLONE_NEWUSER);
	int closed = qmsg_channel_create(Q, 0);

	if (!p)
		SKIP(return, "no user namespaces");
	ASSERT_LE(0, peer_open(p));
	ASSERT_EQ(0, map_root_to_bob(p->pid));
	ASSERT_EQ(0, in_peer(p, do_become_inner_root, 0));
	EXPECT_EQ(-EACCES, peer_attach(p, getpid(), closed, QMSG_SIDE_CHANNEL, 0));
	EXPECT_LT(0, peer_attach(p, getpid(), self->chid, QMSG_SIDE_CHANNEL, 0));
}

TEST_F(namespaces, H3_a_server_that_cannot_see_its_clients_ids)
{
	struct client *c;
	struct received s;
	int err = server_in(&s, CLONE_NEWUSER);

	if (err == -ENOSYS)
		SKIP(return, "no user namespaces");
	ASSERT_EQ(0, err);
	ASSERT_EQ(0, map_root_to_bob(s.p->pid));
	c = client_connect(peer_self(), s.p->pid, s.chid);
	receive_from(_metadata, &s, c);
	EXPECT_EQ(OVERFLOW, s.r->info.uid);
	EXPECT_EQ(OVERFLOW, s.r->info.gid);
	EXPECT_EQ(OVERFLOW, s.r->info.connect_uid);
	EXPECT_EQ(OVERFLOW, s.r->info.connect_gid);
	EXPECT_EQ(getpid(), s.r->info.pid);
	ASSERT_EQ(0, peer_destroy(s.p, s.chid));
	ASSERT_EQ(0, client_wait(c));
}

/* n: context, mode, gid */
static int64_t do_group_channel(void *arg)
{
	struct numbers *n = arg;
	struct qmsg_channel_create args = { .mode = n->n[1], .gid = n->n[2] };

	return qmsg_channel_create_with(n->n[0], &args);
}

TEST_F(namespaces, H3_a_group_that_does_not_exist_there)
{
	struct received s;
	int err = server_in(&s, CLONE_NEWUSER);

	if (err == -ENOSYS)
		SKIP(return, "no user namespaces");
	ASSERT_EQ(0, err);
	ASSERT_EQ(0, map_root_to_bob(s.p->pid));
	EXPECT_EQ(-EINVAL, in_peer(s.p, do_group_channel, s.p->q, 0020, BOB));
	EXPECT_LT(0, in_peer(s.p, do_group_channel, s.p->q, 0020, 0));
}

/* gid 0 of the namespace is BOB's outside: his group is let in, the real gid 0 is not. */
TEST_F(namespaces, H3_the_group_is_the_namespaces_own)
{
	struct peer *bob = peer_fork(), *zero = peer_fork();
	struct received s;
	int chid, err = server_in(&s, CLONE_NEWUSER);

	if (err == -ENOSYS)
		SKIP(return, "no user namespaces");
	ASSERT_EQ(0, err);
	ASSERT_LE(0, peer_open(bob));
	ASSERT_LE(0, peer_open(zero));
	ASSERT_EQ(0, map_root_to_bob(s.p->pid));
	chid = in_peer(s.p, do_group_channel, s.p->q, 0020, 0);
	ASSERT_LT(0, chid);
	ASSERT_EQ(0, in_peer(bob, do_give_up_root, BOB));
	ASSERT_EQ(0, in_peer(zero, do_give_up_root, 60009));
	EXPECT_LT(0, peer_attach(bob, s.p->pid, chid, QMSG_SIDE_CHANNEL, 0));
	EXPECT_EQ(-EACCES, peer_attach(zero, s.p->pid, chid, QMSG_SIDE_CHANNEL, 0));
}

TEST_HARNESS_MAIN
