// SPDX-License-Identifier: GPL-2.0-only
/*
 * B16, C21, G4, P5: quotas. Who exceeds one has his own call fail with EAGAIN, nothing
 * is left behind, and neither another user nor a pulse of the kernel's is touched.
 */
#include "kselftest_harness.h"

#include <fcntl.h>

#include "hazard.h"

#define ALICE	60001
#define BOB	60002
#define LIMIT	8

static const char *const params[] = {
	"user_channels", "user_connections", "user_requests", "user_pulses", "user_bytes",
};

FIXTURE(quota)
{
	long old[ARRAY_SIZE(params)];
	struct peer *alice, *bob;
	int chid;	/* this process's, open to everybody */
};

/* The device may be closed to him: it is opened by his real user with root's rights. */
static int64_t do_take_real_user(void *arg)
{
	return setresuid(((struct numbers *)arg)->n[0], 0, 0) ? -errno : 0;
}

static struct peer *user(uid_t uid)
{
	struct peer *p = peer_fork();

	if (!p || in_peer(p, do_take_real_user, uid) || peer_open(p) < 0 ||
	    in_peer(p, do_give_up_root, uid))
		return NULL;
	return p;
}

static int open_channel(unsigned int flags, unsigned int pulses)
{
	struct qmsg_channel_create args = { .flags = flags, .mode = 0202,
					    .pulse_limit = pulses };

	return qmsg_channel_create_with(Q, &args);
}

FIXTURE_SETUP(quota)
{
	for (size_t i = 0; i < ARRAY_SIZE(params); i++)
		self->old[i] = read_param(params[i]);
	ASSERT_LE(0, peer_open(peer_self()));
	self->chid = open_channel(QMSG_CHF_UNBLOCK | QMSG_CHF_DISCONNECT, 0);
	ASSERT_LT(0, self->chid);
	self->alice = user(ALICE);
	self->bob = user(BOB);
	ASSERT_TRUE(self->alice != NULL && self->bob != NULL);
}

FIXTURE_TEARDOWN_PARENT(quota)
{
	for (size_t i = 0; i < ARRAY_SIZE(params); i++) {
		EXPECT_EQ(0, write_param(params[i], self->old[i]));
	}
	EXPECT_EQ(0, wait_for_no_objects());
}

static int attach(FIXTURE_DATA(quota) *self, struct peer *p)
{
	return peer_attach(p, getpid(), self->chid, QMSG_SIDE_CHANNEL, 0);
}

TEST_F(quota, B16_channels)
{
	struct peer *again = user(ALICE);
	int chid[LIMIT];

	ASSERT_EQ(0, write_param("user_channels", LIMIT));
	for (int i = 0; i < LIMIT; i++) {
		chid[i] = peer_channel(self->alice, 0);
		ASSERT_LT(0, chid[i]) TH_LOG("channel %d", i);
	}
	EXPECT_EQ(-EAGAIN, peer_channel(self->alice, 0));
	EXPECT_EQ(-EAGAIN, peer_channel(again, 0));
	EXPECT_LT(0, peer_channel(self->bob, 0));
	ASSERT_EQ(0, peer_destroy(self->alice, chid[3]));
	EXPECT_EQ(chid[3], peer_channel(self->alice, 0));
	EXPECT_EQ(-EAGAIN, peer_channel(self->alice, 0));
	ASSERT_EQ(0, peer_kill(self->alice, SIGKILL));
	ASSERT_EQ(0, peer_reap(self->alice, NULL));
	for (int i = 0; i < LIMIT; i++) {
		ASSERT_LT(0, peer_channel(again, 0)) TH_LOG("channel %d", i);
	}
	EXPECT_EQ(-EAGAIN, peer_channel(again, 0));
}

static int64_t do_count_fds(void *arg)
{
	int n = 0;

	(void)arg;
	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* The link to the server (scoid) may count as one: the limit is met, not missed by much. */
TEST_F(quota, B16_connections)
{
	int coid[LIMIT + 1], fds, made = 0;

	ASSERT_EQ(0, write_param("user_connections", LIMIT));
	for (; made <= LIMIT; made++) {
		fds = in_peer(self->alice, do_count_fds, 0);
		coid[made] = peer_attach(self->alice, getpid(), self->chid,
					 made & 1 ? QMSG_SIDE_CHANNEL : 0, 0);
		if (coid[made] < 0)
			break;
	}
	ASSERT_GE(LIMIT, made);
	EXPECT_LE(LIMIT - 1, made);
	EXPECT_EQ(-EAGAIN, coid[made]);
	EXPECT_EQ(-EAGAIN, attach(self, self->alice));
	EXPECT_EQ(-EAGAIN, peer_attach(self->alice, getpid(), self->chid, 0, 0));
	EXPECT_EQ(fds, in_peer(self->alice, do_count_fds, 0));
	EXPECT_LT(0, attach(self, self->bob));
	EXPECT_EQ(0, expect_nothing(Q, self->chid));
	ASSERT_EQ(0, peer_detach(self->alice, coid[0]));
	EXPECT_LE(0, attach(self, self->alice));
	EXPECT_EQ(-EAGAIN, attach(self, self->alice));
}

TEST_F(quota, B16_requests)
{
	struct client *c[LIMIT + 1], *theirs = client_new(self->bob, attach(self, self->bob));
	int coid = attach(self, self->alice);
	int64_t rcvid;

	ASSERT_EQ(0, write_param("user_requests", LIMIT));
	for (int i = 0; i <= LIMIT; i++) {
		c[i] = client_new(self->alice, coid);
		ASSERT_EQ(0, client_send(c[i]));
		if (i < LIMIT) {
			ASSERT_EQ(0, wait_for_client(c[i], "SEND"));
		}
	}
	ASSERT_EQ(0, client_wait(c[LIMIT]));
	EXPECT_EQ(-EAGAIN, client_result(c[LIMIT]));
	ASSERT_EQ(0, client_send(theirs));
	ASSERT_EQ(0, wait_for_client(theirs, "SEND"));
	for (int i = 0; i < LIMIT; i++) {
		rcvid = receive_any(Q, self->chid);
		ASSERT_LT(0, rcvid);
		EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, i, NULL, 0));
		ASSERT_EQ(0, client_wait(c[i]));
		EXPECT_EQ(i, client_result(c[i]));
	}
	rcvid = receive_any(Q, self->chid);
	EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 77, NULL, 0));
	ASSERT_EQ(0, client_wait(theirs));
	EXPECT_EQ(77, client_result(theirs));
	ASSERT_EQ(0, client_send(c[LIMIT]));
	ASSERT_EQ(0, wait_for_client(c[LIMIT], "SEND"));
}

static int64_t do_pulses(void *arg)
{
	struct numbers *n = arg;
	int err = 0, i;

	for (i = 0; !err && i < n->n[2]; i++)
		err = qmsg_pulse_send(n->n[0], n->n[1], 10, i % 128, i);
	return err && err != -EAGAIN ? err : i - (err == -EAGAIN);
}

static int64_t do_one_pulse(void *arg)
{
	struct numbers *n = arg;

	return qmsg_pulse_send(n->n[0], n->n[1], 10, 1, 1);
}

TEST_F(quota, G4_pulses_of_one_user)
{
	int mine = attach(self, self->alice), theirs = attach(self, self->bob);

	ASSERT_EQ(0, write_param("user_pulses", LIMIT));
	EXPECT_EQ(LIMIT, in_peer(self->alice, do_pulses, self->alice->q, mine, 100));
	EXPECT_EQ(0, in_peer(self->bob, do_one_pulse, self->bob->q, theirs));
	EXPECT_EQ(LIMIT + 1, read_channel(getpid(), Q, self->chid, "pulses"));
	for (int i = 0; i <= LIMIT; i++) {
		ASSERT_EQ(0, receive_any(Q, self->chid));
	}
	EXPECT_EQ(0, expect_nothing(Q, self->chid));
	EXPECT_EQ(LIMIT, in_peer(self->alice, do_pulses, self->alice->q, mine, 100));
}

TEST_F(quota, G4_pulses_in_one_channel)
{
	int chid = open_channel(0, LIMIT);
	int mine = peer_attach(self->alice, getpid(), chid, QMSG_SIDE_CHANNEL, 0);
	int other = attach(self, self->alice);

	EXPECT_EQ(LIMIT, in_peer(self->alice, do_pulses, self->alice->q, mine, 100));
	EXPECT_EQ(LIMIT, read_channel(getpid(), Q, chid, "pulses"));
	/* another channel of the same owner is not full */
	EXPECT_EQ(100, in_peer(self->alice, do_pulses, self->alice->q, other, 100));
	ASSERT_EQ(0, receive_any(Q, chid));
	EXPECT_EQ(1, in_peer(self->alice, do_pulses, self->alice->q, mine, 100));
}

/* S4.5: what is compressed is received as often as it was sent, and costs one entry. */
TEST_F(quota, G4_identical_pulses_use_one_entry)
{
	int chid = open_channel(0, 2);
	int coid = qmsg_connect_attach(Q, 0, chid, QMSG_SIDE_CHANNEL, 0);

	for (int i = 0; i < 1000; i++) {
		ASSERT_EQ(0, qmsg_pulse_send(Q, coid, 5, 1, 42)) TH_LOG("pulse %d", i);
	}
	EXPECT_EQ(0, qmsg_pulse_send(Q, coid, 5, 2, 42));
	EXPECT_EQ(-EAGAIN, qmsg_pulse_send(Q, coid, 5, 1, 42));
	EXPECT_EQ(0, qmsg_pulse_send(Q, coid, 5, 2, 42));
	for (int i = 0; i < 1000; i++) {
		ASSERT_EQ(0, expect_pulse(Q, chid, 1, NULL)) TH_LOG("pulse %d", i);
	}
	EXPECT_EQ(0, expect_pulse(Q, chid, 2, NULL));
	EXPECT_EQ(0, expect_pulse(Q, chid, 2, NULL));
	EXPECT_EQ(0, expect_nothing(Q, chid));
}

/* C21: full pool, used-up quota: the kernel's own pulses arrive all the same. */
TEST_F(quota, C21_unblock_and_disconnect_need_no_quota)
{
	int coid = attach(self, self->alice);
	struct client *c = client_new(self->alice, coid);
	struct qmsg_pulse pulse;
	int64_t rcvid, got;
	int unblocks = 0, disconnects = 0;
	char buf[64];

	ASSERT_EQ(0, write_param("user_pulses", LIMIT));
	ASSERT_EQ(0, peer_handle(self->alice, SIGUSR1, 0));
	rcvid = client_send_received(c, Q, self->chid, NULL);
	ASSERT_LT(0, rcvid);
	ASSERT_EQ(LIMIT, in_peer(self->alice, do_pulses, self->alice->q, coid, 100));
	ASSERT_EQ(0, write_param("user_pulses", 1));
	ASSERT_EQ(0, write_param("user_requests", 1));
	ASSERT_EQ(0, client_signal(c, SIGUSR1));
	ASSERT_EQ(0, wait_for_client(c, "REPLY+R"));
	while (!(got = receive_now(Q, self->chid, buf, sizeof(buf), NULL))) {
		memcpy(&pulse, buf, sizeof(pulse));
		unblocks += pulse.code == QMSG_PULSE_CODE_UNBLOCK;
	}
	EXPECT_EQ(-ETIMEDOUT, got);
	EXPECT_EQ(1, unblocks);
	ASSERT_EQ(1, in_peer(self->alice, do_pulses, self->alice->q, coid, 100));
	EXPECT_EQ(0, qmsg_msg_error(Q, rcvid, QMSG_ERROR_REASON));
	ASSERT_EQ(0, client_wait(c));
	EXPECT_EQ(-EINTR, client_result(c));
	ASSERT_EQ(0, peer_detach(self->alice, coid));
	while (!receive_now(Q, self->chid, buf, sizeof(buf), NULL)) {
		memcpy(&pulse, buf, sizeof(pulse));
		disconnects += pulse.code == QMSG_PULSE_CODE_DISCONNECT;
	}
	EXPECT_EQ(1, disconnects);
}

TEST_F(quota, B16_bytes)
{
	enum { HALF = 256 * 1024 };
	char *message = shared_alloc(4 * HALF);
	struct client *first = client_new(self->alice, attach(self, self->alice));
	struct client *second = client_new(self->alice, first->args.coid);
	struct client *theirs = client_new(self->bob, attach(self, self->bob));

	ASSERT_EQ(0, write_param("user_bytes", HALF + HALF / 2));
	first->args.send_ptr = second->args.send_ptr = theirs->args.send_ptr = (uintptr_t)message;
	first->args.send_len = second->args.send_len = theirs->args.send_len = HALF;
	ASSERT_EQ(0, client_send(first));
	ASSERT_EQ(0, wait_for_client(first, "SEND"));
	ASSERT_EQ(0, client_send(second));
	ASSERT_EQ(0, client_wait(second));
	EXPECT_EQ(-EAGAIN, client_result(second));
	ASSERT_EQ(0, client_send(theirs));
	ASSERT_EQ(0, wait_for_client(theirs, "SEND"));
	/* alone, and still too much */
	ASSERT_LT(0, receive_any(Q, self->chid));
	ASSERT_EQ(0, qmsg_channel_destroy(Q, self->chid));
	ASSERT_EQ(0, client_wait(first));
	ASSERT_EQ(0, client_wait(theirs));
	EXPECT_EQ(0, wait_for_object_count("bytes", 0));
}

/* What exists when a quota is lowered stays; a context is charged to who opened it. */
TEST_F(quota, B16_a_quota_below_what_is_used)
{
	int coid = attach(self, self->alice);
	struct client *c = client_new(self->alice, coid);
	int64_t rcvid;

	ASSERT_EQ(0, write_param("user_connections", 0));
	EXPECT_EQ(-EAGAIN, attach(self, self->alice));
	rcvid = client_send_received(c, Q, self->chid, NULL);
	ASSERT_LT(0, rcvid);
	EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 1, NULL, 0));
	ASSERT_EQ(0, client_wait(c));
	EXPECT_EQ(1, client_result(c));
}

static int64_t do_create_and_drop(void *arg)
{
	int q = qmsg_open();
	int chid = qmsg_channel_create(q, 0);

	if (give_up_root(((struct numbers *)arg)->n[0]))
		return -1;
	return qmsg_channel_destroy(q, chid) || qmsg_channel_create(q, 0) < 0;
}

/* The charge goes back to whom it came from, whoever the process is by then. */
TEST_F(quota, B16_a_process_that_changes_its_user)
{
	for (int i = 0; i < 3 * LIMIT; i++) {
		struct peer *p = peer_fork();

		ASSERT_EQ(0, write_param("user_channels", 1 + LIMIT));
		ASSERT_EQ(0, in_peer(p, do_create_and_drop, BOB)) TH_LOG("round %d", i);
		ASSERT_EQ(0, peer_end(p));
	}
	EXPECT_LT(0, peer_channel(self->bob, 0));
}

/* chids and side-channel coids are at most 16 bits (S1.5): they end, and come again. */
TEST_F(quota, B16_all_ids_of_a_context)
{
	int n = rounds_by(5) > 70000 ? 70000 : rounds_by(5), made = 0, id, last = 0;

	ASSERT_EQ(0, write_param("user_channels", 1000000));
	for (; made < n; made++) {
		id = qmsg_channel_create(Q, 0);
		if (id < 0)
			break;
		ASSERT_EQ(self->chid + made + 1, id);
		last = id;
	}
	if (made < n) {
		EXPECT_TRUE(id == -EAGAIN || id == -ENOMEM) TH_LOG("%d after %d", id, made);
	}
	ASSERT_EQ(0, qmsg_channel_destroy(Q, last));
	EXPECT_EQ(last, qmsg_channel_create(Q, 0));
	ASSERT_EQ(0, qmsg_channel_destroy(Q, self->chid));
	EXPECT_EQ(self->chid, qmsg_channel_create(Q, 0));
}

TEST_HARNESS_MAIN
