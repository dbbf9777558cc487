// SPDX-License-Identifier: GPL-2.0-only
/* D21, S4.8, S9.1, S9.10: who may attach to a channel, and so send to it. */
#include "kselftest_harness.h"
#include "qmsg_test.h"

#include <grp.h>
#include <sys/stat.h>

FIXTURE(access) {
	struct peer *server;
	struct peer *client;
	mode_t device;
};

FIXTURE_SETUP(access)
{
	struct stat st;

	/* Everybody may open the device here; who may attach is another matter. */
	ASSERT_EQ(0, stat("/dev/qmsg", &st));
	self->device = st.st_mode & 07777;
	ASSERT_EQ(0, chmod("/dev/qmsg", 0666));
	self->server = peer_fork();
	self->client = peer_fork();
	ASSERT_NE(NULL, self->server);
	ASSERT_NE(NULL, self->client);
}

FIXTURE_TEARDOWN(access)
{
	chmod("/dev/qmsg", self->device);
	EXPECT_EQ(0, peer_end(self->client));
	EXPECT_EQ(0, peer_end(self->server));
}

typedef FIXTURE_DATA(access) scene;

struct identity {
	uid_t uid;
	gid_t gid;
	gid_t extra;
};

static int64_t do_become(void *arg)
{
	struct identity *id = arg;

	if (setgroups(id->extra ? 1 : 0, &id->extra))
		return -errno;
	return setresgid(id->gid, id->gid, id->gid) || setresuid(id->uid, id->uid, id->uid) ?
	       -errno : 0;
}

/* The peer with its context, as somebody. */
static int become(struct peer *p, uid_t uid, gid_t gid, gid_t extra)
{
	struct identity *id = shared_alloc(sizeof(*id));
	int err;

	*id = (struct identity){ uid, gid, extra };
	err = peer_call(p, do_become, id);
	if (err)
		return err;
	err = peer_open(p);
	return err < 0 ? err : 0;
}

struct creation {
	struct peer *p;
	struct qmsg_channel_create args;
};

static int64_t do_create(void *arg)
{
	struct creation *c = arg;

	return qmsg_channel_create_with(c->p->q, &c->args);
}

static int create(struct peer *p, unsigned int mode, gid_t gid)
{
	struct creation *c = shared_alloc(sizeof(*c));

	c->p = p;
	c->args.mode = mode;
	c->args.gid = gid;
	return peer_call(p, do_create, c);
}

static int attach(scene *s, int chid)
{
	int coid = peer_attach(s->client, s->server->pid, chid, QMSG_SIDE_CHANNEL, 0);

	return coid > 0 ? 0 : coid;
}

TEST_F(access, same_user_may_attach)
{
	ASSERT_EQ(0, become(self->server, 1000, 1000, 0));
	ASSERT_EQ(0, become(self->client, 1000, 2000, 0));
	EXPECT_EQ(0, attach(self, create(self->server, 0, 0)));
	EXPECT_EQ(0, attach(self, create(self->server, 0200, 0)));
	EXPECT_EQ(0, attach(self, create(self->server, 0002, 0)));
}

TEST_F(access, another_user_is_EACCES)
{
	ASSERT_EQ(0, become(self->server, 1000, 1000, 0));
	ASSERT_EQ(0, become(self->client, 1001, 1000, 0));
	EXPECT_EQ(-EACCES, attach(self, create(self->server, 0, 0)));
	EXPECT_EQ(-EACCES, attach(self, create(self->server, 0200, 0)));
}

/* Not even to a server that is root. */
TEST_F(access, user_to_root_is_EACCES)
{
	ASSERT_EQ(0, become(self->server, 0, 0, 0));
	ASSERT_EQ(0, become(self->client, 1001, 1001, 0));
	EXPECT_EQ(-EACCES, attach(self, create(self->server, 0, 0)));
	EXPECT_EQ(0, attach(self, create(self->server, 0002, 0)));
}

/* CAP_DAC_OVERRIDE */
TEST_F(access, root_may_attach_everywhere)
{
	ASSERT_EQ(0, become(self->server, 1000, 1000, 0));
	ASSERT_EQ(0, become(self->client, 0, 0, 0));
	EXPECT_EQ(0, attach(self, create(self->server, 0, 0)));
}

TEST_F(access, group_bit_lets_the_group_in)
{
	ASSERT_EQ(0, become(self->server, 1000, 1000, 3000));
	ASSERT_EQ(0, become(self->client, 1001, 3000, 0));
	EXPECT_EQ(0, attach(self, create(self->server, 0020, 3000)));
	EXPECT_EQ(-EACCES, attach(self, create(self->server, 0020, 1000)));
}

TEST_F(access, supplementary_group_counts)
{
	ASSERT_EQ(0, become(self->server, 1000, 1000, 0));
	ASSERT_EQ(0, become(self->client, 1001, 1001, 1000));
	EXPECT_EQ(0, attach(self, create(self->server, 0020, 1000)));
	EXPECT_EQ(-EACCES, attach(self, create(self->server, 0, 0)));
}

TEST_F(access, others_bit_lets_everybody_in)
{
	ASSERT_EQ(0, become(self->server, 1000, 1000, 0));
	ASSERT_EQ(0, become(self->client, 1001, 1001, 0));
	EXPECT_EQ(0, attach(self, create(self->server, 0002, 0)));
}

/* ---- QMSG_IOC_CHANNEL_ACCESS: the same said again, later ---- */

static int64_t do_access(void *arg)
{
	struct creation *c = arg;

	return qmsg_channel_access(c->p->q, c->args.out_chid, c->args.mode, c->args.gid);
}

static int access_of(struct peer *p, int chid, unsigned int mode, gid_t gid)
{
	struct creation *c = shared_alloc(sizeof(*c));

	c->p = p;
	c->args = (struct qmsg_channel_create){ .out_chid = chid, .mode = mode, .gid = gid };
	return peer_call(p, do_access, c);
}

TEST_F(access, can_be_widened_and_narrowed)
{
	int chid;

	ASSERT_EQ(0, become(self->server, 1000, 1000, 3000));
	ASSERT_EQ(0, become(self->client, 1001, 3000, 0));
	chid = create(self->server, 0, 0);
	EXPECT_EQ(-EACCES, attach(self, chid));
	ASSERT_EQ(0, access_of(self->server, chid, 0002, 0));
	EXPECT_EQ(0, attach(self, chid));
	ASSERT_EQ(0, access_of(self->server, chid, 0020, 1000));
	EXPECT_EQ(-EACCES, attach(self, chid));
	ASSERT_EQ(0, access_of(self->server, chid, 0020, 3000));
	EXPECT_EQ(0, attach(self, chid));
	ASSERT_EQ(0, access_of(self->server, chid, 0, 0));
	EXPECT_EQ(-EACCES, attach(self, chid));
}

/* Connections that exist stay. */
TEST_F(access, narrowing_cuts_nobody_off)
{
	struct receiver *r;
	struct client *c;
	int chid;

	ASSERT_EQ(0, become(self->server, 1000, 1000, 0));
	ASSERT_EQ(0, become(self->client, 1001, 1001, 0));
	chid = create(self->server, 0002, 0);
	c = client_connect(self->client, self->server->pid, chid);
	ASSERT_NE(NULL, c);
	ASSERT_EQ(0, access_of(self->server, chid, 0200, 0));
	ASSERT_EQ(-EACCES, attach(self, chid));
	r = receiver_new(self->server, chid);
	ASSERT_EQ(0, receiver_go(r));
	ASSERT_EQ(0, client_send(c));
	ASSERT_EQ(0, receiver_wait(r));
	EXPECT_LT(0, receiver_result(r));
}

TEST_F(access, only_the_owner_says_so)
{
	int q, chid;

	ASSERT_EQ(0, become(self->server, 1000, 1000, 0));
	chid = create(self->server, 0, 0);
	ASSERT_LE(0, peer_open(self->client));
	EXPECT_EQ(-EINVAL, access_of(self->client, chid, 0002, 0));
	EXPECT_EQ(-EINVAL, access_of(self->server, chid + 1, 0002, 0));
	EXPECT_EQ(-EINVAL, access_of(self->server, -1, 0002, 0));
	/* nor another context of one process */
	q = qmsg_open();
	chid = qmsg_channel_create(q, 0);
	ASSERT_LT(0, chid);
	EXPECT_EQ(-EINVAL, qmsg_channel_access(qmsg_open(), chid, 0002, 0));
	EXPECT_EQ(0, qmsg_channel_access(q, chid, 0002, 0));
}

TEST_F(access, bad_modes_change_nothing)
{
	static const struct { unsigned int mode; gid_t gid; } bad[] = {
		{ 0001, 0 }, { 0004, 0 }, { 0666, 0 }, { 01000, 0 }, { 0200, 5 }, { 0002, 5 },
		{ 0, 5 }, { 0020, -1 },
	};
	int chid;

	ASSERT_EQ(0, become(self->server, 1000, 1000, 0));
	ASSERT_EQ(0, become(self->client, 1001, 1001, 0));
	chid = create(self->server, 0002, 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, access_of(self->server, chid, bad[i].mode, bad[i].gid))
			TH_LOG("mode %o", bad[i].mode);
	}
	EXPECT_EQ(0, attach(self, chid));
}

TEST_HARNESS_MAIN
