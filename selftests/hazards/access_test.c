// SPDX-License-Identifier: GPL-2.0-only
/*
 * H1, H4, H5, H8: who may attach to a channel, who the server is told the client is, and
 * what nobody is told.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "hazard.h"

#define ALICE	60001
#define BOB	60002
#define FRIENDS	60100

FIXTURE(access)
{
	struct peer *alice, *bob;
};

/* n: user, supplementary group or 0. Opened before: the device may be root's alone. */
static int64_t do_become(void *arg)
{
	struct numbers *n = arg;
	gid_t group = n->n[1];
	uid_t uid = n->n[0];

	if (setgroups(group ? 1 : 0, &group) || setresgid(uid, uid, uid) ||
	    setresuid(uid, uid, uid))
		return -errno;
	return prctl(PR_SET_DUMPABLE, 1) || prctl(PR_SET_PDEATHSIG, SIGKILL) ? -errno : 0;
}

static struct peer *user(uid_t uid, gid_t group)
{
	struct peer *p = peer_fork();

	if (!p || peer_open(p) < 0 || in_peer(p, do_become, uid, group))
		return NULL;
	return p;
}

FIXTURE_SETUP(access)
{
	ASSERT_LE(0, peer_open(peer_self()));
	self->alice = user(ALICE, FRIENDS);
	self->bob = user(BOB, 0);
	ASSERT_TRUE(self->alice != NULL && self->bob != NULL);
}

FIXTURE_TEARDOWN_PARENT(access)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

/* n: mode, gid, context */
static int64_t do_channel(void *arg)
{
	struct numbers *n = arg;
	struct qmsg_channel_create args = { .mode = n->n[0], .gid = n->n[1] };

	return qmsg_channel_create_with(n->n[2], &args);
}

static int channel_of(struct peer *p, unsigned int mode, gid_t gid)
{
	return in_peer(p, do_channel, mode, gid, p->q);
}

static int try_attach(struct peer *p, struct peer *server, int chid)
{
	int coid = peer_attach(p, server->pid, chid, QMSG_SIDE_CHANNEL, 0);

	if (coid < 0)
		return coid;
	return peer_detach(p, coid);
}

TEST_F(access, H1_the_same_user_by_default)
{
	int mine = channel_of(self->alice, 0, 0);
	struct peer *again = user(ALICE, 0);

	ASSERT_LT(0, mine);
	EXPECT_EQ(0, try_attach(self->alice, self->alice, mine));
	EXPECT_EQ(0, try_attach(again, self->alice, mine));
	EXPECT_EQ(0, try_attach(peer_self(), self->alice, mine)) TH_LOG("CAP_DAC_OVERRIDE");
	EXPECT_EQ(-EACCES, try_attach(self->bob, self->alice, mine));
	EXPECT_EQ(-EACCES, try_attach(self->alice, peer_self(), channel_of(peer_self(), 0, 0)));
}

TEST_F(access, H1_everybody)
{
	int open = channel_of(self->alice, 0002, 0);

	EXPECT_EQ(0, try_attach(self->bob, self->alice, open));
	EXPECT_EQ(0, try_attach(self->alice, self->alice, open)) TH_LOG("the owner, always");
}

TEST_F(access, H1_a_group)
{
	int friends = channel_of(self->bob, 0020, FRIENDS);
	struct peer *stranger = user(60003, 60004), *member = user(60005, FRIENDS);

	ASSERT_LT(0, friends);
	EXPECT_EQ(0, try_attach(self->alice, self->bob, friends));
	EXPECT_EQ(0, try_attach(member, self->bob, friends));
	EXPECT_EQ(0, try_attach(self->bob, self->bob, friends)) TH_LOG("the owner, always");
	EXPECT_EQ(-EACCES, try_attach(stranger, self->bob, friends));
	/* by the primary group too */
	friends = channel_of(self->bob, 0220, 60003);
	EXPECT_EQ(0, try_attach(stranger, self->bob, friends));
	EXPECT_EQ(-EACCES, try_attach(self->alice, self->bob, friends));
}

TEST_F(access, H1_modes_and_groups_that_are_refused)
{
	static const struct { unsigned int mode; long gid; } bad[] = {
		{ 0400, 0 }, { 0100, 0 }, { 0040, 0 }, { 0004, 0 }, { 0001, 0 }, { 01000, 0 },
		{ 0666, 0 }, { 0x80000000, 0 }, { 0, FRIENDS }, { 0202, FRIENDS },
		{ 0020, 0xffffffff },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, channel_of(self->alice, bad[i].mode, bad[i].gid))
			TH_LOG("mode %o, gid %ld", bad[i].mode, bad[i].gid);
	}
	for (unsigned int mode = 0; mode <= 0222; mode++) {
		if (mode & ~0222U)
			continue;
		EXPECT_LT(0, channel_of(self->alice, mode, mode & 0020 ? FRIENDS : 0))
			TH_LOG("mode %o", mode);
	}
}

/* Guessing: whatever there is or is not, who is not let in learns one of two words. */
TEST_F(access, H1_random_guesses_at_other_peoples_channels)
{
	int n = rounds_by(20);

	channel_of(self->alice, 0, 0);
	srandom(1);
	for (int i = 0; i < n; i++) {
		pid_t pid = i % 3 ? self->alice->pid : random() % 1000;
		int chid = i % 2 ? random() % 4 : (int)random();
		int err = peer_attach(self->bob, pid, chid, QMSG_SIDE_CHANNEL, 0);

		ASSERT_TRUE(err == -EACCES || err == -ESRCH) TH_LOG("pid %d chid %d: %d", pid, chid,
								     err);
	}
}

/*
 * n: user, group. Of the calling thread alone: libc's wrappers send every other thread a
 * signal, and a thread cannot change while it is blocked.
 */
static int64_t do_set_euid(void *arg)
{
	struct numbers *n = arg;

	if (syscall(SYS_setresgid, -1, n->n[1], -1) || syscall(SYS_setresuid, -1, n->n[0], -1))
		return -errno;
	return prctl(PR_SET_DUMPABLE, 1) || prctl(PR_SET_PDEATHSIG, SIGKILL) ? -errno : 0;
}

/* Captured at connect and at send; what the process becomes later is not what sent. */
TEST_F(access, H5_credentials_of_each_moment)
{
	int chid = channel_of(peer_self(), 0202, 0);
	struct peer *p = peer_fork();
	struct qmsg_msg_info info;
	struct client *c;
	int64_t rcvid;
	char buf[8];

	ASSERT_LE(0, peer_open(p));
	ASSERT_EQ(0, in_peer(p, do_set_euid, ALICE, FRIENDS));
	c = client_connect(p, getpid(), chid);
	ASSERT_TRUE(c != NULL);
	ASSERT_EQ(0, in_peer(p, do_set_euid, 0, 0));
	ASSERT_EQ(0, in_peer(p, do_set_euid, BOB, 77));
	/* the thread inherits what its creator is now */
	ASSERT_EQ(0, client_send(c));
	ASSERT_EQ(0, wait_for_client(c, "SEND"));
	ASSERT_EQ(0, in_peer(p, do_set_euid, 0, 0));
	rcvid = receive_now(Q, chid, buf, sizeof(buf), &info);
	ASSERT_LT(0, rcvid);
	EXPECT_EQ(BOB, info.uid);
	EXPECT_EQ(77, info.gid);
	EXPECT_EQ(ALICE, info.connect_uid);
	EXPECT_EQ(FRIENDS, info.connect_gid);
	ASSERT_EQ(0, qmsg_msg_info(Q, rcvid, &info));
	EXPECT_EQ(BOB, info.uid);
	EXPECT_EQ(77, info.gid);
	EXPECT_EQ(ALICE, info.connect_uid);
	EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 0, NULL, 0));
	ASSERT_EQ(0, client_wait(c));
	/* the thread is still BOB, its process's first one is not */
	rcvid = client_send_received(c, Q, chid, &info);
	ASSERT_LT(0, rcvid);
	EXPECT_EQ(BOB, info.uid);
	EXPECT_EQ(77, info.gid);
	EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 0, NULL, 0));
	ASSERT_EQ(0, client_wait(c));
}

/* A connection made with rights is not lost with them; a new one needs them. */
TEST_F(access, H5_the_check_is_at_attach)
{
	int chid = channel_of(peer_self(), 0, 0);
	struct peer *p = peer_fork();
	struct qmsg_msg_info info;
	struct client *c;
	int64_t rcvid;

	ASSERT_LE(0, peer_open(p));
	c = client_connect(p, getpid(), chid);
	ASSERT_TRUE(c != NULL);
	ASSERT_EQ(0, in_peer(p, do_become, BOB, 0));
	EXPECT_EQ(-EACCES, peer_attach(p, getpid(), chid, QMSG_SIDE_CHANNEL, 0));
	rcvid = client_send_received(c, Q, chid, &info);
	ASSERT_LT(0, rcvid);
	EXPECT_EQ(BOB, info.uid);
	EXPECT_EQ(0, info.connect_uid);
	EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 0, NULL, 0));
	ASSERT_EQ(0, client_wait(c));
}

/* The server is the weaker one: it reaches what the client offered, and no more. */
TEST_F(access, H4_a_client_with_more_rights_than_its_server)
{
	char *message = shared_alloc(4096);
	int chid = channel_of(self->bob, 0, 0);
	struct client *c = client_connect(peer_self(), self->bob->pid, chid);
	struct receiver *r = receiver_new(self->bob, chid);

	ASSERT_TRUE(c != NULL);
	memset(message, 's', 4096);
	c->args.send_ptr = (uintptr_t)message + 100;
	c->args.send_len = 10;
	c->args.reply_ptr = (uintptr_t)message + 200;
	c->args.reply_len = 10;
	ASSERT_EQ(0, client_send(c));
	ASSERT_EQ(0, receiver_go(r));
	ASSERT_EQ(0, receiver_wait(r));
	EXPECT_EQ(10, r->info.msglen);
	EXPECT_EQ(0, r->info.uid);
	EXPECT_EQ(0, r->buf.bytes[10]);
	ASSERT_EQ(0, peer_destroy(self->bob, chid));
	ASSERT_EQ(0, client_wait(c));
	EXPECT_EQ('s', message[200]);
}

/* ---- H8: what is shown to whom ---- */

static int64_t do_try_open(void *arg)
{
	int fd;

	(void)arg;
	fd = open("/sys/kernel/debug/qmsg/objects", O_RDONLY);
	if (fd >= 0)
		close(fd);
	return fd < 0 ? -errno : 0;
}

TEST_F(access, H8_debugfs_is_for_root)
{
	struct stat st;

	ASSERT_EQ(0, stat("/sys/kernel/debug/qmsg/objects", &st));
	EXPECT_EQ(0, st.st_mode & 0077);
	EXPECT_EQ(0, st.st_mode & 0222);
	EXPECT_EQ(-EACCES, in_peer(self->bob, do_try_open, 0));
}

/* A pointer into the kernel looks like 0xffff8…: neither as digits nor inside an id. */
TEST_F(access, H8_fdinfo_and_ids_show_no_kernel_address)
{
	int chid = channel_of(peer_self(), 0, 0);
	int coid = qmsg_connect_attach(Q, 0, chid, QMSG_SIDE_CHANNEL, 0);
	struct client *c = client_new(peer_self(), coid);
	struct qmsg_msg_info info;
	char path[64], text[8192];
	ssize_t n;
	int fd;

	ASSERT_LT(0, client_send_received(c, Q, chid, &info));
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", Q);
	fd = open(path, O_RDONLY);
	n = read(fd, text, sizeof(text) - 1);
	ASSERT_LT(0, n);
	text[n] = 0;
	EXPECT_TRUE(strstr(text, "qmsg-owner:") != NULL);
	EXPECT_TRUE(!strstr(text, "ffff8") && !strstr(text, "ffffc")) TH_LOG("%s", text);
	for (size_t i = 0; i + 8 <= sizeof(info); i += 4) {
		uint64_t word;

		memcpy(&word, (char *)&info + i, sizeof(word));
		/* the rcvid is random in 63 bits and is looked at elsewhere */
		EXPECT_TRUE(i < 8 || (word >> 47) != 0x1ffff) TH_LOG("at %zu", i);
	}
	EXPECT_EQ(0, qmsg_channel_destroy(Q, chid));
	ASSERT_EQ(0, client_wait(c));
}

TEST_HARNESS_MAIN
