// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module itself (hazards part I): it does not go while anything of it is in use, whatever
 * that is; and it comes and goes as often as one likes while others try to open the device.
 */
#include "kselftest_harness.h"

#include <sys/syscall.h>

#include "hazard.h"

#define NAME	"qmsg"
#define FILE_OF	"/qmsg.ko"	/* where the guest's init takes it from */

/* 0: it has gone; -EAGAIN: it is in use. */
static int unload(void)
{
	return syscall(SYS_delete_module, NAME, O_NONBLOCK) ? -errno : 0;
}

static int load(void)
{
	const char *params = getenv("QMSG_PARAMS");
	int fd = open(FILE_OF, O_RDONLY | O_CLOEXEC), ret;

	if (fd < 0)
		return -errno;
	ret = syscall(SYS_finit_module, fd, params ? params : "", 0) ? -errno : 0;
	close(fd);
	return ret;
}

/* ---- I1: in use ---- */

FIXTURE(use)
{
	struct peer *p;
	int chid;
};

FIXTURE_SETUP(use)
{
	ASSERT_LE(0, peer_open(peer_self()));
	self->chid = peer_channel_grace(peer_self(), QMSG_CHF_UNBLOCK, 50);
	ASSERT_LT(0, self->chid);
	self->p = peer_fork();
	ASSERT_NE(NULL, self->p);
	ASSERT_LE(0, peer_open(self->p));
}

FIXTURE_TEARDOWN_PARENT(use)
{
	EXPECT_EQ(0, wait_for_no_objects());
}

/* It stays, and it works. */
#define STAYS() do {							\
	EXPECT_EQ(-EAGAIN, unload());					\
	EXPECT_EQ(0, access("/dev/qmsg", F_OK));			\
} while (0)

TEST_F(use, a_context_is_open)
{
	EXPECT_EQ(0, qmsg_channel_destroy(Q, self->chid));
	STAYS();
}

TEST_F(use, a_client_is_blocked)
{
	struct client *c = client_blocked(self->p, getpid(), self->chid);
	int64_t rcvid;

	ASSERT_NE(NULL, c);
	STAYS();
	rcvid = receive_any(Q, self->chid);
	ASSERT_LT(0, rcvid);
	STAYS();
	ASSERT_EQ(0, peer_handle(self->p, SIGUSR1, 0));
	ASSERT_EQ(0, client_signal(c, SIGUSR1));
	ASSERT_EQ(0, wait_for_client(c, "REPLY+R"));
	STAYS();
	EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 7, NULL, 0));
	EXPECT_EQ(0, client_wait(c));
	EXPECT_EQ(7, client_result(c));
	client_free(c);
}

TEST_F(use, a_server_is_blocked)
{
	struct receiver *r = receiver_new(peer_self(), self->chid);

	ASSERT_EQ(0, receiver_go_blocked(r));
	STAYS();
	EXPECT_EQ(0, qmsg_channel_destroy(Q, self->chid));
	EXPECT_EQ(0, receiver_wait(r));
	EXPECT_EQ(-ESRCH, receiver_result(r));
	receiver_free(r);
}

TEST_F(use, an_orphan_is_left)
{
	struct client *c = client_connect(self->p, getpid(), self->chid);
	int64_t rcvid;

	ASSERT_NE(NULL, c);
	rcvid = client_send_received(c, Q, self->chid, NULL);
	ASSERT_LT(0, rcvid);
	ASSERT_EQ(0, peer_kill(self->p, SIGKILL));
	ASSERT_EQ(0, wait_for_channel(getpid(), Q, self->chid, "orphans", 1));
	STAYS();
	EXPECT_EQ(0, peer_reap(self->p, NULL));
	STAYS();
	EXPECT_EQ(-ESRCH, qmsg_msg_reply(Q, rcvid, 0, NULL, 0));
}

/* The context has been closed, but what came from it is a descriptor of its own. */
TEST_F(use, only_a_descriptor_of_a_channel_is_left)
{
	int fd = qmsg_channel_fd(Q, self->chid, 0);

	ASSERT_LE(0, fd);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, peer_close(self->p, self->p->q));
	EXPECT_EQ(0, qmsg_close(Q));
	STAYS();
	EXPECT_EQ(0, close(fd));
}

TEST_F(use, a_timer_runs)
{
	int coid = qmsg_connect_attach(Q, 0, self->chid, QMSG_SIDE_CHANNEL, 0);
	struct qmsg_event event = { .notify = QMSG_EVENT_PULSE, .id = coid, .priority = 1 };
	struct qmsg_timer_settime set = { .value = 3600000000000ULL };

	ASSERT_LE(0, coid);
	set.timer = qmsg_timer_create(Q, CLOCK_MONOTONIC, &event);
	ASSERT_LE(0, set.timer);
	ASSERT_EQ(0, qmsg_timer_settime(Q, &set));
	STAYS();
}

/* I5: what has a name and a device already is not there a second time. */
TEST(is_not_loaded_twice)
{
	int q = qmsg_open();

	ASSERT_LE(0, q);
	EXPECT_EQ(-EEXIST, load());
	EXPECT_LT(0, qmsg_channel_create(q, 0));
	EXPECT_EQ(0, qmsg_close(q));
}

/* ---- I8: who is blocked can be looked at ---- */

/* A thread that has not gone to sleep yet has no stack to show. */
static bool can_be_read(const struct client *c, const char *file)
{
	char path[64], text[4096];
	int fd;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", c->w.peer->pid, c->w.tid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text));
	close(fd);
	/* A kernel may be built without one of them. */
	return n > 0 || access(path, F_OK);
}

#define LOOK(c) do {							\
	EXPECT_TRUE(wait_until(can_be_read(c, "stack")));			\
	EXPECT_TRUE(wait_until(can_be_read(c, "wchan")));			\
	EXPECT_TRUE(wait_until(can_be_read(c, "syscall")));		\
} while (0)

TEST_F(use, who_is_blocked_can_be_looked_at)
{
	struct client *c = client_blocked(self->p, getpid(), self->chid);
	int64_t rcvid;

	ASSERT_NE(NULL, c);
	LOOK(c);
	rcvid = receive_any(Q, self->chid);
	ASSERT_LT(0, rcvid);
	LOOK(c);
	ASSERT_EQ(0, peer_handle(self->p, SIGUSR1, 0));
	ASSERT_EQ(0, client_signal(c, SIGUSR1));
	ASSERT_EQ(0, wait_for_client(c, "REPLY+R"));
	LOOK(c);
	EXPECT_EQ(0, qmsg_msg_reply(Q, rcvid, 0, NULL, 0));
	EXPECT_EQ(0, client_wait(c));
	client_free(c);
}

/* ---- I2: it comes and goes ---- */

struct openers {
	_Atomic bool over;
	_Atomic unsigned int opened, refused, strange;
};

/* In and out again, now and then: who is always in keeps it from going for ever. */
static int try_to_open(void *arg)
{
	struct openers *o = arg;

	while (!atomic_load(&o->over)) {
		struct timespec outside = { 0, 3000000 };
		int q = qmsg_open();

		if (q >= 0)
			atomic_fetch_add(&o->opened, 1);
		else if (q == -ENOENT || q == -ENXIO || q == -ENODEV)
			atomic_fetch_add(&o->refused, 1);
		else if (atomic_fetch_add(&o->strange, 1) < 5)
			printf("# opening returned %d\n", q);
		if (q >= 0)
			qmsg_close(q);
		nanosleep(&outside, NULL);
	}
	return 0;
}

FIXTURE(comings) {
	struct openers *o;
	pid_t opener[2];
};

FIXTURE_SETUP(comings)
{
	if (!access("/sys/kernel/debug/qmsg/counts", F_OK))
		SKIP(return, "what this module has counted would be gone");
	self->o = shared_alloc(sizeof(*self->o));
	for (int i = 0; i < 2; i++)
		self->opener[i] = fork_child(try_to_open, self->o);
}

/* Whatever has become of the test: the next one finds the module. */
FIXTURE_TEARDOWN_PARENT(comings)
{
	if (access("/dev/qmsg", F_OK))
		EXPECT_EQ(0, load());
}

/* I2 */
TEST_F_TIMEOUT(comings, under_attempts_to_open, IN_COMPANY)
{
	struct openers *o = self->o;
	int i, n = few_rounds(25), status;

	for (i = 0; i < n; i++) {
		ASSERT_TRUE(wait_until(unload() == 0));
		ASSERT_EQ(0, load());
	}
	EXPECT_TRUE(wait_until(atomic_load(&o->opened)));
	atomic_store(&o->over, true);
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(0, reap(self->opener[i], &status));
		EXPECT_EQ(0, status);
	}
	printf("# %d times: opened %u, refused %u\n", n, o->opened, o->refused);
	EXPECT_EQ(0, o->strange);
	EXPECT_LT(0, o->refused);
}

TEST_HARNESS_MAIN
