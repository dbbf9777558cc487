// SPDX-License-Identifier: GPL-2.0-only
/*
 * F15, G5 - G7: little memory. What a process makes is charged to its cgroup; when that is
 * full its own call fails, or one of its own group is killed; nobody else notices.
 */
#include "kselftest_harness.h"

#include <sys/mman.h>
#include <sys/resource.h>

#include "cgroup.h"

#define GRACE_MS	100
#define MIB		(1L << 20)

FIXTURE(memory)
{
	struct peer *p;			/* in the group */
	struct peer *other;		/* not in it */
	int chid;			/* this process's */
	int theirs;			/* the peer's */
	long window_min;
};

/* What the OOM killer has to say goes to the log, and need not go out over a slow line. */
static void console(const char *level)
{
	put_text("/proc/sys/kernel/printk", level);
}

FIXTURE_SETUP(memory)
{
	int err = cgroup_make();

	self->window_min = read_param("window_min");
	if (err == -ENOENT)
		SKIP(return, "no memory controller of cgroup v2");
	ASSERT_EQ(0, err);
	console("1");
	ASSERT_EQ(0, cgroup_limit("max"));
	ASSERT_LE(0, peer_open(peer_self()));
	self->chid = peer_channel_grace(peer_self(), QMSG_CHF_UNBLOCK, GRACE_MS);
	self->p = peer_fork();
	self->other = peer_fork();
	ASSERT_TRUE(self->p != NULL && self->other != NULL);
	ASSERT_EQ(0, cgroup_enter(self->p));
	ASSERT_LE(0, peer_open(self->p));
	ASSERT_LE(0, peer_open(self->other));
	self->theirs = peer_channel(self->p, QMSG_CHF_UNBLOCK);
}

FIXTURE_TEARDOWN_PARENT(memory)
{
	console("7");
	EXPECT_EQ(0, write_param("window_min", self->window_min));
	EXPECT_EQ(0, wait_for_no_objects());
	EXPECT_EQ(0, cgroup_remove());
}

/* ---- G5 ---- */

/* What can be made in numbers: how many were made, until one could not be. */
struct making {
	int q, chid, coid;
	int most, made, err;
	int (*make)(struct making *m);
};

static int make_channel(struct making *m)
{
	int err = qmsg_channel_create(m->q, 0);

	return err < 0 ? err : 0;
}

static int make_connection(struct making *m)
{
	int err = qmsg_connect_attach(m->q, 0, m->chid, QMSG_SIDE_CHANNEL, QMSG_COF_NOSHARE);

	return err < 0 ? err : 0;
}

/* No two in a row are alike: those would share one place. */
static int make_pulse(struct making *m)
{
	return qmsg_pulse_send(m->q, m->coid, 1, m->made & 1, m->made);
}

static int64_t do_make(void *arg)
{
	struct making *m = arg;

	while (!m->err && m->made < m->most) {
		m->err = m->make(m);
		m->made += !m->err;
	}
	return m->err;
}

static struct making *making_new(FIXTURE_DATA(memory) *self, int (*make)(struct making *m),
				 int most)
{
	struct making *m = shared_alloc(sizeof(*m));

	*m = (struct making){ .q = self->p->q, .chid = self->theirs, .most = most, .make = make };
	m->coid = peer_attach(self->p, self->p->pid, self->theirs, QMSG_SIDE_CHANNEL, 0);
	return m;
}

static void expect_charged(struct __test_metadata *_metadata, FIXTURE_DATA(memory) *self,
			   const char *name, int (*make)(struct making *m), int most, long bytes)
{
	struct making *m = making_new(self, make, most);
	long before = cgroup_bytes();

	ASSERT_EQ(0, peer_call(self->p, do_make, m)) TH_LOG("%s: %d made", name, m->made);
	EXPECT_LE(bytes, cgroup_bytes() - before)
		TH_LOG("%d %s: %ld bytes", most, name, cgroup_bytes() - before);
}

/* What 8 MIB of a message take in the sender's name while it is blocked, and no longer. */
static void expect_message_charged(struct __test_metadata *_metadata, FIXTURE_DATA(memory) *self,
				   long least, long most)
{
	int chid = peer_channel(peer_self(), 0);
	struct client *c = client_connect(self->p, getpid(), chid);
	long before;

	c->args.send_ptr = (uintptr_t)shared_alloc(8 * MIB);
	c->args.send_len = 8 * MIB;
	memset((void *)(uintptr_t)c->args.send_ptr, 'm', 8 * MIB);
	/* its thread and what that needs is there */
	c->args.send_deadline = 0;
	ASSERT_EQ(0, client_send(c));
	ASSERT_EQ(0, client_wait(c));
	c->args.send_deadline = QMSG_NO_DEADLINE;
	before = cgroup_bytes();
	ASSERT_EQ(0, client_send(c));
	ASSERT_EQ(0, wait_for_client(c, "SEND"));
	EXPECT_LE(least, cgroup_bytes() - before);
	EXPECT_GE(most, cgroup_bytes() - before);
	ASSERT_EQ(0, qmsg_channel_destroy(Q, chid));
	ASSERT_EQ(0, client_wait(c));
	EXPECT_TRUE(wait_until(cgroup_bytes() - before < MIB));
}

TEST_F(memory, G5_everything_is_charged)
{
	expect_charged(_metadata, self, "channels", make_channel, 2000, 2000 * 128);
	expect_charged(_metadata, self, "connections", make_connection, 5000, 5000 * 96);
	/* it lies in the kernel */
	ASSERT_EQ(0, write_param("window_min", 0));
	expect_message_charged(_metadata, self, 8 * MIB - MIB / 2, 11 * MIB);
	restore_params();
	/* it is shown where it lies, which is paid for already */
	expect_message_charged(_metadata, self, 0, MIB);
}

static bool ended_cleanly(int err)
{
	return err == -ENOMEM || err == -EAGAIN;
}

/* Either the call says so, or the kernel has ended somebody of the group. */
static void fill_up(struct __test_metadata *_metadata, FIXTURE_DATA(memory) *self,
		    int (*make)(struct making *m))
{
	struct making *m = making_new(self, make, 1 << 20);
	struct client *c = client_connect(self->other, getpid(), self->chid);
	int64_t rcvid;

	ASSERT_EQ(0, cgroup_limit("4M"));
	ASSERT_EQ(0, peer_start(self->p, do_make, m));
	ASSERT_TRUE(wait_until(m->err || is_reapable(self->p->pid)));
	EXPECT_TRUE(is_reapable(self->p->pid) || ended_cleanly(m->err)) TH_LOG("%d", m->err);
	TH_LOG("%d made, %s", m->made, is_reapable(self->p->pid) ? "killed" : strerror(-m->err));
	EXPECT_LT(0, m->made);
	/* everybody else goes on */
	rcvid = client_send_received(c, Q, self->chid, NULL);
	ASSERT_LT(0, rcvid);
	EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 1, NULL, 0));
	ASSERT_EQ(0, client_wait(c));
	EXPECT_EQ(0, peer_kill(self->p, SIGKILL));
	EXPECT_EQ(0, peer_reap(self->p, NULL));
}

TEST_F(memory, G5_channels_until_it_is_full)
{
	fill_up(_metadata, self, make_channel);
}

TEST_F(memory, G5_connections_until_it_is_full)
{
	fill_up(_metadata, self, make_connection);
}

static int make_long_pulse_queue(struct making *m)
{
	if (m->made % 1000 == 0) {
		struct qmsg_channel_create args = { .pulse_limit = 1000 };
		int chid = qmsg_channel_create_with(m->q, &args);

		m->coid = qmsg_connect_attach(m->q, 0, chid, QMSG_SIDE_CHANNEL, 0);
		if (chid < 0 || m->coid < 0)
			return chid < 0 ? chid : m->coid;
	}
	return make_pulse(m);
}

TEST_F(memory, G5_pulses_until_it_is_full)
{
	fill_up(_metadata, self, make_long_pulse_queue);
}

TEST_F(memory, G5_a_message_that_does_not_fit)
{
	struct client *c = client_connect(self->p, getpid(), self->chid);

	c->args.send_ptr = (uintptr_t)shared_alloc(32 * MIB);
	c->args.send_len = 32 * MIB;
	ASSERT_EQ(0, cgroup_limit("8M"));
	ASSERT_EQ(0, client_send(c));
	ASSERT_TRUE(wait_until(client_done(c) || is_reapable(self->p->pid)));
	if (client_done(c)) {
		EXPECT_EQ(-ENOMEM, client_result(c));
	} else {
		EXPECT_LT(0, cgroup_events("oom_kill"));
	}
	EXPECT_EQ(0, expect_nothing(Q, self->chid));
	peer_kill(self->p, SIGKILL);
	EXPECT_EQ(0, peer_reap(self->p, NULL));
}

/* ---- G6 ---- */

/* Takes memory until the kernel kills this process for it. */
static int64_t do_eat(void *arg)
{
	long n = 0;

	(void)arg;
	for (;;) {
		char *p = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			       -1, 0);

		if (p == MAP_FAILED)
			return -ENOMEM;
		memset(p, 'e', MIB);
		n++;
	}
	return n;
}

static void expect_killed(struct __test_metadata *_metadata, FIXTURE_DATA(memory) *self)
{
	int status;

	ASSERT_EQ(0, peer_reap(self->p, &status));
	EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	EXPECT_LT(0, cgroup_events("oom_kill"));
}

static void kill_while_waiting(struct __test_metadata *_metadata, FIXTURE_DATA(memory) *self,
			       unsigned int flags)
{
	int chid = peer_channel_grace(peer_self(), flags, GRACE_MS);
	struct client *c = client_connect(self->p, getpid(), chid);
	int64_t rcvid = client_send_received(c, Q, chid, NULL);
	struct qmsg_msg_info info;

	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, cgroup_limit("8M"));
	ASSERT_EQ(0, peer_start(self->p, do_eat, NULL));
	if (flags & QMSG_CHF_UNBLOCK) {
		ASSERT_EQ(0, expect_pulse(Q, chid, QMSG_PULSE_CODE_UNBLOCK, NULL));
		ASSERT_EQ(0, qmsg_msg_info(Q, rcvid, &info));
		EXPECT_NE(0, info.unblock_reasons & QMSG_UNBLOCK_KILL);
	}
	expect_killed(_metadata, self);
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(Q, rcvid, 0, NULL, 0));
}

TEST_F(memory, G6_a_client_that_waits_for_its_answer)
{
	kill_while_waiting(_metadata, self, 0);
}

TEST_F(memory, G6_a_client_that_is_held)
{
	kill_while_waiting(_metadata, self, QMSG_CHF_UNBLOCK);
}

TEST_F(memory, G6_a_server_that_holds_100_requests)
{
	enum { N = 100 };
	struct receiver *r = receiver_new(self->p, self->theirs);
	struct client *c[N];

	for (int i = 0; i < N; i++) {
		c[i] = client_connect(self->other, self->p->pid, self->theirs);
		ASSERT_EQ(0, client_send(c[i]));
		ASSERT_EQ(0, receiver_go(r));
		ASSERT_EQ(0, receiver_wait(r));
		ASSERT_LT(0, receiver_result(r));
	}
	ASSERT_EQ(0, cgroup_limit("8M"));
	ASSERT_EQ(0, peer_start(self->p, do_eat, NULL));
	expect_killed(_metadata, self);
	for (int i = 0; i < N; i++) {
		ASSERT_EQ(0, client_wait(c[i]));
		EXPECT_EQ(-ESRCH, client_result(c[i]));
	}
}

/* Its buffer is not there yet: it is the copy that needs the memory. */
static int64_t do_map(void *arg)
{
	(void)arg;
	return (int64_t)(uintptr_t)mmap(NULL, 32 * MIB, PROT_READ | PROT_WRITE,
					MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

TEST_F(memory, G6_a_server_inside_its_copy)
{
	struct client *c = client_connect(self->other, self->p->pid, self->theirs);
	struct receiver *r = receiver_new(self->p, self->theirs);

	c->args.send_ptr = (uintptr_t)shared_alloc(32 * MIB);
	c->args.send_len = 32 * MIB;
	r->args.buf_ptr = in_peer(self->p, do_map, 0);
	r->args.buf_len = 32 * MIB;
	ASSERT_EQ(0, client_send(c));
	ASSERT_EQ(0, wait_for_client(c, "SEND"));
	ASSERT_EQ(0, cgroup_limit("8M"));
	ASSERT_EQ(0, receiver_go(r));
	expect_killed(_metadata, self);
	ASSERT_EQ(0, client_wait(c));
	EXPECT_EQ(-ESRCH, client_result(c));
}

TEST_F(memory, G6_a_client_inside_its_copy)
{
	struct client *c = client_connect(self->p, getpid(), self->chid);
	char *reply = mmap(NULL, 32 * MIB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int64_t rcvid;

	c->args.reply_ptr = in_peer(self->p, do_map, 0);
	c->args.reply_len = 32 * MIB;
	rcvid = client_send_received(c, Q, self->chid, NULL);
	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, cgroup_limit("8M"));
	EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 0, reply, 32 * MIB));
	expect_killed(_metadata, self);
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(Q, rcvid, 0, NULL, 0));
}

/* ---- G7, F15 ---- */

static int64_t do_limit(void *arg)
{
	struct numbers *n = arg;
	struct rlimit limit = { n->n[1], n->n[1] };

	return setrlimit(n->n[0], &limit) ? -errno : 0;
}

/* In the peer: n: channel. */
static int64_t do_receive_and_reply(void *arg)
{
	int chid = ((struct numbers *)arg)->n[0];
	char buf[64];
	int64_t rcvid = receive_soon(Q, chid, buf, sizeof(buf), NULL);

	return rcvid <= 0 ? rcvid : qmsg_msg_reply(Q, rcvid, 17, buf, sizeof(buf)) ?: rcvid;
}

/* A buffer of ours is no memory of the process; beyond the limit nothing is pinned. */
TEST_F(memory, F15_G7_at_the_limits_of_its_own)
{
	static const int limits[] = {
		RLIMIT_MEMLOCK, RLIMIT_AS, RLIMIT_DATA, RLIMIT_STACK, RLIMIT_NPROC, RLIMIT_FSIZE,
		RLIMIT_SIGPENDING, RLIMIT_MSGQUEUE,
	};
	struct client *c;
	int64_t rcvid;

	ASSERT_EQ(0, in_peer(self->p, do_give_up_root, NOBODY));
	self->theirs = peer_channel(self->p, QMSG_CHF_UNBLOCK);
	c = client_connect(self->p, self->p->pid, self->theirs);
	ASSERT_TRUE(c != NULL);
	c->args.send_ptr = c->args.reply_ptr = (uintptr_t)shared_alloc(4 * MIB);
	c->args.send_len = c->args.reply_len = 4 * MIB;
	c->args.send_deadline = 0;
	ASSERT_EQ(0, client_send(c));		/* its thread is there */
	ASSERT_EQ(0, client_wait(c));
	EXPECT_EQ(-ETIMEDOUT, client_result(c));
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		ASSERT_EQ(0, in_peer(self->p, do_limit, limits[i], 0));
	}
	c->args.coid = peer_attach(self->p, self->p->pid, self->theirs, QMSG_SIDE_CHANNEL, 0);
	ASSERT_NE(0, c->args.coid & QMSG_SIDE_CHANNEL);
	EXPECT_LT(0, peer_channel(self->p, 0));
	c->args.send_deadline = QMSG_NO_DEADLINE;
	ASSERT_EQ(0, client_send(c));
	ASSERT_EQ(0, wait_for_client(c, "SEND"));
	rcvid = in_peer(self->p, do_receive_and_reply, self->theirs);
	EXPECT_LT(0, rcvid);
	ASSERT_EQ(0, client_wait(c));
	EXPECT_EQ(17, client_result(c));
}

TEST_HARNESS_MAIN
