// SPDX-License-Identifier: GPL-2.0-only
/* S2.42, S9.3: who a client is now. */
#include "kselftest_harness.h"

#include <grp.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "../hazards/hazard.h"

#define SIDE		QMSG_SIDE_CHANNEL
#define OVERFLOW_ID	65534

FIXTURE(client_info) {
	struct peer *client;
	struct qmsg_client_info info;
	uint32_t groups[8];
	int chid;
	mode_t device;
};

FIXTURE_SETUP(client_info)
{
	struct stat st;

	/* Everybody may open the device here. */
	ASSERT_EQ(0, stat("/dev/qmsg", &st));
	self->device = st.st_mode & 07777;
	ASSERT_EQ(0, chmod("/dev/qmsg", 0666));
	ASSERT_LE(0, peer_open(peer_self()));
	struct qmsg_channel_create args = { .flags = QMSG_CHF_DISCONNECT, .mode = 0222 };

	self->chid = qmsg_channel_create_with(Q, &args);
	ASSERT_LT(0, self->chid);
	self->client = peer_fork();
	ASSERT_NE(NULL, self->client);
}

FIXTURE_TEARDOWN(client_info)
{
	chmod("/dev/qmsg", self->device);
	close(Q);
	peer_kill(self->client, SIGKILL);
	peer_reap(self->client, NULL);
}

typedef FIXTURE_DATA(client_info) scene;

/* The scoid by which @p is connected now. */
static int connect_peer(scene *s, struct peer *p)
{
	struct qmsg_msg_info info;
	struct client *c;
	int64_t rcvid;

	if (peer_open(p) < 0)
		return -EBADF;
	c = client_connect(p, getpid(), s->chid);
	if (!c)
		return -ECONNREFUSED;
	rcvid = client_send_received(c, Q, s->chid, &info);
	if (rcvid <= 0 || qmsg_msg_reply(Q, rcvid, 0, NULL, 0) || client_wait(c))
		return -EPROTO;
	return info.scoid;
}

static int ask(scene *s, int scoid)
{
	s->info = (struct qmsg_client_info){
		.scoid = scoid, .ngroups = 8, .groups_ptr = (uintptr_t)s->groups,
	};
	memset(s->groups, 0xff, sizeof(s->groups));
	return qmsg_client_info(Q, &s->info);
}

static int64_t do_become(void *arg)
{
	struct numbers *n = arg;
	gid_t groups[2] = { n->n[0] + 10, n->n[0] + 20 };

	if (setgroups(2, groups))
		return -errno;
	return setresgid(n->n[0] + 1, n->n[0] + 2, n->n[0] + 3) ||
	       setresuid(n->n[0] + 4, n->n[0] + 5, 0) ? -errno : 0;
}

TEST_F(client_info, S2_42_what_is_told)
{
	int scoid;

	ASSERT_EQ(0, in_peer(self->client, do_become, 1000));
	scoid = connect_peer(self, self->client);
	ASSERT_LT(0, scoid);
	ASSERT_EQ(0, ask(self, scoid));
	EXPECT_EQ(self->client->pid, self->info.out_pid);
	EXPECT_EQ(getsid(self->client->pid), self->info.out_sid);
	EXPECT_EQ(1001U, self->info.out_rgid);
	EXPECT_EQ(1002U, self->info.out_egid);
	EXPECT_EQ(1003U, self->info.out_sgid);
	EXPECT_EQ(1004U, self->info.out_ruid);
	EXPECT_EQ(1005U, self->info.out_euid);
	EXPECT_EQ(0U, self->info.out_suid);
	EXPECT_EQ(2U, self->info.out_ngroups);
	EXPECT_EQ(1010U, self->groups[0]);
	EXPECT_EQ(1020U, self->groups[1]);
	EXPECT_EQ(UINT32_MAX, self->groups[2]);
	EXPECT_EQ(0U, self->info.out_flags);
}

static int64_t do_become_root(void *arg)
{
	(void)arg;
	return setresuid(0, 0, 0) ? -errno : 0;
}

/* S9.3: the current ones, not those at connect time. */
TEST_F(client_info, S9_3_they_change_under_an_existing_connection)
{
	int scoid;

	ASSERT_EQ(0, in_peer(self->client, do_become, 1000));
	scoid = connect_peer(self, self->client);
	ASSERT_LT(0, scoid);
	ASSERT_EQ(0, in_peer(self->client, do_become_root));
	ASSERT_EQ(0, ask(self, scoid));
	EXPECT_EQ(0U, self->info.out_ruid);
	EXPECT_EQ(0U, self->info.out_euid);
	ASSERT_EQ(0, in_peer(self->client, do_become, 2000));
	ASSERT_EQ(0, ask(self, scoid));
	EXPECT_EQ(2005U, self->info.out_euid);
	EXPECT_EQ(2010U, self->groups[0]);
}

/* S2.42: without room only the number is told; with little, as many as fit. */
TEST_F(client_info, S2_42_room_for_groups)
{
	int scoid;

	ASSERT_EQ(0, in_peer(self->client, do_become, 1000));
	scoid = connect_peer(self, self->client);
	self->info = (struct qmsg_client_info){ .scoid = scoid };
	ASSERT_EQ(0, qmsg_client_info(Q, &self->info));
	EXPECT_EQ(2U, self->info.out_ngroups);
	self->info = (struct qmsg_client_info){
		.scoid = scoid, .ngroups = 1, .groups_ptr = (uintptr_t)self->groups,
	};
	self->groups[1] = 77;
	ASSERT_EQ(0, qmsg_client_info(Q, &self->info));
	EXPECT_EQ(2U, self->info.out_ngroups);
	EXPECT_EQ(1010U, self->groups[0]);
	EXPECT_EQ(77U, self->groups[1]);
	self->info.ngroups = UINT32_MAX;
	self->info.groups_ptr = (uintptr_t)unmapped_page();
	EXPECT_EQ(-EFAULT, qmsg_client_info(Q, &self->info));
	self->info.ngroups = UINT32_MAX;
	self->info.groups_ptr = (uintptr_t)self->groups;
	EXPECT_EQ(0, qmsg_client_info(Q, &self->info));
}

TEST_F(client_info, S2_42_minus_1_is_the_caller)
{
	ASSERT_EQ(0, ask(self, -1));
	EXPECT_EQ(getpid(), self->info.out_pid);
	EXPECT_EQ(getsid(0), self->info.out_sid);
	EXPECT_EQ(geteuid(), self->info.out_euid);
	EXPECT_EQ(getgroups(0, NULL), (int)self->info.out_ngroups);
}

TEST_F(client_info, what_is_no_client_is_EINVAL)
{
	int coid, scoid = connect_peer(self, self->client);

	ASSERT_LT(0, scoid);
	EXPECT_EQ(0, ask(self, scoid));
	EXPECT_EQ(-EINVAL, ask(self, scoid & ~SIDE));
	EXPECT_EQ(-EINVAL, ask(self, scoid + 1));
	EXPECT_EQ(-EINVAL, ask(self, 0));
	EXPECT_EQ(-EINVAL, ask(self, -2));
	EXPECT_EQ(-EINVAL, ask(self, INT32_MIN));
	EXPECT_EQ(-EINVAL, ask(self, INT32_MAX));
	EXPECT_EQ(-EINVAL, ask(self, SIDE));
	/* A connection of the caller's own is no server connection. */
	coid = qmsg_connect_attach(Q, 0, self->chid, SIDE, 0);
	EXPECT_EQ(-EINVAL, ask(self, coid));
}

/* S11.6: a zombie has no process any more. */
TEST_F(client_info, zombie_is_EINVAL)
{
	int scoid = connect_peer(self, self->client);

	ASSERT_LT(0, scoid);
	ASSERT_EQ(0, peer_close(self->client, self->client->q));
	ASSERT_EQ(0, wait_for_channel(getpid(), Q, self->chid, "pulses", 1));
	EXPECT_EQ(-EINVAL, ask(self, scoid));
}

/* A client that has ended and only its answer is missing. */
TEST_F(client_info, orphan_is_EINVAL)
{
	struct qmsg_msg_info info;
	struct client *c;
	int64_t rcvid;

	self->chid = qmsg_channel_create(Q, QMSG_CHF_UNBLOCK);
	ASSERT_LE(0, peer_open(self->client));
	ASSERT_EQ(0, write_param("kill_grace_ms", 1));
	c = client_connect(self->client, getpid(), self->chid);
	rcvid = client_send_received(c, Q, self->chid, &info);
	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, ask(self, info.scoid));
	ASSERT_EQ(0, peer_kill(self->client, SIGKILL));
	ASSERT_EQ(0, wait_for_channel(getpid(), Q, self->chid, "orphans", 1));
	ASSERT_TRUE(wait_until(is_reapable(self->client->pid)));
	EXPECT_EQ(-EINVAL, ask(self, info.scoid));
	ASSERT_EQ(0, peer_reap(self->client, NULL));
	EXPECT_EQ(-EINVAL, ask(self, info.scoid));
	restore_params();
}

TEST_F(client_info, a_stopped_client_says_so)
{
	int scoid = connect_peer(self, self->client);

	ASSERT_LT(0, scoid);
	ASSERT_EQ(0, peer_kill(self->client, SIGSTOP));
	/* All of its threads have to be. */
	EXPECT_TRUE(wait_until(!ask(self, scoid) && self->info.out_flags == QMSG_CI_STOPPED));
	ASSERT_EQ(0, peer_kill(self->client, SIGCONT));
	EXPECT_TRUE(wait_until(!ask(self, scoid) && self->info.out_flags == 0));
}

/* Others see it in their own namespaces. */
TEST_F(client_info, client_in_other_namespaces)
{
	int fd = qmsg_connect_attach(Q, 0, self->chid, 0, 0);
	struct peer *inner = peer_fork_in(CLONE_NEWPID);
	struct qmsg_msg_info info;

	if (!inner)
		SKIP(return, "no such namespaces");
	ASSERT_LE(0, peer_open(inner));
	ASSERT_LT(0, client_send_received(client_new(inner, fd), Q, self->chid, &info));
	ASSERT_EQ(0, ask(self, info.scoid));
	EXPECT_EQ(inner->pid, self->info.out_pid);
	EXPECT_EQ(0, peer_kill(inner, SIGKILL));
	EXPECT_EQ(0, peer_reap(inner, NULL));
}

static int64_t do_ask(void *arg)
{
	struct numbers *n = arg;
	struct qmsg_client_info args = { .scoid = n->n[0] };
	int ret = qmsg_client_info(((struct peer *)n->n[1])->q, &args);

	if (ret)
		return ret;
	return n->n[2] ? args.out_euid : (unsigned int)args.out_pid;
}

/* A server in a user and pid namespace of its own sees neither ids nor the process. */
TEST_F(client_info, server_in_other_namespaces)
{
	struct peer *inner = peer_fork_in(CLONE_NEWPID | CLONE_NEWUSER);
	struct receiver *r;
	struct client *c;
	int chid;

	if (!inner)
		SKIP(return, "no such namespaces");
	ASSERT_LE(0, peer_open(inner));
	chid = peer_channel(inner, 0);
	ASSERT_LT(0, chid);
	r = receiver_new(inner, chid);
	ASSERT_EQ(0, receiver_go_blocked(r));
	c = client_connect(peer_self(), inner->pid, chid);
	ASSERT_NE(NULL, c);
	ASSERT_EQ(0, client_send(c));
	ASSERT_EQ(0, receiver_wait(r));
	EXPECT_EQ(0, in_peer(inner, do_ask, r->info.scoid, (long)inner, 0));
	EXPECT_EQ(OVERFLOW_ID, in_peer(inner, do_ask, r->info.scoid, (long)inner, 1));
	ASSERT_EQ(0, peer_kill(inner, SIGKILL));
	ASSERT_EQ(0, peer_reap(inner, NULL));
	EXPECT_EQ(0, client_wait(c));
}

/* Changes of identity and ends while a server asks: old or new, never a mixture. */
static int64_t do_change_for_long(void *arg)
{
	int i;

	for (i = 0; i < ((struct numbers *)arg)->n[0]; i++) {
		uid_t uid = i & 1 ? 0 : 3000;

		if (setresuid(uid, uid, 0))
			return -errno;
	}
	return 0;
}

TEST_F(client_info, asked_while_it_changes)
{
	int scoid = connect_peer(self, self->client), n = rounds_by(20), wrong = 0;
	struct numbers *numbers = shared_alloc(sizeof(*numbers));
	int64_t result;

	ASSERT_LT(0, scoid);
	numbers->n[0] = n;
	ASSERT_EQ(0, peer_start(self->client, do_change_for_long, numbers));
	do {
		ASSERT_EQ(0, ask(self, scoid));
		wrong += self->info.out_ruid != self->info.out_euid;
	} while (!atomic_load(&self->client->finished) && n--);
	ASSERT_EQ(0, peer_wait(self->client, &result));
	EXPECT_EQ(0, result);
	EXPECT_EQ(0, wrong);
}

TEST_HARNESS_MAIN
